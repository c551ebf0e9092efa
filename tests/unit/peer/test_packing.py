"""Packing: what everybody sees stays, on every disk, whoever packs and whatever is under way."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.peer.kit import Neighbourhood, alone, crash, facts, keys, run, until

from graphvine.errors import StorageFull
from graphvine.limits import COMPACT_AFTER_RECORDS
from graphvine.store import pages


async def write_a_history(graph) -> None:
    for number in range(40):
        await graph.put(f"v{number % 10}", {"n": number, "old": None}, labels=["L"])
        if number % 7 == 0:
            await graph.link(f"v{number % 10}", "T", f"v{(number + 3) % 10}", {"n": number})
        if number % 11 == 0:
            await graph.delete(f"v{(number + 5) % 10}")


@alone
async def test_packing_changes_nothing_that_anybody_can_see(profile):
    graph = await profile.open()
    await write_a_history(graph)
    before = facts(graph)
    size = profile.disk.size_bytes
    assert await graph._driver.disk.compact()
    assert facts(graph) == before
    assert keys(profile, pages.RECORDS) == []
    assert len(keys(profile, pages.PAGES)) == 1
    assert profile.disk.size_bytes < size
    await crash(graph)
    graph = await profile.open()
    assert facts(graph) == before
    await graph.put("v1", {"n": -1})
    await graph._driver.disk.compact()
    await graph.close()
    graph = await profile.open()
    assert (await graph.get("v1"))["n"] == -1
    await graph.close()


@alone
async def test_wasteful_pages_are_written_again(profile):
    graph = await profile.open()
    disk = graph._driver.disk
    for number in range(12):
        await graph.put("v", {"text": f"{number}" * 200_000})
        await disk.compact()
    assert len(keys(profile, pages.PAGES)) > 1 or disk._packing.page_bytes < 1_000_000
    while disk._packing.is_rewrite_due:
        await disk.compact()
    before = facts(graph)
    assert profile.disk.size_bytes < 2_000_000
    await crash(graph)
    graph = await profile.open()
    assert facts(graph) == before
    await graph.close()


@alone
async def test_packing_happens_by_itself_a_while_after_enough_writes(profile):
    graph = await profile.open()
    for number in range(COMPACT_AFTER_RECORDS + 1):
        await graph.put("v", {"n": number})
    await asyncio.sleep(10)
    assert keys(profile, pages.RECORDS) == []
    assert (await graph.get("v"))["n"] == COMPACT_AFTER_RECORDS
    await graph.close()


@alone
async def test_only_one_tab_packs_at_a_time(profile):
    left, right = await profile.open(), await profile.open()
    await left.put("v")
    done = await asyncio.gather(left._driver.disk.compact(), right._driver.disk.compact())
    assert sorted(done) == [False, True]
    assert await right._driver.disk.compact()
    await left.close()
    await right.close()
    assert not await left._driver.disk.compact()


def test_two_tabs_on_one_storage_whoever_packs():
    async def main():
        profile = Neighbourhood().profile("alice")
        tabs = [await profile.open(), await profile.open()]
        for number in range(60):
            tab = tabs[number % 2]
            await tab.put(f"v{number % 7}", {f"tab{number % 2}": number})
            if number % 13 == 0:
                await tabs[number % 3 % 2]._driver.disk.compact()
        for tab in tabs:
            await crash(tab)
        graph = await profile.open()
        expected = {f"v{n}": {} for n in range(7)}
        for number in range(60):
            expected[f"v{number % 7}"][f"tab{number % 2}"] = number
        assert {vertex.id: vertex.properties for vertex in await graph.vertices()} == expected
        await graph.close()

    run(main())


def test_a_tab_that_packs_relies_on_nothing_that_the_other_has_not_written():
    """The other tab overruled something, told us, and died before its own write was on disk."""

    async def main():
        profile = Neighbourhood().profile("alice")
        left = await profile.open(kind="tab")
        await left.put("v", {"x": "old and acknowledged"})
        right = await profile.open(kind="tab")
        await until(lambda: right.status.sync.state == "converged")
        profile.disk.limit_bytes = profile.disk.size_bytes
        with pytest.raises(StorageFull):
            await left.put("v", {"x": "new"})
        await until(lambda: right._state.vertices["v"].properties["x"] == "new")
        await crash(left)
        profile.disk.limit_bytes = None
        assert await right._driver.disk.compact()
        await crash(right)
        graph = await profile.open()
        assert (await graph.get("v"))["x"] == "new"
        await graph.close()

    run(main())


@alone
async def test_a_write_under_way_goes_along_with_the_packing_that_relies_on_it(profile):
    graph = await profile.open()
    disk = graph._driver.disk
    await graph.put("v", {"x": 1})
    scan = disk._backend.scan

    async def slow_scan(prefix):
        found = await scan(prefix)
        if prefix == pages.RECORDS:
            commit = profile.disk.commit

            def refuse_small(batch):
                if len(batch) == 1:
                    raise StorageFull
                commit(batch)

            profile.disk.commit = refuse_small
            with pytest.raises(StorageFull):
                await graph.put("v", {"x": 2})
            profile.disk.commit = commit
        return found

    disk._backend.scan = slow_scan
    await disk.compact()
    await crash(graph)
    graph = await profile.open()
    assert (await graph.get("v"))["x"] == 2
    await graph.close()


@alone
async def test_packing_makes_room_on_a_full_disk(profile):
    graph = await profile.open()
    for number in range(20):
        await graph.put("v", {"text": f"{number}" * 5_000})
    profile.disk.limit_bytes = profile.disk.size_bytes
    with pytest.raises(StorageFull):
        await graph.put("v", {"text": "new"})
    assert await graph._driver.disk.compact()
    await graph.flush()
    assert graph.status.storage.state == "ok"
    await crash(graph)
    graph = await profile.open()
    assert (await graph.get("v"))["text"] == "new"
    await graph.close()


@alone
async def test_packing_that_fails_leaves_everything_where_it_was(profile):
    graph = await profile.open()
    await write_a_history(graph)
    before = facts(graph)
    values = dict(profile.disk.values)
    limit, profile.disk.limit_bytes = profile.disk.limit_bytes, 1
    with pytest.raises(StorageFull):
        await graph._driver.disk.compact()
    assert profile.disk.values == values
    profile.disk.limit_bytes = limit
    await crash(graph)
    graph = await profile.open()
    assert facts(graph) == before
    await graph.close()
