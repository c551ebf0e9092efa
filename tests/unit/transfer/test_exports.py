"""What others want while a graph is written to a file."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.peer.kit import until, with_graph

from graphvine.files import records
from graphvine.transfer import progress

EDGES = 400


def with_a_copy_of_a_hub(format, test):
    """Run a test in the middle of an export, at a moment when nothing may be applied and a write waits for that."""

    @with_graph
    async def story(graph):
        async with graph.transaction() as tx:
            for number in range(EDGES):
                tx.link("hub", "T", f"v{number}")
        sources = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(records, "NOTED_PER_SLICE", 5)
            patch.setattr(progress, "SLICE_S", 0.0)
            links = records.Source.links
            patch.setattr(records.Source, "links", lambda self, vertex: sources.append(self) or links(self, vertex))
            chunks = aiter(graph.export(format))
            exporting = asyncio.ensure_future(anext(chunks))
            await until(lambda: bool(sources) and sources[0].is_still, step_s=0)
            writing = asyncio.ensure_future(graph.put("hub", {"n": 1}))
            await until(lambda: bool(graph._driver.inbox._ours), step_s=0)
            assert sources[0].is_still
            await test(chunks, exporting, writing)
        assert (await graph.get("hub"))["n"] == 1

    story()


async def applied_at_once(writing):
    """Wait for a write; no timer may have to come to its help."""
    began = asyncio.get_running_loop().time()
    await writing
    assert asyncio.get_running_loop().time() == began


@pytest.mark.parametrize("format", ["jsonld", "gun"])
def test_a_write_that_waits_for_a_cancelled_export_is_applied_at_once(format):
    async def test(chunks, exporting, writing):
        exporting.cancel()
        await applied_at_once(writing)

    with_a_copy_of_a_hub(format, test)


@pytest.mark.parametrize("format", ["jsonld", "gun"])
def test_a_write_does_not_wait_for_whoever_takes_the_chunks(format):
    async def test(chunks, exporting, writing):
        progress.SLICE_S = 3600.0  # no more pauses from here on
        await exporting
        await applied_at_once(writing)
        await chunks.aclose()

    with_a_copy_of_a_hub(format, test)
