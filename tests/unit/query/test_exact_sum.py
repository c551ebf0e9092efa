from __future__ import annotations

import statistics
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.query.exact_sum import ExactSpread, ExactSum

NUMBERS = st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(-1e100, 1e100)), max_size=12)


def spread_of(numbers: list[float]) -> ExactSpread:
    spread = ExactSpread()
    for number in numbers:
        spread.add(number)
    return spread


@given(NUMBERS, st.sampled_from([0, 1]))
def test_the_deviation_is_that_of_the_statistics_module(numbers: list[float], bias: int) -> None:
    found = spread_of(numbers).deviation(bias)
    if len(numbers) <= bias:
        assert found == 0.0
    else:
        assert found == pytest.approx(float((statistics.stdev if bias else statistics.pstdev)(numbers)), rel=1e-12)


@given(NUMBERS, NUMBERS, st.randoms(use_true_random=False))
def test_what_was_taken_out_again_leaves_no_trace(kept: list[float], passing: list[float], dice: object) -> None:
    """In whatever order: the result is that of those that stay, to the last bit."""
    spread, total = ExactSpread(), ExactSum()
    for number in kept + passing:
        spread.add(number)
        total.add(number)
    dice.shuffle(passing)  # type: ignore[attr-defined]
    for number in passing:
        spread.add(number, -1)
        total.add(number, -1)
    alone = ExactSum()
    for number in reversed(kept):
        alone.add(number)
    assert [spread.deviation(bias) for bias in (0, 1)] == [spread_of(kept[::-1]).deviation(bias) for bias in (0, 1)]
    assert total.total() == alone.total()


def test_what_is_no_number_makes_the_deviation_none_while_it_is_in() -> None:
    spread = spread_of([1, 2.5, float("inf")])
    assert isnan(spread.deviation(0))
    spread.add(float("inf"), -1)
    assert spread.deviation(0) == 0.75
    assert spread_of([1e308, -1e308]).deviation(1) == float("inf")
