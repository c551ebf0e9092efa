"""The visible sequence: a list of pieces with a remembered place. No CRDT in here.

People edit near where they edited last, so finding a place starts from the last one. A piece is a plain `str` (or a
tuple), because slicing and adding those is the fastest thing that Python does.
"""

from __future__ import annotations

from typing import Generic

from graphvine.crdt.text.params import CHUNK
from graphvine.crdt.text.sequence import Content, Edit, join


class Rope(Generic[Content]):
    """A long sequence that is cheap to edit in the middle.

    size: number of elements.
    """

    __slots__ = ("_at", "_chunks", "_empty", "_index", "size")

    def __init__(self, content: Content) -> None:
        self._empty: Content = content[:0]
        self._chunks: list[Content] = [content[i : i + CHUNK] for i in range(0, len(content), CHUNK)] or [content]
        self._index = 0
        self._at = 0
        self.size = len(content)

    def copy(self) -> Rope[Content]:
        """Return a rope that changes on its own."""
        twin = Rope(self._empty)
        twin._chunks, twin.size = list(self._chunks), self.size
        return twin

    def _seek(self, pos: int) -> int:
        """Make the piece that holds the gap `pos` the current one; return its start."""
        at, index, chunks = self._at, self._index, self._chunks
        if pos < at - pos:
            at = index = 0
        while pos < at:
            index -= 1
            at -= len(chunks[index])
        last = len(chunks) - 1
        while index < last:
            end = at + len(chunks[index])
            if pos <= end:
                break
            at = end
            index += 1
        self._at, self._index = at, index
        return at

    def insert(self, pos: int, content: Content) -> None:
        """Put `content` before the element at `pos` (0 to `size`; the caller has checked)."""
        offset = pos - self._at
        chunk = self._chunks[self._index]
        if not 0 <= offset <= len(chunk):
            offset = pos - self._seek(pos)
            chunk = self._chunks[self._index]
        chunk = chunk[:offset] + content + chunk[offset:]
        self._chunks[self._index] = chunk
        self.size += len(content)
        if len(chunk) > 2 * CHUNK:
            pieces = [chunk[i : i + CHUNK] for i in range(0, len(chunk), CHUNK)]
            self._chunks[self._index : self._index + 1] = pieces

    def delete(self, pos: int, count: int) -> None:
        """Remove `count` elements from `pos` on (all inside; the caller has checked)."""
        offset = pos - self._at
        chunk = self._chunks[self._index]
        if not 0 <= offset <= len(chunk) - count:
            offset = pos - self._seek(pos)
            chunk = self._chunks[self._index]
        self.size -= count
        rest = chunk[:offset] + chunk[offset + count :]
        self._chunks[self._index] = rest
        count -= len(chunk) - len(rest)
        if count or not rest:
            self._delete_across(count)

    def _delete_across(self, count: int) -> None:
        """Remove `count` elements from the start of the following pieces, and drop pieces that became empty."""
        chunks, index = self._chunks, self._index
        end = index + 1
        while count and count >= len(chunks[end]):
            count -= len(chunks[end])
            end += 1
        if count:
            chunks[end] = chunks[end][count:]
        del chunks[index + 1 if chunks[index] else index : end]
        if not chunks:
            chunks.append(self._empty)
        if index >= len(chunks):
            self._index = self._at = 0

    def splice(self, edits: list[Edit]) -> None:
        """Make edits, each one a deletion or an insertion, in order."""
        for pos, deleted, content, _ in edits:
            if deleted:
                self.delete(pos, deleted)
            else:
                self.insert(pos, content)

    def slice(self, start: int, end: int) -> Content:
        """Return the elements from `start` up to `end`."""
        if start >= end:
            return self._empty
        offset = start - self._seek(start)
        chunk = self._chunks[self._index]
        part = chunk[offset : offset + end - start]
        if len(part) == end - start:
            return part
        parts, missing, index = [part], end - start - len(part), self._index
        while missing:
            index += 1
            part = self._chunks[index][:missing]
            parts.append(part)
            missing -= len(part)
        return join(self._empty, parts)

    def pieces(self) -> list[Content]:
        """Return the pieces in order; together they are the sequence."""
        return list(self._chunks)

    def content(self) -> Content:
        """Return the whole sequence."""
        return join(self._empty, self._chunks)
