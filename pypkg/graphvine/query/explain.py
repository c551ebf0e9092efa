"""EXPLAIN and PROFILE: plans as plain values."""

from __future__ import annotations

from typing import Any

from graphvine.query.results import PlanNode
from graphvine.query.steps.step import Rows, Step
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
    inner = step.open
    counter: Any = step
    counter.counted_rows = counter.counted_hits = 0

    def open_counted(row: Row) -> Rows:
        run = row[0]
        before = run.hits
        for found in inner(row):
            counter.counted_hits += run.hits - before
            counter.counted_rows += found is not None
            yield found
            before = run.hits
        counter.counted_hits += run.hits - before

    counter.open = open_counted
    return step
