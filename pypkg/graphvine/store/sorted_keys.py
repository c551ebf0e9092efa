"""Keys in order, in blocks: a change costs a search and the move of a few hundred pointers, however many there are.

Faster here than a balanced tree, because `bisect` and moving pointers are C, and a tree is Python at every level.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any

# Keys of a block at most; a full one is halved, and one with less than an eighth joins its neighbour.
BLOCK = 1_024


class SortedKeys:
    """Distinct keys that compare with each other."""

    def __init__(self) -> None:
        self._blocks: list[list[Any]] = []
        self._lasts: list[Any] = []

    def add(self, key: Any) -> None:
        """Add a key that is not there."""
        lasts = self._lasts
        if not lasts:
            self._blocks.append([key])
            lasts.append(key)
            return
        at = bisect_left(lasts, key)
        if at == len(lasts):
            at -= 1
            self._blocks[at].append(key)
            lasts[at] = key
        else:
            insort(self._blocks[at], key)
        if len(self._blocks[at]) > BLOCK:
            self._halve(at)

    def _halve(self, at: int) -> None:
        block = self._blocks[at]
        # Keys that come in order only ever fill the last block: leave the others full.
        middle = BLOCK - 1 if at == len(self._blocks) - 1 else BLOCK // 2
        self._blocks[at : at + 1] = [block[:middle], block[middle:]]
        self._lasts.insert(at, block[middle - 1])

    def remove(self, key: Any) -> None:
        """Remove a key that is there."""
        at = bisect_left(self._lasts, key)
        block = self._blocks[at]
        del block[bisect_left(block, key)]
        if not block:
            del self._blocks[at], self._lasts[at]
            return
        self._lasts[at] = block[-1]
        if len(block) < BLOCK // 8 and at and len(self._blocks[at - 1]) < BLOCK // 2:
            self._blocks[at - 1] += block
            self._lasts[at - 1] = block[-1]
            del self._blocks[at], self._lasts[at]

    def upward(self, low: Any = None) -> Iterator[Any]:
        """Yield the keys from `low` (included; None: from the first) upward. Tolerates changes while it runs."""
        at = 0 if low is None else bisect_left(self._lasts, low)
        part = self._blocks[at] if at < len(self._blocks) else []
        part = part[:] if low is None else part[bisect_left(part, low) :]
        while part:
            yield from part
            at = bisect_right(self._lasts, part[-1])
            block = self._blocks[at] if at < len(self._blocks) else []
            part = block[bisect_right(block, part[-1]) :]

    def downward(self, high: Any = None) -> Iterator[Any]:
        """Yield the keys from `high` (included; None: from the last) downward. Tolerates changes while it runs."""
        if high is None:
            part = self._blocks[-1][:] if self._blocks else []
        else:
            if high in self:
                yield high
            part = self._below(high)
        while part:
            yield from reversed(part)
            part = self._below(part[0])

    def _below(self, key: Any) -> list[Any]:
        """Return the block's worth of keys right below `key`."""
        at = bisect_left(self._lasts, key)
        if at < len(self._blocks):
            block = self._blocks[at]
            part = block[: bisect_left(block, key)]
            if part:
                return part
        return self._blocks[at - 1][:] if at else []

    def __contains__(self, key: Any) -> bool:
        at = bisect_left(self._lasts, key)
        if at == len(self._lasts):
            return False
        block = self._blocks[at]
        place = bisect_left(block, key)
        return bool(block[place] == key)

    def __len__(self) -> int:
        return sum(map(len, self._blocks))
