"""How new a write has to be so that it overrules everything its writer sees at the places it touches.

Asked only when the wall clock was set back: what was written while it ran ahead must not win over what follows, and
what touches none of that need not wait for the time that the clock once showed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphvine.crdt.cells import Cell, Leaf, VertexCell
from graphvine.crdt.graph import GraphState
from graphvine.model.operation import DeleteEdge, DeleteVertex, MergeVertex, Operation, PutVertex


def newest_time(state: GraphState, operations: Iterable[Operation]) -> int:
    """Return the largest time of anything known about what the operations touch; 0 when there is nothing."""
    times = [leaf.entry.order[0] for operation in operations for leaf in _about(state, operation) if leaf is not None]
    return max(times, default=0)


def _about(state: GraphState, operation: Operation) -> Iterator[Leaf | None]:
    for cell in _touched(state, operation):
        yield from _leaves(cell)
    if not isinstance(operation, (PutVertex, MergeVertex, DeleteVertex)):
        yield state.edge_tombstone(operation.id)


def _touched(state: GraphState, operation: Operation) -> Iterator[Cell | None]:
    if isinstance(operation, (PutVertex, MergeVertex)):
        yield state.find(operation.id)
    elif isinstance(operation, DeleteVertex):
        cell = state.find(operation.id)
        yield cell
        if isinstance(cell, VertexCell):
            yield from cell.waiting or ()
            for side in (cell.out, cell.into):
                for edges in side.values():
                    yield from edges
    else:
        yield from state.claimants(operation.id)
        if not isinstance(operation, DeleteEdge):
            for end in (operation.source, operation.target):
                yield state.find(end)


def _leaves(cell: Cell | None) -> Iterator[Leaf | None]:
    if cell is None:
        return
    yield from (cell.base, cell.newest, cell.tombstone)
    yield from (cell.owners or {}).values()
    for rivals in (cell.rivals or {}).values():
        yield from rivals.kept
    for merged in (cell.merged or {}).values():
        for value in merged.kinds.values():
            yield value.newest
