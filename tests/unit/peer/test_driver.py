"""Whole peers on simulated links: they meet, share, part, come back; and one that is alone is content."""

from __future__ import annotations

import asyncio

import pytest
from tests.strategies import picture
from tests.unit.peer.kit import Neighbourhood, crash, run, until

from graphvine.peer import driver as driver_module
from graphvine.peer.compose import room_of, signal_key


def facts(graph) -> tuple:
    return picture(graph._state), graph._driver.peer.replica.digest()


def is_converged(*graphs) -> bool:
    return len({repr(facts(graph)) for graph in graphs}) == 1


def test_two_peers_share_what_each_writes():
    async def main():
        street = Neighbourhood()
        alice, bob = street.profile("alice"), street.profile("bob")
        left = await alice.open(kind="memory")
        await left.put("before", {"x": 1})
        right = await bob.open(kind="memory")
        await until(lambda: right.status.sync.state == left.status.sync.state == "converged")
        assert (await right.get("before"))["x"] == 1
        start = asyncio.get_running_loop().time()
        await right.put("v", {"x": 1})
        await left.put("v", {"y": 2})
        await until(lambda: is_converged(left, right))
        assert asyncio.get_running_loop().time() - start < 0.1
        assert (await left.get("v")).properties == {"x": 1, "y": 2}
        (status,) = left.status.peers
        assert (status.peer, status.author) == (right.status.peer, right.status.author)
        assert (status.kind, status.state, status.sync) == ("memory", "ready", "converged")
        await left.close()
        await until(lambda: right.status.sync.state == "alone")
        await right.close()

    run(main())


def test_what_comes_from_others_survives_a_crash_too():
    async def main():
        street = Neighbourhood()
        alice, bob = street.profile("alice"), street.profile("bob")
        left, right = await alice.open(kind="memory"), await bob.open(kind="memory")
        for number in range(50):
            await left.put(f"v{number}", {"n": number})
        await until(lambda: is_converged(left, right))
        before = facts(right)
        await right.flush()
        await crash(right)
        await crash(left)
        alone = await bob.open()
        assert facts(alone) == before
        await alone.close()

    run(main())


def test_written_apart_on_the_same_and_other_places_both_end_alike():
    async def main():
        street = Neighbourhood()
        alice, bob = street.profile("alice"), street.profile("bob")
        left, right = await alice.open(), await bob.open()
        for number in range(200):
            await left.put(f"v{number % 20}", {"both": number, f"left{number}": number})
            await right.put(f"v{number % 20}", {"both": -number, f"right{number}": number})
        await left.close()
        await right.close()
        left, right = await alice.open(kind="memory"), await bob.open(kind="memory")
        await until(lambda: is_converged(left, right))
        names = [name for vertex in await left.vertices() for name in vertex]
        assert sum(name.startswith("left") for name in names) == sum(name.startswith("right") for name in names) == 200
        await left.close()
        await right.close()

    run(main())


def test_a_large_value_crosses_in_pieces():
    async def main():
        street = Neighbourhood()
        left = await street.profile("alice").open(kind="memory")
        right = await street.profile("bob").open(kind="memory")
        await until(lambda: left.status.sync.state == "converged")
        text = "x" * (3 * 1024 * 1024)
        await left.put("v", {"text": text})
        for _ in range(3):
            await left.put("w", {f"t{_}": text})
        await until(lambda: is_converged(left, right))
        assert (await right.get("v"))["text"] == text
        await left.close()
        await right.close()

    run(main())


def test_a_cut_network_heals():
    async def main():
        street = Neighbourhood()
        left = await street.profile("alice").open(kind="memory")
        right = await street.profile("bob").open(kind="memory")
        await until(lambda: left.status.sync.state == "converged")
        peers = [graph._opened.peer for graph in (left, right)]
        street.network.cut(*peers)
        await left.put("v", {"x": 1})
        await right.put("v", {"y": 1})
        await until(lambda: left.status.sync.state == right.status.sync.state == "alone")
        street.network.heal()
        await until(lambda: is_converged(left, right))
        assert (await left.get("v")).properties == {"x": 1, "y": 1}
        await left.close()
        await right.close()

    run(main())


def test_tabs_of_one_browser_share_and_store_once():
    async def main():
        street = Neighbourhood()
        profile = street.profile("alice")
        left, right = await profile.open(kind="tab"), await profile.open(kind="tab")
        await until(lambda: left.status.sync.state == right.status.sync.state == "converged")
        before = profile.disk.writes
        await left.put("v", {"x": 1})
        await until(lambda: is_converged(left, right))
        assert profile.disk.writes == before + 1
        seen = []

        async def watch():
            async for change in right.changes():
                seen.append(change)  # noqa: PERF401

        task = asyncio.ensure_future(watch())
        await asyncio.sleep(0.01)
        await left.put("v", {"x": 2})
        await until(lambda: bool(seen))
        assert (seen[0].value["x"], seen[0].is_local, seen[0].author) == (2, False, left.status.author)
        await left.close()
        await right.close()
        await task

    run(main())


