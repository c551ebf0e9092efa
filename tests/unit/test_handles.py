"""Mergeable values as applications use them: on a graph, in transactions, on edges, between peers, in queries."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.peer.kit import Neighbourhood, run, until, with_graph

import graphvine
from graphvine import Counter, List, Map, Set
from graphvine.errors import GraphClosed, InvalidValue, TooLarge


async def properties(graph: graphvine.Graph, id_: str = "v") -> dict[str, object]:
    vertex = await graph.get(id_)
    assert vertex is not None
    return vertex.properties


@with_graph
async def test_putting_a_mergeable_value_adds_and_never_resets(graph):
    for _ in range(2):
        await graph.put(
            "v", {"n": Counter(2), "s": Set({"a"}), "m": Map({"k": 1}), "l": List(["x"]), "plain": 1}, labels=["L"]
        )
    assert await properties(graph) == {"n": 4, "s": ["a"], "m": {"k": 1}, "l": ["x", "x"], "plain": 1}
    await graph.put("w", {"n": Counter(), "s": Set(), "m": Map(), "l": List()})
    assert await properties(graph, "w") == {"n": 0, "s": [], "m": {}, "l": []}
    await graph.link("v", "T", "w", {"n": Counter(3)}, edge="e")
    await graph.link("v", "T", "w", {"n": Counter(3)}, edge="e")
    assert (await graph.get_edge("e")).properties == {"n": 6}


@with_graph
async def test_a_reset_is_a_removal_or_a_plain_write(graph):
    await graph.put("v", {"n": Counter(2), "s": Set({"a"})})
    await graph.put("v", {"n": 100}, remove=["s"])
    assert await properties(graph) == {"n": 100}
    assert graph.counter("v", "n").value == 0
    await graph.counter("v", "n").add(1)
    await graph.set("v", "s").add("b")
    assert await properties(graph) == {"n": 1, "s": ["b"]}


@with_graph
async def test_verbs_that_are_called_at_once_all_count(graph):
    await asyncio.gather(
        *(graph.counter("v", "n").add(number) for number in range(50)),
        *(graph.list("v", "l").append(number) for number in range(50)),
        *(graph.set("v", "s").add(number % 5) for number in range(50)),
    )
    assert await properties(graph) == {"n": sum(range(50)), "l": list(range(50)), "s": [0, 1, 2, 3, 4]}


@with_graph
async def test_a_transaction_shows_what_it_will_leave(graph):
    await graph.put("v", {"n": Counter(2), "s": Set(["a", "b"]), "m": Map({"k": 1, "l": 2}), "l": List([1, 2, 3])})
    async with graph.transaction() as tx:
        tx.counter("v", "n").add(3)
        tx.set("v", "s").add("c")
        tx.set("v", "s").discard("a")
        tx.map("v", "m").put({"z": [1]})
        tx.map("v", "m").remove("k")
        tx.list("v", "l").move(0, 2)
        tx.list("v", "l").append(4)
        after = {kind: getattr(tx, kind)("v", kind[0]).value for kind in ("set", "map", "list")}
        assert (tx.counter("v", "n").value, after) == (
            5,
            {"set": ["b", "c"], "map": {"l": 2, "z": [1]}, "list": [2, 3, 1, 4]},
        )
        assert graph.counter("v", "n").value == 2
    assert await properties(graph) == {"n": 5, "s": ["b", "c"], "m": {"l": 2, "z": [1]}, "l": [2, 3, 1, 4]}
    async with graph.transaction() as tx:
        tx.delete("v")
        assert tx.list("v", "l").value == []
        tx.list("v", "l").append("new")
        tx.counter("v", "n").add(1)
    assert await properties(graph) == {"n": 1, "l": ["new"]}


@with_graph
async def test_handles_read_what_is_not_there_as_empty(graph):
    assert (graph.counter("v", "n").value, graph.set("v", "s").value) == (0, [])
    assert (graph.map("v", "m").value, graph.list("v", "l").value) == ({}, [])


@with_graph
async def test_queries_see_plain_values_and_live_queries_their_changes(graph):
    await graph.put("v", {"n": Counter(2), "s": Set(["a"]), "m": Map({"k": 1}), "l": List([1, 2])}, labels=["L"])
    rows = await graph.query(
        "MATCH (v:L) RETURN v.n + 1 AS n, 'a' IN v.s AS s, v.m.k AS m, v.l[0] AS l, size(v.l) AS c"
    )
    assert rows == [{"n": 3, "s": True, "m": 1, "l": 1, "c": 2}]
    live = graph.live("MATCH (v:L) WHERE v.n > 2 RETURN v.n AS n")
    assert await anext(live) == []
    await graph.counter("v", "n").add(5)
    assert await anext(live) == [{"n": 7}]
    await live.aclose()


@with_graph
async def test_mistakes_are_named_and_change_nothing(graph):
    await graph.put("v", {"a": 1})
    for put in ({"s": Set([[1]])}, {"n": Counter(1.5)}, {"m": Map({"k": {}})}, {"l": List([{}])}, {"": Counter()}):
        with pytest.raises(InvalidValue):
            await graph.put("v", {"a": 2, **put})
        async with graph.transaction() as tx:
            with pytest.raises(InvalidValue):
                tx.put("v", {"a": 2, **put})
            with pytest.raises(InvalidValue):
                tx.link("v", "T", "v", {"a": 2, **put})
    assert await properties(graph) == {"a": 1}
    for bad in (lambda: graph.counter("v", ""), lambda: graph.counter("v", "n", edge="e"), lambda: graph.counter()):
        with pytest.raises(InvalidValue):
            await bad().add(1)
    with pytest.raises(InvalidValue, match="no edge 'e'"):
        await graph.counter(edge="e", name="n").add(1)
    async with graph.transaction() as tx:
        counter = tx.counter("v", "n")
    with pytest.raises(InvalidValue, match="over"):
        counter.add(1)


@with_graph
async def test_an_edge_of_this_very_transaction_has_values(graph):
    async with graph.transaction() as tx:
        edge = tx.link("a", "T", "b")
        tx.counter(edge=edge, name="n").add(2)
    assert (await graph.get_edge(edge)).properties == {"n": 2}
    assert graph.counter(edge=edge, name="n").value == 2


@with_graph
async def test_our_writers_stop_at_the_limit(graph):
    with pytest.raises(TooLarge, match="A set"):
        await graph.set("v", "s").add(*range(65_537))
    with pytest.raises(TooLarge, match="A map"):
        await graph.map("v", "m").put({f"k{n}": n for n in range(65_537)})


def test_a_closed_graph_says_so():
    async def main():
        graph = await Neighbourhood().profile("alice").open()
        await graph.close()
        with pytest.raises(GraphClosed):
            await graph.counter("v", "n").add(1)

    run(main())


def test_peers_that_write_at_once_end_with_everything():
    async def main():
        hood = Neighbourhood()
        graphs = [await hood.profile(name).open(kind="memory") for name in ("ada", "bob")]

        async def work(number: int) -> None:
            graph = graphs[number]
            for step in range(5):
                await graph.counter("v", "n").add(1)
                await graph.list("v", "l").append(f"{number}{step}")
                await graph.map("v", "m").put({f"{number}": step})

        await asyncio.gather(work(0), work(1))
        await until(lambda: all(graph.counter("v", "n").value == 10 for graph in graphs))
        await until(lambda: all(len(graph.list("v", "l").value) == 10 for graph in graphs))
        first, second = [await properties(graph) for graph in graphs]
        assert first == second
        assert first["m"] == {"0": 4, "1": 4}
        for number in range(2):
            mine = [text for text in first["l"] if text[0] == str(number)]
            assert mine == [f"{number}{step}" for step in range(5)]
        for graph in graphs:
            await graph.close()

    run(main())


def test_a_space_that_is_opened_again_counts_on():
    async def main():
        profile = Neighbourhood().profile("ada")
        for round_ in (1, 2, 3):
            graph = await profile.open()
            await graph.counter("v", "n").add(2)
            await graph.list("v", "l").append(round_)
            assert graph.counter("v", "n").value == 2 * round_
            assert graph.list("v", "l").value == list(range(1, round_ + 1))
            await graph.close()

    run(main())
