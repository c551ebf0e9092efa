"""Mergeable values are shown when somebody looks, whichever way they come in, and nothing that changed goes untold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import copy, transaction

from graphvine.crdt import merging
from graphvine.crdt.cells import Entry
from graphvine.crdt.counter import CounterEdit
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import Change, GraphState
from graphvine.crdt.map import MapEdit
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.update import TEXT as WIRE
from graphvine.crdt.text_edits import TextEdit
from graphvine.model.operation import COUNTER, MAP, TEXT
from graphvine.model.transaction import VerifiedTransaction
from graphvine.store.builder import TransactionBuilder


def counted(time: int, amount: int, *vertices: str) -> VerifiedTransaction:
    builder = TransactionBuilder()
    for vertex in vertices or ("v",):
        builder.edit(Place(vertex, "n"), COUNTER, CounterEdit).add(amount)
    return transaction(builder, time, sequence=time)


def heard(state: GraphState, made: VerifiedTransaction) -> list[tuple[str, object, object]]:
    """What a listener is told of a transaction."""
    state.changes = changes = []
    state.apply(made)
    state.changes = None
    return [(change.cell.id, change.key, change.old) for change in changes]


@pytest.fixture
def state() -> GraphState:
    """A counted vertex with a label and an edge, that somebody has looked at."""
    state, builder = GraphState(), TransactionBuilder()
    builder.put_vertex("v", labels=["L"])
    builder.put_edge("e", "T", "v", "v")
    builder.edit(Place("v", "n"), COUNTER, CounterEdit).add(1)
    state.apply(transaction(builder, 1))
    assert state.vertices["v"].properties == {"n": 1}
    return state


WAYS: list[Callable[[GraphState], object]] = [
    lambda state: state.vertices["v"].properties["n"],
    lambda state: state.by_label["L"]["v"].properties["n"],
    lambda state: state.edges["e"].source.properties["n"],
    lambda state: next(iter(state.by_type["T"])).target.properties["n"],
    lambda state: state.cell_at("v").properties["n"],
]


@pytest.mark.parametrize("look", WAYS, ids=["vertices", "by_label", "edges", "by_type", "cell_at"])
def test_whichever_way_a_reader_comes_it_sees_the_last_value(state: GraphState, look: Callable[[GraphState], object]):
    for time in range(2, 6):
        state.apply(counted(time, time * 10))
    assert state.find("v").properties["n"] == 1, "nobody has looked"
    assert look(state) == 50


def test_who_listens_hears_of_each_transaction_and_of_no_earlier_one(state: GraphState):
    state.apply(counted(2, 10))
    assert heard(state, counted(3, 20)) == [("v", "n", 10)]
    assert heard(state, counted(4, 20)) == []
    assert heard(state, counted(5, 30)) == [("v", "n", 20)]


def test_who_reads_between_the_slices_of_a_transaction_takes_no_change_from_who_listens(
    state: GraphState, monkeypatch: pytest.MonkeyPatch
):
    """As an index does, which is brought up to date slice by slice."""
    monkeypatch.setattr("graphvine.crdt.graph.SLICE", 1)
    state.apply(counted(2, 10))
    made = counted(3, 20, "v", "w", "x")
    told: list[Change] = []
    steps = state.steps(Entry(made, state.dirty, made.order))
    is_over = False
    while not is_over:
        state.changes = fresh = []
        is_over = next(steps, 1) == 1
        state.changes = None
        told += fresh
        assert set(state.vertices) <= {"v", "w", "x"}
        assert "e" in state.edges
    assert ("v", "n", 10) in [(change.cell.id, change.key, change.old) for change in told]


def test_only_a_few_values_wait():
    state = GraphState()
    for time in range(1, merging.MAX_WAITING + 1):
        state.apply(counted(time, time, f"v{time}"))
    cells = [state.find(f"v{time}") for time in range(1, merging.MAX_WAITING + 1)]
    assert [cell.properties for cell in cells] == [{}] * merging.MAX_WAITING
    state.apply(counted(9, 9, "one more"))
    assert [cell.properties["n"] for cell in cells] == list(range(1, merging.MAX_WAITING + 1))
    assert state.find("one more").properties == {"n": 9}
    state.apply(counted(10, 3, *"abcde"))
    assert [state.find(id_).properties["n"] for id_ in "abcde"] == [3] * 5


def test_a_large_value_does_not_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(merging, "MAX_WAITING_REGISTERS", 2)
    state = GraphState()
    for time in range(1, 4):
        builder = TransactionBuilder()
        builder.edit(Place("v", "m"), MAP, MapEdit).put({f"k{time}": time})
        state.apply(transaction(builder, time, sequence=time))
    assert state.find("v").properties == {"m": {"k1": 1, "k2": 2, "k3": 3}}


def test_a_text_does_not_wait():
    """It may take long, and then has a turn of its own."""
    state, builder, document = GraphState(), TransactionBuilder(), Document(WIRE)
    builder.edit(Place("v", "t"), TEXT, lambda: TextEdit(document, 1)).document.edit([(0, 0, "hello")])
    state.apply(transaction(builder, 1))
    assert state.find("v").properties == {"t": "hello"}


def test_what_a_plain_write_or_a_delete_overrules_is_not_shown_later(state: GraphState):
    state.apply(counted(2, 10))
    builder = TransactionBuilder()
    builder.put_vertex("v", {"n": "plain"})
    state.apply(transaction(builder, 3, sequence=3))
    assert state.vertices["v"].properties == {"n": "plain"}
    state.apply(counted(4, 1))
    builder = TransactionBuilder()
    builder.delete_vertex("v")
    state.apply(transaction(builder, 5, sequence=5))
    assert state.vertices == {}
    assert state.find("v").properties == {}


words = st.lists(st.tuples(st.sampled_from("vw"), st.sampled_from("abc"), st.integers(0, 3)), max_size=12)


@given(words, st.lists(st.booleans(), min_size=12, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_looking_and_listening_change_nothing_of_what_is_there(said, looks, listens):
    eager, lazy = GraphState(), GraphState()
    for time, ((vertex, key, number), is_seen, is_heard) in enumerate(zip(said, looks, listens, strict=False), start=1):
        builder = TransactionBuilder()
        edit = builder.edit(Place(vertex, "m"), MAP, MapEdit)
        edit.put({key: number}) if number else edit.remove([key])
        made = transaction(builder, time, sequence=time)
        eager.apply(copy(made))
        before = {id_: dict(cell.properties["m"]) for id_, cell in eager.vertices.items()}
        if is_heard:
            heard(lazy, made)
        else:
            lazy.apply(made)
        if is_seen:
            assert {id_: cell.properties["m"] for id_, cell in lazy.vertices.items()} == before
    seen = [{id_: list(cell.properties["m"].items()) for id_, cell in each.vertices.items()} for each in (eager, lazy)]
    assert seen[0] == seen[1]
