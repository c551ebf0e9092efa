"""Totals of our own counters are made at the last moment: writes that were called at once follow each other."""

from __future__ import annotations

from collections.abc import Callable

from tests.strategies import WRITERS, copy, transaction

from graphvine.codec.bodies import decode_counter
from graphvine.codec.operations import decode_operation
from graphvine.crdt.counter import CounterEdit
from graphvine.crdt.edits import Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.limits import MAX_INTEGER
from graphvine.model.operation import COUNTER, MergeEdge, MergeVertex, PutEdge, PutVertex
from graphvine.store.builder import Finished, TransactionBuilder
from graphvine.store.last_words import SLICE, Moment, join, say, say_steps

ENDS = Ends("T", "a", "b")


def finished(*steps: Callable[[TransactionBuilder], None]) -> Finished:
    builder = TransactionBuilder()
    for step in steps:
        step(builder)
    return builder.finish()


def add(amount: int, ends: Ends | None = None) -> Callable[[TransactionBuilder], None]:
    return lambda builder: builder.edit(Place("v", "n", ends), COUNTER, CounterEdit).add(amount)


def totals(state: GraphState, *parts: Finished) -> list[int]:
    operations, leaves = join(parts)
    say(state, Moment(WRITERS[0], 9), operations, leaves)
    assert [decode_operation(leaf) for leaf in leaves] == operations
    return [decode_counter(each.body) for each in operations if isinstance(each, (MergeVertex, MergeEdge))]


def known(amount: int, ends: Ends | None = None) -> GraphState:
    state = GraphState()
    builder = TransactionBuilder()
    builder.put_vertex("a")
    builder.put_vertex("b")
    add(amount, ends)(builder)
    state.apply(copy(transaction(builder, 1, writer=WRITERS[0])))
    other = TransactionBuilder()
    add(100, ends)(other)
    state.apply(copy(transaction(other, 2, writer=WRITERS[1])))
    return state


def test_additions_continue_our_own_total():
    assert totals(GraphState(), finished(add(1))) == [1]
    assert totals(known(5), finished(add(1)), finished(add(2)), finished(add(-4))) == [6, 8, 4]
    assert totals(known(5, ENDS), finished(add(1, ENDS)), finished(add(2, ENDS)), finished(add(7))) == [6, 8, 7]


def test_what_is_reset_on_the_way_begins_at_nothing():
    put = finished(lambda builder: builder.put_vertex("v", {"n": 0}))
    removed = finished(lambda builder: builder.put_vertex("v", removed=["n"]))
    other = finished(lambda builder: builder.put_vertex("v", {"m": 0}))
    deleted = finished(lambda builder: builder.delete_vertex("v"))
    for reset in (put, removed, deleted):
        assert totals(known(5), reset, finished(add(2))) == [2]
        assert totals(known(5), finished(add(1)), reset, finished(add(2))) == [6, 2]
    assert totals(known(5), other, finished(add(2))) == [7]


def test_an_edge_is_reset_with_it_or_with_an_end():
    for reset in (
        lambda builder: builder.delete_edge("v"),
        lambda builder: builder.delete_vertex("a"),
        lambda builder: builder.delete_vertex("b"),
        lambda builder: builder.put_edge("v", *ENDS, {"n": 1}),
    ):
        assert totals(known(5, ENDS), finished(reset), finished(add(2, ENDS))) == [2]
    assert totals(known(5, ENDS), finished(lambda builder: builder.delete_vertex("v")), finished(add(2, ENDS))) == [7]


def test_a_total_stays_within_64_bits():
    assert totals(known(5), finished(add(MAX_INTEGER))) == [MAX_INTEGER]


def test_a_write_says_what_it_has_seen():
    state = GraphState()
    for time, put in ((3, {"x": 1, "y": 1}), (5, {"y": 2})):
        builder = TransactionBuilder()
        builder.put_vertex("v", put)
        builder.put_edge("e", "T", "v", "v", put)
        state.apply(copy(transaction(builder, time, sequence=time)))

    def after(*parts: Finished, is_joined: bool = True) -> list[int]:
        operations, leaves = join(parts)
        say(state, Moment(WRITERS[0], 9), operations, leaves, is_joined=is_joined)
        assert [decode_operation(leaf) for leaf in leaves] == operations
        return [operation.after for operation in operations if isinstance(operation, (PutVertex, PutEdge))]

    def put(id_: str = "v", **how: object) -> Finished:
        return finished(lambda builder: builder.put_vertex(id_, how, removed=["y"] if "gone" in how else []))

    def link(**how: object) -> Finished:
        return finished(lambda builder: builder.put_edge("e", "T", "v", "v", how))

    assert after(put("new", x=1)) == [0]
    assert after(put(x=1)) == after(link(x=1)) == [3]
    assert after(put(x=1, y=1)) == after(put(gone=1)) == after(link(y=1)) == [5]
    assert after(put(z=1)) == after(finished(lambda builder: builder.put_vertex("v", labels=["L"]))) == [0]
    assert after(put(x=b"raw", y=["a"]), is_joined=False) == [5]
    assert after(put(z=1), put(z=2), put(x=1, z=3), put("new", z=1), put("new", y=1)) == [0, 9, 9, 0, 0]
    assert after(link(z=1), put(z=2), link(z=2)) == [0, 0, 9]


def test_many_operations_are_said_in_slices_and_come_to_the_same():
    def many(builder: TransactionBuilder) -> None:
        for number in range(2 * SLICE + 1):
            builder.put_vertex(f"v{number}", {"n": number})
            builder.edit(Place(f"v{number}", "sum", None), COUNTER, CounterEdit).add(number)

    state = known(5)
    state.apply(copy(transaction(_built(many), 3, writer=WRITERS[1])))
    at_once, in_slices = [join([finished(many)]) for _ in range(2)]
    say(state, Moment(WRITERS[0], 9), *at_once, is_joined=False)
    slices = sum(1 for _ in say_steps(state, Moment(WRITERS[0], 9), *in_slices, is_joined=False))
    assert in_slices == at_once
    assert slices == 2 * (len(at_once[0]) // SLICE)


def _built(step: Callable[[TransactionBuilder], None]) -> TransactionBuilder:
    builder = TransactionBuilder()
    step(builder)
    return builder
