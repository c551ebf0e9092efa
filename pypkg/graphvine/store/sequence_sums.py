"""The live sequences of one writer in order, and what any range of them sums up to, without a walk through it.

Sequences stand in blocks, as in `store.sorted_keys`, and each block keeps its sum. What lies before a block is summed
up when somebody asks, as far as blocks have changed since; then the sum of a range is two look-ups.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

# Sequences of a block at most. Two neighbours have more than half as many together.
BLOCK: Final = 128


class RangeSum(NamedTuple):
    """What the sequences from `low` to `high`, both included, sum up to."""

    low: int
    high: int
    total: int


class _Block:
    __slots__ = ("keys", "terms", "total")

    def __init__(self, keys: list[int], terms: list[int]) -> None:
        self.keys = keys
        self.terms = terms
        self.total = sum(terms)


class SequenceSums:
    """Distinct sequences, each with a term. total: of all terms. Terms are added up as they are, never reduced."""

    def __init__(self) -> None:
        self.total = 0
        self._size = 0
        self._blocks: list[_Block] = []
        self._lasts: list[int] = []
        # How many sequences lie before each block, and their sum: valid as far as it goes.
        self._counts = [0]
        self._totals = [0]
        # The block that was looked into last, and the sums of its first 0, 1, 2 ... terms.
        self._open: _Block | None = None
        self._sums: list[int] = []

    # -- keeping them -------------------------------------------------------------------------------------------------

    def add(self, sequence: int) -> None:
        """Take in a sequence that is not here. Its term is 0 until it is changed."""
        self._size += 1
        if not self._lasts or sequence > self._lasts[-1]:
            self._append(sequence)
            return
        at = bisect_left(self._lasts, sequence)
        block = self._blocks[at]
        place = bisect_left(block.keys, sequence)
        block.keys.insert(place, sequence)
        block.terms.insert(place, 0)
        self._touch(at)
        if len(block.keys) > BLOCK:
            middle = BLOCK // 2
            lower = _Block(block.keys[:middle], block.terms[:middle])
            upper = _Block(block.keys[middle:], block.terms[middle:])
            self._blocks[at : at + 1] = [lower, upper]
            self._lasts.insert(at, lower.keys[-1])

    def _append(self, sequence: int) -> None:
        if self._blocks and len(self._blocks[-1].keys) < BLOCK:
            self._blocks[-1].keys.append(sequence)
            self._blocks[-1].terms.append(0)
            self._lasts[-1] = sequence
        else:
            self._blocks.append(_Block([sequence], [0]))
            self._lasts.append(sequence)
        self._touch(len(self._blocks) - 1)

    def change(self, sequence: int, delta: int) -> None:
        """Add to the term of a sequence that is here."""
        at = bisect_left(self._lasts, sequence)
        block = self._blocks[at]
        place = bisect_left(block.keys, sequence)
        term = block.terms[place]
        block.terms[place] = term + delta if term else delta  # the first one is kept as the very object that it is
        block.total += delta
        self.total += delta
        self._touch(at)

    def remove(self, sequence: int) -> None:
        """Forget a sequence that is here, and its term."""
        at = bisect_left(self._lasts, sequence)
        block = self._blocks[at]
        place = bisect_left(block.keys, sequence)
        del block.keys[place]
        term = block.terms.pop(place)
        block.total -= term
        self.total -= term
        self._size -= 1
        self._touch(at)
        if block.keys:
            self._lasts[at] = block.keys[-1]
            self._join(at)
        else:
            del self._blocks[at], self._lasts[at]
        self._join(at - 1)

    def _join(self, at: int) -> None:
        """Make one of a block and the next, if both are small."""
        if at < 0 or at + 1 >= len(self._blocks):
            return
        left, right = self._blocks[at : at + 2]
        if len(left.keys) + len(right.keys) <= BLOCK // 2:
            self._touch(at)
            self._blocks[at : at + 2] = [_Block(left.keys + right.keys, left.terms + right.terms)]
            del self._lasts[at]

    def _touch(self, at: int) -> None:
        """What was summed up behind the start of a block, or inside of one, is not true any more."""
        if len(self._totals) > at + 1:
            del self._counts[at + 1 :], self._totals[at + 1 :]
        self._open = None

    # -- asking -------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._size

    def next_after(self, sequence: int) -> int | None:
        """Return the smallest sequence above, or None."""
        at = bisect_right(self._lasts, sequence)
        if at == len(self._lasts):
            return None
        keys = self._blocks[at].keys
        return keys[bisect_right(keys, sequence)]

    def between(self, low: int, high: int) -> int:
        """Return the sum of the terms from `low` to `high`, both included."""
        if low == high:
            return self._at(low)
        _, before = self._before(low)  # first: the block of the range before is still open
        return self._before(high + 1)[1] - before

    def divide(self, low: int, high: int, *, singles: int, parts: int) -> Iterator[RangeSum]:
        """Cut a range: each sequence by itself when they are at most `singles`, else `parts` of as many each, or fewer.

        The latter fill the range without a gap.
        """
        (first, before), (end, total) = self._before(low), self._before(high + 1)
        if end - first <= singles:
            yield from self._single(first, end)
            return
        for rank in range(first + -(-(end - first) // parts), end, -(-(end - first) // parts)):
            following, until = self._look_up(rank)
            yield RangeSum(low, following - 1, until - before)
            low, before = following, until
        yield RangeSum(low, high, total - before)

    def _single(self, first: int, end: int) -> Iterator[RangeSum]:
        at = bisect_right(self._counts, first) - 1
        while first < end:
            block, start = self._blocks[at], self._counts[at]
            for place in range(first - start, min(end - start, len(block.keys))):
                yield RangeSum(block.keys[place], block.keys[place], block.terms[place])
            at, first = at + 1, start + len(block.keys)

    def _at(self, sequence: int) -> int:
        at = bisect_left(self._lasts, sequence)
        if at == len(self._lasts):
            return 0
        block = self._blocks[at]
        place = bisect_left(block.keys, sequence)
        return block.terms[place] if block.keys[place] == sequence else 0

    def _before(self, sequence: int) -> tuple[int, int]:
        """Return how many sequences lie below this one, and their sum."""
        self._sum_up()
        at = bisect_left(self._lasts, sequence)
        if at == len(self._lasts):
            return self._size, self.total
        block = self._blocks[at]
        place = bisect_left(block.keys, sequence)
        return self._counts[at] + place, self._totals[at] + self._sums_of(block)[place]

    def _look_up(self, rank: int) -> tuple[int, int]:
        """Return the sequence that so many others lie below, and the sum of those. After `_before` only."""
        at = bisect_right(self._counts, rank, 0, len(self._blocks)) - 1
        block, place = self._blocks[at], rank - self._counts[at]
        return block.keys[place], self._totals[at] + self._sums_of(block)[place]

    def _sum_up(self) -> None:
        counts, totals = self._counts, self._totals
        for block in self._blocks[len(totals) - 1 :]:
            counts.append(counts[-1] + len(block.keys))
            totals.append(totals[-1] + block.total)

    def _sums_of(self, block: _Block) -> list[int]:
        """Return the sums of the first terms of a block. Ranges that follow each other meet the same block again."""
        if block is not self._open:
            self._open, self._sums = block, list(accumulate(block.terms, initial=0))
        return self._sums
