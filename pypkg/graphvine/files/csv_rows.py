"""CSV text, chunk by chunk, to rows (RFC 4180): quotes, line ends of every kind, and the line of a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from graphvine.errors import FileError
from graphvine.files.records import MAX_ITEM_BYTES, cut_off
from graphvine.files.text_input import TextInput

DELIMITERS = ",;\t|"
MAX_CELLS = 10_000
_QUOTED = re.compile(r'"(?>[^"]+|"")*+"(?!")')
# How much more text must be there before a row that was not complete is looked at again.
_GROWTH = 1.5


class Row(NamedTuple):
    """One row. cells: None where nothing stands, not even quotes."""

    cells: list[str | None]
    line: int


class CsvRows:
    """Cuts one CSV text into rows. delimiter: '' to find it out by the first line."""

    def __init__(self, delimiter: str = "") -> None:
        self._input = TextInput()
        self._parts: list[str] = []
        self._size = self._wanted = 0
        self._text = ""
        self._line = 1
        self._delimiter = delimiter
        self._cell = _cell_pattern(delimiter) if delimiter else None

    def feed(self, data: bytes) -> Iterator[Row]:
        """Yield the rows that are complete with this chunk. Raises FileError."""
        text = self._input.feed(data)
        self._parts.append(text)
        self._size += len(text)
        if self._size >= self._wanted:
            yield from self._rows(is_end=False)
            left = len(self._text)
            if left > MAX_ITEM_BYTES:
                raise FileError(
                    f"A row has more than {MAX_ITEM_BYTES:,} characters. Is a quote not closed?", line=self._line
                )
            self._size, self._wanted = left, int(left * _GROWTH)

    def finish(self) -> Iterator[Row]:
        """The text ends here."""
        self._input.finish()
        yield from self._rows(is_end=True)
        if self._text:
            raise cut_off("a quoted cell", self._line)

    def _rows(self, *, is_end: bool) -> Iterator[Row]:
        text = self._text = "".join([self._text, *self._parts])
        self._parts.clear()
        if self._cell is None:
            first = re.search(r"[\r\n]", text)
            if first is None and not is_end:
                return
            self._cell = _cell_pattern(_guess(text[: first.start()] if first else text))
        start = 0
        while start < len(text):
            found = self._row(text, start, is_end)
            if found is None:
                break
            cells, end = found
            line = self._line
            self._line += _newlines(text, start, end)
            start = end
            if cells != [None]:
                yield Row(cells, line)
        self._text = text[start:]

    def _row(self, text: str, start: int, is_end: bool) -> tuple[list[str | None], int] | None:
        """Return the cells of the row that begins at `start`, and its end; None when it is not complete."""
        assert self._cell is not None  # set by `_rows`
        cells: list[str | None] = []
        at = start
        while True:
            found = self._cell.match(text, at)
            if found is None:
                self._check_incomplete(text, start, at, is_end)
                return None
            quoted, plain, mark = found.groups()
            at = found.end()
            if not is_end and (at == len(text)) and mark != "\n":
                return None  # the cell, or \r\n, may go on
            cells.append(plain or None if quoted is None else quoted.replace('""', '"'))
            if len(cells) > MAX_CELLS:
                raise FileError(f"A row has more than {MAX_CELLS:,} cells.", line=self._line)
            if mark in ("\n", "\r", "\r\n", ""):
                return cells, at

    def _check_incomplete(self, text: str, start: int, at: int, is_end: bool) -> None:
        line = self._line + _newlines(text, start, at)
        if not text.startswith('"', at) or _QUOTED.match(text, at) is not None:
            where = "behind the quote that closes it" if text.startswith('"', at) else "in the middle"
            raise FileError(
                f"A cell has a quote or something else {where}. Put the cell in quotes, and write a quote twice.",
                line=line,
            )
        if is_end:
            raise cut_off("a quoted cell", line)


def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?:"((?>[^"]+|"")*+)"(?!")|([^"{mark}\r\n]*+))({mark}|\r\n|\n|\r|$(?!\n))')


def _guess(line: str) -> str:
    bare = _QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)


def _newlines(text: str, start: int, end: int) -> int:
    """Count line ends of every kind."""
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)
