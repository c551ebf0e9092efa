"""GraphML as records, ours and that of others.

No document type, hence no entity that grows and none that lies elsewhere; depth and sizes are bounded. Groups of yEd
(graphs inside nodes) are taken as one flat graph, undirected edges go from source to target, both with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple
from xml.parsers import expat

from graphvine.errors import FileError
from graphvine.files.graphml import ESCAPED, OURS
from graphvine.files.long_values import parse_long
from graphvine.files.records import (
    MAX_ITEM_BYTES,
    MAX_KEYS,
    MAX_TEXT_CHARACTERS,
    RECORDS_PER_SLICE,
    SLICE_CHARACTERS,
    EdgeRecord,
    Record,
    VertexRecord,
    Warnings,
)
from graphvine.files.value_text import KINDS, NotFinite

MAX_DEPTH = 64
# Bytes of one tag with its attributes: each further chunk makes the parser read it again from its beginning.
MAX_TAG_BYTES = 256 * 1024
# Keys of one document: our own declare `MAX_KEYS` for vertices, as many for edges, and labels.
MAX_DECLARED = 2 * MAX_KEYS + 16
# The type of an edge that has none.
EDGE_TYPE = "EDGE"

_ESCAPES = re.compile(r"\\u([0-9a-f]{4})")
_LABEL = re.compile(r":((?:[^:\\]|\\.)*)", re.DOTALL)
_CUT_OFF = {
    expat.errors.codes[each]
    for each in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}


class _Key(NamedTuple):
    owner: str
    name: str
    kind: str
    default: str | None


class _Entity:
    """A node or edge being read."""

    def __init__(self, attributes: dict[str, str], line: int) -> None:
        self.attributes = attributes
        self.data: dict[str, str] = {}
        self.drawn: str | None = None
        self.line = line
        self.size = 0


class GraphMLReader:
    """Reads one document. type: of edges that have none."""

    unique_ids = True

    def __init__(self, type: str = EDGE_TYPE) -> None:
        self.warnings = Warnings()
        self._type = type
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._complete: list[tuple[str, _Entity]] = []
        self._keys: dict[str, _Key] = {}
        self._defaults: dict[str, list[str]] = {"node": [], "edge": []}
        self._path: list[str] = []
        self._open: list[_Entity] = []
        self._text: list[str] | None = None
        self._text_size = 0
        self._data_key = ""
        self._key: dict[str, str] = {}
        self._is_directed = True
        self._silent = 0

    # -- chunks -------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> Iterator[Record | None]:
        """Yield what is complete with this chunk."""
        self._silent += len(data)
        self._parse(data, is_final=False)
        if self._silent > MAX_TAG_BYTES:
            raise self._wrong(f"a tag of more than {MAX_TAG_BYTES:,} bytes has no end")
        yield from self._take()

    def finish(self) -> Iterator[Record | None]:
        """The document ends here."""
        self._parse(b"", is_final=True)
        yield from self._take()

    def _parse(self, data: bytes, *, is_final: bool) -> None:
        try:
            self._parser.Parse(data, is_final)
        except expat.ExpatError as error:
            if error.code in _CUT_OFF:
                raise FileError("The file is cut off: the XML ends too early.", line=error.lineno) from None
            raise FileError(f"This is no XML: {expat.ErrorString(error.code)}.", line=error.lineno) from None
        except (LookupError, ValueError) as error:  # an encoding that nobody knows, or of several bytes
            raise FileError(f"This XML can't be read: {error}. Save it as UTF-8.", line=1) from None

    def _take(self) -> Iterator[Record | None]:
        complete, self._complete = self._complete, []
        for owner, entity in complete:
            yield (yield from (self._vertex(entity) if owner == "node" else self._edge(entity)))

    # -- elements -----------------------------------------------------------------------------------------------------

    def _doctype(self, *_: object) -> None:
        raise self._wrong("a DOCTYPE is refused, for what it could pull in. Take the line out")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._silent = 0
        tag = name.rpartition(" ")[2]
        if len(self._path) >= MAX_DEPTH:
            raise self._wrong(f"elements nest more than {MAX_DEPTH} levels deep")
        if not self._path and tag != "graphml":
            raise self._wrong(f"<{tag[:60]}> is not the root of a GraphML document")
        self._path.append(tag)
        handler = _STARTS.get(tag)
        if handler is not None:
            handler(self, {_plain_name(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._silent = 0
        tag = self._path.pop()
        handler = _ENDS.get(tag)
        if handler is not None:
            handler(self)

    def _characters(self, text: str) -> None:
        self._silent = 0
        if self._text is not None:
            self._text.append(text)
            self._text_size += len(text)
            if self._text_size > MAX_TEXT_CHARACTERS:
                raise self._wrong(f"a text has more than {MAX_TEXT_CHARACTERS:,} characters")

    def _start_graph(self, attributes: dict[str, str]) -> None:
        self._is_directed = attributes.get("edgedefault") != "undirected"
        if self._open:
            self.warnings.add("graphs inside nodes: taken as one flat graph")

    def _start_entity(self, attributes: dict[str, str]) -> None:
        self._open.append(_Entity(attributes, self._parser.CurrentLineNumber))

    def _start_key(self, attributes: dict[str, str]) -> None:
        self._key = attributes
        self._text = None

    def _start_text(self, attributes: dict[str, str]) -> None:
        self._data_key = attributes.get("key", self._data_key)
        self._text, self._text_size = [], 0

    def _start_hyperedge(self, attributes: dict[str, str]) -> None:
        raise self._wrong("a hyperedge joins more than two vertices; make a vertex of it, with an edge to each")

    def _take_text(self) -> str:
        text, self._text = "".join(self._text or ()), None
        return text

    def _end_default(self) -> None:
        self._key["default"] = self._take_text()

    def _end_key(self) -> None:
        attributes = self._key
        id_ = attributes.get("id", "")
        if len(self._keys) >= MAX_DECLARED:
            raise self._wrong(f"there are more than {MAX_DECLARED:,} keys")
        kind = attributes.get("gv:type") or (
            "list" if "attr.list" in attributes else attributes.get("attr.type", "string")
        )
        if kind not in KINDS and kind != "list":
            self.warnings.add(f"keys of the unknown type {kind[:40]!r}: taken as text")
            kind = "string"
        owner = attributes.get("for", "all")
        if "yfiles.type" in attributes:
            owner = "yed"
        name = _unescape(attributes.get("attr.name", id_))
        self._keys[id_] = _Key(owner, name, kind, attributes.get("default"))
        if "default" in attributes:
            for each in ("node", "edge") if owner == "all" else (owner,):
                self._defaults.setdefault(each, []).append(id_)

    def _end_data(self) -> None:
        text = self._take_text()
        key = self._keys.get(self._data_key)
        if not self._open:
            self.warnings.add("data of whole graphs: left out")
        elif key is not None and key.owner == "yed":
            self.warnings.add("drawings of yEd: left out, their labels stay")
        else:
            entity = self._open[-1]
            entity.data[self._data_key] = text
            entity.size += len(text) + len(self._data_key)
            if entity.size > MAX_ITEM_BYTES:
                raise self._wrong(f"an element has more than {MAX_ITEM_BYTES:,} characters")

    def _end_drawn(self) -> None:
        text = self._take_text().strip()
        if self._open and text:
            self._open[-1].drawn = text

    def _end_entity(self, owner: str) -> None:
        entity = self._open.pop()
        if owner == "edge" and "directed" not in entity.attributes and not self._is_directed:
            entity.attributes["directed"] = "false"
        self._complete.append((owner, entity))

    def _end_node(self) -> None:
        self._end_entity("node")

    def _end_edge(self) -> None:
        self._end_entity("edge")

    # -- records ------------------------------------------------------------------------------------------------------

    def _vertex(self, entity: _Entity) -> Generator[None, None, Record]:
        id_ = entity.attributes.get("id")
        if id_ is None:
            raise self._wrong("a node has no id", entity.line)
        labels = _labels(entity.attributes.get("labels") or entity.data.pop("labels", ""))
        entity.data.pop("labels", None)
        properties = yield from self._properties(entity, "node")
        return VertexRecord(_unescape(id_), labels, properties, entity.line)

    def _edge(self, entity: _Entity) -> Generator[None, None, Record]:
        ends = [entity.attributes.get(end) for end in ("source", "target")]
        if None in ends:
            raise self._wrong("an edge has no source or no target", entity.line)
        given = entity.data.pop("label", "")
        type_ = entity.attributes.get("label") or given
        if not type_:
            self.warnings.add(f"edges without a type: called {self._type}")
            type_ = self._type
        if entity.attributes.get("directed") == "false":
            self.warnings.add("undirected edges: taken from source to target")
        source, target = (_unescape(str(end)) for end in ends)
        id_ = _unescape(entity.attributes.get("id", ""))
        properties = yield from self._properties(entity, "edge")
        return EdgeRecord(id_, _unescape(type_), source, target, properties, entity.line)

    # -- values -------------------------------------------------------------------------------------------------------

    def _properties(self, entity: _Entity, owner: str) -> Generator[None, None, dict[str, object]]:
        properties: dict[str, object] = {}
        for number, id_ in enumerate(self._defaults[owner], 1):
            if not number % RECORDS_PER_SLICE:
                yield None
            if id_ not in entity.data:
                yield from self._set(properties, self._keys[id_], str(self._keys[id_].default), entity.line)
        for number, (id_, text) in enumerate(entity.data.items(), 1):
            if not number % RECORDS_PER_SLICE:
                yield None
            key = self._keys.get(id_)
            if key is None:
                self.warnings.add("data of keys that are not declared: taken as text")
                key = _Key(owner, id_, "string", None)
            yield from self._set(properties, key, text, entity.line)
        if entity.drawn is not None:
            properties.setdefault("label", entity.drawn)
        return properties

    def _set(self, properties: dict[str, object], key: _Key, text: str, line: int) -> Iterator[None]:
        text = yield from _unescape_long(text)
        try:
            kind = "json" if key.kind == "list" else key.kind
            properties[key.name] = yield from parse_long(kind, text if kind == "string" else text.strip())
        except NotFinite:
            self.warnings.add("numbers that are infinite or none: left out")
        except ValueError as error:
            if text.strip():
                raise FileError(f"{key.name!r}: {error}", line=line) from None
            self.warnings.add("values that are empty where there should be a number or a date: left out")

    def _wrong(self, what: str, line: int = 0) -> FileError:
        return FileError(f"This GraphML can't be read: {what}.", line=line or self._parser.CurrentLineNumber)


def _plain_name(attribute: str) -> str:
    """Return the name of an attribute without its namespace; ours keeps a prefix."""
    return attribute.replace(f"{OURS} ", "gv:").rpartition(" ")[2]


def _unescape(text: str) -> str:
    """Return what our writer meant by a text that XML can't hold."""
    if not text.startswith(ESCAPED):
        return text
    return _ESCAPES.sub(lambda found: chr(int(found[1], 16)), text[len(ESCAPED) :])


