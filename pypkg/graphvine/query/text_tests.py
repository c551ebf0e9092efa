"""STARTS WITH, ENDS WITH, CONTAINS and ``=~``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from graphvine.query.fault import argument_error, type_error
from graphvine.query.values import type_name

MAX_PATTERN = 1_000
MAX_TESTED = 100_000
_REPEATS = frozenset("*+{")


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
    if len(value) > MAX_TESTED:
        raise argument_error("InvalidArgumentValue", f"`=~` tests at most {MAX_TESTED:,} characters.")
    return regular_expression(pattern).fullmatch(value) is not None


@lru_cache(maxsize=64)
def regular_expression(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern, or raise Fault for one that is wrong or could run for ever."""
    if len(pattern) > MAX_PATTERN:
        raise argument_error("InvalidArgumentValue", f"A regular expression has at most {MAX_PATTERN:,} characters.")
    if _may_explode(pattern):
        message = "This regular expression repeats a group that repeats or chooses inside; it could run for ever."
        raise argument_error("InvalidArgumentValue", message)
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise argument_error("InvalidArgumentValue", f"Not a regular expression: {error}.") from None


def _may_explode(pattern: str) -> bool:
    """Tell whether a repeated group holds a repetition or a choice, or more than four repetitions follow each other.

    Backtracking takes exponential time in the first case, and a high power of the length in the second.
    """
    risky: list[bool] = [False]
    repeats, position, inside_class = 0, 0, False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
        elif inside_class:
            inside_class = character != "]"
        elif character == "[":
            inside_class = True
            position += pattern.startswith(("[]", "[^]"), position) and 1
        elif character == "(":
            risky.append(False)
        elif character == ")" and len(risky) > 1:
            was_risky = risky.pop()
            if was_risky and pattern[position + 1 : position + 2] in _REPEATS:
                return True
            risky[-1] = risky[-1] or was_risky
        elif character in _REPEATS or character == "|":
            repeats += character != "|"
            risky[-1] = True
        position += 1
    return repeats > 12


TEXT_TESTS: dict[str, Callable[[Any, Any], bool | None]] = {
    "STARTS WITH": _starts_with,
    "ENDS WITH": _ends_with,
    "CONTAINS": _contains,
    "=~": _matches,
}
