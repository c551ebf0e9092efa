"""Collects what one transaction of ours does: checks it at once, folds what it says twice, encodes it at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

from graphvine.codec.operations import MAX_OPERATION_BYTES, encode_operation, make_tame
from graphvine.crdt.edits import Edit, Place, PutOff
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_LABELS, MAX_LIST_ELEMENTS, MAX_OPERATIONS, MAX_PROPERTIES, MAX_TRANSACTION_BYTES
from graphvine.model.ids import check_id, check_name
from graphvine.model.operation import (
    OWN_OPERATION_BYTES,
    DeleteEdge,
    DeleteVertex,
    MergeEdge,
    MergeVertex,
    Operation,
    Put,
    PutEdge,
    PutVertex,
    merge_units,
)
from graphvine.model.steps import in_one_go
from graphvine.model.transaction import WriterKey
from graphvine.model.values import Properties, Value, check_labels, check_properties, weigh

EditKind = TypeVar("EditKind", bound=Edit)

# Bytes that framing may add to one operation, and what all operations of a transaction may take.
LEAF_OVERHEAD = 5
# Operations that are finished between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 1_000
MAX_LEAF_BYTES = MAX_TRANSACTION_BYTES - 1024
_MERGES = (MergeVertex, MergeEdge)


class Finished(NamedTuple):
    """What a transaction does, ready to be signed.

    size: bytes of all leaves with their framing. writer: who must sign, where the operations depend on it.
    """

    operations: list[Operation]
    leaves: list[bytes]
    size: int
    writer: WriterKey | None = None


class TransactionBuilder:
    """What one transaction will do. Every argument is checked when it is given, so a mistake changes nothing.

    Deletes come first in the finished transaction: deleting and then putting again is a re-creation, putting and then
    deleting is a delete.
    """

    def __init__(self) -> None:
        self._vertices: dict[str, PutVertex] = {}
        self._edges: dict[str, PutEdge] = {}
        self._deleted_vertices: dict[str, None] = {}
        self._deleted_edges: dict[str, None] = {}
        self._edits: dict[tuple[Place, int], Edit] = {}
        # The keys of `_edits`, and maybe of some that are gone, by whether it is an edge's and the id: of the vertex or
        # edge, and of an edge's ends. And the edges in `_edges`, and maybe others, by the ids of their ends.
        self._edits_at: dict[tuple[bool, str], dict[tuple[Place, int], None]] = {}
        self._edges_at: dict[str, list[str]] = {}
        # The bytes of operations in `_vertices` that were good at first sight, and were not changed since.
        self._leaves: dict[str, bytes] = {}

    def __len__(self) -> int:
        """Operations so far; large values will add some more."""
        deletes = len(self._deleted_vertices) + len(self._deleted_edges)
        return len(self._vertices) + len(self._edges) + len(self._edits) + deletes

    def put_vertex(
        self,
        id_: str,
        properties: Mapping[str, object] | None = None,
        labels: Iterable[str] = (),
        *,
        removed: Iterable[str] = (),
        unlabelled: Iterable[str] = (),
    ) -> None:
        """Create a vertex or change the given properties and labels of it; what is not named stays."""
        added = check_labels(id_, labels) if labels else []
        if type(id_) is str and type(properties) is dict and not (removed or unlabelled):
            if self._put_tame(id_, added, properties):
                return
        id_ = check_id("A vertex id", id_)
        self._check_room()
        fresh = check_properties(id_, properties)
        gone = check_labels(id_, unlabelled) if unlabelled else []
        names = _check_names(id_, removed, fresh) if removed else []
        if self._edits:
            self._take_back(
                (False, id_), lambda place: place.ends is None and (place.name in fresh or place.name in names)
            )
        operation = self._vertices.get(id_)
        if operation is None:
            self._vertices[id_] = PutVertex(id_, added, fresh, names, gone)
            return
        self._leaves.pop(id_, None)
        together = [label for label in operation.labels if label not in gone and label not in added] + added
        without = [label for label in operation.unlabelled if label not in added and label not in gone] + gone
        if max(len(together), len(without)) > MAX_LABELS:
            raise TooLarge(f"Vertex {id_}", max(len(together), len(without)), MAX_LABELS, "labels")
        _fold_properties(operation, fresh, names)
        operation.labels, operation.unlabelled = together, without

    def _put_tame(self, id_: str, labels: list[str], properties: dict[str, Value]) -> bool:
        """The hot path of bulk writes: the first that is said of a vertex, and plainly good. Tell whether it was."""
        if self._edits or id_ in self._vertices:
            return False
        made = make_tame(id_, labels, properties)
        if made is None:
            return False
        self._check_room()
        self._vertices[id_], self._leaves[id_] = made
        return True

    def put_edge(
        self,
        id_: str,
        type_: str,
        source: str,
        target: str,
        properties: Mapping[str, object] | None = None,
        *,
        removed: Iterable[str] = (),
    ) -> None:
        """Create an edge or change the given properties of it. Type and ends of an id never change."""
        id_, type_ = check_id("An edge id", id_), check_name("An edge type", type_)
        source, target = check_id("A source id", source), check_id("A target id", target)
        self._check_room()
        fresh = check_properties(id_, properties)
        names = _check_names(id_, removed, fresh) if removed else []
        if self._edits:
            self._take_back((True, id_), lambda place: place.name in fresh or place.name in names)
        operation = self._edges.get(id_)
        if operation is None:
            self._edges[id_] = PutEdge(id_, type_, source, target, fresh, names)
            for end in (source, target):
                self._edges_at.setdefault(end, []).append(id_)
            return
        if (operation.type, operation.source, operation.target) != (type_, source, target):
            raise InvalidValue(f"Edge {id_!r} is already another edge in this transaction. Give it its own id.")
        _fold_properties(operation, fresh, names)

    def delete_vertex(self, id_: str) -> None:
        """Delete a vertex, and with it every edge at it."""
        id_ = check_id("A vertex id", id_)
        self._check_room()
        self._vertices.pop(id_, None)
        self._leaves.pop(id_, None)
        for edge in self._edges_at.pop(id_, ()):
            self._forget_edge(edge, id_)
        self._take_back((False, id_), lambda _: True)
        self._deleted_vertices[id_] = None

    def _forget_edge(self, id_: str, end: str) -> None:
        """Take back what was put into an edge, if it was at `end`: a later one of its id may be elsewhere."""
        edge = self._edges.get(id_)
        if edge is not None and end in (edge.source, edge.target):
            del self._edges[id_]

    def delete_edge(self, id_: str) -> None:
        """Delete an edge."""
        id_ = check_id("An edge id", id_)
        self._check_room()
        self._edges.pop(id_, None)
        self._take_back((True, id_), lambda _: True)
        self._deleted_edges[id_] = None

    def edit(self, place: Place, kind: int, make: Callable[[], EditKind]) -> EditKind:
        """Return what this transaction says about a mergeable value; `make` begins it. place: checked names."""
        key = (place, kind)
        known = self._edits.get(key)
        if known is not None:
            return known  # type: ignore[return-value]
        self._check_room()
        fresh = self._edits[key] = make()
        ends = place.ends
        self._edits_at.setdefault((ends is not None, place.id), {})[key] = None
        if ends is not None:
            for end in (ends.source, ends.target):
                self._edits_at.setdefault((False, end), {})[key] = None
        return fresh

    def pending_edit(self, place: Place, kind: int) -> Edit | None:
        """Return what this transaction says about a mergeable value, if anything."""
        return self._edits.get((place, kind))

    def overrules(self, place: Place) -> bool:
        """Tell whether this transaction, before what it merges, takes away what was merged there."""
        if not (self._vertices or self._edges or self._deleted_vertices or self._deleted_edges):
            return False
        ends = place.ends
        if ends is None:
            gone, put = self.deletes_vertex(place.id), self._vertices.get(place.id)
        else:
            gone = self.deletes_edge(place.id) or any(map(self.deletes_vertex, (ends.source, ends.target)))
            put = self._edges.get(place.id)  # type: ignore[assignment]
        return gone or (put is not None and (place.name in put.properties or place.name in put.removed))

    def _take_back(self, where: tuple[bool, str], is_gone: Callable[[Place], bool]) -> None:
        """Drop the edits that something later in this transaction overrules. where: a key of `_edits_at`."""
        known = self._edits_at.get(where, {})
        for key in [key for key in known if is_gone(key[0])]:
            self._edits.pop(key, None)
            del known[key]

    def pending_vertex(self, id_: str) -> PutVertex | None:
        """Return what this transaction puts into a vertex, if anything."""
        return self._vertices.get(id_)

    def pending_edge(self, id_: str) -> PutEdge | None:
        """Return what this transaction puts into an edge, if anything."""
        return self._edges.get(id_)

    def deletes_vertex(self, id_: str) -> bool:
        """Tell whether this transaction deletes what was there of a vertex."""
        return id_ in self._deleted_vertices

    def deletes_edge(self, id_: str) -> bool:
        """Tell whether this transaction deletes what was there of an edge."""
        return id_ in self._deleted_edges

    def operations(self) -> list[Operation]:
        """Return the finished operations: deletes, vertices, edges, merges; large values on their own."""
        return self.finish().operations

    def finish(self) -> Finished:
        """Return the operations and their bytes, or raise TooLarge."""
        finished = self.finish_now()
        if finished is not None:
            return finished
        return in_one_go(self.finish_steps())

    def finish_now(self) -> Finished | None:
        """Do what `finish` does where that is quickly done: for puts that need nothing any more, and for one edit."""
        if self._edges or self._deleted_vertices or self._deleted_edges:
            return None
        if self._leaves and not self._edits and len(self._leaves) == len(self._vertices):  # both have one order
            operations, leaves = list(self._vertices.values()), list(self._leaves.values())
            size = sum(map(len, leaves)) + LEAF_OVERHEAD * len(leaves)
            if size > MAX_LEAF_BYTES:
                raise TooLarge("A transaction", size, MAX_LEAF_BYTES)
            return Finished(operations, leaves, size)  # type: ignore[arg-type]
        if len(self._edits) != 1 or self._vertices:
            return None
        (((place, _), edit),) = self._edits.items()
        if isinstance(edit, PutOff) and edit.waits:
            return None
        bodies = list(islice(edit.bodies(), 2))
        if len(bodies) != 1 or len(bodies[0]) > OWN_OPERATION_BYTES:
            return None
        operation = _merge(place, edit.kind, bodies[0])
        leaf = encode_operation(operation)
        return Finished([operation], [leaf], len(leaf) + LEAF_OVERHEAD)

    def finish_steps(self) -> Generator[None, None, Finished]:
        """Do what `finish` does in slices of at most `SLICE` operations."""
        finished = self.finish_now()
        if finished is not None:
            return finished
        for edit in self._edits.values():
            if isinstance(edit, PutOff) and edit.waits:
                yield from edit.settle()
                yield
        operations, leaves = yield from self._encoded()
        if len(operations) > MAX_OPERATIONS:
            raise TooLarge("A transaction", len(operations), MAX_OPERATIONS, "operations")
        _check_sizes(operations, leaves)
        return Finished(operations, leaves, sum(map(len, leaves)) + LEAF_OVERHEAD * len(leaves))

    def _encoded(self) -> Generator[None, None, tuple[list[Operation], list[bytes]]]:
        """Return the operations, those with large values split, and their bytes."""
        operations: list[Operation] = []
        leaves: list[bytes] = []
        work = 0
        for operation in self._whole():
            work += 1 if type(operation) not in _MERGES else 1 + merge_units(operation.body)  # type: ignore[union-attr]
            if work >= SLICE:
                work = 0
                yield
            leaf = encode_operation(operation)
            parts = _split(operation) if len(leaf) > OWN_OPERATION_BYTES else [operation]
            if len(parts) == 1:
                operations.append(operation)
                leaves.append(leaf)
            else:
                operations += parts
                leaves += map(encode_operation, parts)
        return operations, leaves

    def _whole(self) -> Iterator[Operation]:
        """Yield what was said of each entity, before large values are split off."""
        yield from map(DeleteEdge, self._deleted_edges)
        yield from map(DeleteVertex, self._deleted_vertices)
        yield from self._vertices.values()
        yield from self._edges.values()
        for (place, _), edit in self._edits.items():
            for body in edit.bodies():
                yield _merge(place, edit.kind, body)

    def _check_room(self) -> None:
        others = len(self._edges) + len(self._edits) + len(self._deleted_vertices) + len(self._deleted_edges)
        if len(self._vertices) + others >= MAX_OPERATIONS:
            raise TooLarge("A transaction", len(self) + 1, MAX_OPERATIONS, "operations")


def _merge(place: Place, kind: int, body: bytes) -> Operation:
    if place.ends is None:
        return MergeVertex(place.id, place.name, kind, body)
    return MergeEdge(place.id, *place.ends, place.name, kind, body)


def _check_sizes(operations: list[Operation], leaves: list[bytes]) -> None:
    largest = max(map(len, leaves), default=0)
    if largest > MAX_OPERATION_BYTES:  # a list of texts, many properties: others would refuse it
        place = next(place for place, leaf in enumerate(leaves) if len(leaf) == largest)
        raise TooLarge(f"What is written about {operations[place].id} at once", largest, MAX_OPERATION_BYTES)
    size = sum(map(len, leaves)) + LEAF_OVERHEAD * len(leaves)
    if size > MAX_LEAF_BYTES:
        raise TooLarge("A transaction", size, MAX_LEAF_BYTES)


def _check_names(owner: str, names: Iterable[str], fresh: Properties) -> list[str]:
    """Return the names to remove. What is put at the same time stays."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InvalidValue(f"Names to remove from {owner} must be a list of text.")
    checked = list(dict.fromkeys(check_name(f"A property name of {owner}", name) for name in names))
    if len(checked) > MAX_PROPERTIES:
        raise TooLarge(f"Operation on {owner}", len(checked), MAX_PROPERTIES, "properties to remove")
    return [name for name in checked if name not in fresh]


