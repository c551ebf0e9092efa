"""Shortest paths between two known vertices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.gradual import Work
from graphvine.query.parts import Part
from graphvine.query.steps.expands import EdgeTest, Neighbours, checked, may_use
from graphvine.query.steps.step import Rows, Step
from graphvine.query.values import Row, Trail

# From a vertex: the edge and vertex that lead one step closer to the side where the search began.
Links = dict[Any, list[tuple[Any, Any]]]


class ShortestPath(Step):
    """Puts the shortest path, or all of them, between two vertices into a slot.

    test: may an edge be used. accept: what WHERE says about a whole path; with any, paths are tried by length.
    """

    name = "ShortestPath"

    def __init__(
        self, child: Step, slots: tuple[int, int, int, int], find: tuple[Neighbours, Neighbours], **about: Any
    ) -> None:
        self.lengths: tuple[int, int | None] = about.pop("lengths")
        self.is_all: bool = about.pop("is_all")
        self.is_list: bool = about.pop("is_list")
        self.test: EdgeTest | None = about.pop("test")
        self.accept: list[Part] = about.pop("accept")
        self.others: tuple[int, ...] = about.pop("others")
        super().__init__((child,), **about)
        self.start, self.edge, self.end, self.path = slots
        self.forward, self.backward = find

    def open(self, row: Row) -> Rows:
        """Give a row for each shortest path."""
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            start, end = outer[self.start], outer[self.end]
            if start is None or end is None:
                continue
            search = (self._accepted if self.accept else self._search)(
                checked(start, self.at), checked(end, self.at), outer
            )
            length = None
            for trail in search:
                if trail is None:
                    yield None
                    continue
                if length is not None and (not self.is_all or len(trail.edges) > length):
                    break
                length = len(trail.edges)
                yield self._row(outer, trail)

    def _row(self, outer: Row, trail: Trail) -> Row:
        inner = outer[:]
        inner[self.edge] = list(trail.edges) if self.is_list else trail.edges[0]
        inner[self.path] = trail
        return inner

    def _search(self, start: Any, end: Any, row: Row) -> Iterator[Trail | None]:
        """Search from both ends at once, always on from the smaller front, and join where they meet."""
        low, high = self.lengths
        if start is end:
            if low == 0:
                yield Trail((start,), ())
            return
        run = row[0]
        ahead: Links = {start: []}
        behind: Links = {end: []}
        fronts = ([start], [end])
        depth, turns = 0, 0
        is_free = self.test is None and not self.others
        wanted = () if self.test is None else (yield from self.test.values(row))
        while fronts[0] and fronts[1] and (high is None or depth < high):
            depth += 1
            from_start = len(fronts[0]) <= len(fronts[1])
            near, far = (ahead, behind) if from_start else (behind, ahead)
            fresh: Links = {}
            for vertex in fronts[0] if from_start else fronts[1]:
                for edge, other in (self.forward if from_start else self.backward)(vertex):
                    turns += 1
                    if not turns & 63 and run.tick():
                        yield None
                    if other not in near and (is_free or may_use(edge, row, self.others, wanted)):
                        fresh.setdefault(other, []).append((edge, vertex))
            near |= fresh
            run.hold(100 * len(fresh))
            fronts = (list(fresh), fronts[1]) if from_start else (fronts[0], list(fresh))
            meetings = [vertex for vertex in fresh if vertex in far]
            if meetings:
                run.hits += turns
                yield from self._join(meetings, ahead, behind, run)
                return
        run.hits += turns

    def _join(self, meetings: list[Any], ahead: Links, behind: Links, run: Any) -> Iterator[Trail | None]:
        turns = 0
        for meeting in meetings:
            for back_vertices, back_edges in _walks(meeting, ahead):
                for on_vertices, on_edges in _walks(meeting, behind):
                    turns += 1
                    if not turns & 31 and run.tick():
                        yield None
                    vertices = (*reversed(back_vertices), meeting, *on_vertices)
                    yield Trail(vertices, (*reversed(back_edges), *on_edges))
                    if not self.is_all:
                        return

    def _accepted(self, start: Any, end: Any, row: Row) -> Iterator[Trail | None]:
        """Try all paths, shortest first, until WHERE takes one. Memory grows with them, and is counted."""
        low, high = self.lengths
        run, turns = row[0], 0
        wanted = () if self.test is None else (yield from self.test.values(row))
        level: list[Trail] = [Trail((start,), ())]
        length = 0
        while level:
            for trail in level:
                turns += 1
                if not turns & 31 and run.tick():
                    yield None
                if length >= low and trail.vertices[-1] is end and (yield from self._fits(self._row(row, trail))):
                    yield trail
            if high is not None and length >= high:
                return
            longer: list[Trail] = []
            for trail in level:
                for edge, other in self.forward(trail.vertices[-1]):
                    turns += 1
                    if not turns & 63 and run.tick():
                        yield None
                    if edge not in trail.edges and may_use(edge, row, self.others, wanted):
                        longer.append(Trail((*trail.vertices, other), (*trail.edges, edge)))
                        run.hold(160 + 16 * length)
            level = longer
            length += 1

    def _fits(self, row: Row) -> Work:
        """Tell whether WHERE takes a path."""
        for test in self.accept:
            if (yield from test.value(row)) is not True:
                return False
        return True


def _walks(vertex: Any, links: Links) -> Iterator[tuple[list[Any], list[Any]]]:
    """Give the vertices and edges of every way from `vertex` back to where the search began."""
    stack: list[tuple[Any, list[Any], list[Any]]] = [(vertex, [], [])]
    while stack:
        current, vertices, edges = stack.pop()
        steps = links[current]
        if not steps:
            yield vertices, edges
        for edge, previous in steps:
            stack.append((previous, [*vertices, previous], [*edges, edge]))
