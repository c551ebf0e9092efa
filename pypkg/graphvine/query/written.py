"""What a query that writes is about to change: each vertex and edge as it was, and as it will be."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from graphvine.crdt.exact import exact_steps, size_of
from graphvine.query.draft import Draft, DraftEdge, DraftVertex
from graphvine.query.draft_changes import is_same
from graphvine.query.results import Edge, Vertex


class Written(NamedTuple):
    """One vertex or edge. before: None when the query creates it; after: None when the query deletes it.

    Properties are as `put` takes them back: a counter that the query leaves alone is a `Counter` on both sides, one
    that it sets to 4 is a `Counter` before and 4 after.
    """

    before: Vertex | Edge | None
    after: Vertex | Edge | None


# Properties, and vertices and edges, that one step looks at: a few milliseconds in a tab.
SLICE = 1_000


def written(draft: Draft) -> Generator[None, None, list[Written]]:
    """Return, in steps, what a draft changes: vertices and edges in the order of the first touch. Before the commit."""
    found: list[Written] = []
    work = 0
    for entity in draft.touched:
        if entity.cell is not None or not entity.is_deleted:
            work += 1 if entity.cell is None else 1 + sum(map(size_of, entity.cell.properties.values()))
            is_vertex = isinstance(entity, DraftVertex)
            exact = {} if entity.cell is None else (yield from exact_steps(entity.cell))
            before = None if entity.cell is None else _copy(entity.cell, exact, is_vertex=is_vertex)
            after = None if entity.is_deleted else _copy(entity, _after(entity, exact), is_vertex=is_vertex)
            found.append(Written(before, after))
            if work >= SLICE:
                work = 0
                yield
    return found


def _after(entity: DraftVertex | DraftEdge, exact: dict[str, object]) -> dict[str, object]:
    """What the draft leaves alone is what it was, mergeable or not."""
    was = {} if entity.cell is None else entity.cell.properties
    return {
        name: exact[name] if name in was and is_same(was[name], value) else value
        for name, value in entity.properties.items()
    }


def _copy(entity: DraftVertex | DraftEdge, properties: dict[str, object], *, is_vertex: bool) -> Vertex | Edge:
    """A cell of the state reads like a draft, so both come here."""
    if is_vertex:
        return Vertex(entity.id, entity.labels, properties)  # type: ignore[union-attr]
    return Edge(entity.id, entity.type, entity.source.id, entity.target.id, properties)  # type: ignore[union-attr]
