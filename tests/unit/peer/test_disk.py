"""The disk: nothing acknowledged is lost, nothing half applied is seen, no sequence is used twice."""

from __future__ import annotations

import asyncio
import gc

import pytest
from tests.unit.peer.kit import Neighbourhood, Profile, alone, crash, facts, keys, run, until

from graphvine.codec.transactions import decode_header, decode_transaction
from graphvine.errors import FormatTooNew, GraphClosed, StorageBlocked, StorageDamaged, StorageError, StorageFull
from graphvine.model.transaction import WriterKey
from graphvine.peer import disk as disk_module
from graphvine.peer.disk import RESERVE
from graphvine.store import pages
from graphvine.store.replica import Replica

HOUR_MS = 3_600_000


def sequences_on_disk(profile: Profile) -> list[int]:
    found = []
    for key, value in profile.disk.values.items():
        if key.startswith((pages.RECORDS, pages.PAGES)):
            found += [decode_header(decode_transaction(data).header).sequence for data in pages.unpack(key, value)]
    return sorted(found)


@alone
async def test_what_is_acknowledged_survives_a_crash(profile):
    graph = await profile.open()
    await graph.put("v", {"x": 1})
    await crash(graph)
    graph = await profile.open()
    assert (await graph.get("v"))["x"] == 1
    await graph.close()


@alone
async def test_what_is_not_acknowledged_is_there_as_a_whole_or_not_at_all(profile):
    graph = await profile.open()
    async with graph.transaction() as tx:
        tx.put("a", {"n": 0})
        tx.put("b", {"n": 0})
    writing = asyncio.ensure_future(change_both(graph))
    for _ in range(3):
        await asyncio.sleep(0)
    profile.disk.lose_power()
    await asyncio.sleep(0)
    await crash(graph)
    writing.cancel()
    graph = await profile.open()
    assert (await graph.get("a"))["n"] == (await graph.get("b"))["n"]
    await graph.close()


async def change_both(graph) -> None:
    async with graph.transaction() as tx:
        tx.put("a", {"n": 1})
        tx.put("b", {"n": 1})


@alone
async def test_waiting_writes_share_the_next_trip_to_the_disk(profile):
    graph = await profile.open()
    before = profile.disk.writes
    await asyncio.gather(*(graph.put(f"v{n}") for n in range(1000)))
    assert profile.disk.writes - before <= 10
    assert len(await graph.vertices()) == 1000
    await graph.close()


def test_what_others_wrote_shares_a_record_and_a_flush_waits_for_it():
    async def main():
        neighbourhood = Neighbourhood()
        alice, bob = neighbourhood.profile("alice"), neighbourhood.profile("bob")
        writer, reader = await alice.open(kind="webrtc"), await bob.open(kind="webrtc")
        await until(lambda: writer.status.peers and writer.status.peers[0].state == "ready")
        before = bob.disk.writes
        for n in range(20):
            await writer.put(f"v{n}")
            await asyncio.sleep(0.003)
        await until(lambda: len(reader._state.vertices) == 20, step_s=0.001)
        assert bob.disk.writes - before < 12
        await reader.flush()
        assert len(sequences_on_disk(bob)) == 20
        await writer.close()
        await reader.close()

    run(main())


@alone
async def test_a_full_disk_refuses_the_write_keeps_it_in_memory_and_takes_it_later(profile):
    graph = await profile.open()
    await graph.put("before", {"x": 1})
    told = []
    graph.on_status(lambda: told.append(graph.status.storage.state))
    profile.disk.limit_bytes = profile.disk.size_bytes
    with pytest.raises(StorageFull, match="The device has no room"):
        await graph.put("v", {"x": 1})
    with pytest.raises(StorageFull):
        await graph.flush()
    assert (graph.status.storage.state, graph.status.storage.unsaved) == ("full", 1)
    assert "no room" in graph.status.storage.error
    assert (await graph.get("before"))["x"] == (await graph.get("v"))["x"] == 1  # reads go on
    profile.disk.limit_bytes = None
    await graph.put("w")
    assert (graph.status.storage.state, graph.status.storage.unsaved) == ("ok", 0)
    assert told == ["full", "ok"]
    await crash(graph)
    graph = await profile.open()
    assert {vertex.id for vertex in await graph.vertices()} == {"before", "v", "w"}
    await graph.close()


