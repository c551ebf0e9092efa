"""Mergeable values inside the state: what `properties` shows of them, at the latest when somebody looks.

While nobody listens to changes, a few small values may wait until somebody reads the state: of a thousand edits of one
map that come one after the other, its readers see the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from graphvine.crdt.cells import Cell, Leaf
from graphvine.crdt.chores import Chores
from graphvine.crdt.kinds import KINDS
from graphvine.crdt.merged import Merged, merge_into, outlives
from graphvine.model.operation import TEXT, Merge, merge_units

# How many values may wait to be shown, and of how many registers each: all of them are shown in one step.
MAX_WAITING = 4
MAX_WAITING_REGISTERS = 16_384

Report = Callable[[Cell, str, object], None]


class Merging:
    """Keeps mergeable values of one state. report: is told (cell, property name, value before) of what readers see.

    stale: properties whose mergeable value has changed since `properties` last showed it. late: those of them that
    take long to show, and wait for `settle`. waiting: what transactions that are in made stale, and nobody has looked
    at. is_urgent: what is stale can't wait.
    """

    def __init__(self, report: Report, chores: Chores) -> None:
        self.stale: dict[tuple[Cell, str], None] = {}
        self.late: dict[tuple[Cell, str], None] = {}
        self.waiting: dict[tuple[Cell, str], None] = {}
        self.is_urgent = False
        self._report = report
        self._chores = chores

    def merge(self, cell: Cell, operation: Merge, leaf: Leaf) -> None:
        """Merge an operation into its cell, unless a plain write overrules it."""
        merged = merge_into(cell, operation, leaf, KINDS[operation.kind])
        if merged is not None:
            self.stale[cell, operation.name] = None
            if operation.kind != TEXT:
                self._chores.units += merge_units(operation.body)
            if len(merged.owners) > MAX_WAITING_REGISTERS or operation.kind == TEXT:
                self.is_urgent = True

    def hides(self, cell: Cell, name: str, barrier: Leaf) -> bool:
        """Overrule what was merged before a plain write. Tell whether newer merges hide what it wrote."""
        if not outlives(cell, name, barrier, self._chores):
            return False
        self.stale[cell, name] = None
        self.is_urgent = True
        return True

    def delete(self, cell: Cell, tombstone: Leaf) -> Iterator[int]:
        """Overrule what was merged before a delete of the entity; yield how much work each value was."""
        for name in list(cell.merged or ()):
            if outlives(cell, name, tombstone, self._chores):
                self.stale[cell, name] = None
                self.is_urgent = True
            elif name in cell.properties:
                self._report(cell, name, cell.properties.pop(name))
            yield 1

    def put_off(self) -> bool:
        """Let what is stale wait until somebody looks, if it may. Tell whether it may."""
        if self.is_urgent or len(self.stale) > MAX_WAITING:
            return False
        self.waiting.update(self.stale)
        self.stale.clear()
        return len(self.waiting) <= MAX_WAITING

    def show(self) -> Iterator[None]:
        """Let `properties` show every value as it is now, except those that take long."""
        stale = {**self.waiting, **self.stale}
        self.waiting, self.stale, self.is_urgent = {}, {}, False
        for cell, name in stale:
            value = _seen(cell, name)
            if value is None:
                continue
            if value.is_late:
                self.late[cell, name] = None
                continue
            yield from value.prepare()
            self._show(cell, name, value)
            yield

    def weight(self) -> int:
        """Return how much the next `settle` has to do, in bytes."""
        value = _seen(*next(iter(self.late)))
        return 0 if value is None else value.weight

    def settle(self) -> Iterator[None]:
        """Show the value that has been late longest, in steps. Nothing may be merged meanwhile."""
        cell, name = next(iter(self.late))
        del self.late[cell, name]
        value = _seen(cell, name)
        if value is not None:
            yield from value.build()
            self._show(cell, name, value)
            yield

    def _show(self, cell: Cell, name: str, value: Merged) -> None:
        old, new = cell.properties.get(name), value.view()
        cell.properties[name] = new  # type: ignore[assignment]  # a map is no value that can be put
        if old is not new and (old != new or type(old) is not type(new)):
            self._report(cell, name, old)


def _seen(cell: Cell, name: str) -> Merged | None:
    """Return the value that readers see, if it is still there."""
    shared = cell.merged and cell.merged.get(name)
    return shared.seen()[1] if shared else None
