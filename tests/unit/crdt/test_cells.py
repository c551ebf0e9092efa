"""Registers and who holds them: an operation is let go exactly when it decides nothing any more."""

from __future__ import annotations

from itertools import chain

from tests.strategies import WRITERS, transaction

from graphvine.crdt.cells import Entry, Leaf, VertexCell, is_older, lost_parts, owner_of, take, take_existence
from graphvine.store.builder import TransactionBuilder


def entry(time: int, author: int = 0) -> Entry:
    builder = TransactionBuilder()
    builder.put_vertex("v")
    made = transaction(builder, time, writer=WRITERS[author])
    return Entry(made, [], made.order)


def leaf(time: int, index: int = 0) -> Leaf:
    """An operation of somebody who had seen all before it."""
    return Leaf(entry(time), 0, index, 0, time - 1)


def test_order_is_time_then_author_and_inside_a_transaction_the_place():
    assert is_older(leaf(1), leaf(2))
    assert not is_older(leaf(2), leaf(1))
    assert is_older(Leaf(entry(1, 0), 0, 9), Leaf(entry(1, 1), 0, 0))
    same = entry(1)
    assert is_older(Leaf(same, 1, 0), Leaf(same, 0, 1))  # the index counts, not where it lies here
    one = leaf(1)
    assert not is_older(one, one)


def test_the_newest_takes_a_register_and_the_loser_is_let_go():
    cell = VertexCell("v")
    first, second = leaf(1), leaf(2)
    assert take(cell, "x", first)
    assert take(cell, "x", second)
    assert owner_of(cell, "x") is second
    assert (first.holds, second.holds) == (0, 1)
    assert first.entry.overruled == [0]
    assert first.entry.dirty == [first.entry]
    assert not take(cell, "x", leaf(1))
    assert not take(cell, "x", second)


def test_an_operation_is_let_go_with_its_last_register():
    cell = VertexCell("v")
    first = leaf(1)
    take(cell, "x", first)
    take(cell, ("L",), first)
    take(cell, "x", leaf(2))
    assert first.entry.overruled == []
    take(cell, ("L",), leaf(2))
    assert first.entry.overruled == [0]


def test_a_label_and_a_property_of_one_name_are_two_registers():
    cell = VertexCell("v")
    first, second = leaf(1), leaf(2)
    take(cell, "x", first)
    take(cell, ("x",), second)
    assert owner_of(cell, "x") is first
    assert owner_of(cell, ("x",)) is second


def test_the_base_holds_what_nobody_has_won_since():
    cell = VertexCell("v")
    cell.base = base = leaf(1)
    cell.properties, cell.labels = {"x": 1}, ("L",)
    base.holds = 2
    assert owner_of(cell, "x") is owner_of(cell, ("L",)) is base
    assert owner_of(cell, "y") is owner_of(cell, ("M",)) is None
    take(cell, "x", leaf(2))
    assert base.holds == 1


def test_existence_belongs_to_the_newest_that_asserts_it():
    cell = VertexCell("v")
    first, second = leaf(1), leaf(2)
    take_existence(cell, second)
    take_existence(cell, first)
    assert cell.newest is second
    assert (first.holds, second.holds) == (0, 1)
    third = leaf(3)
    take_existence(cell, third)
    assert (second.holds, third.holds) == (0, 1)
    assert second.entry.overruled == [0]


def test_a_delete_takes_what_is_older_and_leaves_what_is_newer():
    cell = VertexCell("v")
    cell.base = cell.newest = base = leaf(1)
    cell.properties, cell.labels = {"x": 1, "y": 1}, ("L",)
    base.holds = 4
    newer = leaf(3)
    take(cell, "x", newer)
    take_existence(cell, newer)
    assert sorted(chain(*lost_parts(cell, leaf(2))), key=repr) == sorted(["y", ("L",)], key=repr)
    assert cell.base is None
    assert cell.newest is newer
    assert owner_of(cell, "x") is newer
    assert base.holds == 0
    assert base.entry.overruled == [0]
    assert [*chain(*lost_parts(cell, leaf(4)))] == ["x"]
    assert cell.newest is None
    assert newer.holds == 0
