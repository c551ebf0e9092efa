"""The tight loop for what most operations are: the first word about a vertex, or an edge between two that are there.

`crdt.graph` is the readable truth; this does the same in a third of the time, and a property test compares the two.
Only for when nothing of the transaction is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from graphvine.crdt.cells import NO_EDGES, Cell, EdgeCell, Entry, Leaf, VertexCell
from graphvine.crdt.labels import Labels
from graphvine.model.operation import Operation, PutEdge, PutVertex


class Bulk(NamedTuple):
    """The tables of a `GraphState` that a fresh entity goes into, and those that must not know of it yet."""

    vertices: dict[str, VertexCell]
    edges: dict[str, EdgeCell]
    labels: Labels
    by_type: dict[str, dict[EdgeCell, None]]
    ghosts: dict[str, VertexCell]
    unseen: dict[str, list[EdgeCell]]
    edge_tombstones: dict[str, Leaf]

    def apply(
        self,
        entry: Entry,
        operations: Sequence[Operation],
        first: int,
        one: Callable[[Operation, Leaf], Iterable[None]],
        appeared: Callable[[Iterator[Cell]], None],
    ) -> Iterator[None]:
        """Apply operations in order, in steps: fresh ones here, any other by `one`. first: the place of the first.

        appeared: told of what the fresh ones made.
        """
        done = 0
        while True:
            start, done = done, self.put_fresh(entry, islice(operations, done, None), first + done) - first
            if done > start:
                appeared(self._cells_of(operations[start:done]))
            if done == len(operations):
                return
            place = first + done
            yield from one(operations[done], Leaf(entry, place, place))
            done += 1

    def _cells_of(self, operations: Iterable[Operation]) -> Iterator[Cell]:
        for operation in operations:
            if type(operation) is PutVertex:
                yield self.vertices[operation.id]
            else:
                yield self.edges[operation.id]

    def put_fresh(self, entry: Entry, operations: Iterable[Operation], first: int) -> int:
        """Apply operations until one is not fresh; return the place of that one. first: the place of the first."""
        vertices, ghosts = self.vertices, self.ghosts
        place = first
        for operation in operations:
            if type(operation) is PutVertex:
                id_ = operation.id
                if id_ in vertices or id_ in ghosts or operation.removed or operation.unlabelled:
                    return place
                properties = operation.properties
                leaf = Leaf(entry, place, place, len(properties) + 1, operation.after)
                cell = vertices[id_] = VertexCell(id_, (), properties, NO_EDGES, NO_EDGES, leaf, leaf)
                if operation.labels:
                    self._label(cell, leaf, operation.labels)
            elif type(operation) is not PutEdge or not self._put_edge(entry, operation, place):
                return place
            place += 1
        return place

    def _label(self, cell: VertexCell, leaf: Leaf, labels: Sequence[str]) -> None:
        unique = tuple(sorted(set(labels))) if len(labels) > 1 else tuple(labels)
        cell.labels = self.labels.shared(unique)
        leaf.holds += len(unique)
        self.labels.add(cell)

    def _put_edge(self, entry: Entry, operation: PutEdge, place: int) -> bool:
        """Apply one edge. Tell whether it was fresh, and both its ends are there and were never deleted."""
        id_ = operation.id
        source, target = self.vertices.get(operation.source), self.vertices.get(operation.target)
        if source is None or target is None or source.tombstone is not None or target.tombstone is not None:
            return False
        if id_ in self.edges or id_ in self.unseen or id_ in self.edge_tombstones or operation.removed:
            return False
        properties = operation.properties
        leaf = Leaf(entry, place, place, len(properties) + 1, operation.after)
        edge = self.edges[id_] = EdgeCell(id_, operation.type, source, target, properties, leaf, leaf)
        if source.out is NO_EDGES:
            source.out = {}
        if target.into is NO_EDGES:
            target.into = {}
        source.out.setdefault(operation.type, {})[edge] = target
        target.into.setdefault(operation.type, {})[edge] = source
        self.by_type.setdefault(operation.type, {})[edge] = None
        return True
