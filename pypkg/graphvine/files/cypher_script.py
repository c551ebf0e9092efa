"""A Cypher script: statements that make the graph again, here and, as far as they can, in other Cypher databases.

Each statement makes up to `ROWS` vertices with the same labels, or edges of the same type, and ends with ``;``. Ids are
the property ``_id``: here it is the reserved name of the id, elsewhere an ordinary property. The statements merge, so
that a script can run twice. A property can hold neither null nor a list with null; there is no literal for bytes (they
become Base64 text), and no table of time zones here (a date-time keeps its offset and loses the zone's name).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.errors import FileError
from graphvine.files.cypher_constraints import FOREIGN, judge
from graphvine.files.plain import plain_properties
from graphvine.files.records import (
    MAX_ITEM_BYTES,
    RECORDS_PER_SLICE,
    SLICE_CHARACTERS,
    Source,
    Statement,
    Warnings,
    cut_off,
    parts,
    sliced,
)
from graphvine.files.text_input import TextInput
from graphvine.files.value_text import format_value, kind_of
from graphvine.model.temporal import DateTime
from graphvine.query.tokens import MAX_QUERY_CHARACTERS

# Vertices or edges of one statement, and its characters: a query has at most `MAX_QUERY_CHARACTERS`.
ROWS = 500
STATEMENT_CHARACTERS = 64 * 1024
# Characters of one value: with more, the statement would be no query any more.
MAX_LITERAL = MAX_QUERY_CHARACTERS // 2
# Properties of one row: an operation has at most `MAX_PROPERTIES`.
MAX_MEMBERS = 1_000
# Kinds of statement (sets of labels, edge types) that are collected side by side; the longest one goes first.
MAX_OPEN_GROUPS = 64

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Escaped in literals: quotes, backslashes, and every character that a terminal or an editor would not show.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\\\\'\u2028\u2029\ufeff]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "'": "\\'"}


def write(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the script. An empty chunk is a chance to let others run."""
    yield b"// A graph written by Graphvine, to be run as a Cypher script. Vertices first, then edges.\n"
    yield b"// In other databases, declare an index on _id for the labels below before the edges are made.\n"
    yield from _grouped(source.vertices(), lambda cell: _vertex_row(cell, warnings), _vertex_statement)
    yield from _grouped(source.edges(), lambda cell: _edge_row(cell, warnings), _edge_statement)


# Makes the pattern of an entity and its rows, each for a statement of its own. Yields empty chunks: it may be much.
Row = Generator[bytes, None, tuple[str, list[str]]]


def _grouped(
    cells: Iterable[Any], row_of: Callable[[Any], Row], statement: Callable[[str, list[str]], str]
) -> Iterator[bytes]:
    """Collect rows by the pattern that makes them, and yield each statement when it is long enough."""
    rows_by_pattern: dict[str, list[str]] = {}
    size_by_pattern: dict[str, int] = {}
    for number, cell in enumerate(cells):
        if number % RECORDS_PER_SLICE == RECORDS_PER_SLICE - 1:
            yield b""
        pattern, (*more, row) = yield from row_of(cell)
        for each in more:
            yield statement(pattern, [each]).encode()
        rows = rows_by_pattern.get(pattern)
        if rows is None:
            if len(rows_by_pattern) >= MAX_OPEN_GROUPS:
                longest = max(rows_by_pattern, key=lambda each: len(rows_by_pattern[each]))
                yield statement(longest, rows_by_pattern.pop(longest)).encode()
            rows = rows_by_pattern[pattern] = []
            size_by_pattern[pattern] = 0
        rows.append(row)
        size_by_pattern[pattern] += len(row)
        if len(rows) >= ROWS or size_by_pattern[pattern] >= STATEMENT_CHARACTERS:
            yield statement(pattern, rows_by_pattern.pop(pattern)).encode()
    for pattern, rows in rows_by_pattern.items():
        yield statement(pattern, rows).encode()


