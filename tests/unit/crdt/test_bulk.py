"""The tight loop does what the readable rules do: the same state, the same owners, the same operations overruled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import build, copy, histories, picture, transaction

from graphvine.crdt.bulk import Bulk
from graphvine.crdt.cells import NO_EDGES, Cell, Entry, Leaf
from graphvine.crdt.graph import GraphState
from graphvine.model.transaction import VerifiedTransaction
from graphvine.store.builder import TransactionBuilder


def applied(transactions: list[VerifiedTransaction], *, in_bulk: bool) -> tuple[GraphState, list[Entry]]:
    state = GraphState()
    with pytest.MonkeyPatch.context() as patch:
        if not in_bulk:
            patch.setattr(Bulk, "put_fresh", lambda _self, _entry, _operations, first: first)
        return state, [state.apply(copy(each)) for each in transactions]


def owners(cell: Cell) -> object:
    """Who decides each part of a cell."""

    def name(leaf: Leaf | None) -> object:
        return leaf and (leaf.entry.order, leaf.index, leaf.place, leaf.holds)

    others = sorted((repr(key), name(leaf)) for key, leaf in (cell.owners or {}).items())
    return name(cell.base), name(cell.newest), others


def insides(state: GraphState, entries: list[Entry]) -> object:
    cells = [*state.vertices.values(), *state.edges.values()]
    return (
        picture(state),
        [(cell.id, owners(cell)) for cell in sorted(cells, key=lambda cell: cell.id)],
        [entry.overruled for entry in entries],
        [entry.order for entry in state.dirty],
    )


@given(histories, st.randoms(use_true_random=False))
def test_in_bulk_and_one_by_one_are_the_same(history, random):
    transactions = build(history)
    random.shuffle(transactions)
    assert insides(*applied(transactions, in_bulk=True)) == insides(*applied(transactions, in_bulk=False))


def test_an_edge_to_what_does_not_exist_yet_or_was_deleted_is_left_to_the_rules():
    builder = TransactionBuilder()
    builder.delete_vertex("gone")
    for id_ in ("a", "b", "gone"):
        builder.put_vertex(id_, {"n": 1}, ["L", "K", "L"])
    builder.put_edge("e", "T", "a", "b", {"w": 1})
    builder.put_edge("f", "T", "a", "missing")
    builder.put_edge("g", "T", "a", "gone")
    builder.put_edge("h", "T", "b", "a", removed=["w"])
    both = [applied([transaction(builder, 1)], in_bulk=in_bulk) for in_bulk in (True, False)]
    assert insides(*both[0]) == insides(*both[1])
    state = both[0][0]
    assert list(state.edges) == ["e", "g", "h"]
    assert state.vertices["gone"].out is NO_EDGES
    assert state.vertices["a"].labels == ("K", "L")
