"""The laws of counters, sets and maps, with several writers who hear of each other now and then, in any order.

That every order gives one state is a law of the whole graph (`test_graph`, `test_convergence`); lists have `test_list`.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import SPACE, WRITERS, copy

from graphvine.crdt.counter import CounterEdit
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.map import MapEdit
from graphvine.crdt.set import SetEdit
from graphvine.crypto.signed import make_draft
from graphvine.model.operation import COUNTER, MAP, SET
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.store.last_words import Moment, say

PLACE = Place("v", "x")
PEOPLE = 3
# Two authors that the other tests share, and one more.
KEYS = [*WRITERS[:2], WriterKey(b"z" * 32, b"third wr")]
MAKERS: dict[int, Any] = {COUNTER: CounterEdit, SET: SetEdit, MAP: MapEdit}
# Who speaks, and how much of what they don't know yet they hear before, in an order of the dice.
WHO = st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, 3))
Made = list[tuple[int, int, Any]]


class People:
    """Each has a replica. Every verb is a transaction with a time of its own."""

    def __init__(self, kind: int, dice: random.Random) -> None:
        self._kind, self._dice = kind, dice
        self._states = [GraphState() for _ in range(PEOPLE)]
        self._unheard: list[list[VerifiedTransaction]] = [[] for _ in range(PEOPLE)]
        self._sequences = [0] * PEOPLE
        self._time = 0

    def speak(self, who: int, hears: int, verb: str, *arguments: Any) -> int:
        """Say something; return its time."""
        self._hear(who, hears)
        builder = TransactionBuilder()
        if verb == "reset":
            builder.put_vertex(PLACE.id, removed=[PLACE.name])
        else:
            getattr(builder.edit(PLACE, self._kind, MAKERS[self._kind]), verb)(*arguments)
        self._time += 1
        self._sequences[who] += 1
        sequence, state = self._sequences[who], self._states[who]
        operations, leaves = builder.finish()[:2]
        say(state, Moment(KEYS[who], self._time), operations, leaves, is_joined=False)
        made = make_draft(SPACE, KEYS[who], sequence, sequence - 1, self._time, leaves).signed(b"S" * 64)
        state.apply(copy(made))
        for other, unheard in enumerate(self._unheard):
            if other != who:
                unheard.append(made)
        return self._time

    def _hear(self, who: int, count: int) -> None:
        unheard = self._unheard[who]
        self._dice.shuffle(unheard)
        for each in unheard[:count]:
            self._states[who].apply(copy(each))
        del unheard[:count]

    def agree(self) -> Any:
        """Everybody hears everything; return the value, which must be one for all."""
        values = []
        for who, state in enumerate(self._states):
            self._hear(who, len(self._unheard[who]))
            cell = state.vertices.get(PLACE.id)
            values.append(None if cell is None else cell.properties.get(PLACE.name))
        assert all(repr(value) == repr(values[0]) for value in values), values
        return values[0]


@given(st.lists(st.tuples(WHO, st.integers(-9, 9)), min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_a_counter_is_the_sum_of_everything_that_was_added(words: list[Any], dice: random.Random) -> None:
    people = People(COUNTER, dice)
    for (who, hears), amount in words:
        people.speak(who, hears, "add", amount)
    assert people.agree() == sum(amount for _, amount in words)


@given(st.lists(st.tuples(WHO, st.integers(1, 9)), max_size=12), st.lists(st.integers(1, 9), max_size=6),
       st.integers(0, PEOPLE - 1), st.randoms(use_true_random=False))  # fmt: skip
def test_a_counter_that_is_reset_counts_what_comes_behind_it(
    before: list[Any], after: list[int], who: int, dice: random.Random
) -> None:
    people = People(COUNTER, dice)
    for (writer, hears), amount in before:
        people.speak(writer, hears, "add", amount)
    people.speak(who, len(before), "reset")
    for amount in after:
        people.speak(dice.randrange(PEOPLE), len(before) + len(after) + 1, "add", amount)
    assert people.agree() == (sum(after) if after else None)


def newest(made: Made, reset: int) -> dict[Any, Any]:
    """What the newest word on each key says, of those behind the last reset; None where it is gone."""
    return {key: value for time, key, value in sorted(made, key=lambda word: word[0]) if time > reset}


KEYED = st.lists(
    st.tuples(WHO, st.sampled_from(["put", "put", "remove", "reset"]), st.sampled_from("abcd"), st.integers(0, 3)),
    max_size=25,
)


@given(KEYED, st.randoms(use_true_random=False))
def test_a_set_holds_what_was_added_last_and_not_discarded_since(words: list[Any], dice: random.Random) -> None:
    people, made, reset = People(SET, dice), [], 0
    for (who, hears), verb, key, _ in words:
        if verb == "reset":
            reset = people.speak(who, hears, verb)
        else:
            made.append((people.speak(who, hears, "add" if verb == "put" else "discard", [key]), key, verb == "put"))
    assert (people.agree() or []) == sorted(key for key, is_in in newest(made, reset).items() if is_in)


@given(KEYED, st.randoms(use_true_random=False))
def test_a_map_holds_the_newest_value_of_each_key(words: list[Any], dice: random.Random) -> None:
    people, made, reset = People(MAP, dice), [], 0
    for (who, hears), verb, key, value in words:
        if verb == "reset":
            reset = people.speak(who, hears, verb)
        elif verb == "put":
            made.append((people.speak(who, hears, verb, {key: value}), key, value))
        else:
            made.append((people.speak(who, hears, verb, [key]), key, None))
    expected = {key: value for key, value in newest(made, reset).items() if value is not None}
    assert (people.agree() or {}) == expected
