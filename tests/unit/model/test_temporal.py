"""Temporal values: bytes that come back, bytes of strangers, and Python's own types where they fit."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.names import shown
from tests.strategies import temporals

from graphvine.errors import InvalidValue
from graphvine.model.temporal import (
    MAX_DAY,
    MAX_NANOS_OF_DAY,
    MAX_ZONE_BYTES,
    MIN_DAY,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
    check,
    from_python,
    pack,
    to_python,
    unpack,
)


@given(temporals)
def test_bytes_come_back(value):
    back = unpack(*pack(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("value", "code", "data"),
    [
        (Date(1), 1, "0000000000000001"),
        (LocalTime(2), 2, "0000000000000002"),
        (Time(3, -60), 3, "0000000000000003ffffffc4"),
        (LocalDateTime(-1, 4), 4, "ffffffffffffffff0000000000000004"),
        (DateTime(1, 2, 3, "UTC"), 5, "0000000000000001000000000000000200000003555443"),
        (Duration(-1, 2, 3, 4), 6, "ffffffffffffffff0000000000000002000000000000000300000004"),
    ],
)
def test_the_layout_never_changes(value, code, data):
    assert pack(value) == (code, bytes.fromhex(data))


@given(st.integers(-128, 127), st.binary(max_size=100))
def test_any_bytes_are_a_value_or_refused(code, data):
    with suppress(ValueError):
        check(unpack(code, data))  # raises InvalidValue, which is no ValueError


@given(temporals, st.data())
def test_truncated_bytes_are_refused(value, data):
    code, whole = pack(value)
    size = len(whole) - len(getattr(value, "zone", ""))
    cut = data.draw(st.integers(0, size - 1))
    with pytest.raises(ValueError, match="no temporal value"):
        unpack(code, whole[:cut])


@pytest.mark.parametrize(
    "value",
    [
        Date(MIN_DAY - 1),
        Date(MAX_DAY + 1),
        LocalTime(-1),
        LocalTime(MAX_NANOS_OF_DAY),
        Time(0, 18 * 3600 + 1),
        Time(0, -18 * 3600 - 1),
        LocalDateTime(0, MAX_NANOS_OF_DAY),
        DateTime(MAX_DAY + 1, 0, 0),
        DateTime(0, 0, 0, "x" * (MAX_ZONE_BYTES + 1)),
        DateTime(0, 0, 0, "Zürich"),
        Duration(0, 0, 0, 1_000_000_000),
        Duration(0, 0, 0, -1),
        Duration(2**63, 0, 0, 0),
        Date(True),
        Date(1.0),
        Date(None),
    ],
    ids=shown,
)
def test_out_of_range_is_refused_by_us_and_by_others(value):
    with pytest.raises(InvalidValue):
        check(value)


def test_a_stranger_s_zone_may_not_be_longer_than_ours():
    code, data = pack(DateTime(0, 0, 0, "x" * MAX_ZONE_BYTES))
    assert unpack(code, data)
    for more in (b"x", b"x" * 1000, b"\xff"):
        with pytest.raises(ValueError, match="no temporal value"):
            unpack(code, data + more)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (date(1970, 1, 1), Date(0)),
        (date(1, 1, 1), Date(-719_162)),
        (date(9999, 12, 31), Date(2_932_896)),
        (time(1, 2, 3, 4), LocalTime(3_723_000_004_000)),
        (time(0, tzinfo=timezone(timedelta(hours=-2))), Time(0, -7200)),
        (datetime(1970, 1, 2, 0, 0, 1), LocalDateTime(1, 1_000_000_000)),
        (datetime(1970, 1, 1, tzinfo=UTC), DateTime(0, 0, 0)),
        (timedelta(days=-1, seconds=1, microseconds=2), Duration(0, -1, 1, 2000)),
    ],
    ids=shown,
)
def test_python_s_own_types_there_and_back(value, stored):
    assert from_python(value) == stored
    assert to_python(stored) == value


def test_a_named_zone_is_kept():
    moment = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Vienna"))
    stored = from_python(moment)
    assert stored == DateTime(19_905, 43_200_000_000_000, 7200, "Europe/Vienna")
    assert to_python(stored) == moment


@pytest.mark.parametrize("value", [Date(MAX_DAY), Date(MIN_DAY), LocalDateTime(MAX_DAY, 0), Duration(1, 0, 0, 0),
                                   Duration(0, 2**62, 0, 0)], ids=shown)  # fmt: skip
def test_what_python_can_not_hold_stays_as_it_is(value):
    assert to_python(value) is value


def test_nanoseconds_below_a_microsecond_are_cut_off():
    assert to_python(LocalTime(1_999)) == time(0, 0, 0, 1)


@given(temporals)
def test_every_value_can_be_read(value):
    to_python(value)
