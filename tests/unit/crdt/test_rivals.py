"""Concurrent writes: the newest wins; the others can be read until somebody has seen them; never too many."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import SPACE, copy, live_bytes, picture, transaction

from graphvine.crdt.cells import Cell
from graphvine.crdt.rivals import time_of
from graphvine.limits import MAX_LOSERS
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

NOW_MS = 1_000


def writer(number: int) -> WriterKey:
    return WriterKey(bytes([number]) * 32, bytes([number]) * 8)


def write(time: int, after: int, number: int = 1, value: object = None, **what: object) -> VerifiedTransaction:
    builder = TransactionBuilder()
    if what.get("delete"):
        builder.delete_vertex("v")
    elif what.get("edge"):
        builder.put_edge("e", "T", "a", "a", {"x": time if value is None else value})
    else:
        builder.put_vertex("v", {} if what.get("remove") else {"x": time}, removed=["x"] if what.get("remove") else [])
    return transaction(builder, time, sequence=time, writer=writer(number), after=after)


def replay(transactions: list[VerifiedTransaction]) -> Replica:
    replica = Replica(SPACE)
    for each in transactions:
        replica.add(copy(each), None, NOW_MS)
    return replica


def loser_times(cell: Cell) -> list[int]:
    rivals = (cell.rivals or {}).get("x")
    return [] if rivals is None else [time_of(leaf) for leaf in rivals.losers()]


def outcome(*transactions: VerifiedTransaction) -> tuple[object, list[int], int]:
    """Value, times of losers and number of live transactions: the same in every order."""
    seen = set()
    for order in permutations(transactions):
        replica = replay(list(order))
        cell = replica.state.vertices["v"]
        seen.add((cell.properties.get("x"), tuple(loser_times(cell)), len(live_bytes(replica)), replica.digest()))
    assert len(seen) == 1
    value, losers, count, _ = seen.pop()
    return value, list(losers), count


def test_who_had_seen_the_other_leaves_no_loser():
    assert outcome(write(1, 0), write(2, 1)) == (2, [], 1)
    assert outcome(write(1, 0), write(2, 1, 2), write(3, 2)) == (3, [], 1)


def test_who_had_not_leaves_one_that_can_be_read():
    assert outcome(write(1, 0), write(2, 0, 2)) == (2, [1], 2)
    assert outcome(write(1, 0), write(2, 1, 2), write(3, 1, 3)) == (3, [2], 2)


def test_somebody_who_saw_both_ends_it():
    assert outcome(write(1, 0), write(2, 0, 2), write(3, 2, 3)) == (3, [], 1)


def test_a_removal_competes_like_a_write():
    assert outcome(write(1, 0), write(2, 0, 2, remove=True)) == (None, [1], 2)
    assert outcome(write(1, 0, remove=True), write(2, 0, 2)) == (2, [1], 2)


def test_a_loser_that_has_seen_more_than_the_winner_rules_out_what_it_saw():
    assert outcome(write(1, 0), write(2, 1, 2), write(3, 0, 3)) == (3, [2], 2)


def test_a_delete_ends_what_is_older():
    assert outcome(write(1, 0), write(2, 0, 2), write(3, 0, 3, delete=True), write(4, 0, 2)) == (4, [], 2)
    assert outcome(write(1, 0), write(2, 0, 2, delete=True), write(3, 0, 3), write(4, 0, 4)) == (4, [3], 3)


def test_nobody_has_seen_the_future():
    assert outcome(write(1, 9), write(2, 0, 2)) == (2, [], 2)  # `after` counts as its own time: 1 is no loser, but seen
    assert outcome(write(1, 0), write(2, 99, 2), write(3, 0, 3)) == (3, [], 2)


def test_a_delete_that_comes_late_changes_nothing_of_what_was_dropped_before():
    """Whoever held the floor is deleted; what the floor had let go of stays away, as if the delete had come first."""
    floor, deleted = write(5, 5, 3), write(6, 0, 3, delete=True)
    assert outcome(floor, deleted, write(8, 3, 1), write(9, 0, 1), write(10, 0, 2)) == (10, [9], 3)
    # The same within one stamp, where only the author's bytes tell what is newer than the delete.
    floor, deleted = write(6, 6, 1), write(6, 0, 2, delete=True)
    assert outcome(floor, deleted, write(6, 0, 3), write(7, 0, 1)) == (7, [], 2)


def test_a_newer_write_of_the_same_writer_stands_for_its_older_ones():
    assert outcome(write(1, 0, 1), write(2, 0, 1), write(3, 0, 2)) == (3, [2], 2)


def test_a_property_of_an_edge_has_losers_too():
    ends = TransactionBuilder()
    ends.put_vertex("a")
    replica = replay([transaction(ends, 1), write(2, 0, 1, edge=True), write(3, 0, 2, edge=True)])
    edge = replica.state.edges["e"]
    assert (edge.properties, loser_times(edge)) == ({"x": 3}, [2])
    gone = TransactionBuilder()
    gone.delete_edge("e")
    replica.add(copy(transaction(gone, 4, sequence=4)), None, NOW_MS)
    replica.add(copy(write(5, 0, 1, edge=True)), None, NOW_MS)
    assert loser_times(replica.state.edges["e"]) == []


@pytest.mark.parametrize("shuffle", range(3))
def test_a_crowd_of_writers_keeps_a_bounded_number(shuffle: int):
    crowd = [write(time, 0, time % 250) for time in range(1, 250)]
    random.Random(shuffle).shuffle(crowd)
    replica = replay(crowd)
    assert replica.state.vertices["v"].properties == {"x": 249}
    assert 20 < len(loser_times(replica.state.vertices["v"])) <= MAX_LOSERS
    assert len(live_bytes(replica)) <= MAX_LOSERS + 1
    replica.add(copy(write(250, 249, 3)), None, NOW_MS)
    assert len(live_bytes(replica)) == 1


writes = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 7), st.integers(1, 3), st.sampled_from(["put", "remove", "delete"])),
    max_size=7,
    unique_by=lambda each: (each[0], each[2]),
)


@settings(max_examples=1_000, deadline=None)
@given(writes, st.randoms(use_true_random=False))
def test_losers_are_a_function_of_the_set(parts: list, dice: random.Random):
    made = [
        write(time, after, number, **({what: True} if what != "put" else {})) for time, after, number, what in parts
    ]
    shuffled = made + dice.sample(made, len(made) // 2)
    dice.shuffle(shuffled)
    left, right = replay(made), replay(shuffled)
    assert picture(left.state) == picture(right.state)
    assert live_bytes(left) == live_bytes(right)
    assert left.digest() == right.digest()
    dice.shuffle(made)
    half = replay(made[: len(made) // 2])
    again = Replica(SPACE)
    for each in (*left._entries.values(), *half._entries.values()):  # what is left of both, as a third gets it
        again.add(copy(each.transaction), None, NOW_MS)
    assert picture(again.state) == picture(left.state)
    assert again.digest() == left.digest()
