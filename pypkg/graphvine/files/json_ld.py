"""JSON-LD: a vertex is a node object, an edge a reference; an edge that has more to say is an object of its own.

::

    {"@context": {…}, "@graph": [
      {"@id": "v:alice", "@type": ["Person"], "name": "Alice", "KNOWS": [{"@id": "v:bob"}]},
      {"@id": "e:e1", "@type": "g:Edge", "g:type": "KNOWS", "g:source": {"@id": "v:alice"},
       "g:target": {"@id": "v:bob"},
       "since": 2024}
    ]}

Lists are ``@list``; bytes, dates and nulls are typed values. Everything comes back. Documents of others may be flat or
nested, with a context inside; names stay as they write them, and ids are their IRIs.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import msgspec

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.files.json_ld_names import CONTEXT, quote, write_id, write_name
from graphvine.files.plain import plain_properties
from graphvine.files.records import RECORDS_PER_SLICE, Chunks, Source, Warnings, parts, used_up
from graphvine.files.value_text import format_value, kind_of
from graphvine.model.ids import default_edge_id
from graphvine.model.temporal import DateTime

_TYPES = {"bytes": "xsd:base64Binary", "date": "xsd:date", "datetime": "xsd:dateTime", "time": "xsd:time"}
_PLAIN = frozenset({str, int, float, bool})
Noted = list[list[EdgeCell]]
_encode = msgspec.json.Encoder().encode


def write(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the document. An empty chunk is a chance to let others run."""
    chunks = Chunks()
    chunks.add(b'{"@context": ' + _encode(CONTEXT) + b', "@graph": [')
    mark = b"\n"
    for vertex in source.vertices():
        node, many = yield from _node(source, vertex, warnings)
        if many:
            is_due = yield from _add_with_many(chunks, mark, node, many)
        else:
            is_due = chunks.add(mark + _encode(node))
        mark = b",\n"
        if is_due:
            yield chunks.take()
    for number, edge in enumerate(source.edges(), 1):
        if not number % RECORDS_PER_SLICE:
            yield b""
        if _is_simple(edge):
            continue
        is_due = chunks.add(mark + _encode(_reified(edge, warnings)))
        mark = b",\n"
        if is_due:
            yield chunks.take()
    chunks.add(b"\n]}\n")
    yield chunks.take()


def _is_simple(edge: EdgeCell) -> bool:
    return not edge.properties and edge.id == default_edge_id(edge.source.id, edge.type, edge.target.id)


def _node(
    source: Source, vertex: VertexCell, warnings: Warnings
) -> Generator[bytes, None, tuple[dict[str, Any], dict[str, Noted]]]:
    """Return a vertex with its plain edges, and apart, by type, those of which there are many. Yields empty chunks."""
    ends, many = (yield from source.links(vertex)), {}
    properties = list(plain_properties(vertex, warnings).items())
    node: dict[str, Any] = {"@id": write_id(vertex.id)}
    if vertex.labels:
        node["@type"] = [write_name(label) for label in vertex.labels]
    for part in parts(properties):
        node |= {write_name(name): _value(value) for name, value in part}
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    for type_, noted in ends.items():
        if sum(map(len, noted)) >= RECORDS_PER_SLICE:
            many[type_] = noted
        elif links := _links(noted[0]):
            key = write_name(type_)
            node[key] = [node[key], *links] if key in node else links
    return node, many


def _links(edges: list[EdgeCell]) -> list[dict[str, str]]:
    return [{"@id": write_id(edge.target.id)} for edge in edges if _is_simple(edge)]


def _add_with_many(
    chunks: Chunks, mark: bytes, node: dict[str, Any], many: dict[str, Noted]
) -> Generator[bytes, None, bool]:
    """Add a node with many edges. Return whether to take the chunks now."""
    of_same_name = {type_: node.pop(write_name(type_), None) for type_ in many}
    chunks.add(mark + _encode(node)[:-1])
    for type_, noted in many.items():
        key, first = b"," + _encode(write_name(type_)) + b":", of_same_name[type_]
        before = key + b"[" if first is None else key + b"[" + _encode(first) + b","
        is_open = False
        for edges in used_up(noted):
            if links := _links(edges):
                chunks.add(before + _encode(links)[1:-1])
                before, is_open = b",", True
            if len(edges) == RECORDS_PER_SLICE:
                yield chunks.take()
        if is_open:
            chunks.add(b"]")
        elif first is not None:
            chunks.add(key + _encode(first))
    return chunks.add(b"}")


def _reified(edge: EdgeCell, warnings: Warnings) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": "e:" + quote(edge.id),
        "@type": "g:Edge",
        "g:type": edge.type,
        "g:source": {"@id": write_id(edge.source.id)},
        "g:target": {"@id": write_id(edge.target.id)},
    }
    for name, value in plain_properties(edge, warnings).items():
        node[write_name(name)] = _value(value)
    return node


def _value(value: object) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list):
        return {"@list": [_value(element) for element in value]}
    if value is None:
        return {"@type": "g:null", "@value": ""}
    kind = kind_of(value)
    if isinstance(value, DateTime) and value.zone:
        return {"@type": "g:datetime", "@value": format_value(value)}
    return {"@type": _TYPES.get(kind, "g:" + kind), "@value": format_value(value)}
