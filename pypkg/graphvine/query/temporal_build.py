"""Temporal values from maps of parts, from other temporal values, and cut to a unit.

Source: openCypher CIP2015-08-06, "Date and time".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphvine.model.temporal import (
    NANOS_PER_SECOND,
    SECONDS_PER_DAY,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from graphvine.ports import Zones
from graphvine.query.calendar import (
    MAX_YEAR,
    MIN_YEAR,
    check_day,
    date_of,
    day_of,
    day_of_week_date,
    is_leap,
    month_days,
    quarter_start,
    week_of,
    weekday,
)
from graphvine.query.fault import argument_error, type_error
from graphvine.query.temporal_arithmetic import make_duration, to_fraction
from graphvine.query.temporal_text import in_zone
from graphvine.query.values import type_name
from graphvine.query.zones import at_moment, at_offset, moment, parse_offset

_HAS_DAY = (Date, LocalDateTime, DateTime)
_HAS_TIME = (LocalTime, Time, LocalDateTime, DateTime)
_DATE_PARTS = frozenset(
    ("year", "month", "day", "week", "dayOfWeek", "quarter", "dayOfQuarter", "ordinalDay", "date", "datetime")
)
_TIME_PARTS = ("hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
_KNOWN = _DATE_PARTS | frozenset(_TIME_PARTS) | {"time", "timezone", "epochSeconds", "epochMillis"}


class Context(NamedTuple):
    """What building needs from the run. zone: the default one, a name or an offset."""

    zones: Zones
    zone: str


def _whole(parts: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if type(value) is not int:
        raise type_error("InvalidArgumentType", f"`{name}` is an integer, not a {type_name(value)}.")
    if not low <= value <= high:
        raise argument_error("NumberOutOfRange", f"`{name}` lies between {low:,} and {high:,}.")
    return value


def _check_names(parts: Mapping[str, Any]) -> None:
    for name in parts:
        if name not in _KNOWN:
            raise argument_error("InvalidArgumentValue", f"`{name[:40]}` is no part of a date or time.")


def _base(parts: Mapping[str, Any], names: tuple[str, ...], types: tuple[type, ...]) -> Any:
    """Return the temporal value that the parts start from, or None."""
    for name in names:
        value = parts.get(name)
        if value is not None:
            if not isinstance(value, types):
                raise type_error("InvalidArgumentType", f"A {type_name(value)} has no part for `{name}`.")
            return value
    return None


def days_from(parts: Mapping[str, Any]) -> int:
    """Return the day that a map of parts says."""
    base = _base(parts, ("date", "datetime"), _HAS_DAY)
    known = None if base is None else base.days
    year = _whole(parts, "year", MIN_YEAR, MAX_YEAR)
    if parts.get("week") is not None:
        return check_day(_week_day(parts, known, year))
    if year is None:
        if known is None:
            raise argument_error("InvalidArgumentValue", "A date needs a year.")
        year = date_of(known)[0]
    if parts.get("ordinalDay") is not None:
        ordinal = _whole(parts, "ordinalDay", 1, 365 + is_leap(year)) or 1
        return check_day(day_of(year, 1, 1) + ordinal - 1)
    if parts.get("quarter") is not None or parts.get("dayOfQuarter") is not None:
        return check_day(_quarter_day(parts, known, year))
    return check_day(_month_day(parts, known, year))


def _week_day(parts: Mapping[str, Any], known: int | None, year: int | None) -> int:
    if year is None:
        if known is None:
            raise argument_error("InvalidArgumentValue", "A week needs a year.")
        year = week_of(known)[0]
    week = _whole(parts, "week", 1, 53) or 1
    day = _whole(parts, "dayOfWeek", 1, 7) or (weekday(known) if known is not None else 1)
    days = day_of_week_date(year, week, day)
    if week == 53 and week_of(days) != (year, 53):
        raise argument_error("NumberOutOfRange", f"The year {year} has 52 weeks.")
    return days


def _quarter_day(parts: Mapping[str, Any], known: int | None, year: int) -> int:
    base_quarter, base_day = 1, 1
    if known is not None:
        base_year, month, _ = date_of(known)
        base_quarter = (month + 2) // 3
        base_day = known - quarter_start(base_year, base_quarter) + 1
    quarter = _whole(parts, "quarter", 1, 4) or base_quarter
    start = quarter_start(year, quarter)
    length = quarter_start(year + quarter // 4, quarter % 4 + 1) - start
    day = _whole(parts, "dayOfQuarter", 1, length)
    return start + (day or min(base_day, length)) - 1


def _month_day(parts: Mapping[str, Any], known: int | None, year: int) -> int:
    _, base_month, base_day = (year, 1, 1) if known is None else date_of(known)
    month = _whole(parts, "month", 1, 12) or base_month
    day = _whole(parts, "day", 1, month_days(year, month))
    return day_of(year, month, day or min(base_day, month_days(year, month)))


def nanos_from(parts: Mapping[str, Any], base_nanos: int = 0) -> int:
    """Return nanoseconds since midnight as a map of parts says, on top of a base."""
    seconds, fraction = divmod(base_nanos, NANOS_PER_SECOND)
    hour = _part(parts, "hour", 23, seconds // 3600)
    minute = _part(parts, "minute", 59, seconds // 60 % 60)
    second = _part(parts, "second", 59, seconds % 60)
    return ((hour * 60 + minute) * 60 + second) * NANOS_PER_SECOND + _fraction(parts, fraction)


def _part(parts: Mapping[str, Any], name: str, high: int, default: int) -> int:
    value = _whole(parts, name, 0, high)
    return default if value is None else value


def _fraction(parts: Mapping[str, Any], base: int) -> int:
    """Milli-, micro- and nanoseconds add up; a smaller one next to a larger one has three digits."""
    has_milli, has_micro = parts.get("millisecond") is not None, parts.get("microsecond") is not None
    has_nano = parts.get("nanosecond") is not None
    if not (has_milli or has_micro or has_nano):
        return base
    milli = _part(parts, "millisecond", 999, 0)
    micro = _part(parts, "microsecond", 999 if has_milli else 999_999, 0)
    top = 999 if has_micro else 999_999 if has_milli else 999_999_999
    nano = _part(parts, "nanosecond", top, 0)
    return milli * 1_000_000 + micro * 1000 + nano


def keep_fraction(parts: Mapping[str, Any], base: int) -> int:
    """Return a fraction of a second with only its named digits replaced (for `truncate`)."""
    milli, micro, nano = base // 1_000_000, base // 1000 % 1000, base % 1000
    fresh = _fraction(parts, base)
    if parts.get("nanosecond") is not None and milli + micro and parts["nanosecond"] < 1000:
        return milli * 1_000_000 + micro * 1000 + int(parts["nanosecond"])
    if parts.get("microsecond") is not None and milli and parts["microsecond"] < 1000:
        return milli * 1_000_000 + int(parts["microsecond"]) * 1000 + nano
    return fresh


def _zone_text(parts: Mapping[str, Any]) -> str | None:
    zone = parts.get("timezone")
    if zone is not None and type(zone) is not str:
        raise type_error("InvalidArgumentType", f"`timezone` is text, not a {type_name(zone)}.")
    return zone


def build_date(parts: Mapping[str, Any]) -> Date:
    """Return the date of a map."""
    _check_names(parts)
    return Date(days_from(parts))


def build_local_time(parts: Mapping[str, Any]) -> LocalTime:
    """Return the local time of a map."""
    _check_names(parts)
    base = _time_base(parts)
    return LocalTime(nanos_from(parts, base.nanos if base is not None else 0))


def _time_base(parts: Mapping[str, Any]) -> Any:
    base = _base(parts, ("time", "datetime"), _HAS_TIME)
    if base is None and parts.get("hour") is None:
        for name in _TIME_PARTS[1:]:
            if parts.get(name) is not None and not parts.keys() & _DATE_PARTS:
                raise argument_error("InvalidArgumentValue", f"A time with `{name}` needs an hour.")
    return base


def build_time(parts: Mapping[str, Any], context: Context) -> Time:
    """Return the time with offset of a map."""
    _check_names(parts)
    base, zone = _time_base(parts), _zone_text(parts)
    nanos, offset = (base.nanos if base is not None else 0), getattr(base, "offset_s", None)
    if zone is not None:
        fresh = parse_offset(zone)
        if fresh is None:
            fresh = in_zone(context.zones, getattr(base, "days", 0), nanos, zone).offset_s
        if offset is not None:
            nanos = (nanos + (fresh - offset) * NANOS_PER_SECOND) % (SECONDS_PER_DAY * NANOS_PER_SECOND)
        offset = fresh
    if offset is None:
        offset = in_zone(context.zones, 0, 0, context.zone).offset_s
    return Time(nanos_from(parts, nanos), offset)


def build_local_date_time(parts: Mapping[str, Any]) -> LocalDateTime:
    """Return the local day and time of a map."""
    _check_names(parts)
    base = _time_base(parts)
    return LocalDateTime(days_from(parts), nanos_from(parts, base.nanos if base is not None else 0))


def build_date_time(parts: Mapping[str, Any], context: Context) -> DateTime:
    """Return the moment of a map."""
    _check_names(parts)
    zone = _zone_text(parts)
    for name, scale in (("epochSeconds", 1), ("epochMillis", 1000)):
        if parts.get(name) is not None:
            return _from_epoch(parts, name, scale, zone or "Z", context)
    base = _time_base(parts)
    days, nanos = days_from(parts), base.nanos if base is not None else 0
    if isinstance(base, (Time, DateTime)):
        own = getattr(base, "zone", "") or None
        if zone is None:
            return _zoned(context, days, nanos_from(parts, nanos), own, base.offset_s)
        source = _zoned(context, days, nanos, own, base.offset_s)
        moved = _move(source, zone, context)
        days, nanos = _moved_day(parts, moved, days), moved.nanos
    return in_zone(context.zones, days, nanos_from(parts, nanos), zone or context.zone)


def _moved_day(parts: Mapping[str, Any], moved: DateTime, days: int) -> int:
    """Return the day after a change of zone; a day that was named part by part stays."""
    return days if any(parts.get(name) is not None for name in ("day", "ordinalDay", "dayOfWeek")) else moved.days


def _zoned(context: Context, days: int, nanos: int, zone: str | None, offset_s: int) -> DateTime:
    if zone is None:
        return DateTime(days, nanos, offset_s)
    return in_zone(context.zones, days, nanos, zone)


def _move(value: DateTime, zone: str, context: Context) -> DateTime:
    """Return the same moment in another zone."""
    seconds, nanos = moment(value)
    offset = parse_offset(zone)
    return at_moment(context.zones, seconds, nanos, zone) if offset is None else at_offset(seconds, nanos, offset)


def _from_epoch(parts: Mapping[str, Any], name: str, scale: int, zone: str, context: Context) -> DateTime:
    value = _whole(parts, name, -(2**62), 2**62) or 0
    seconds, rest = divmod(value, scale)
    nanos = rest * (NANOS_PER_SECOND // scale)
    nanos += _fraction(parts, 0) if scale == 1 else _part(parts, "nanosecond", 999_999, 0)
    offset = parse_offset(zone)
    return at_moment(context.zones, seconds, nanos, zone) if offset is None else at_offset(seconds, nanos, offset)


_DURATION_PARTS = {
    "years": (12, 0, 0), "quarters": (3, 0, 0), "months": (1, 0, 0), "weeks": (0, 7, 0), "days": (0, 1, 0),
    "hours": (0, 0, 3600 * 10**9), "minutes": (0, 0, 60 * 10**9), "seconds": (0, 0, 10**9),
    "milliseconds": (0, 0, 10**6), "microseconds": (0, 0, 1000), "nanoseconds": (0, 0, 1),
}  # fmt: skip


def build_duration(parts: Mapping[str, Any]) -> Duration:
    """Return the duration of a map."""
    months = days = nanos = to_fraction(0)
    for name, value in parts.items():
        scale = _DURATION_PARTS.get(name)
        if scale is None:
            raise argument_error("InvalidArgumentValue", f"`{name[:40]}` is no part of a duration.")
        if value is not None:
            amount = to_fraction(value)
            months, days, nanos = months + amount * scale[0], days + amount * scale[1], nanos + amount * scale[2]
    return make_duration(months, days, nanos / NANOS_PER_SECOND)


# -- truncate ---------------------------------------------------------------------------------------------------------

_TIME_UNITS = {
    "hour": 3600 * NANOS_PER_SECOND, "minute": 60 * NANOS_PER_SECOND, "second": NANOS_PER_SECOND,
    "millisecond": 1_000_000, "microsecond": 1000,
}  # fmt: skip
_YEARS = {"millennium": 1000, "century": 100, "decade": 10, "year": 1}


def truncate(unit: str, value: Any) -> tuple[int | None, int]:
    """Return day and nanoseconds of a temporal value, cut to `unit`."""
    days, nanos = getattr(value, "days", None), getattr(value, "nanos", 0)
    if unit in _TIME_UNITS:
        if type(value) is Date:
            raise argument_error("InvalidArgumentValue", f"A Date can't be cut to a {unit}.")
        return days, nanos - nanos % _TIME_UNITS[unit]
    if unit == "day":
        return days, 0
    if days is None:
        raise argument_error("InvalidArgumentValue", f"A time of day can't be cut to {unit[:40]!r}.")
    return check_day(_cut_day(unit, days)), 0


def _cut_day(unit: str, days: int) -> int:
    year, month, _ = date_of(days)
    if unit in _YEARS:
        return day_of(year - year % _YEARS[unit], 1, 1)
    if unit == "weekYear":
        return day_of_week_date(week_of(days)[0], 1, 1)
    if unit == "quarter":
        return quarter_start(year, (month + 2) // 3)
    if unit == "month":
        return day_of(year, month, 1)
    if unit == "week":
        return days - weekday(days) + 1
    raise argument_error("InvalidArgumentValue", f"{unit[:40]!r} is no unit of time.")


def adjust(days: int | None, nanos: int, parts: Mapping[str, Any]) -> tuple[int | None, int]:
    """Return a cut day and time with some parts set anew."""
    _check_names(parts)
    if days is not None and parts.keys() & _DATE_PARTS:
        if parts.get("dayOfWeek") is not None and parts.get("week") is None:
            wanted = _whole(parts, "dayOfWeek", 1, 7) or 1
            days += wanted - weekday(days)
        else:
            days = days_from({"date": Date(days)} | dict(parts))
    seconds = nanos - nanos % NANOS_PER_SECOND
    whole = {name: value for name, value in parts.items() if name in ("hour", "minute", "second")}
    base = nanos_from(whole, nanos) - nanos % NANOS_PER_SECOND if whole else seconds
    return days, base + keep_fraction(parts, nanos % NANOS_PER_SECOND)
