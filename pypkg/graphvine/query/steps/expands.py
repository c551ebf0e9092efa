"""Steps that follow edges from vertices that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.query.draft import Draft, DraftVertex
from graphvine.query.fault import type_error
from graphvine.query.gradual import Work
from graphvine.query.parts import Part, values_of
from graphvine.query.steps.block import Block
from graphvine.query.steps.follow import Way, degrees, follow
from graphvine.query.steps.step import Blocks, Rows, Step, Tallies
from graphvine.query.values import Row, equals, type_name

Pairs = list[tuple[Any, Any]]
Neighbours = Callable[[Any], Pairs]


class EdgeTest:
    """What the properties of each edge of a path must be. wanted: expressions that know nothing of the edge."""

    def __init__(self, wanted: Sequence[tuple[str, Part]]) -> None:
        self._names = [name for name, _ in wanted]
        self._parts = [part for _, part in wanted]

    def values(self, row: Row) -> Work:
        """Return what the properties must be for an outer row."""
        values = yield from values_of(self._parts, row)
        return list(zip(self._names, values, strict=True))


def neighbours(types: tuple[str, ...], direction: int) -> Neighbours:
    """Return a function that gives (edge, vertex at the other end) of a vertex. A copy: the graph may change."""
    types = tuple(dict.fromkeys(types))
    if direction == 0:
        out, into = neighbours(types, 1), neighbours(types, -1)
        return lambda vertex: [*out(vertex), *(pair for pair in into(vertex) if pair[1] is not vertex)]
    if len(types) == 1:
        type_ = types[0]
        if direction > 0:
            return lambda vertex: list(vertex.out.get(type_, _NONE).items())
        return lambda vertex: list(vertex.into.get(type_, _NONE).items())
    side = "out" if direction > 0 else "into"

    def several(vertex: Any) -> Pairs:
        adjacency = getattr(vertex, side)
        wanted = types or tuple(adjacency)
        return [pair for type_ in wanted for pair in adjacency.get(type_, _NONE).items()]

    return several


def degree(types: tuple[str, ...], direction: int) -> Callable[[Any], int]:
    """Return a function that tells how many pairs `neighbours` gives, loops counted twice."""
    if len(types) == 1 and direction:
        type_ = types[0]
        if direction > 0:
            return lambda vertex: len(vertex.out.get(type_, _NONE))
        return lambda vertex: len(vertex.into.get(type_, _NONE))

    def count(vertex: Any) -> int:
        sides = (vertex.out, vertex.into) if direction == 0 else (vertex.out if direction > 0 else vertex.into,)
        return sum(len(side.get(type_, _NONE)) for side in sides for type_ in types or side)

    return count


_NONE: dict[Any, Any] = {}
# Edges of one vertex that are looked at in one go.
CHUNK = 4_096


def checked(vertex: Any, at: int) -> Any:
    """Return `vertex` if edges can be followed from it, or raise Fault."""
    if hasattr(type(vertex), "into"):
        return vertex
    raise type_error("InvalidArgumentType", f"A pattern needs a vertex here, not a {type_name(vertex)}.", at)


def drafted(vertex: Any, run: Any) -> Iterator[None]:
    """Make the drafts of the edges of a vertex, where a query writes: a hub has many."""
    if isinstance(vertex, DraftVertex):
        for _ in vertex.drafting():
            if run.tick():
                yield None


class Expand(Step):
    """Follows one edge from a vertex. Slots that are known already must agree with what is found.

    others: slots of edges (or lists of edges) of the same MATCH, which must be different. labels: of the vertex found.
    """

    name = "Expand"

    def __init__(
        self, child: Step, slots: tuple[int, int, int], way: Way, others: tuple[int, ...], **about: Any
    ) -> None:
        super().__init__((child,), **about)
        self.start, self.edge, self.end = slots
        self.way = (tuple(dict.fromkeys(way[0])), way[1])
        self.find = neighbours(*way)
        self.others = others
        self.labels: tuple[str, ...] = ()

    def open(self, row: Row) -> Rows:
        """Give a row for each edge followed."""
        slot, end, run, turns = self.edge, self.end, row[0], 0
        for found in self._found(row):
            if found is None:
                yield None
                continue
            outer, pairs = found
            for edge, other in pairs:
                turns += 1
                if not turns & 63 and run.tick():
                    yield None
                inner = outer[:]
                inner[slot] = edge
                inner[end] = other
                yield inner

    def tally(self, row: Row) -> Tallies:
        """Count the edges."""
        if self.is_wide:
            yield from super().tally(row)
            return
        for found in self._found(row):
            yield None if found is None else len(found[1])

    def blocks(self, row: Row) -> Blocks:
        """Give the edges of many vertices at once."""
        run = row[0]
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            if self.start not in block.kinds and {*map(type, block.column(self.start))} != {VertexCell}:
                starts = block.column(self.start)
                block = block.where([start is not None and checked(start, self.at) for start in starts])
            for first, last in portions(degrees(block.column(self.start), self.way)):
                for part in self._followed(block.part(first, last), run).parts(CHUNK):
                    found = self._kept(part)
                    if found.size:
                        yield found
                    if run.tick():
                        yield None

    def _followed(self, some: Block, run: Any) -> Block:
        """Return a row for each edge."""
        counts, edges, ends = follow(some.column(self.start), self.way, self.find)
        run.hits += len(edges) + some.size
        found = some.repeated(counts, len(edges))
        found.columns = {self.edge: edges, self.end: ends}
        found.kinds = {**some.kinds, self.edge: EdgeCell, self.end: VertexCell}
        return found

    def _kept(self, found: Block) -> Block:
        """Return the rows with the labels, and with no edge that is used already."""
        for label in self.labels:
            found = found.where([label in vertex.labels for vertex in found.column(self.end)])
        for slot in self.others:
            found = found.where(differ(found, self.edge, slot))
        return found

    def _found(self, row: Row) -> Iterator[tuple[Row, list[tuple[Any, Any]]] | None]:
        """Give the pairs of edge and vertex that each outer row leads to."""
        run, start, find, turns = row[0], self.start, self.find, 0
        is_draft = isinstance(run.graph, Draft)
        keep = self._keep if self.labels or self.others else None
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            turns += 1
            if not turns & 31 and run.tick():
                yield None
            vertex = outer[start]
            if vertex is None:
                continue
            if is_draft:
                yield from drafted(vertex, run)
            every = find(checked(vertex, self.at))
            for at in range(0, len(every), CHUNK):
                pairs = every if len(every) <= CHUNK else every[at : at + CHUNK]
                turns += len(pairs)
                if at and run.tick():
                    yield None
                if keep is not None:
                    pairs = keep(pairs, outer)
                if pairs:
                    yield outer, pairs
        run.hits += turns

    def _keep(self, pairs: Pairs, outer: Row) -> Pairs:
        """Return the pairs with the labels, and with no edge that is used already."""
        labels, others = self.labels, self.others
        if len(labels) == 1:
            (label,) = labels
            pairs = [pair for pair in pairs if label in pair[1].labels]
        elif labels:
            pairs = [pair for pair in pairs if has_all(pair[1], labels)]
        if others:
            pairs = [pair for pair in pairs if not is_used(pair[0], outer, others)]
        return pairs


def differ(block: Block, slot: int, other: int) -> list[bool]:
    """Tell in which rows the edge in a slot is not in the other one, which holds an edge or a list of edges."""
    edges, used = block.column(slot), block.column(other)
    if other in block.kinds:
        return [edge is not before for edge, before in zip(edges, used, strict=True)]
    return [
        edge is not before and (type(before) is not list or edge not in before)
        for edge, before in zip(edges, used, strict=True)
    ]


def portions(counts: list[int]) -> Iterator[tuple[int, int]]:
    """Cut a column where each portion leads to about `CHUNK` rows; a single place may lead to more."""
    first, total = 0, 0
    for place, count in enumerate(counts):
        if total and total + count > CHUNK:
            yield first, place
            first, total = place, 0
        total += count
    if first < len(counts):
        yield first, len(counts)


def has_all(vertex: Any, labels: tuple[str, ...]) -> bool:
    """Tell whether a vertex has all labels."""
    found = vertex.labels
    for label in labels:
        if label not in found:
            return False
    return True


def is_used(edge: Any, row: Row, slots: tuple[int, ...]) -> bool:
    """Tell whether an edge is already in one of the slots."""
    for slot in slots:
        value = row[slot]
        if value is edge or type(value) is list and edge in value:
            return True
    return False


def edges_between(types: tuple[str, ...], direction: int) -> Callable[[Any, Any], list[Any]]:
    """Return a function that gives the edges from one vertex to another, looking from the one with fewer."""
    if len(set(types)) == 1 and direction != 0:
        return _edges_of_type(types[0], direction)
    forward, backward = neighbours(types, direction), neighbours(types, -direction)

    def find(left: Any, right: Any) -> list[Any]:
        ahead, behind = list(forward(left)), list(backward(right))
        if len(ahead) <= len(behind):
            return [edge for edge, other in ahead if other is right]
        return [edge for edge, other in behind if other is left]

    return find


def _edges_of_type(type_: str, direction: int) -> Callable[[Any, Any], list[Any]]:
    def find(left: Any, right: Any) -> list[Any]:
        if direction < 0:
            left, right = right, left
        ahead = left.out.get(type_)
        behind = right.into.get(type_)
        if not ahead or not behind:
            return []
        if len(ahead) <= len(behind):
            return [edge for edge, other in ahead.items() if other is right]
        return [edge for edge, other in behind.items() if other is left]

    return find


class ExpandInto(Step):
    """Finds the edges between two vertices that are both known, from the one with fewer edges."""

    name = "ExpandInto"

    def __init__(
        self,
        child: Step,
        slots: tuple[int, int, int],
        find: Callable[[Any, Any], list[Any]],
        others: tuple[int, ...],
        **about: Any,
    ) -> None:
        super().__init__((child,), **about)
        self.start, self.edge, self.end = slots
        self.find = find
        self.others = others

    def open(self, row: Row) -> Rows:
        """Give a row for each edge between the two."""
        run, start, slot, end, others, turns = row[0], self.start, self.edge, self.end, self.others, 0
        find = self.find
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            turns += 1
            if not turns & 31 and run.tick():
                yield None
            left, right = outer[start], outer[end]
            if left is None or right is None:
                continue
            for edge in find(checked(left, self.at), checked(right, self.at)):
                turns += 1
                if others and is_used(edge, outer, others):
                    continue
                inner = outer[:]
                inner[slot] = edge
                yield inner
        run.hits += turns


class ExpandVariable(Step):
    """Follows paths of `low` to `high` edges, no edge twice. The slot of the edge holds their list."""

    name = "ExpandVariable"

    def __init__(
        self,
        child: Step,
        slots: tuple[int, int, int],
        find: Neighbours,
        lengths: tuple[int, int | None],
        others: tuple[int, ...],
        **about: Any,
    ) -> None:
        self.test: EdgeTest | None = about.pop("test")
        self.end_is_known: bool = about.pop("end_is_known")
        self.is_reversed: bool = about.pop("is_reversed")
        super().__init__((child,), **about)
        self.start, self.edge, self.end = slots
        self.find = find
        self.low, self.high = lengths
        self.others = others

    def open(self, row: Row) -> Rows:
        """Give a row for each path."""
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            start = outer[self.start]
            if start is None or self.end_is_known and outer[self.end] is None:
                continue
            for found in self._paths(checked(start, self.at), outer):
                if found is None:
                    yield None
                    continue
                edges, vertex = found
                if self.end_is_known:
                    if outer[self.end] is not vertex:
                        continue
                inner = outer[:]
                inner[self.edge] = edges[::-1] if self.is_reversed else edges[:]
                inner[self.end] = vertex
                yield inner

    def _paths(self, start: Any, row: Row) -> Iterator[tuple[list[Any], Any] | None]:
        """Go depth first, with a stack of our own; gives the list of edges in use (copy it) and the last vertex."""
        run, high, turns = row[0], self.high, 0
        edges: list[Any] = []
        wanted = () if self.test is None else (yield from self.test.values(row))
        if self.low == 0:
            yield edges, start
        if high == 0:
            return
        used: dict[Any, None] = {}
        stack = [iter(self.find(start))]
        while stack:
            turns += 1
            if not turns & 31 and run.tick():
                yield None
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                if edges:
                    del used[edges.pop()]
                continue
            edge, vertex = step
            if edge in used or not may_use(edge, row, self.others, wanted):
                continue
            edges.append(edge)
            if len(edges) >= self.low:
                yield edges, vertex
            if high is None or len(edges) < high:
                used[edge] = None
                stack.append(iter(self.find(vertex)))
            else:
                edges.pop()
        run.hits += turns


def may_use(edge: Any, row: Row, others: tuple[int, ...], wanted: Sequence[tuple[str, Any]]) -> bool:
    """Tell whether an edge can be a part of a path. wanted: its properties."""
    if others and is_used(edge, row, others):
        return False
    return all(equals(edge.properties.get(name), value) is True for name, value in wanted)
