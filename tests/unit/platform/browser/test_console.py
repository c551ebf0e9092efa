"""What a query console gets to see, from a real open graph in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.peer.kit import Neighbourhood, run
from tests.unit.test_queries import with_graph

from graphvine import Counter, List, Map, Set, Text, Vertex
from graphvine.errors import InvalidValue, QueryError
from graphvine.model.temporal import Date, DateTime
from graphvine.platform.browser import console
from graphvine.platform.browser.rpc import _VERBS
from graphvine.query.run import Limits


async def ask(graph: Any, text: str, **parameters: Any) -> tuple[dict[str, Any], list[list[Any]]]:
    items = [item async for item in console.query_rows(graph, text, parameters)]
    return items[0], [row for item in items[1:] for row in item["rows"]]


@with_graph
async def test_values_say_what_they_are(graph):
    await graph.put("a", {"name": "Ada"}, labels=["Person", "Author"])
    await graph.link("a", "KNOWS", "b", {"since": 1}, edge="e")
    head, rows = await ask(
        graph, "MATCH p = (a {name: 'Ada'})-[k]->() RETURN a, k, p, {x: [a.name]} AS m, date('2024-01-05') AS d"
    )
    ada = {"kind": "vertex", "id": "a", "labels": ["Author", "Person"], "properties": {"name": "Ada"}}
    edge = {"kind": "edge", "id": "e", "type": "KNOWS", "source": "a", "target": "b", "properties": {"since": 1}}
    bare = {"kind": "vertex", "id": "b", "labels": [], "properties": {}}
    assert head["columns"] == ["a", "k", "p", "m", "d"]
    assert rows == [
        [
            ada,
            edge,
            {"kind": "path", "vertices": [ada, bare], "edges": [edge]},
            {"kind": "map", "entries": {"x": ["Ada"]}},
            {"$date": "2024-01-05"},
        ]
    ]


@with_graph
async def test_columns_with_the_order_of_return_and_durations_as_cypher_writes_them(graph):
    head, rows = await ask(graph, "RETURN duration('P1DT2H') AS z, duration('P2M') AS a, $given AS m", given=b"\x01")
    assert head["columns"] == ["z", "a", "m"]
    assert rows == [[{"$duration": "P1DT2H"}, {"$duration": "P2M"}, b"\x01"]]


@with_graph
async def test_many_rows_come_in_batches(graph):
    items = [item async for item in console.query_rows(graph, "UNWIND range(1, 600) AS n RETURN n", {})]
    assert items[0]["count"] == 600
    assert [len(item["rows"]) for item in items[1:]] == [500, 100]


@with_graph
async def test_a_write_is_told_with_what_was_and_what_will_be(graph):
    await graph.put("a", {"age": 1}, labels=["Person"])
    await graph.link("a", "KNOWS", "b", edge="e")
    head, _ = await ask(
        graph, "MATCH (a {age: 1})-[k]->(b) SET a.age = 2 DELETE k DETACH DELETE b CREATE (:New {_id: 'n'})"
    )
    assert head["counters"] == {
        "vertices_created": 1,
        "vertices_deleted": 1,
        "edges_deleted": 1,
        "properties_set": 1,
        "properties_removed": 1,
        "labels_added": 1,
    }
    places = {place["id"]: place for place in head["written"]}
    assert places["a"] == {
        "kind": "vertex",
        "id": "a",
        "before": {"labels": ["Person"], "properties": {"age": 1}},
        "after": {"labels": ["Person"], "properties": {"age": 2}},
    }
    assert places["e"]["before"] == {"type": "KNOWS", "source": "a", "target": "b", "properties": {}}
    assert places["e"]["after"] is places["b"]["after"] is places["n"]["before"] is None
    assert places["n"]["after"] == {"labels": ["New"], "properties": {}}


@with_graph
async def test_what_a_query_makes_and_deletes_again_leaves_no_trace(graph):
    head, _ = await ask(graph, "CREATE (n) DELETE n")
    assert head["written"] == []


@with_graph
async def test_a_very_large_write_cannot_be_undone(graph):
    head, _ = await ask(graph, "UNWIND range(1, 2001) AS n CREATE (:N {n: n})")
    assert head["counters"]["vertices_created"] == 2001
    assert head["written"] is None
    assert "2,000" in head["undo"]


async def undo(graph: Any, head: dict[str, Any]) -> None:
    """Write back what was there, as a page does."""
    steps = []
    for place in head["written"]:
        before, after = place["before"], place["after"] or {"properties": {}}
        gone = [name for name in after["properties"] if before is None or name not in before["properties"]]
        steps.append(
            ["delete", place["id"]] if before is None else ["put", place["id"], before["properties"], {"remove": gone}]
        )
    await _VERBS["transaction"](graph, steps)


@with_graph
async def test_what_javascript_has_no_type_for_is_undone_exactly(graph):
    values = {
        "d": Date(19_000),
        "f": 2.0,
        "l": [1.5, 3.0, 2**60],
        "z": DateTime(1, 2, 3600, "Europe/Vienna"),
        "m": -0.0,
    }
    await graph.put("n", values, labels=["N"])
    await graph.link("n", "T", "n", values, edge="e")
    head, _ = await ask(graph, "MATCH (n:N) SET n = {d: 1, other: date('2024-01-01')}")
    assert head["undo"] == ""
    await undo(graph, head)
    vertex = await graph.get("n", exact=True)
    assert {name: repr(value) for name, value in vertex.properties.items()} == {n: repr(v) for n, v in values.items()}


@with_graph
async def test_a_counter_and_its_kin_come_back_as_what_they_were(graph):
    shared = {"n": Counter(3), "s": Set(["b", "a"]), "m": Map({"k": [1]}), "l": List([2.0, "x"]), "t": Text("hi")}
    await graph.put("post", {"title": "a", **shared})
    before = (await graph.get("post", exact=True)).properties
    for text in (
        "MATCH (p {title: 'a'}) SET p.n = 4, p.s = 1, p.m = 1, p.l = 1, p.t = 'plain'",
        "MATCH (p {title: 'a'}) REMOVE p.n, p.s, p.m, p.l, p.t",
        "MATCH (p {title: 'a'}) DETACH DELETE p",
    ):
        head, _ = await ask(graph, text)
        assert repr((await graph.get("post", exact=True) or Vertex("post")).properties) != repr(before)
        await undo(graph, head)
        after = (await graph.get("post", exact=True)).properties
        assert {name: repr(value) for name, value in after.items()} == {n: repr(v) for n, v in before.items()}
        await graph.counter("post", "n").add(0)  # it merges again
        assert (await graph.why("post", "n")).kind == "Counter"


@with_graph
async def test_what_a_query_leaves_alone_is_the_same_before_and_after(graph):
    await graph.put("post", {"title": "a", "likes": Counter(3)})
    head, _ = await ask(graph, "MATCH (p {title: 'a'}) SET p.title = 'b', p.likes = p.likes")
    (place,) = head["written"]
    assert place["before"]["properties"] == {"title": "a", "likes": {"$counter": 3}}
    assert place["after"]["properties"] == {"title": "b", "likes": {"$counter": 3}}


@with_graph
async def test_parameters_are_exact_too(graph):
    given = {"d": {"$date": "2024-05-01"}, "f": {"$float": "2.0"}, "m": {"$map": {"$date": 1}}, "n": {"a": [{"b": 1}]}}
    _, rows = await ask(graph, "RETURN $d + duration('P1D') AS d, $f AS f, $m AS m, $n.a[0].b AS b", **given)
    assert rows == [[{"$date": "2024-05-02"}, {"$float": "2.0"}, {"kind": "map", "entries": {"$date": 1}}, 1]]
    with pytest.raises(InvalidValue, match="no value '\\$when'"):
        await ask(graph, "RETURN $d AS d", d={"$when": 1})


@with_graph
async def test_plans_come_as_trees_with_counts_after_profile(graph):
    await graph.put("a", labels=["Person"])
    head, _ = await ask(graph, "EXPLAIN MATCH (p:Person) RETURN p.name AS name")
    assert head["live"] == "by deltas"
    assert head["plan"]["rows"] is None
    head, rows = await ask(graph, "PROFILE MATCH (p:Person) RETURN p.name AS name")
    assert len(rows) == head["plan"]["rows"] == 1
    assert head["plan"]["children"][0]["hits"] >= 1


@with_graph
async def test_a_live_query_says_how_it_is_kept_and_shows_at_most_so_many_rows(graph):
    stream = console.live_rows(graph, "MATCH (n:N) RETURN n.n AS n", {})
    first = await anext(stream)
    assert first == {"columns": ["n"], "count": 0, "rows": [], "how": "by deltas"}
    await graph.query("UNWIND range(1, 300) AS n CREATE (:N {n: n})")
    second = await anext(stream)
    assert (second["count"], len(second["rows"])) == (300, console.MAX_LIVE_ROWS)
    await stream.aclose()


def test_a_cancelled_query_ends_and_writes_nothing():
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        graph._queries._engine.limits = Limits(slice_s=-1)  # time stands still here; every look at the clock is a turn
        text = "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b WITH count(*) AS c CREATE (:Done {c: c})"
        task = asyncio.ensure_future(ask(graph, text))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert await graph.vertices() == []
        await graph.close()

    run(main())


@with_graph
async def test_a_wrong_query_raises_with_its_place(graph):
    with pytest.raises(QueryError) as caught:
        await ask(graph, "MATCH (a)\nRETURN b")
    assert (caught.value.line, caught.value.column) == (2, 8)


def test_the_language_is_plain_data():
    async def main() -> None:
        described = await console.describe_language()
        assert {"name": "toUpper", "signature": "(String) → String", "kind": "function"} in described["functions"]
        assert "OPTIONAL" in described["keywords"]

    run(main())
