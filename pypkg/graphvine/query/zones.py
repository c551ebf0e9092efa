"""Offsets of named time zones. The rules come from outside: the package has no zone tables of its own."""

from __future__ import annotations

from graphvine.model.temporal import MAX_OFFSET_S, NANOS_PER_SECOND, SECONDS_PER_DAY, DateTime
from graphvine.ports import Zones
from graphvine.query.calendar import check_day, day_of
from graphvine.query.fault import argument_error

# What a port of zones is asked about. Before it every zone has its mean solar time; after it the rules go round with
# the calendar, which repeats after 400 years.
_FIRST_S = day_of(1, 1, 1) * SECONDS_PER_DAY
_LAST_S = day_of(9600, 1, 1) * SECONDS_PER_DAY
_ROUND_S = 146_097 * SECONDS_PER_DAY


class NoZones:
    """Knows UTC alone."""

    def offset_s(self, name: str, epoch_s: int) -> int | None:
        """Return 0 for the names of UTC."""
        return 0 if name in ("UTC", "Etc/UTC", "GMT", "Z") else None


def offset_at(zones: Zones, name: str, epoch_s: int) -> int:
    """Return the offset of a zone at a moment, or raise Fault."""
    if epoch_s > _LAST_S:
        epoch_s = _LAST_S - _ROUND_S + (epoch_s - _LAST_S) % _ROUND_S
    offset = zones.offset_s(name, max(epoch_s, _FIRST_S))
    if offset is None:
        raise argument_error("InvalidArgumentValue", f"There is no time zone {name[:60]!r}.")
    return offset


def at_zone(zones: Zones, days: int, nanos: int, name: str) -> DateTime:
    """Return local time in a named zone. Where clocks go forward it moves on; where they go back it is the first."""
    local = days * SECONDS_PER_DAY + nanos // NANOS_PER_SECOND
    before = offset_at(zones, name, local - SECONDS_PER_DAY)
    after = offset_at(zones, name, local + SECONDS_PER_DAY)
    for offset in (before, after, offset_at(zones, name, local - before)):
        if offset_at(zones, name, local - offset) == offset:
            return DateTime(days, nanos, offset, name)
    return at_moment(zones, local - before, nanos % NANOS_PER_SECOND, name)


def at_moment(zones: Zones, epoch_s: int, nanos: int, name: str) -> DateTime:
    """Return a moment as seen in a named zone."""
    return at_offset(epoch_s, nanos, offset_at(zones, name, epoch_s), name)


def at_offset(epoch_s: int, nanos: int, offset_s: int, name: str = "") -> DateTime:
    """Return a moment as seen at an offset."""
    days, second = divmod(epoch_s + offset_s, SECONDS_PER_DAY)
    return DateTime(check_day(days), second * NANOS_PER_SECOND + nanos, offset_s, name)


def moment(value: DateTime) -> tuple[int, int]:
    """Return epoch seconds and the nanoseconds behind them."""
    seconds, nanos = divmod(value.nanos, NANOS_PER_SECOND)
    return value.days * SECONDS_PER_DAY + seconds - value.offset_s, nanos


def parse_offset(text: str) -> int | None:
    """Return seconds of ``Z``, ``+01``, ``+0100``, ``+01:00`` or ``+01:00:00``; None when it is a zone's name."""
    if text in ("Z", "z"):
        return 0
    if text[:1] not in ("+", "-"):
        return None
    digits = text[1:].replace(":", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (1, 2, 4, 6):
        raise argument_error("InvalidArgumentValue", f"{text[:40]!r} is no offset. Write for example +01:00.")
    digits = digits.zfill(2)
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4] or 0), int(digits[4:6] or 0)
    offset = hours * 3600 + minutes * 60 + seconds
    if offset > MAX_OFFSET_S or minutes > 59 or seconds > 59:
        raise argument_error("InvalidArgumentValue", f"The offset {text[:40]!r} is more than 18 hours, or no time.")
    return -offset if text[0] == "-" else offset
