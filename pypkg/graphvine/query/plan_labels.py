"""Conditions about labels that the step which finds a vertex can test by itself, without a step of their own."""

from __future__ import annotations

from graphvine.query.steps.expands import Expand
from graphvine.query.steps.intersect import ExpandIntersect
from graphvine.query.steps.scans import EdgeScan, Scan
from graphvine.query.steps.step import Step
from graphvine.query.tree import Expr, HasLabels, Variable


def takes_labels(step: Step, expr: Expr) -> bool:
    """Let the step on top of a plan test labels of what it finds. Tell whether it could."""
    if not isinstance(expr, HasLabels) or not isinstance(expr.operand, Variable):
        return False
    slot, labels = expr.operand.slot, tuple(expr.labels)
    if isinstance(step, (Expand, ExpandIntersect)) and step.end == slot or isinstance(step, Scan) and step.slot == slot:
        step.labels += labels
    elif isinstance(step, EdgeScan) and step.left == slot:
        step.left_labels += labels
    elif isinstance(step, EdgeScan) and step.right == slot:
        step.right_labels += labels
    else:
        return False
    step.details += f" {expr.operand.name}:{':'.join(labels)}"
    return True
