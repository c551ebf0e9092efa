"""What a query returns: values that stay as they are when the graph changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex as it was when the query ran. labels: sorted."""

    id: str
    labels: tuple[str, ...]
    properties: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge as it was when the query ran. source, target: vertex ids."""

    id: str
    type: str
    source: str
    target: str
    properties: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]


@dataclass(frozen=True, slots=True)
class Path:
    """Vertices and the edges between them: one edge less than vertices."""

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]

    def __len__(self) -> int:
        return len(self.edges)


@dataclass(frozen=True, slots=True)
class Counters:
    """What a query changed, as a later query would see it."""

    vertices_created: int = 0
    vertices_deleted: int = 0
    edges_created: int = 0
    edges_deleted: int = 0
    properties_set: int = 0
    properties_removed: int = 0
    labels_added: int = 0
    labels_removed: int = 0


class PlanNode(NamedTuple):
    """One step of a plan. estimate: rows expected. rows: given; hits: cells read; both None when it did not run."""

    name: str
    details: str
    estimate: float
    rows: int | None
    hits: int | None
    children: tuple[PlanNode, ...]

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        counted = "" if self.rows is None else f"  rows={self.rows} hits={self.hits}"
        yield f"{'  ' * depth}+{self.name} {self.details}  ~{self.estimate:.0f}{counted}"
        for child in self.children:
            yield from child._lines(depth + 1)


class Result(NamedTuple):
    """Rows in the order of `columns`, what was changed, and the plan where EXPLAIN or PROFILE asked for it.

    live: with EXPLAIN, how a live query of this text would be kept true: ``by deltas``, or ``run again: <why>``.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    counters: Counters
    plan: PlanNode | None = None
    live: str = ""

    def dicts(self) -> list[dict[str, Any]]:
        """Return each row as a dict by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]
