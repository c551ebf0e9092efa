"""CSV as Neo4j's import reads it: a table of vertices and a table of edges, apart or in one zip.

Columns: ``id:ID``, ``:LABEL`` (labels with ``;`` between), ``name:string`` …; and ``:START_ID``, ``:END_ID``,
``:TYPE``, ``edge_id:IGNORE`` (others ignore it). Lists are ``name:long[]`` with ``;`` between elements where that is
unambiguous, else JSON in a column ``name:json``; bytes are Base64 in ``name:bytes``. An empty cell is no value, ``""``
is an empty text. Values stand as they are: a text that a spreadsheet would run as a formula is reported, not changed.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

import msgspec

from graphvine.crdt.cells import Cell
from graphvine.files.long_values import format_long
from graphvine.files.plain import plain_properties
from graphvine.files.records import (
    CHUNK_BYTES,
    RECORDS_PER_SLICE,
    SLICE_CHARACTERS,
    Chunks,
    Source,
    Warnings,
    parts,
    sliced,
)
from graphvine.files.survey import Column, Survey
from graphvine.files.value_json import formatting_list
from graphvine.files.value_text import format_value, kind_of

LIST_MARK = ";"
EDGE_ID = "edge_id:IGNORE"
_NEEDS_QUOTES = re.compile('[",\r\n]|^\\s|\\s$|^$')
_MARKS = re.compile('[",\r\n]')
_FORMULA = re.compile(r"[=+\-@\t\r]")


def write_both(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield a zip of vertices.csv and edges.csv."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo  # loading it takes a tab longer than a step may

    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, write in (("vertices.csv", write_vertices), ("edges.csv", write_edges)):
            about = ZipInfo(name)
            about.compress_type = ZIP_DEFLATED
            with archive.open(about, "w", force_zip64=True) as file:
                for chunk in write(source, warnings):
                    for start in range(0, max(len(chunk), 1), CHUNK_BYTES):  # packing takes its time
                        file.write(chunk[start : start + CHUNK_BYTES])
                        yield sink.take()
    yield sink.take()


class _Sink:
    """A file that only grows, for ZipFile."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take a part."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """Return what has come since the last time."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def write_vertices(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the table of vertices."""
    survey = Survey(column_kind)
    source.passes = 2
    yield from survey.look(source.vertices(), survey.vertices)
    rows = ((vertex, [quote(vertex.id), _labels(vertex.labels)]) for vertex in source.vertices())
    yield from _table(["id:ID", ":LABEL"], rows, list(survey.vertices), warnings)


def write_edges(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the table of edges."""
    survey = Survey(column_kind)
    source.passes = 2
    yield from survey.look(source.edges(), survey.edges)
    rows = ((edge, [*map(quote, (edge.source.id, edge.target.id, edge.type, edge.id))]) for edge in source.edges())
    yield from _table([":START_ID", ":END_ID", ":TYPE", EDGE_ID], rows, list(survey.edges), warnings)


def _table(
    heads: list[str], rows: Iterable[tuple[Cell, list[str]]], columns: list[Column], warnings: Warnings
) -> Iterator[bytes]:
    """Yield a head and a line for each entity: the cells that it comes with, then its properties."""
    chunks = Chunks()
    chunks.add(_line([*heads, *map(_heading, columns)]))
    for cell, first in rows:
        more = yield from _cells(plain_properties(cell, warnings), columns, warnings)
        for piece in sliced(",".join([*first, *more]) + "\r\n"):
            if chunks.add(piece.encode()):
                yield chunks.take()
    yield chunks.take()


def _line(cells: Sequence[str]) -> bytes:
    return (",".join(cells) + "\r\n").encode()


def _heading(column: Column) -> str:
    return quote(f"{column.name}:{column.kind}")


def quote(text: str) -> str:
    """Return a cell."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def column_kind(value: object) -> str:
    """Return the type of the column of a value; '' for null."""
    if value is None:
        return ""
    if not isinstance(value, list):
        return kind_of(value)
    kinds = {type(each) for each in value}
    if len(kinds) != 1 or type(None) in kinds or bytes in kinds:
        return "json"
    if str in kinds and not all(each and LIST_MARK not in each for each in value):
        return "json"
    return kind_of(value[0]) + "[]"


def _labels(labels: Sequence[str]) -> str:
    text = LIST_MARK.join(labels)
    if text.startswith("[") or any(LIST_MARK in label for label in labels):
        text = msgspec.json.encode(labels).decode()
    return quote(text) if labels else ""


def _cells(
    properties: Mapping[str, object], columns: list[Column], warnings: Warnings
) -> Generator[bytes, None, list[str]]:
    """Return the cells of an entity. Yields empty chunks: there may be very many."""
    cells: dict[Column, str] = {}
    for part in parts(list(properties.items())):
        for name, value in part:
            if value is None:
                warnings.add("properties that hold null: left out")
                continue
            column = Column(name, column_kind(value))
            if isinstance(value, str) and _FORMULA.match(value):
                warnings.add("texts that a spreadsheet would run as formulas: written as they are")
            cells[column] = yield from _long_cell(column.kind, value)
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    line = [cells.pop(column, "") for column in columns]
    if cells:
        warnings.add("properties that came up during the export, or beyond the limit of columns: left out", len(cells))
    return line


def _long_cell(kind: str, value: object) -> Generator[bytes, None, str]:
    """Return the cell of a value, quoted. A long text is quoted in steps."""
    text = yield from _cell(kind, value)
    if len(text) <= SLICE_CHARACTERS:
        return quote(text)
    is_odd = text[0].isspace() or text[-1].isspace()
    quoted: list[str] = []
    for piece in sliced(text):
        is_odd = is_odd or _MARKS.search(piece) is not None
        quoted.append(piece.replace('"', '""'))
        yield b""
    return '"' + "".join(quoted) + '"' if is_odd else text


def _cell(kind: str, value: object) -> Generator[bytes, None, str]:
    if not isinstance(value, list):
        return (yield from format_long(value))
    if kind == "json":
        return (yield from formatting_list(value))
    pieces: list[str] = []
    for part in parts(value):
        pieces.append(LIST_MARK.join(map(format_value, part)))
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    return LIST_MARK.join(pieces)
