"""JSON-LD documents, ours and those of others, as records."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from hashlib import sha256
from typing import Any

import msgspec

from graphvine.errors import FileError
from graphvine.files.json_items import Item, JsonItems
from graphvine.files.json_ld_names import EDGE_TYPE, OURS, XSD, Context
from graphvine.files.long_values import parse_long
from graphvine.files.records import RECORDS_PER_SLICE, EdgeRecord, Record, VertexRecord, Warnings, parts
from graphvine.files.value_text import KINDS, NotFinite, parse_value

# Types of values in documents: ours, and those of XML Schema that mean the same.
_KIND_BY_TYPE = {OURS + kind: kind for kind in KINDS} | {
    XSD + name: kind
    for name, kind in {
        "string": "string",
        "normalizedString": "string",
        "anyURI": "string",
        "boolean": "boolean",
        "integer": "long",
        "long": "long",
        "int": "long",
        "short": "long",
        "byte": "long",
        "unsignedInt": "long",
        "nonNegativeInteger": "long",
        "positiveInteger": "long",
        "double": "double",
        "float": "double",
        "decimal": "double",
        "base64Binary": "bytes",
        "date": "date",
        "dateTime": "datetime",
        "time": "time",
        "duration": "duration",
    }.items()
}
_NULL = OURS + "null"
_IGNORED = frozenset({"@context", "@id", "@type", "@index", "@reverse"})

# An id and records, with chances for others to run on the way.
Found = Generator[None, None, tuple[str, list[Record]]]


class JsonLdReader:
    """Reads flat and nested documents. Addresses of contexts are not fetched: their names stay as written."""

    unique_ids = False

    def __init__(self) -> None:
        self.warnings = Warnings()
        self._items = JsonItems(frozenset({"@graph"}))
        self._context = Context()
        self._top: dict[str, Any] = {}
        self._has_graph = False

    def feed(self, data: bytes) -> Iterator[Record | None]:
        """Yield what is complete with this chunk."""
        for item in self._items.feed(data):
            yield from self._item(item)

    def finish(self) -> Iterator[Record | None]:
        """The document ends here."""
        for item in self._items.finish():
            yield from self._item(item)
        if self._has_graph:
            if self._top:
                self.warnings.add("what stands beside @graph: left out", len(self._top))
        elif self._top:
            _, records = yield from self._node(self._top, self._context, 1, "")
            yield from records

    def _item(self, item: Item) -> Iterator[Record | None]:
        if item.key == "@context":
            if self._has_graph:
                raise FileError("The @context stands behind the @graph. Put it in front.", line=item.line)
            self._take_context(self._context, item.value, item.line)
        elif item.key == "@graph" or item.within or not item.key:
            self._has_graph = True
            for node in item.value if isinstance(item.value, list) else [item.value]:
                if not isinstance(node, dict):
                    raise FileError("Here should be an object with an @id.", line=item.line)
                _, records = yield from self._node(node, self._context, item.line, "")
                yield from records
        else:
            self._top[item.key] = item.value

    def _take_context(self, context: Context, value: object, line: int) -> None:
        elsewhere = context.take(value, line)
        if elsewhere:
            self.warnings.add("contexts that lie elsewhere: not fetched, names stay as written", elsewhere)

    def _node(self, node: dict[str, Any], context: Context, line: int, path: str) -> Found:
        """Return the id and the records of a node object and of all that are nested in it."""
        if "@context" in node:
            context = context.copy()
            self._take_context(context, node["@context"], line)
        return (yield from _Node(node, context, line, path, self.warnings).read(self._node))


Target = Generator[None, None, str | None]
Nested = Callable[[dict[str, Any], Context, int, str], Found]


class _Node:
    """One node object being read. path: names it when it has no id of its own."""

    def __init__(self, node: dict[str, Any], context: Context, line: int, path: str, warnings: Warnings) -> None:
        self._line = line
        self._context = context
        self._warnings = warnings
        self._node = node
        self._keys: dict[str, Any] = {}
        self._path = path
        self._properties: dict[str, Any] = {}
        self._edges: list[Record] = []
        self._nested: list[Record] = []
        self._id = ""

    def read(self, nested: Nested) -> Found:
        """Return the id, and the records: this vertex, what is nested in it, its edges."""
        for part in parts(list(self._node.items())):
            self._keys |= {self._context.keyword(key): value for key, value in part}
            if len(part) == RECORDS_PER_SLICE:
                yield None
        types = self._texts("@type")
        if EDGE_TYPE in map(self._context.expand, types):
            return "", [(yield from self._edge())]
        id_ = self._keys.get("@id")
        if id_ is not None and not isinstance(id_, str):
            raise self._wrong("An @id is text")
        self._id = self._own_id() if id_ is None else self._context.read_id(id_)
        if id_ is not None and id_.startswith("_:"):
            self._warnings.add("blank nodes: their labels are the ids")
        for number, (key, value) in enumerate(self._keys.items(), 1):
            if not number % RECORDS_PER_SLICE:
                yield None
            if key not in _IGNORED:
                if key.startswith("@"):
                    raise self._wrong(f"{key} has no meaning here")
                yield from self._take(key, value, nested)
        yield from self._take_reverse(nested)
        labels = [self._context.read_name(each) for each in types]
        vertex = VertexRecord(self._id, labels, self._properties, self._line)
        return self._id, [vertex, *self._nested, *self._edges]

    def _own_id(self) -> str:
        """Return the id of a node that has none: where it stands, or what it holds."""
        if self._path:
            return self._path
        return "_:" + sha256(msgspec.json.encode(self._node, order="deterministic")).hexdigest()[:26]

    def _texts(self, key: str) -> list[str]:
        value = self._keys.get(key, [])
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in values):
            raise self._wrong(f"{key} is text, or a list of texts")
        return values

    def _edge(self) -> Generator[None, None, Record]:
        """An edge with an id or properties of its own."""
        about: dict[str, Any] = {}
        for number, (key, value) in enumerate(self._keys.items(), 1):
            if not number % RECORDS_PER_SLICE:
                yield None
            iri = self._context.expand(key)
            if iri.startswith(OURS) and not iri.startswith(OURS + "name:"):
                about[iri.removeprefix(OURS)] = value
            elif not key.startswith("@"):
                self._properties[self._context.read_name(key)] = yield from self._long_literal(value, "")
        ends = [about.get(end) for end in ("source", "target")]
        id_, type_ = self._keys.get("@id"), about.get("type")
        texts = [each.get("@id") if isinstance(each, dict) else None for each in ends]
        if not isinstance(type_, str) or not all(isinstance(text, str) for text in (id_, *texts)):
            raise self._wrong("An edge needs an @id, g:type, g:source and g:target")
        source, target = (self._context.read_id(str(text)) for text in texts)
        edge_id = self._context.read_edge_id(str(id_))
        return EdgeRecord(edge_id, type_, source, target, self._properties, self._line, opens=True)

    def _take(self, key: str, value: Any, nested: Nested) -> Iterator[None]:
        """Take in one member: literals become a property, references and nodes become edges."""
        name, type_ = self._context.read_name(key), self._context.type_of(key)
        if self._context.is_list(key) and isinstance(value, list):
            value = {"@list": value}
        values = value.get("@set", value) if isinstance(value, dict) else value
        literals: list[Any] = []
        for number, each in enumerate(values if isinstance(values, list) else [values]):
            if number % RECORDS_PER_SLICE == RECORDS_PER_SLICE - 1:
                yield None
            target = yield from self._target(each, type_, f"{self._id}/{name}/{number}", nested)
            if target is not None:
                self._edges.append(EdgeRecord("", name, self._id, target, {}, self._line, opens=True))
            elif each is not None:
                literals.append((yield from self._long_literal(each, type_)))
        if len(literals) == 1:
            self._properties[name] = literals[0]
        elif literals:
            self._properties[name] = literals

    def _target(self, value: Any, type_: str, path: str, nested: Nested) -> Target:
        """Return the id of what a value refers to, or None when it is a literal."""
        if type_ in ("@id", "@vocab") and isinstance(value, str):
            return self._context.read_id(value)
        if not isinstance(value, dict) or "@value" in value or "@list" in value:
            return None
        if [self._context.keyword(key) for key in value] == ["@id"]:
            (id_,) = value.values()
            if not isinstance(id_, str):
                raise self._wrong("An @id is text")
            return self._context.read_id(id_)
        target, records = yield from nested(value, self._context, self._line, path)
        self._nested += records
        return target

    def _take_reverse(self, nested: Nested) -> Iterator[None]:
        reverse = self._keys.get("@reverse", {})
        if not isinstance(reverse, dict):
            raise self._wrong("@reverse is an object")
        for key, value in reverse.items():
            name = self._context.read_name(key)
            for number, each in enumerate(value if isinstance(value, list) else [value]):
                if number % RECORDS_PER_SLICE == RECORDS_PER_SLICE - 1:
                    yield None
                source = yield from self._target(each, "@id", f"{self._id}/{name}/^{number}", nested)
                if source is None:
                    raise self._wrong("@reverse leads to objects with an @id")
                self._edges.append(EdgeRecord("", name, source, self._id, {}, self._line, opens=True))

    def _long_literal(self, value: Any, type_: str) -> Generator[None, None, Any]:
        """Do what `_literal` does, in steps."""
        inside = value.get("@list", value.get("@value")) if isinstance(value, dict) else None
        if not isinstance(inside, (list, str)) or len(inside) <= RECORDS_PER_SLICE:
            return self._literal(value, type_)
        if isinstance(inside, list) and "@list" in value:
            values: list[Any] = []
            for part in parts(inside):
                values += [self._literal(each, type_) for each in part]
                yield None
            return values
        given = value.get("@type", "")
        kind = _KIND_BY_TYPE.get(self._context.expand(given)) if isinstance(given, str) else None
        if kind != "bytes" or not isinstance(inside, str):
            return self._literal(value, type_)
        try:
            return (yield from parse_long(kind, inside))
        except ValueError as error:
            raise self._wrong(str(error).rstrip(".")) from None

    def _literal(self, value: Any, type_: str) -> Any:
        """Return the value of a literal. type_: what the context says of it."""
        if isinstance(value, dict):
            if "@list" in value and isinstance(value["@list"], list):
                return [self._literal(each, type_) for each in value["@list"]]
            if "@value" not in value:
                raise self._wrong("A list holds literals here; references in lists have no meaning")
            if "@language" in value:
                self._warnings.add("languages of texts: left out")
            given = value.get("@type", "")
            return self._typed(value["@value"], self._context.expand(given) if isinstance(given, str) else "")
        return self._typed(value, type_)

    def _typed(self, value: Any, type_: str) -> Any:
        if type_ == _NULL:
            return None
        if type_ == "@json" or isinstance(value, dict):
            return msgspec.json.encode(value).decode()
        kind = _KIND_BY_TYPE.get(type_)
        if kind is None or not isinstance(value, str):
            return value
        try:
            return parse_value(_without_offset(kind, value), value)
        except NotFinite:
            self._warnings.add("numbers that are infinite or none: left as text")
            return value
        except ValueError as error:
            raise self._wrong(str(error).rstrip(".")) from None

    def _wrong(self, what: str) -> FileError:
        return FileError(f"{what}.", line=self._line)


def _without_offset(kind: str, text: str) -> str:
    """A dateTime or time of XML Schema may have no offset; then it is a local one."""
    if kind in ("datetime", "time"):
        time = text.partition("T")[2] if kind == "datetime" else text
        if not ("Z" in time or "+" in time or "-" in time):
            return "local" + kind
    return kind
