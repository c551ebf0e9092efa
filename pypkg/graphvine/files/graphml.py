"""GraphML, as Gephi, yEd, NetworkX and Neo4j's APOC read it.

A vertex has its labels in the attribute and the data key ``labels`` (``:Person:Admin``), an edge its type in ``label``,
as APOC writes them. Types that GraphML does not know are strings with ``gv:type`` on their key, which others ignore;
lists are JSON, with APOC's ``attr.list`` where their elements are of one type. XML can't hold some control characters:
a text with one begins with ``\\u:`` and has them as ``\\uXXXX``. Nulls are left out.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.files.plain import plain_properties
from graphvine.files.records import RECORDS_PER_SLICE, SLICE_CHARACTERS, Chunks, Source, Warnings, parts, sliced
from graphvine.files.survey import Column, Survey
from graphvine.files.value_json import element_kind, formatting_list
from graphvine.files.value_text import format_value, kind_of

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
OURS = "urn:graphvine:graphml"
ESCAPED = "\\u:"
_OWN_TYPES = frozenset({"string", "long", "double", "boolean"})
_NEEDS_ESCAPE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPED_PARTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\\\\]")
_MARKUP = re.compile('[&<>"\r\n\t]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def write(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the document. An empty chunk is a chance to let others run."""
    source.passes = 2
    survey = Survey(_kind)
    yield from survey.run(source)
    vertex_keys = {column: f"v{number}" for number, column in enumerate(survey.vertices)}
    edge_keys = {column: f"e{number}" for number, column in enumerate(survey.edges)}
    yield _head(vertex_keys, edge_keys)
    chunks = Chunks()
    for vertex in source.vertices():
        node = yield from _node(vertex, vertex_keys, warnings)
        if chunks.add(node.encode()):
            yield chunks.take()
    for edge in source.edges():
        element = yield from _edge(edge, edge_keys, warnings)
        if chunks.add(element.encode()):
            yield chunks.take()
    chunks.add(b"</graph>\n</graphml>\n")
    yield chunks.take()


def _kind(value: object) -> str:
    """A column's kind: the type, or ``list`` with the type of its elements."""
    if value is None:
        return ""
    return f"list:{element_kind(value)}" if isinstance(value, list) else kind_of(value)


def _head(vertex_keys: dict[Column, str], edge_keys: dict[Column, str]) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<graphml xmlns="{NAMESPACE}" xmlns:gv="{OURS}">',
        '<key id="labels" for="node" attr.name="labels" attr.type="string"/>',
        *_keys("node", vertex_keys),
        '<key id="label" for="edge" attr.name="label" attr.type="string"/>',
        *_keys("edge", edge_keys),
        '<graph id="G" edgedefault="directed">\n',
    ]
    return "\n".join(lines).encode()


def _keys(owner: str, keys: dict[Column, str]) -> Iterable[str]:
    for column, key in keys.items():
        kind, _, element = column.kind.partition(":")
        plain = kind if kind in _OWN_TYPES else "string"
        more = f' attr.list="{element}"' if element else ""
        more += "" if kind in _OWN_TYPES else f' gv:type="{kind}"'
        yield f'<key id="{key}" for="{owner}" attr.name="{_text(column.name)}" attr.type="{plain}"{more}/>'


def _node(vertex: VertexCell, keys: dict[Column, str], warnings: Warnings) -> Generator[bytes, None, str]:
    data = yield from _data(plain_properties(vertex, warnings), keys, warnings)
    if not vertex.labels:
        return f'<node id="{_text(vertex.id)}">{data}</node>\n'
    labels = _text("".join(":" + label.replace("\\", "\\\\").replace(":", "\\:") for label in vertex.labels))
    return f'<node id="{_text(vertex.id)}" labels="{labels}"><data key="labels">{labels}</data>{data}</node>\n'


def _edge(edge: EdgeCell, keys: dict[Column, str], warnings: Warnings) -> Generator[bytes, None, str]:
    type_ = _text(edge.type)
    ends = f'source="{_text(edge.source.id)}" target="{_text(edge.target.id)}"'
    data = yield from _data(plain_properties(edge, warnings), keys, warnings)
    return f'<edge id="{_text(edge.id)}" {ends} label="{type_}"><data key="label">{type_}</data>{data}</edge>\n'


def _data(properties: Mapping[str, object], keys: dict[Column, str], warnings: Warnings) -> Generator[bytes, None, str]:
    """Return the data of an entity. Yields empty chunks: it may be very much."""
    written: list[str] = []
    for part in parts(list(properties.items())):
        for name, value in part:
            key = keys.get(Column(name, _kind(value)))
            if key is not None:
                text = (yield from formatting_list(value)) if isinstance(value, list) else format_value(value)
                escaped = _text(text) if len(text) <= SLICE_CHARACTERS else (yield from _long_text(text))
                written.append(f'<data key="{key}">{escaped}</data>')
            elif value is None:
                warnings.add("properties that hold null: left out")
            else:
                warnings.add("properties that came up during the export, or beyond the limit of keys: left out")
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    return "".join(written)


def _long_text(text: str) -> Generator[bytes, None, str]:
    """Do what `_text` does, in steps."""
    is_odd = text.startswith(ESCAPED)
    for piece in sliced(text):
        is_odd = is_odd or _NEEDS_ESCAPE.search(piece) is not None
        yield b""
    escaped: list[str] = [ESCAPED] if is_odd else []
    for piece in sliced(text):
        escaped.append(_MARKUP.sub(_entity, _ESCAPED_PARTS.sub(_code, piece) if is_odd else piece))
        yield b""
    return "".join(escaped)


def _text(text: str) -> str:
    """Return text for a place between quotes or tags."""
    if _NEEDS_ESCAPE.search(text) or text.startswith(ESCAPED):
        text = ESCAPED + _ESCAPED_PARTS.sub(_code, text)
    return _MARKUP.sub(_entity, text)


def _code(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _entity(found: re.Match[str]) -> str:
    return _ENTITIES[found.group()]
