"""What a query reads of the graph, and which of it a change touches.

An interest is a small tuple. Every change maps to at most a handful of them, so asking a table of interests tells at
once which live queries a change could concern, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.tree import (
    Call,
    CallProcedure,
    Element,
    HasLabels,
    Item,
    MapOf,
    MapProjection,
    PathPattern,
    Projection,
    PropertyOf,
    Query,
    Variable,
)

Interest = tuple[str, ...]

EVERYTHING: Interest = ("everything",)
VERTICES: Interest = ("vertices",)
ALL_LABELS: Interest = ("labels",)
ALL_TYPES: Interest = ("types",)
ALL_PROPERTIES: Interest = ("properties",)
# What these are told about an entity never changes while it exists.
_CONSTANT = frozenset(("count", "id", "elementid", "type", "exists", "startnode", "endnode", "length", "size"))
_WHOLE = frozenset(("properties", "keys"))


def interests_of(query: Query) -> frozenset[Interest]:
    """Return what a bound query reads."""
    return frozenset(_read(query))


def _read(part: object) -> Iterator[Interest]:
    if isinstance(part, (PropertyOf, HasLabels)):
        yield from _looked_up(part)
        if isinstance(part.base if isinstance(part, PropertyOf) else part.operand, Variable):
            return
    reader = _READERS.get(type(part))
    if reader is not None:
        yield from reader(part)
    yield from _inside(part)


def _looked_up(part: PropertyOf | HasLabels) -> Iterator[Interest]:
    if isinstance(part, HasLabels):
        yield from (("label", label) for label in part.labels)
    elif part.name != ID_PROPERTY:
        yield ("property", part.name)


def _inside(part: object) -> Iterator[Interest]:
    if isinstance(part, (list, tuple)):
        for element in part:
            yield from _read(element)
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            if field.compare:
                yield from _read(getattr(part, field.name))


def _pattern(pattern: PathPattern) -> Iterator[Interest]:
    """Edges bring their ends: a vertex alone only matters where it can match without any edge."""
    needs_edge = any(edge.length is None or edge.length[0] > 0 for edge in pattern.edges)
    for vertex in pattern.vertices:
        yield from (("label", label) for label in vertex.labels)
        if not vertex.labels and not needs_edge:
            yield VERTICES
    for part in pattern.parts():
        if isinstance(part.properties, MapOf):
            yield from (("property", name) for name, _ in part.properties.entries)
    for edge in pattern.edges:
        yield from (("type", type_) for type_ in edge.types)
        if not edge.types:
            yield ALL_TYPES


def _shown(part: Item | Call) -> Iterator[Interest]:
    """A whole vertex or edge that is shown, or handed to a function, is read with all that it has."""
    if isinstance(part, Item):
        if isinstance(part.expression, Variable):
            yield from (ALL_PROPERTIES, ALL_LABELS)
        return
    name = part.name.lower()
    if name == "labels":
        yield ALL_LABELS
    elif name in _WHOLE:
        yield ALL_PROPERTIES
    elif name not in _CONSTANT and any(isinstance(argument, Variable) for argument in part.arguments):
        yield from (ALL_PROPERTIES, ALL_LABELS)


def _dynamic(part: Element | Projection) -> Iterator[Interest]:
    if isinstance(part, Element):
        yield ALL_PROPERTIES
    elif part.has_star:
        yield from (ALL_PROPERTIES, ALL_LABELS)


def _map_projection(part: MapProjection) -> Iterator[Interest]:
    for name, value in part.entries:
        if name == "." and isinstance(value, str):
            yield ("property", value)
        else:
            yield from (ALL_PROPERTIES, ALL_LABELS)


def _everything(_part: CallProcedure) -> Iterator[Interest]:
    yield EVERYTHING


_READERS: dict[type, Callable[[Any], Iterator[Interest]]] = {
    PathPattern: _pattern,
    Item: _shown,
    Call: _shown,
    Element: _dynamic,
    Projection: _dynamic,
    MapProjection: _map_projection,
    CallProcedure: _everything,
}


def touched_by(change: Any) -> list[Interest]:
    """Return the interests that a change of the state touches.

    change: a `crdt.graph.Change`: a cell, the key of what changed (None: existence), and the value before.
    """
    cell, key = change.cell, change.key
    if key is None:
        if hasattr(cell, "target"):
            return [("type", cell.type), ALL_TYPES, EVERYTHING]
        return [VERTICES, EVERYTHING, *(("label", label) for label in cell.labels)]
    if type(key) is str:
        return [("property", key), ALL_PROPERTIES, EVERYTHING]
    return [("label", key[0]), ALL_LABELS, EVERYTHING]
