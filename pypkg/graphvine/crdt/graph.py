"""The state of one space: a pure function of the set of transactions applied, whatever their order or grouping.

Rules, each a join of last-writer-wins registers:

* A property, a label, an existence belongs to the newest operation that wrote it (`cells.is_older` is a total order).
* A delete kills every operation about its entity that is older. A vertex's delete also kills older edges at both sides.
* Mergeable values join what was said; see `crdt.merged`.
* An edge is visible while both its ends exist. Of edges that claim one id, the one written last is visible.

Readers use `vertices`, `edges`, `by_label`, `by_type` and the cells' public parts, and change nothing. They come in
through these tables, because mergeable values are shown when somebody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from graphvine.codec.operations import decode_own_operation, decode_own_operations, slices
from graphvine.crdt.adjacency import connect, disconnect, edges_at, note, stop_waiting, wait
from graphvine.crdt.bulk import Bulk
from graphvine.crdt.cells import (
    NO_EDGES,
    Cell,
    EdgeCell,
    Entry,
    Key,
    Leaf,
    VertexCell,
    contested_work,
    drop_rivals,
    is_older,
    lost_parts,
    take,
    take_existence,
)
from graphvine.crdt.chores import UNITS
from graphvine.crdt.tables import Tables
from graphvine.model.operation import (
    DeleteEdge,
    DeleteVertex,
    MergeEdge,
    MergeVertex,
    Operation,
    PutEdge,
    PutVertex,
)
from graphvine.model.transaction import VerifiedTransaction
from graphvine.model.values import Properties

# Operations applied between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 1_000
# Properties that one operation changes at once; of more, others get their turn in between.
FEW = 32


class Change(NamedTuple):
    """What one applied operation did. Read the new value from the cell.

    key: property name, ``(label,)``, or None for existence (visibility, for an edge).
    old: the value before (None also when there was none), or whether the label or entity was there.
    """

    cell: Cell
    key: Key | None
    old: object


class GraphState(Tables):
    """Vertices and edges as the applied transactions make them.

    changes: a list that collects what happens, or None when nobody listens. Of a vertex or edge that is new, only its
    existence is told: whoever needs more looks at the cell itself. dirty: entries of which some operation
    has been overruled since the store last looked.
    """

    def __init__(self) -> None:
        super().__init__(self._report)
        self.changes: list[Change] | None = None
        self.dirty: list[Entry] = []
        tables = (self.vertex_cells, self._edges, self._labels, self._by_type)
        self._bulk = Bulk(*tables, self._ghosts, self._unseen, self._edge_tombstones)

    def _show_waiting(self) -> None:
        """Show the few values that waited until somebody looks. Whoever listens now did not when they changed."""
        changes, self.changes = self.changes, None
        for _ in self._merging.show():
            pass
        self.changes = changes

    def apply(self, transaction: VerifiedTransaction, operations: Iterable[Operation] | None = None) -> Entry:
        """Apply a transaction in one go. `operations`: its leaves, decoded, if the caller has them."""
        entry = Entry(transaction, self.dirty, transaction.order)
        for _ in self.steps(entry, operations):
            pass
        if self._merging.late:
            for _ in self.settle():
                pass
        return entry

    def steps(self, entry: Entry, operations: Iterable[Operation] | None = None) -> Iterator[None]:
        """Apply a transaction in slices of at most `SLICE` operations; nobody may read the state in between."""
        transaction = entry.transaction
        positions, leaves = transaction.positions, transaction.leaves
        known = None if operations is None else list(operations)
        merging = self._merging
        if self.changes is not None and merging.waiting:
            self._show_waiting()
        if len(leaves) == 1 and positions is None:
            yield from self._apply_one(known[0] if known else decode_own_operation(leaves[0]), Leaf(entry, 0, 0))
        else:
            yield from self._apply_many(entry, known)
        if merging.stale and (self.changes is not None or not merging.put_off()):
            yield from merging.show()

    def _apply_many(self, entry: Entry, known: list[Operation] | None) -> Iterator[None]:
        transaction = entry.transaction
        positions = transaction.positions
        for place, end in slices(transaction.leaves, SLICE):
            if place:
                yield
            yield from self._make_room(SLICE)
            part = decode_own_operations(transaction.leaves[place:end]) if known is None else known[place:end]
            if positions is None:
                yield from self._bulk.apply(entry, part, place, self._apply_one, self._appeared)
            else:
                for at, operation in enumerate(part, place):
                    yield from self._apply_one(operation, Leaf(entry, at, positions[at]))

    def apply_places(self, entry: Entry, places: Iterable[int]) -> Iterator[None]:
        """Apply some operations of a transaction that is in the state already, in slices."""
        transaction = entry.transaction
        positions = transaction.positions or ()
        chosen = list(places)
        for start, end in slices([transaction.leaves[place] for place in chosen], SLICE):
            for place in chosen[start:end]:
                leaf = Leaf(entry, place, positions[place])
                yield from self._apply_one(decode_own_operation(transaction.leaves[place]), leaf)
            yield
        if self._merging.stale:
            yield from self._merging.show()

    @property
    def late_bytes(self) -> int:
        """How much `settle_one` has to do; 0 when nothing waits for it."""
        return max(1, self._merging.weight()) if self._merging.late else 0

    def settle_one(self) -> Iterator[None]:
        """Show one of the values that are late (see `crdt.merging`), in steps. Nothing may be applied meanwhile."""
        return self._merging.settle()

    def settle(self) -> Iterator[None]:
        """Show all of them."""
        while self._merging.late:
            yield from self._merging.settle()

    def _apply_one(self, operation: Operation, leaf: Leaf) -> Iterable[None]:
        """Apply an operation; what is returned is to be run to its end before the next one."""
        self._apply_operation(operation, leaf)
        return self._chores.do() if self._chores.is_due else ()

    def _apply_operation(self, operation: Operation, leaf: Leaf) -> None:
        kind = type(operation)
        leaf.holds = 1  # what it wins and loses again on the way must not count as its end
        if kind is PutVertex:
            leaf.after = operation.after  # type: ignore[union-attr]
            self._put_vertex(operation, leaf)  # type: ignore[arg-type]
        elif kind is MergeVertex:
            self._merge_vertex(operation, leaf)  # type: ignore[arg-type]
        elif kind is PutEdge:
            leaf.after = operation.after  # type: ignore[union-attr]
            self._put_edge(operation, leaf)  # type: ignore[arg-type]
        elif kind is DeleteVertex:
            self._delete_vertex(operation.id, leaf)
        elif kind is DeleteEdge:
            self._delete_edge(operation.id, leaf)
        elif kind is MergeEdge:
            self._merge_edge(operation, leaf)  # type: ignore[arg-type]
        leaf.release()

    # -- vertices -----------------------------------------------------------------------------------------------------

    def _vertex_cell(self, id_: str) -> VertexCell:
        cell = self.vertex_cells.get(id_) or self._ghosts.get(id_)
        if cell is None:
            cell = self._ghosts[id_] = VertexCell(id_, (), {}, NO_EDGES, NO_EDGES)
        return cell

    def _put_vertex(self, operation: PutVertex, leaf: Leaf) -> None:
        cell = self._vertex_cell(operation.id)
        if cell.tombstone is not None and is_older(leaf, cell.tombstone):
            return
        if cell.newest is None and not cell.owners and cell.merged is None:
            self._write_whole(cell, operation, leaf)
        else:
            self._merge_properties(cell, operation, leaf)
            if operation.labels or operation.unlabelled:
                self._merge_labels(cell, operation, leaf)
            was_there = cell.newest is not None
            take_existence(cell, leaf)
            if not was_there:
                self._appear(cell)

    def _merge_vertex(self, operation: MergeVertex, leaf: Leaf) -> None:
        cell = self._vertex_cell(operation.id)
        if cell.tombstone is not None and is_older(leaf, cell.tombstone):
            return
        self._merging.merge(cell, operation, leaf)
        was_there = cell.newest is not None
        take_existence(cell, leaf)
        if not was_there:
            self._appear(cell)

    def _write_whole(self, cell: VertexCell, operation: PutVertex, leaf: Leaf) -> None:
        """The fast path: nothing about this vertex is held by anybody, so one operation takes it all."""
        cell.properties = operation.properties
        labels = tuple(sorted(set(operation.labels))) if len(operation.labels) > 1 else tuple(operation.labels)
        cell.labels = self._labels.shared(labels)
        cell.base = cell.newest = leaf
        leaf.holds += len(cell.properties) + len(labels) + 1
        if operation.removed or operation.unlabelled:
            for name in operation.removed:
                take(cell, name, leaf)
            for label in operation.unlabelled:
                take(cell, (label,), leaf)
        self._appear(cell)

    def _merge_properties(self, cell: Cell, operation: PutVertex | PutEdge, leaf: Leaf) -> None:
        """Let an operation have the properties that it wins: at once, or many of them as a chore."""
        if len(operation.properties) + len(operation.removed) > FEW:
            leaf.holds += 1  # what it wins and loses again on the way must not count as its end
            self._chores.add(self._merge_many(cell, operation, leaf))
        else:
            self._chores.units += self._merge_some(cell, operation.properties, operation.removed, leaf)

    def _merge_many(self, cell: Cell, operation: PutVertex | PutEdge, leaf: Leaf) -> Iterator[int]:
        items, removed = list(operation.properties.items()), operation.removed
        for start in range(0, max(len(items), len(removed)), FEW):
            end = start + FEW
            yield FEW + self._merge_some(cell, dict(items[start:end]), removed[start:end], leaf)
        leaf.release()

    def _merge_some(self, cell: Cell, fresh: Properties, removed: Sequence[str], leaf: Leaf) -> int:
        """Return how much more work it was than usual, because others wrote the same at the same time."""
        properties, changes = cell.properties, self._changes_of(cell)
        for name, value in fresh.items():
            if take(cell, name, leaf) and not (cell.merged and self._merging.hides(cell, name, leaf)):
                if changes is not None:
                    changes.append(Change(cell, name, properties.get(name)))
                properties[name] = value
        for name in removed:
            if take(cell, name, leaf) and not (cell.merged and self._merging.hides(cell, name, leaf)):
                old = properties.pop(name, None)
                if changes is not None:
                    changes.append(Change(cell, name, old))
        return 0 if cell.rivals is None else contested_work(cell, (*fresh, *removed))

    def _changes_of(self, cell: Cell) -> list[Change] | None:
        """Return where to report what happens to a cell: nowhere, if readers can't see it."""
        if self.changes is not None and isinstance(cell, EdgeCell) and self._edges.get(cell.id) is not cell:
            return None
        return self.changes

    def _appeared(self, cells: Iterable[Cell]) -> None:
        if self.changes is not None:
            self.changes += [Change(cell, None, False) for cell in cells]

    def _report(self, cell: Cell, name: str, old: object) -> None:
        changes = self._changes_of(cell)
        if changes is not None:
            changes.append(Change(cell, name, old))

    def _merge_labels(self, cell: VertexCell, operation: PutVertex, leaf: Leaf) -> None:
        gained = [label for label in operation.labels if take(cell, (label,), leaf)]
        lost = [label for label in operation.unlabelled if take(cell, (label,), leaf)]
        if gained or lost:
            self._set_labels(cell, set(cell.labels).union(gained).difference(lost))

    def _set_labels(self, cell: VertexCell, labels: set[str]) -> None:
        after = tuple(sorted(labels))
        before, cell.labels = cell.labels, self._labels.shared(after)
        if cell.newest is not None:
            self._labels.move(cell, before)
        if self.changes is not None:
            self.changes += [Change(cell, (label,), label in before) for label in sorted(labels ^ set(before))]

    def _appear(self, cell: VertexCell) -> None:
        self._ghosts.pop(cell.id, None)
        self.vertex_cells[cell.id] = cell
        self._labels.add(cell)
        if self.changes is not None:
            self.changes.append(Change(cell, None, False))
        if cell.waiting:
            self._chores.add(self._place_waiting(cell))

    def _delete_vertex(self, id_: str, leaf: Leaf) -> None:
        cell = self._vertex_cell(id_)
        if cell.tombstone is not None:
            if is_older(leaf, cell.tombstone):
                return
            cell.tombstone.release()
        cell.tombstone = leaf
        leaf.holds += 1
        self._chores.add(self._kill_vertex(cell, leaf))

    def _kill_vertex(self, cell: VertexCell, tombstone: Leaf) -> Iterator[int]:
        was_there, labels = cell.newest is not None, cell.labels
        yield from self._drop_lost(cell, tombstone)
        if was_there and cell.newest is None:
            self._vanish(cell, labels)
        noted: deque[list[EdgeCell]] = deque()
        yield from note(edges_at(cell), noted)
        while noted:
            yield from self._kill_all(noted.popleft(), tombstone)

    def _drop_lost(self, cell: Cell, tombstone: Leaf) -> Iterator[int]:
        """Take away every register that a delete overrules, in parts; yield how much work each was."""
        labels: set[str] = set()
        for lost in lost_parts(cell, tombstone):
            changes = self._changes_of(cell)
            for key in lost:
                if type(key) is str:
                    if key in cell.properties and (cell.merged is None or key not in cell.merged):
                        old = cell.properties.pop(key)
                        if changes is not None:
                            changes.append(Change(cell, key, old))
                else:
                    labels.add(key[0])
            yield len(lost)
        if cell.rivals is not None:
            yield from drop_rivals(cell, tombstone)
        if cell.merged is not None:
            yield from self._merging.delete(cell, tombstone)
        if labels and isinstance(cell, VertexCell):
            self._set_labels(cell, set(cell.labels) - labels)

    def _vanish(self, cell: VertexCell, labels: tuple[str, ...]) -> None:
        del self.vertex_cells[cell.id]
        self._ghosts[cell.id] = cell
        self._labels.remove(cell, labels)
        if self.changes is not None:
            self.changes.append(Change(cell, None, True))

    def _forget_if_empty(self, cell: VertexCell) -> None:
        """Drop a ghost that nothing refers to."""
        if cell.newest is None and cell.tombstone is None and not cell.owners and not cell.waiting:
            self._ghosts.pop(cell.id, None)

    # -- edges --------------------------------------------------------------------------------------------------------

    def _put_edge(self, operation: PutEdge, leaf: Leaf) -> None:
        ends = self._ends(operation, leaf)
        if ends is None:
            return
        edge = self._find_edge(operation, *ends)
        if edge is not None:
            self._merge_properties(edge, operation, leaf)
            self._renew_edge(edge, leaf)
            return
        edge = self._new_edge(operation, *ends)
        edge.properties = operation.properties
        edge.base = edge.newest = leaf
        leaf.holds += len(operation.properties) + 1
        for name in operation.removed:
            take(edge, name, leaf)
        self._bring_in(edge)

    def _merge_edge(self, operation: MergeEdge, leaf: Leaf) -> None:
        ends = self._ends(operation, leaf)
        if ends is None:
            return
        edge = self._find_edge(operation, *ends)
        if edge is not None:
            self._merging.merge(edge, operation, leaf)
            self._renew_edge(edge, leaf)
            return
        edge = self._new_edge(operation, *ends)
        take_existence(edge, leaf)
        self._merging.merge(edge, operation, leaf)
        self._bring_in(edge)

    def _ends(self, operation: PutEdge | MergeEdge, leaf: Leaf) -> tuple[VertexCell, VertexCell] | None:
        """Return source and target, or None when a delete of the edge or of an end overrules the operation."""
        source, target = self._vertex_cell(operation.source), self._vertex_cell(operation.target)
        for tombstone in (self._edge_tombstones.get(operation.id), source.tombstone, target.tombstone):
            if tombstone is not None and is_older(leaf, tombstone):
                self._forget_if_empty(source)
                self._forget_if_empty(target)
                return None
        return source, target

    def _new_edge(self, operation: PutEdge | MergeEdge, source: VertexCell, target: VertexCell) -> EdgeCell:
        edge = EdgeCell(operation.id, operation.type, source, target)
        for tombstone in (self._edge_tombstones.get(operation.id), source.tombstone, target.tombstone):
            edge.deleted_by(tombstone)
        return edge

    def _renew_edge(self, edge: EdgeCell, leaf: Leaf) -> None:
        was_newest = edge.newest
        take_existence(edge, leaf)
        if edge.newest is not was_newest and edge.id in self._unseen:
            self._place(edge.id)

    def _bring_in(self, edge: EdgeCell) -> None:
        self._unseen.setdefault(edge.id, []).append(edge)
        wait(edge)
        self._chores.units += self._place(edge.id) - 1

    def _find_edge(self, operation: PutEdge | MergeEdge, source: VertexCell, target: VertexCell) -> EdgeCell | None:
        for edge in self.claimants(operation.id):
            if edge.source is source and edge.target is target and edge.type == operation.type:
                return edge
        return None

    def _place_waiting(self, cell: VertexCell) -> Iterator[int]:
        noted: deque[list[EdgeCell]] = deque()
        yield from note(cell.waiting or (), noted)
        while noted:
            yield from (UNITS for _ in self._make_room(SLICE))
            for edge in noted.popleft():
                yield self._place(edge.id)

    def _place(self, id_: str) -> int:
        """Decide which edge of this id readers see: the one written last of those with both ends.

        Return of how many.
        """
        best: EdgeCell | None = None
        claimants = self.claimants(id_)
        for edge in claimants:
            if edge.source.newest is not None and edge.target.newest is not None:
                if best is None or is_older(best.newest, edge.newest):  # type: ignore[arg-type]
                    best = edge
        seen = self._edges.get(id_)
        unseen = [edge for edge in claimants if edge is not best]
        if unseen:
            self._unseen[id_] = unseen
        else:
            self._unseen.pop(id_, None)
        if seen is not best:
            if seen is not None:
                self._detach(seen)
                wait(seen)
            if best is not None:
                self._attach(best)
        return len(claimants)

    def _attach(self, edge: EdgeCell) -> None:
        stop_waiting(edge)
        self._edges[edge.id] = edge
        connect(edge)
        self._by_type.setdefault(edge.type, {})[edge] = None
        if self.changes is not None:
            self.changes.append(Change(edge, None, False))

    def _detach(self, edge: EdgeCell) -> None:
        del self._edges[edge.id]
        disconnect(edge)
        members = self._by_type[edge.type]
        del members[edge]
        if not members:
            del self._by_type[edge.type]
        if self.changes is not None:
            self.changes.append(Change(edge, None, True))

    def _delete_edge(self, id_: str, leaf: Leaf) -> None:
        tombstone = self._edge_tombstones.get(id_)
        if tombstone is not None:
            if is_older(leaf, tombstone):
                return
            tombstone.release()
        self._edge_tombstones[id_] = leaf
        leaf.holds += 1
        self._chores.add(self._kill_all(list(self.claimants(id_)), leaf))

    def _kill_all(self, edges: list[EdgeCell], tombstone: Leaf) -> Iterator[int]:
        """Take from edges what a delete (of each, or of one end) overrules; yield how much work that was."""
        for edge in edges:
            if edge.newest is not None:  # a loop hangs on both ends
                edge.deleted_by(tombstone)
                yield from self._drop_lost(edge, tombstone)
                if edge.newest is None:
                    self._remove_edge(edge)
                yield 1 + self._place(edge.id)

    def _remove_edge(self, edge: EdgeCell) -> None:
        if self._edges.get(edge.id) is edge:
            self._detach(edge)
        else:
            unseen = self._unseen[edge.id]
            unseen.remove(edge)
            if not unseen:
                del self._unseen[edge.id]
            stop_waiting(edge)
        self._forget_if_empty(edge.source)
        self._forget_if_empty(edge.target)
