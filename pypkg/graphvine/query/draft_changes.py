"""What a draft has changed: checked, told to a `TransactionBuilder`, and counted."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from graphvine.model.steps import PART, parts
from graphvine.query.draft import Draft, DraftEdge, DraftVertex
from graphvine.query.fault import Fault
from graphvine.query.results import Counters

# Changes that are looked at in one go.
_FEW = 8


def check(draft: Draft) -> Iterator[None]:
    """Raise Fault if a deleted vertex still has edges. Gives None at each chance to pause, as everything here does."""
    for number, entity in enumerate(list(draft.touched)):
        if number % _FEW == _FEW - 1:
            yield None
        if isinstance(entity, DraftVertex) and entity.is_deleted:
            if entity.has_edges():
                message = f"The vertex {entity.id[:60]!r} still has edges. Delete them too, or use DETACH DELETE."
                at = draft.deleted_at.get(entity, -1)
                raise Fault("ConstraintVerificationFailed", "DeleteConnectedNode", message, at, "runtime")


def write(draft: Draft, builder: Any) -> Generator[None, None, None]:
    """Tell a `TransactionBuilder` what has changed: deletes first, then vertices, then edges."""
    touched = list(draft.touched)
    for kind, is_deleted, tell in (
        (DraftEdge, True, _delete_edge),
        (DraftVertex, True, _delete_vertex),
        (DraftVertex, False, _write_vertex),
        (DraftEdge, False, _write_edge),
    ):
        for entity in touched:
            if isinstance(entity, kind) and entity.is_deleted is is_deleted:
                yield from tell(entity, builder)
                yield None


def _delete_edge(edge: Any, builder: Any) -> Iterator[None]:
    if edge.cell is not None:
        builder.delete_edge(edge.id)
    return iter(())


def _delete_vertex(vertex: Any, builder: Any) -> Iterator[None]:
    if vertex.cell is not None:
        builder.delete_vertex(vertex.id)
    return iter(())


def counters(draft: Draft) -> Generator[None, None, Counters]:
    """Return what has changed in numbers, as a later query would see it."""
    totals = dict.fromkeys(Counters.__dataclass_fields__, 0)
    for number, entity in enumerate(list(draft.touched)):
        if number % _FEW == _FEW - 1:
            yield None
        yield from _count(entity, totals)
    return Counters(**totals)


def _changes(entity: DraftVertex | DraftEdge) -> Generator[None, None, tuple[dict[str, Any], list[str]]]:
    """Return, in steps, the properties that are new or different, and the names of those that are gone."""
    if entity.cell is None:
        return entity.properties, []
    before, after = entity.was, entity.properties
    if before is None:
        return {}, []
    fresh: dict[str, Any] = {}
    for some in parts(after.items()):
        fresh |= {name: value for name, value in some if name not in before or not is_same(before[name], value)}
        if len(some) == PART:
            yield None
    removed: list[str] = []
    for names in parts(before):
        removed += [name for name in names if name not in after]
        if len(names) == PART:
            yield None
    return fresh, removed


def is_same(left: Any, right: Any) -> bool:
    """Tell whether writing one value over the other would change nothing: 1 and 1.0 are two."""
    if type(left) is not type(right):
        return False
    if type(left) is list:
        return len(left) == len(right) and all(map(is_same, left, right))
    return bool(left == right)


def _write_vertex(vertex: Any, builder: Any) -> Iterator[None]:
    fresh, removed = yield from _changes(vertex)
    before = () if vertex.cell is None else vertex.cell.labels
    labels = [label for label in vertex.labels if label not in before]
    unlabelled = [label for label in before if label not in vertex.labels]
    if vertex.cell is None or fresh or removed or labels or unlabelled:
        builder.put_vertex(vertex.id, fresh, labels, removed=removed, unlabelled=unlabelled)


def _write_edge(edge: Any, builder: Any) -> Iterator[None]:
    fresh, removed = yield from _changes(edge)
    if edge.cell is None or fresh or removed:
        builder.put_edge(edge.id, edge.type, edge.source.id, edge.target.id, fresh, removed=removed)


def _count(entity: DraftVertex | DraftEdge, totals: dict[str, int]) -> Iterator[None]:
    what = "vertices" if isinstance(entity, DraftVertex) else "edges"
    if entity.is_deleted:
        if entity.cell is not None:
            totals[what + "_deleted"] += 1
            totals["properties_removed"] += len(entity.cell.properties)
        return
    if entity.cell is None:
        totals[what + "_created"] += 1
    fresh, removed = yield from _changes(entity)
    replaced = 0 if entity.cell is None else sum(name in entity.cell.properties for name in fresh)
    totals["properties_set"] += len(fresh)
    totals["properties_removed"] += len(removed) + replaced
    if isinstance(entity, DraftVertex):
        before = () if entity.cell is None else entity.cell.labels
        totals["labels_added"] += sum(label not in before for label in entity.labels)
        totals["labels_removed"] += sum(label not in entity.labels for label in before)
