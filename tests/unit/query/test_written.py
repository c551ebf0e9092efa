"""What a query is about to change is told after steps of a bounded size."""

from __future__ import annotations

import asyncio

from tests.unit.peer.kit import with_graph

from graphvine.crdt import exact
from graphvine.query import written as written_module

COUNT = 60
SLICE = 20


def test_what_a_large_query_changes_is_told_in_steps(monkeypatch):
    monkeypatch.setattr(written_module, "SLICE", SLICE)

    @with_graph
    async def story(graph):
        async with graph.transaction() as tx:
            for number in range(COUNT):
                tx.put(f"v{number}", {"a": number, "b": 1}, labels=["L"])
        inner, pauses = written_module.written, []

        def counted(draft):
            pauses.append(0)
            steps = inner(draft)
            while True:
                try:
                    next(steps)
                except StopIteration as done:
                    return done.value
                pauses[-1] += 1
                yield

        monkeypatch.setattr("graphvine.queries.written", counted)
        told = []
        await graph.query("MATCH (v:L) SET v.a = -1", on_write=told.append)
        await graph.query("MATCH (v:L) DELETE v", on_write=told.append)
        changed, gone = told
        assert [(each.before.properties["a"], each.after.properties["a"]) for each in changed] == [
            (number, -1) for number in range(COUNT)
        ]
        assert [(each.before.properties["a"], each.after) for each in gone] == [(-1, None)] * COUNT
        # Each counts for itself and its properties.
        assert pauses == [COUNT // (SLICE // 3 + 1)] * 2

    story()


def test_what_others_write_meanwhile_is_not_in_what_is_told():
    """It is told as it was at one moment, however many steps that takes."""
    large = {name: list(range(2 * exact.SLICE)) for name in "abcdefgh"}

    @with_graph
    async def story(graph):
        await graph.put("v", large, labels=["L"])
        is_over = False

        async def write():
            number = 0
            while not is_over:
                number += 1
                await graph.put("v", {f"n{number}": number})

        writing = asyncio.ensure_future(write())
        told = []
        for _ in range(5):
            await graph.query("MATCH (v:L) SET v.x = 1", on_write=told.extend)
        is_over = True
        await writing
        for each in told:
            there = [name for name in each.before.properties if name[0] == "n"]
            assert there == [f"n{number}" for number in range(1, len(there) + 1)]
            assert {name: each.before.properties[name] for name in large} == large

    story()
