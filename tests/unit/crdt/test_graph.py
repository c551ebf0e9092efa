"""The rules of the graph, one by one; the order of arrival never matters; what is reported is what happened."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import History, build, copy, histories, picture, transaction

from graphvine.crdt import graph as graph_module
from graphvine.crdt import labels as labels_module
from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.crdt.graph import Change, GraphState
from graphvine.model.transaction import VerifiedTransaction
from graphvine.store.builder import TransactionBuilder


class Story:
    """Transactions by time: `story.at(3).put_vertex(...)`. Applied in every order, they give one state."""

    def __init__(self) -> None:
        self._builders: dict[int, TransactionBuilder] = {}

    def at(self, time: int) -> TransactionBuilder:
        return self._builders.setdefault(time, TransactionBuilder())

    def transactions(self) -> list[VerifiedTransaction]:
        return [transaction(builder, time, sequence=time) for time, builder in sorted(self._builders.items())]

    def state(self) -> GraphState:
        states = []
        for order in permutations(self.transactions()):
            state = GraphState()
            for each in order:
                state.apply(copy(each))
            states.append(state)
        assert len({repr(picture(state)) for state in states}) == 1
        return states[-1]


def properties(state: GraphState, id_: str) -> dict | None:
    cell = state.vertices.get(id_)
    return None if cell is None else cell.properties


def test_each_property_belongs_to_its_newest_write():
    story = Story()
    story.at(1).put_vertex("v", {"a": 1, "b": 1})
    story.at(5).put_vertex("v", {"b": 5})
    story.at(3).put_vertex("v", {"a": 3, "b": 3, "c": 3})
    assert properties(story.state(), "v") == {"a": 3, "b": 5, "c": 3}


def test_null_is_a_value_and_removed_is_none():
    story = Story()
    story.at(1).put_vertex("v", {"a": 1, "b": 1})
    story.at(2).put_vertex("v", {"a": None}, removed=["b"])
    state = story.state()
    assert properties(state, "v") == {"a": None}


def test_a_removal_keeps_older_writes_out():
    story = Story()
    story.at(2).put_vertex("v", removed=["a"])
    story.at(1).put_vertex("v", {"a": 1})
    assert properties(story.state(), "v") == {}
    story.at(3).put_vertex("v", {"a": 3})
    assert properties(story.state(), "v") == {"a": 3}


def test_labels_come_and_go():
    story = Story()
    story.at(1).put_vertex("v", labels=["A", "B"])
    story.at(2).put_vertex("v", labels=["C"], unlabelled=["A"])
    state = story.state()
    assert state.vertices["v"].labels == ("B", "C")
    assert {label: list(members) for label, members in state.by_label.items()} == {"B": ["v"], "C": ["v"]}
    story.at(3).put_vertex("v", labels=["A"], unlabelled=["B", "C"])
    assert story.state().vertices["v"].labels == ("A",)


def test_vertices_share_equal_sets_of_labels_and_the_memo_is_bounded(monkeypatch):
    monkeypatch.setattr(labels_module, "MAX_LABEL_SETS", 3)
    state = GraphState()
    builder = TransactionBuilder()
    for number in range(20):
        builder.put_vertex(f"v{number}", labels=["A", "B"])
        builder.put_vertex(f"w{number}", labels=[f"L{number}"])
    state.apply(transaction(builder, 1))
    assert len(state._labels._sets) <= 3
    assert state.vertices["v0"].labels is state.vertices["v1"].labels


def test_a_delete_hides_what_is_older_and_nothing_newer():
    story = Story()
    story.at(1).put_vertex("v", {"a": 1}, ["L"])
    story.at(2).delete_vertex("v")
    state = story.state()
    assert (state.vertices, state.by_label) == ({}, {})
    story.at(3).put_vertex("v", {"b": 3})
    state = story.state()
    assert properties(state, "v") == {"b": 3}
    assert state.vertices["v"].labels == ()


def test_deleting_twice_and_what_was_never_there():
    story = Story()
    story.at(1).delete_vertex("v")
    story.at(2).put_vertex("v", {"a": 2})
    story.at(3).delete_vertex("v")
    story.at(4).delete_edge("nothing")
    assert story.state().vertices == {}


def test_within_one_transaction_a_delete_comes_first():
    story = Story()
    story.at(1).put_vertex("v", {"old": 1})
    story.at(2).put_vertex("v", {"new": 2})
    story.at(2).delete_vertex("v")
    story.at(2).put_vertex("v", {"newest": 3})
    assert properties(story.state(), "v") == {"newest": 3}


def test_an_edge_waits_for_both_ends():
    story = Story()
    story.at(1).put_edge("e", "T", "a", "b", {"x": 1})
    state = story.state()
    assert (state.edges, state.vertices) == ({}, {})
    story.at(2).put_vertex("a")
    assert story.state().edges == {}
    story.at(3).put_vertex("b")
    state = story.state()
    edge = state.edges["e"]
    assert (edge.type, edge.source.id, edge.target.id, edge.properties) == ("T", "a", "b", {"x": 1})
    assert state.vertices["a"].out == {"T": {edge: state.vertices["b"]}}
    assert state.vertices["b"].into == {"T": {edge: state.vertices["a"]}}
    assert state.by_type == {"T": {edge: None}}


@pytest.mark.parametrize("end", ["a", "b"])
def test_deleting_either_end_kills_its_edges(end):
    story = Story()
    story.at(1).put_vertex("a")
    story.at(1).put_vertex("b")
    story.at(1).put_edge("e", "T", "a", "b", {"x": 1})
    story.at(2).delete_vertex(end)
    story.at(3).put_vertex(end)
    state = story.state()
    assert set(state.vertices) == {"a", "b"}
    assert (state.edges, state.by_type) == ({}, {})
    assert state.vertices["a"].out == state.vertices["b"].into == {}


def test_an_edge_newer_than_the_delete_of_its_end_comes_back_with_it():
    story = Story()
    story.at(1).put_vertex("a")
    story.at(1).put_vertex("b")
    story.at(1).put_edge("e", "T", "a", "b", {"old": 1})
    story.at(2).delete_vertex("b")
    story.at(3).put_edge("e", "T", "a", "b", {"new": 3})
    assert story.state().edges == {}
    story.at(4).put_vertex("b")
    assert story.state().edges["e"].properties == {"new": 3}


def test_a_loop():
    story = Story()
    story.at(1).put_vertex("a")
    story.at(1).put_edge("e", "T", "a", "a")
    state = story.state()
    assert list(state.vertices["a"].out["T"]) == list(state.vertices["a"].into["T"]) == [state.edges["e"]]
    story.at(2).delete_vertex("a")
    assert story.state().edges == {}


def test_an_edge_is_deleted_and_made_again():
    story = Story()
    story.at(1).put_vertex("a")
    story.at(1).put_edge("e", "T", "a", "a", {"x": 1})
    story.at(2).delete_edge("e")
    assert story.state().edges == {}
    story.at(3).put_edge("e", "U", "a", "a", {"y": 3})
    state = story.state()
    assert (state.edges["e"].type, state.edges["e"].properties) == ("U", {"y": 3})


def test_of_rivals_the_one_written_last_is_seen():
    story = Story()
    for id_ in ("a", "b"):
        story.at(1).put_vertex(id_)
    story.at(2).put_edge("e", "T", "a", "b", {"x": 2})
    story.at(3).put_edge("e", "U", "b", "a", {"x": 3})
    assert story.state().edges["e"].type == "U"
    story.at(4).put_edge("e", "T", "a", "b", {"y": 4})
    state = story.state()
    assert (state.edges["e"].type, state.edges["e"].properties) == ("T", {"x": 2, "y": 4})
    story.at(5).delete_vertex("a")
    story.at(6).put_vertex("a")
    assert story.state().edges == {}


def test_a_rival_without_both_ends_lets_the_other_be_seen():
    story = Story()
    story.at(1).put_vertex("a")
    story.at(1).put_edge("e", "T", "a", "a")
    story.at(2).put_edge("e", "U", "a", "nobody")
    assert story.state().edges["e"].type == "T"
    story.at(3).put_vertex("nobody")
    assert story.state().edges["e"].type == "U"


def test_nothing_is_left_of_what_was_never_seen():
    state = GraphState()
    story = Story()
    story.at(1).put_edge("e", "T", "a", "b")
    story.at(2).delete_edge("e")
    story.at(3).put_vertex("c")
    for each in story.transactions():
        state.apply(each)
    assert (state._ghosts, state._unseen) == ({}, {})
    story = Story()
    story.at(1).put_edge("e", "T", "a", "b")  # older than the delete
    state.apply(story.transactions()[0])
    assert state._ghosts == {}


def test_large_transactions_are_applied_in_slices(monkeypatch):
    monkeypatch.setattr(graph_module, "SLICE", 10)
    builder = TransactionBuilder()
    for number in range(25):
        builder.put_vertex(f"v{number}")
    state = GraphState()
    made = transaction(builder, 1)
    entry = graph_module.Entry(made, state.dirty, made.order)
    assert len(list(state.steps(entry))) == 2
    assert len(state.vertices) == 25


# -- what is reported --------------------------------------------------------------------------------------------------


def snapshot(state: GraphState) -> dict[tuple[str, str], tuple[dict, tuple]]:
    """What readers see of each entity: properties, and what else it is."""
    seen: dict[tuple[str, str], tuple[dict, tuple]] = {}
    for id_, vertex in state.vertices.items():
        seen["vertex", id_] = (dict(vertex.properties), vertex.labels)
    for id_, edge in state.edges.items():
        seen["edge", id_] = (dict(edge.properties), (edge.type, edge.source.id, edge.target.id))
    return seen


def place_of(change: Change) -> tuple[str, str]:
    return ("vertex" if isinstance(change.cell, VertexCell) else "edge", change.cell.id)


MISSING = object()


@settings(max_examples=300)
@given(histories, st.randoms(use_true_random=False))
def test_the_reported_changes_explain_the_difference(history: History, dice):
    transactions = build(history)
    dice.shuffle(transactions)
    state = GraphState()
    for each in transactions:
        before = snapshot(state)
        state.changes = changes = []
        state.apply(copy(each))
        state.changes = None
        explain(before, snapshot(state), changes)


def explain(before: dict, after: dict, changes: list[Change]) -> None:
    by_place: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        by_place.setdefault(place_of(change), []).append(change)
    for place in sorted({*before, *after, *by_place}):
        told = by_place.get(place, [])
        existence = [change.old for change in told if change.key is None]
        # Each report of existence says what it was before, so they alternate, from what was to what is.
        track = [*existence, place in after]
        assert track[0] == (place in before), (place, told)
        assert all(left != right for left, right in zip(track, track[1:], strict=False)), (place, told)
        if place in before and place in after and not existence:
            explain_parts(before[place], after[place], told)
        if place not in before and place not in after:
            assert existence or not told, "nobody hears of what nobody can see"


def explain_parts(before: tuple[dict, tuple], after: tuple[dict, tuple], told: list[Change]) -> None:
    first: dict[object, object] = {}
    for change in told:
        first.setdefault(change.key, change.old)
    for name in sorted({*before[0], *after[0]}):
        old, new = before[0].get(name, MISSING), after[0].get(name, MISSING)
        if old is not new and (old != new or type(old) is not type(new)):
            assert name in first
            assert first[name] == (None if old is MISSING else old)
    if told and isinstance(told[0].cell, VertexCell):
        for label in sorted({*before[1], *after[1]}):
            if (label in before[1]) != (label in after[1]):
                assert first[(label,)] == (label in before[1])


def test_a_property_of_an_edge_that_nobody_sees_is_not_reported():
    story = Story()
    story.at(1).put_edge("e", "T", "a", "b", {"x": 1})
    story.at(2).put_edge("e", "T", "a", "b", {"x": 2})
    story.at(3).delete_edge("e")
    state = GraphState()
    state.changes = changes = []
    for each in story.transactions():
        state.apply(each)
    assert changes == []


def test_a_stored_null_that_is_deleted_is_reported():
    state = GraphState()
    story = Story()
    story.at(3).put_vertex("v", {"y": 3})
    story.at(1).put_vertex("v", {"x": None})
    story.at(2).delete_vertex("v")
    first, second, third = story.transactions()
    state.apply(first)
    state.apply(third)
    state.changes = changes = []
    state.apply(second)
    assert [(change.key, change.old) for change in changes] == [("x", None)]


def test_cells_print_what_they_are():
    state = GraphState()
    story = Story()
    story.at(1).put_vertex("a")
    story.at(1).put_edge("e", "T", "a", "a")
    state.apply(story.transactions()[0])
    assert repr(state.vertices["a"]) == "VertexCell('a')"
    assert repr(state.edges["e"]) == "EdgeCell('e': 'a'-[T]->'a')"
    assert isinstance(state.edges["e"], EdgeCell)


@pytest.mark.parametrize("method", ["delete_vertex", "delete_edge"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_deletes_only_the_newer_is_kept(method, order):
    story = Story()
    for time in (1, 2):
        getattr(story.at(time), method)("x")
    state = GraphState()
    transactions = story.transactions()
    entries = {place: state.apply(transactions[place]) for place in order}
    assert entries[0].overruled == [0]
    assert entries[1].overruled == []
