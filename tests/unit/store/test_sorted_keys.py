from __future__ import annotations

import random
from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphvine.store import sorted_keys
from graphvine.store.sorted_keys import SortedKeys


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few keys, so that a dozen of them make every case."""
    monkeypatch.setattr(sorted_keys, "BLOCK", 8)


def check(keys: SortedKeys, model: list[int]) -> None:
    assert list(keys.upward()) == model
    assert list(keys.downward()) == model[::-1]
    assert len(keys) == len(model)
    for bound in range(-1, 42):
        assert list(keys.upward(bound)) == model[bisect_left(model, bound) :]
        assert list(keys.downward(bound)) == model[: bisect_right(model, bound)][::-1]
        assert (bound in keys) == (bound in model)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=120))
def test_it_is_a_sorted_list_of_what_was_added_and_not_removed(toggled: list[int]) -> None:
    keys, model = SortedKeys(), []
    for key in toggled:
        if key in model:
            keys.remove(key)
            model.remove(key)
        else:
            keys.add(key)
            model.append(key)
            model.sort()
    check(keys, model)


@pytest.mark.parametrize("order", ["upward", "downward", "shuffled"])
def test_in_whatever_order_keys_come_and_go(order: str) -> None:
    numbers = list(range(40))
    if order == "downward":
        numbers.reverse()
    elif order == "shuffled":
        random.Random(3).shuffle(numbers)
    keys = SortedKeys()
    for number in numbers:
        keys.add(number)
    check(keys, list(range(40)))
    left = list(range(40))
    for number in numbers:
        keys.remove(number)
        left.remove(number)
        assert list(keys.upward()) == left
    check(keys, [])


def test_blocks_stay_few_when_most_keys_go() -> None:
    keys = SortedKeys()
    for number in range(2_000):
        keys.add(number)
    for number in range(2_000):
        if number % 50:
            keys.remove(number)
    assert list(keys.upward()) == list(range(0, 2_000, 50))
    assert len(keys._blocks) <= 40 / (8 / 8)
    assert all(keys._blocks)


@settings(max_examples=200, deadline=None)
@given(st.sets(st.integers(0, 40), min_size=20), st.lists(st.integers(0, 40), max_size=30), st.booleans(), st.data())
def test_a_walk_survives_changes(start: set[int], toggled: list[int], is_down: bool, data: st.DataObject) -> None:
    """Keys that stay are all met, in order, once; what comes and goes meanwhile may be met or not."""
    keys, present = SortedKeys(), set(start)
    for key in start:
        keys.add(key)
    stay, met = set(start), []
    walk = keys.downward() if is_down else keys.upward()
    for key in walk:
        met.append(key)
        if toggled and data.draw(st.booleans()):
            other = toggled.pop()
            stay.discard(other)
            if other in present:
                keys.remove(other)
                present.discard(other)
            else:
                keys.add(other)
                present.add(other)
    assert met == sorted(set(met), reverse=is_down)
    assert stay <= set(met)
