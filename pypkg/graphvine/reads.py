"""What a graph's verbs for reading do: vertices and edges, one by one or all, as readers or as writers want them."""

from __future__ import annotations

from graphvine.crdt.graph import GraphState
from graphvine.model.ids import check_id
from graphvine.peer.driver import Driver
from graphvine.peer.tasks import read
from graphvine.vertex import SLICE, Edge, Vertex, read_each, read_edge, read_steps, read_vertex, weight


class GraphReads:
    """What is in a graph."""

    _state: GraphState
    _driver: Driver

    async def _readable(self) -> None:
        raise NotImplementedError

    async def get(self, vertex: str, *, exact: bool = False) -> Vertex | None:
        """Return a vertex with its outgoing edges, or None.

        exact, here and below: values as `put` takes them back: mergeable ones as `Counter`, `Set` ..., dates and times
        as they are stored (`graphvine.model.temporal`), with nanoseconds and names of zones.
        """
        check_id("A vertex id", vertex)
        await self._readable()
        cell = self._state.vertices.get(vertex)
        if cell is None or weight(cell) <= SLICE:
            return None if cell is None else read_vertex(cell, exact=exact)
        return await read(self._driver, read_steps(cell, exact=exact))

    async def get_edge(self, edge: str, *, exact: bool = False) -> Edge | None:
        """Return an edge by its id, or None."""
        check_id("An edge id", edge)
        await self._readable()
        cell = self._state.edges.get(edge)
        if cell is None or weight(cell) <= SLICE:
            return None if cell is None else read_edge(cell, exact=exact)
        return await read(self._driver, read_steps(cell, exact=exact))

    async def vertices(self, label: str | None = None, *, exact: bool = False) -> list[Vertex]:
        """Return all vertices, or those with a label, in no particular order."""
        await self._readable()
        cells = self._state.vertices if label is None else self._state.by_label.get(label, {})
        return await read(self._driver, read_each(cells.values(), exact=exact))

    async def edges(self, type: str | None = None, *, exact: bool = False) -> list[Edge]:
        """Return all edges, or those of a type, in no particular order."""
        await self._readable()
        cells = self._state.edges.values() if type is None else self._state.by_type.get(type, {})
        return await read(self._driver, read_each(cells, exact=exact))
