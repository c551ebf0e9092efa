"""What reads the graph for a page, as readers or (exact) as writers want it: see `tags`.

Exact values go as plain records, made a few at a time: a large graph must not hold the thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from graphvine.peer.tasks import freed, in_turns
from graphvine.platform.browser.parcels import converted_rows
from graphvine.platform.browser.records import edge_record, record_steps, records
from graphvine.platform.browser.tags import escaped, parameters_from_page, properties_to_page, to_page
from graphvine.vertex import Change, Edge, Path, Vertex

SLICE = 500
"""Rows that are made ready at once: a few milliseconds of work."""


async def _records(found: list[Any]) -> list[Any]:
    return await in_turns(records(found))


async def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as records; what they were made of is gone then."""
    made = await in_turns(converted_rows(rows, _cell))
    if len(rows) > SLICE:
        await in_turns(freed(rows))
    return made


async def get(graph: Any, vertex: str, exact: bool = False) -> Any:
    """Return a vertex, or None."""
    if not exact:
        return await graph.get(vertex)
    found = await graph.get(vertex, exact=True)
    return found and await in_turns(record_steps(found))


async def get_edge(graph: Any, edge: str, exact: bool = False) -> Any:
    """Return an edge, or None."""
    if not exact:
        return await graph.get_edge(edge)
    found = await graph.get_edge(edge, exact=True)
    return found and await in_turns(record_steps(found))


async def vertices(graph: Any, label: str | None = None, exact: bool = False) -> Any:
    """Return all vertices, or those with a label."""
    return await _records(await graph.vertices(label, exact=True)) if exact else await graph.vertices(label)


async def edges(graph: Any, kind: str | None = None, exact: bool = False) -> Any:
    """Return all edges, or those of a type."""
    return await _records(await graph.edges(kind, exact=True)) if exact else await graph.edges(kind)


async def snapshot(graph: Any, exact: bool = False) -> dict[str, Any]:
    """Return everything, in one answer. What changes meanwhile is for `changes` to tell."""
    return {"vertices": await vertices(graph, None, exact), "edges": await edges(graph, None, exact)}


async def changes(graph: Any, id_: str | None, exact: bool = False) -> AsyncIterator[list[Change]]:
    """Tell what changes, in batches."""
    if not exact:
        async for batch in graph.change_batches(id_):
            yield batch
        return
    async for batch in graph.change_batches(id_, exact=True):
        made = await in_turns(records(change.value for change in batch))
        yield [replace(change, value=value) for change, value in zip(batch, made, strict=True)]


async def query(graph: Any, text: str, parameters: Any, exact: bool = False) -> Any:
    """Return the rows of a query, each an object."""
    given = parameters_from_page(parameters)
    return await _rows(await graph.query(text, given, exact=True)) if exact else await graph.query(text, given)


async def live(graph: Any, text: str, parameters: Any, exact: bool = False) -> AsyncIterator[Any]:
    """Tell the rows of a query, now and whenever they are different."""
    given = parameters_from_page(parameters)
    if not exact:
        async for rows in graph.live(text, given):
            yield rows
        return
    async for rows in graph.live(text, given, exact=True):
        yield await _rows(rows)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> Any:
    """Return a value of a row, in which entities are records."""
    if isinstance(value, Vertex):
        return {"id": value.id, "labels": sorted(value.labels), "properties": properties_to_page(value.properties)}
    if isinstance(value, Edge):
        return edge_record(value)
    if isinstance(value, Path):
        return {"vertices": [_cell(each) for each in value.vertices], "edges": [_cell(each) for each in value.edges]}
    if isinstance(value, list):
        return [_cell(each) for each in value]
    if isinstance(value, dict):
        return escaped(_row(value))
    return to_page(value)
