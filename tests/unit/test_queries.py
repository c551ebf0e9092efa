"""Cypher on an open graph: one transaction for each query that writes, live rows that follow every change."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from tests.unit.peer.kit import Neighbourhood, crash, run, until, with_graph

from graphvine.errors import GraphClosed, QueryError
from graphvine.vertex import Edge, Vertex

NAMES = "MATCH (p:Person) RETURN p.name AS name ORDER BY name"


def follow(graph, text, parameters=None):
    """Read a live query; return where its rows go, and the task."""
    seen = []

    async def read():
        async for rows in graph.live(text, parameters):
            seen.append(rows)  # noqa: PERF401

    return seen, asyncio.ensure_future(read())


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        ("UNWIND range(0, 100000) AS x CREATE (:A)", {}, "A transaction has 100,001 operations; the limit is 100,000"),
        ("UNWIND range(1, 9) AS x CREATE (:A {t: $t})", {"t": "x" * 4_000_000}, "A transaction has 36,000,"),
        ("CREATE (n:" + ":".join(f"L{n}" for n in range(65)) + ")", {}, "65 labels; the limit is 64"),
    ],
)
def test_what_no_transaction_can_hold_is_an_error_of_the_query_and_changes_nothing(text, parameters, words):
    @with_graph
    async def refused(graph):
        with pytest.raises(QueryError, match=words) as caught:
            await graph.query(text, parameters)
        assert (caught.value.kind, caught.value.detail) == ("ResourceError", "TooLarge")
        assert (caught.value.phase, caught.value.line) == ("runtime", 0)
        assert await graph.vertices() == []

    refused()


@with_graph
async def test_rows_are_dicts_with_columns_in_order(graph):
    rows = await graph.query("UNWIND [2, 1] AS n RETURN n, n * $by AS more ORDER BY n", {"by": 10})
    assert rows == [{"n": 1, "more": 10}, {"n": 2, "more": 20}]
    assert rows.columns == ("n", "more")


@with_graph
async def test_entities_and_times_come_as_readers_know_them(graph):
    await graph.put("alice", {"born": date(1990, 2, 3), "tags": ["a"]}, labels=["Person"])
    await graph.link("alice", "KNOWS", "bob", {"since": 2024}, edge="e")
    (row,) = await graph.query("MATCH path = (p:Person)-[k]->(q) RETURN p, k, q.name AS none, path, {m: [k]} AS map")
    assert row["p"] == Vertex("alice", frozenset({"Person"}), {"born": date(1990, 2, 3), "tags": ["a"]})
    edge = Edge("e", "KNOWS", "alice", "bob", {"since": 2024})
    assert (row["k"], row["none"], row["map"]) == (edge, None, {"m": [edge]})
    assert [vertex.id for vertex in row["path"].vertices] == ["alice", "bob"]
    assert (len(row["path"]), row["path"].edges) == (1, (edge,))


@with_graph
async def test_a_query_that_writes_is_one_transaction_and_says_what_it_did(graph):
    before = graph.status.sync.transactions
    rows = await graph.query("CREATE (a:Person {name: 'A'})-[:KNOWS]->(b:Person {name: 'B'}) RETURN a")
    assert graph.status.sync.transactions == before + 1
    assert (rows.counters.vertices_created, rows.counters.edges_created) == (2, 1)
    assert await graph.query(NAMES) == [{"name": "A"}, {"name": "B"}]


def test_what_a_query_wrote_is_on_disk_when_it_returns():
    async def main():
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        await graph.query("CREATE (:Person {name: 'A'})")
        await crash(graph)
        graph = await profile.open()
        assert await graph.query(NAMES) == [{"name": "A"}]
        await graph.close()

    run(main())


@with_graph
async def test_a_query_that_fails_writes_nothing(graph):
    with pytest.raises(QueryError):
        await graph.query("CREATE (:Person {name: 'A'}) WITH 1 AS one RETURN one / 0")
    assert await graph.query(NAMES) == []


@with_graph
async def test_an_error_shows_its_place(graph):
    with pytest.raises(QueryError, match=r"(?s)line 1, column 11.*\^") as caught:
        await graph.query("MATCH (a) RETRN a")
    assert (caught.value.kind, caught.value.line, caught.value.column) == ("SyntaxError", 1, 11)


@with_graph
async def test_plans_are_shown(graph):
    rows = await graph.query("EXPLAIN " + NAMES)
    assert rows == []
    assert "Person" in str(rows.plan)
    assert rows.live == "by deltas"


@with_graph
async def test_live_rows_follow_every_change(graph):
    seen, task = follow(graph, NAMES)
    await until(lambda: len(seen) == 1)
    await graph.put("a", {"name": "A"}, labels=["Person"])
    await until(lambda: seen[-1] == [{"name": "A"}])
    await graph.put("b", {"name": "B"}, labels=["Person"])
    await until(lambda: seen[-1] == [{"name": "A"}, {"name": "B"}])
    await graph.delete("a")
    await until(lambda: seen[-1] == [{"name": "B"}])
    assert [len(rows) for rows in seen] == [0, 1, 2, 1]
    assert seen[-1].columns == ("name",)
    task.cancel()


@with_graph
async def test_live_rows_are_told_once_and_only_when_they_differ(graph):
    seen, task = follow(graph, NAMES)
    await until(lambda: len(seen) == 1)
    await graph.put("rock", {"name": "Granite"}, labels=["Stone"])
    await graph.put("a", {"age": 3}, labels=["Cat"])
    await graph.put("p", {"name": "P"}, labels=["Person"])
    await until(lambda: len(seen) == 2)
    await graph.put("p", {"name": "P", "age": 3})
    await asyncio.sleep(0.1)
    assert seen == [[], [{"name": "P"}]]
    task.cancel()


@with_graph
async def test_live_queries_that_need_a_fresh_run_follow_too(graph):
    await graph.query("CREATE ({_id: 'a'})-[:NEXT]->({_id: 'b'})")
    seen, task = follow(
        graph, "MATCH p = shortestPath(({_id: 'a'})-[:NEXT*]->({_id: $to})) RETURN length(p) AS n", {"to": "c"}
    )
    await until(lambda: len(seen) == 1)
    await graph.link("b", "NEXT", "c")
    await until(lambda: seen[-1] == [{"n": 2}])
    await graph.link("a", "NEXT", "c")
    await until(lambda: seen[-1] == [{"n": 1}])
    task.cancel()


@with_graph
async def test_a_live_query_can_not_write(graph):
    with pytest.raises(QueryError, match="only reads"):
        await anext(graph.live("CREATE (a) RETURN a"))


def test_closing_ends_live_queries_and_refuses_new_ones():
    async def main():
        graph = await Neighbourhood().profile("alice").open()
        seen, task = follow(graph, NAMES)
        await until(lambda: len(seen) == 1)
        await graph.close()
        await task
        with pytest.raises(GraphClosed):
            await graph.query("RETURN 1")

    run(main())
