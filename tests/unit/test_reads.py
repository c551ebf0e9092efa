"""What is large is read in slices, and yet as it was at one moment."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.peer.kit import until, with_graph

from graphvine import reads, vertex
from graphvine.vertex import read_each, read_steps

EDGES = 300
SLICE = 20


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    monkeypatch.setattr(vertex, "SLICE", SLICE)
    monkeypatch.setattr(reads, "SLICE", SLICE)


@pytest.fixture
def copied(monkeypatch):
    """How many properties were copied for readers."""
    counts = []
    inner = vertex.read_value

    def read_value(value, *, exact=False):
        counts.append(value)
        return inner(value, exact=exact)

    monkeypatch.setattr(vertex, "read_value", read_value)
    return counts


async def fill(graph):
    """A hub with two rings of edges, and a vertex with many properties."""
    async with graph.transaction() as tx:
        tx.put("hub", {"n": 0})
        tx.put("wide", {f"p{number}": number for number in range(EDGES)})
        for number in range(EDGES):
            tx.link("hub", "T" if number % 2 else "S", f"v{number}", {"n": 0}, edge=f"e{number}")


def longest(steps, copied):
    most = 0
    while True:
        copied.clear()
        try:
            next(steps)
        except StopIteration as done:
            return max(most, len(copied)), done.value
        most = max(most, len(copied))


def test_no_step_copies_more_than_a_slice(copied):
    @with_graph
    async def story(graph):
        await fill(graph)
        state = graph._state
        for cells in ([state.vertices["hub"]], [state.vertices["wide"]], list(state.edges.values()), [None] * EDGES):
            most, found = longest(read_each(cells), copied)
            assert most <= SLICE
            assert len(found) == len(cells)
        everything = list(state.vertices.values())
        most, found = longest(read_each(everything), copied)
        assert most <= SLICE
        assert {each.id: len(each.edges) for each in found if each.edges} == {"hub": EDGES}
        _, wide = longest(read_steps(state.vertices["wide"], exact=True), copied)
        assert wide.properties == {f"p{number}": number for number in range(EDGES)}

    story()


@with_graph
async def test_a_large_vertex_is_read_as_it_was_at_one_moment(graph):
    await fill(graph)

    async def write():
        async with graph.transaction() as tx:
            tx.put("hub", {"n": 1})
            for number in range(EDGES):
                if number % 3:
                    tx.link("hub", "T" if number % 2 else "S", f"v{number}", {"n": 1}, edge=f"e{number}")
                else:
                    tx.unlink(f"e{number}")

    for read in (graph.get("hub"), graph.vertices(), graph.edges()):
        reading = asyncio.ensure_future(read)
        await asyncio.sleep(0)
        assert not reading.done()  # it is in the middle
        writing = asyncio.ensure_future(write())
        found = await reading
        assert not writing.done()
        edges = []
        for each in [found] if isinstance(found, vertex.Vertex) else found:
            edges += each.edges if isinstance(each, vertex.Vertex) else [each]
        assert len(edges) in (EDGES, EDGES - EDGES // 3)
        assert len({edge["n"] for edge in edges}) == 1
        await writing
    hub = await graph.get("hub")
    assert hub["n"] == 1
    assert len(hub.edges) == EDGES - EDGES // 3


@with_graph
async def test_a_reader_that_gives_up_holds_nobody_off(graph):
    await fill(graph)
    reading = asyncio.ensure_future(graph.get("hub"))
    await asyncio.sleep(0)
    writing = asyncio.ensure_future(graph.put("hub", {"n": 7}))
    await asyncio.sleep(0)
    reading.cancel()
    await writing
    assert (await graph.get("hub"))["n"] == 7


@with_graph
async def test_a_watcher_of_a_hub_is_told_in_slices_and_holds_nobody_off_for_good(graph):
    await fill(graph)
    hubs = []

    async def watch():
        async for batch in graph.change_batches("hub"):
            hubs.extend(change.value for change in batch if change.id == "hub")

    watching = asyncio.ensure_future(watch())
    await asyncio.sleep(0)
    for number in range(1, 6):
        await graph.put("hub", {"n": number})
    await until(lambda: hubs and (hubs[-1]["n"], len(hubs[-1].edges)) == (5, EDGES))
    watching.cancel()


@with_graph
async def test_closing_in_the_middle_of_large_reads_loses_no_write(graph):
    await fill(graph)
    readers = [asyncio.ensure_future(graph.get("hub")), asyncio.ensure_future(graph.vertices())]
    await asyncio.sleep(0)
    writing = asyncio.ensure_future(graph.put("hub", {"n": 9}))
    await asyncio.sleep(0)
    await graph.close()
    await writing
    hub, everything = await asyncio.gather(*readers)
    assert (hub["n"], len(hub.edges), len(everything)) == (0, EDGES, EDGES + 2)
    assert graph._state.vertices["hub"].properties["n"] == 9
