"""Groups and what is collected for each of them, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from graphvine.query.containers import has_container
from graphvine.query.fault import Fault
from graphvine.query.functions.signature import Aggregate
from graphvine.query.readers import Reader
from graphvine.query.steps.block import Block, Values
from graphvine.query.steps.keys import first_places, keys_of
from graphvine.query.steps.seen import Seen
from graphvine.query.steps.step import Blocks
from graphvine.query.values import Row


class Column(NamedTuple):
    """One aggregate. arguments: none for count(*); two for percentiles. keeps_values: it remembers all of them."""

    slot: int
    aggregate: Aggregate
    arguments: list[Reader]
    is_distinct: bool
    at: int
    keeps_values: bool = False


class Cell:
    """The collector of one aggregate of one group; `seen` when it counts each value once."""

    __slots__ = ("collector", "seen")

    def __init__(self, column: Column) -> None:
        self.collector = column.aggregate.make()
        self.seen: Seen | None = Seen() if column.is_distinct else None

    def is_new(self, key: Any, run: Any) -> bool:
        """Note the key of a value; return whether it was not there before."""
        assert self.seen is not None, "only for DISTINCT"
        if not self.seen.add(key):
            return False
        run.hold(64)
        return True


# By key: the first row, and a cell for each aggregate.
Groups = dict[Any, tuple[Row, list[Cell]]]


def take_blocks(
    blocks: Blocks, keys: list[tuple[int, Reader]], columns: list[Column], groups: Groups, run: Any
) -> Iterator[None]:
    """Sort the rows of blocks into groups, and collect what the aggregates ask for, each of at most one argument."""
    for block in blocks:
        if block is None:
            yield None
            continue
        key_values: list[Values] = []
        for _, key in keys:
            key_values.append((yield from key.values(block)))
        names: Values = [()]
        if keys:
            names, _ = yield from keys_of(key_values, run)
            _begin(block, names, [slot for slot, _ in keys], key_values, columns, groups, run)
        for number, column in enumerate(columns):
            yield from _collect(block, names, number, column, groups, run)


def _begin(
    block: Block, names: Values, slots: list[int], values: list[Values], columns: list[Column], groups: Groups, run: Any
) -> None:
    """Begin the groups that are new."""
    fresh = [name for name in dict.fromkeys(names) if name not in groups]
    if not fresh:
        return
    places = first_places(names, fresh)
    rows = [row[:] for row in block.at(places).rows()]
    for slot, column in zip(slots, values, strict=True):
        for row, place in zip(rows, places, strict=True):
            row[slot] = column[place]
    for name, row in zip(fresh, rows, strict=True):
        groups[name] = (row, [Cell(column) for column in columns])
    run.hold_rows(len(fresh), len(rows[0]) + 20 * len(columns))


def _collect(
    block: Block, names: Values, number: int, column: Column, groups: Groups, run: Any
) -> Generator[None, None, None]:
    """Collect one aggregate of all groups that the block has rows of."""
    values: Values | None = None
    if column.arguments:
        values = yield from column.arguments[0].values(block)
    for name, some in _by_group(names, values, block.size).items():
        cell = groups[name][1][number]
        if type(some) is int:
            cell.collector.total += some
        else:
            yield from _add(cell, column, some, run)
            if run.tick():
                yield None


def _by_group(names: Values, values: Values | None, size: int) -> dict[Any, Any]:
    """Return the values of each group; how many there are where there are none."""
    if len(names) == 1:
        return {names[0]: size if values is None else values}
    found: dict[Any, Any] = dict.fromkeys(names, 0)
    if values is None:
        for name in names:
            found[name] += 1
        return found
    if len(found) == 1:
        return {names[0]: values}
    found = {name: [] for name in found}
    for name, value in zip(names, values, strict=True):
        found[name].append(value)
    return found


def _add(cell: Cell, column: Column, values: Values, run: Any) -> Iterator[None]:
    if column.aggregate.skips_null:
        values = [value for value in values if value is not None]
    if cell.seen is not None:
        values = yield from _unseen(cell.seen, values, run)
    if column.keeps_values:
        run.hold(16 * len(values))
    try:
        if has_container(values):
            for value in values:
                yield from cell.collector.adding(value, run)
        else:
            cell.collector.add_all(values)
    except Fault as fault:
        fault.at = column.at
        raise


def _unseen(seen: Seen, values: Values, run: Any) -> Generator[None, None, Values]:
    """Return the values that come for the first time."""
    keys, _ = yield from keys_of([values], run)
    fresh = seen.fresh(keys)
    run.hold(64 * len(fresh))
    if len(fresh) == len(values):
        return values
    return [values[place] for place in first_places(keys, fresh)]
