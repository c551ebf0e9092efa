"""Temporal values as ISO 8601 text, both ways."""

from __future__ import annotations

import re
from fractions import Fraction

from graphvine.model.temporal import (
    NANOS_PER_SECOND,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
)
from graphvine.ports import Zones
from graphvine.query.calendar import check_day, date_of, day_of, day_of_week_date, is_leap, month_days, week_of
from graphvine.query.fault import Fault, argument_error
from graphvine.query.temporal_arithmetic import make_duration
from graphvine.query.zones import at_moment, at_zone, parse_offset

MAX_TEXT = 200


def format_temporal(value: Temporal) -> str:
    """Return the ISO 8601 form of a temporal value."""
    if isinstance(value, Date):
        return _format_date(value.days)
    if isinstance(value, LocalTime):
        return _format_time(value.nanos)
    if isinstance(value, Time):
        return _format_time(value.nanos) + format_offset(value.offset_s)
    if isinstance(value, Duration):
        return _format_duration(value)
    text = f"{_format_date(value.days)}T{_format_time(value.nanos)}"
    if isinstance(value, LocalDateTime):
        return text
    return text + format_offset(value.offset_s) + (f"[{value.zone}]" if value.zone else "")


def _format_date(days: int) -> str:
    year, month, day = date_of(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


def _format_time(nanos: int) -> str:
    seconds, fraction = divmod(nanos, NANOS_PER_SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60 or fraction:
        text += f":{seconds % 60:02}"
    return text + _fraction(fraction)


def _fraction(nanos: int) -> str:
    return "." + f"{nanos:09}".rstrip("0") if nanos else ""


def format_offset(offset_s: int) -> str:
    """Return ``Z``, ``+01:00`` or ``+00:53:28``."""
    if offset_s == 0:
        return "Z"
    size = abs(offset_s)
    text = f"{'-' if offset_s < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}"
    return text + (f":{size % 60:02}" if size % 60 else "")


def _format_duration(value: Duration) -> str:
    years, months = _cut(value.months, 12)
    text = "P" + "".join(
        f"{amount}{unit}" for amount, unit in ((years, "Y"), (months, "M"), (value.days, "D")) if amount
    )
    total = value.seconds * NANOS_PER_SECOND + value.nanos
    if total:
        sign = "-" if total < 0 else ""
        seconds, nanos = divmod(abs(total), NANOS_PER_SECOND)
        text += "T"
        for amount, unit in ((seconds // 3600, "H"), (seconds // 60 % 60, "M")):
            if amount:
                text += f"{sign}{amount}{unit}"
        if seconds % 60 or nanos:
            text += f"{sign}{seconds % 60}{_fraction(nanos)}S"
    return text if len(text) > 1 else "PT0S"


def _cut(value: int, unit: int) -> tuple[int, int]:
    """Divide towards zero."""
    whole, rest = divmod(abs(value), unit)
    return (-whole, -rest) if value < 0 else (whole, rest)


_DATE = re.compile(
    r"(?P<year>[+-]\d{1,9}|\d{4})"
    r"(?:-?W(?P<week>\d\d)(?:-?(?P<weekday>\d))?|-?Q(?P<quarter>[1-4])(?:-?(?P<quarter_day>\d\d))?"
    r"|-(?P<ordinal>\d{3})|(?P<ordinal2>\d{3})"
    r"|-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?|(?P<month2>\d\d)(?P<day2>\d\d)?)?",
    re.ASCII,
)
_TIME = re.compile(
    r"(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?|(?P<minute2>\d\d)(?P<second2>\d\d)?)?"
    r"(?:[.,](?P<fraction>\d{1,9}))?",
    re.ASCII,
)
_AMOUNT = r"([+-]?\d{1,19}(?:[.,]\d{1,18})?)"
_DURATION = re.compile(
    rf"(?P<sign>[+-]?)P(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
    rf"(?:T(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?",
    re.ASCII,
)
_DATED_DURATION = re.compile(r"P(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d(?:[.,]\d{1,9})?)", re.ASCII)


def _no(kind: str, text: str) -> Fault:
    return argument_error("InvalidArgumentValue", f"{text[:60]!r} is no {kind}.")


def parse_date(text: str) -> Date:
    """Return the date that `text` says, or raise Fault."""
    found = _DATE.fullmatch(text[:MAX_TEXT])
    if found is None:
        raise _no("date", text)
    return Date(_date_days(found, text))


def _date_days(found: re.Match[str], text: str) -> int:
    year = int(found["year"])
    if found["week"]:
        return check_day(_checked_week(year, int(found["week"]), int(found["weekday"] or 1), text))
    if found["quarter"]:
        return check_day(_checked_quarter(year, int(found["quarter"]), int(found["quarter_day"] or 1), text))
    ordinal = found["ordinal"] or found["ordinal2"]
    if ordinal:
        if not 1 <= int(ordinal) <= 365 + is_leap(year):
            raise _no("date", text)
        return check_day(day_of(year, 1, 1) + int(ordinal) - 1)
    month, day = int(found["month"] or found["month2"] or 1), int(found["day"] or found["day2"] or 1)
    if not 1 <= month <= 12 or not 1 <= day <= month_days(year, month):
        raise _no("date", text)
    return check_day(day_of(year, month, day))


def _checked_week(year: int, week: int, day: int, text: str) -> int:
    days = day_of_week_date(year, week, day)
    if not 1 <= day <= 7 or week_of(days) != (year, week):
        raise _no("date", text)
    return days


def _checked_quarter(year: int, quarter: int, day: int, text: str) -> int:
    first = 3 * quarter - 2
    if not 1 <= day <= sum(month_days(year, month) for month in range(first, first + 3)):
        raise _no("date", text)
    return day_of(year, first, 1) + day - 1


def parse_local_time(text: str) -> LocalTime:
    """Return the time of day that `text` says, or raise Fault."""
    found = _TIME.fullmatch(text[:MAX_TEXT].removeprefix("T"))
    if found is None:
        raise _no("time", text)
    hour, minute = int(found["hour"]), int(found["minute"] or found["minute2"] or 0)
    second = int(found["second"] or found["second2"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise _no("time", text)
    nanos = int((found["fraction"] or "").ljust(9, "0"))
    return LocalTime((hour * 3600 + minute * 60 + second) * NANOS_PER_SECOND + nanos)


def _split_zone(text: str) -> tuple[str, str | None, str | None]:
    """Return the text in front of the zone, the offset and the zone's name."""
    body, zone = text, None
    if text.endswith("]") and "[" in text:
        body, _, rest = text.partition("[")
        zone = rest[:-1]
    mark = max(body.rfind("+"), body.rfind("-", body.find("T") + 1 if "T" in body else 0))
    if body.endswith(("Z", "z")):
        mark = len(body) - 1
    if mark <= 0 or "T" in body and mark < body.find("T"):
        return body, None, zone
    return body[:mark], body[mark:], zone


def parse_time(text: str, default_offset_s: int) -> Time:
    """Return the time of day with offset that `text` says, or raise Fault."""
    body, offset, zone = _split_zone(text[:MAX_TEXT])
    seconds = default_offset_s if offset is None else parse_offset(offset)
    if zone is not None or seconds is None:
        raise _no("time", text)
    return Time(parse_local_time(body).nanos, seconds)


def parse_local_date_time(text: str) -> LocalDateTime:
    """Return the day and time that `text` says, or raise Fault."""
    day, mark, time = text[:MAX_TEXT].partition("T")
    return LocalDateTime(parse_date(day).days, parse_local_time(time).nanos if mark else 0)


def parse_date_time(text: str, zones: Zones, default_zone: str) -> DateTime:
    """Return the moment that `text` says, or raise Fault."""
    body, offset, zone = _split_zone(text[:MAX_TEXT]) if "T" in text else (text, None, None)
    local = parse_local_date_time(body)
    if offset is None:
        return in_zone(zones, local.days, local.nanos, zone or default_zone)
    seconds = parse_offset(offset)
    if seconds is None:
        raise _no("datetime", text)
    value = DateTime(local.days, local.nanos, seconds)
    if zone is None:
        return value
    named = in_zone(zones, local.days, local.nanos, zone)
    if named.offset_s == seconds:
        return named
    epoch_s = local.days * 86_400 + local.nanos // NANOS_PER_SECOND - seconds
    return at_moment(zones, epoch_s, local.nanos % NANOS_PER_SECOND, zone)


def in_zone(zones: Zones, days: int, nanos: int, zone: str) -> DateTime:
    """Return local time with an offset or in a named zone."""
    offset = parse_offset(zone)
    return at_zone(zones, days, nanos, zone) if offset is None else DateTime(days, nanos, offset)


def parse_duration(text: str) -> Duration:
    """Return the duration that `text` says, or raise Fault."""
    text = text[:MAX_TEXT]
    dated = _DATED_DURATION.fullmatch(text)
    if dated is not None:
        parts = [Fraction(part.replace(",", ".")) for part in dated.groups()]
        return make_duration(parts[0] * 12 + parts[1], parts[2], parts[3] * 3600 + parts[4] * 60 + parts[5])
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise _no("duration", text)
    sign = -1 if found["sign"] == "-" else 1
    years, months, weeks, days, hours, minutes, seconds = (
        sign * Fraction((part or "0").replace(",", ".")) for part in found.groups()[1:]
    )
    return make_duration(years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)
