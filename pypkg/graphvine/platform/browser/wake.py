"""The first moments of an interpreter that is restored from an image (decision 10).

While Pyodide starts, it asks Python four small questions as source text. A cold compiler takes 15 ms for them, and the
answers are known: `prepare`, called just before the image is made, answers without it.
"""

from __future__ import annotations

import builtins
import importlib
import random
import sys
from typing import Any

from _pyodide import _base

_ordinary: Any = _base.eval_code


def prepare() -> None:
    """Answer the questions of Pyodide's start until `wake`."""
    _base.eval_code = _answer


def wake() -> None:
    """Put things back, and forget what would be the same in every tab that starts from the image."""
    _base.eval_code = _ordinary
    random.seed()


def _answer(source: str, *rest: Any, **options: Any) -> Any:
    match source:
        case "{}":
            return {}
        case "import importlib; importlib":
            return importlib
        case "import __main__; __main__.__dict__":
            return sys.modules["__main__"].__dict__
        case "import builtins; builtins.__dict__":
            return builtins.__dict__
    return _ordinary(source, *rest, **options)