@alone
async def test_flush_tries_again(profile):
    graph = await profile.open()
    profile.disk.fail_next()
    with pytest.raises(StorageError, match="failed once"):
        await graph.put("v")
    assert (graph.status.storage.state, graph.status.storage.unsaved) == ("failing", 1)
    await graph.flush()
    assert (graph.status.storage.state, graph.status.storage.unsaved) == ("ok", 0)
    await crash(graph)
    graph = await profile.open()
    assert await graph.get("v")
    await graph.close()


@alone
async def test_a_flush_in_the_middle_of_a_write_steals_nothing(profile):
    """A flush that retries and a write under way must not take each other for done."""
    graph = await profile.open()
    profile.disk.fail_next()
    with pytest.raises(StorageError):
        await graph.put("first")
    waiting = asyncio.ensure_future(graph.put("second"))
    disk = graph._driver.disk
    await until(lambda: bool(disk._in_flight), step_s=0)
    await graph.flush()
    await asyncio.wait_for(waiting, 1.0)
    assert disk.state.unsaved == 0
    assert len(sequences_on_disk(profile)) == 2
    await graph.close()


@alone
async def test_a_backend_that_breaks_its_promises_leaves_nobody_waiting(profile):
    graph = await profile.open()
    backend = graph._driver.disk._backend
    write = backend.write

    async def broken(batch):
        backend.write = write
        raise ZeroDivisionError("a fault of the platform")

    backend.write = broken
    with pytest.raises(StorageError, match="The storage failed: a fault of the platform"):
        await graph.put("v")
    await graph.put("w")
    assert len(sequences_on_disk(profile)) == 2
    await graph.close()


@alone
async def test_close_writes_what_was_begun(profile):
    graph = await profile.open()
    writes = [asyncio.ensure_future(graph.put(f"v{n}")) for n in range(5)]
    await asyncio.sleep(0)
    await graph.close()
    await asyncio.gather(*writes)
    assert graph._driver.disk.append(b"late").exception() is not None
    assert isinstance(graph._driver.disk.append(b"late").exception(), GraphClosed)
    await graph.close()
    graph = await profile.open()
    assert len(await graph.vertices()) == 5
    await graph.close()


# -- sequences ---------------------------------------------------------------------------------------------------------


@alone
async def test_a_crash_never_reuses_a_sequence_that_was_sent(profile):
    sent: list[int] = []
    for _ in range(4):
        graph = await profile.open()
        publish = graph._driver.publish

        def note(encoded, publish=publish):
            sent.append(decode_header(decode_transaction(encoded).header).sequence)
            publish(encoded)

        graph._driver.publish = note
        for number in range(50):
            await graph.put("v", {"n": number})
        unsaved = asyncio.ensure_future(graph.put("v", {"n": -1}))
        await until(lambda: len(sent) % 51 == 0, step_s=0)
        await crash(graph)
        unsaved.cancel()
    assert len(sent) == len(set(sent)) == 4 * 51


@alone
async def test_a_reservation_counts_only_once_it_is_on_disk(profile):
    graph = await profile.open()
    disk = graph._driver.disk
    reserved = disk.reserved
    profile.disk.limit_bytes = profile.disk.size_bytes
    for _ in range(RESERVE):
        with pytest.raises(StorageFull):
            await graph.put("v")
    assert disk.reserved == reserved
    assert pages.unpack_slot(b"", profile.disk.values[keys(profile, pages.WRITERS)[0]]).reserved == reserved
    profile.disk.limit_bytes = None
    await graph.put("v")
    assert disk.reserved > reserved
    await graph.close()


