"""Functions of vertices, edges and maps."""

from __future__ import annotations

from typing import Any

from graphvine.model.temporal import TEMPORAL_TYPES
from graphvine.query.fault import type_error
from graphvine.query.functions.signature import ENTITIES, Function, wrong
from graphvine.query.kinds import ANY, BOOLEAN, MAP, STRING, VERTEX, list_of
from graphvine.query.temporal_fields import FIELDS
from graphvine.query.values import is_edge, is_vertex, type_name


def _id(value: Any) -> str:
    if not is_vertex(value) and not is_edge(value):
        raise wrong("id", value, "a vertex or an edge")
    return str(value.id)


def _labels(value: Any) -> list[str]:
    if not is_vertex(value):
        raise wrong("labels", value, "a vertex")
    return list(value.labels)


def _type(value: Any) -> str:
    if not is_edge(value):
        raise wrong("type", value, "an edge")
    return str(value.type)


def _start(value: Any) -> Any:
    if not is_edge(value):
        raise wrong("startNode", value, "an edge")
    return value.source


def _end(value: Any) -> Any:
    if not is_edge(value):
        raise wrong("endNode", value, "an edge")
    return value.target


def entity_map(value: Any) -> dict[str, Any]:
    """Return the properties of a vertex, edge or map, without nulls for the first two."""
    if type(value) is dict:
        return value
    if not is_vertex(value) and not is_edge(value):
        raise type_error("InvalidArgumentType", f"A {type_name(value)} has no properties.")
    return {name: found for name, found in value.properties.items() if found is not None}


def _properties(value: Any) -> dict[str, Any]:
    if type(value) in TEMPORAL_TYPES:
        return {name: read(value) for name, read in FIELDS[type(value)].items()}
    return dict(entity_map(value))


def _keys(value: Any) -> list[str]:
    return list(entity_map(value))


def _exists(value: Any) -> bool:
    return value is not None and value is not False


_VERTEX, _EDGE = frozenset(("Node",)), frozenset(("Relationship",))
ENTITY_FUNCTIONS: dict[str, Function] = {
    "id": Function(_id, 1, 1, (ENTITIES,), STRING),
    "elementid": Function(_id, 1, 1, (ENTITIES,), STRING),
    "labels": Function(_labels, 1, 1, (_VERTEX,), list_of(STRING)),
    "type": Function(_type, 1, 1, (_EDGE,), STRING),
    "startnode": Function(_start, 1, 1, (_EDGE,), VERTEX),
    "endnode": Function(_end, 1, 1, (_EDGE,), VERTEX),
    "properties": Function(_properties, 1, 1, (ENTITIES | {"Map", "Point"},), MAP),
    "keys": Function(_keys, 1, 1, (ENTITIES | {"Map"},), list_of(STRING)),
    "exists": Function(_exists, 1, 1, (None,), BOOLEAN, takes_null=True),
    "valuetype": Function(lambda value: type_name(value).upper(), 1, 1, (None,), ANY, takes_null=True),
}
