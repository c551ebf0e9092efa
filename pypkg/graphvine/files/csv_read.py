"""CSV tables as records: with the headers of Neo4j's import, or plain ones whose columns the caller explains."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import NamedTuple

from graphvine.errors import FileError, InvalidValue
from graphvine.files.csv_rows import CsvRows, Row
from graphvine.files.csv_write import EDGE_ID, LIST_MARK
from graphvine.files.long_values import parse_long
from graphvine.files.records import RECORDS_PER_SLICE, EdgeRecord, Record, VertexRecord, Warnings, parts
from graphvine.files.value_json import parse_list
from graphvine.files.value_text import KINDS, NotFinite, parse_value
from graphvine.files.zip_stream import SIGNATURE, ZipStream

EDGE_TYPE = "EDGE"
_ROLE = re.compile(r"(.*):(ID|START_ID|END_ID|LABEL|TYPE|IGNORE)(?:\((.*)\))?(?:\{.*\})?", re.DOTALL)
_TYPED = re.compile(r"(.+):([A-Za-z]+)(?:\{[^{}]*\})?(\[\])?", re.DOTALL)
# Names that plain tables give to what they are about, in lower case.
_IDS = ("id", "_id", "key")
_SOURCES, _TARGETS = ("source", "from", "start"), ("target", "to", "end")
_UNTYPED = frozenset({"directed", "undirected"})  # what Gephi writes into a column "Type"


class _Column(NamedTuple):
    """What a column holds. role: id, start, end, label, type, edge, ignore or value. space: a group of ids."""

    role: str
    name: str = ""
    kind: str = "string"
    is_list: bool = False
    space: str = ""


class CsvReader:
    """Reads one table, or a zip of several.

    For plain tables: id, source, target name columns; label and type a column, or a label or type for every row; types
    gives the type of columns by name. delimiter: '' finds it out.
    """

    unique_ids = True

    def __init__(
        self,
        delimiter: str = "",
        id: str = "",
        label: str = "",
        source: str = "",
        target: str = "",
        type: str = "",
        types: Mapping[str, str] | None = None,
    ) -> None:
        if len(delimiter) > 1 or delimiter in ('"', "\r", "\n"):
            raise InvalidValue("A delimiter is one character, such as ; or a tab.")
        for name, kind in (types or {}).items():
            if kind.removesuffix("[]") not in KINDS:
                raise InvalidValue(f"Column {name!r} can't be of type {kind!r}: there is {', '.join(sorted(KINDS))}.")
        self.warnings = Warnings()
        self._delimiter = delimiter
        self._hints = {"id": id, "label": label, "source": source, "target": target, "type": type}
        self._types = dict(types or {})
        self._head = b""
        self._zip: ZipStream | None = None
        self._table: _Table | None = None

    def feed(self, data: bytes) -> Iterator[Record | None]:
        """Yield what is complete with this chunk."""
        if self._zip is None and self._table is None:
            self._head += data
            if len(self._head) < len(SIGNATURE):
                return
            data = self._begin()
        if self._zip is not None:
            yield from self._unzip(data)
        elif self._table is not None:
            yield from self._table.feed(data)

    def finish(self) -> Iterator[Record | None]:
        """The file ends here."""
        if self._zip is None and self._table is None:
            yield from self.feed_all(self._begin())
        if self._zip is not None:
            self._zip.finish()
        elif self._table is not None:
            yield from self._table.finish()

    def feed_all(self, data: bytes) -> Iterator[Record | None]:
        """Take a file that is shorter than any signature."""
        if self._table is not None:
            yield from self._table.feed(data)

    def _begin(self) -> bytes:
        data, self._head = self._head, b""
        if data.startswith(SIGNATURE):
            self._zip = ZipStream()
        else:
            self._table = self._new_table("")
        return data

    def _new_table(self, file: str) -> _Table:
        return _Table(CsvRows(self._delimiter), self._hints, self._types, self.warnings, file)

    def _unzip(self, data: bytes) -> Iterator[Record | None]:
        assert self._zip is not None  # the caller looked
        for piece in self._zip.feed(data):
            lower = piece.name.lower()
            if not lower.endswith((".csv", ".tsv", ".txt")) or "__macosx" in lower:
                if piece.is_last and not piece.name.endswith("/"):
                    self.warnings.add("files in the zip that are no tables: left out")
                continue
            if self._table is None:
                self._table = self._new_table(piece.name)
            yield from self._table.feed(piece.data)
            yield None
            if piece.is_last:
                yield from self._table.finish()
                self._table = None


class _Table:
    """One table being read. file: its name in a zip, for messages."""

    def __init__(
        self, rows: CsvRows, hints: Mapping[str, str], types: Mapping[str, str], warnings: Warnings, file: str
    ) -> None:
        self._rows = rows
        self._hints = hints
        self._types = types
        self._warnings = warnings
        self._file = file
        self._columns: list[_Column] = []
        self._is_edges = False

    def feed(self, data: bytes) -> Iterator[Record | None]:
        """Yield the records of the rows that are complete."""
        for row in self._rows.feed(data):
            yield from self._take(row)

    def finish(self) -> Iterator[Record | None]:
        """The table ends here."""
        for row in self._rows.finish():
            yield from self._take(row)
        if not self._columns:
            raise FileError(f"The table{self._of_file()} is empty: it has no header.", line=1)

    def _of_file(self) -> str:
        return f" {self._file!r}" if self._file else ""

    def _take(self, row: Row) -> Iterator[Record | None]:
        if not self._columns:
            self._columns = yield from self._header(row)
            return
        if len(row.cells) != len(self._columns):
            raise FileError(
                f"A row{self._of_file()} has {len(row.cells)} cells, the header {len(self._columns)}.", line=row.line
            )
        yield (yield from (self._edge(row) if self._is_edges else self._vertex(row)))

    # -- the header ---------------------------------------------------------------------------------------------------

    def _header(self, row: Row) -> Generator[None, None, list[_Column]]:
        columns: list[_Column] = []
        for part in parts(row.cells):
            columns += [self._column(cell or "") for cell in part]
            yield None
        if all(column.role == "value" for column in columns):
            columns = self._plain(columns, row.line)
        roles = [column.role for column in columns]
        self._is_edges = "start" in roles or "end" in roles
        for role, what in (("start", ":START_ID"), ("end", ":END_ID")) if self._is_edges else (("id", ":ID"),):
            if roles.count(role) != 1:
                raise FileError(f"The header{self._of_file()} needs exactly one column {what}.", line=row.line)
        return columns

    def _column(self, heading: str) -> _Column:
        if heading == EDGE_ID:
            return _Column("edge")
        role = _ROLE.fullmatch(heading)
        if role is not None:
            kind = role[2].lower().removesuffix("_id")
            return _Column(kind, "" if role[1] == "id" else role[1], space=role[3] or "")
        typed = _TYPED.fullmatch(heading)
        if typed is None or heading in self._types:
            kind = self._types.get(heading, "string")
            return _Column("value" if heading else "ignore", heading, kind.removesuffix("[]"), kind.endswith("[]"))
        kind = typed[2].lower()
        if kind not in KINDS and kind != "json":
            self._warnings.add(f"columns of the unknown type {kind!r}: taken as text")
            kind = "string"
        return _Column("value", typed[1], kind, typed[3] is not None)

    def _plain(self, columns: list[_Column], line: int) -> list[_Column]:
        """Find the roles of columns that only have names."""
        by_name = {column.name.lower(): number for number, column in enumerate(columns)}
        hints = self._hints
        found = {
            "start": self._place(by_name, hints["source"], _SOURCES, line),
            "end": self._place(by_name, hints["target"], _TARGETS, line),
        }
        if None in found.values():
            found = {"id": self._place(by_name, hints["id"], _IDS, line)}
            if found["id"] is None:
                raise FileError(
                    f"Which column{self._of_file()} holds the ids? Name it (id=…), or call it id:ID; a table of edges "
                    "needs source and target.",
                    line=line,
                )
            found["label"] = by_name.get(hints["label"].lower()) if hints["label"] else None
        else:
            found["edge"] = self._place(by_name, hints["id"], _IDS, line)
            found["type"] = by_name.get((hints["type"] or "type").lower())
        for role, number in found.items():
            if number is not None:
                columns[number] = columns[number]._replace(role=role, name="")
        return columns

    def _place(self, by_name: Mapping[str, int], hint: str, usual: tuple[str, ...], line: int) -> int | None:
        if hint and hint.lower() not in by_name:
            raise FileError(f"There is no column {hint!r}{self._of_file()}.", line=line)
        return next((by_name[name] for name in ([hint.lower()] if hint else usual) if name in by_name), None)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _vertex(self, row: Row) -> Generator[None, None, VertexRecord]:
        roles, properties = yield from self._read(row)
        id_ = roles.get("id")
        if id_ is None:
            raise FileError(f"A row{self._of_file()} has no id.", line=row.line)
        labels = self._labels(roles.get("label") or "", row.line)
        if "label" not in roles and self._hints["label"] and not self._is_column("label"):
            labels = [self._hints["label"]]
        return VertexRecord(id_, labels, properties, row.line)

    def _is_column(self, role: str) -> bool:
        return any(column.role == role for column in self._columns)

    def _labels(self, text: str, line: int) -> list[str]:
        if not text.startswith("["):
            return [label for label in text.split(LIST_MARK) if label]
        try:
            return [str(label) for label in parse_list(text)]
        except ValueError as error:
            raise FileError(str(error), line=line) from None

    def _edge(self, row: Row) -> Generator[None, None, EdgeRecord]:
        roles, properties = yield from self._read(row)
        source, target = roles.get("start"), roles.get("end")
        if source is None or target is None:
            raise FileError(f"A row{self._of_file()} has no source or no target.", line=row.line)
        type_ = roles.get("type")
        if type_ is None or type_.lower() in _UNTYPED:
            type_ = "" if self._is_column("type") else self._hints["type"]
        if not type_:
            self._warnings.add(f"edges without a type: called {EDGE_TYPE}")
            type_ = EDGE_TYPE
        return EdgeRecord(roles.get("edge") or "", type_, source, target, properties, row.line)

    def _read(self, row: Row) -> Generator[None, None, tuple[dict[str, str], dict[str, object]]]:
        """Return what the row says by role, and its properties."""
        roles: dict[str, str] = {}
        properties: dict[str, object] = {}
        for column, cell in zip(self._columns, row.cells, strict=True):
            if cell is None or column.role == "ignore":
                continue
            if column.role == "value":
                yield from self._set(properties, column, cell, row.line)
                if not len(properties) % RECORDS_PER_SLICE:
                    yield None
                continue
            roles[column.role] = f"{column.space}/{cell}" if column.space else cell
            if column.name:
                properties[column.name] = cell
        return roles, properties

    def _set(self, properties: dict[str, object], column: _Column, cell: str, line: int) -> Iterator[None]:
        try:
            if column.is_list:
                elements = cell.split(LIST_MARK) if cell else []
                values: list[object] = []
                for part in parts(elements):
                    values += [parse_value(column.kind, element) for element in part]
                    if len(part) == RECORDS_PER_SLICE:
                        yield None
                properties[column.name] = values
            else:
                properties[column.name] = yield from parse_long(column.kind, cell)
        except NotFinite:
            self._warnings.add("numbers that are infinite or none: left out")
        except ValueError as error:
            raise FileError(f"{column.name!r}{self._of_file()}: {error}", line=line) from None