def _vertex_row(cell: VertexCell, warnings: Warnings) -> Row:
    labels = "".join(f":{quote_name(label)}" for label in cell.labels)
    maps = yield from _maps(plain_properties(cell, warnings), warnings)
    return labels, [f"{{_id: {literal(cell.id, warnings)}, properties: {each}}}" for each in maps]


def _edge_row(cell: EdgeCell, warnings: Warnings) -> Row:
    ends = f"source: {literal(cell.source.id, warnings)}, target: {literal(cell.target.id, warnings)}"
    maps = yield from _maps(plain_properties(cell, warnings), warnings)
    own = f"{ends}, _id: {literal(cell.id, warnings)}"
    return quote_name(cell.type), [f"{{{own}, properties: {each}}}" for each in maps]


def _vertex_statement(labels: str, rows: list[str]) -> str:
    also = f" SET v{labels}" if labels else ""
    return f"UNWIND [\n  {_joined(rows)}\n] AS row\nMERGE (v {{_id: row._id}}){also} SET v += row.properties;\n"


def _edge_statement(type_: str, rows: list[str]) -> str:
    return (
        f"UNWIND [\n  {_joined(rows)}\n] AS row\nMATCH (a {{_id: row.source}}), (b {{_id: row.target}})\n"
        f"MERGE (a)-[e:{type_} {{_id: row._id}}]->(b) SET e += row.properties;\n"
    )


def _joined(rows: list[str]) -> str:
    return ",\n  ".join(rows)


def _maps(properties: Mapping[str, Any], warnings: Warnings) -> Generator[bytes, None, list[str]]:
    """Return the properties as maps that are short enough for a statement and for an operation; at least one."""
    maps: list[str] = []
    members: list[str] = []
    size = 0
    for part in parts(list(properties.items())):
        for name, value in part:
            if value is None:
                warnings.add("properties that hold null: left out")
            elif name == "_id":
                warnings.add("properties called _id, which Cypher reserves: left out")
            elif (written := (yield from _short_literal(value, warnings))) is None:
                warnings.add(f"values of more than {MAX_LITERAL:,} characters: left out")
            else:
                member = f"{quote_name(name)}: {written}"
                if members and (len(members) >= MAX_MEMBERS or size + len(member) > MAX_LITERAL):
                    maps.append("{" + ", ".join(members) + "}")
                    members, size = [], 0
                members.append(member)
                size += len(member) + 2
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    return [*maps, "{" + ", ".join(members) + "}"]


def _short_literal(value: Any, warnings: Warnings) -> Generator[bytes, None, str | None]:
    """Return the expression of a value, or None when it is too long for a query. Long texts and lists come in steps."""
    if isinstance(value, list) and len(value) > RECORDS_PER_SLICE:
        return (yield from _long_list(value, warnings))
    if not isinstance(value, str) or len(value) <= SLICE_CHARACTERS:
        written = literal(value, warnings)
        return written if len(written) <= MAX_LITERAL else None
    pieces: list[str] = []
    left = MAX_LITERAL - 2
    for piece in sliced(value):
        pieces.append(_ODD.sub(_escape, piece))
        left -= len(pieces[-1])
        if left < 0:
            return None
        yield b""
    return "'" + "".join(pieces) + "'"


def _long_list(value: list[Any], warnings: Warnings) -> Generator[bytes, None, str | None]:
    pieces: list[str] = []
    left = MAX_LITERAL
    for part in parts(value):
        if piece := literal(part, warnings)[1:-1]:
            pieces.append(piece)
            left -= len(piece) + 2
        if left < 0:
            return None
        yield b""
    return "[" + ", ".join(pieces) + "]"


def quote_name(name: str) -> str:
    """Return a label, type or property name as Cypher writes it."""
    return name if _PLAIN_NAME.fullmatch(name) else "`" + name.replace("`", "``") + "`"


