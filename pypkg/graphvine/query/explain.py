"""EXPLAIN and PROFILE: plans as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.results import PlanNode
from graphvine.query.steps.step import Rows, Step, Tallies
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
    rows, tallies = step.open, step.tally

    def open_counted(row: Row) -> Rows:
        for found in _watched(counter, row[0], rows(row)):
            counter.counted_rows += found is not None
            yield found

    def tally_counted(row: Row) -> Tallies:
        for count in _watched(counter, row[0], tallies(row)):
            counter.counted_rows += count or 0
            yield count

    counter.open = open_counted
    # The plain way to count is to open, which is counted already.
    if type(step).tally is not Step.tally:
        counter.tally = tally_counted
    return step


def _watched(counter: Any, run: Any, found: Iterator[Any]) -> Iterator[Any]:
    """Pass on what a step gives, and count what it looked at for that."""
    before = run.hits
    for each in found:
        counter.counted_hits += run.hits - before
        yield each
        before = run.hits
    counter.counted_hits += run.hits - before
