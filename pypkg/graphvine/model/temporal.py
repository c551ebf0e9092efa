"""Cypher temporal values, with nanoseconds and in 64-bit ranges, as Python's own types have neither.

Each class packs into a MessagePack extension (`code`, `pack`, `unpack`); the layouts are big-endian and fixed.
Arithmetic and text forms belong to the query layer.

Source: openCypher 9, "Temporal types".
"""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple

from graphvine.errors import InvalidValue

NANOS_PER_SECOND = 1_000_000_000
SECONDS_PER_DAY = 86_400
MAX_NANOS_OF_DAY = SECONDS_PER_DAY * NANOS_PER_SECOND
MAX_OFFSET_S = 18 * 3600
MAX_ZONE_BYTES = 64
# Years -999,999,999 to 999,999,999, as days from 1970-01-01.
MIN_DAY, MAX_DAY = -365_243_219_162, 365_241_780_471


class Date(NamedTuple):
    """A calendar day. days: from 1970-01-01, negative before."""

    days: int


class LocalTime(NamedTuple):
    """A time of day without a zone. nanos: since midnight."""

    nanos: int


class Time(NamedTuple):
    """A time of day with an offset. nanos: since local midnight. offset_s: seconds east of UTC."""

    nanos: int
    offset_s: int


class LocalDateTime(NamedTuple):
    """A day and a time without a zone. days: from 1970-01-01. nanos: since midnight."""

    days: int
    nanos: int


class DateTime(NamedTuple):
    """A moment with an offset. days, nanos: of local time there. offset_s: seconds east of UTC. zone: name or ''."""

    days: int
    nanos: int
    offset_s: int
    zone: str = ""


class Duration(NamedTuple):
    """An amount of time in parts that don't convert into each other. nanos: 0..999,999,999."""

    months: int
    days: int
    seconds: int
    nanos: int


def instant(value: DateTime | Time) -> int:
    """Return nanoseconds on the common time line, so that offsets don't count."""
    nanos = value.nanos - value.offset_s * NANOS_PER_SECOND
    return nanos + value.days * MAX_NANOS_OF_DAY if type(value) is DateTime else nanos


Temporal = Date | LocalTime | Time | LocalDateTime | DateTime | Duration
TEMPORAL_TYPES = (Date, LocalTime, Time, LocalDateTime, DateTime, Duration)

_FORMATS = {1: (Date, ">q"), 2: (LocalTime, ">q"), 3: (Time, ">qi"), 4: (LocalDateTime, ">qq"), 6: (Duration, ">qqqi")}
_DATETIME_CODE, _DATETIME_FORMAT = 5, ">qqi"
_CODES: dict[type, int] = {cls: code for code, (cls, _) in _FORMATS.items()} | {DateTime: _DATETIME_CODE}


def pack(value: Temporal) -> tuple[int, bytes]:
    """Return the extension code (1..6) and the fixed-size bytes of `value`."""
    code = _CODES[type(value)]
    if isinstance(value, DateTime):
        return code, struct.pack(_DATETIME_FORMAT, *value[:3]) + value.zone.encode()
    return code, struct.pack(_FORMATS[code][1], *value)


def unpack(code: int, data: bytes) -> Temporal:
    """Return the value of an extension, or raise ValueError when it is no value of ours."""
    try:
        value = _unpack_parts(code, data)
        check(value)
    except (KeyError, struct.error, UnicodeDecodeError, InvalidValue) as error:
        raise ValueError(f"no temporal value: {error}") from None
    return value


def _unpack_parts(code: int, data: bytes) -> Temporal:
    if code == _DATETIME_CODE:
        size = struct.calcsize(_DATETIME_FORMAT)
        days, nanos, offset_s = struct.unpack(_DATETIME_FORMAT, data[:size])
        return DateTime(days, nanos, offset_s, data[size : size + MAX_ZONE_BYTES + 1].decode())
    cls, layout = _FORMATS[code]
    value: Temporal = cls(*struct.unpack(layout, data))
    return value


def check(value: Temporal) -> None:
    """Raise InvalidValue unless every part of `value` is in its range."""
    zone = getattr(value, "zone", "")
    if not all(type(part) is int and -(2**63) <= part < 2**63 for part in value[:4] if part is not zone):
        raise InvalidValue("a part that is no 64-bit integer")
    day = getattr(value, "days", 0)
    if not isinstance(value, Duration) and not MIN_DAY <= day <= MAX_DAY:
        raise InvalidValue("a day outside the years -999,999,999 to 999,999,999")
    top = NANOS_PER_SECOND if isinstance(value, Duration) else MAX_NANOS_OF_DAY
    if not 0 <= getattr(value, "nanos", 0) < top:
        raise InvalidValue("nanoseconds out of range")
    if abs(getattr(value, "offset_s", 0)) > MAX_OFFSET_S:
        raise InvalidValue("an offset of more than 18 hours")
    if type(zone) is not str or not zone.isascii() or len(zone) > MAX_ZONE_BYTES:
        raise InvalidValue(f"a zone name that is not {MAX_ZONE_BYTES} or fewer ASCII characters")


def from_python(value: date | time | timedelta) -> Temporal:
    """Return the temporal value of a Python date, time, datetime or timedelta."""
    if isinstance(value, timedelta):
        return Duration(0, value.days, value.seconds, value.microseconds * 1000)
    if isinstance(value, datetime):
        days, nanos = value.toordinal() - _EPOCH_ORDINAL, _nanos(value.time())
        offset = value.utcoffset()
        if offset is None:
            return LocalDateTime(days, nanos)
        return DateTime(days, nanos, int(offset.total_seconds()), str(getattr(value.tzinfo, "key", "")))
    if isinstance(value, date):
        return Date(value.toordinal() - _EPOCH_ORDINAL)
    offset = value.utcoffset()
    return LocalTime(_nanos(value)) if offset is None else Time(_nanos(value), int(offset.total_seconds()))


def to_python(value: Temporal) -> date | time | timedelta | Temporal:
    """Return Python's own type for `value`, or `value` itself where Python has none or it is out of range.

    Nanoseconds below a microsecond are cut off.
    """
    try:
        return _to_python(value)
    except (OverflowError, ValueError):
        return value


def _to_python(value: Temporal) -> date | time | timedelta | Temporal:
    if isinstance(value, Duration):
        if value.months:
            return value
        return timedelta(days=value.days, seconds=value.seconds, microseconds=value.nanos // 1000)
    if isinstance(value, LocalTime):
        return _time(value.nanos)
    if isinstance(value, Time):
        return _time(value.nanos).replace(tzinfo=timezone(timedelta(seconds=value.offset_s)))
    day = date.fromordinal(value.days + _EPOCH_ORDINAL)
    if isinstance(value, Date):
        return day
    moment = datetime.combine(day, _time(value.nanos))
    if isinstance(value, LocalDateTime):
        return moment
    return moment.replace(tzinfo=timezone(timedelta(seconds=value.offset_s)))


_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def _nanos(value: time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * NANOS_PER_SECOND + value.microsecond * 1000


def _time(nanos: int) -> time:
    seconds, rest = divmod(nanos, NANOS_PER_SECOND)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000)
