"""What a step of a plan is.

``open(row)`` starts it for one outer row and gives its rows; a row that it is given is never changed, only copied.
Wherever a loop may be long the step asks ``run.tick()`` every few turns, and gives None when the slice is over: the
steps above pass the None on, and so it reaches whoever drives the query.

``blocks(row)`` gives the same rows side by side, for whoever takes all of them. It reads on in lists that belong to the
state, so only plans that change nothing are run that way: those that `plan_blocks.mark` has marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from graphvine.query.steps.block import Block, RowBlock
from graphvine.query.values import Row

Rows = Iterator["Row | None"]
# Numbers of rows, to be added up.
Tallies = Iterator["int | None"]
Blocks = Iterator["Block | None"]
# Rows of a block that a step without blocks of its own fills.
_GATHERED = 256


class Step:
    """One step. details: what EXPLAIN shows behind the name. estimate: rows that the planner expects.

    at: where it stands in the text, for its errors. is_wide: whoever takes all its rows had better ask for blocks.
    """

    name = "Step"
    is_wide = False

    def __init__(self, children: Sequence[Step] = (), details: str = "", estimate: float = 1.0, at: int = -1) -> None:
        self.children = tuple(children)
        self.details = details
        self.estimate = estimate
        self.at = at

    def open(self, row: Row) -> Rows:
        """Give the rows of this step for one outer row."""
        raise NotImplementedError(type(self).__name__)

    def blocks(self, row: Row) -> Blocks:
        """Give the rows in blocks."""
        rows: list[Row] = []
        for inner in self.open(row):
            if inner is None:
                yield None
                continue
            rows.append(inner)
            if len(rows) >= _GATHERED:
                yield RowBlock(rows)
                rows = []
        if rows:
            yield RowBlock(rows)

    def tally(self, row: Row) -> Tallies:
        """Count the rows of this step, for whoever wants nothing else; a step that can do so makes no rows."""
        if self.is_wide:
            for block in self.blocks(row):
                yield None if block is None else block.size
            return
        count = 0
        for inner in self.open(row):
            if inner is None:
                yield None
            else:
                count += 1
        yield count

    @property
    def child(self) -> Step:
        """The step that rows come from."""
        return self.children[0]


class Argument(Step):
    """The outer row itself: where an inner plan starts."""

    name = "Argument"

    def open(self, row: Row) -> Rows:
        """Give the outer row."""
        yield row

    def blocks(self, row: Row) -> Blocks:
        """Give the outer row, or the block of outer rows that somebody has put in its place."""
        yield row[0].seeds.pop(self, None) or Block(row, 1, {})


def has_writes(step: Step) -> bool:
    """Tell whether a step or one below it changes the graph."""
    return getattr(step, "is_write", False) or any(has_writes(child) for child in step.children)


def drained(step: Step, row: Row, kept: list[Row]) -> Iterator[None]:
    """Put all rows of a step into `kept`, counting their memory; gives None at each chance to pause."""
    run: Any = row[0]
    for inner in step.open(row):
        if inner is None:
            yield None
        else:
            run.hold_row(len(inner))
            kept.append(inner)


def paced(rows: Iterable[Row], run: Any) -> Rows:
    """Give rows that were kept, with a chance to pause now and then."""
    for number, row in enumerate(rows, start=1):
        if not number & 63 and run.tick():
            yield None
        yield row