def literal(value: object, warnings: Warnings) -> str:
    """Return the Cypher expression of a value."""
    kind = type(value)
    if isinstance(value, str):
        return "'" + _ODD.sub(_escape, value) + "'"
    if value is None:
        return "null"
    if isinstance(value, list):
        elements = [literal(element, warnings) for element in value if element is not None]
        if len(elements) < len(value):
            warnings.add("nulls in lists: left out", len(value) - len(elements))
        return "[" + ", ".join(elements) + "]"
    if kind is bytes:
        warnings.add("values of bytes: written as Base64 text")
        return f"'{format_value(value)}'"
    if kind in (bool, int, float):
        return format_value(value).replace("e+", "e")
    if isinstance(value, DateTime) and value.zone:
        warnings.add("names of time zones: left out, the offset stays")
        value = value._replace(zone="")
    return f"{kind_of(value)}('{format_value(value)}')"


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT_ESCAPES.get(character) or f"\\u{ord(character):04x}"


# What decides where a statement ends, outside of everything, and inside a quoted text, a name or a comment.
_OUTSIDE = re.compile(r"""['"`;]|//|/\*|/$""")
_CLOSING = {
    "'": re.compile(r"\\.|'|\\$", re.DOTALL),
    '"': re.compile(r'\\.|"|\\$', re.DOTALL),
    "`": re.compile("`"),
    "//": re.compile("\n"),
    "/*": re.compile(r"\*/|\*$"),
}
_CLOSES = {"'": "'", '"': '"', "`": "`", "//": "\n", "/*": "*/"}
# Commands of shells have no meaning here.
_SHELL = re.compile(r"\s*:\w+[^\n]*\n?", re.ASCII)
_COMMENTS = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)


class ScriptReader:
    """Cuts a script into statements. What only other databases know is skipped or made an index, with a warning."""

    unique_ids = False

    def __init__(self) -> None:
        self.warnings = Warnings()
        self._input = TextInput()
        self._text = ""
        self._at = 0
        self._mode = ""
        self._line = 1

    def feed(self, data: bytes) -> Iterator[Statement]:
        """Yield the statements that are complete with this chunk."""
        self._text += self._input.feed(data)
        while (end := self._find_end()) >= 0:
            text = self._text[:end]
            self._text, self._at = self._text[end + 1 :], 0
            yield from self._statement(text)
        if len(self._text) > MAX_ITEM_BYTES:
            raise FileError("A statement has no end: is there a ; behind it?", line=self._line)

    def finish(self) -> Iterator[Statement]:
        """Yield what stands behind the last semicolon."""
        self._input.finish()
        if self._mode not in ("", "//"):
            raise cut_off("a comment" if self._mode == "/*" else "a quoted text", self._line)
        yield from self._statement(self._text)

    def _find_end(self) -> int:
        """Return where the next semicolon of ours is, or -1; remember how far we looked."""
        text = self._text
        while True:
            pattern = _CLOSING[self._mode] if self._mode else _OUTSIDE
            found = pattern.search(text, self._at)
            if found is None:
                self._at = len(text)
                return -1
            mark, self._at = found.group(), found.end()
            if mark in ("/", "\\", "*"):  # half of something, at the end of what is here
                self._at -= 1
                return -1
            if self._mode:
                self._mode = "" if mark == _CLOSES[self._mode] else self._mode
            elif mark == ";":
                return found.start()
            else:
                self._mode = mark

    def _statement(self, text: str) -> Iterator[Statement]:
        """Yield the statement of `text`, if there is one; count its lines."""
        start = 0
        while True:
            skipped = _COMMENTS.match(text, start) or _SHELL.match(text, start)
            if skipped is None or skipped.end() == start:
                break
            start = skipped.end()
        line = self._line + text.count("\n", 0, start)
        self._line += text.count("\n")
        body = text[start:].rstrip()
        if not body:
            return
        if FOREIGN.match(body):
            instead, reason = judge(body)
            self.warnings.add(reason)
            if instead:
                yield Statement(instead, line)
            return
        if len(body) > MAX_QUERY_CHARACTERS:
            raise FileError(
                f"A statement has {len(body):,} characters; the limit is {MAX_QUERY_CHARACTERS:,}. Cut it in two.",
                line=line,
            )
        yield Statement(body, line)
