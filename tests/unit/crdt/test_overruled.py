"""A write with the time that `newest_time` asks for wins over everything that is known, whatever the history."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import NOW, SPACE, WRITERS, make_draft

from graphvine.codec.operations import encode_operation
from graphvine.crdt.overruled import newest_time
from graphvine.model.operation import DeleteEdge, DeleteVertex, Operation, PutEdge, PutVertex
from graphvine.store.replica import Replica

IDS = st.sampled_from("ab")
PROPERTIES = st.dictionaries(st.sampled_from("xy"), st.integers(0, 3), max_size=2)
OPERATIONS = st.one_of(
    st.builds(PutVertex, IDS, st.just([]), PROPERTIES, st.just([]), st.just([])),
    st.builds(PutEdge, st.just("e"), st.just("T"), IDS, IDS, PROPERTIES),
    st.builds(DeleteVertex, IDS),
    st.builds(DeleteEdge, st.just("e")),
)


def holds(replica: Replica, operation: Operation) -> bool:
    """Tell whether readers see what the operation says."""
    state = replica.state
    cell: Any
    if isinstance(operation, (DeleteVertex, DeleteEdge)):
        cells: Any = state.vertices if isinstance(operation, DeleteVertex) else state.edges
        return operation.id not in cells
    if isinstance(operation, PutVertex):
        cell = state.vertices.get(operation.id)
    else:
        cell = state.edges.get(operation.id)
        ends_are_there = all(end in state.vertices for end in (operation.source, operation.target))
        is_seen = cell is not None and (cell.source.id, cell.target.id) == (operation.source, operation.target)
        if not (ends_are_there and is_seen):
            return ends_are_there == is_seen
    return cell is not None and cell.properties.items() >= operation.properties.items()


def add(replica: Replica, operation: Operation, time: int, sequence: int) -> None:
    """Apply one operation of a writer who has seen everything before it."""
    if isinstance(operation, (PutVertex, PutEdge)):
        operation = msgspec.structs.replace(operation, after=time - 1)
    draft = make_draft(SPACE, WRITERS[0], sequence, sequence - 1, time, [encode_operation(operation)])
    replica.add(draft.signed(b"S" * 64), None, NOW)


BOTH_ENDS: list[tuple[int, Operation]] = [(1, PutVertex(id_, [], {}, [], [])) for id_ in "ab"]


@given(st.sampled_from([[], BOTH_ENDS]), st.lists(st.tuples(st.integers(1, 6), OPERATIONS), max_size=8), OPERATIONS)
def test_what_is_written_at_that_time_is_what_readers_see(
    first: list[tuple[int, Operation]], then: list[tuple[int, Operation]], last: Operation
) -> None:
    history = [*first, *then]
    replica = Replica(SPACE)
    for sequence, (time, operation) in enumerate(history, 1):
        add(replica, operation, time, sequence)
    add(replica, last, newest_time(replica.state, [last]) + 1, len(history) + 1)
    assert holds(replica, last)


def test_nothing_known_is_no_time() -> None:
    assert newest_time(Replica(SPACE).state, [PutVertex("a", [], {"x": 1}, [], [])]) == 0
