from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.query.shared import error, value

from graphvine.model.temporal import (
    MAX_DAY,
    MIN_DAY,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
    from_python,
)
from graphvine.query.calendar import MAX_YEAR, MIN_YEAR, add_months, date_of, day_of, day_of_week_date, week_of, weekday
from graphvine.query.temporal_arithmetic import add_temporal, between, from_nanos, subtract_temporal
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

NANOS = st.integers(0, 86_400 * 10**9 - 1)
DAYS = st.integers(MIN_DAY, MAX_DAY)
OFFSETS = st.integers(-18 * 3600, 18 * 3600)
NO_ZONES = NoZones()


@given(st.dates())
def test_days_agree_with_pythons_calendar(day: date) -> None:
    number = day.toordinal() - date(1970, 1, 1).toordinal()
    assert day_of(day.year, day.month, day.day) == number
    assert date_of(number) == (day.year, day.month, day.day)
    assert (*week_of(number), weekday(number)) == tuple(day.isocalendar())
    assert day_of_week_date(*day.isocalendar()) == number


@given(DAYS)
def test_days_and_dates_are_one_to_one(days: int) -> None:
    assert day_of(*date_of(days)) == days


def test_the_range_of_dates_is_that_of_the_years() -> None:
    assert (day_of(MIN_YEAR, 1, 1), day_of(MAX_YEAR, 12, 31)) == (MIN_DAY, MAX_DAY)


@given(DAYS)
def test_dates_read_what_they_write(days: int) -> None:
    assert parse_date(format_temporal(Date(days))) == Date(days)


@given(NANOS, OFFSETS)
def test_times_read_what_they_write(nanos: int, offset: int) -> None:
    assert parse_local_time(format_temporal(LocalTime(nanos))) == LocalTime(nanos)
    assert parse_time(format_temporal(Time(nanos, offset)), 0) == Time(nanos, offset)


@given(DAYS, NANOS, OFFSETS)
def test_moments_read_what_they_write(days: int, nanos: int, offset: int) -> None:
    local, moment = LocalDateTime(days, nanos), DateTime(days, nanos, offset)
    assert parse_local_date_time(format_temporal(local)) == local
    assert parse_date_time(format_temporal(moment), NO_ZONES, "Z") == moment


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.integers(-(10**18), 10**18))
def test_durations_read_what_they_write(months: int, days: int, nanos: int) -> None:
    duration = from_nanos(months, days, nanos)
    assert parse_duration(format_temporal(duration)) == duration


@settings(max_examples=200)
@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_start_plus_what_lies_between_is_the_end(start: datetime, end: datetime) -> None:
    left, right = from_python(start), from_python(end)
    assert add_temporal(left, between(left, right, NO_ZONES)) == right


@given(st.datetimes(), st.timedeltas(timedelta(days=-1000), timedelta(days=1000)))
def test_adding_agrees_with_python(start: datetime, by: timedelta) -> None:
    try:
        expected = from_python(start + by)
    except OverflowError:
        return
    duration = from_nanos(0, 0, (by // timedelta(microseconds=1)) * 1000)
    assert add_temporal(from_python(start), duration) == expected
    assert subtract_temporal(expected, duration) == from_python(start)


@given(st.integers(-700_000, 700_000), st.integers(-5000, 5000))
def test_adding_months_keeps_the_day_or_takes_the_last(days: int, months: int) -> None:
    before, after = date_of(days), date_of(add_months(days, months))
    assert (after[0] * 12 + after[1]) - (before[0] * 12 + before[1]) == months
    assert after[2] <= before[2]
    assert after[2] == before[2] or date_of(day_of(*after) + 1)[2] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date({year: 2020, month: 2, day: 29}) + duration({years: 1})", "2021-02-28"),
        ("date('2020-01-31') - duration('P1M')", "2019-12-31"),
        ("localtime('23:30') + duration('PT45M')", "00:15"),
        ("datetime('2021-03-28T01:30:00[Europe/Berlin]') + duration('PT1H')", "2021-03-28T03:30+02:00[Europe/Berlin]"),
        ("datetime('2021-10-31T02:30:00[Europe/Berlin]')", "2021-10-31T02:30+02:00[Europe/Berlin]"),
        ("datetime({epochSeconds: 0, timezone: 'Asia/Tokyo'})", "1970-01-01T09:00+09:00[Asia/Tokyo]"),
        ("duration.between(date('2020-02-29'), date('2021-02-28'))", "P11M30D"),
        ("duration.between(localtime('10:00'), localtime('09:00'))", "PT-1H"),
        ("duration.inSeconds(datetime('2020-01-01T00:00Z'), datetime('2020-01-01T00:00+01:00'))", "PT-1H"),
        ("duration({days: 1.5, hours: -1})", "P1DT11H"),
        ("duration('P1M') * 1.5", "P1M15DT5H14M33S"),
        ("date.truncate('week', date('2020-01-01'), {dayOfWeek: 3})", "2020-01-01"),
        (
            "localdatetime.truncate('day', localdatetime('2020-01-01T10:11:12'), {nanosecond: 7})",
            "2020-01-01T00:00:00.000000007",
        ),
        ("date({date: date('2020-08-15'), quarter: 1})", "2020-02-15"),
    ],
)
def test_temporal_expressions(text: str, expected: str) -> None:
    assert format_temporal(value(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "date('2021-02-29')",
        "date('2021-13-01')",
        "date('2021-W54')",
        "date('x')",
        "date('" + "1" * 500 + "')",
        "localtime('25:00')",
        "time('10:00+19:00')",
        "datetime('2020-01-01T00:00[Nowhere/Land]')",
        "duration('P')",
        "duration('1D')",
        "date({month: 1})",
        "date({year: 2020, month: 13})",
        "date({year: 1000000000})",
        "localtime({minute: 1})",
        "date({year: 2020, colour: 1})",
        "date.truncate('hour', date('2020-01-01'))",
        "date.truncate('eon', date('2020-01-01'))",
        "duration({eons: 1})",
        "date('+999999999-12-31') + duration('P1D')",
        "duration({days: 9223372036854775807}) + duration({days: 1})",
    ],
)
def test_what_is_no_date_or_time_is_an_error(text: str) -> None:
    assert error(f"RETURN {text}").phase == "runtime"


def test_a_duration_of_seconds_has_no_days() -> None:
    assert value("duration({hours: 48})") == Duration(0, 0, 172_800, 0)


def test_a_date_may_be_a_day_of_a_quarter() -> None:
    assert parse_date("2015-Q2-60") == parse_date("2015Q260") == parse_date("2015-05-30")
    assert parse_date("2016-Q1") == parse_date("2016-01-01")
    assert parse_date("2016-Q1-91") == parse_date("2016-03-31")


@pytest.mark.parametrize("text", ["2015-Q0-01", "2015-Q5-01", "2015-Q1-91", "2015-Q3-00", "2015-Q4-93", "2015-Q1-5"])
def test_a_day_that_no_quarter_has_is_no_date(text: str) -> None:
    assert "is no date" in error(f"RETURN date('{text}')").args[0]
