"""Mergeable values: what concurrent writers said is joined, instead of one of them winning.

One value is identified by its entity, the name of its property and its kind, so two people who begin the same counter
offline share it. Inside, a value is made of last-writer-wins registers of its own (one for each writer of a counter,
one for each element of a set ...), held by leaves exactly as properties are. One more, `newest`, is written by
every operation: it says that the value is there.

A plain write (or removal) of the property is a *barrier*: it overrules every older operation of every kind, and keeps
holding the register of the property so that older operations that come late are overruled too. So of the operations
left, all are newer than the barrier. Readers see the kind whose `newest` is newest; kinds never mix.

A kind is a subclass of `Merged` (see `crdt.kinds`): `apply` says which registers a body writes, `view` what readers
see.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING

from graphvine.codec.operations import decode_own_operation
from graphvine.crdt.cells import Cell, Leaf, is_older, owner_of
from graphvine.crdt.chores import Chores
from graphvine.model.operation import Merge, MergeEdge, MergeVertex

if TYPE_CHECKING:
    from graphvine.model.values import Visible

# Registers that are let go of in one step.
DROP = 128


class Merged:
    """One mergeable value of one kind. Kept up to date operation by operation, never built anew.

    newest: its last operation. owners: its registers, and who holds each.
    """

    __slots__ = ("_oldest", "newest", "owners")

    def __init__(self) -> None:
        self.newest: Leaf | None = None
        self.owners: dict[Hashable, Leaf] = {}
        self._oldest: Leaf | None = None  # nothing that holds a register is older

    # -- for a kind to define -----------------------------------------------------------------------------------------

    def apply(self, body: bytes, leaf: Leaf) -> None:
        """Write the registers that a checked body names: each one that `win` grants."""
        raise NotImplementedError

    def dropped(self, gone: dict[Hashable, Leaf]) -> None:
        """Forget these registers: a barrier or a delete has overruled those who held them. There may be more."""
        raise NotImplementedError

    def view(self) -> Visible:
        """Return what readers and Cypher see: plain, and never changed afterwards."""
        raise NotImplementedError

    def bar(self, barrier: Leaf, name: str) -> None:
        """Hear of the plain write or delete that this value, a property called `name`, is newer than."""

    def prepare(self) -> Iterator[None]:
        """Do, in steps, what would take long in `view`. Nothing may be merged meanwhile."""
        return iter(())

    def let_go(self) -> Iterator[int]:
        """Forget, in steps, what is large in it: nobody needs it any more. Yields how much work each was."""
        return iter(())

    @property
    def is_late(self) -> bool:
        """Whether `view` is behind, because catching up takes long: see `build`."""
        return False

    @property
    def weight(self) -> int:
        """How much `build` has to do, in bytes."""
        return 0

    def build(self) -> Iterator[None]:
        """Catch up, in steps."""
        return iter(())

    # -- for a kind to use --------------------------------------------------------------------------------------------

    def win(self, key: Hashable, leaf: Leaf) -> bool:
        """Let `leaf` have a register if it is newer than its owner. Tell whether it won."""
        owner = self.owners.get(key)
        if owner is not None:
            # Nothing that holds a register is newer than `newest`.
            if owner is leaf or (leaf is not self.newest and not is_older(owner, leaf)):
                return False
            owner.holds -= 1
            if not owner.holds:
                owner.retire()
        self.owners[key] = leaf
        leaf.holds += 1
        return True

    # -- for the state ------------------------------------------------------------------------------------------------

    def merge(self, body: bytes, leaf: Leaf) -> None:
        """Take in an operation that no barrier overrules."""
        newest = self.newest
        if newest is not None and is_older(newest, leaf):  # what nearly always happens; so it is not the oldest
            newest.holds -= 1
            if not newest.holds:
                newest.retire()
            self.newest = leaf
            leaf.holds += 1
        else:
            if newest is None:
                self.newest = leaf
                leaf.holds += 1
            if self._oldest is None or is_older(leaf, self._oldest):
                self._oldest = leaf
        self.apply(body, leaf)

    def is_newer(self, barrier: Leaf) -> bool:
        """Tell whether anything is left of it once `barrier` has overruled what is older."""
        return self.newest is not None and not is_older(self.newest, barrier)

    def drop_older(self, barrier: Leaf) -> Iterator[int]:
        """Let go of every operation older than `barrier`, in steps; yield how much work each was."""
        if self._oldest is None or not is_older(self._oldest, barrier):
            return
        self._oldest = barrier
        if self.newest is not None and is_older(self.newest, barrier):
            self.newest.release()
            self.newest = None
        keys = list(self.owners)
        for start in range(0, len(keys), DROP):
            part = keys[start : start + DROP]
            gone = {key: leaf for key in part if is_older(leaf := self.owners[key], barrier)}
            for key, leaf in gone.items():
                del self.owners[key]
                leaf.release()
            if gone and self.newest is not None:
                self.dropped(gone)
            yield len(part)
        if self.newest is None:
            yield from self.let_go()


class MergedProperty:
    """The mergeable values that share one property name: nearly always one."""

    __slots__ = ("kinds",)

    def __init__(self) -> None:
        self.kinds: dict[int, Merged] = {}

    def drop_older(self, barrier: Leaf, chores: Chores) -> bool:
        """Let go of every operation older than `barrier`. Tell whether anything is left."""
        for merged in self.kinds.values():
            chores.add(merged.drop_older(barrier))
        self.kinds = {kind: merged for kind, merged in self.kinds.items() if merged.is_newer(barrier)}
        return bool(self.kinds)

    def seen(self) -> tuple[int, Merged]:
        """Return the value that readers see, and its kind: the one written last."""
        best: tuple[int, Merged] | None = None
        for kind, merged in self.kinds.items():
            if best is None or is_older(best[1].newest, merged.newest):  # type: ignore[arg-type]
                best = kind, merged
        assert best is not None, "an empty MergedProperty is forgotten at once"
        return best


def merge_into(cell: Cell, operation: Merge, leaf: Leaf, make: Callable[[], Merged]) -> Merged | None:
    """Merge an operation into its cell. Return the value if the operation counts. make: a new value of its kind."""
    name = operation.name
    barrier = owner_of(cell, name)
    if barrier is not None and is_older(leaf, barrier):
        return None
    if cell.merged is None:
        cell.merged = {}
    shared = cell.merged.get(name)
    if shared is None:
        if barrier is not None and barrier is cell.base:
            # From now on `properties` holds what is merged, so the barrier must be named.
            cell.owners = {} if cell.owners is None else cell.owners
            cell.owners[name] = barrier
        shared = cell.merged[name] = MergedProperty()
    merged = shared.kinds.get(operation.kind)
    if merged is None:
        merged = shared.kinds[operation.kind] = make()
        if barrier is not None:
            merged.bar(barrier, name)
    merged.merge(operation.body, leaf)
    return merged


def outlives(cell: Cell, name: str, barrier: Leaf, chores: Chores) -> bool:
    """Overrule what was merged into a property before `barrier` wrote it. Tell whether newer operations are left.

    chores: gets what takes long, which ends before the next operation.
    """
    merged = cell.merged and cell.merged.get(name)
    if not merged:
        return False
    if merged.drop_older(barrier, chores):
        for each in merged.kinds.values():
            each.bar(barrier, name)
        return True
    forget(cell, name)
    return False


def forget(cell: Cell, name: str) -> None:
    """Forget a property's mergeable values, of which nothing is left."""
    assert cell.merged is not None
    del cell.merged[name]
    if not cell.merged:
        cell.merged = None


def value_of(cell: Cell | None, name: str, kind: int) -> Merged | None:
    """Return the mergeable value of one kind in a property, if there is one."""
    shared = cell.merged.get(name) if cell is not None and cell.merged is not None else None
    return None if shared is None else shared.kinds.get(kind)


def body_of(leaf: Leaf) -> bytes:
    """Return the body of the merge operation that a leaf stands for."""
    operation = decode_own_operation(leaf.entry.transaction.leaves[leaf.place])
    assert isinstance(operation, (MergeVertex, MergeEdge))
    return operation.body
