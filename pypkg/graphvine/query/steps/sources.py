"""Where scans get their vertices and edges from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from graphvine.query.draft import Draft
from graphvine.query.gradual import Work
from graphvine.query.parts import FEW, PRICE, Part, values_of
from graphvine.query.run import CREDIT, TooLong
from graphvine.query.values import Row

Find = Callable[[Row], Iterable[Any]]


class Source:
    """Gives the cells for an outer row: `now`, or, where that raises TooLong, `later`, with pauses."""

    __slots__ = ("_later", "now")

    def __init__(self, now: Find, later: Callable[[Row], Work] | None = None) -> None:
        self.now = now
        self._later = later

    def later(self, row: Row) -> Work:
        """Return the work that finds the cells from the beginning."""
        assert self._later is not None, "only a source that says so takes long"
        return self._later(row)

    def cells(self, row: Row) -> Work:
        """Find the cells, with pauses where that takes long."""
        try:
            return self.now(row)
        except TooLong:
            pass
        return (yield from self.later(row))


def looked_up(parts: Sequence[Part], find: Callable[..., Iterable[Any]]) -> Source:
    """Return the source that finds cells by what some expressions say. find: given the row and their values."""

    def now(row: Row) -> Iterable[Any]:
        return find(row, *[part.now(row) for part in parts])

    def later(row: Row) -> Work:
        values = yield from values_of(parts, row)
        return find(row, *values)

    return Source(now, later)


def looked_up_one_by_one(values: Part, find: Callable[[Row, Any], Iterable[Any]]) -> Source:
    """Return the source that finds the cells of each value in a list; each cell comes once."""

    def now(row: Row) -> Iterable[Any]:
        wanted = values.now(row)
        if type(wanted) is not list:
            return ()
        if len(wanted) > FEW:
            raise TooLong
        found = {cell.id: cell for value in wanted if value is not None for cell in find(row, value)}
        row[0].charge(min(len(found), CREDIT))
        return found.values()

    def later(row: Row) -> Work:
        wanted = yield from values.value(row)
        return (yield from _one_by_one(row, wanted if type(wanted) is list else [], find))

    return Source(now, later)


def _one_by_one(row: Row, wanted: list[Any], find: Callable[[Row, Any], Iterable[Any]]) -> Work:
    run = row[0]
    found: dict[str, Any] = {}
    for number, value in enumerate(wanted):
        if not number % FEW and run.is_due(PRICE):
            yield None
        for place, cell in enumerate(() if value is None else find(row, value), start=1):
            if not place % FEW and run.is_due(PRICE):
                yield None
            found[cell.id] = cell
    return found.values()


def _all_vertices(row: Row) -> Iterable[Any]:
    graph = row[0].graph
    return graph.scan_vertices() if isinstance(graph, Draft) else list(graph.vertices.values())


ALL_VERTICES = Source(_all_vertices)
"""Every vertex. Copied, so that a change between two slices can't disturb the scan; a draft copies by itself."""


def by_label(label: str) -> Source:
    """Every vertex with a label."""

    def find(row: Row) -> Iterable[Any]:
        graph = row[0].graph
        if isinstance(graph, Draft):
            return graph.scan_label(label)
        members = graph.by_label.get(label)
        return list(members.values()) if members else ()

    return Source(find)


def by_labels(labels: Sequence[str]) -> Source:
    """Every vertex with at least one of these labels, once."""
    sources = [by_label(label) for label in labels]

    def find(row: Row) -> Iterable[Any]:
        seen: set[str] = set()
        for source in sources:
            for vertex in source.now(row):
                if vertex.id not in seen:
                    seen.add(vertex.id)
                    yield vertex

    return Source(find)


def _with_id(row: Row, wanted: Any) -> Iterable[Any]:
    vertex = row[0].graph.vertices.get(wanted) if type(wanted) is str else None
    return () if vertex is None else (vertex,)


def by_id(value: Part) -> Source:
    """The vertex with an id."""
    read = value.now
    return Source(lambda row: _with_id(row, read(row)), looked_up([value], _with_id).later)


def by_ids(values: Part) -> Source:
    """The vertices whose ids are in a list."""
    return looked_up_one_by_one(values, _with_id)
