"""The step that joins rows with vertices that no edge leads to: by hash where two values must be equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.gradual import Work
from graphvine.query.parts import Part
from graphvine.query.run import TooLong
from graphvine.query.steps.sources import Source
from graphvine.query.steps.step import Rows, Step
from graphvine.query.values import Row

# The key of values that a hash can't compare as Cypher does (lists, maps, moments): all of them are candidates.
_OTHERS = ("others",)


class JoinScan(Step):
    """Puts vertices of a source into a slot, for each row. The source is read once, not once per row.

    tests: conditions on the vertex alone. match: what must be equal, of the vertex and of the row; or None. Equality is
    tested again behind this step.
    """

    name = "JoinScan"

    def __init__(self, child: Step, slot: int, source: Source, tests: list[Part], **about: Any) -> None:
        self.match: tuple[Part, Part] | None = about.pop("match")
        super().__init__((child,), **about)
        self.slot = slot
        self.source = source
        self.tests = tests
        if self.match is not None:
            self.name = "HashJoin"

    def open(self, row: Row) -> Rows:
        """Give a row for each vertex that fits."""
        run, slot, turns = row[0], self.slot, 0
        table: dict[Any, list[Any]] | None = None
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            if table is None:
                table = {}
                yield from self._read(outer, table)
            try:
                candidates = self._candidates(outer, table)
            except TooLong:
                candidates = yield from self._candidates_later(outer, table)
            for vertex in candidates:
                turns += 1
                if not turns & 31 and run.tick():
                    yield None
                inner = outer[:]
                inner[slot] = vertex
                yield inner
            turns += 1
        run.hits += turns

    def _read(self, outer: Row, table: dict[Any, list[Any]]) -> Iterator[None]:
        run, slot, tests = outer[0], self.slot, self.tests
        own = None if self.match is None else self.match[0]
        inner = outer[:]
        vertices = yield from self.source.cells(outer)
        for turns, vertex in enumerate(vertices, start=1):
            if not turns & 31:
                run.hits += 32
                if run.tick():
                    yield None
            inner[slot] = vertex
            try:
                if not all(test.now(inner) is True for test in tests):
                    continue
                value = None if own is None else own.now(inner)
            except TooLong:
                if not (yield from self._fits(inner)):
                    continue
                value = None if own is None else (yield from own.value(inner))
            key = join_key(value)
            if own is None or key is not None:
                run.hold(16)
                table.setdefault(key, []).append(vertex)

    def _fits(self, row: Row) -> Work:
        """Tell, with pauses, whether a vertex meets the conditions on it alone."""
        for test in self.tests:
            if (yield from test.value(row)) is not True:
                return False
        return True

    def _candidates(self, outer: Row, table: dict[Any, list[Any]]) -> list[Any]:
        if self.match is None:
            return table.get(None, [])
        key = join_key(self.match[1].now(outer))
        return [] if key is None else table.get(key, [])

    def _candidates_later(self, outer: Row, table: dict[Any, list[Any]]) -> Work:
        assert self.match is not None, "nothing else takes long"
        key = join_key((yield from self.match[1].value(outer)))
        return [] if key is None else table.get(key, [])


def join_key(value: Any) -> Any:
    """Return a key that is the same for equal values; None for null, which equals nothing."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is float:
        return value if value == value else None
    return (bool, value) if kind is bool else _OTHERS
