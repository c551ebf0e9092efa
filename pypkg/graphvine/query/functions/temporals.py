"""Functions that make, cut and measure temporal values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphvine.model.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from graphvine.query.fault import type_error
from graphvine.query.functions.signature import Function
from graphvine.query.kinds import (
    DATE,
    DATE_TIME,
    DURATION,
    LOCAL_DATE_TIME,
    LOCAL_TIME,
    TIME,
    Kind,
)
from graphvine.query.temporal_arithmetic import between, days_between, months_between, seconds_between
from graphvine.query.temporal_build import (
    Context,
    adjust,
    build_date,
    build_date_time,
    build_duration,
    build_local_date_time,
    build_local_time,
    build_time,
    truncate,
)
from graphvine.query.temporal_text import (
    in_zone,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_local_date_time,
    parse_local_time,
    parse_time,
)
from graphvine.query.values import type_name
from graphvine.query.zones import at_moment, at_offset, parse_offset


def _context(run: Any) -> Context:
    return Context(run.outside.zones, run.outside.zone)


def _now(run: Any, wall_ms: int, zone: str | None) -> DateTime:
    if zone is not None and type(zone) is not str:
        raise type_error("InvalidArgumentType", f"A time zone is text, not a {type_name(zone)}.")
    seconds, rest = divmod(wall_ms, 1000)
    name = zone or run.outside.zone
    offset = parse_offset(name)
    if offset is None:
        return at_moment(run.outside.zones, seconds, rest * 1_000_000, name)
    return at_offset(seconds, rest * 1_000_000, offset)


def _from_now(kind: type, now: DateTime) -> Any:
    if kind is Date:
        return Date(now.days)
    if kind is LocalTime:
        return LocalTime(now.nanos)
    if kind is Time:
        return Time(now.nanos, now.offset_s)
    return LocalDateTime(now.days, now.nanos) if kind is LocalDateTime else now


def _from_text(kind: type, run: Any, text: str) -> Any:
    if kind is Date:
        return parse_date(text)
    if kind is LocalTime:
        return parse_local_time(text)
    if kind is LocalDateTime:
        return parse_local_date_time(text)
    context = _context(run)
    if kind is Time:
        return parse_time(text, in_zone(context.zones, 0, 0, context.zone).offset_s)
    return parse_date_time(text, context.zones, context.zone)


def _from_map(kind: type, run: Any, parts: dict[str, Any]) -> Any:
    if set(parts) == {"timezone"}:
        return _from_now(kind, _now(run, run.statement_ms, parts["timezone"]))
    if kind is Date:
        return build_date(parts)
    if kind is LocalTime:
        return build_local_time(parts)
    if kind is LocalDateTime:
        return build_local_date_time(parts)
    return build_time(parts, _context(run)) if kind is Time else build_date_time(parts, _context(run))


_PARTS_OF = {
    Date: ("date",),
    LocalTime: ("time",),
    Time: ("time",),
    LocalDateTime: ("date", "time"),
    DateTime: ("date", "time"),
}


def _maker(kind: type) -> Callable[..., Any]:
    def make(run: Any, *arguments: Any) -> Any:
        if not arguments:
            return _from_now(kind, _now(run, run.statement_ms, None))
        value = arguments[0]
        if value is None:
            return None
        if type(value) is str:
            return _from_text(kind, run, value)
        if type(value) is dict:
            return _from_map(kind, run, value)
        if isinstance(value, (Date, LocalTime, Time, LocalDateTime, DateTime)):
            return _from_map(kind, run, dict.fromkeys(_PARTS_OF[kind], value))
        raise type_error("InvalidArgumentType", f"A {type_name(value)} says no date or time.")

    return make


def _clock(kind: type, *, is_live: bool) -> Callable[..., Any]:
    def read(run: Any, zone: Any = None) -> Any:
        return _from_now(kind, _now(run, run.now_ms() if is_live else run.statement_ms, zone))

    return read


def _truncator(kind: type) -> Callable[..., Any]:
    def cut(run: Any, unit: Any, value: Any = None, parts: Any = None) -> Any:
        if value is None:
            value = _now(run, run.statement_ms, None)
        if type(unit) is not str or type(parts) not in (dict, type(None)) or not isinstance(value, tuple):
            raise type_error("InvalidArgumentType", "`truncate` takes a unit, a date or time, and a map.")
        zone = (parts or {}).get("timezone")
        if type(zone) not in (str, type(None)):
            raise type_error("InvalidArgumentType", f"`timezone` is a text, not a {type_name(zone)}.")
        days, nanos = adjust(*truncate(unit, value), parts or {})
        return _rebuild(kind, run, days, nanos, value, zone)

    return cut


def _rebuild(kind: type, run: Any, days: int | None, nanos: int, value: Any, zone: str | None) -> Any:
    if kind is LocalTime:
        return LocalTime(nanos)
    context = _context(run)
    if kind is Time:
        if zone is None and hasattr(value, "offset_s"):
            return Time(nanos, value.offset_s)
        return Time(nanos, in_zone(context.zones, days or 0, nanos, zone or context.zone).offset_s)
    if days is None:
        raise type_error("InvalidArgumentType", f"A {type_name(value)} has no date.")
    if kind is Date:
        return Date(days)
    if kind is LocalDateTime:
        return LocalDateTime(days, nanos)
    if zone is None and isinstance(value, (DateTime, Time)) and not getattr(value, "zone", ""):
        return DateTime(days, nanos, value.offset_s)
    return in_zone(context.zones, days, nanos, zone or getattr(value, "zone", "") or context.zone)


def _duration(value: Any) -> Duration:
    if type(value) is str:
        return parse_duration(value)
    if type(value) is dict:
        return build_duration(value)
    if type(value) is Duration:
        return value
    raise type_error("InvalidArgumentType", f"A {type_name(value)} says no duration.")


def _measure(function: Callable[..., Duration]) -> Function:
    return Function(lambda run, start, end: function(start, end, run.outside.zones), 2, 2, (), DURATION, takes_run=True)


def _from_epoch(run: Any, seconds: Any, nanos: Any) -> DateTime:
    return build_date_time({"epochSeconds": seconds, "nanosecond": nanos}, _context(run))


def _from_epoch_millis(run: Any, millis: Any) -> DateTime:
    return build_date_time({"epochMillis": millis}, _context(run))


def _table() -> dict[str, Function]:
    table: dict[str, Function] = {}
    kinds: list[tuple[str, type, Kind]] = [
        ("date", Date, DATE),
        ("localtime", LocalTime, LOCAL_TIME),
        ("time", Time, TIME),
        ("localdatetime", LocalDateTime, LOCAL_DATE_TIME),
        ("datetime", DateTime, DATE_TIME),
    ]
    for name, kind, returns in kinds:
        table[name] = Function(_maker(kind), 0, 1, (None,), returns, takes_run=True)
        table[name + ".truncate"] = Function(_truncator(kind), 1, 3, (), returns, takes_run=True)
        for clock in ("statement", "transaction", "realtime"):
            read = _clock(kind, is_live=clock == "realtime")
            table[f"{name}.{clock}"] = Function(read, 0, 1, (), returns, takes_run=True)
    return table


TEMPORAL_FUNCTIONS: dict[str, Function] = _table() | {
    "datetime.fromepoch": Function(_from_epoch, 2, 2, (), DATE_TIME, takes_run=True),
    "datetime.fromepochmillis": Function(_from_epoch_millis, 1, 1, (), DATE_TIME, takes_run=True),
    "duration": Function(_duration, 1, 1, (None,), DURATION),
    "duration.between": _measure(between),
    "duration.inmonths": _measure(months_between),
    "duration.indays": _measure(days_between),
    "duration.inseconds": _measure(seconds_between),
}
