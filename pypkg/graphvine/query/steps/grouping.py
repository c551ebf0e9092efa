"""The step that groups rows and aggregates each group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.containers import has_container
from graphvine.query.fault import Fault
from graphvine.query.gradual import Work, key_of
from graphvine.query.parts import values_of
from graphvine.query.readers import Reader
from graphvine.query.run import TooLong
from graphvine.query.steps.collecting import Cell, Column, Groups, take_blocks
from graphvine.query.steps.step import Rows, Step
from graphvine.query.values import Row, group_key


class CountRows(Step):
    """Counts rows that nobody looks at."""

    name = "CountRows"

    def __init__(self, child: Step, slot: int) -> None:
        super().__init__((child,))
        self.slot = slot

    def open(self, row: Row) -> Rows:
        """Give one row with the count."""
        total = 0
        for count in self.child.tally(row):
            if count is None:
                yield None
            else:
                total += count
        inner = row[:]
        inner[self.slot] = total
        yield inner


class Group(Step):
    """Groups rows by keys and aggregates. A group's row is its first one: all that the keys decide is in there."""

    name = "Aggregate"

    def __init__(self, child: Step, keys: list[tuple[int, Reader]], columns: list[Column], **about: Any) -> None:
        super().__init__((child,), **about)
        self.keys = keys
        self.columns = columns
        self._readers = [key for _, key in keys] + [read for column in columns for read in column.arguments]
        self._read = [read.evaluate for read in self._readers]

    def open(self, row: Row) -> Rows:
        """Give a row for each group; without keys always exactly one."""
        run = row[0]
        groups: Groups = {}
        if not self.keys:
            groups[()] = (row[:], [Cell(column) for column in self.columns])
        if self.is_wide and all(len(column.arguments) < 2 for column in self.columns):
            yield from take_blocks(self.child.blocks(row), self.keys, self.columns, groups, run)
        else:
            yield from self._take_rows(row, groups)
        left = [*groups.values()][::-1]
        groups.clear()
        while left:  # each is let go as it is done with: to free all of them at once takes long
            first, cells = left.pop()
            if len(left) % 32 == 0 and run.tick():
                yield None
            for column, cell in zip(self.columns, cells, strict=True):
                try:
                    if column.keeps_values:
                        first[column.slot] = yield from cell.collector.finishing(run)
                    else:
                        first[column.slot] = cell.collector.result()
                except Fault as fault:
                    raise fault.placed(column.at) from None
                for _ in () if cell.seen is None else cell.seen.emptied():
                    if run.tick():
                        yield None
            yield first

    def _take_rows(self, row: Row, groups: Groups) -> Iterator[None]:
        run, count, read = row[0], len(self.keys), self._read
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            try:
                values = [evaluate(outer) for evaluate in read]
            except TooLong:
                values = yield from values_of(self._readers, outer)
            is_large = has_container(values)
            if is_large:
                key = yield from _key(values[:count], run)
            else:
                key = tuple([group_key(value) for value in values[:count]])
            group = groups.get(key)
            if group is None:
                group = self._begin(outer, values)
                groups[key] = group
                run.hold_row(len(outer) + 20 * len(self.columns))
            if is_large:
                yield from self._add_large(values, group[1], run)
            else:
                self._add(values, group[1], run)

    def _begin(self, outer: Row, values: list[Any]) -> tuple[Row, list[Cell]]:
        first = outer[:]
        for (slot, _), value in zip(self.keys, values, strict=False):
            first[slot] = value
        return first, [Cell(column) for column in self.columns]

    def _add(self, values: list[Any], cells: list[Cell], run: Any) -> None:
        at = len(self.keys)
        for column, cell in zip(self.columns, cells, strict=True):
            count = len(column.arguments)
            value = values[at] if count else None
            at += count
            if value is None and column.aggregate.skips_null:
                continue
            if cell.seen is not None and not cell.is_new(group_key(value), run):
                continue
            if column.keeps_values:
                run.hold(16)
            try:
                cell.collector.add(value if count < 2 else (value, values[at - 1]))
            except Fault as fault:
                fault.at = column.at
                raise

    def _add_large(self, values: list[Any], cells: list[Cell], run: Any) -> Iterator[None]:
        """Add values of which some are lists or maps, which may be of any size."""
        at = len(self.keys)
        for column, cell in zip(self.columns, cells, strict=True):
            count = len(column.arguments)
            value = values[at] if count else None
            at += count
            if value is None and column.aggregate.skips_null:
                continue
            if cell.seen is not None and not cell.is_new((yield from key_of(value, run)), run):
                continue
            if column.keeps_values:
                run.hold(16)
            try:
                yield from cell.collector.adding(value if count < 2 else (value, values[at - 1]), run)
            except Fault as fault:
                fault.at = column.at
                raise


def _key(values: list[Any], run: Any) -> Work:
    """Return what a group is known by, where it holds large values."""
    key: tuple[Any, ...] = ()
    for value in values:
        key += ((yield from key_of(value, run)),)
    return key
