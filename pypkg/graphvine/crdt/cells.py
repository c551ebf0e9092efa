"""What the state is made of: vertices, edges, and who decided each part of them.

Every property, every label and the existence of an entity is a last-writer-wins register. The register's *leaf* is the
operation that holds it. Most entities are written whole by one operation, so a cell remembers one `base` leaf for
everything and an `owners` table only for the registers that another leaf has won since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from graphvine.crdt.rivals import Rivals, judge
from graphvine.model.transaction import Order, VerifiedTransaction
from graphvine.model.values import Properties

if TYPE_CHECKING:
    from graphvine.crdt.merged import MergedProperty


# Registers that a delete takes away in one step.
PART = 128


class Entry(msgspec.Struct, eq=False):
    """A transaction inside the state.

    order: sorts entries, see `VerifiedTransaction`. overruled: places (in `transaction.leaves`) of operations that
    decide nothing any more, until the store takes them. dirty: the state's list of entries with some, each once; shared
    by all entries of a state. shown, size, term: for the store: operations whose bytes are here, about how many bytes
    that is, and what it gives to the digest.
    """

    transaction: VerifiedTransaction
    dirty: list[Entry]
    order: Order
    overruled: list[int] = []
    shown: int = 0
    size: int = 0
    term: int = 0


# Leaves and cells are msgspec structs because there are so many of them: a struct is made at a third of the cost of a
# class with an `__init__`, and one that is part of no cycle costs the garbage collector nothing.


class Leaf(msgspec.Struct, eq=False, gc=False):
    """One operation inside the state.

    place: in `transaction.leaves`. index: among all operations of the transaction, hidden ones included.
    holds: registers that it still decides; at zero its bytes may be replaced by their hash. after: what its writer had
    seen, see `crdt.rivals`.
    """

    entry: Entry
    place: int
    index: int
    holds: int = 0
    after: int = 0

    def release(self) -> None:
        """One register was lost."""
        self.holds -= 1
        if not self.holds:
            self.retire()

    def retire(self) -> None:
        """The operation decides nothing: tell the store."""
        entry = self.entry
        if not entry.overruled:
            entry.dirty.append(entry)
        entry.overruled.append(self.place)


def is_older(left: Leaf, right: Leaf) -> bool:
    """Tell whether `left` loses a register to `right`. Within one transaction the later operation wins."""
    if left.entry is right.entry:
        return left.index < right.index
    return left.entry.order < right.entry.order


# A register's name in the tables: text for a property, a tuple for a label (no property can be called that).
LabelKey = tuple[str]
Key = str | LabelKey


class EdgeCell(msgspec.Struct, eq=False):
    """An edge: its id, type and both ends are what it is; its properties are registers.

    Two edges that claim one id with another type or other ends are rivals; readers see the one written last.
    tombstone: the last delete of it or of an end that we know of.
    """

    id: str
    type: str
    source: VertexCell
    target: VertexCell
    properties: Properties = {}
    base: Leaf | None = None
    newest: Leaf | None = None
    owners: dict[Key, Leaf] | None = None
    merged: dict[str, MergedProperty] | None = None
    tombstone: Leaf | None = None
    rivals: dict[str, Rivals] | None = None

    def deleted_by(self, tombstone: Leaf | None) -> None:
        """Remember a delete of the edge or of an end."""
        if tombstone is not None and (self.tombstone is None or is_older(self.tombstone, tombstone)):
            self.tombstone = tombstone

    def __repr__(self) -> str:
        return f"EdgeCell({self.id!r}: {self.source.id!r}-[{self.type}]->{self.target.id!r})"


Adjacency = dict[str, "dict[EdgeCell, VertexCell]"]
NO_EDGES: Adjacency = {}  # shared by all vertices without edges; never changed


def _no_edges() -> Adjacency:
    return NO_EDGES


class VertexCell(msgspec.Struct, eq=False):
    """A vertex id that somebody wrote about. It exists for readers while `newest` is not None.

    labels: sorted. out, into: edge type -> edge -> the vertex at the other end; visible edges only.
    base: the operation that holds every register not in `owners`. newest: the last operation that asserts existence.
    tombstone: the last delete. waiting: edges that readers can't see, mostly because an end does not exist. merged:
    mergeable values by property name; `properties` holds what readers see of them. rivals: concurrent writes of a
    property that are kept beside its owner.
    """

    id: str
    labels: tuple[str, ...] = ()
    properties: Properties = {}
    out: Adjacency = msgspec.field(default_factory=_no_edges)
    into: Adjacency = msgspec.field(default_factory=_no_edges)
    base: Leaf | None = None
    newest: Leaf | None = None
    owners: dict[Key, Leaf] | None = None
    merged: dict[str, MergedProperty] | None = None
    tombstone: Leaf | None = None
    waiting: dict[EdgeCell, None] | None = None
    rivals: dict[str, Rivals] | None = None

    def __repr__(self) -> str:
        return f"VertexCell({self.id!r})"


Cell = VertexCell | EdgeCell


def owner_of(cell: Cell, key: Key) -> Leaf | None:
    """Return the operation that holds a register, or None when nothing newer than the last delete wrote it."""
    owners = cell.owners
    if owners is not None:
        leaf = owners.get(key)
        if leaf is not None:
            return leaf
    if type(key) is str:
        if cell.merged is not None and key in cell.merged:
            return None  # what `properties` holds was merged, not written by `base`
        return cell.base if key in cell.properties else None
    return cell.base if isinstance(cell, VertexCell) and key[0] in cell.labels else None


def take(cell: Cell, key: Key, leaf: Leaf) -> bool:
    """Let `leaf` have a register if it is newer than its owner. Tell whether it won."""
    owners = cell.owners
    owner = owners.get(key) if owners is not None else None
    if owner is None:
        owner = owner_of(cell, key)
    if owner is not None:
        if cell.rivals is None and leaf.after >= owner.entry.order[0] and is_older(owner, leaf):
            owner.release()  # what nearly always happens: its writer had seen what it replaces
        elif type(key) is str and _is_contested(cell, key, owner, leaf):
            return _contest(cell, key, owner, leaf)
        elif not is_older(owner, leaf):
            return False
        else:
            owner.release()
    if cell.owners is None:
        cell.owners = {}
    cell.owners[key] = leaf
    leaf.holds += 1
    return True


def _is_contested(cell: Cell, name: str, owner: Leaf, leaf: Leaf) -> bool:
    """Tell whether there is more to decide than which is newer: the newer write had not seen the older one."""
    if cell.rivals is not None and name in cell.rivals:
        return True
    if is_older(owner, leaf):
        return leaf.after < owner.entry.order[0]
    return owner.after < leaf.entry.order[0] and leaf is not owner


def _contest(cell: Cell, name: str, owner: Leaf, leaf: Leaf) -> bool:
    before = cell.rivals[name].kept if cell.rivals is not None and name in cell.rivals else ()
    if leaf is owner or leaf in before:
        return False
    leaf.holds += 1
    _settle(cell, name, owner, (*before, leaf))
    return cell.owners is not None and cell.owners.get(name) is leaf


def _settle(cell: Cell, name: str, owner: Leaf, others: tuple[Leaf, ...]) -> None:
    """Decide a register among its owner and others, each of which holds it once."""
    deleted = cell.tombstone.entry.order[0] if cell.tombstone is not None else 0
    winner, rivals = judge((owner, *others), deleted)
    for leaf in (owner, *others):
        if leaf is not winner and leaf not in rivals.kept:
            leaf.release()
    if winner is not owner:
        if cell.owners is None:
            cell.owners = {}
        cell.owners[name] = winner
    if rivals.kept:
        if cell.rivals is None:
            cell.rivals = {}
        cell.rivals[name] = rivals
    elif cell.rivals is not None and cell.rivals.pop(name, None) is not None and not cell.rivals:
        cell.rivals = None


def drop_rivals(cell: Cell, tombstone: Leaf) -> Iterator[int]:
    """Let go of the concurrent writes that a delete overrules, once it has overruled the owners.

    Yields how much work each register was.
    """
    for name, rivals in list((cell.rivals or {}).items()):
        for leaf in rivals.kept:
            if is_older(leaf, tombstone):
                leaf.release()
        left = tuple(leaf for leaf in rivals.kept if not is_older(leaf, tombstone))
        owner = owner_of(cell, name)
        assert cell.rivals is not None
        if owner is not None:
            _settle(cell, name, owner, left)
        else:
            del cell.rivals[name]  # all were older than their owner
            cell.rivals = cell.rivals or None
        yield 1 + len(rivals.kept)


def contested_work(cell: Cell, names: Iterable[str]) -> int:
    """Return about how many units of work it was to decide these registers among concurrent writes."""
    rivals = cell.rivals
    if rivals is None:
        return 0
    return sum(4 + len(rivals[name].kept) for name in names if name in rivals)


def take_existence(cell: Cell, leaf: Leaf) -> None:
    """Let `leaf` assert the existence of the entity if no newer operation does."""
    newest = cell.newest
    if newest is not None:
        if not is_older(newest, leaf):
            return
        newest.holds -= 1
        if not newest.holds:
            newest.retire()
    cell.newest = leaf
    leaf.holds += 1


def lost_parts(cell: Cell, tombstone: Leaf) -> Iterator[list[Key]]:
    """Yield the registers that a delete takes away, in parts, after letting go of their owners.

    The caller takes each part out of `properties`, unless the property is a mergeable value, before it asks for more.
    """
    base = cell.base if cell.base is not None and is_older(cell.base, tombstone) else None
    owners = cell.owners or {}
    labels: list[Key] = []
    if base is not None and isinstance(cell, VertexCell):
        labels += [(label,) for label in cell.labels if (label,) not in owners]
    if owners:
        for part in _parts(owners):
            lost = [key for key in part if is_older(owners[key], tombstone)]
            for key in lost:
                owners.pop(key).release()
            yield lost
    if base is not None:
        merged = cell.merged or ()
        for names in _parts(cell.properties):
            yield _released([name for name in names if name not in owners and name not in merged], base)
        yield _released(labels, base)
        cell.base = None
    if cell.newest is not None and is_older(cell.newest, tombstone):
        cell.newest.release()
        cell.newest = None


def _parts(table: Iterable[Key]) -> Iterator[list[Key]]:
    keys = list(table)
    return (keys[start : start + PART] for start in range(0, len(keys), PART))


def _released(keys: list[Key], leaf: Leaf) -> list[Key]:
    for _ in keys:
        leaf.release()
    return keys
