"""What a cell holds, as writes take it back: a deleted vertex or edge that is written again is what it was."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import any_name, any_value, form, mergeable
from tests.unit.peer.kit import Neighbourhood, run

from graphvine import Counter, List, Map, Set, Text
from graphvine.errors import InvalidValue
from graphvine.model.temporal import Date, DateTime

EVERYTHING: dict[str, Any] = {
    "n": Counter(3),
    "s": Set([Date(1), 2.0]),
    "m": Map({"k": [1, 2.0], "$date": "x"}),
    "l": List(["x", None]),
    "t": Text("hi 😀"),
    "plain": [1, DateTime(1, 2, 3600, "Europe/Vienna")],
    "nothing": None,
}


def test_a_vertex_and_an_edge_come_back_as_they_were():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        await graph.put("v", EVERYTHING, labels=["L"])
        await graph.link("v", "T", "w", EVERYTHING, edge="e")
        vertex, edge = await graph.get("v", exact=True), await graph.get_edge("e", exact=True)
        assert form(vertex.edges[0].properties) == form(edge.properties)
        assert form(vertex.properties) == form(edge.properties) == form(EVERYTHING)
        await graph.delete("v")
        async with graph.transaction() as tx:
            tx.put("v", vertex.properties, labels=vertex.labels)
            tx.link("v", "T", "w", edge.properties, edge="e")
        assert form((await graph.vertices("L", exact=True))[0].properties) == form(EVERYTHING)
        assert form((await graph.edges("T", exact=True))[0].properties) == form(EVERYTHING)
        await graph.counter("v", "n").add(1)
        assert (await graph.get("v"))["n"] == 4
        await graph.close()

    run(main())


def test_reading_shares_nothing_mutable():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        await graph.put("v", EVERYTHING)
        properties = (await graph.get("v", exact=True)).properties
        properties["plain"].append(2)
        properties["m"].entries["k"].append(3)
        properties["l"].elements.clear()
        assert form((await graph.get("v", exact=True)).properties) == form(EVERYTHING)
        await graph.close()

    run(main())


def test_why_and_losers_tell_values_that_can_be_written():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        moment = DateTime(19_000, 123, 3600, "Europe/Vienna")
        await graph.put("v", {"at": moment, "n": Counter(2)})
        why = await graph.why("v", "at", exact=True)
        assert why.value == why.winner.value == moment
        assert "datetime.datetime(2022" in str(why)
        assert form((await graph.why("v", "n", exact=True)).value) == form(Counter(2))
        assert (await graph.why("v", "n")).value == 2
        assert await graph.losers("v", "at", exact=True) == []
        await graph.close()

    run(main())


def test_changes_and_rows_are_exact_on_demand():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        batches = graph.change_batches(exact=True)
        task = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0)
        await graph.put("v", {"n": Counter(2), "d": Date(1)}, labels=["L"])
        (change,) = await task
        assert form(change.value.properties) == form({"n": Counter(2), "d": Date(1)})
        (row,) = await graph.query("MATCH (v:L) RETURN v.d AS d, v.n AS n, [v.d] AS l", exact=True)
        assert row == {"d": Date(1), "n": 2, "l": [Date(1)]}
        await batches.aclose()
        await graph.close()

    run(main())


@given(st.dictionaries(any_name, any_value | mergeable, max_size=3))
@settings(max_examples=40)
def test_what_is_written_back_reads_as_before(properties):
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        try:
            await graph.put("v", properties)
        except InvalidValue:  # half of a surrogate pair, or a name that is none
            return await graph.close()
        first = (await graph.get("v", exact=True)).properties
        await graph.delete("v")
        await graph.put("v", first)
        assert form((await graph.get("v", exact=True)).properties) == form(first)
        return await graph.close()

    run(main())
