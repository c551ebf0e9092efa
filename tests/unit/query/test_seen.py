"""The set that grows in small steps keeps what a set keeps, and none of its parts is large."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.query.steps import seen as module
from graphvine.query.steps.seen import FIRST, Seen

KEYS = st.lists(st.one_of(st.integers(-20, 20), st.text("ab", max_size=3), st.none(), st.floats(allow_nan=False)))


@given(st.lists(st.tuples(st.booleans(), KEYS)), st.integers(0, 8))
def test_it_keeps_what_a_dict_keeps(turns: list[tuple[bool, list[Any]]], first: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FIRST", first)
        seen, expected = Seen(), dict[Any, None]()
        for is_at_once, keys in turns:
            fresh = [key for key in dict.fromkeys(keys) if key not in expected]
            assert (seen.fresh(keys) if is_at_once else [key for key in keys if seen.add(key)]) == fresh
            expected.update(dict.fromkeys(fresh))
            assert len(seen) == len(expected)


@pytest.mark.parametrize("make", [int, str, float, lambda number: (number, number % 3), lambda number: number * 64])
def test_few_of_its_parts_grow_at_once(make: Any) -> None:
    """Moving is what takes long: of 300,000 keys, one step of 2,000 moves a tenth at most."""
    seen = Seen()
    most = 0
    for start in range(0, 300_000, 2_000):
        before = [each.__sizeof__() for each in seen._sets]
        seen.fresh([make(number) for number in range(start, start + 2_000)])
        grown = zip(before, seen._sets, strict=False)
        most = max(most, sum(len(keys) for size, keys in grown if keys.__sizeof__() != size))
    assert len(seen) == 300_000
    assert 0 < most <= 4 * FIRST


def test_it_is_emptied_in_steps() -> None:
    seen = Seen()
    seen.fresh(list(range(2 * FIRST)))
    left = [len(seen) for _ in seen.emptied()]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert max(before - after for before, after in zip(left, left[1:], strict=False)) < FIRST // 4
