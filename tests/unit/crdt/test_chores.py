"""One operation that means much work is done in slices, and ends as if it had been done at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import NOW, RawEdit, build, copy, histories, live_bytes, picture, replay, transaction

from graphvine.codec.bodies import encode_map, encode_set
from graphvine.crdt import chores as chores_module
from graphvine.crdt.chores import Chores
from graphvine.crdt.edits import Place
from graphvine.crdt.merged import DROP
from graphvine.model.operation import MAP, SET
from graphvine.store import replica as replica_module
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

EDGES = 1_200
UNITS = 50


@pytest.fixture
def small_slices(monkeypatch):
    monkeypatch.setattr(chores_module, "UNITS", UNITS)
    monkeypatch.setattr(replica_module, "SETTLED", UNITS)


class Writer:
    """Writes one transaction after the other; `at` writes one of another moment."""

    def __init__(self) -> None:
        self.time = NOW << 16
        self.sequence = 0

    def make(self, fill):
        builder = TransactionBuilder()
        fill(builder)
        self.time += 2
        self.sequence += 1
        return copy(transaction(builder, self.time, sequence=self.sequence))


def hub(builder):
    builder.put_vertex("hub", {"name": "hub"})
    for number in range(EDGES):
        builder.put_vertex(f"v{number}")
        builder.put_edge(f"e{number}", "T", *(("hub", f"v{number}") if number % 2 else (f"v{number}", "hub")), {"n": 1})
    builder.put_edge("loop", "T", "hub", "hub")


def longest(steps, measure):
    """The largest change of a number within one step."""
    most, before = 0, measure()
    for _ in steps:
        now = measure()
        most, before = max(most, abs(now - before)), now
    return max(most, abs(measure() - before))


def test_the_edges_of_a_hub_go_and_come_back_in_slices(small_slices):
    writer, replica = Writer(), Replica(b"s" * 32)
    state = replica.state
    replica.add(writer.make(hub), None, NOW)
    assert len(state.edges) == EDGES + 1
    shown = lambda: len(state.edges)  # noqa: E731
    assert longest(replica.steps(writer.make(lambda builder: builder.delete_vertex("hub")), None, NOW), shown) <= UNITS
    assert shown() == 0
    # Edges that wait for an end which comes last.
    replica = Replica(b"s" * 32)
    state = replica.state
    for put in (
        lambda builder, n: builder.put_vertex(f"w{n}"),
        lambda builder, n: builder.put_edge(f"f{n}", "T", f"w{n}", "late"),
    ):
        replica.add(writer.make(lambda builder, put=put: [put(builder, n) for n in range(EDGES)]), None, NOW)
    assert shown() == 0
    assert longest(replica.steps(writer.make(lambda builder: builder.put_vertex("late")), None, NOW), shown) <= UNITS
    assert shown() == EDGES


def test_what_a_delete_overrules_is_hidden_in_slices(small_slices):
    writer, replica = Writer(), Replica(b"s" * 32)
    replica.add(writer.make(hub), None, NOW)
    (entry,) = replica._entries.values()
    steps = replica.steps(writer.make(lambda builder: builder.delete_vertex("hub")), None, NOW)
    assert longest(steps, lambda: entry.shown) <= UNITS
    assert entry.shown == EDGES
    assert entry.size == sum(map(len, entry.transaction.leaves)) + 300
    assert replica.live_bytes == sum(each.size for each in replica._entries.values())


@pytest.mark.parametrize("kind", [SET, MAP])
@pytest.mark.parametrize("is_contested", [False, True])
def test_a_plain_write_over_a_large_value_lets_go_in_slices(small_slices, kind, is_contested):
    def merge(first, last):
        def fill(builder):
            edit = builder.edit(Place("v", "p"), kind, lambda: RawEdit(kind))
            for start in range(first, last, 250):
                keys = range(start, start + 250)
                is_set = kind == SET
                edit.add(encode_set(list(keys), []) if is_set else encode_map({f"k{key}": key for key in keys}, []))

        return fill

    writer = Writer()
    large, plain = writer.make(merge(0, 5_000)), writer.make(lambda builder: builder.put_vertex("v", {"p": "plain"}))
    newer = writer.make(merge(10_000, 10_250))
    replica = Replica(b"s" * 32)
    replica.add(large, None, NOW)
    if is_contested:
        replica.add(newer, None, NOW)
    value = replica.state.vertices["v"].merged["p"].kinds[kind]
    assert longest(replica.steps(plain, None, NOW), lambda: len(value.owners)) <= max(UNITS, DROP)
    shown = replica.state.vertices["v"].properties["p"]
    assert len(shown) == 250 if is_contested else shown == "plain"
    assert picture(replica.state) == picture(replay([large, plain, *[newer] * is_contested]).state)


def test_chores_end_before_others_begin():
    chores, done = Chores(), []

    def work(name, count):
        for number in range(count):
            done.append((name, number))
            yield 100

    chores.add(work("a", 12))
    chores.add(work("b", 3))
    assert chores.is_due
    assert len(list(chores.do())) == 15 * 100 // chores_module.UNITS
    assert done == [("a", number) for number in range(12)] + [("b", number) for number in range(3)]
    assert not chores.is_due


@given(histories, st.randoms(use_true_random=False), st.integers(1, 3))
def test_however_small_the_slices_the_end_is_the_same(history, dice, units):
    transactions = build(history)
    dice.shuffle(transactions)
    whole = replay(transactions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chores_module, "UNITS", units)
        patch.setattr(replica_module, "SETTLED", units)
        dice.shuffle(transactions)
        sliced = replay(transactions)
    assert picture(sliced.state) == picture(whole.state)
    assert sliced.digest() == whole.digest()
    assert live_bytes(sliced) == live_bytes(whole)
