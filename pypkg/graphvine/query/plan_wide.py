"""Which plans are run in blocks: those that change nothing and go over many rows."""

from __future__ import annotations

from graphvine.query.steps.step import Step

# Expected rows from which on blocks are quicker than rows. Tests make it 0.
WIDE_FROM = 4.0


def mark(step: Step) -> float:
    """Mark the steps of a plan with many rows in or below them. Return the most rows that any step expects."""
    most = max([step.estimate, *[mark(child) for child in step.children]])
    step.is_wide = most >= WIDE_FROM
    return most
