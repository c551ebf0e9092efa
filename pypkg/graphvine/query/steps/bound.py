"""What can still be among the first rows of a sort, told by the first key alone."""

from __future__ import annotations

from typing import Any

from graphvine.query.readers import Reader
from graphvine.query.steps.block import Block, Values
from graphvine.query.steps.step import Blocks, Rows

_NULL = type(None)
# Kinds of values that Python sorts as ORDER BY does, NaN apart.
_FAMILIES = ({int}, {float}, {int, float}, {str})


class Bound:
    """Leaves out rows that come behind `most` others in any case.

    most: None where all rows are wanted. is_alone: there is no second key, so a later row with the same value loses.
    """

    def __init__(self, most: int | None, *, is_descending: bool, is_alone: bool) -> None:
        self.most = most
        self.is_descending = is_descending
        self.is_alone = is_alone
        # The best values so far, at most `most`, all of one family.
        self._best: Values = []

    def rows(self, blocks: Blocks, key: Reader) -> Rows:
        """Give the rows of blocks that may count."""
        for block in blocks:
            if block is None:
                yield None
                continue
            if self.most:
                block = self._reduced(block, (yield from key.values(block)))
            yield from block.rows()

    def _reduced(self, block: Block, values: Values) -> Block:
        kinds = {*map(type, values)}
        has_null = _NULL in kinds
        known = [value for value in values if value is not None] if has_null else values
        if not self._is_one_family(kinds - {_NULL}, known):
            return block
        limit, is_strict = self._limit(known)
        if limit is None:
            return block
        if self.is_descending:
            # Nulls come first.
            if is_strict:
                return block.where([value is None or value > limit for value in values])
            return block.where([value is None or value >= limit for value in values])
        if is_strict:
            return block.where([value is not None and value < limit for value in values])
        return block.where([value is not None and value <= limit for value in values])

    def _is_one_family(self, kinds: set[type], values: Values) -> bool:
        together = kinds | {*map(type, self._best)}
        return together in _FAMILIES and not (float in kinds and any(value != value for value in values))

    def _limit(self, values: Values) -> tuple[Any, bool]:
        """Return what a value must reach, or go beyond, None when any will do; and take the values in."""
        most = self.most or 0
        if len(self._best) == most:
            limit, is_strict = self._best[-1], self.is_alone
            values = [value for value in values if (value > limit if self.is_descending else value < limit)]
            self._take(values)
            return limit, is_strict
        self._take(values)
        return (self._best[-1] if len(self._best) == most else None), False

    def _take(self, values: Values) -> None:
        if values:
            self._best = sorted(self._best + values, reverse=self.is_descending)[: self.most]
