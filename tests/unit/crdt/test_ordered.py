"""A table in blocks is a sorted dict, whatever comes and goes; and a block stays small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.crdt import ordered as ordered_module
from graphvine.crdt.ordered import Ordered

edits = st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(0, 9)), max_size=200)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(ordered_module, "BLOCK", 8)


@given(edits, st.integers(0, 70))
def test_it_is_a_sorted_dict(steps, most):
    table: Ordered[int] = Ordered()
    known: dict[int, int] = {}
    for is_put, key, item in steps:
        if is_put:
            table.put(key, item)
            known[key] = item
        else:
            table.remove(key)
            known.pop(key, None)
    keys = sorted(known)
    assert len(table) == len(keys)
    assert table.keys() == keys
    assert table.items() == [known[key] for key in keys]
    assert table.keys(most) == keys[:most]
    assert table.items(most) == [known[key] for key in keys[:most]]
    assert [pair for block in table.blocks(most) for pair in zip(*block, strict=True)] == list(
        zip(keys[:most], [known[key] for key in keys[:most]], strict=True)
    )
    assert max(map(len, table._keys), default=0) <= 8
    assert all(table._keys)


def test_keys_that_come_in_order_fill_their_blocks():
    table: Ordered[int] = Ordered()
    for key in range(80):
        table.put(key, key)
    assert len(table._keys) == 10
    for key in range(79):
        table.remove(key)
    assert table.keys() == [79]


def test_it_is_emptied_block_by_block():
    table: Ordered[int] = Ordered()
    for key in range(80):
        table.put(key, key)
    left = [len(table) for _ in table.let_go()]
    assert left == list(range(72, -1, -8))
    assert (table.keys(), table.items()) == ([], [])
    table.put(5, 5)
    assert table.items() == [5]
