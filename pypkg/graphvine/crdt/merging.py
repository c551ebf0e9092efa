"""Mergeable values inside the state: what `properties` shows of them, once for each transaction that wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from graphvine.crdt.cells import Cell, Leaf
from graphvine.crdt.chores import Chores
from graphvine.crdt.kinds import KINDS
from graphvine.crdt.merged import Merged, merge_into, outlives
from graphvine.model.operation import Merge

Report = Callable[[Cell, str, object], None]


class Merging:
    """Keeps mergeable values of one state. report: is told (cell, property name, value before) of what readers see.

    stale: properties whose mergeable value has changed since `properties` last showed it. late: those of them that
    take long to show, and wait for `settle`.
    """

    def __init__(self, report: Report, chores: Chores) -> None:
        self.stale: dict[tuple[Cell, str], None] = {}
        self.late: dict[tuple[Cell, str], None] = {}
        self._report = report
        self._chores = chores

    def merge(self, cell: Cell, operation: Merge, leaf: Leaf) -> None:
        """Merge an operation into its cell, unless a plain write overrules it."""
        if merge_into(cell, operation, leaf, KINDS[operation.kind]):
            self.stale[cell, operation.name] = None

    def hides(self, cell: Cell, name: str, barrier: Leaf) -> bool:
        """Overrule what was merged before a plain write. Tell whether newer merges hide what it wrote."""
        if not outlives(cell, name, barrier, self._chores):
            return False
        self.stale[cell, name] = None
        return True

    def delete(self, cell: Cell, tombstone: Leaf) -> Iterator[int]:
        """Overrule what was merged before a delete of the entity; yield how much work each value was."""
        for name in list(cell.merged or ()):
            if outlives(cell, name, tombstone, self._chores):
                self.stale[cell, name] = None
            elif name in cell.properties:
                self._report(cell, name, cell.properties.pop(name))
            yield 1

    def show(self) -> Iterator[None]:
        """Let `properties` show every value as it is now, except those that take long."""
        stale, self.stale = self.stale, {}
        for cell, name in stale:
            value = _seen(cell, name)
            if value is None:
                continue
            if value.is_late:
                self.late[cell, name] = None
                continue
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
