"""An allowance spends on credit, up to its burst, and pays back with time."""

from __future__ import annotations

import pytest

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
