"""What is done in parts gives what is done in one go, and pauses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.model.steps import in_one_go
from graphvine.query import gradual
from graphvine.query.containers import bounded
from graphvine.query.fault import Fault
from graphvine.query.functions.catalog import FUNCTIONS
from graphvine.query.values import compare, equals, group_key, sort_key

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from([0.0, 1.5, float("nan"), "a", "b"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("kl"), inner), max_leaves=12
)
LETTERS = st.text("ab Σσéж", max_size=30)


class Impatient:
    """A run that wants a pause whenever it is asked."""

    def is_due(self, _work: int) -> bool:
        return True


RUN: Any = Impatient()


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("CHUNK", 3), ("CHARACTERS", 4), ("FEW", 2)):
        monkeypatch.setattr(gradual, name, size)


@given(VALUES, VALUES)
def test_comparing(left: Any, right: Any) -> None:
    assert in_one_go(gradual.all_equal(left, right, RUN)) is equals(left, right)
    assert in_one_go(gradual.all_equal([left], [left], RUN)) is equals([left], [left])
    assert in_one_go(gradual.order(left, right, RUN)) == compare(left, right)


@given(VALUES)
def test_keys(value: Any) -> None:
    assert repr(in_one_go(gradual.key_of(value, RUN))) == repr(group_key(value))
    assert repr(in_one_go(gradual.sorting_key_of(value, RUN))) == repr(sort_key(value))
    if isinstance(value, (list, dict)):
        assert in_one_go(gradual.bounded_list(value, RUN)) is bounded(value)


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(-14, 14), st.integers(-14, 14))
def test_parts_of_lists(values: list[int], first: int, last: int) -> None:
    assert in_one_go(gradual.part_of(values, first, last, RUN)) == values[first:last]
    assert in_one_go(gradual.part_of(values, len(values) - 1, -len(values) - 1, RUN, -1)) == values[::-1]
    assert in_one_go(gradual.copied(values, RUN)) == values
    assert in_one_go(gradual.joined(values, values[:2], RUN)) == values + values[:2]
    assert in_one_go(gradual.in_order(values, RUN)) == sorted(values)


@given(LETTERS, st.text("ab", max_size=3), st.text("ab é", max_size=3))
def test_texts(value: str, mark: str, other: str) -> None:
    split, replace = FUNCTIONS["split"].call, FUNCTIONS["replace"].call
    assert in_one_go(gradual.split(value, mark, RUN)) == split(value, mark)
    assert in_one_go(gradual.split(value, ["b", mark], RUN)) == split(value, ["b", mark])
    assert in_one_go(gradual.replaced(value, mark, other, RUN)) == replace(value, mark, other)
    for name in ("toupper", "tolower"):
        call = FUNCTIONS[name].call
        assert in_one_go(gradual.cased(call, value, RUN)) == call(value)


def test_work_pauses() -> None:
    assert len(list(gradual.all_equal(list(range(100)), list(range(100)), RUN))) == 50


def test_a_value_that_is_too_large_is_refused_in_parts_too() -> None:
    shared: list[Any] = [1]
    for _ in range(90):
        shared = [shared, shared]
    with pytest.raises(Fault, match="at most"):
        in_one_go(gradual.bounded_list(shared, RUN))
    with pytest.raises(Fault, match="elements"):
        in_one_go(gradual.split("a" * 2_000_001, "", RUN))
