"""EXPLAIN and PROFILE: plans as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from graphvine.query.results import PlanNode
from graphvine.query.steps.step import Blocks, Rows, Step, Tallies
from graphvine.query.values import Row


def plan_node(step: Step, *, is_counted: bool) -> PlanNode:
    """Return a plan as a tree of values. hits: vertices and edges looked at by the step and those below it."""
    rows, hits = getattr(step, "counted_rows", 0), getattr(step, "counted_hits", 0)
    below = tuple(plan_node(child, is_counted=is_counted) for child in step.children)
    if not is_counted:
        return PlanNode(step.name, step.details, step.estimate, None, None, below)
    return PlanNode(step.name, step.details, step.estimate, rows, hits, below)


def counted(step: Step) -> Step:
    """Make every step of a plan count its rows and hits, and return the plan."""
    for child in step.children:
        counted(child)
    counter: Any = step
    counter.counted_rows = counter.counted_hits = 0
    counter.is_counting = False
    rows, tallies, blocks = step.open, step.tally, step.blocks

    def open_counted(row: Row) -> Rows:
        return _watched(counter, row[0], rows(row), lambda _: 1)

    def tally_counted(row: Row) -> Tallies:
        return _watched(counter, row[0], tallies(row), lambda count: count)

    def blocks_counted(row: Row) -> Blocks:
        return _watched(counter, row[0], blocks(row), lambda block: block.size)

    counter.open = open_counted
    # The plain way to count, and to give blocks, is to open, which is counted already.
    if type(step).tally is not Step.tally:
        counter.tally = tally_counted
    if type(step).blocks is not Step.blocks:
        counter.blocks = blocks_counted
    return step


def _watched(counter: Any, run: Any, found: Iterator[Any], rows: Callable[[Any], int]) -> Iterator[Any]:
    """Pass on what a step gives; count that, and what it looked at for it. Of what it asks itself nothing counts."""
    while True:
        before, is_inner = run.hits, counter.is_counting
        counter.is_counting = True
        try:
            each = next(found, _END)
        finally:
            counter.is_counting = is_inner
        if not is_inner:
            counter.counted_hits += run.hits - before
            counter.counted_rows += rows(each) if each is not None and each is not _END else 0
        if each is _END:
            return
        yield each


_END = object()
