"""What a query console on a page needs: rows in batches with their kinds, live rows, and the language as data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Any

from graphvine.model.temporal import TEMPORAL_TYPES, from_python
from graphvine.query import language
from graphvine.query.results import PlanNode
from graphvine.query.temporal_text import format_temporal
from graphvine.query.written import Written
from graphvine.vertex import Edge, Path, Vertex, read_value

BATCH_ROWS = 500
"""Rows that go to the page at once: a few milliseconds of work."""
MAX_LIVE_ROWS = 200
"""Rows of a live query that are shown; the count tells how many there are."""
MAX_UNDONE = 2_000
"""Vertices and edges that the page is told about, so that it can undo the query."""

_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


def tagged(value: Any) -> Any:
    """A value of a row for a page: vertices, edges, paths and maps say what they are; times are text."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Vertex:
        return {"kind": "vertex", "id": value.id, "labels": sorted(value.labels), "properties": _map(value.properties)}
    if kind is Edge:
        ends = {"type": value.type, "source": value.source, "target": value.target}
        return {"kind": "edge", "id": value.id, **ends, "properties": _map(value.properties)}
    if kind is Path:
        return {"kind": "path", "vertices": list(map(tagged, value.vertices)), "edges": list(map(tagged, value.edges))}
    if isinstance(value, Mapping):
        return {"kind": "map", "entries": _map(value)}
    if isinstance(value, list):
        return [tagged(each) for each in value]
    if isinstance(value, (date, time, timedelta)):
        value = from_python(value)
    return format_temporal(value) if isinstance(value, TEMPORAL_TYPES) else value


def _map(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tagged(each) for name, each in entries.items()}


async def query_rows(graph: Any, text: str, parameters: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Run a query: first {columns, count, counters, plan, live, written}, then {rows} in batches."""
    places: list[Written] = []
    rows = await graph.query(text, parameters, on_write=places.extend)
    yield {
        "columns": list(rows.columns),
        "count": len(rows),
        "counters": {name: count for name, count in asdict(rows.counters).items() if count},
        "plan": None if rows.plan is None else _plan(rows.plan),
        "live": rows.live,
        **_undo(places),
    }
    for start in range(0, len(rows), BATCH_ROWS):
        yield {"rows": [[tagged(value) for value in row.values()] for row in rows[start : start + BATCH_ROWS]]}
        await asyncio.sleep(0)


async def live_rows(graph: Any, text: str, parameters: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Keep a query's rows true: {columns, count, rows, how} now and after each change; `how` says by which means."""
    how = (await graph.query(f"EXPLAIN {text}", parameters)).live
    async for rows in graph.live(text, parameters):
        shown = [[tagged(value) for value in row.values()] for row in rows[:MAX_LIVE_ROWS]]
        yield {"columns": list(rows.columns), "count": len(rows), "rows": shown, "how": how}


async def describe_language() -> dict[str, Any]:
    """Keywords, functions and procedures."""
    described = [each._asdict() for each in language.functions() + language.procedures()]
    return {"keywords": list(language.KEYWORDS), "functions": described}


def _plan(node: PlanNode) -> dict[str, Any]:
    below = [_plan(child) for child in node.children]
    numbers = {"estimate": node.estimate, "rows": node.rows, "hits": node.hits}
    return {"name": node.name, "details": node.details, **numbers, "children": below}


def _undo(places: list[Written]) -> dict[str, Any]:
    """Return {written, undo}: what a page needs to undo the query; or None, and why it can't be undone."""
    if len(places) > MAX_UNDONE:
        return {"written": None, "undo": f"it changed more than {MAX_UNDONE:,} vertices and edges"}
    if any(each.loses_shared for each in places):
        return {"written": None, "undo": "it replaced a counter, a set or another value that merges"}
    sides = [side for each in places for side in (each.before, each.after) if side is not None]
    if not all(_survives(value) for side in sides for value in side.properties.values()):
        return {"written": None, "undo": "it touched values that a page cannot write back as they were"}
    return {"written": [_place(each) for each in places], "undo": ""}


def _survives(value: Any) -> bool:
    """Whether a value comes back from JavaScript as it went: not a time, and no 2.0, which would become 2."""
    if isinstance(value, list):
        return all(map(_survives, value))
    return type(value) in _PLAIN and not (isinstance(value, float) and value.is_integer())


def _place(each: Written) -> dict[str, Any]:
    """One vertex or edge that a query changed, with the values that `put` and `link` take back."""
    what = each.after or each.before
    assert what is not None, "made by `written`"
    record = {"kind": "vertex" if hasattr(what, "labels") else "edge", "id": what.id}
    return record | {"before": _record(each.before), "after": _record(each.after)}


def _record(entity: Any) -> dict[str, Any] | None:
    if entity is None:
        return None
    properties = {name: read_value(value) for name, value in entity.properties.items()}
    if hasattr(entity, "labels"):
        return {"labels": list(entity.labels), "properties": properties}
    return {"type": entity.type, "source": entity.source, "target": entity.target, "properties": properties}
