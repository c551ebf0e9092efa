"""STARTS WITH, ENDS WITH, CONTAINS and ``=~``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from graphvine.query.fault import argument_error, type_error
from graphvine.query.values import type_name

MAX_PATTERN = 1_000
# Steps of backtracking that one test may take in the worst case: under a second.
MAX_STEPS = 20_000_000


def _starts_with(value: Any, part: Any) -> bool | None:
    return value.startswith(part) if type(value) is str and type(part) is str else None


def _ends_with(value: Any, part: Any) -> bool | None:
    return value.endswith(part) if type(value) is str and type(part) is str else None


def _contains(value: Any, part: Any) -> bool | None:
    return part in value if type(value) is str and type(part) is str else None


def _matches(value: Any, pattern: Any) -> bool | None:
    if value is None or pattern is None:
        return None
    if type(pattern) is not str:
        raise type_error("InvalidArgumentType", f"`=~` needs text behind it, not a {type_name(pattern)}.")
    if type(value) is not str:
        return None
    expression = regular_expression(pattern)
    if 2**expression.options * (len(value) + 1) ** expression.repeats > MAX_STEPS:
        message = "This regular expression has too many repetitions for a text of this length; it could run for ever."
        raise argument_error("InvalidArgumentValue", message)
    return expression.compiled.fullmatch(value) is not None


class Expression(NamedTuple):
    """A regular expression, and what bounds its work: a text of n characters takes at most 2^options * n^repeats."""

    compiled: re.Pattern[str]
    repeats: int
    options: int


@lru_cache(maxsize=64)
def regular_expression(pattern: str) -> Expression:
    """Return the compiled pattern, or raise Fault for one that is wrong or takes exponential time."""
    if len(pattern) > MAX_PATTERN:
        raise argument_error("InvalidArgumentValue", f"A regular expression has at most {MAX_PATTERN:,} characters.")
    repeats, options = _bounds(pattern)
    try:
        return Expression(re.compile(pattern), repeats, options)
    except (re.error, OverflowError, RecursionError) as error:
        raise argument_error("InvalidArgumentValue", f"Not a regular expression: {error}.") from None


# What stands in front of a character matters little here: escapes and classes are one, a repetition ends with its `?`.
_TOKEN = re.compile(
    r"(?P<one>\\.|\[\^?\]?(?:[^\]\\]|\\.)*\])|(?P<open>\((?:\?[a-zA-Z:=!<P>-]*)?)|(?P<close>\))|(?P<fixed>\{\d+\})"
    r"|(?P<repeat>(?:[*+]|\{\d*,\d*\})[?+]?)|(?P<option>\?[?+]?)|(?P<either>\|)",
    re.DOTALL,
)


def _bounds(pattern: str) -> tuple[int, int]:
    """Return how many repetitions and options a pattern has.

    Refuses a repeated group that repeats, chooses or has options inside: backtracking takes exponential time there.
    """
    repeats = options = 0
    varies = [False]
    position = 0
    while position < len(pattern):
        found = _TOKEN.match(pattern, position)
        kind = found.lastgroup if found is not None else None
        position = found.end() if found is not None else position + 1
        if kind == "open":
            varies.append(False)
        elif kind == "close" and len(varies) > 1:
            if varies.pop():
                varies[-1] = True
                after = _TOKEN.match(pattern, position)
                if after is not None and after.lastgroup in ("repeat", "fixed"):
                    message = "This regular expression repeats a group that varies inside; it could run for ever."
                    raise argument_error("InvalidArgumentValue", message)
        elif kind in ("repeat", "option", "either"):
            varies[-1] = True
            repeats += kind == "repeat"
            options += kind != "repeat"
    return repeats, options


TEXT_TESTS: dict[str, Callable[[Any, Any], bool | None]] = {
    "STARTS WITH": _starts_with,
    "ENDS WITH": _ends_with,
    "CONTAINS": _contains,
    "=~": _matches,
}
