"""The hybrid clock: never back, never twice, whatever the wall clock does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.limits import MAX_DRIFT_MS
from graphvine.model.stamp import MAX_COUNTER, HybridClock, is_ahead, make_time, time_wall_ms

NOW = 1_700_000_000_000


def test_200_000_ticks_in_one_millisecond_are_all_different_and_in_order():
    clock = HybridClock()
    times = [clock.tick(NOW) for _ in range(200_000)]
    assert all(left < right for left, right in zip(times, times[1:], strict=False))
    # 65,536 fit one millisecond; the rest borrows from the next ones.
    assert time_wall_ms(times[0]) == NOW
    assert time_wall_ms(times[-1]) == NOW + 3


def test_a_clock_set_back_an_hour_goes_on_upwards():
    clock = HybridClock()
    before = clock.tick(NOW)
    after = clock.tick(NOW - 3_600_000)
    assert after == before + 1
    assert clock.tick(NOW + 1) == make_time(NOW + 1)


def test_a_clock_set_back_takes_its_time_again_but_for_what_overrules_something_newer():
    clock = HybridClock()
    ahead = clock.tick(NOW + 10 * MAX_DRIFT_MS, lambda: 0)
    assert clock.tick(NOW, lambda: 0) == make_time(NOW)
    assert clock.tick(NOW, lambda: 0) == make_time(NOW) + 1
    assert clock.tick(NOW, lambda: ahead) == ahead + 1
    assert clock.tick(NOW + 1, lambda: 7) == make_time(NOW + 1)
    assert clock.tick(NOW - 1, lambda: 0) == make_time(NOW + 1) + 1
    assert clock.tick(NOW + 10 * MAX_DRIFT_MS, lambda: 0) == ahead + 2


def test_a_clock_set_back_within_the_bound_goes_on_upwards():
    clock = HybridClock()
    before = clock.tick(NOW, lambda: 0)
    assert clock.tick(NOW - MAX_DRIFT_MS, lambda: 0) == before + 1


def test_what_was_no_future_once_never_becomes_one():
    clock = HybridClock()
    assert clock.wall(NOW) == NOW
    assert clock.wall(NOW - 3_600_000) == NOW
    assert clock.wall(NOW + 5) == NOW + 5
    clock.tick(NOW + 10)
    assert clock.wall(0) == NOW + 10


def test_a_remote_time_never_counts_as_our_wall_clock():
    clock = HybridClock()
    clock.wall(NOW)
    clock.observe(make_time(NOW + MAX_DRIFT_MS))
    clock.tick(NOW)
    assert clock.wall(NOW) == NOW


def test_what_we_write_is_newer_than_what_we_saw():
    clock = HybridClock()
    clock.observe(make_time(NOW + 20_000, 7))
    assert clock.tick(NOW) == make_time(NOW + 20_000, 8)
    clock.observe(1)
    assert clock.tick(NOW) == make_time(NOW + 20_000, 9)


@pytest.mark.parametrize(
    ("ahead_ms", "expected"), [(-1, False), (0, False), (MAX_DRIFT_MS, False), (MAX_DRIFT_MS + 1, True)]
)
@pytest.mark.parametrize("counter", [0, MAX_COUNTER])
def test_the_drift_bound(ahead_ms, expected, counter):
    assert is_ahead(make_time(NOW + ahead_ms, counter), NOW) is expected


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50), st.integers(0, MAX_COUNTER))))
def test_ticks_are_above_everything_before(events):
    clock, highest = HybridClock(), -1
    for is_tick, wall_ms, counter in events:
        if is_tick:
            time = clock.tick(wall_ms)
            assert time > highest
            assert time_wall_ms(time) >= wall_ms
        else:
            time = make_time(wall_ms, counter)
            clock.observe(time)
        highest = max(highest, time)
