"""Graphs to write to files and read back, and how to compare them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import strategies as st
from tests import strategies
from tests.unit.peer.kit import Neighbourhood, run

from graphvine.api import Graph
from graphvine.model.ids import default_edge_id

ODD_TEXTS = [
    "a", "b", "alice", "http://example.org/a#b", "x:y", "_:b0", "a b", "quote\"'`", "comma,semi;colon:",
    "\r\n\t", "\0\x1f\x7f", "=1+1", "@id", "#", "_", ">", "end\\", "ünï\U0001f600", "\ufeff", "]]>", "<&>",
    "id", "labels", "_id", ":LABEL", "\u2028", "-", "\\json:\"x\"", "%41", "name:string", "null", "1", "true",
    "//x", "/*", "a/b", "e:f", " ", "\ufffe",
]  # fmt: skip
texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(min_size=1, max_size=6))
ids = st.sampled_from(ODD_TEXTS[:12] + ["\0", "é", "1"])
properties = st.dictionaries(texts, strategies.any_value, max_size=4)

Vertices = dict[str, tuple[list[str], dict[str, Any]]]
# (id or None for the usual one, type, source, target, properties)
Edges = list[tuple[str | None, str, str, str, dict[str, Any]]]


@st.composite
def graphs(draw: Any) -> tuple[Vertices, Edges]:
    """Vertices and edges with names and values that formats stumble over."""
    vertices: Vertices = {
        id_: (draw(st.lists(texts, max_size=3, unique=True)), draw(properties))
        for id_ in draw(st.lists(ids, max_size=5, unique=True))
    }
    edges: Edges = []
    if vertices:
        ends = st.sampled_from(list(vertices))
        for number in range(draw(st.integers(0, 4))):
            id_ = draw(st.sampled_from([None, f"e{number}", f"e {number}\0"]))
            edges.append((id_, draw(texts), draw(ends), draw(ends), draw(properties)))
    return vertices, edges


async def fill(graph: Graph, vertices: Vertices, edges: Edges) -> None:
    async with graph.transaction() as tx:
        for id_, (labels, held) in vertices.items():
            tx.put(id_, held, labels=labels)
        for edge, type_, source, target, held in edges:
            tx.link(source, type_, target, held, edge=edge)


def picture(graph: Graph) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything that a graph holds. Types count: 1, 1.0 and true are three values."""
    state = graph._state
    vertices = {id_: (cell.labels, exact(cell.properties)) for id_, cell in state.vertices.items()}
    edges = {
        id_: (cell.type, cell.source.id, cell.target.id, exact(cell.properties)) for id_, cell in state.edges.items()
    }
    return vertices, edges


def exact(held: dict[str, Any]) -> dict[str, str]:
    return {name: f"{type(value).__name__} {value!r}" for name, value in held.items()}


def carried(graph: tuple[Vertices, Edges], change: Callable[[Any], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The picture of a graph after a format has had its way with it. change: properties to what is left of them."""
    vertices, edges = graph
    return (
        {id_: (tuple(sorted(labels)), exact(change(held))) for id_, (labels, held) in vertices.items()},
        {
            (id_ or default_edge_id(source, type_, target)): (type_, source, target, held)
            for id_, type_, source, target, held in _merged(edges, change)
        },
    )


def _merged(edges: Edges, change: Callable[[Any], Any]) -> list[Any]:
    """Linking twice changes the one edge."""
    held_by_key: dict[Any, dict[str, Any]] = {}
    for id_, type_, source, target, held in edges:
        held_by_key.setdefault((id_, type_, source, target), {}).update(held)
    return [(*key, exact(change(held))) for key, held in held_by_key.items()]


async def exported(graph: Graph, format: str) -> bytes:
    return b"".join([chunk async for chunk in graph.export(format)])


def alone(test: Callable[[Neighbourhood], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine with a neighbourhood of its own."""

    async def main() -> Any:
        return await test(Neighbourhood())

    return run(main())


def there_and_back(graph: tuple[Vertices, Edges], format: str, **options: Any) -> tuple[Any, Any, Any, bytes]:
    """Export a graph, import it twice elsewhere: (its picture there, Exported, Imported, the file)."""

    async def trip(street: Neighbourhood) -> tuple[Any, Any, Any, bytes]:
        first, second = await street.profile("a").open(), await street.profile("b").open()
        await fill(first, *graph)
        export = first.export(format)
        data = b"".join([chunk async for chunk in export])
        imported = await second.import_from(data, format, **options)
        seen = picture(second)
        await second.import_from([data[:7], data[7:]], format, **options)
        assert picture(second) == seen, "importing twice changed something"
        await first.close()
        await second.close()
        return seen, export.result, imported, data

    return alone(trip)
