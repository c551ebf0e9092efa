"""What a query console on a page needs: rows in batches with their kinds, live rows, and the language as data.

Values are exact (see `tags`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import Any

from graphvine.peer.tasks import in_turns
from graphvine.platform.browser.parcels import converted_rows
from graphvine.platform.browser.tags import parameters_from_page, properties_to_page, to_page
from graphvine.query import language
from graphvine.query.results import PlanNode
from graphvine.query.written import Written
from graphvine.vertex import Edge, Path, Vertex

BATCH_ROWS = 500
"""Rows that go to the page at once: a few milliseconds of work."""
MAX_LIVE_ROWS = 200
"""Rows of a live query that are shown; the count tells how many there are."""
MAX_UNDONE = 2_000
"""Vertices and edges that the page is told about, so that it can undo the query."""


def tagged(value: Any) -> Any:
    """A value of a row for a page: vertices, edges, paths and maps say what they are; the rest is exact."""
    kind = type(value)
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
    return to_page(value)


def _map(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tagged(each) for name, each in entries.items()}


async def query_rows(graph: Any, text: str, parameters: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Run a query: first {columns, count, counters, plan, live, written}, then {rows} in batches."""
    places: list[Written] = []
    rows = await graph.query(text, parameters_from_page(parameters), on_write=places.extend, exact=True)
    yield {
        "columns": list(rows.columns),
        "count": len(rows),
        "counters": {name: count for name, count in asdict(rows.counters).items() if count},
        "plan": None if rows.plan is None else _plan(rows.plan),
        "live": rows.live,
        **_undo(places),
    }
    for start in range(0, len(rows), BATCH_ROWS):
        yield {"rows": await _shown(rows[start : start + BATCH_ROWS])}
        await asyncio.sleep(0)


async def _shown(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Return rows as lists of tagged values."""
    return [list(row.values()) for row in await in_turns(converted_rows(rows, tagged))]


async def live_rows(graph: Any, text: str, parameters: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Keep a query's rows true: {columns, count, rows, how} now and after each change; `how` says by which means."""
    given = parameters_from_page(parameters)
    how = (await graph.query(f"EXPLAIN {text}", given)).live
    async for rows in graph.live(text, given, exact=True):
        shown = await _shown(rows[:MAX_LIVE_ROWS])
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
    return {"written": [_place(each) for each in places], "undo": ""}


def _place(each: Written) -> dict[str, Any]:
    """One vertex or edge that a query changed, with the values that `put` and `link` take back."""
    what = each.after or each.before
    assert what is not None, "made by `written`"
    record = {"kind": "vertex" if hasattr(what, "labels") else "edge", "id": what.id}
    return record | {"before": _record(each.before), "after": _record(each.after)}


def _record(entity: Any) -> dict[str, Any] | None:
    if entity is None:
        return None
    properties = properties_to_page(entity.properties)
    if hasattr(entity, "labels"):
        return {"labels": list(entity.labels), "properties": properties}
    return {"type": entity.type, "source": entity.source, "target": entity.target, "properties": properties}