@alone
async def test_after_a_clean_close_no_sequence_is_skipped(profile):
    for _ in range(3):
        graph = await profile.open()
        await graph.put("v")
        await graph.put("w")
        await graph.close()
    assert sequences_on_disk(profile) == [1, 2, 3, 4, 5, 6]
    graph = await profile.open()
    (sequence,) = graph._driver.peer.replica.vector().values()
    assert sequence == 6
    await graph.close()


@alone
async def test_two_tabs_never_mint_the_same_sequence(profile):
    left, right = await profile.open(), await profile.open()
    writers = [graph._driver._commits.writer for graph in (left, right)]
    assert writers[0] != writers[1]
    await asyncio.gather(*(graph.put(f"v{n}") for n in range(300) for graph in (left, right)))
    await left.close()
    await right.close()
    again = await profile.open()
    assert again._driver._commits.writer in writers
    assert len(await again.vertices()) == 300
    await again.close()


@alone
async def test_too_many_tabs(profile):
    for slot in range(disk_module.MAX_SLOTS):
        assert await profile.locks.acquire(f"{await lock_name(profile)}/writer/{slot}", wait=False)
    with pytest.raises(StorageError, match="More than 64 tabs have this graph open"):
        await profile.open()


async def lock_name(profile) -> str:
    if not hasattr(profile, "lock_name"):
        graph = await profile.open()
        profile.lock_name = graph._driver.disk._lock_name
        await graph.close()
    return profile.lock_name


@alone
async def test_without_locks_a_graph_in_memory_has_a_writer_of_its_own(profile):
    class Denied:
        async def acquire(self, name, *, wait):
            raise StorageBlocked

    graph = await profile.open()
    disk = graph._driver.disk
    disk._locks = disk._packing._locks = Denied()
    disk.give_back_slot()
    await disk.take_slot()
    first, second = [await disk.claim_writer(bytes(32)) for _ in range(2)]
    assert first != second
    assert first[1] == second[1] == 0
    with pytest.raises(StorageBlocked):
        await disk.compact()
    await graph.close()


@alone
async def test_a_damaged_slot_gets_a_new_writer(profile):
    graph = await profile.open()
    first = graph._driver._commits.writer
    await graph.put("v")
    await graph.close()
    (key,) = keys(profile, pages.WRITERS)
    profile.disk.values[key] = profile.disk.values[key][:-1] + b"?"
    graph = await profile.open()
    assert graph._driver._commits.writer != first
    assert await graph.get("v")
    await graph.close()


@alone
async def test_another_author_never_continues_a_writer(profile):
    graph = await profile.open()
    await graph.put("v")
    writer = graph._driver._commits.writer
    await graph.close()
    profile.name = "somebody else"
    graph = await profile.open()
    other = graph._driver._commits.writer
    assert other.author != writer.author
    assert other.writer != writer.writer
    assert (graph._driver._commits._sequence, graph._driver.disk.reserved) == (0, RESERVE)
    await graph.close()


@alone
async def test_a_full_disk_can_be_opened_and_read(profile):
    graph = await profile.open()
    await graph.put("v", {"x": 1})
    await crash(graph)
    profile.disk.limit_bytes = 1
    graph = await profile.open()
    assert (await graph.get("v"))["x"] == 1
    assert graph.status.storage.state == "full"
    assert graph._driver._commits._sequence >= graph._driver.disk.reserved  # nobody hears of what is not on disk
    with pytest.raises(StorageFull):
        await graph.put("w")
    profile.disk.limit_bytes = None
    await graph.flush()
    await graph.close()
    graph = await profile.open()
    assert len(await graph.vertices()) == 2
    await graph.close()


@pytest.mark.parametrize("calls", range(5))
def test_a_failed_opening_frees_its_slot(calls):
    async def main():
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        await graph.close()
        settle, left = profile.disk.settle, [calls]

        async def fail_in_the_end() -> None:
            left[0] -= 1
            if left[0] < 0:
                raise StorageError("no")
            await settle()

        profile.disk.settle = fail_in_the_end
        with pytest.raises(StorageError):
            await profile.open()
        assert profile.locks.held == {}
        profile.disk.settle = settle
        await (await profile.open()).close()

    run(main())


