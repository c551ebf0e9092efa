"""The step for patterns that close a circle: vertices that two known ones both lead to, found by intersection."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from graphvine.crdt.cells import VertexCell
from graphvine.query.steps.block import Block, RowBlock
from graphvine.query.steps.expands import CHUNK, checked, differ, has_all, is_used
from graphvine.query.steps.remembered import (
    MAX_REMEMBERED,
    Ends,
    Near,
    Side,
    common_of,
    learn,
    learn_near,
    make_room,
    met,
)
from graphvine.query.steps.step import Blocks, Rows, Step, Tallies
from graphvine.query.values import Row

# What is remembered of each side.
Known = tuple[dict[Any, Any], dict[Any, Any]]
Outers = Iterator["Row | None"] | Iterator[Row]
_CELLS = frozenset((VertexCell,))
# Pairs whose neighbours are compared in one go.
_PART = 512
# From how many times as many neighbours on a side is asked vertex by vertex, and not read whole.
LOPSIDED = 16


class ExpandIntersect(Step):
    """Finds the vertices that have an edge to both of two known ones: one neighbourhood is looked up in the other.

    others: slots of edges of the same MATCH, which must be different. labels: what the vertex must have.
    may_be_one: whether both patterns could match one and the same edge. has_loose: whether one of the `others` is
    no edge between the two known vertices, so that the new vertex could be one of its ends.
    """

    name = "ExpandIntersect"

    def __init__(self, child: Step, end: int, sides: tuple[Side, Side], others: tuple[int, ...], **about: Any) -> None:
        self.may_be_one: bool = about.pop("may_be_one")
        self.has_loose: bool = about.pop("has_loose")
        super().__init__((child,), **about)
        self.end = end
        self.sides = sides
        self.others = others
        self.labels: tuple[str, ...] = ()

    def open(self, row: Row) -> Rows:
        """Give a row for each pair of edges that meet."""
        return self._rows(self.child.open(row), row[0], self._nothing())

    def _nothing(self) -> Known:
        """Return a place for what is remembered of both sides, the same where they look the same way."""
        ends: dict[Any, Ends] = {}
        one, other = self.sides
        return ends, ends if one.way == other.way else {}

    def _rows(self, outers: Outers, run: Any, known: Known) -> Rows:
        end, (slot, slot_2) = self.end, [side.edge for side in self.sides]
        turns = 0
        for found in self._meetings(outers, run, known):
            if found is None:
                yield None
                continue
            outer, common, left, right = found
            for vertex in common:
                for edge, edge_2 in self._pairs(outer, left[vertex], right[vertex]):
                    turns += 1
                    if not turns & 63 and run.tick():
                        yield None
                    inner = outer[:]
                    inner[slot], inner[end], inner[slot_2] = edge, vertex, edge_2
                    yield inner

    def blocks(self, row: Row) -> Blocks:
        """Give the rows of many pairs of vertices at once."""
        run, known, apart = row[0], self._nothing(), self._nothing()
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            for part in block.parts(_PART):
                yield from self._meet_part(part, known, apart, run)
                if run.tick():
                    yield None

    def _meet_part(self, block: Block, known: Known, apart: Known, run: Any) -> Blocks:
        starts = [block.column(side.start) for side in self.sides]
        are_vertices = _CELLS.issuperset(map(type, starts[0] + starts[1]))
        if are_vertices:
            make_room(known)
            for side, column, edges in zip(self.sides, starts, known, strict=True):
                yield from learn(side, column, edges, run)
        pairs = [(known[0][left], known[1][right]) for left, right in zip(*starts, strict=True)] if are_vertices else []
        if not are_vertices or any(left is None or right is None for left, right in pairs):
            rows: list[Row] = []
            for inner in self._rows(iter(block.rows()), run, apart):
                if inner is None:
                    yield None
                else:
                    rows.append(inner)
            if rows:
                yield from RowBlock(rows).parts(CHUNK)
            return
        run.hits += len(pairs)
        for part in met(block, pairs, self.end, (self.sides[0].edge, self.sides[1].edge)).parts(CHUNK):
            found = self._kept(part)
            if found.size:
                yield found

    def _kept(self, found: Block) -> Block:
        """Return the rows with the labels, and with no edge that is used already."""
        slot, slot_2 = (side.edge for side in self.sides)
        for label in self.labels:
            found = found.where([label in vertex.labels for vertex in found.column(self.end)])
        if self.may_be_one:
            found = found.where(differ(found, slot, slot_2))
        for other in self.others:
            found = found.where(differ(found, slot, other))
            found = found.where(differ(found, slot_2, other))
        return found

    def tally(self, row: Row) -> Tallies:
        """Count the rows without making them."""
        return self._tally_wide(row) if self.is_wide else self._counts(self.child.open(row), row[0], self._nothing())

    def _tally_wide(self, row: Row) -> Tallies:
        """Count with the sets of neighbours, as far as they say it all."""
        run, (one, other), apart = row[0], self.sides, self._nothing()
        near: Near = {}
        known = (near, near if one.way == other.way else {})
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            for part in block.parts(_PART):
                yield from self._tally_part(part, known, apart, run)

    def _tally_part(self, block: Block, known: tuple[Near, Near], apart: Known, run: Any) -> Tallies:
        starts = [block.column(side.start) for side in self.sides]
        if self.has_loose or not _CELLS.issuperset(map(type, starts[0] + starts[1])):
            yield from self._counts(iter(block.rows()), run, apart)
            return
        make_room(known)
        for side, column, near in zip(self.sides, starts, known, strict=True):
            yield from learn_near(side, column, self.labels, near, run)
        near, near_2 = known
        both = [(near[left], near_2[right]) for left, right in zip(*starts, strict=True) if left is not right]
        yield sum([len(left & right) for left, right in both if left is not None and right is not None])
        run.hits += len(both)
        if run.tick():
            yield None
        odd = [
            place
            for place, (left, right) in enumerate(zip(*starts, strict=True))
            if left is right or near[left] is None or near_2[right] is None
        ]
        if odd:
            yield from self._counts(iter(block.at(odd).rows()), run, apart)

    def _counts(self, outers: Outers, run: Any, known: Known) -> Tallies:
        """Count row by row."""
        others, may_be_one, (one, other) = self.others, self.may_be_one, self.sides
        for found in self._meetings(outers, run, known):
            if found is None:
                yield None
                continue
            outer, common, left, right = found
            # An edge of the pattern so far can only come up again where it ends.
            ends = {end for slot in others for end in _ends_of(outer[slot])}
            is_one = may_be_one and outer[one.start] is outer[other.start]
            count = 0
            for vertex in common:
                first, second = left[vertex], right[vertex]
                if is_one or vertex in ends:
                    count += sum(1 for _ in self._pairs(outer, first, second))
                else:
                    count += _number(first) * _number(second)
            yield count

    def _meetings(self, outers: Outers, run: Any, known: Known) -> Iterator[tuple[Row, list[Any], Ends, Ends] | None]:
        """Give, for each outer row, the vertices that both sides lead to, and the edges to them."""
        turns, labels, (one, other) = 0, self.labels, self.sides
        for outer in outers:
            if outer is None:
                yield None
                continue
            turns += 1
            if not turns & 31 and run.tick():
                yield None
            start, start_2 = outer[one.start], outer[other.start]
            if start is None or start_2 is None:
                continue
            left, right = known[0].get(start), known[1].get(start_2)
            if left is None or right is None:
                both: list[Ends] = []
                yield from self._read(checked(start, self.at), checked(start_2, self.at), known, run, both)
                left, right = both
            common = common_of(left, right)
            if labels and common:
                common = [vertex for vertex in common if has_all(vertex, labels)]
            if common:
                turns += len(common)
                yield outer, common, left, right
        run.hits += turns

    def _read(self, start: Any, start_2: Any, known: Known, run: Any, both: list[Ends]) -> Iterator[None]:
        """Put the ends of both sides into `both`; of a side with far more, only those that the other has too."""
        one, other = self.sides
        size, size_2 = one.degree(start), other.degree(start_2)
        if size_2 > LOPSIDED * (size + 4) and start_2 not in known[1]:
            left = yield from _ends(one, start, known[0], run)
            both += (left, {vertex: found for vertex in left if (found := other.between(start_2, vertex))})
        elif size > LOPSIDED * (size_2 + 4) and start not in known[0]:
            right = yield from _ends(other, start_2, known[1], run)
            both += ({vertex: found for vertex in right if (found := one.between(start, vertex))}, right)
        else:
            left = yield from _ends(one, start, known[0], run)
            right = yield from _ends(other, start_2, known[1], run)
            both += (left, right)

    def _pairs(self, outer: Row, left: Any, right: Any) -> Iterator[tuple[Any, Any]]:
        others = self.others
        for edge in left if type(left) is list else (left,):
            if others and is_used(edge, outer, others):
                continue
            for edge_2 in right if type(right) is list else (right,):
                if self.may_be_one and edge is edge_2 or others and is_used(edge_2, outer, others):
                    continue
                yield edge, edge_2


def _ends(side: Side, vertex: Any, known: dict[Any, Ends], run: Any) -> Generator[None, None, Ends]:
    """Return the edges to each neighbour, remembered."""
    ends = known.get(vertex)
    if ends is not None:
        return ends
    pairs = side.find(vertex)
    if len(pairs) <= CHUNK:
        ends = {other: edge for edge, other in pairs}
    if ends is None or len(ends) < len(pairs):
        ends = {}
        for turns, (edge, other) in enumerate(pairs, start=1):
            if not turns & 1023 and run.tick():
                yield None
            before = ends.get(other)
            if before is None:
                ends[other] = edge
            elif type(before) is list:
                before.append(edge)
            else:
                ends[other] = [before, edge]
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    run.hold(200 + 120 * len(ends))
    known[vertex] = ends
    return ends


def _number(edges: Any) -> int:
    return len(edges) if type(edges) is list else 1


def _ends_of(value: Any) -> list[Any]:
    if value is None:
        return []
    edges = value if type(value) is list else [value]
    return [end for edge in edges for end in (edge.source, edge.target)]
