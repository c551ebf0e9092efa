"""What our own operations say only at the last moment, when those before them are in the state.

Writes wait in a queue, so what was known when they were called is not what they follow: two `add(1)` at once must
become the totals 1 and 2, and of two `put` at once the second has seen the first (`crdt.rivals`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from graphvine.codec.bodies import decode_counter, encode_counter
from graphvine.codec.operations import encode_operation, with_after
from graphvine.crdt.cells import Cell, owner_of
from graphvine.crdt.counter import MergedCounter
from graphvine.crdt.edits import Ends, Place, place_of
from graphvine.crdt.graph import GraphState
from graphvine.crdt.merged import value_of
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model.operation import (
    COUNTER,
    DeleteEdge,
    DeleteVertex,
    Merge,
    MergeEdge,
    MergeVertex,
    Operation,
    Put,
    PutEdge,
    PutVertex,
)
from graphvine.model.transaction import WriterKey
from graphvine.store.builder import Finished

# Operations between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 1_000


def join(parts: Sequence[Finished]) -> tuple[list[Operation], list[bytes]]:
    """Return the operations of several writes, and their leaves, as those of one transaction."""
    if len(parts) == 1:
        return parts[0].operations, parts[0].leaves
    return (
        [operation for part in parts for operation in part.operations],
        [leaf for part in parts for leaf in part.leaves],
    )


class Moment(NamedTuple):
    """Where our next transaction will stand: whose it is, and its hybrid time."""

    writer: WriterKey
    time: int


def say(
    state: GraphState, moment: Moment, operations: list[Operation], leaves: list[bytes], *, is_joined: bool = True
) -> None:
    """Complete the operations of our next transaction, in place. is_joined: several writes make up the transaction."""
    for _ in say_steps(state, moment, operations, leaves, is_joined=is_joined):
        pass


def say_steps(
    state: GraphState, moment: Moment, operations: list[Operation], leaves: list[bytes], *, is_joined: bool = True
) -> Iterator[None]:
    """Do what `say` does in slices. What others' transactions change meanwhile is seen from the next slice on."""
    if len(operations) == 1:
        _say_one(state, moment, operations, leaves)
        return
    repeats = is_joined and len({operation.id for operation in operations}) < len(operations)
    vertices, said = state.vertex_cells, _Said() if repeats else None
    counts = False
    for place, operation in enumerate(operations):
        if place and not place % SLICE:
            yield
        kind = type(operation)
        if kind is PutVertex or kind is PutEdge:
            if said is not None and said.before(operation):  # type: ignore[arg-type]
                after = moment.time
            elif kind is PutVertex:
                cell = vertices.get(operation.id)
                after = 0 if cell is None else _seen(cell, operation)  # type: ignore[arg-type]
            else:
                edge = state.find(operation.id, (operation.type, operation.source, operation.target))  # type: ignore[union-attr]
                after = 0 if edge is None else _seen(edge, operation)  # type: ignore[arg-type]
            if after:
                operation.after = after  # type: ignore[union-attr]
                leaves[place] = with_after(leaves[place], after)
        elif isinstance(operation, (MergeVertex, MergeEdge)) and operation.kind == COUNTER:
            counts = True
    if counts:
        yield from _count(state, moment.writer, operations, leaves)


def _seen(cell: Cell, operation: Put) -> int:
    """Return the largest time among the writes that an operation replaces; 0 when it replaces none."""
    after = 0
    for name in operation.properties:
        owner = owner_of(cell, name)
        if owner is not None and owner.entry.order[0] > after:
            after = owner.entry.order[0]
    for name in operation.removed:
        owner = owner_of(cell, name)
        if owner is not None and owner.entry.order[0] > after:
            after = owner.entry.order[0]
    return after


class _Said:
    """Which properties the transaction wrote already: writes of one moment share it, and one may replace another."""

    def __init__(self) -> None:
        self._names: dict[tuple[type, str], list[Put]] = {}

    def before(self, operation: Put) -> bool:
        """Tell whether an earlier operation wrote a property that this one writes."""
        key = (type(operation), operation.id)
        others = self._names.get(key)
        if others is None:
            self._names[key] = [operation]
            return False
        mine = {*operation.properties, *operation.removed}
        overlap = any(not mine.isdisjoint((*other.properties, *other.removed)) for other in others)
        others.append(operation)
        return overlap


