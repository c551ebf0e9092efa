"""What applications call: every verb, what each refuses and how it says so, and what readers may rely on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import date, datetime, timedelta, timezone

import pytest
from tests.unit.peer.kit import Neighbourhood, run

import graphvine
from graphvine.crdt import graph as graph_module
from graphvine.errors import GraphClosed, InvalidValue, StorageBlocked, TooLarge
from graphvine.model.ids import default_edge_id
from graphvine.vertex import Change, Edge, Vertex


def with_graph(test):
    """Run an async test on an open graph."""

    def wrapper():
        async def main():
            profile = Neighbourhood().profile("alice")
            graph = await profile.open()
            try:
                await test(graph)
            finally:
                await graph.close()

        run(main())

    wrapper.__name__ = test.__name__
    return wrapper


async def collect(graph, id_: str | None = None) -> tuple[list[Change], asyncio.Task]:
    """Start to read changes; return where they go."""
    seen: list[Change] = []

    async def read() -> None:
        async for change in graph.changes(id_):
            seen.append(change)  # noqa: PERF401

    task = asyncio.ensure_future(read())
    await asyncio.sleep(0.01)
    return seen, task


# -- writing and reading -----------------------------------------------------------------------------------------------


@with_graph
async def test_put_creates_and_changes_only_what_it_names(graph):
    await graph.put("alice", {"name": "Alice", "age": 30}, labels=["Person"])
    await graph.put("alice", {"age": 31}, labels=["Admin"])
    alice = await graph.get("alice")
    assert alice == Vertex("alice", frozenset({"Person", "Admin"}), {"name": "Alice", "age": 31})
    await graph.put("alice", remove=["age"], unlabel=["Admin"])
    alice = await graph.get("alice")
    assert (alice.labels, alice.properties) == ({"Person"}, {"name": "Alice"})


@with_graph
async def test_null_is_stored_and_removed_is_gone(graph):
    await graph.put("v", {"a": 1, "b": 2})
    await graph.put("v", {"a": None}, remove=["b"])
    vertex = await graph.get("v")
    assert "a" in vertex
    assert vertex["a"] is None
    assert "b" not in vertex


@with_graph
async def test_what_is_not_there_is_none(graph):
    assert await graph.get("nobody") is None
    assert await graph.get_edge("nothing") is None
    assert await graph.vertices() == await graph.edges() == await graph.vertices("L") == await graph.edges("T") == []


@with_graph
async def test_an_empty_vertex_is_there(graph):
    await graph.put("v")
    await graph.put("w", {})
    assert await graph.get("v") == Vertex("v")
    assert await graph.get("w") == Vertex("w")


@with_graph
async def test_delete_and_create_again(graph):
    await graph.put("v", {"old": 1}, labels=["L"])
    await graph.link("v", "T", "w")
    await graph.delete("v")
    assert await graph.get("v") is None
    assert await graph.edges() == []
    await graph.put("v", {"new": 1})
    assert await graph.get("v") == Vertex("v", frozenset(), {"new": 1})
    await graph.delete("nobody")  # no error


@with_graph
async def test_linking_twice_changes_the_edge(graph):
    first = await graph.link("a", "KNOWS", "b", {"since": 2024, "x": 1})
    second = await graph.link("a", "KNOWS", "b", {"since": 2025}, remove=["x"])
    assert first == second == default_edge_id("a", "KNOWS", "b")
    assert await graph.get_edge(first) == Edge(first, "KNOWS", "a", "b", {"since": 2025})
    assert (await graph.get("a")).edges == (await graph.get_edge(first),)
    assert len(await graph.edges()) == 1


@with_graph
async def test_ids_of_one_s_own_make_parallel_edges(graph):
    for number in range(3):
        assert await graph.link("a", "VISITED", "b", {"n": number}, edge=f"visit {number}") == f"visit {number}"
    assert sorted(edge["n"] for edge in await graph.edges("VISITED")) == [0, 1, 2]
    await graph.unlink("visit 1")
    assert sorted(edge["n"] for edge in (await graph.get("a")).edges) == [0, 2]
    await graph.unlink("never was")


@with_graph
async def test_linking_creates_ends_and_leaves_existing_ones_alone(graph):
    await graph.put("a", {"x": 1}, labels=["L"])
    await graph.link("a", "T", "b")
    assert (await graph.get("a")).properties == {"x": 1}
    assert await graph.get("b") == Vertex("b")


@with_graph
async def test_an_edge_keeps_its_type_and_ends(graph):
    await graph.link("a", "T", "b", edge="e")
    with pytest.raises(InvalidValue) as caught:
        await graph.link("a", "U", "b", edge="e")
    assert str(caught.value) == (
        "Edge 'e' already goes from 'a' to 'b' as 'T'. "
        "An edge keeps its type and ends: delete it first, or use another id."
    )
    await graph.unlink("e")
    await graph.link("a", "U", "b", edge="e")
    assert (await graph.get_edge("e")).type == "U"


@with_graph
async def test_delete_and_link_in_one_transaction(graph):
    await graph.put("a", {"old": 1})
    await graph.link("a", "T", "b", edge="e")
    async with graph.transaction() as tx:
        tx.delete("a")
        tx.link("a", "U", "b", edge="e")  # another edge now, and `a` is there again
    assert (await graph.get("a")).properties == {}
    assert (await graph.get_edge("e")).type == "U"
    async with graph.transaction() as tx:
        tx.unlink("e")
        tx.link("b", "V", "a", edge="e")
    assert (await graph.get_edge("e")).source == "b"


@with_graph
async def test_reading_by_label_and_type(graph):
    await graph.put("a", labels=["L", "M"])
    await graph.put("b", labels=["M"])
    await graph.link("a", "T", "b")
    await graph.link("b", "U", "a")
    assert {vertex.id for vertex in await graph.vertices("M")} == {"a", "b"}
    assert [vertex.id for vertex in await graph.vertices("L")] == ["a"]
    assert [edge.source for edge in await graph.edges("U")] == ["b"]
    assert {vertex.id for vertex in await graph.vertices()} == {"a", "b"}


@with_graph
async def test_values_are_copied_in_and_out(graph):
    mine = {"list": [1, 2], "x": 1}
    await graph.put("v", mine)
    mine["list"].append(3)
    mine["y"] = 1
    read = await graph.get("v")
    read.properties["list"].append(4)
    read.properties["x"] = 2
    assert (await graph.get("v")).properties == {"list": [1, 2], "x": 1}
    with pytest.raises(AttributeError):
        read.id = "w"


@with_graph
async def test_input_is_not_changed_and_may_be_frozen(graph):
    from types import MappingProxyType

    await graph.put("v", MappingProxyType({"x": (1, 2)}), labels=("A",))
    assert (await graph.get("v"))["x"] == [1, 2]


@with_graph
async def test_python_s_dates_come_back(graph):
    values = {
        "date": date(2024, 2, 29),
        "moment": datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=1))),
        "local": datetime(2024, 2, 29, 12, 30),
        "span": timedelta(days=1, seconds=2),
        "several": [date(2024, 1, 1)],
    }
    await graph.put("v", values)
    assert (await graph.get("v")).properties == values


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: g.put(""), "A vertex id is empty"),
        (lambda g: g.put(5), "A vertex id must be text, not int"),
        (lambda g: g.put("v", {"x": float("nan")}), "v.x is nan"),
        (lambda g: g.put("v", ["x"]), "Properties of v must be a dict"),
        (lambda g: g.put("v", labels="Person"), "Labels of v must be a list of text"),
        (lambda g: g.put("v", remove="name"), "Names to remove from v"),
        (lambda g: g.link("", "T", "b"), "A source id is empty"),
        (lambda g: g.link("a", None, "b"), "An edge type must be text"),
        (lambda g: g.link("a", "T", b"b"), "A target id must be text"),
        (lambda g: g.link("a", "T", "b", edge=""), "An edge id is empty"),
        (lambda g: g.link("a", "T", "b", {"x": {}}, edge="e"), "e.x is a dict"),
        (lambda g: g.delete(None), "A vertex id must be text"),
        (lambda g: g.unlink(""), "An edge id is empty"),
        (lambda g: g.get(None), "A vertex id must be text"),
        (lambda g: g.get_edge(""), "An edge id is empty"),
        (lambda g: anext(g.changes("")), "An id is empty"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_written(call, message):
    @with_graph
    async def check(graph):
        with pytest.raises(InvalidValue, match=message):
            await call(graph)
        assert await graph.vertices() == []
        assert graph.status.sync.transactions == 0

    check()


@with_graph
async def test_large_values_and_too_large_ones(graph):
    await graph.put("v", {"text": "é" * 2_000_000})
    assert len((await graph.get("v"))["text"]) == 2_000_000
    with pytest.raises(TooLarge, match="v.text has 4,194,305 bytes; the limit is 4,194,304"):
        await graph.put("v", {"text": "x" * (4 * 1024 * 1024 + 1)})


# -- transactions ------------------------------------------------------------------------------------------------------


@with_graph
async def test_a_transaction_happens_as_a_whole(graph):
    async with graph.transaction() as tx:
        tx.put("a", {"x": 1}, labels=["L"], remove=["y"], unlabel=["M"])
        edge = tx.link("a", "T", "b", {"x": 1})
        tx.delete("c")
        tx.unlink("f")
        assert await graph.get("a") is None
    assert (await graph.get_edge(edge)).target == "b"
    assert graph.status.sync.transactions == 1


@with_graph
async def test_an_exception_undoes_it_all(graph):
    with contextlib.suppress(KeyError):
        async with graph.transaction() as tx:
            tx.put("a")
            raise KeyError
    with contextlib.suppress(InvalidValue):
        async with graph.transaction() as tx:
            tx.put("b")
            tx.put("c", {"x": object()})
    assert await graph.vertices() == []


@with_graph
async def test_a_transaction_that_is_over_is_over(graph):
    async with graph.transaction() as tx:
        tx.put("a")
    for call in (lambda: tx.put("b"), lambda: tx.link("a", "T", "b"), lambda: tx.delete("a"), lambda: tx.unlink("e")):
        with pytest.raises(InvalidValue, match="This transaction is over. Begin another with graph.transaction"):
            call()


# -- changes -----------------------------------------------------------------------------------------------------------


@with_graph
async def test_changes_say_what_happened(graph):
    seen, _ = await collect(graph)
    await graph.put("v", {"b": 1, "a": 1}, labels=["L"])
    await asyncio.sleep(0.01)
    (change,) = seen
    vertex = await graph.get("v")
    author = graph.status.author
    assert change == Change("vertex", "v", "put", ("a", "b"), vertex, author, is_local=True)
    seen.clear()
    await graph.link("v", "T", "w", {"x": 1}, edge="e")
    await asyncio.sleep(0.01)
    assert [(each.kind, each.id, each.change) for each in seen] == [("vertex", "w", "put"), ("edge", "e", "put")]
    seen.clear()
    await graph.delete("v")
    await asyncio.sleep(0.01)
    assert [(each.kind, each.id, each.change, each.value) for each in seen] == [
        ("vertex", "v", "delete", None),
        ("edge", "e", "delete", None),
    ]


@with_graph
async def test_changes_of_one_vertex_hear_of_its_outgoing_edges_and_of_no_other(graph):
    for id_ in ("v", "w"):
        await graph.put(id_)
    seen, _ = await collect(graph, "v")
    await graph.link("v", "T", "w", edge="out")
    await graph.link("w", "T", "v", edge="in")
    await graph.put("w", {"x": 1})
    await asyncio.sleep(0.01)
    assert [each.id for each in seen] == ["out"]


@with_graph
async def test_a_slow_reader_misses_steps_but_never_the_last(graph):
    changes = graph.changes()
    reading = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0.01)
    await graph.put("first")
    await reading
    for number in range(100):
        await graph.put("v", {"n": number})
    seen = [await anext(changes)]
    await graph.put("last")
    while seen[-1].id != "last":
        seen.append(await anext(changes))
    assert [each.id for each in seen] == ["v", "last"]
    assert seen[0].value["n"] == 99
    await changes.aclose()


@with_graph
async def test_a_reader_that_comes_late_sees_what_is_there_now(graph):
    """Between two changes of one batch more may happen: no vertex that is gone is told as there."""
    changes = graph.change_batches()
    reading = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0.01)
    await graph.put("v", {"x": 1})
    await graph.delete("v")
    batch = await reading
    assert [(each.change, each.value) for each in batch] in ([("put", batch[0].value)], [("delete", None)])
    assert (batch[0].value is None) == (batch[0].change == "delete")
    await changes.aclose()


def test_changes_never_show_half_a_transaction(monkeypatch):
    monkeypatch.setattr(graph_module, "SLICE", 1)
    monkeypatch.setattr("graphvine.peer.driver.SLICE_S", -1.0)  # a turn for others after each step

    @with_graph
    async def check(graph):
        pictures = []

        async def watch():
            async for _ in graph.changes():
                pictures.append(sorted((each.id, each["n"]) for each in await graph.vertices()))  # noqa: PERF401

        task = asyncio.ensure_future(watch())
        await asyncio.sleep(0.01)
        for number in range(3):
            async with graph.transaction() as tx:
                for id_ in ("a", "b", "c"):
                    tx.put(id_, {"n": number})
            reads = [await graph.get("a"), await graph.get("c")]
            assert reads[0]["n"] == reads[1]["n"]
        await asyncio.sleep(0.01)
        assert pictures
        assert all(len({n for _, n in picture}) <= 1 and len(picture) in (0, 3) for picture in pictures)
        task.cancel()

    check()


@with_graph
async def test_readers_are_independent_and_stop_when_they_leave(graph):
    first, task = await collect(graph)
    second, _ = await collect(graph)
    await graph.put("a")
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0.01)
    await graph.put("b")
    await asyncio.sleep(0.01)
    assert [each.id for each in first] == ["a"]
    assert [each.id for each in second] == ["a", "b"]


@with_graph
async def test_changes_end_with_the_graph(graph):
    _, task = await collect(graph)
    await graph.close()
    await asyncio.wait_for(task, 1.0)


# -- life --------------------------------------------------------------------------------------------------------------


def test_a_closed_graph_says_so():
    async def main():
        graph = await Neighbourhood().profile("alice").open()
        await graph.close()
        await graph.close()
        for call in (
            lambda: graph.put("v"),
            lambda: graph.link("a", "T", "b"),
            lambda: graph.delete("v"),
            lambda: graph.unlink("e"),
            lambda: graph.get("v"),
            lambda: graph.get_edge("e"),
            graph.vertices,
            graph.edges,
            graph.flush,
            graph.usage,
            lambda: anext(graph.changes()),
            lambda: graph.query("RETURN 1"),
            lambda: anext(graph.live("RETURN 1")),
        ):
            with pytest.raises(GraphClosed, match=r"This graph is closed. Open it again with graphvine.open\(\)."):
                await call()
        with pytest.raises(GraphClosed):
            graph.transaction()

    run(main())


@with_graph
async def test_status_prints_well(graph):
    await graph.put("v")
    text = str(graph.status)
    assert "space    space: 1 vertices, 0 edges" in text
    assert "peers    0 connected, alone" in text
    assert "relay    none" in text
    assert "storage  ok" in text
    assert graph.space == graph.status.space == "space"
    assert len(graph.status.author) == len(graph.status.peer) == 52
    assert graph.status.peers == []


@with_graph
async def test_status_listeners_stop_when_told_even_twice(graph):
    told = []
    stop = graph.on_status(lambda: told.append(1))
    graph._driver.disk.on_change()
    stop()
    stop()
    graph._driver.disk.on_change()
    assert told == [1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"space": ""}, "A space name is empty"),
        ({"space": 5}, "A space name must be text"),
        ({"space": "x" * 257}, "A space name has 257 bytes"),
        ({"space": "s", "identity": ""}, "An identity name is empty"),
        ({"space": "s", "identity": 5}, "An identity name must be text"),
    ],
)
def test_open_checks_its_arguments_at_once(arguments, message):
    with pytest.raises(InvalidValue, match=message):
        graphvine.open(**arguments)


on_cpython = pytest.mark.skipif(sys.platform == "emscripten", reason="opens files")


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


@on_cpython
def test_open_on_this_machine(home):
    async def main():
        async with graphvine.open("wiki", storage=str(home / "wiki.sqlite")) as graph:
            await graph.put("alice", {"name": "Alice"})
        graph = await graphvine.open("wiki", storage=str(home / "wiki.sqlite"))
        assert (await graph.get("alice"))["name"] == "Alice"
        await graph.close()
        async with graphvine.open("wiki", storage=":memory:") as graph:
            assert await graph.get("alice") is None

    asyncio.run(main())


@on_cpython
def test_an_exception_inside_closes_the_graph(home):
    async def main():
        with pytest.raises(KeyError):
            async with graphvine.open("wiki", storage=":memory:") as graph:
                raise KeyError
        with pytest.raises(GraphClosed):
            await graph.put("v")

    asyncio.run(main())


@on_cpython
def test_storage_that_can_not_be_used_is_named(home):
    (home / "file").write_text("not a folder")

    async def main():
        with pytest.raises((StorageBlocked, graphvine.StorageError)):
            await graphvine.open("wiki", storage=str(home / "file" / "graph.sqlite"))

    asyncio.run(main())
