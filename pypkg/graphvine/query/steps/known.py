"""Steps that take edges known from before, and that put paths together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.fault import type_error
from graphvine.query.steps.step import Rows, Step
from graphvine.query.values import Row, Trail, is_edge, type_name


class KnownEdge(Step):
    """Takes an edge that is known already, and puts its ends into slots (or checks them)."""

    name = "KnownEdge"

    def __init__(
        self, child: Step, slots: tuple[int, int, int], types: tuple[str, ...], direction: int, **about: Any
    ) -> None:
        self.known: tuple[bool, bool] = about.pop("known")
        super().__init__((child,), **about)
        self.left, self.edge, self.right = slots
        self.types = types
        self.direction = direction

    def open(self, row: Row) -> Rows:
        """Give a row for each way round that fits."""
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            edge = outer[self.edge]
            if edge is None:
                continue
            if not is_edge(edge):
                message = f"A pattern needs an edge here, not a {type_name(edge)}."
                raise type_error("InvalidArgumentType", message, self.at)
            if self.types and edge.type not in self.types:
                continue
            yield from self._placed(outer, edge)

    def _placed(self, outer: Row, edge: Any) -> Iterator[Row]:
        ways = []
        if self.direction >= 0:
            ways.append((edge.source, edge.target))
        if self.direction < 0 or self.direction == 0 and edge.source is not edge.target:
            ways.append((edge.target, edge.source))
        left_is_known, right_is_known = self.known
        for left, right in ways:
            if left_is_known and outer[self.left] is not left or right_is_known and outer[self.right] is not right:
                continue
            if self.left == self.right and left is not right:
                continue
            inner = outer[:]
            inner[self.left], inner[self.right] = left, right
            yield inner


class KnownEdges(Step):
    """Takes a list of edges that is known already as the path between two vertices."""

    name = "KnownEdges"

    def __init__(self, child: Step, slots: tuple[int, int, int], types: tuple[str, ...], **about: Any) -> None:
        self.direction: int = about.pop("direction")
        self.known: tuple[bool, bool] = about.pop("known")
        self.lengths: tuple[int, int | None] = about.pop("lengths")
        super().__init__((child,), **about)
        self.left, self.edge, self.right = slots
        self.types = types

    def open(self, row: Row) -> Rows:
        """Give a row for each way in which the edges form a path."""
        low, high = self.lengths
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            edges = outer[self.edge]
            if type(edges) is not list or len(edges) < low or high is not None and len(edges) > high:
                continue
            if self.types and any(edge.type not in self.types for edge in edges):
                continue
            for left, right in self._ends(edges, outer):
                if self.known[0] and outer[self.left] is not left or self.known[1] and outer[self.right] is not right:
                    continue
                inner = outer[:]
                inner[self.left], inner[self.right] = left, right
                yield inner

    def _ends(self, edges: list[Any], outer: Row) -> Iterator[tuple[Any, Any]]:
        starts = [edges[0].source, edges[0].target] if edges else [outer[self.left]]
        for start in dict.fromkeys(starts):
            vertex = start
            for edge in edges:
                if self.direction >= 0 and edge.source is vertex:
                    vertex = edge.target
                elif self.direction <= 0 and edge.target is vertex:
                    vertex = edge.source
                else:
                    break
            else:
                if start is not None:
                    yield start, vertex


class MakeTrail(Step):
    """Puts the path of a matched pattern into a slot. parts: slots of vertex, edge, vertex ..."""

    name = "Path"

    def __init__(self, child: Step, slot: int, parts: list[int], **about: Any) -> None:
        super().__init__((child,), **about)
        self.slot = slot
        self.parts = parts

    def open(self, row: Row) -> Rows:
        """Give each row with its path."""
        slot, parts = self.slot, self.parts
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            inner = outer[:]
            inner[slot] = trail_of(outer, parts)
            yield inner


def trail_of(row: Row, parts: list[int]) -> Trail | None:
    """Return the path through the slots of vertex, edge (or list of edges), vertex ..."""
    vertices, edges = [row[parts[0]]], []
    for edge_slot, vertex_slot in zip(parts[1::2], parts[2::2], strict=True):
        value = row[edge_slot]
        if type(value) is not list:
            edges.append(value)
            vertices.append(row[vertex_slot])
            continue
        for edge in value:
            edges.append(edge)
            vertices.append(edge.target if edge.source is vertices[-1] else edge.source)
    if None in edges or vertices[0] is None:
        return None
    return Trail(tuple(vertices), tuple(edges))
