"""The graph as a query that writes sees it: the state, with its own changes on top.

`Draft` looks like `GraphState` to readers. Vertices and edges that the query touches get a draft of their own, made
at the first touch and the same object ever after; what nobody touches is never copied. `draft_changes` says what
has changed at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphvine.query.fault import Fault


class _Gone(dict[str, Any]):
    """Properties of something deleted: every use is an error."""

    def get(self, *_: Any) -> Any:
        raise _gone()

    def items(self) -> Any:
        raise _gone()

    def __iter__(self) -> Iterator[str]:
        raise _gone()


def _gone(at: int = -1) -> Fault:
    message = "This vertex or edge was deleted by the query itself, so it has no properties and labels any more."
    return Fault("EntityNotFound", "DeletedEntityAccess", message, at, "runtime")


class DraftEdge:
    """An edge. cell: the one of the state, or None when it is new. was: its properties before the first change."""

    __slots__ = ("cell", "id", "is_deleted", "properties", "source", "target", "type", "was")

    def __init__(self, id_: str, type_: str, source: DraftVertex, target: DraftVertex, cell: Any) -> None:
        self.id = id_
        self.type = type_
        self.source = source
        self.target = target
        self.cell = cell
        self.is_deleted = False
        self.properties: dict[str, Any] = {} if cell is None else cell.properties
        self.was: dict[str, Any] | None = None


class DraftVertex:
    """A vertex. cell: the one of the state, or None when it is new."""

    __slots__ = (
        "_added", "_adjacency", "_draft", "_dropped", "_labels", "cell", "id", "is_deleted", "properties", "was",
    )  # fmt: skip

    def __init__(self, id_: str, cell: Any, draft: Draft) -> None:
        self.id = id_
        self.cell = cell
        self._draft = draft
        self._labels: tuple[str, ...] = () if cell is None else cell.labels
        self._adjacency: tuple[Any, Any] | None = ({}, {}) if cell is None else None
        # While nobody has looked at the adjacency: new edges and deleted ones, each with its side.
        self._added: dict[tuple[int, DraftEdge], DraftVertex] | None = None
        self._dropped: set[tuple[int, DraftEdge]] | None = None
        self.is_deleted = False
        self.properties: dict[str, Any] = {} if cell is None else cell.properties
        self.was: dict[str, Any] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Sorted."""
        if self.is_deleted:
            raise _gone()
        return self._labels

    @property
    def out(self) -> dict[str, dict[DraftEdge, DraftVertex]]:
        """Outgoing edges by type, with the vertex at the other end."""
        outgoing: dict[str, dict[DraftEdge, DraftVertex]] = self.adjacency()[0]
        return outgoing

    @property
    def into(self) -> dict[str, dict[DraftEdge, DraftVertex]]:
        """Incoming edges by type, with the vertex at the other end."""
        incoming: dict[str, dict[DraftEdge, DraftVertex]] = self.adjacency()[1]
        return incoming

    def adjacency(self) -> tuple[Any, Any]:
        """Return both sides; drafted at the first use."""
        if self._adjacency is None:
            for _ in self.drafting():
                pass
        assert self._adjacency is not None, "drafted"
        return self._adjacency

    def add_edge(self, side: int, edge: DraftEdge, other: DraftVertex) -> None:
        """Note a new edge, without drafting those that the state has. side: 0 out, 1 into."""
        if self._adjacency is not None:
            self._adjacency[side].setdefault(edge.type, {})[edge] = other
        elif self._added is None:
            self._added = {(side, edge): other}
        else:
            self._added[side, edge] = other

    def drop_edge(self, side: int, edge: DraftEdge) -> None:
        """Note that an edge is gone, without drafting the others. side: 0 out, 1 into."""
        if self._adjacency is not None:
            self._adjacency[side].get(edge.type, {}).pop(edge, None)
        elif self._added is None or self._added.pop((side, edge), None) is None:
            self._dropped = self._dropped or set()
            self._dropped.add((side, edge))

    def edges(self) -> Iterator[DraftEdge]:
        """Give the edges at both sides, without drafting more of each than is asked for."""
        draft = self._draft
        if self._adjacency is not None:
            for side in self._adjacency:
                for members in list(side.values()):
                    yield from list(members)
            return
        for cells in (*self.cell.out.values(), *self.cell.into.values()):
            for cell in list(cells):
                edge = draft.edge(cell)
                if not edge.is_deleted:
                    yield edge
        yield from [edge for _, edge in self._added or ()]

    def drafting(self) -> Iterator[None]:
        """Draft the adjacency ahead of its first use; gives None after every few edges."""
        if self._adjacency is not None:
            return
        draft, number = self._draft, 0
        sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        for side, adjacency in zip(sides, (self.cell.out, self.cell.into), strict=True):
            for type_, members in list(adjacency.items()):
                drafted = side[type_] = {}
                for edge, other in list(members.items()):
                    number += 1
                    if not number & 63:
                        yield None
                    drafted[draft.edge(edge)] = draft.vertex(other)
        for (place, new), other in (self._added or {}).items():
            sides[place].setdefault(new.type, {})[new] = other
        for place, gone in self._dropped or ():
            sides[place].get(gone.type, {}).pop(gone, None)
        self._adjacency, self._added, self._dropped = sides, None, None

    def detached(self) -> None:
        """Forget all edges: they are deleted."""
        self._adjacency, self._added, self._dropped = ({}, {}), None, None

    def has_edges(self) -> bool:
        """Tell whether there is any edge."""
        if self._adjacency is None:
            cells = sum(map(len, (*self.cell.out.values(), *self.cell.into.values())))
            if cells + len(self._added or ()) == len(self._dropped or ()):
                return False
        return next(self.edges(), None) is not None


