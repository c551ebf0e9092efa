"""Offsets as JavaScript counts them: UTF-16 code units, of which a character beyond U+FFFF takes two."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphvine.crdt.text.rope import Rope


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def to_utf16(rope: Rope[str], pos: int) -> int:
    """Return the UTF-16 offset of the gap at code point `pos`; in front of the text that is 0, behind it the length."""
    offset, pos = 0, max(pos, 0)
    for piece in rope.pieces():
        if pos <= len(piece):
            return offset + units(piece[:pos])
        pos -= len(piece)
        offset += units(piece)
    return offset


def from_utf16(rope: Rope[str], offset: int) -> int:
    """Return the code point position of a UTF-16 offset. The middle of a surrogate pair is the gap before it.

    What lies in front of the text or behind it is its nearer end.
    """
    pos, offset = 0, max(offset, 0)
    for piece in rope.pieces():
        size = units(piece)
        if offset <= size:
            if size == len(piece):
                return pos + offset
            return pos + len(piece.encode("utf-16-le")[: 2 * offset].decode("utf-16-le", "ignore"))
        offset -= size
        pos += len(piece)
    return pos


class Utf16Offsets:
    """Turns edits in characters into edits in UTF-16 code units, one batch after the other.

    It keeps a copy of the text, one step behind, but only once the text has wide characters: until then both count
    alike.
    """

    def __init__(self, text: str) -> None:
        self._copy: Rope[str] | None = Rope(text) if units(text) != len(text) else None

    def convert(self, edits: Sequence[tuple[int, int, str]], after: Callable[[], str]) -> list[tuple[int, int, str]]:
        """Return (offset, units to delete, text to insert) for each edit. after: returns the text with all of them."""
        if self._copy is None and any(units(content) != len(content) for _, _, content in edits):
            self._copy = Rope(_before(after(), edits))
        return [self._convert(pos, deleted, content) for pos, deleted, content in edits]

    def _convert(self, pos: int, deleted: int, content: str) -> tuple[int, int, str]:
        copy = self._copy
        if copy is None:
            return pos, deleted, content
        offset = to_utf16(copy, pos)
        count = 0
        if deleted:
            count = units(copy.slice(pos, pos + deleted))
            copy.delete(pos, deleted)
        if content:
            copy.insert(pos, content)
        return offset, count, content


def _before(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Return a stand-in for the text before these edits, in which no character is wide."""
    length = len(text)
    for _, deleted, content in edits:
        length += deleted - len(content)
    return "x" * length
