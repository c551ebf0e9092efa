"""What the planner expects, from the counts that the graph keeps."""

from __future__ import annotations

from typing import Any

from graphvine.query.tree import EdgePattern


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
