"""Values that JSON, XML and CSV have no type for, as text with the name of a type, both ways.

The names are those that Neo4j's import uses where it has one: ``date``, ``localtime``, ``time``, ``localdatetime``,
``datetime``, ``duration``, ``long``, ``double``, ``boolean``, ``string``; ``bytes`` (Base64) is our own.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from math import isfinite

from graphvine.errors import InvalidValue
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model import temporal
from graphvine.model.temporal import DateTime, Time
from graphvine.query.fault import Fault
from graphvine.query.temporal_text import (
    format_temporal,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_local_date_time,
    parse_local_time,
    parse_time,
)
from graphvine.query.zones import NoZones

_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "long",
    float: "double",
    str: "string",
    bytes: "bytes",
    temporal.Date: "date",
    temporal.LocalTime: "localtime",
    temporal.Time: "time",
    temporal.LocalDateTime: "localdatetime",
    temporal.DateTime: "datetime",
    temporal.Duration: "duration",
}
_ZONES = NoZones()
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class NotFinite(ValueError):
    """A float that is infinite or no number: a property can't hold it."""


def is_plain(value: object) -> bool:
    """Tell whether JSON has a type for a value: null, true and false, numbers, text."""
    return value is None or type(value) in (bool, int, float, str)


def kind_of(value: object) -> str:
    """Return the name of the type of a value that is neither null nor a list."""
    return _KINDS[type(value)]


def format_value(value: object) -> str:
    """Return a value, neither null nor a list, as text. Floats and dates come back exactly."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]
    if kind is bool:
        return "true" if value else "false"
    if kind is bytes:
        return base64.b64encode(value).decode()  # type: ignore[arg-type]
    if kind is int or kind is float:
        return repr(value)
    return format_temporal(value)  # type: ignore[arg-type]


def parse_value(kind: str, text: str) -> object:
    """Return the value that `text` means as a `kind`. Raises ValueError, whose message says what is wrong."""
    parse = _PARSERS.get(kind)
    if parse is None:
        raise ValueError(f"There is no type {kind[:60]!r}.")
    try:
        return parse(text)
    except Fault as fault:
        raise ValueError(fault.message) from None
    except InvalidValue as error:
        raise ValueError(f"{text[:60]!r} has {error}.") from None


def parse_integer(text: str) -> int:
    """Return a 64-bit integer."""
    if not _INTEGER.fullmatch(text):
        if text.lstrip("+-").isdigit():
            raise ValueError(f"The integer {text[:20]}... does not fit into 64 bits.")
        raise ValueError(f"{text[:60]!r} is no integer.")
    value = int(text)
    if not MIN_INTEGER <= value <= MAX_INTEGER:
        raise ValueError(f"The integer {text} does not fit into 64 bits.")
    return value


def parse_float(text: str) -> float:
    """Return a finite float. Raises NotFinite for what others write of infinity and NaN."""
    if _FLOAT.fullmatch(text) and len(text) <= 400:
        value = float(text)
        if isfinite(value):
            return value
        raise ValueError(f"The number {text[:40]} is too large for a float.")
    if text.lstrip("+-").lower() in ("inf", "infinity", "nan"):
        raise NotFinite(text)
    raise ValueError(f"{text[:60]!r} is no number.")


def parse_boolean(text: str) -> bool:
    """Return true or false."""
    found = {"true": True, "false": False, "1": True, "0": False}.get(text.lower())
    if found is None:
        raise ValueError(f"{text[:60]!r} is neither true nor false.")
    return found


def _parse_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{text[:60]!r} is no Base64.") from None


def _parse_date_time(text: str) -> DateTime:
    """A moment; the zone in brackets is kept as a name, whatever it is."""
    body, mark, zone = text.partition("[")
    value = parse_date_time(body, _ZONES, "Z")
    if mark:
        value = value._replace(zone=zone.removesuffix("]"))
        temporal.check(value)
    return value


def _parse_time(text: str) -> Time:
    return parse_time(text, 0)


_PARSERS: dict[str, Callable[[str], object]] = {
    "string": str,
    "char": str,
    "boolean": parse_boolean,
    "byte": parse_integer,
    "short": parse_integer,
    "int": parse_integer,
    "integer": parse_integer,
    "long": parse_integer,
    "float": parse_float,
    "double": parse_float,
    "bytes": _parse_bytes,
    "date": parse_date,
    "localtime": parse_local_time,
    "time": _parse_time,
    "localdatetime": parse_local_date_time,
    "datetime": _parse_date_time,
    "duration": parse_duration,
}
KINDS = frozenset(_PARSERS)