def _unescape_long(text: str) -> Generator[None, None, str]:
    """Do what `_unescape` does, in steps."""
    if len(text) <= SLICE_CHARACTERS or not text.startswith(ESCAPED):
        return _unescape(text)
    parts: list[str] = []
    start = len(ESCAPED)
    while start < len(text):
        end = start + SLICE_CHARACTERS
        if end < len(text) and (cut := text.rfind("\\", end - 5, end)) >= 0:
            end = cut  # no half of an escape
        parts.append(_unescape(ESCAPED + text[start:end]))
        start = end
        yield None
    return "".join(parts)


def _labels(text: str) -> list[str]:
    """Return the labels of ``:Person:Admin``, or of a bare name."""
    text = _unescape(text)
    if text and not text.startswith(":"):
        return [text]
    return [re.sub(r"\\(.)", r"\1", label, flags=re.DOTALL) for label in _LABEL.findall(text) if label]


_STARTS = {
    "graph": GraphMLReader._start_graph,
    "node": GraphMLReader._start_entity,
    "edge": GraphMLReader._start_entity,
    "key": GraphMLReader._start_key,
    "data": GraphMLReader._start_text,
    "default": GraphMLReader._start_text,
    "NodeLabel": GraphMLReader._start_text,
    "EdgeLabel": GraphMLReader._start_text,
    "hyperedge": GraphMLReader._start_hyperedge,
}
_ENDS = {
    "node": GraphMLReader._end_node,
    "edge": GraphMLReader._end_edge,
    "key": GraphMLReader._end_key,
    "data": GraphMLReader._end_data,
    "default": GraphMLReader._end_default,
    "NodeLabel": GraphMLReader._end_drawn,
    "EdgeLabel": GraphMLReader._end_drawn,
}
