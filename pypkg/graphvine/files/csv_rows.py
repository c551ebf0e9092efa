"""CSV text, chunk by chunk, to rows (RFC 4180): quotes, line ends of every kind, and the line of a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from graphvine.errors import FileError
from graphvine.files.records import MAX_ITEM_BYTES, MAX_KEYS, WIDE_CHARACTERS, cut_off
from graphvine.files.text_input import TextInput

DELIMITERS = ",;\t|"
# Cells of a row: our own tables have `MAX_KEYS` properties, ids, labels and a type.
MAX_CELLS = MAX_KEYS + 16
# Characters of the first line, which tells what stands between cells.
MAX_HEAD = 8 * 1024 * 1024
_QUOTED = re.compile(r'"(?>[^"]+|"")*+"(?!")')
# How much more text must be there before a row that was not complete is looked at again.
_GROWTH = 1.5
_QUOTED_PART = re.compile(r'(?>[^"]+|"")*+')
_LINE_ENDS = frozenset({"\n", "\r", "\r\n", ""})
# How far a cell was taken in, and what ends it: None when it goes on.
_Taken = tuple[int, str | None]


class Row(NamedTuple):
    """One row. cells: None where nothing stands, not even quotes."""

    cells: list[str | None]
    line: int


class CsvRows:
    """Cuts one CSV text into rows. delimiter: '' to find it out by the first line.

    Complete cells are taken in as they come, of a long one what is there: nothing is looked at twice.
    """

    def __init__(self, delimiter: str = "") -> None:
        self._input = TextInput()
        self._parts: list[str] = []
        self._size = self._wanted = 0
        self._text = ""
        self._line = self._row_line = 1
        self._cell: re.Pattern[str] | None = None
        if delimiter:
            self._set_delimiter(delimiter)
        self._cells: list[str | None] = []
        self._row_size = self._counted = 0
        self._long: list[str] | None = None
        self._is_quoted = False

    def feed(self, data: bytes) -> Iterator[Row]:
        """Yield the rows that are complete with this chunk. Raises FileError."""
        text = self._input.feed(data)
        self._parts.append(text)
        self._size += len(text)
        if self._size >= self._wanted:
            yield from self._rows(is_end=False)
            left = len(self._text)
            if left > MAX_HEAD and self._cell is None:
                raise FileError(f"The first line has more than {MAX_HEAD:,} characters. Is this a CSV file?", line=1)
            self._size, self._wanted = left, int(left * _GROWTH)

    def finish(self) -> Iterator[Row]:
        """The text ends here."""
        self._input.finish()
        yield from self._rows(is_end=True)
        if self._long is not None and not self._is_quoted:
            self._add("".join(self._long))
            yield from self._end_row()
        elif self._text or self._long is not None:
            raise cut_off("a quoted cell", self._line)
        elif self._cells:  # a delimiter was the last character: nothing stands behind it
            self._add(None)
            yield from self._end_row()

    def _set_delimiter(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        end = rf"({mark}|\r\n|\n|\r|$(?!\n))"
        self._mark = re.compile(end)
        self._plain_part = re.compile(rf'[^"{mark}\r\n]*+')
        self._cell = re.compile(rf'(?:"((?>[^"]+|"")*+)"(?!")|([^"{mark}\r\n]*+)){end}')

    def _rows(self, *, is_end: bool) -> Iterator[Row]:
        text = self._text = "".join([self._text, *self._parts])
        self._parts.clear()
        if self._cell is None:
            first = re.search(r"[\r\n]", text)
            if first is None and not is_end:
                return
            self._set_delimiter(_guess(text[: first.start()] if first else text))
        at = self._counted = 0
        while at < len(text):
            taken = (
                self._cell_from(text, at, is_end) if self._long is None else self._more(self._long, text, at, is_end)
            )
            if taken is None:
                break
            self._grow(taken[0] - at)
            at, mark = taken
            if mark in _LINE_ENDS:
                self._count(text, at)
                yield from self._end_row()
        self._count(text, at)
        self._text = text[at:]

    def _end_row(self) -> Iterator[Row]:
        cells, line = self._cells, self._row_line
        self._cells, self._row_line, self._row_size = [], self._line, 0
        if cells != [None]:
            yield Row(cells, line)

    def _count(self, text: str, end: int) -> None:
        self._line += _newlines(text, self._counted, end)
        self._counted = end

    def _grow(self, more: int) -> None:
        self._row_size += more
        if self._row_size > MAX_ITEM_BYTES:
            raise FileError(
                f"A row has more than {MAX_ITEM_BYTES:,} characters. Is a quote not closed?", line=self._row_line
            )

    def _add(self, cell: str | None) -> None:
        self._cells.append(cell)
        if len(self._cells) > MAX_CELLS:
            raise FileError(f"A row has more than {MAX_CELLS:,} cells.", line=self._row_line)

    def _cell_from(self, text: str, at: int, is_end: bool) -> _Taken | None:
        """Take the cell that begins at `at`. Returns None when it is not complete, and neither long."""
        assert self._cell is not None  # set by `_rows`
        found = self._cell.match(text, at)
        if found is None or (not is_end and found.end() == len(text) and found[3] in ("", "\r")):
            if found is None and (is_end or len(text) - at < WIDE_CHARACTERS or text[at] != '"'):
                self._check_incomplete(text, at, is_end)
            if is_end or len(text) - at < WIDE_CHARACTERS:
                return None
            self._long, self._is_quoted = [], text[at] == '"'
            return at + self._is_quoted, None
        quoted, plain, mark = found.groups()
        self._add(plain or None if quoted is None else quoted.replace('""', '"'))
        return found.end(), mark

    def _more(self, parts: list[str], text: str, at: int, is_end: bool) -> _Taken | None:
        """Take what is there of a long cell."""
        found = (_QUOTED_PART if self._is_quoted else self._plain_part).match(text, at)
        assert found is not None  # it matches nothing, too
        end = found.end()
        if self._is_quoted and end == len(text) and text.endswith("\r", at):
            end -= 1  # a line end may go on
        parts.append(text[at:end].replace('""', '"') if self._is_quoted else text[at:end])
        if len(text) - end < 3 and not is_end:  # what follows tells whether it ends
            return (end, None) if end > at else None
        if self._is_quoted and not text.startswith('"', end):
            raise cut_off("a quoted cell", self._line)
        mark = self._mark.match(text, end + self._is_quoted)
        if mark is None:
            raise self._wrong("behind the quote that closes it" if self._is_quoted else "in the middle", text, end)
        value, self._long = "".join(parts), None
        self._add(value if self._is_quoted else value or None)
        return mark.end(), mark.group()

    def _check_incomplete(self, text: str, at: int, is_end: bool) -> None:
        if not text.startswith('"', at):
            raise self._wrong("in the middle", text, at)
        if _QUOTED.match(text, at) is not None:
            raise self._wrong("behind the quote that closes it", text, at)
        if is_end:
            raise cut_off("a quoted cell", self._line + _newlines(text, self._counted, at))

    def _wrong(self, where: str, text: str, at: int) -> FileError:
        return FileError(
            f"A cell has a quote or something else {where}. Put the cell in quotes, and write a quote twice.",
            line=self._line + _newlines(text, self._counted, at),
        )


def _guess(line: str) -> str:
    bare = _QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)


def _newlines(text: str, start: int, end: int) -> int:
    """Count line ends of every kind."""
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)
