"""An allowance: never more than the burst at once nor the rate over time; on credit, it pays back with time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.model.allowance import Allowance


def test_it_starts_full_and_goes_into_debt():
    allowance = Allowance(2.0, 10.0, now=100.0)
    assert allowance.spend(10.0, now=100.0)
    assert allowance.is_solvent(now=100.0)
    assert allowance.spend(4.0, now=100.0)
    assert not allowance.is_solvent(now=100.0)
    assert allowance.solvent_at() == 102.0
    assert not allowance.is_solvent(now=101.9)
    assert allowance.is_solvent(now=102.0)


def test_a_debt_beyond_the_burst_is_refused():
    allowance = Allowance(2.0, 10.0, now=0.0)
    assert allowance.spend(20.0, now=0.0)
    assert not allowance.spend(0.1, now=0.0)


def test_it_never_holds_more_than_the_burst():
    allowance = Allowance(2.0, 10.0, now=0.0)
    allowance.spend(11.0, now=1_000_000.0)
    assert not allowance.is_solvent(now=1_000_000.0)


def test_a_clock_that_goes_back_stands_still():
    allowance = Allowance(2.0, 10.0, now=100.0)
    allowance.spend(12.0, now=50.0)
    assert allowance.solvent_at() == pytest.approx(101.0)


def test_a_burst_then_the_rate() -> None:
    allowance = Allowance(20, 60, now=0)
    assert sum(allowance.take(now=0) for _ in range(120)) == 60
    assert not allowance.take(now=0.04)
    assert allowance.take(now=0.1)
    assert sum(allowance.take(now=100) for _ in range(120)) == 60


def test_a_larger_cost() -> None:
    allowance = Allowance(1, 10, now=0)
    assert allowance.take(now=0, cost=7)
    assert not allowance.take(now=0, cost=5)
    assert allowance.take(now=2, cost=5)


def test_full_means_as_good_as_new() -> None:
    allowance = Allowance(2, 4, now=0)
    assert allowance.is_full(now=0)
    allowance.take(now=0)
    assert not allowance.is_full(now=0.4)
    assert allowance.is_full(now=0.5)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    allowance = Allowance(10, 1, now=100)
    assert allowance.take(now=100)
    assert not allowance.take(now=50)
    assert not allowance.take(now=100)
    assert allowance.take(now=100.1)


@given(st.floats(0, 1e6), st.lists(st.floats(0, 0.3), max_size=60), st.integers(1, 30), st.integers(1, 5))
def test_never_more_than_burst_and_rate_allow(start: float, gaps: list[float], rate: int, burst: int) -> None:
    allowance = Allowance(rate, burst, now=start)
    now, taken = start, 0
    for gap in gaps:
        now += gap
        taken += allowance.take(now=now)
    assert taken <= burst + rate * (now - start) + 1e-3


@given(st.floats(0, 1e6), st.lists(st.floats(0, 0.3), max_size=30), st.floats(0.1, 50))
def test_ready_at_keeps_its_word(start: float, gaps: list[float], rate: float) -> None:
    allowance = Allowance(rate, 3, now=start)
    now = start
    for gap in gaps:
        now += gap
        ready = allowance.ready_at(now=now)
        if allowance.take(now=now):
            continue
        assert ready > now  # or the caller would spin
        assert allowance.take(now=ready)
        now = ready
