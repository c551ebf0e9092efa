"""What readers get: vertices, edges and changes as plain values that nothing can change under them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.crdt.exact import CONTAINERS, copy_steps, exact_properties, exact_steps, size_of
from graphvine.model.temporal import TEMPORAL_TYPES, to_python
from graphvine.model.values import Properties
from graphvine.query import results


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge, as it was when it was read.

    source, target: vertex ids.
    """

    id: str
    type: str
    source: str
    target: str
    properties: dict[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> object:
        """Return a property, or raise KeyError."""
        return self.properties[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether the edge has the property."""
        return name in self.properties

    def get(self, name: str, default: object = None) -> object:
        """Return a property, or `default`."""
        return self.properties.get(name, default)


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex, as it was when it was read.

    labels: a set of text. edges: its outgoing edges, by type.

    >>> alice = Vertex("alice", frozenset({"Person"}), {"name": "Alice"})
    >>> alice["name"], "age" in alice, alice.get("age", "?")
    ('Alice', False, '?')
    """

    id: str
    labels: frozenset[str] = frozenset()
    properties: dict[str, object] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()

    def __getitem__(self, name: str) -> object:
        """Return a property, or raise KeyError."""
        return self.properties[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether the vertex has the property."""
        return name in self.properties

    def __iter__(self) -> Iterator[str]:
        """Iterate over property names."""
        return iter(self.properties)

    def get(self, name: str, default: object = None) -> object:
        """Return a property, or `default`."""
        return self.properties.get(name, default)


@dataclass(frozen=True, slots=True)
class Path:
    """A path that a query found: vertices, and the edges between them (one less)."""

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.edges)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one vertex or edge since the last change of it that you saw.

    kind: ``vertex`` or ``edge``. change: ``put`` or ``delete``. properties: names that changed, sorted. value: what it
    is now, None when it was deleted. author: text form of the key that wrote last. is_local: written in this tab.
    """

    kind: str
    id: str
    change: str
    properties: tuple[str, ...]
    value: Vertex | Edge | None
    author: str
    is_local: bool


def read_vertex(cell: VertexCell, *, exact: bool = False) -> Vertex:
    """Return what a reader gets of a vertex. exact: values as `put` takes them, see `graphvine.crdt.exact`."""
    edges = tuple(read_edge(edge, exact=exact) for members in cell.out.values() for edge in members)
    properties = exact_properties(cell) if exact else read_properties(cell.properties)
    return Vertex(cell.id, frozenset(cell.labels), properties, edges)


# Properties and edges that are read in one step: a few milliseconds in a tab.
SLICE = 500


def weight(cell: VertexCell | EdgeCell) -> int:
    """Return how many properties, values in them and edges there are to read of a cell."""
    values = cell.properties.values()
    size = 1 + (len(values) if CONTAINERS.isdisjoint(map(type, values)) else sum(map(size_of, values)))
    return size if isinstance(cell, EdgeCell) or not cell.out else size + sum(map(len, cell.out.values()))


def read_steps(cell: VertexCell | EdgeCell, *, exact: bool = False) -> Generator[None, None, Any]:
    """Return, in steps, what a reader gets of a vertex or an edge. Nothing may be applied meanwhile."""
    properties = yield from (exact_steps(cell, SLICE) if exact else _property_steps(cell.properties))
    if isinstance(cell, EdgeCell):
        return Edge(cell.id, cell.type, cell.source.id, cell.target.id, properties)
    edges: list[Edge] = []
    size = 0
    for edge in chain.from_iterable(cell.out.values()):
        mine = weight(edge)
        size += mine
        if size > SLICE:
            size = mine
            yield
        edges.append((yield from read_steps(edge, exact=exact)) if mine > SLICE else read_edge(edge, exact=exact))
    return Vertex(cell.id, frozenset(cell.labels), properties, tuple(edges))


def read_each(
    cells: Iterable[VertexCell | EdgeCell | None], *, exact: bool = False
) -> Generator[None, None, list[Any]]:
    """Return, in steps, what a reader gets of each; None for None. Nothing may be applied meanwhile."""
    found: list[Vertex | Edge | None] = []
    size = 0
    for cell in cells:
        if cell is None:
            found.append(None)
            continue
        mine = weight(cell)
        size += mine
        if size > SLICE and found:
            size = mine
            yield
        if mine > SLICE:
            found.append((yield from read_steps(cell, exact=exact)))
        else:
            found.append(read_edge(cell, exact=exact) if type(cell) is EdgeCell else read_vertex(cell, exact=exact))  # type: ignore[arg-type]
    return found


def read_edge(cell: EdgeCell, *, exact: bool = False) -> Edge:
    """Return what a reader gets of an edge."""
    properties = exact_properties(cell) if exact else read_properties(cell.properties)
    return Edge(cell.id, cell.type, cell.source.id, cell.target.id, properties)


def read_properties(properties: Properties) -> dict[str, object]:
    """Return a copy that shares nothing mutable; temporal values become Python's own where they fit."""
    if SCALARS.issuperset(map(type, properties.values())):
        return dict(properties)
    return {name: read_value(value) for name, value in properties.items()}


def _property_steps(properties: Properties) -> Generator[None, None, dict[str, object]]:
    """Do what `read_properties` does, in steps."""
    found: dict[str, object] = {}
    size = 0
    for name, value in properties.items():
        mine = size_of(value)
        size += mine
        if size > SLICE and found:
            size = mine
            yield
        is_large = type(value) in CONTAINERS and mine > SLICE
        found[name] = (yield from copy_steps(value, read_value, SCALARS, SLICE)) if is_large else read_value(value)
    return found


def read_value(value: object, *, exact: bool = False) -> object:
    """Return what a reader gets of a value, alone or in the row of a query. exact: times as they are stored."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is list:
        if SCALARS.issuperset(map(type, value)):  # type: ignore[call-overload]
            return list(value)  # type: ignore[call-overload]
        return [read_value(element, exact=exact) for element in value]  # type: ignore[attr-defined]
    if isinstance(value, TEMPORAL_TYPES):
        return value if exact else to_python(value)
    return _read_result(value, exact)


def read_values(values: Sequence[object], *, exact: bool = False) -> Generator[None, None, Sequence[object]]:
    """Return, in steps, what a reader gets of values: the same sequence where that is what they are."""
    if SCALARS.issuperset(map(type, values)):
        return values
    return (yield from read_value_steps(values, exact=exact))


def read_value_steps(values: Iterable[object], *, exact: bool = False) -> Generator[None, None, list[object]]:
    """Return, in steps, what a reader gets of each value; a large list among them is read in several."""
    found: list[object] = []
    size = 0
    for value in values:
        mine = _weight(value)
        if size + mine > SLICE and size:
            size = 0
            yield
        size += mine
        if mine > SLICE and type(value) is list:
            found.append((yield from read_value_steps(value, exact=exact)))
        else:
            found.append(read_value(value, exact=exact))
    return found


def _weight(value: object) -> int:
    """Return about how many values there are to read in a value of a query; more than SLICE when there are many."""
    if type(value) is list:
        size = len(value)
        if size <= SLICE and not SCALARS.issuperset(map(type, value)):
            for element in value:
                size += _weight(element)
                if size > SLICE:
                    break
        return size + 1
    if isinstance(value, results.Path):
        return sum(map(_weight, value.vertices)) + sum(map(_weight, value.edges))
    if isinstance(value, (results.Vertex, results.Edge)):
        return 2 + len(value.properties)
    return sum(map(_weight, value.values())) if isinstance(value, Mapping) else 1


SCALARS: frozenset[Any] = frozenset({str, int, float, bool, bytes, type(None)})


def _read_result(value: object, exact: bool) -> object:
    """Entities and maps, which only queries return."""
    if isinstance(value, results.Vertex):
        return Vertex(value.id, frozenset(value.labels), _read_map(value.properties, exact))
    if isinstance(value, results.Edge):
        return Edge(value.id, value.type, value.source, value.target, _read_map(value.properties, exact))
    if isinstance(value, results.Path):
        return Path(
            tuple(read_value(vertex, exact=exact) for vertex in value.vertices),  # type: ignore[misc]
            tuple(read_value(edge, exact=exact) for edge in value.edges),  # type: ignore[misc]
        )
    return _read_map(value, exact) if isinstance(value, Mapping) else value


def _read_map(value: Mapping[str, object], exact: bool) -> dict[str, object]:
    if SCALARS.issuperset(map(type, value.values())):
        return dict(value)
    return {name: read_value(each, exact=exact) for name, each in value.items()}