# -- the clock ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back_ms", [HOUR_MS, 40 * 365 * 24 * HOUR_MS], ids=["an hour", "to 1986"])
def test_a_clock_set_back_hides_nothing_and_writes_still_win(back_ms):
    async def main():
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        await graph.put("v", {"x": 1})
        profile.clock.skew_ms = -back_ms
        await graph.put("v", {"x": 2})
        assert (await graph.get("v"))["x"] == 2
        await crash(graph)
        graph = await profile.open()
        assert (await graph.get("v"))["x"] == 2
        await graph.put("v", {"x": 3})
        assert (await graph.get("v"))["x"] == 3
        assert graph.status.sync.held == 0
        await graph._driver.disk.compact()
        await graph.close()
        graph = await profile.open()
        assert (await graph.get("v"))["x"] == 3
        await graph.close()

    run(main())


@alone
async def test_without_the_slots_too_what_lies_in_the_future_is_kept_for_later(profile):
    """However far ahead, and more than are held in memory: never an error, never deleted."""
    graph = await profile.open()
    for number in range(5):
        await graph.put(f"v{number}")
    await graph.close()
    for key in keys(profile, pages.WRITERS):
        del profile.disk.values[key]
    profile.clock.skew_ms = -40 * 24 * HOUR_MS
    graph = await profile.open()
    assert await graph.vertices() == []
    held = graph._driver.peer.replica._held
    assert len(held) == 5
    del held[3:]  # as if there had been too many
    for each in [key for key in graph._driver.peer.replica._held_ids if key not in {one.id for one in held}]:
        del graph._driver.peer.replica._held_ids[each]
    await graph._driver.disk.compact()
    await crash(graph)
    profile.clock.skew_ms = 0
    graph = await profile.open()
    assert len(await graph.vertices()) == 5
    await graph.close()


# -- damage ------------------------------------------------------------------------------------------------------------


