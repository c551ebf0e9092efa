"""The step that groups rows and aggregates each group."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphvine.query.compile_access import bounded, has_container
from graphvine.query.compile_expressions import Evaluate
from graphvine.query.fault import Fault
from graphvine.query.functions.signature import Aggregate
from graphvine.query.steps.step import Rows, Step
from graphvine.query.values import Row, group_key


class Column(NamedTuple):
    """One aggregate. arguments: none for count(*); two for percentiles. keeps_values: it remembers all of them."""

    slot: int
    aggregate: Aggregate
    arguments: list[Evaluate]
    is_distinct: bool
    at: int
    keeps_values: bool = False


class _Cell:
    """The collector of one aggregate of one group; `seen` when it counts each value once."""

    __slots__ = ("collector", "seen")

    def __init__(self, column: Column) -> None:
        self.collector = column.aggregate.make()
        self.seen: set[Any] | None = set() if column.is_distinct else None


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

    def __init__(self, child: Step, keys: list[tuple[int, Evaluate]], columns: list[Column], **about: Any) -> None:
        super().__init__((child,), **about)
        self.keys = keys
        self.columns = columns

    def open(self, row: Row) -> Rows:
        """Give a row for each group; without keys always exactly one."""
        run, keys = row[0], self.keys
        groups: dict[Any, tuple[Row, list[_Cell]]] = {}
        if not keys:
            groups[()] = (row[:], [_Cell(column) for column in self.columns])
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            values = [evaluate(outer) for _, evaluate in keys]
            if has_container(values) and run.tick():
                yield None
            key = tuple([group_key(value) for value in values])
            group = groups.get(key)
            if group is None:
                group = self._begin(outer, values)
                groups[key] = group
                run.hold_row(len(outer) + 20 * len(self.columns))
            self._add(outer, group[1], run)
        for number, (first, cells) in enumerate(groups.values()):
            if number % 32 == 0 and run.tick():
                yield None
            for column, cell in zip(self.columns, cells, strict=True):
                result = cell.collector.result()
                first[column.slot] = bounded(result) if type(result) is list and has_container(result) else result
            yield first

    def _begin(self, outer: Row, values: list[Any]) -> tuple[Row, list[_Cell]]:
        first = outer[:]
        for (slot, _), value in zip(self.keys, values, strict=True):
            first[slot] = value
        return first, [_Cell(column) for column in self.columns]

    def _add(self, outer: Row, cells: list[_Cell], run: Any) -> None:
        for column, cell in zip(self.columns, cells, strict=True):
            arguments = column.arguments
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
