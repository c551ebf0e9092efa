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
from graphvine.files.records import RECORDS_PER_SLICE, Chunks, Source, Warnings, parts
from graphvine.files.value_text import format_value, kind_of
from graphvine.model.ids import default_edge_id
from graphvine.model.temporal import DateTime

_TYPES = {"bytes": "xsd:base64Binary", "date": "xsd:date", "datetime": "xsd:dateTime", "time": "xsd:time"}
_PLAIN = frozenset({str, int, float, bool})
_encode = msgspec.json.Encoder().encode


def write(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the document. An empty chunk is a chance to let others run."""
    chunks = Chunks()
    chunks.add(b'{"@context": ' + _encode(CONTEXT) + b', "@graph": [')
    mark = b"\n"
    for vertex in source.vertices():
        node = yield from _node(vertex, warnings)
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


def _node(vertex: VertexCell, warnings: Warnings) -> Generator[bytes, None, dict[str, Any]]:
    """Return a vertex with its plain edges. Yields empty chunks: it may have very many."""
    node: dict[str, Any] = {"@id": write_id(vertex.id)}
    if vertex.labels:
        node["@type"] = [write_name(label) for label in vertex.labels]
    ends = {type_: list(members.items()) for type_, members in vertex.out.items()}
    for part in parts(list(plain_properties(vertex, warnings).items())):
        node |= {write_name(name): _value(value) for name, value in part}
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    for type_, members in ends.items():
        links: list[dict[str, str]] = []
        for edges in parts(members):
            links += [{"@id": write_id(target.id)} for edge, target in edges if _is_simple(edge)]
            if len(edges) == RECORDS_PER_SLICE:
                yield b""
        if links:
            key = write_name(type_)
            node[key] = [node[key], *links] if key in node else links
    return node


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
