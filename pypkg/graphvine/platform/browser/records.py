"""Exact vertices and edges as a page gets them (see `tags`), made in steps: one may hold very much."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from graphvine.model.mergeable import List, Map, Set
from graphvine.platform.browser.tags import properties_to_page, to_page
from graphvine.vertex import SCALARS, Edge, Vertex

SLICE = 2_000
"""Values, vertices and edges that are made ready at once: a few milliseconds of work in a tab."""

Record = dict[str, Any]


def vertex_record(vertex: Vertex) -> Record:
    """Return an exact vertex as a page gets it."""
    edges = [edge_record(edge) for edge in vertex.edges]
    properties = properties_to_page(vertex.properties)
    return {"id": vertex.id, "labels": sorted(vertex.labels), "properties": properties, "edges": edges}


def edge_record(edge: Edge) -> Record:
    """Return an exact edge as a page gets it."""
    return {**_ends(edge), "properties": properties_to_page(edge.properties)}


def _ends(edge: Edge) -> Record:
    return {"id": edge.id, "type": edge.type, "source": edge.source, "target": edge.target}


def records(entities: Iterable[Vertex | Edge | None]) -> Generator[None, None, list[Any]]:
    """Return, in steps, what a page gets of each; None for None."""
    made: list[Record | None] = []
    size = 0
    for entity in entities:
        mine = 1 if entity is None else weight(entity)
        size += mine
        if size > SLICE and made:
            size = mine
            yield
        made.append(None if entity is None else (yield from record_steps(entity, mine)))
    return made


def record_steps(entity: Vertex | Edge, size: int | None = None) -> Generator[None, None, Record]:
    """Return, in steps, what a page gets of one. size: its weight, if it is known."""
    is_edge = isinstance(entity, Edge)
    if (weight(entity) if size is None else size) <= SLICE:
        return edge_record(entity) if is_edge else vertex_record(entity)  # type: ignore[arg-type]
    properties = yield from _properties(entity.properties)
    if isinstance(entity, Edge):
        return {**_ends(entity), "properties": properties}
    edges = yield from records(entity.edges)
    return {"id": entity.id, "labels": sorted(entity.labels), "properties": properties, "edges": edges}


def weight(entity: Vertex | Edge) -> int:
    """Return about how many values there are in it; of very many edges, how many."""
    values = entity.properties.values()
    size = 1 + (len(values) if SCALARS.issuperset(map(type, values)) else sum(map(_size, values)))
    if isinstance(entity, Edge):
        return size
    return size + (len(entity.edges) if len(entity.edges) > SLICE else sum(map(weight, entity.edges)))


def _size(value: object) -> int:
    content = _content(value)
    return 1 + len(content) if isinstance(content, (list, Mapping)) else 1


def _content(value: object) -> object:
    if isinstance(value, (Set, List)):
        return value.elements
    return value.entries if isinstance(value, Map) else value


def _properties(properties: Mapping[str, Any]) -> Generator[None, None, Record]:
    found: Record = {}
    size = 0
    for name, value in properties.items():
        mine = _size(value)
        size += mine
        if size > SLICE and found:
            size = mine
            yield
        found[name] = (yield from _large(value)) if mine > SLICE else to_page(value)
    return found


def _large(value: Any) -> Generator[None, None, Any]:
    """Return a large property: a list or a mergeable value."""
    if isinstance(value, Map):
        return {"$map": (yield from _properties(value.entries))}
    made: list[Any] = []
    elements: Any = _content(value)
    for start in range(0, len(elements), SLICE):
        if start:
            yield
        made += map(to_page, elements[start : start + SLICE])
    return made if elements is value else {"$set" if isinstance(value, Set) else "$list": made}
