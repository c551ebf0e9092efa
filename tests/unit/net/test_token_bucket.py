"""The token bucket: never more than the burst at once, never more than the rate over time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphvine.net.token_bucket import TokenBucket


def test_a_burst_then_the_rate() -> None:
    bucket = TokenBucket(20, 60, now=0)
    assert sum(bucket.take(now=0) for _ in range(120)) == 60
    assert not bucket.take(now=0.04)
    assert bucket.take(now=0.1)
    assert sum(bucket.take(now=100) for _ in range(120)) == 60


def test_a_larger_cost() -> None:
    bucket = TokenBucket(1, 10, now=0)
    assert bucket.take(now=0, cost=7)
    assert not bucket.take(now=0, cost=5)
    assert bucket.take(now=2, cost=5)


def test_full_means_as_good_as_new() -> None:
    bucket = TokenBucket(2, 4, now=0)
    assert bucket.is_full(now=0)
    bucket.take(now=0)
    assert not bucket.is_full(now=0.4)
    assert bucket.is_full(now=0.5)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(10, 1, now=100)
    assert bucket.take(now=100)
    assert not bucket.take(now=50)
    assert not bucket.take(now=100)
    assert bucket.take(now=100.1)


@given(st.floats(0, 1e6), st.lists(st.floats(0, 0.3), max_size=60), st.integers(1, 30), st.integers(1, 5))
def test_never_more_than_burst_and_rate_allow(start: float, gaps: list[float], rate: int, burst: int) -> None:
    bucket = TokenBucket(rate, burst, now=start)
    now, taken = start, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now=now)
    assert taken <= burst + rate * (now - start) + 1e-3


@given(st.floats(0, 1e6), st.lists(st.floats(0, 0.3), max_size=30), st.floats(0.1, 50))
def test_ready_at_keeps_its_word(start: float, gaps: list[float], rate: float) -> None:
    bucket = TokenBucket(rate, 3, now=start)
    now = start
    for gap in gaps:
        now += gap
        ready = bucket.ready_at(now=now)
        if bucket.take(now=now):
            continue
        assert ready > now  # or the caller would spin
        assert bucket.take(now=ready)
        now = ready