class Draft:
    """A `GraphState` with changes on top. touched: every vertex and edge that was changed, made or deleted."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self._vertices: dict[str, DraftVertex] = {}
        self._edges: dict[str, DraftEdge] = {}
        self.touched: dict[DraftVertex | DraftEdge, None] = {}
        self.deleted_at: dict[DraftVertex, int] = {}
        self.vertices = _Vertices(self)
        self.edges = _Edges(self)
        self.by_label = _Labels(self)
        self.by_type = _Types(self)

    # -- reading ------------------------------------------------------------------------------------------------------

    def vertex(self, cell: Any) -> DraftVertex:
        """Return the draft of a vertex of the state."""
        vertex = self._vertices.get(cell.id)
        if vertex is None:
            vertex = self._vertices[cell.id] = DraftVertex(cell.id, cell, self)
        return vertex

    def edge(self, cell: Any) -> DraftEdge:
        """Return the draft of an edge of the state."""
        edge = self._edges.get(cell.id)
        if edge is None:
            edge = DraftEdge(cell.id, cell.type, self.vertex(cell.source), self.vertex(cell.target), cell)
            self._edges[cell.id] = edge
        return edge

    def find_vertex(self, id_: str) -> DraftVertex | None:
        """Return the vertex with an id, if it exists here."""
        vertex = self._vertices.get(id_)
        if vertex is None:
            cell = self.state.vertices.get(id_)
            return None if cell is None else self.vertex(cell)
        return None if vertex.is_deleted else vertex

    def find_edge(self, id_: str) -> DraftEdge | None:
        """Return the edge with an id, if it exists here."""
        edge = self._edges.get(id_)
        if edge is None:
            cell = self.state.edges.get(id_)
            return None if cell is None else self.edge(cell)
        return None if edge.is_deleted else edge

    def scan_vertices(self) -> Iterator[DraftVertex]:
        """Give every vertex that exists here: the state's, then the new ones."""
        for cell in list(self.state.vertices.values()):
            vertex = self._vertices.get(cell.id) or self.vertex(cell)
            if not vertex.is_deleted and vertex.cell is not None:
                yield vertex
        yield from [vertex for vertex in self.touched_vertices() if vertex.cell is None]

    def scan_label(self, label: str) -> Iterator[DraftVertex]:
        """Give the vertices with a label: those that had it in the state, then the others."""
        cells = self.state.by_label.get(label) or {}
        for cell in list(cells.values()):
            vertex = self._vertices.get(cell.id) or self.vertex(cell)
            if not vertex.is_deleted and label in vertex.labels:
                yield vertex
        for vertex in self.touched_vertices():
            if label in vertex.labels and (vertex.cell is None or label not in vertex.cell.labels):
                yield vertex

    def scan_edges(self, types: Iterable[str]) -> Iterator[DraftEdge]:
        """Give the edges of some types, or all edges."""
        wanted = dict.fromkeys(types)
        members = [self.state.by_type.get(type_, ()) for type_ in wanted] if wanted else [self.state.edges.values()]
        for cell in [cell for cells in members for cell in cells]:
            edge = self._edges.get(cell.id) or self.edge(cell)
            if not edge.is_deleted:
                yield edge
        for entity in list(self.touched):
            if isinstance(entity, DraftEdge) and entity.cell is None and not entity.is_deleted:
                if not wanted or entity.type in wanted:
                    yield entity

    def touched_vertices(self) -> list[DraftVertex]:
        """Return the vertices that this query has changed or made, and not deleted."""
        return [entity for entity in self.touched if isinstance(entity, DraftVertex) and not entity.is_deleted]

    def touched_edges(self) -> list[DraftEdge]:
        """Return the edges that this query has changed or made, and not deleted."""
        return [entity for entity in self.touched if isinstance(entity, DraftEdge) and not entity.is_deleted]

    # -- writing ------------------------------------------------------------------------------------------------------

    def create_vertex(self, id_: str, labels: Iterable[str], properties: dict[str, Any], at: int = -1) -> DraftVertex:
        """Add a vertex. at: where the query says so; so everywhere here."""
        if self.find_vertex(id_) is not None:
            message = f"There is a vertex with the id {id_[:60]!r} already."
            raise Fault("ConstraintValidationFailed", "CreateBlockedByConstraint", message, at, "runtime")
        vertex = DraftVertex(id_, None, self)
        vertex.properties = properties
        self._vertices[id_] = vertex
        self.touched[vertex] = None
        self.add_labels(vertex, labels)
        return vertex

    def create_edge(
        self, id_: str, type_: str, source: DraftVertex, target: DraftVertex, properties: dict[str, Any], at: int = -1
    ) -> DraftEdge:
        """Add an edge."""
        if self.find_edge(id_) is not None:
            message = f"There is an edge with the id {id_[:60]!r} already."
            raise Fault("ConstraintValidationFailed", "CreateBlockedByConstraint", message, at, "runtime")
        if source.is_deleted or target.is_deleted:
            raise Fault("EntityNotFound", "DeletedEntityAccess", "An end of the edge was deleted.", at, "runtime")
        edge = DraftEdge(id_, type_, source, target, None)
        edge.properties = properties
        self._edges[id_] = edge
        self.touched[edge] = None
        source.add_edge(0, edge, target)
        target.add_edge(1, edge, source)
        return edge

    def own_properties(self, entity: DraftVertex | DraftEdge, at: int = -1) -> dict[str, Any]:
        """Return the properties of a vertex or edge to change them."""
        if entity.is_deleted:
            raise _gone(at)
        self.touched[entity] = None
        if entity.cell is not None and entity.was is None:
            entity.was = dict(entity.properties)
            entity.properties = dict(entity.properties)
        return entity.properties

    def add_labels(self, vertex: DraftVertex, labels: Iterable[str]) -> None:
        """Give a vertex labels."""
        fresh = [label for label in labels if label not in vertex.labels]
        if fresh:
            self._set_labels(vertex, (*vertex.labels, *fresh))

    def remove_labels(self, vertex: DraftVertex, labels: Iterable[str]) -> None:
        """Take labels from a vertex."""
        lost = [label for label in labels if label in vertex.labels]
        if lost:
            self._set_labels(vertex, tuple(label for label in vertex.labels if label not in lost))

    def _set_labels(self, vertex: DraftVertex, labels: tuple[str, ...]) -> None:
        self.touched[vertex] = None
        vertex._labels = tuple(sorted(dict.fromkeys(labels)))

    def delete_edge(self, edge: DraftEdge) -> None:
        """Delete an edge; nothing happens when it is deleted already."""
        if edge.is_deleted:
            return
        edge.source.drop_edge(0, edge)
        edge.target.drop_edge(1, edge)
        edge.is_deleted = True
        edge.properties = _Gone()
        self.touched[edge] = None

    def edges_of(self, vertex: DraftVertex) -> Iterator[DraftEdge]:
        """Give the edges of a vertex that go with it; none when it is deleted already."""
        return iter(()) if vertex.is_deleted else vertex.edges()

    def delete_vertex(self, vertex: DraftVertex, *, is_detach: bool, at: int = -1) -> None:
        """Delete a vertex; its edges too, if `is_detach`. `check` finds edges that are left, and says `at`."""
        if vertex.is_deleted:
            return
        if is_detach:
            for edge in self.edges_of(vertex):
                self.delete_edge(edge)
            vertex.detached()
        vertex.is_deleted = True
        vertex.properties = _Gone()
        self.touched[vertex] = None
        self.deleted_at[vertex] = at


