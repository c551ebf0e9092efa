"""What a query reads of the graph, and which of it a change touches.

An interest is a small tuple. Every change maps to a handful of them, so asking a table of interests tells at once which
live queries a change could concern, however many there are. Where a query says more about a vertex or edge than the
name of a property (a label, the type of an edge at it), the interest is narrowed by a *tag*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.tree import (
    Call,
    CallProcedure,
    EdgePattern,
    Element,
    Expr,
    HasLabels,
    Item,
    MapOf,
    MapProjection,
    PathPattern,
    Projection,
    PropertyOf,
    Query,
    Variable,
    VertexPattern,
)

Interest = tuple[str, ...]
Tags = tuple[str, ...]

EVERYTHING: Interest = ("everything",)
VERTICES: Interest = ("vertices",)
ALL_TYPES: Interest = ("types",)
# What these are told about an entity never changes while it exists.
_CONSTANT = frozenset(("count", "id", "elementid", "type", "exists", "startnode", "endnode", "length", "size"))
_WHOLE = frozenset(("properties", "keys"))


def interests_of(query: Query) -> frozenset[Interest]:
    """Return what a bound query reads."""
    return frozenset(_Reader(query).read(query))


class _Reader:
    """Walks over a query. tags: by slot, what is known of the vertices and edges that it can hold."""

    def __init__(self, query: Query) -> None:
        self.tags: dict[int, Tags] = {}
        self._collect_tags(query)

    def _collect_tags(self, part: object) -> None:
        if isinstance(part, PathPattern):
            for number, vertex in enumerate(part.vertices):
                self._tag_vertex(vertex, part.edges[max(number - 1, 0) : number + 1])
            for edge in part.edges:
                if not edge.is_bound and edge.types and edge.length is None:
                    self.tags.setdefault(edge.slot, tuple(f"-{type_}" for type_ in edge.types))
        for inner in _inside(part):
            self._collect_tags(inner)

    def _tag_vertex(self, vertex: VertexPattern, edges: list[EdgePattern]) -> None:
        """Only the pattern that brings a variable says what it can hold."""
        if vertex.is_bound or vertex.slot in self.tags:
            return
        if vertex.labels:
            self.tags[vertex.slot] = (f":{vertex.labels[0]}",)
            return
        for edge in edges:
            if edge.types and (edge.length is None or edge.length[0] > 0):
                self.tags[vertex.slot] = tuple(f"-{type_}" for type_ in edge.types)
                return

    def read(self, part: object) -> Iterator[Interest]:
        """Give the interests of a part of the query."""
        if isinstance(part, (PropertyOf, HasLabels)):
            yield from self._looked_up(part)
            if isinstance(part.base if isinstance(part, PropertyOf) else part.operand, Variable):
                return
        reader = _READERS.get(type(part))
        if reader is not None:
            yield from reader(self, part)
        for inner in _inside(part):
            yield from self.read(inner)

    def _tagged(self, expr: Expr, *interest: str) -> Iterator[Interest]:
        tags = self.tags.get(expr.slot) if isinstance(expr, Variable) else None
        if tags is None:
            yield interest
        else:
            yield from ((*interest, tag) for tag in tags)

    def _looked_up(self, part: PropertyOf | HasLabels) -> Iterator[Interest]:
        if isinstance(part, HasLabels):
            yield from (("label", label) for label in part.labels)
        elif part.name != ID_PROPERTY:
            yield from self._tagged(part.base, "property", part.name)

    def pattern(self, pattern: PathPattern) -> Iterator[Interest]:
        """Edges bring their ends: a vertex alone only matters where it can match without any edge."""
        needs_edge = any(edge.length is None or edge.length[0] > 0 for edge in pattern.edges)
        for vertex in pattern.vertices:
            yield from (("label", label) for label in vertex.labels)
            if not vertex.labels and not needs_edge:
                yield VERTICES
        for part in pattern.parts():
            if isinstance(part.properties, MapOf):
                variable = Variable("", part.slot)
                for name, _ in part.properties.entries:
                    yield from self._tagged(variable, "property", name)
        for edge in pattern.edges:
            yield from (("type", type_) for type_ in edge.types)
            if not edge.types:
                yield ALL_TYPES

    def _whole(self, expr: Expr) -> Iterator[Interest]:
        yield from self._tagged(expr, "properties")
        yield from self._tagged(expr, "labels")

    def item(self, part: Item) -> Iterator[Interest]:
        """A whole vertex or edge that is shown is read with all that it has."""
        if isinstance(part.expression, Variable):
            yield from self._whole(part.expression)

    def call(self, part: Call) -> Iterator[Interest]:
        """So is one that is handed to a function."""
        name = part.name.lower()
        for argument in part.arguments:
            if name == "labels":
                yield from self._tagged(argument, "labels")
            elif name in _WHOLE:
                yield from self._tagged(argument, "properties")
            elif name not in _CONSTANT and isinstance(argument, Variable):
                yield from self._whole(argument)

    def element(self, part: Element) -> Iterator[Interest]:
        """``n[expression]`` can be any property."""
        yield from self._tagged(part.base, "properties")

    def projection(self, part: Projection) -> Iterator[Interest]:
        """``*`` shows everything."""
        if part.has_star:
            yield from (("properties",), ("labels",))

    def map_projection(self, part: MapProjection) -> Iterator[Interest]:
        """``n {.name}`` reads one property, ``n {.*}`` all."""
        for name, value in part.entries:
            if name == "." and isinstance(value, str):
                yield from self._tagged(part.base, "property", value)
            elif isinstance(value, str):
                yield from self._tagged(part.base, "properties")
            elif isinstance(value, Variable):
                yield from self._whole(value)

    def everything(self, _part: CallProcedure) -> Iterator[Interest]:
        """A procedure may look at anything."""
        yield EVERYTHING


_READERS: dict[type, Callable[[_Reader, Any], Iterator[Interest]]] = {
    PathPattern: _Reader.pattern,
    Item: _Reader.item,
    Call: _Reader.call,
    Element: _Reader.element,
    Projection: _Reader.projection,
    MapProjection: _Reader.map_projection,
    CallProcedure: _Reader.everything,
}


def _inside(part: object) -> Iterator[object]:
    if isinstance(part, (list, tuple)):
        yield from part
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            if field.compare:
                yield getattr(part, field.name)


def sign_of(change: Any) -> tuple[Any, ...]:
    """Return what `touched_by` depends on: of thousands of changes at once, few have different signs."""
    cell, key = change.cell, change.key
    if hasattr(cell, "target"):
        return key, cell.type
    if key is None:
        return None, cell.labels
    return key, cell.labels, tuple(cell.out), tuple(cell.into)


def touched_by(change: Any) -> list[Interest]:
    """Return the interests that a change of the state touches.

    change: a `crdt.graph.Change`: a cell, the key of what changed (None: existence), and the value before.
    """
    cell, key = change.cell, change.key
    is_edge = hasattr(cell, "target")
    if key is None:
        if is_edge:
            return [("type", cell.type), ALL_TYPES, EVERYTHING]
        return [VERTICES, EVERYTHING, *[("label", label) for label in cell.labels]]
    if is_edge:
        tags = [f"-{cell.type}"]
    else:
        tags = [f":{label}" for label in cell.labels]
        tags += [f"-{type_}" for type_ in dict.fromkeys((*cell.out, *cell.into))]
    if type(key) is str:
        found: list[Interest] = [("property", key), ("properties",), EVERYTHING]
        found += [("property", key, tag) for tag in tags]
        return found + [("properties", tag) for tag in tags]
    return [("label", key[0]), ("labels",), EVERYTHING, *[("labels", tag) for tag in tags]]