def _say_one(state: GraphState, moment: Moment, operations: list[Operation], leaves: list[bytes]) -> None:
    """Do what `say_steps` does, where there is only one operation."""
    operation = operations[0]
    kind = type(operation)
    if kind is PutVertex or kind is PutEdge:
        ends = None if kind is PutVertex else (operation.type, operation.source, operation.target)  # type: ignore[union-attr]
        cell = state.vertex_cells.get(operation.id) if ends is None else state.find(operation.id, ends)
        after = 0 if cell is None else _seen(cell, operation)  # type: ignore[arg-type]
        if after:
            operation.after = after  # type: ignore[union-attr]
            leaves[0] = with_after(leaves[0], after)
    elif isinstance(operation, (MergeVertex, MergeEdge)) and operation.kind == COUNTER:
        place = place_of(operation)
        merged = value_of(state.find(place.id, place.ends), place.name, COUNTER)
        before = merged.total_of(moment.writer) if isinstance(merged, MergedCounter) else 0
        operations[0] = said = _with_total(operation, before + decode_counter(operation.body))
        leaves[0] = encode_operation(said)


def _with_total(operation: Merge, total: int) -> Merge:
    """Return what our counter says: as much as fits."""
    body = encode_counter(max(MIN_INTEGER, min(MAX_INTEGER, total)))
    if type(operation) is MergeVertex:
        return MergeVertex(operation.id, operation.name, COUNTER, body)
    return msgspec.structs.replace(operation, body=body)


def _count(state: GraphState, writer: WriterKey, operations: list[Operation], leaves: list[bytes]) -> Iterator[None]:
    """Turn what our counters add into the writer's running totals."""
    totals = _Totals(state, writer)
    for place, operation in enumerate(operations):
        if place and not place % SLICE:
            yield
        if isinstance(operation, (MergeVertex, MergeEdge)):
            if operation.kind == COUNTER:
                total = totals.add(operation, decode_counter(operation.body))
                operations[place] = said = _with_total(operation, total)
                leaves[place] = encode_operation(said)
        else:
            totals.reset(operation)


class _Totals:
    """One writer's totals as they will be, operation by operation."""

    def __init__(self, state: GraphState, writer: WriterKey) -> None:
        self._state = state
        self._writer = writer
        self._totals: dict[Place, int] = {}
        self._deleted: set[tuple[str, bool]] = set()  # id, whether it is an edge's

    def add(self, operation: Merge, amount: int) -> int:
        """Return the total after an operation that adds `amount`."""
        place = place_of(operation)
        before = self._totals.get(place)
        if before is None:
            before = 0 if self._is_deleted(place) else self._known(place)
        self._totals[place] = total = max(MIN_INTEGER, min(MAX_INTEGER, before + amount))
        return total

    def reset(self, operation: Put | DeleteVertex | DeleteEdge) -> None:
        """Forget what an operation overrules."""
        if isinstance(operation, (DeleteVertex, DeleteEdge)):
            self._deleted.add((operation.id, isinstance(operation, DeleteEdge)))
            self._totals = {place: total for place, total in self._totals.items() if not self._is_deleted(place)}
        else:
            ends = (
                None if isinstance(operation, PutVertex) else Ends(operation.type, operation.source, operation.target)
            )
            for name in (*operation.properties, *operation.removed):
                self._totals[Place(operation.id, name, ends)] = 0

    def _is_deleted(self, place: Place) -> bool:
        ends = place.ends
        if ends is None:
            return (place.id, False) in self._deleted
        return any(each in self._deleted for each in ((place.id, True), (ends.source, False), (ends.target, False)))

    def _known(self, place: Place) -> int:
        merged = value_of(self._state.find(place.id, place.ends), place.name, COUNTER)
        return merged.total_of(self._writer) if isinstance(merged, MergedCounter) else 0
