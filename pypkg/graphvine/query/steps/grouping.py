"""The step that groups rows and aggregates each group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.compile_access import bounded, has_container
from graphvine.query.compile_expressions import Evaluate
from graphvine.query.fault import Fault
from graphvine.query.readers import Reader
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
        for number, (first, cells) in enumerate(groups.values()):
            if number % 32 == 0 and run.tick():
                yield None
            for column, cell in zip(self.columns, cells, strict=True):
                result = cell.collector.result()
                first[column.slot] = bounded(result) if type(result) is list and has_container(result) else result
            yield first

    def _take_rows(self, row: Row, groups: Groups) -> Iterator[None]:
        run, keys = row[0], [key.evaluate for _, key in self.keys]
        arguments = [[argument.evaluate for argument in column.arguments] for column in self.columns]
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            values = [evaluate(outer) for evaluate in keys]
            if has_container(values) and run.tick():
                yield None
            key = tuple([group_key(value) for value in values])
            group = groups.get(key)
            if group is None:
                group = self._begin(outer, values)
                groups[key] = group
                run.hold_row(len(outer) + 20 * len(self.columns))
            self._add(outer, group[1], arguments, run)

    def _begin(self, outer: Row, values: list[Any]) -> tuple[Row, list[Cell]]:
        first = outer[:]
        for (slot, _), value in zip(self.keys, values, strict=True):
            first[slot] = value
        return first, [Cell(column) for column in self.columns]

    def _add(self, outer: Row, cells: list[Cell], evaluates: list[list[Evaluate]], run: Any) -> None:
        for column, cell, arguments in zip(self.columns, cells, evaluates, strict=True):
            value = arguments[0](outer) if arguments else None
            if value is None and column.aggregate.skips_null:
                continue
            if cell.seen is not None:
                key = group_key(value)
                if key in cell.seen:
                    continue
                cell.seen.add(key)
                run.hold(64)
            if len(arguments) == 2:
                value = (value, arguments[1](outer))
            if column.keeps_values:
                run.hold(16)
            try:
                cell.collector.add(value)
            except Fault as fault:
                fault.at = column.at
                raise
