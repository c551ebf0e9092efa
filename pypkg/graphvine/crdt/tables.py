"""The tables of a state, which is how readers come in: mergeable values are shown when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from graphvine.crdt.cells import Cell, EdgeCell, Leaf, VertexCell
from graphvine.crdt.chores import Chores
from graphvine.crdt.growth import grow_apart
from graphvine.crdt.labels import Labels
from graphvine.crdt.merging import Merging, Report


class Tables:
    """Vertices and edges by what readers ask for.

    merging: the mergeable values in them. chores: what is left to do of an operation. vertex_cells: `vertices`, for
    whoever does not look at what mergeable values show.
    """

    def __init__(self, report: Report) -> None:
        self.vertex_cells: dict[str, VertexCell] = {}
        self._edges: dict[str, EdgeCell] = {}
        self._by_type: dict[str, dict[EdgeCell, None]] = {}
        self._ghosts: dict[str, VertexCell] = {}
        self._unseen: dict[str, list[EdgeCell]] = {}
        self._edge_tombstones: dict[str, Leaf] = {}
        self._labels = Labels()
        self._chores = Chores()
        self._merging = Merging(report, self._chores)

    @property
    def vertices(self) -> dict[str, VertexCell]:
        """Vertices that exist, by id."""
        if self._merging.waiting:
            self._show_waiting()
        return self.vertex_cells

    @property
    def edges(self) -> dict[str, EdgeCell]:
        """Edges that are visible, by id."""
        if self._merging.waiting:
            self._show_waiting()
        return self._edges

    @property
    def by_label(self) -> dict[str, dict[str, VertexCell]]:
        """Vertices by label and id."""
        if self._merging.waiting:
            self._show_waiting()
        return self._labels.by_label

    @property
    def by_type(self) -> dict[str, dict[EdgeCell, None]]:
        """Edges by type."""
        if self._merging.waiting:
            self._show_waiting()
        return self._by_type

    def cell_at(self, id_: str, ends: tuple[str, str, str] | None = None) -> Cell | None:
        """Return a vertex, or the edge with these (type, source, target), seen or not; None when there is nothing."""
        if self._merging.waiting:
            self._show_waiting()
        return self.find(id_, ends)

    def find(self, id_: str, ends: tuple[str, str, str] | None = None) -> Cell | None:
        """Return what `cell_at` returns, for whoever does not look at what mergeable values show."""
        if ends is None:
            return self.vertex_cells.get(id_) or self._ghosts.get(id_)
        for edge in self.claimants(id_):
            if (edge.type, edge.source.id, edge.target.id) == ends:
                return edge
        return None

    def claimants(self, id_: str) -> list[EdgeCell]:
        """Return every edge, seen or not, that has this id."""
        seen = self._edges.get(id_)
        unseen = self._unseen.get(id_, [])
        return unseen if seen is None else [seen, *unseen]

    def edge_tombstone(self, id_: str) -> Leaf | None:
        """Return the last delete of an edge id, known or not."""
        return self._edge_tombstones.get(id_)

    def _make_room(self, count: int) -> Iterator[None]:
        """Let the tables grow that would with so many more entries, in steps."""
        main = (self.vertex_cells, self._ghosts, self._edges, self._unseen)
        return grow_apart(main, chain(self._by_type.values(), self._labels.by_label.values()), count)

    def _show_waiting(self) -> None:
        """Show the few values that waited until somebody looks."""
        raise NotImplementedError
