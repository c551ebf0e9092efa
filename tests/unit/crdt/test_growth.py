"""Tables grow one at a time, and a little earlier than they would."""

from __future__ import annotations

import sys

import pytest
from tests.strategies import transaction

from graphvine.crdt import growth
from graphvine.crdt.cells import Entry
from graphvine.crdt.graph import SLICE, GraphState
from graphvine.crdt.growth import grow_apart
from graphvine.store.builder import TransactionBuilder


class Cell:
    """A key that is no text."""


@pytest.mark.parametrize("make", [str, lambda _: Cell()])
def test_a_table_does_not_grow_by_what_was_announced(make):
    table, grown = {}, []
    for number in range(200_000):
        if not number % SLICE:
            grown += [number for _ in grow_apart((table,), (), SLICE)]
            size = sys.getsizeof(table)
        table[make(number)] = number
        assert number < growth.LARGE or sys.getsizeof(table) == size
    assert grown == [43_000, 87_000, 174_000]
    assert len(table) == 200_000


def test_tables_grow_one_after_the_other_and_each_once():
    tables = [dict.fromkeys(range(87_000)) for _ in range(3)]
    sizes = [sys.getsizeof(table) for table in tables]
    more = []
    for _ in grow_apart(tables[:1], tables[1:], SLICE):
        now = [sys.getsizeof(table) for table in tables]
        more.append(sum(left != right for left, right in zip(sizes, now, strict=True)))
    assert more == [1, 2, 3]
    assert [list(table) for table in tables] == [list(range(87_000))] * 3
    assert not list(grow_apart(tables[:1], tables[1:], SLICE))


def test_no_two_tables_of_a_state_grow_in_one_step():
    state, sizes, grown, most = GraphState(), {}, 0, 0
    for start in range(0, 45_000, 15_000):
        builder = TransactionBuilder()
        builder.put_vertex("hub")
        for number in range(start, start + 15_000):
            builder.put_edge(f"e{number}", "T", "hub", "hub")
        made = transaction(builder, start + 1, sequence=start // 15_000 + 1)
        for _ in state.steps(entry_of(state, made)):
            tables = [table for table in (state._edges, *state._by_type.values()) if len(table) > growth.LARGE]
            now = {id(table): sys.getsizeof(table) for table in tables}
            step = sum(sizes.get(each, size) != size for each, size in now.items())
            grown, most, sizes = grown + step, max(most, step), now
    assert (grown, most) == (2, 1)


def entry_of(state, made):
    return Entry(made, state.dirty, made.order)
