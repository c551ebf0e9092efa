"""toInteger and the like: null for text that says nothing, TypeError for types that can't be converted."""

from __future__ import annotations

import re
from typing import Any

from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model.temporal import TEMPORAL_TYPES
from graphvine.query.arithmetic import format_number
from graphvine.query.fault import Fault
from graphvine.query.functions.signature import LISTS, Function, wrong
from graphvine.query.kinds import BOOLEAN, FLOAT, INTEGER, STRING, list_of
from graphvine.query.temporal_text import format_temporal

_NUMBER = re.compile(r"\s*[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,5})?\s*", re.ASCII)


# Characters of the longest number that `_NUMBER` takes.
_LONGEST = 1_000


def _is_number(value: str) -> bool:
    if len(value) > _LONGEST and len(value.strip()) > _LONGEST:
        return False
    return _NUMBER.fullmatch(value) is not None


def _fits(value: int) -> int | None:
    return value if MIN_INTEGER <= value <= MAX_INTEGER else None


def to_integer(value: Any) -> int | None:
    """Return the integer, cut towards zero; None when text is no number or it does not fit."""
    kind = type(value)
    if kind is int:
        return int(value)
    if kind is bool:
        return int(value)
    if kind is float:
        return _fits(int(value)) if value == value and abs(value) != float("inf") else None
    if kind is str:
        if not _is_number(value):
            return None
        bare = value.strip()
        return _fits(int(bare)) if bare.lstrip("+-").isdigit() else to_integer(float(bare))
    raise wrong("toInteger", value, "a number, text or a truth value")


def to_float(value: Any) -> float | None:
    """Return the float; None when text is no number."""
    kind = type(value)
    if kind is int or kind is float:
        return float(value)
    if kind is str:
        return float(value) if _is_number(value) else None
    raise wrong("toFloat", value, "a number or text")


def to_boolean(value: Any) -> bool | None:
    """Return the truth value; None when text is neither true nor false."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is str:
        return {"true": True, "false": False}.get(value.strip().lower())
    if kind is int:
        return bool(value != 0)
    raise wrong("toBoolean", value, "text, an integer or a truth value")


def to_text(value: Any) -> str:
    """Return the text form of a scalar."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is float:
        return format_number(value)
    if kind in TEMPORAL_TYPES:
        return format_temporal(value)
    raise wrong("toString", value, "a number, text, a truth value, a date or a time")


def _or_null(convert: Any) -> Any:
    """The same conversion, with null in place of a TypeError."""

    def call(value: Any) -> Any:
        try:
            return convert(value)
        except Fault:
            return None

    return call


def _each(convert: Any) -> Any:
    inner = _or_null(convert)

    def call(values: Any) -> Any:
        if type(values) is not list:
            raise wrong("a list conversion", values, "a list")
        return [None if value is None else inner(value) for value in values]

    return call


def _family() -> dict[str, Function]:
    table: dict[str, Function] = {}
    for name, convert, kind in (
        ("tointeger", to_integer, INTEGER),
        ("tofloat", to_float, FLOAT),
        ("toboolean", to_boolean, BOOLEAN),
        ("tostring", to_text, STRING),
    ):
        table[name] = Function(convert, 1, 1, (None,), kind)
        table[name + "ornull"] = Function(_or_null(convert), 1, 1, (None,), kind)
        table[name + "list"] = Function(_each(convert), 1, 1, (LISTS,), list_of(kind))
    return table


CONVERSION_FUNCTIONS: dict[str, Function] = _family()