@pytest.mark.parametrize("ahead_ms", [60_000, 300_000])
def test_writes_of_a_fast_clock_wait_until_their_time(ahead_ms):
    async def main():
        street = Neighbourhood()
        alice, bob = street.profile("alice"), street.profile("bob")
        alice.clock.skew_ms = ahead_ms
        left, right = await alice.open(kind="memory"), await bob.open(kind="memory")
        await left.put("v", {"x": 1})
        assert (await left.get("v"))["x"] == 1
        await until(lambda: right.status.sync.held == 1)
        assert await right.get("v") is None
        await right.put("v", {"x": 2})
        await right.flush()
        await crash(right)
        right = await bob.open(kind="memory")  # a restart forgets nothing that waits
        assert right.status.sync.held == 1
        assert (await right.get("v"))["x"] == 2
        await until(lambda: right.status.sync.held == 0, limit_s=2 * ahead_ms / 1000)
        assert (await right.get("v"))["x"] == 1  # its stamp is newer
        await until(lambda: is_converged(left, right))
        await left.close()
        await right.close()

    run(main())


def test_deadlines_beyond_a_timer_s_reach_are_looked_at_in_between(monkeypatch):
    async def main():
        street = Neighbourhood()
        profile = street.profile("alice")
        graph = await profile.open()
        delays = []
        loop = asyncio.get_running_loop()
        call_later = loop.call_later
        monkeypatch.setattr(
            loop, "call_later", lambda delay, *rest: (delays.append(delay), call_later(delay, *rest))[1]
        )
        replica = graph._driver.peer.replica
        monkeypatch.setattr(replica, "next_due_ms", lambda: profile.clock.wall_ms() + 40 * 24 * 3_600_000)
        graph._driver._rearm()
        assert delays == [pytest.approx(driver_module.MAX_TIMER_S)]
        await graph.close()

    run(main())


def test_without_a_relay_everything_local_works():
    async def main():
        street = Neighbourhood()
        profile = street.profile("alice")
        graph = await profile.open(relays=["ws://127.0.0.1:1/"])
        await graph.put("v", {"x": 1})
        await until(lambda: profile.sockets.attempts >= 3)
        assert (await graph.get("v"))["x"] == 1
        assert graph.status.relay.state in ("disconnected", "connecting")
        assert graph.status.relay.url == "ws://127.0.0.1:1/"
        start = asyncio.get_running_loop().time()
        await graph.close()
        assert asyncio.get_running_loop().time() - start < 1.0

    run(main())


def test_reading_waits_while_a_transaction_is_half_applied(monkeypatch):
    from graphvine.crdt import graph as graph_module

    monkeypatch.setattr(graph_module, "SLICE", 1)
    monkeypatch.setattr(driver_module, "SLICE_S", -1.0)

    async def main():
        graph = await Neighbourhood().profile("alice").open()

        async def write():
            async with graph.transaction() as tx:
                for number in range(10):
                    tx.put(f"v{number}")

        writing = asyncio.ensure_future(write())
        counts = []
        while not writing.done():
            counts.append(len(await graph.vertices()))
            await asyncio.sleep(0)
        assert set(counts) <= {0, 10}
        assert counts[-1] == 10
        await graph.close()

    run(main())


def test_a_task_that_fails_is_told_to_the_loop():
    async def main():
        graph = await Neighbourhood().profile("alice").open()
        contexts = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: contexts.append(context))

        async def fail():
            raise ZeroDivisionError

        graph._driver.spawn(fail())
        await asyncio.sleep(0.01)
        assert isinstance(graph._driver.failure, ZeroDivisionError)
        assert [context["message"] for context in contexts] == ["A task of the peer failed"]
        await graph.close()

    run(main())


def test_closing_stops_everything():
    async def main():
        street = Neighbourhood()
        left = await street.profile("alice").open(kind="memory")
        right = await street.profile("bob").open(kind="memory")
        await left.put("v")
        await left.close()
        await right.close()
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    run(main())


def test_a_space_s_name_stays_secret_from_the_relay_and_opens_its_signals():
    assert "wiki" not in room_of("wiki")
    assert room_of("wiki") == room_of("wiki") != room_of("wiki2")
    assert len(room_of("x")) == 32
    assert len(signal_key("wiki")) == 32
    assert signal_key("wiki") != signal_key("wiki2")


def test_a_network_that_is_back_is_used_at_once():
    async def main():
        profile = Neighbourhood().profile("alice")
        graph = await profile.open(relays=["ws://127.0.0.1:1/"])
        await asyncio.sleep(300.0)
        before = profile.sockets.attempts
        await asyncio.sleep(2.0)
        while profile.sockets.attempts != before:  # between two attempts, which are half a minute apart by now
            before = profile.sockets.attempts
            await asyncio.sleep(2.0)
        profile.wires.come_back()
        assert profile.sockets.attempts == before + 1
        await asyncio.sleep(4.0)
        assert profile.sockets.attempts == before + 2, "the back-off begins afresh"
        await graph.close()
        assert profile.wires.watchers == []

    run(main())
