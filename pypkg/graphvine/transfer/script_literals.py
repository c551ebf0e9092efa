"""Literals of a statement as parameters: statements that differ only in their data then have one text, and one plan.

A script has thousands of statements like ``CREATE (:Person {name: 'Ann'})``, or few with a list of hundreds of maps
behind ``UNWIND``. To read such a literal here costs a small part of what parsing and compiling it would cost. What is
not plainly a literal stays in the text, and the query engine reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any

from graphvine.files.value_text import parse_value
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model.steps import in_one_go
from graphvine.query.fault import Fault
from graphvine.query.tokens import reading_string

# Levels of lists and maps in a literal, and digits of an integer in it; one with more is left to the engine.
MAX_DEPTH = 16
_MAX_DIGITS = 19
# Literals that are read in one step: a few milliseconds in a tab.
_PAUSE = 500

_STRING = r"""'[^'\\]*+(?:(?:\\.)++[^'\\]*+)*+'|"[^"\\]*+(?:(?:\\.)++[^"\\]*+)*+\""""
# Texts anywhere; numbers only as the value of a property; lists of UNWIND. Comments and quoted names are passed over.
_FOUND = re.compile(
    rf"""//[^\n]*|/\*.*?\*/|`[^`]*`
      |(?P<string>{_STRING})
      |(?P<number>(?<=[:=][ ])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=\s*(?:[,}}]|\Z)))
      |(?P<list>\bUNWIND\s+(?=\[))
      |(?P<parameter>\$)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_VALUE = re.compile(
    rf"""\s*(?:(?P<string>{_STRING})
      |(?P<float>-?(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)(?![\w.]))
      |(?P<integer>-?\d+(?![\w.]))
      |(?P<open>[\[{{])
      |(?P<word>true|false|null)\b
      |(?P<kind>date|localtime|time|localdatetime|datetime|duration)\(\s*(?P<written>'[^'\\]*')\s*\)
    )\s*""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_KEY = re.compile(r"\s*(?:([A-Za-z_]\w*)|`([^`]+)`)\s*:", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None}


class _NoLiteral(Exception):
    """Something that has to be computed, or that the engine explains better."""


def lift(text: str) -> tuple[str, dict[str, Any]]:
    """Return the statement with parameters in the place of literals, and their values. Lines stay lines.

    A statement that has parameters itself stays as it is.
    """
    return in_one_go(lifting(text))


def lifting(text: str) -> Generator[None, None, tuple[str, dict[str, Any]]]:
    """Do the same in steps."""
    values: dict[str, Any] = {}
    parts: list[str] = []
    copied = position = 0
    while (found := _FOUND.search(text, position)) is not None:
        position = found.end()
        kind = found.lastgroup
        if kind is None:
            continue
        if kind == "parameter":  # of the script's own: ours could get in its way
            return text, {}
        start = position if kind == "list" else found.start()
        try:
            value, end = yield from _value(text, start)
        except (_NoLiteral, ValueError, Fault):
            continue
        name = f"_{len(values)}"
        values[name] = value
        lines = "\n" * text.count("\n", start, end)
        parts += (text[copied:start], "$", name, lines or " ")
        copied = position = end
        if not len(values) % _PAUSE:
            yield
    return "".join(parts) + text[copied:], values


def _value(text: str, position: int) -> Generator[None, None, tuple[Any, int]]:
    """Return the value that begins here, and where it ends (with the blanks behind it)."""
    open_: list[Any] = []
    keys: list[str] = []
    count = 0
    while True:
        found = _VALUE.match(text, position)
        if found is None:
            raise _NoLiteral
        position, mark = found.end(), found["open"]
        if mark is None:
            value = (yield from reading_string(found["string"], 0)) if found["string"] else _scalar(found)
        elif text.startswith(_CLOSING[mark], position):
            value, position = _EMPTY[mark](), _after(text, position)
        elif len(open_) == MAX_DEPTH - 1:
            raise _NoLiteral
        else:
            open_.append(_EMPTY[mark]())
            keys.append("")
            position = _next(text, position, open_[-1], keys)
            continue
        count += 1
        if not count % _PAUSE:
            yield
        while open_:
            _add(open_[-1], keys[-1], value)
            if not text.startswith("]" if type(open_[-1]) is list else "}", position):
                position = _next(text, _comma(text, position), open_[-1], keys)
                break
            value, position = open_.pop(), _after(text, position)
            keys.pop()
        else:
            return value, position


_CLOSING = {"[": "]", "{": "}"}
_EMPTY: dict[str, Callable[[], Any]] = {"[": list, "{": dict}


def _add(container: Any, key: str, value: Any) -> None:
    if type(container) is list:
        container.append(value)
    else:
        container[key] = value


def _next(text: str, position: int, container: Any, keys: list[str]) -> int:
    """Return where the next value of a list or map begins; the key of a map goes into `keys`."""
    if type(container) is list:
        return position
    key = _KEY.match(text, position)
    if key is None or (name := key[1] or key[2]) in container:
        raise _NoLiteral
    keys[-1] = name
    return key.end()


def _scalar(found: re.Match[str]) -> Any:
    kind = found.lastgroup
    if kind == "integer":
        return _integer(found["integer"])
    if kind == "word":
        return _WORDS[found["word"].lower()]
    if kind == "written":
        return parse_value(found["kind"].lower(), found["written"][1:-1])
    return _float(found["float"])


def _integer(written: str) -> int:
    if len(written.lstrip("-")) > _MAX_DIGITS or not MIN_INTEGER <= (value := int(written)) <= MAX_INTEGER:
        raise _NoLiteral
    return value


def _float(written: str) -> float:
    value = float(written)
    if value in (float("inf"), float("-inf")):
        raise _NoLiteral
    return value


_BLANKS = re.compile(r"\s*")


def _after(text: str, position: int) -> int:
    found = _BLANKS.match(text, position + 1)
    return found.end() if found is not None else position + 1


def _comma(text: str, position: int) -> int:
    if not text.startswith(",", position):
        raise _NoLiteral
    return position + 1
