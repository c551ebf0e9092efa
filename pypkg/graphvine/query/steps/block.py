"""Rows side by side: a block holds a list for each slot that differs, instead of a list for each row.

Whoever takes all rows of a step asks for blocks. What a step does to a block is a few comprehensions over lists, where
rows cost a generator's turn and a copy each, many times as much in a tab. Columns are made when somebody asks for
them: those that a filter, DISTINCT or LIMIT leaves nothing of are never read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, compress
from typing import Any

from graphvine.query.values import Row

# A column: a value for each row.
Values = list[Any]
# Rows of one block, about: what a tab gets done in a small part of a slice.
BLOCK = 2_048

# A column that is no slot: which row of an outer block a row belongs to.
PLACE = -1

Pick = Callable[[Values], Values]
_NO_KINDS: dict[int, type] = {}


class Block:
    """Some rows. base: what they all start as; size: how many. columns: what differs, by slot.

    kinds: slots that hold vertices or edges of the state in every row. late: how to read columns that nobody has asked
    for yet. source, pick: the block that this one came from, and how its columns become ours.
    """

    __slots__ = ("base", "columns", "kinds", "late", "pick", "size", "source")

    def __init__(self, base: Row, size: int, columns: dict[int, Values], kinds: dict[int, type] = _NO_KINDS) -> None:
        self.base = base
        self.size = size
        self.columns = columns
        self.kinds = kinds
        self.late: dict[int, Callable[[Block], Values]] = {}
        self.source: Block | None = None
        self.pick: Pick | None = None

    def column(self, slot: int) -> Values:
        """Return the values of a slot. Not to be changed."""
        found = self.columns.get(slot)
        if found is None:
            found = self.columns[slot] = self._made(slot)
        return found

    def _made(self, slot: int) -> Values:
        read = self.late.get(slot)
        if read is not None:
            return read(self)
        if self.source is not None and self.source.varies(slot):
            column = self.source.column(slot)
            return column if self.pick is None else self.pick(column)
        return [self.base[slot]] * self.size

    def through(self, slot: int, read: Pick) -> Values:
        """Return what `read` makes of the values of a slot, read where each stands once and is not repeated yet."""
        source = self.source
        if source is None or slot in self.columns or slot in self.late or source.size >= self.size:
            return read(self.column(slot))
        found = source.through(slot, read)
        return found if self.pick is None else self.pick(found)

    def varies(self, slot: int) -> bool:
        """Tell whether the values of a slot may differ."""
        if slot in self.columns or slot in self.late:
            return True
        return self.source is not None and self.source.varies(slot)

    def rows(self) -> list[Row]:
        """Return the rows. Not to be changed."""
        rows = [row[:] for row in self._shared()]
        for slot in self._slots():
            for row, value in zip(rows, self.column(slot), strict=True):
                row[slot] = value
        return rows

    def _shared(self) -> list[Row]:
        """Return what each row starts as, maybe the same one many times."""
        if self.source is None:
            return [self.base] * self.size
        shared = self.source._shared()
        return shared if self.pick is None else self.pick(shared)

    def _slots(self) -> set[int]:
        own = {slot for slot in self.columns if slot != PLACE} | self.late.keys()
        return own if self.source is None else own | self.source._slots()

    # -- blocks made of this one --------------------------------------------------------------------------------------

    def derived(self, size: int, pick: Pick | None) -> Block:
        """Return a block whose rows are copies of rows of this one. pick: None when they are the same."""
        made = Block(self.base, size, {}, self.kinds)
        made.late, made.source, made.pick = self.late, self, pick
        return made

    def where(self, mask: Values) -> Block:
        """Return the rows for which `mask` is true."""
        size = sum([1 for keep in mask if keep])
        return self if size == self.size else self.derived(size, lambda column: list(compress(column, mask)))

    def at(self, places: list[int]) -> Block:
        """Return the rows at some places, in that order."""
        return self.derived(len(places), lambda column: [column[place] for place in places])

    def repeated(self, counts: list[int], size: int) -> Block:
        """Return each row as many times as its count says; `size` in all."""
        if self.size == 1:
            return self.derived(size, lambda column: column * size)
        return self.derived(size, lambda column: _repeated(column, counts))

    def parts(self, most: int) -> Iterator[Block]:
        """Give the rows in blocks of at most `most`."""
        if self.size <= most:
            yield self
            return
        for start in range(0, self.size, most):
            yield self.part(start, min(start + most, self.size))

    def part(self, start: int, end: int) -> Block:
        """Return the rows from `start` to before `end`."""
        if start == 0 and end == self.size:
            return self
        return self.derived(end - start, lambda column: column[start:end])


def _repeated(column: Values, counts: list[int]) -> Values:
    return list(chain.from_iterable([[value] * count for value, count in zip(column, counts, strict=True)]))


class RowBlock(Block):
    """Rows that a step made one by one."""

    __slots__ = ("table",)

    def __init__(self, table: list[Row]) -> None:
        super().__init__(table[0] if table else [], len(table), {})
        self.table = table

    def _made(self, slot: int) -> Values:
        return [row[slot] for row in self.table]

    def varies(self, slot: int) -> bool:
        """Tell whether the values of a slot may differ: any slot's may."""
        return True

    def rows(self) -> list[Row]:
        """Return the rows. Not to be changed."""
        return self.table

    def _shared(self) -> list[Row]:
        return self.table

    def _slots(self) -> set[int]:
        return set()
