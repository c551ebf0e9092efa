"""Indexes through `graph.query`: declared, remembered on the device, rebuilt at open, kept while others write."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.peer.kit import Neighbourhood, crash, run, until

from graphvine.errors import QueryError, StorageFull
from graphvine.peer import index_keeper
from graphvine.query.results import PlanNode
from graphvine.store import indexes as store_indexes
from graphvine.store.declarations import declaration_key

CREATE = "CREATE INDEX ages FOR (p:Person) ON (p.age)"
FIND = "MATCH (p:Person) WHERE p.age = 7 RETURN p.name AS name"


def steps(plan: PlanNode | None) -> list[str]:
    assert plan is not None
    return [plan.name, *(name for child in plan.children for name in steps(child))]


async def plan_of(graph: Any, text: str) -> list[str]:
    return steps((await graph.query(f"EXPLAIN {text}")).plan)


async def fill(graph: Any, count: int = 50) -> None:
    await graph.query(f"UNWIND range(1, {count}) AS n CREATE (:Person {{age: n, name: 'N' + n}})")


async def names(graph: Any) -> list[str]:
    return [row["name"] for row in await graph.query("SHOW INDEXES")]


def test_an_index_is_declared_used_and_dropped() -> None:
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        await fill(graph)
        assert await graph.query(CREATE) == []
        assert "IndexSeek" in await plan_of(graph, FIND)
        assert await graph.query(FIND) == [{"name": "N7"}]
        await graph.put("new", {"age": 7, "name": "New"}, labels=["Person"])
        assert sorted(row["name"] for row in await graph.query(FIND)) == ["N7", "New"]
        (row,) = await graph.query("SHOW INDEXES")
        assert row == {
            "name": "ages", "label": "Person", "property": "age", "entity": "vertex", "state": "ready",
            "entries": 51, "distinct": 50,
        }  # fmt: skip
        await graph.query("DROP INDEX ages")
        assert "IndexSeek" not in await plan_of(graph, FIND)
        assert sorted(row["name"] for row in await graph.query(FIND)) == ["N7", "New"]
        await graph.close()

    run(main())


def test_a_device_remembers_its_indexes_and_the_next_tab_has_them() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        await fill(graph)
        await graph.query(CREATE)
        await graph.query("CREATE INDEX since FOR ()-[k:KNOWS]->() ON (k.since)")
        await crash(graph)
        graph = await profile.open()
        await until(lambda: len(graph._driver.indexes._indexes.declared()) == 2)
        assert await names(graph) == ["ages", "since"]
        assert await graph.query(FIND) == [{"name": "N7"}]
        await graph.query("DROP INDEX ages")
        await crash(graph)
        graph = await profile.open()
        assert await names(graph) == ["since"]
        await graph.close()

    run(main())


def test_other_peers_have_indexes_of_their_own_and_see_what_we_write_in_them() -> None:
    async def main() -> None:
        world = Neighbourhood()
        alice, bob = await world.profile("alice").open(kind="tab"), await world.profile("bob").open(kind="tab")
        await bob.query(CREATE)
        await fill(alice)
        await until(lambda: bob.status.sync.vertices == 50)
        assert await names(alice) == []
        assert await bob.query(FIND) == [{"name": "N7"}]
        assert (await bob.query("SHOW INDEXES"))[0]["entries"] == 50
        await alice.close()
        await bob.close()

    run(main())


def test_two_tabs_that_declare_at_once_both_keep_their_index() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        tabs = [await profile.open(), await profile.open()]
        await asyncio.gather(tabs[0].query(CREATE), tabs[1].query("CREATE INDEX named FOR (p:Person) ON (p.name)"))
        for tab in tabs:
            await tab.close()
        graph = await profile.open()
        assert sorted(await names(graph)) == ["ages", "named"]
        await graph.close()

    run(main())


def test_on_a_full_disk_an_index_is_refused_and_nothing_else_changes() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        await fill(graph)
        profile.disk.limit_bytes = 0
        with pytest.raises(StorageFull):
            await graph.query(CREATE)
        assert await names(graph) == []
        assert await graph.query(FIND) == [{"name": "N7"}]
        profile.disk.limit_bytes = None
        await graph.query(CREATE)
        assert await names(graph) == ["ages"]
        await graph.close()

    run(main())


def test_a_damaged_declaration_is_left_out_and_left_there() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        await graph.query(CREATE)
        await graph.close()
        backend = await profile.disk.open()
        await backend.write([(declaration_key("bad"), b"\x01nonsense")])
        graph = await profile.open()
        assert await names(graph) == ["ages"]
        assert await backend.read(declaration_key("bad")) == b"\x01nonsense"
        await graph.close()

    run(main())


def test_names_are_taken_once_and_errors_say_so() -> None:
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        await graph.query(CREATE)
        for text in (CREATE, "CREATE INDEX again FOR (p:Person) ON (p.age)", "CREATE INDEX ages FOR (q:Q) ON (q.x)"):
            with pytest.raises(QueryError, match="declared already"):
                await graph.query(text)
        await graph.query("CREATE INDEX ages IF NOT EXISTS FOR (p:Person) ON (p.age)")
        with pytest.raises(QueryError, match="does not exist"):
            await graph.query("DROP INDEX other")
        await graph.query("DROP INDEX other IF EXISTS")
        await graph.query("DROP INDEX ON :Person(age)")
        assert await names(graph) == []
        with pytest.raises(QueryError, match="300 bytes"):
            await graph.query(f"CREATE INDEX {'n' * 300} FOR (p:Person) ON (p.age)")
        assert await names(graph) == []
        await graph.close()

    run(main())


def test_building_lets_others_run_and_goes_on_when_its_caller_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_indexes, "SLICE", 10)
    monkeypatch.setattr(index_keeper, "SLICE_S", -1.0)

    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        await fill(graph, 500)
        making = asyncio.ensure_future(graph.query(CREATE))
        turns = 0
        while not await names(graph):  # noqa: ASYNC110
            await asyncio.sleep(0)
        while graph._driver.indexes._indexes.states()[0].state == "building":
            turns += 1
            if turns == 5:
                making.cancel()
            await asyncio.sleep(0)
        assert turns > 20
        assert making.cancelled()
        assert await graph.query(FIND) == [{"name": "N7"}]
        assert "IndexSeek" in await plan_of(graph, FIND)
        await graph.close()

    run(main())


def test_live_rows_follow_changes_through_an_index() -> None:
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        await fill(graph)
        await graph.query(CREATE)
        seen: list[Any] = []

        async def read() -> None:
            async for rows in graph.live(
                "MATCH (p:Person) WHERE p.age > 48 RETURN p.name AS name ORDER BY p.age LIMIT 3"
            ):
                seen.append([row["name"] for row in rows])  # noqa: PERF401

        reading = asyncio.ensure_future(read())
        await until(lambda: len(seen) == 1)
        await graph.put("x", {"age": 48.5, "name": "X"}, labels=["Person"])
        await until(lambda: len(seen) == 2)
        await graph.query("DROP INDEX ages")
        await graph.put("y", {"age": 48.25, "name": "Y"}, labels=["Person"])
        await until(lambda: len(seen) == 3)
        await graph.delete("x")
        await until(lambda: len(seen) == 4)
        assert seen == [["N49", "N50"], ["X", "N49", "N50"], ["Y", "X", "N49"], ["Y", "N49", "N50"]]
        reading.cancel()
        await graph.close()

    run(main())
