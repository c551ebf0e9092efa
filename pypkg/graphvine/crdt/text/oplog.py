"""What every event did, as its author saw it: one row per run of typing, deleting or backspacing.

======== ================================ =================================
kind     meaning of `pos`                 the next event of the run is at
======== ================================ =================================
INSERT   the gap of the first element     pos + 1
DELETE   the first element deleted        pos (the rest moved up)
BACKSPACE the first element deleted       pos - 1
======== ================================ =================================
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Generic

from graphvine.crdt.text.params import MAX_RUN
from graphvine.crdt.text.sequence import BACKSPACE, DELETE, INSERT, Content, Op


class OpLog(Generic[Content]):
    """Columns, one row per run: first event, kind, position, content. `size` events in all."""

    __slots__ = ("content", "empty", "kind", "pos", "size", "start")

    def __init__(self, empty: Content) -> None:
        self.empty: Content = empty
        self.start: list[int] = []
        self.kind: list[int] = []
        self.pos: list[int] = []
        self.content: list[Content] = []
        self.size = 0

    def copy(self) -> OpLog[Content]:
        """Return a log that grows on its own."""
        twin = OpLog(self.empty)
        twin.start, twin.kind, twin.pos = list(self.start), list(self.kind), list(self.pos)
        twin.content, twin.size = list(self.content), self.size
        return twin

    def insert(self, pos: int, content: Content) -> None:
        """Add the events of inserting `content` at `pos`."""
        if self.kind and self.kind[-1] == INSERT:
            last = self.content[-1]
            count = len(last)
            if self.pos[-1] + count == pos and count < MAX_RUN:
                self.content[-1] = last + content
                self.size += len(content)
                return
        self._row(INSERT, pos, content)
        self.size += len(content)

    def delete(self, pos: int, count: int) -> None:
        """Add the events of deleting `count` elements from `pos` on, forwards."""
        if not (self.kind and self.kind[-1] != INSERT and self._goes_on(pos, count)):
            self._row(DELETE, pos, self.empty)
        self.size += count

    def _goes_on(self, pos: int, count: int) -> bool:
        """Whether a deletion belongs to the last row, which is one too."""
        last = self.pos[-1]
        if self.kind[-1] == DELETE:
            if pos == last:
                return True
            if count == 1 and pos == last - 1 and self.size - self.start[-1] == 1:
                self.kind[-1] = BACKSPACE
                return True
            return False
        return count == 1 and pos == last - self.size + self.start[-1]

    def backspace(self, pos: int, count: int) -> None:
        """Add the events of deleting `count` elements from `pos` on, backwards."""
        if count == 1:
            self.delete(pos, 1)
            return
        self._row(BACKSPACE, pos, self.empty)
        self.size += count

    def row(self, kind: int, pos: int, length: int) -> None:
        """Add a run as it is, without content."""
        self._row(kind, pos, self.empty)
        self.size += length

    def prepend(self, past: OpLog[Content]) -> None:
        """Put the rows of another log first. Our first event is its last one plus one."""
        self.start[:0] = past.start
        self.kind[:0] = past.kind
        self.pos[:0] = past.pos
        self.content[:0] = past.content

    def lengths(self) -> list[int]:
        """Return the number of events of each row."""
        ends = [*self.start[1:], self.size]
        return [end - start for start, end in zip(self.start, ends, strict=False)]

    def _row(self, kind: int, pos: int, content: Content) -> None:
        self.start.append(self.size)
        self.kind.append(kind)
        self.pos.append(pos)
        self.content.append(content)

    def ops(self, start: int, end: int) -> list[Op]:
        """Return the events from `start` up to `end` as runs, in order."""
        starts = self.start
        rows = len(starts)
        row = bisect_right(starts, start) - 1
        result: list[Op] = []
        while start < end:
            first = starts[row]
            kind, pos, content = self.kind[row], self.pos[row], self.content[row]
            row += 1
            stop = starts[row] if row < rows else self.size
            if stop > end:
                stop = end
            if kind == INSERT:
                if stop - first < len(content) or start > first:
                    pos += start - first
                    content = content[start - first : stop - first]
            elif kind == BACKSPACE:
                pos -= start - first
            result.append((start, kind, pos, stop - start, content))
            start = stop
        return result
