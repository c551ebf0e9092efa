"""``value.part`` of temporal values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphvine.model.temporal import NANOS_PER_SECOND, Date, DateTime, Duration, LocalDateTime, LocalTime, Time
from graphvine.query.calendar import date_of, day_of, quarter_start, week_of, weekday
from graphvine.query.temporal_arithmetic import total_nanos
from graphvine.query.temporal_text import format_offset
from graphvine.query.zones import moment


def _day_of_quarter(days: int) -> int:
    year, month, _ = date_of(days)
    return days - quarter_start(year, (month + 2) // 3) + 1


_DAY_FIELDS: dict[str, Callable[[Any], Any]] = {
    "year": lambda value: date_of(value.days)[0],
    "quarter": lambda value: (date_of(value.days)[1] + 2) // 3,
    "month": lambda value: date_of(value.days)[1],
    "week": lambda value: week_of(value.days)[1],
    "weekYear": lambda value: week_of(value.days)[0],
    "dayOfQuarter": lambda value: _day_of_quarter(value.days),
    "quarterDay": lambda value: _day_of_quarter(value.days),
    "day": lambda value: date_of(value.days)[2],
    "ordinalDay": lambda value: value.days - day_of(date_of(value.days)[0], 1, 1) + 1,
    "weekDay": lambda value: weekday(value.days),
    "dayOfWeek": lambda value: weekday(value.days),
}
_TIME_FIELDS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda value: value.nanos // (3600 * NANOS_PER_SECOND),
    "minute": lambda value: value.nanos // (60 * NANOS_PER_SECOND) % 60,
    "second": lambda value: value.nanos // NANOS_PER_SECOND % 60,
    "millisecond": lambda value: value.nanos // 1_000_000 % 1000,
    "microsecond": lambda value: value.nanos // 1000 % 1_000_000,
    "nanosecond": lambda value: value.nanos % NANOS_PER_SECOND,
}
_OFFSET_FIELDS: dict[str, Callable[[Any], Any]] = {
    "timezone": lambda value: getattr(value, "zone", "") or format_offset(value.offset_s),
    "offset": lambda value: format_offset(value.offset_s),
    "offsetMinutes": lambda value: value.offset_s // 60,
    "offsetSeconds": lambda value: value.offset_s,
}
_MOMENT_FIELDS: dict[str, Callable[[Any], Any]] = {
    "epochSeconds": lambda value: moment(value)[0],
    "epochMillis": lambda value: moment(value)[0] * 1000 + moment(value)[1] // 1_000_000,
}


def _towards_zero(value: int, unit: int) -> int:
    return value // unit if value >= 0 else -(-value // unit)


def _rest(value: int, unit: int) -> int:
    return value - _towards_zero(value, unit) * unit


_DURATION_FIELDS: dict[str, Callable[[Duration], Any]] = {
    "years": lambda value: _towards_zero(value.months, 12),
    "quarters": lambda value: _towards_zero(value.months, 3),
    "months": lambda value: value.months,
    "weeks": lambda value: _towards_zero(value.days, 7),
    "days": lambda value: value.days,
    "hours": lambda value: _towards_zero(value.seconds, 3600),
    "minutes": lambda value: _towards_zero(value.seconds, 60),
    "seconds": lambda value: value.seconds,
    "milliseconds": lambda value: total_nanos(value) // 1_000_000,
    "microseconds": lambda value: total_nanos(value) // 1000,
    "nanoseconds": total_nanos,
    "quartersOfYear": lambda value: _rest(_towards_zero(value.months, 3), 4),
    "monthsOfQuarter": lambda value: _rest(value.months, 3),
    "monthsOfYear": lambda value: _rest(value.months, 12),
    "daysOfWeek": lambda value: _rest(value.days, 7),
    "minutesOfHour": lambda value: _rest(_towards_zero(value.seconds, 60), 60),
    "secondsOfMinute": lambda value: _rest(value.seconds, 60),
    "millisecondsOfSecond": lambda value: value.nanos // 1_000_000,
    "microsecondsOfSecond": lambda value: value.nanos // 1000,
    "nanosecondsOfSecond": lambda value: value.nanos,
}
FIELDS: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: _DAY_FIELDS,
    LocalTime: _TIME_FIELDS,
    Time: _TIME_FIELDS | _OFFSET_FIELDS,
    LocalDateTime: _DAY_FIELDS | _TIME_FIELDS,
    DateTime: _DAY_FIELDS | _TIME_FIELDS | _OFFSET_FIELDS | _MOMENT_FIELDS,
    Duration: _DURATION_FIELDS,
}


def temporal_field(value: Any, name: str) -> Any:
    """Return a part of a temporal value; None for a name that it doesn't have."""
    read = FIELDS[type(value)].get(name)
    return None if read is None else read(value)
