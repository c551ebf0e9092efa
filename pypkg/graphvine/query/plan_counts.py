"""What the planner expects, from the counts that the graph keeps."""

from __future__ import annotations

from typing import Any

from graphvine.query.steps.expands import Expand
from graphvine.query.steps.grouping import CountRows
from graphvine.query.steps.intersect import ExpandIntersect
from graphvine.query.steps.scans import CountVertices, Scan
from graphvine.query.steps.step import Argument, Step
from graphvine.query.tree import Call, CountStar, EdgePattern, Projection, Variable


class Counts:
    """Counts of one graph, as they are when a query is planned."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    def share(self, labels: list[str]) -> float:
        """Return which share of all vertices has the rarest of some labels; 1 without any."""
        total = max(len(self._graph.vertices), 1)
        return min((len(self._graph.by_label.get(label, ())) / total for label in labels), default=1.0)

    def edges(self, edge: EdgePattern) -> float:
        """Return how many edges have a type of the pattern."""
        if not edge.types:
            return float(len(self._graph.edges))
        return float(sum(len(self._graph.by_type.get(type_, ())) for type_ in edge.types))

    def fan_out(self, edge: EdgePattern) -> float:
        """Return how many edges of the pattern a vertex has on average."""
        return self.edges(edge) * (2 if edge.direction == 0 else 1) / max(len(self._graph.vertices), 1)


def counted(step: Step, clause: Projection) -> Step | None:
    """Return a step for a projection that only counts rows: it makes none, or takes a count that the graph keeps."""
    if clause.grouped or len(clause.aggregates) != 1:
        return None
    call = clause.aggregates[0]
    if not _counts_every_row(call, step):
        return None
    if _is_whole_scan(step):
        return CountVertices(step.child, call.slot, step.label, details=step.details)  # type: ignore[attr-defined]
    return CountRows(step, call.slot)


def _counts_every_row(call: Call | CountStar, step: Step) -> bool:
    """Whether an aggregate is ``count(*)``, or ``count(x)`` of something that every row has."""
    if isinstance(call, CountStar):
        return True
    if call.name.lower() != "count" or call.is_distinct or not isinstance(call.arguments[0], Variable):
        return False
    slot = call.arguments[0].slot
    if isinstance(step, Scan):
        return slot == step.slot
    if isinstance(step, Expand):
        return slot in (step.edge, step.end)
    return isinstance(step, ExpandIntersect) and slot == step.end


def _is_whole_scan(step: Step) -> bool:
    """Whether a step gives all vertices, or all with one label."""
    return (
        isinstance(step, Scan)
        and isinstance(step.child, Argument)
        and step.name in ("AllVertices", "LabelScan")
        and not step.labels
    )
