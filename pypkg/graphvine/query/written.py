"""What a query that writes is about to change: each vertex and edge as it was, and as it will be."""

from __future__ import annotations

from typing import NamedTuple

from graphvine.query.draft import Draft, DraftEdge, DraftVertex
from graphvine.query.results import Edge, Vertex


class Written(NamedTuple):
    """One vertex or edge. before: None when the query creates it; after: None when the query deletes it.

    loses_shared: a counter, set or other mergeable value goes with it, which writing `before` again would make plain.
    """

    before: Vertex | Edge | None
    after: Vertex | Edge | None
    loses_shared: bool = False


def written(draft: Draft) -> list[Written]:
    """Return what a draft changes, vertices and edges in the order of the first touch. For before the commit."""
    found = []
    for entity in draft.touched:
        if entity.cell is not None or not entity.is_deleted:
            before = None if entity.cell is None else _copy(entity.cell, is_vertex=isinstance(entity, DraftVertex))
            after = None if entity.is_deleted else _copy(entity, is_vertex=isinstance(entity, DraftVertex))
            found.append(Written(before, after, _loses_shared(entity)))
    return found


def _loses_shared(entity: DraftVertex | DraftEdge) -> bool:
    shared = getattr(entity.cell, "merged", None)
    if not shared:
        return False
    if entity.is_deleted:
        return True
    before, after = entity.cell.properties, entity.properties
    return any(name not in after or after[name] != before.get(name) for name in shared)


def _copy(entity: DraftVertex | DraftEdge, *, is_vertex: bool) -> Vertex | Edge:
    """A cell of the state reads like a draft, so both come here."""
    if is_vertex:
        return Vertex(entity.id, entity.labels, dict(entity.properties))  # type: ignore[union-attr]
    return Edge(entity.id, entity.type, entity.source.id, entity.target.id, dict(entity.properties))  # type: ignore[union-attr]
