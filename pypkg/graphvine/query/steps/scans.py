"""Steps that find vertices and edges from nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.query.draft import Draft
from graphvine.query.gradual import Work
from graphvine.query.run import TooLong
from graphvine.query.steps.block import BLOCK, Block
from graphvine.query.steps.expands import has_all
from graphvine.query.steps.sources import Source
from graphvine.query.steps.step import Argument, Blocks, Rows, Step
from graphvine.query.values import Row


class Scan(Step):
    """Puts each vertex of a source into a slot.

    label: the one that a LabelScan reads. span: the part of an index that it reads, where that can come in order.
    """

    def __init__(self, child: Step, name: str, slot: int, source: Source, **about: Any) -> None:
        self.label: str | None = about.pop("label", None)
        self.span: Any = about.pop("span", None)
        super().__init__((child,), **about)
        self.name = name
        self.slot = slot
        self.source = source
        self.labels: tuple[str, ...] = ()

    def open(self, row: Row) -> Rows:
        """Give a row for each vertex of the source that has the labels."""
        run, slot, source, labels, turns = row[0], self.slot, self.source, self.labels, 0
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            try:
                vertices = source.now(outer)
            except TooLong:
                vertices = yield from source.later(outer)
            for vertex in vertices:
                turns += 1
                if not turns & 31:
                    run.hits += 32
                    if run.tick():
                        yield None
                if labels and not has_all(vertex, labels):
                    continue
                inner = outer[:]
                inner[slot] = vertex
                yield inner
        run.hits += turns & 31

    def blocks(self, row: Row) -> Blocks:
        """Give the vertices of the source that have the labels."""
        if not isinstance(self.child, Argument):
            yield from super().blocks(row)
            return
        run, slot = row[0], self.slot
        vertices = iter((yield from self.source.cells(row)))
        while found := list(islice(vertices, BLOCK)):
            run.hits += len(found)
            for label in self.labels:
                found = [vertex for vertex in found if label in vertex.labels]
            if found:
                yield Block(row, len(found), {slot: found}, {slot: VertexCell})
            if run.tick():
                yield None


class CountVertices(Step):
    """Counts all vertices, or those with a label, from the counts that the graph keeps."""

    name = "CountVertices"

    def __init__(self, child: Step, slot: int, label: str | None, **about: Any) -> None:
        super().__init__((child,), **about)
        self.slot = slot
        self.label = label

    def open(self, row: Row) -> Rows:
        """Give one row with the count."""
        run, label = row[0], self.label
        if isinstance(run.graph, Draft):
            count = 0
            for _ in run.graph.scan_vertices() if label is None else run.graph.scan_label(label):
                count += 1
                if not count & 31 and run.tick():
                    yield None
        else:
            count = len(run.graph.vertices if label is None else run.graph.by_label.get(label, ()))
        inner = row[:]
        inner[self.slot] = count
        yield inner


class EdgeScan(Step):
    """Puts each edge of some types, and its ends, into slots. direction: 1, -1, or 0 for both ways round.

    source: where the edges come from instead.
    """

    name = "EdgeScan"

    def __init__(
        self, child: Step, slots: tuple[int, int, int], types: tuple[str, ...], direction: int, **about: Any
    ) -> None:
        self.source: Source | None = about.pop("source", None)
        super().__init__((child,), **about)
        if self.source is not None:
            self.name = "EdgeIndexSeek"
        self.left, self.edge, self.right = slots
        self.types = types
        self.direction = direction
        self.left_labels: tuple[str, ...] = ()
        self.right_labels: tuple[str, ...] = ()

    def _edges(self, row: Row) -> Work:
        if self.source is not None:
            return (yield from self.source.cells(row))
        graph = row[0].graph
        if isinstance(graph, Draft):
            return graph.scan_edges(self.types)
        if not self.types:
            return list(graph.edges.values())
        return [edge for type_ in dict.fromkeys(self.types) for edge in graph.by_type.get(type_, ())]

    def open(self, row: Row) -> Rows:
        """Give a row for each edge, or two where the direction does not matter."""
        run, left, right, slot, turns = row[0], self.left, self.right, self.edge, 0
        direction, fits = self.direction, self._test()
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            for edge in (yield from self._edges(outer)):
                turns += 1
                if not turns & 31 and run.tick():
                    yield None
                source, target = edge.source, edge.target
                if direction >= 0 and (fits is None or fits(source, target)):
                    inner = outer[:]
                    inner[left], inner[slot], inner[right] = source, edge, target
                    yield inner
                if direction < 0 or direction == 0 and source is not target:
                    if fits is None or fits(target, source):
                        inner = outer[:]
                        inner[left], inner[slot], inner[right] = target, edge, source
                        yield inner
        run.hits += turns

    def blocks(self, row: Row) -> Blocks:
        """Give the edges that have the labels at their ends."""
        if not isinstance(self.child, Argument):
            yield from super().blocks(row)
            return
        run = row[0]
        kinds: dict[int, type] = {self.left: VertexCell, self.edge: EdgeCell, self.right: VertexCell}
        edges = iter((yield from self._edges(row)))
        while found := list(islice(edges, BLOCK)):
            run.hits += len(found)
            block = self._one_way(row, found, kinds) if self.direction else self._both_ways(row, found, kinds)
            if block.size:
                yield block
            if run.tick():
                yield None

    def _one_way(self, row: Row, edges: list[Any], kinds: dict[int, type]) -> Block:
        is_forward = self.direction > 0
        sources, targets = self.left_labels, self.right_labels
        if not is_forward:
            sources, targets = targets, sources
        for label in sources:
            edges = [edge for edge in edges if label in edge.source.labels]
        for label in targets:
            edges = [edge for edge in edges if label in edge.target.labels]
        block = Block(row, len(edges), {self.edge: edges}, kinds)
        slot = self.edge
        block.late[self.left if is_forward else self.right] = lambda some: [edge.source for edge in some.column(slot)]
        block.late[self.right if is_forward else self.left] = lambda some: [edge.target for edge in some.column(slot)]
        return block

    def _both_ways(self, row: Row, edges: list[Any], kinds: dict[int, type]) -> Block:
        fits = self._test()
        found = []
        for edge in edges:
            source, target = edge.source, edge.target
            if fits is None or fits(source, target):
                found.append((source, edge, target))
            if source is not target and (fits is None or fits(target, source)):
                found.append((target, edge, source))
        lefts, middles, rights = ([each[place] for each in found] for place in range(3))
        return Block(row, len(found), {self.left: lefts, self.edge: middles, self.right: rights}, kinds)

    def _test(self) -> Callable[[Any, Any], bool] | None:
        """Return the test of both ends."""
        left, right = self.left_labels, self.right_labels
        if len(left) == len(right) == 1:
            (one,), (other,) = left, right
            return lambda first, second: one in first.labels and other in second.labels
        if left or right:
            return lambda first, second: has_all(first, left) and has_all(second, right)
        return None
