"""Mergeable values and everything else that can happen to their property, one rule at a time, in every order."""

from __future__ import annotations

from itertools import permutations

from tests.strategies import WRITERS, copy, picture, transaction

from graphvine.crdt.counter import CounterEdit
from graphvine.crdt.edits import Ends, Place
from graphvine.crdt.graph import Change, GraphState
from graphvine.model.operation import COUNTER
from graphvine.store.builder import TransactionBuilder

ENDS = Ends("T", "a", "b")


class Story:
    """Transactions by (time, author): applied in every order, they give one state and keep the same operations."""

    def __init__(self) -> None:
        self._builders: dict[tuple[int, int], TransactionBuilder] = {}

    def at(self, time: int, author: int = 0) -> TransactionBuilder:
        return self._builders.setdefault((time, author), TransactionBuilder())

    def add(self, time: int, amount: int, author: int = 0, *, name: str = "n", ends: Ends | None = None) -> None:
        self.at(time, author).edit(Place("v", name, ends), COUNTER, CounterEdit).add(amount)

    def state(self) -> GraphState:
        built = [
            transaction(builder, time, sequence=time, writer=WRITERS[author])
            for (time, author), builder in sorted(self._builders.items())
        ]
        seen = []
        for order in permutations(built):
            state = GraphState()
            entries = {each.id: state.apply(copy(each)) for each in order}
            overruled = [sorted(set(entries[each.id].overruled)) for each in built]
            seen.append((repr((picture(state), overruled)), state, overruled))
        assert len({each[0] for each in seen}) == 1
        self.overruled = seen[0][2]
        return seen[-1][1]

    def value(self, name: str = "n") -> object:
        cell = self.state().vertices.get("v")
        return None if cell is None else cell.properties.get(name, "nothing")


def test_writers_add_up_and_each_keeps_one_operation():
    story = Story()
    story.add(1, 1)
    story.add(2, 2)
    story.add(3, 3)
    story.add(2, 10, author=1)
    assert story.value() == 13
    assert story.overruled == [[0], [0], [], []]


def test_a_merge_makes_the_vertex():
    story = Story()
    story.add(1, 0)
    assert story.value() == 0


def test_a_plain_write_and_a_removal_overrule_what_is_older():
    story = Story()
    story.add(1, 5)
    story.at(2).put_vertex("v", {"n": "plain"})
    assert story.value() == "plain"
    assert story.overruled == [[0], []]
    story.add(3, 7, author=1)
    assert story.value() == 7
    story.at(4).put_vertex("v", removed=["n"])
    assert story.value() == "nothing"


def test_the_overruling_write_keeps_late_operations_out_and_is_kept():
    story = Story()
    story.at(2).put_vertex("v", {"n": "plain"})
    story.add(1, 5, author=1)
    story.add(3, 7)
    assert story.value() == 7
    assert story.overruled == [[0], [], []]


def test_a_plain_write_older_than_some_merges_hides_only_older_ones():
    story = Story()
    story.add(1, 5)
    story.at(2).put_vertex("v", {"n": "plain", "m": 1})
    story.add(3, 7, author=1)
    state = story.state()
    assert state.vertices["v"].properties == {"n": 7, "m": 1}


def test_a_delete_overrules_and_a_later_merge_makes_the_vertex_again():
    story = Story()
    story.add(1, 5)
    story.at(2).delete_vertex("v")
    assert story.value() is None
    story.add(3, 7, author=1)
    assert story.value() == 7


def test_a_whole_write_in_the_past_keeps_its_other_properties():
    story = Story()
    story.at(1).put_vertex("v", {"n": "plain", "m": 1}, ["L"])
    story.add(2, 3)
    story.at(3).put_vertex("v", removed=["m"])
    state = story.state()
    assert (state.vertices["v"].properties, state.vertices["v"].labels) == ({"n": 3}, ("L",))


def test_a_value_of_an_edge():
    story = Story()
    story.add(1, 5, ends=ENDS)
    assert story.state().edges == {}
    story.at(2).put_vertex("a")
    story.at(2).put_vertex("b")
    assert story.state().edges["v"].properties == {"n": 5}
    story.add(3, 1, author=1, ends=ENDS)
    assert story.state().edges["v"].properties == {"n": 6}
    story.at(4).delete_vertex("a")
    story.at(5).put_vertex("a")
    assert story.state().edges == {}


def test_one_change_is_reported_for_a_transaction_and_none_for_nothing():
    state = GraphState()
    first, second, third = TransactionBuilder(), TransactionBuilder(), TransactionBuilder()
    first.edit(Place("v", "n"), COUNTER, CounterEdit).add(1)
    second.edit(Place("v", "n"), COUNTER, CounterEdit).add(3)
    third.edit(Place("v", "n"), COUNTER, CounterEdit).add(3)
    state.apply(transaction(first, 1))
    state.changes = changes = []
    state.apply(transaction(second, 2))
    cell = state.vertices["v"]
    assert changes == [Change(cell, "n", 1)]
    state.apply(transaction(third, 3))
    assert len(changes) == 1


def test_later_words_of_a_transaction_take_back_earlier_ones():
    builder = TransactionBuilder()
    builder.edit(Place("v", "n"), COUNTER, CounterEdit).add(1)
    builder.edit(Place("v", "m"), COUNTER, CounterEdit).add(1)
    builder.put_vertex("v", {"n": 5})
    assert len(builder.operations()) == 2
    builder.edit(Place("v", "n"), COUNTER, CounterEdit).add(2)
    state = GraphState()
    state.apply(transaction(builder, 1))
    assert state.vertices["v"].properties == {"n": 2, "m": 1}
    builder.delete_vertex("v")
    assert len(builder.operations()) == 1
    builder.edit(Place("e", "n", ENDS), COUNTER, CounterEdit).add(2)
    builder.delete_vertex("b")
    assert len(builder.operations()) == 2
    builder.edit(Place("e", "n", ENDS), COUNTER, CounterEdit).add(2)
    builder.delete_edge("e")
    assert len(builder.operations()) == 3