def _fold_properties(operation: Put, fresh: Properties, removed: list[str]) -> None:
    names = removed
    if removed or operation.removed:
        names = [name for name in operation.removed if name not in fresh and name not in removed] + removed
    count = len(operation.properties) + len(fresh)
    if count > MAX_PROPERTIES:
        count = len({**operation.properties, **fresh}) - sum(name in operation.properties for name in removed)
    if max(count, len(names)) > MAX_PROPERTIES:
        raise TooLarge(f"Operation on {operation.id}", max(count, len(names)), MAX_PROPERTIES, "properties")
    for name in removed:
        operation.properties.pop(name, None)
    operation.properties.update(fresh)
    operation.removed = names


def _split(put: Operation) -> list[Operation]:
    """Give each large value an operation of its own."""
    if not isinstance(put, (PutVertex, PutEdge)):
        return [put]
    large: list[str] = []
    elements = 0
    for name, value in put.properties.items():
        if _is_large(value):
            large.append(name)
        elif type(value) is list:
            elements += weigh(value)
            if elements > MAX_LIST_ELEMENTS:  # more than others would take at once
                large.append(name)
    if not large or len(put.properties) == 1:
        return [put]
    small = {name: value for name, value in put.properties.items() if name not in large}
    if isinstance(put, PutVertex):
        rest: list[Operation] = [PutVertex(put.id, [], {name: put.properties[name]}) for name in large]
        return [PutVertex(put.id, put.labels, small, put.removed, put.unlabelled), *rest]
    edge = (put.id, put.type, put.source, put.target)
    rest = [PutEdge(*edge, {name: put.properties[name]}) for name in large]
    return [PutEdge(*edge, small, put.removed), *rest]


def _is_large(value: object) -> bool:
    return type(value) in (str, bytes, list) and len(value) > OWN_OPERATION_BYTES  # type: ignore[arg-type]
