"""Durations, and what they do to dates and times.

Months, days and seconds don't convert into each other; only fractions flow down, with a month of 30.436875 days.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from graphvine.limits import MAX_INTEGER, MIN_INTEGER
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
from graphvine.query.calendar import add_months, check_day, date_of
from graphvine.query.fault import arithmetic_error, type_error
from graphvine.query.values import type_name
from graphvine.query.zones import at_moment, at_offset, at_zone, moment

_DAY_NANOS = SECONDS_PER_DAY * NANOS_PER_SECOND
_DAYS_PER_MONTH = Fraction(30_436_875, 1_000_000)

Amount = Fraction | int


def make_duration(months: Amount, days: Amount, seconds: Amount) -> Duration:
    """Return the duration, with fractions of months and days carried to smaller units."""
    whole_months = int(months)
    days += (months - whole_months) * _DAYS_PER_MONTH
    whole_days = int(days)
    seconds += (days - whole_days) * SECONDS_PER_DAY
    nanos = seconds * NANOS_PER_SECOND
    return from_nanos(whole_months, whole_days, int(nanos))


def from_nanos(months: int, days: int, nanos: int) -> Duration:
    """Return the duration of whole parts."""
    seconds, rest = divmod(nanos, NANOS_PER_SECOND)
    if max(months, days, seconds) > MAX_INTEGER or min(months, days, seconds) < MIN_INTEGER:
        raise arithmetic_error("IntegerOverflow", "A part of the duration does not fit into 64 bits.")
    return Duration(months, days, seconds, rest)


def total_nanos(value: Duration) -> int:
    """Return the part below days."""
    return value.seconds * NANOS_PER_SECOND + value.nanos


def to_fraction(value: Any) -> Fraction:
    """Return a number as written, so that 0.1 is a tenth."""
    if type(value) is int:
        return Fraction(value)
    if type(value) is not float or value != value or value in (float("inf"), float("-inf")):
        raise type_error("InvalidArgumentType", f"A duration is made of numbers, not of a {type_name(value)}.")
    return Fraction(repr(value))


def multiply_duration(value: Duration, factor: Any) -> Duration:
    """Return `value` times a number."""
    by = to_fraction(factor)
    return make_duration(value.months * by, value.days * by, Fraction(total_nanos(value), NANOS_PER_SECOND) * by)


def divide_duration(value: Duration, divisor: Any) -> Duration:
    """Return `value` divided by a number."""
    by = to_fraction(divisor)
    if not by:
        raise arithmetic_error("DivisionByZero", "A duration can't be divided by zero.")
    return make_duration(value.months / by, value.days / by, Fraction(total_nanos(value), NANOS_PER_SECOND) / by)


def add_temporal(left: Any, right: Any) -> Any:
    """Return the sum of two durations, or of a date or time and a duration, in either order."""
    if type(left) is Duration and type(right) is Duration:
        nanos = total_nanos(left) + total_nanos(right)
        return from_nanos(left.months + right.months, left.days + right.days, nanos)
    if type(left) is Duration:
        left, right = right, left
    if type(right) is not Duration:
        message = f"A {type_name(left)} and a {type_name(right)} can't be added."
        raise type_error("InvalidArgumentType", message)
    return _shift(left, right)


def subtract_temporal(left: Any, right: Duration) -> Any:
    """Return `left` minus a duration."""
    return add_temporal(left, from_nanos(-right.months, -right.days, -total_nanos(right)))


def _shift(value: Any, by: Duration) -> Any:
    nanos = total_nanos(by)
    kind = type(value)
    if kind is Date:
        whole = abs(nanos) // _DAY_NANOS
        return Date(check_day(add_months(value.days, by.months) + by.days + (whole if nanos >= 0 else -whole)))
    if kind is LocalTime:
        return LocalTime((value.nanos + nanos) % _DAY_NANOS)
    if kind is Time:
        return Time((value.nanos + nanos) % _DAY_NANOS, value.offset_s)
    carry, rest = divmod(value.nanos + nanos, _DAY_NANOS)
    days = check_day(add_months(value.days, by.months) + by.days + carry)
    if kind is LocalDateTime:
        return LocalDateTime(days, rest)
    return DateTime(days, rest, value.offset_s, value.zone)


def settle(result: Any, operator: str, left: Any, right: Any, zones: Zones) -> Any:
    """Return `result` of ``left + right`` or ``left - right``; one in a named zone as the zone's rules have it.

    Months and days move the calendar, what is below them moves the moment: a day behind noon is noon, 24 hours behind
    noon is one o'clock when the clocks went forward in between.
    """
    if type(result) is not DateTime or not result.zone:
        return result
    start, by = (left, right) if type(left) is DateTime else (right, left)
    sign = -1 if operator == "-" else 1
    if by.months or by.days:
        days = add_months(start.days, sign * by.months) + sign * by.days
        start = at_zone(zones, check_day(days), start.nanos, start.zone)
    seconds, nanos = moment(start)
    carry, rest = divmod(nanos + sign * total_nanos(by), NANOS_PER_SECOND)
    return at_moment(zones, seconds + carry, rest, start.zone)


# -- the time between two values --------------------------------------------------------------------------------------


def between(start: Any, end: Any, zones: Zones) -> Duration:
    """Return the duration from `start` to `end`: whole months, then days, then the rest."""
    left, right = _align(start, end, zones)
    if left[0] is None or right[0] is None:
        return from_nanos(0, 0, _elapsed(left, right, start, end, zones))
    months = _whole_months(left, right)
    day = add_months(left[0], months)
    days = _whole_days((day, left[1]), right)
    if type(start) is DateTime and type(end) is DateTime and start.zone:
        moved = at_zone(zones, day + days, left[1], start.zone)
        return from_nanos(months, days, _moment_nanos(end) - _moment_nanos(moved))
    nanos = (right[0] - day - days) * _DAY_NANOS + right[1] - left[1]
    return from_nanos(months, days, nanos)


def months_between(start: Any, end: Any, zones: Zones) -> Duration:
    """Return the whole months from `start` to `end`."""
    left, right = _align(start, end, zones)
    return from_nanos(0 if left[0] is None or right[0] is None else _whole_months(left, right), 0, 0)


def days_between(start: Any, end: Any, zones: Zones) -> Duration:
    """Return the whole days from `start` to `end`."""
    left, right = _align(start, end, zones)
    return from_nanos(0, 0 if left[0] is None or right[0] is None else _whole_days(left, right), 0)


def seconds_between(start: Any, end: Any, zones: Zones) -> Duration:
    """Return the exact time from `start` to `end`."""
    left, right = _align(start, end, zones)
    return from_nanos(0, 0, _elapsed(left, right, start, end, zones))


Local = tuple[int | None, int]


def _align(start: Any, end: Any, zones: Zones) -> tuple[Local, Local]:
    """Return both as (day, nanos) in one zone: the start's, or the end's where the start has none."""
    for value in (start, end):
        if type(value) not in (Date, LocalTime, Time, LocalDateTime, DateTime):
            raise type_error("InvalidArgumentType", f"A {type_name(value)} is no date or time.")
    if type(start) is DateTime and type(end) is DateTime:
        seconds, nanos = moment(end)
        end = at_moment(zones, seconds, nanos, start.zone) if start.zone else at_offset(seconds, nanos, start.offset_s)
    elif type(start) in (Time, DateTime) and type(end) in (Time, DateTime):
        end = _same_offset(end, start.offset_s)
    return _local(start), _local(end)


def _same_offset(value: Any, offset_s: int) -> Any:
    if type(value) is DateTime:
        return at_offset(*moment(value), offset_s)
    # The day is not known, so the time may run over midnight: keep the difference exact instead of wrapping it.
    return LocalTime(value.nanos + (offset_s - value.offset_s) * NANOS_PER_SECOND)


def _local(value: Any) -> Local:
    if type(value) is Date:
        return value.days, 0
    if type(value) in (LocalTime, Time):
        return None, value.nanos
    return value.days, value.nanos


def _elapsed(left: Local, right: Local, start: Any, end: Any, zones: Zones) -> int:
    if left[0] is None or right[0] is None:
        zoned = next((value for value in (start, end) if type(value) is DateTime and value.zone), None)
        if zoned is not None and (type(start) in (LocalTime,) or type(end) in (LocalTime,)):
            return _zoned_elapsed(left, right, zoned, zones)
        return right[1] - left[1]
    zoned = next((value for value in (start, end) if type(value) is DateTime and value.zone), None)
    if zoned is None:
        return (right[0] - left[0]) * _DAY_NANOS + right[1] - left[1]
    one = start if type(start) is DateTime else at_zone(zones, left[0], left[1], zoned.zone)
    other = end if type(end) is DateTime else at_zone(zones, right[0], right[1], zoned.zone)
    return _moment_nanos(other) - _moment_nanos(one)


def _zoned_elapsed(left: Local, right: Local, zoned: DateTime, zones: Zones) -> int:
    """Return the time between two times of the day that the zoned one gives."""
    one = at_zone(zones, zoned.days, left[1], zoned.zone)
    other = at_zone(zones, zoned.days, right[1], zoned.zone)
    return _moment_nanos(other) - _moment_nanos(one)


def _moment_nanos(value: DateTime) -> int:
    seconds, nanos = moment(value)
    return seconds * NANOS_PER_SECOND + nanos


def _whole_months(left: Local, right: Local) -> int:
    days = (left[0] or 0, right[0] or 0)
    one, other = date_of(days[0]), date_of(days[1])
    months = (other[0] - one[0]) * 12 + other[1] - one[1]
    if months > 0 and (other[2], right[1]) < (one[2], left[1]):
        return months - 1
    if months < 0 and (other[2], right[1]) > (one[2], left[1]):
        return months + 1
    return months


def _whole_days(left: Local, right: Local) -> int:
    days = (right[0] or 0) - (left[0] or 0)
    if days > 0 and right[1] < left[1]:
        return days - 1
    if days < 0 and right[1] > left[1]:
        return days + 1
    return days
