"""Which vertices have which label, and one tuple for each set of labels in use."""

from __future__ import annotations

from graphvine.crdt.cells import VertexCell

# Sets of labels remembered so that vertices share them.
MAX_LABEL_SETS = 4_096

ByLabel = dict[str, dict[str, VertexCell]]


class Labels:
    """by_label: label -> id -> vertex, of the vertices that exist."""

    def __init__(self) -> None:
        self.by_label: ByLabel = {}
        # A memo that may be emptied at any time.
        self._sets: dict[tuple[str, ...], tuple[str, ...]] = {}

    def shared(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Return one tuple for equal labels, to save memory."""
        known = self._sets.get(labels)
        if known is None:
            if len(self._sets) >= MAX_LABEL_SETS:
                self._sets.clear()
            known = self._sets[labels] = labels
        return known

    def add(self, cell: VertexCell) -> None:
        """File a vertex under the labels that it has."""
        by_label = self.by_label
        for label in cell.labels:
            members = by_label.get(label)
            if members is None:
                members = by_label[label] = {}
            members[cell.id] = cell

    def remove(self, cell: VertexCell, labels: tuple[str, ...]) -> None:
        """Forget a vertex under these labels, where it is filed."""
        for label in labels:
            members = self.by_label.get(label)
            if members is not None and members.pop(cell.id, None) is not None and not members:
                del self.by_label[label]

    def move(self, cell: VertexCell, before: tuple[str, ...]) -> None:
        """File a vertex under its labels; it was filed under those `before`."""
        self.remove(cell, tuple(label for label in before if label not in cell.labels))
        self.add(cell)
