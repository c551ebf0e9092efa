"""Up to which sequence everything of a writer is known; and what a hostile writer can make it cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import transaction

from graphvine.crdt.cells import Entry
from graphvine.store import writer_log
from graphvine.store.builder import TransactionBuilder
from graphvine.store.writer_log import WriterLog


def entry(sequence: int, previous: int | None = None, time: int = 0) -> Entry:
    builder = TransactionBuilder()
    builder.put_vertex("v", {"n": sequence})
    made = transaction(builder, time or sequence, sequence=sequence, previous=previous)
    return Entry(made, [], made.order)


def log_of(*entries: Entry) -> WriterLog:
    log = WriterLog()
    for each in entries:
        log.add(each)
    return log


def test_in_order():
    log = log_of(entry(1), entry(2), entry(3))
    assert (log.complete, log.last, len(log)) == (3, 3, 3)


@given(st.permutations(range(1, 8)))
def test_any_order_ends_complete(order):
    log = log_of(*(entry(sequence) for sequence in order))
    assert (log.complete, log.last) == (7, 7)
    assert [each.transaction.header.sequence for each in log] == list(range(1, 8))


def test_a_gap_stops_it_and_the_missing_one_closes_it():
    log = log_of(entry(1), entry(3), entry(4))
    assert (log.complete, log.last) == (1, 4)
    log.add(entry(2))
    assert log.complete == 4


def test_a_writer_says_which_sequences_never_were():
    log = log_of(entry(1), entry(65, previous=1), entry(66))
    assert log.complete == 66


def test_a_previous_below_what_is_known_is_no_gap():
    assert log_of(entry(1), entry(2), entry(9, previous=1)).complete == 9


def test_what_a_cover_reaches_is_known_and_goes_on_from_there():
    log = log_of(entry(5), entry(6), entry(9))
    assert log.complete == 0
    log.cover(4)
    assert (log.complete, log.last) == (6, 9)
    log.cover(3)
    assert log.complete == 6
    log.cover(20)
    assert (log.complete, log.last) == (20, 20)


def test_a_sequence_signed_twice_keeps_both():
    left, right = entry(2, time=5), entry(2, time=6)
    log = log_of(entry(1), left, right)
    assert log.at(2) == [left, right]
    log.drop(left)
    assert log.at(2) == [right]
    log.drop(right)
    assert (log.at(2), len(log), log.complete) == ([], 1, 2)


def test_what_is_dropped_stays_known():
    entries = [entry(sequence) for sequence in (1, 2, 3)]
    log = log_of(*entries)
    log.drop(entries[1])
    assert (log.complete, log.last) == (3, 3)
    assert list(log) == [entries[0], entries[2]]
    assert list(log.after(1)) == [entries[2]]


def test_iterating_tolerates_changes():
    entries = [entry(sequence) for sequence in (1, 2, 4)]
    log = log_of(*entries)
    seen = []
    for each in log:
        seen.append(each.transaction.header.sequence)
        if seen == [1]:
            log.drop(entries[1])
            log.add(entry(3, previous=2))
    assert seen == [1, 3, 4]


def test_a_writer_of_gaps_is_remembered_only_so_far(monkeypatch):
    monkeypatch.setattr(writer_log, "MAX_SEQUENCE_GAPS", 10)
    log = log_of(*(entry(sequence) for sequence in range(2, 2002, 2)))
    assert len(log._beyond) <= 20
    assert log.complete == 0
    log.add(entry(1))
    assert log.complete == 2  # honest about the next gap
    log.cover(1999)
    assert log.complete >= 1999


@pytest.mark.parametrize("jump", [2**53 - 1, 10**12])
def test_a_jump_costs_nothing(jump):
    log = log_of(entry(jump))
    assert (log.complete, log.last) == (0, jump)
    log = log_of(entry(jump, previous=0))
    assert log.complete == jump


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 11)).filter(lambda pair: pair[1] < pair[0]), max_size=8))
def test_complete_is_the_end_of_the_chain_whatever_the_order(pairs):
    """Forks and lies included: `complete` depends on the set alone."""
    ends = set()
    for order in (pairs, pairs[::-1], sorted(pairs)):
        ends.add(log_of(*(entry(sequence, previous) for sequence, previous in order)).complete)
    expected, moved = 0, True
    while moved:
        following = [sequence for sequence, previous in pairs if previous <= expected < sequence]
        moved = bool(following)
        expected = max([expected, *following])
    assert ends == {expected}