class _View:
    """What readers use of the dicts of a state."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft


class _Vertices(_View):
    """``draft.vertices``."""

    def get(self, id_: str) -> DraftVertex | None:
        return self._draft.find_vertex(id_)

    def values(self) -> Iterator[DraftVertex]:
        return self._draft.scan_vertices()

    def __len__(self) -> int:
        return sum(1 for _ in self._draft.scan_vertices())


class _Edges(_View):
    """``draft.edges``."""

    def get(self, id_: str) -> DraftEdge | None:
        return self._draft.find_edge(id_)

    def values(self) -> Iterator[DraftEdge]:
        return self._draft.scan_edges(())

    def __len__(self) -> int:
        return sum(1 for _ in self._draft.scan_edges(()))


class _Labels(_View):
    """``draft.by_label``: only what procedures use."""

    def __getitem__(self, label: str) -> dict[str, DraftVertex]:
        return {vertex.id: vertex for vertex in self._draft.scan_label(label)}

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(self._draft.state.by_label)
        for vertex in self._draft.touched_vertices():
            names |= dict.fromkeys(vertex.labels)
        return (name for name in sorted(names) if next(self._draft.scan_label(name), None) is not None)


class _Types(_View):
    """``draft.by_type``: only what procedures use."""

    def __getitem__(self, type_: str) -> dict[DraftEdge, None]:
        return dict.fromkeys(self._draft.scan_edges((type_,)))

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(self._draft.state.by_type)
        names |= {edge.type: None for edge in self._draft.touched if isinstance(edge, DraftEdge)}
        return (name for name in sorted(names) if next(self._draft.scan_edges((name,)), None) is not None)