@alone
async def test_damage_costs_one_transaction_and_is_left_where_it_is(profile):
    graph = await profile.open()
    for number in range(10):
        await graph.put(f"v{number}", {"n": number})
    await graph._driver.disk.compact()
    await graph.close()
    (key,) = keys(profile, pages.PAGES)
    value = bytearray(profile.disk.values[key])
    value[len(value) // 2] ^= 1
    profile.disk.values[key] = bytes(value)
    graph = await profile.open()
    assert graph.status.storage.damaged == 1
    assert len(await graph.vertices()) == 9
    # What is missing is asked for again: we don't claim to know it.
    assert list(graph._driver.peer.replica.vector().values())[0] < 10
    graph._driver.disk._packing.page_bytes = 10**9  # a rewrite is due
    await graph._driver.disk.compact()
    assert bytes(value) in profile.disk.values.values()
    await graph.close()


@alone
async def test_one_wrong_byte_never_keeps_a_space_shut(profile):
    """A version byte that flipped is damage, not a newer format: the rest opens, and nothing is taken away."""
    graph = await profile.open()
    for number in range(3):
        await graph.put(f"v{number}", {"n": number})
    await graph.close()
    key = next(key for key in profile.disk.values if key.startswith(pages.RECORDS))
    profile.disk.values[key] = bytes([profile.disk.values[key][0] ^ 0x40]) + profile.disk.values[key][1:]
    before = profile.disk.values[key]
    graph = await profile.open()
    assert [len(await graph.query("MATCH (n) RETURN n")), graph.status.storage.damaged] == [3, 1]
    await graph.put("v3", {"n": 3})
    await graph.close()
    assert profile.disk.values[key] == before


@alone
async def test_a_damaged_vector_is_only_forgotten(profile):
    graph = await profile.open()
    await graph.put("v")
    await graph._driver.disk.compact()
    await graph.close()
    profile.disk.values[pages.VECTOR_KEY] += b"?"
    graph = await profile.open()
    assert await graph.get("v")
    assert graph.status.storage.damaged == 1
    await graph.close()


@alone
async def test_a_newer_format_is_refused_and_untouched(profile):
    graph = await profile.open()
    await graph.put("v")
    await graph.close()
    profile.disk.values[pages.FORMAT_KEY] = bytes([pages.FORMAT + 1])
    values = dict(profile.disk.values)
    with pytest.raises(FormatTooNew, match="has format 3; this version of Graphvine reads up to 2. Update Graphvine"):
        await profile.open()
    assert profile.disk.values == values
    profile.disk.values[pages.FORMAT_KEY] = b""  # damaged: the values say their versions themselves
    graph = await profile.open()
    assert await graph.get("v") is not None
    await graph.close()
    assert profile.disk.values[pages.FORMAT_KEY] == bytes([pages.FORMAT])


@alone
async def test_the_same_transaction_twice_on_disk(profile):
    """Packing writes some things twice; held ones too."""
    graph = await profile.open()
    await graph.put("v")
    await graph.close()
    (key,) = keys(profile, pages.RECORDS)
    profile.disk.values[pages.record_key(b"t" * 8, 1)] = profile.disk.values[key]
    graph = await profile.open()
    assert list(facts(graph)[0][0]) == ["v"]
    await graph.close()
    for slot in keys(profile, pages.WRITERS):
        del profile.disk.values[slot]
    profile.clock.skew_ms = -HOUR_MS
    graph = await profile.open()
    assert graph.status.sync.held == 1
    await asyncio.sleep(2 * HOUR_MS / 1000)
    assert await graph.get("v")
    await graph.close()


def test_usage_and_reserved_without_a_slot():
    async def main():
        profile = Neighbourhood().profile("alice")
        graph = await profile.open()
        assert (await graph.usage()).usage_bytes == profile.disk.size_bytes
        key = WriterKey(b"a" * 32, b"w" * 8)
        assert graph._driver.disk._slot_for(key, 5).reserved == 5
        await graph.close()
        with pytest.raises(StorageDamaged):
            pages.unpack_slot(b"w/\0", b"")

    run(main())


@alone
async def test_a_large_transaction_is_loaded_in_slices_and_the_collector_runs_again_afterwards(profile):
    graph = await profile.open()
    async with graph.transaction() as tx:
        for n in range(5_000):
            tx.put(f"v{n}", {"n": n})
    await graph.close()
    readings = iter(range(1_000_000))
    clock = type("Clock", (), {"now": lambda self: float(next(readings)), "wall_ms": lambda self: 0})()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += not gc.isenabled()

    counting = asyncio.ensure_future(count_turns())
    graph = await profile.open()
    fresh = Replica(graph._driver.peer.replica.space)
    platform = graph._opened.platform
    disk = disk_module.Disk(graph._driver.disk._backend, fresh, platform.locks, "other", platform.entropy, clock)
    await disk.load(platform.clock.wall_ms())
    counting.cancel()
    assert turns >= 4  # 5,000 operations in slices of 1,000, and this clock says that each took a second
    assert gc.isenabled()
    assert len(fresh.state.vertices) == 5_000


@alone
async def test_a_flush_waits_for_what_is_there_and_not_for_what_still_comes(profile):
    graph = await profile.open()
    await graph.put("v")
    disk, (encoded,) = graph._driver.disk, graph._driver.peer.replica.everything()
    appended = 0

    async def write_on():
        nonlocal appended
        for _ in range(300):  # one in each turn, so that something is queued whenever a write is done
            disk.append(encoded)
            appended += 1
            await asyncio.sleep(0)

    writing = asyncio.ensure_future(write_on())
    while appended < 10:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await graph.flush()
    assert appended < 100
    await writing
    await graph.close()


@alone
async def test_the_platform_is_asked_to_keep_things_after_the_first_write_and_once(profile):
    graph = await profile.open()
    asked = []
    graph._driver.disk._backend.keep = lambda: asked.append(graph.status.sync.vertices)
    await graph.flush()
    assert asked == []
    await graph.put("a")
    await graph.put("b")
    assert asked == [1]
    await graph.close()
