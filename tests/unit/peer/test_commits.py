"""Our own writes: bursts share signatures, one bad write harms nobody, a usurped writer is given up once."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.peer.kit import Neighbourhood, crash, run, until

from graphvine.codec.transactions import decode_header, decode_transaction
from graphvine.errors import GraphClosed, InvalidValue, StorageError, TooLarge
from graphvine.peer import commits as commits_module
from graphvine.peer.disk import RESERVE


def alone(test):
    def wrapper():
        async def main():
            profile = Neighbourhood().profile("alice")
            graph = await profile.open()
            await test(profile, graph)
            if not graph._closed:
                await graph.close()

        run(main())

    wrapper.__name__ = test.__name__
    return wrapper


class CountingCrypto:
    """Counts signatures, and fails when told to."""

    def __init__(self, crypto) -> None:
        self._crypto = crypto
        self.signatures = 0
        self.failures = 0

    def __getattr__(self, name):
        return getattr(self._crypto, name)

    async def sign(self, key, message):
        await asyncio.sleep(0.001)
        self.signatures += 1
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the key is gone")
        return await self._crypto.sign(key, message)


def count_signatures(graph) -> CountingCrypto:
    commits = graph._driver._commits
    commits._crypto = CountingCrypto(commits._crypto)
    return commits._crypto


@alone
async def test_a_thousand_awaited_writes_share_few_transactions(profile, graph):
    crypto = count_signatures(graph)
    await asyncio.gather(*(graph.put(f"v{n}", {"n": n}) for n in range(1000)))
    assert crypto.signatures <= 3
    assert graph.status.sync.transactions <= 3
    await crash(graph)
    again = await profile.open()
    assert {vertex["n"] for vertex in await again.vertices()} == set(range(1000))
    await again.close()


@alone
async def test_in_one_burst_the_last_write_wins(profile, graph):
    count_signatures(graph)
    await asyncio.gather(
        *(graph.put("v", {"n": n}) for n in range(5)), graph.delete("v"), graph.put("v", {"m": 1}), graph.put("w"),
        graph.delete("w"),
    )  # fmt: skip
    assert (await graph.get("v")).properties == {"m": 1}
    assert await graph.get("w") is None


@alone
async def test_one_wrong_write_harms_no_other(profile, graph):
    results = await asyncio.gather(
        graph.put("a"), graph.put("b", {"x": float("nan")}), graph.put("c", {"x": ["y" * 3**13] * 3}), graph.put("d"),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(result) for result in results] == [type(None), InvalidValue, TooLarge, type(None)]
    assert {vertex.id for vertex in await graph.vertices()} == {"a", "d"}


@alone
async def test_a_failed_signature_belongs_to_those_who_wait_for_it(profile, graph):
    crypto = count_signatures(graph)
    crypto.failures = 1
    results = await asyncio.gather(graph.put("a"), graph.put("b"), return_exceptions=True)
    assert [str(result) for result in results] == ["the key is gone", "None"] or all(
        str(result) == "the key is gone" for result in results
    )
    await graph.put("c")
    # The sequence that came to nothing is no hole that others wait for.
    headers = [decode_header(each.transaction.header_bytes) for each in graph._driver.peer.replica._entries.values()]
    assert [header.previous for header in headers] == [0, *(header.sequence for header in headers[:-1])]
    assert headers[-1].sequence == len(headers) + 1
    (complete,) = graph._driver.peer.replica.vector().values()
    assert complete == headers[-1].sequence


@alone
async def test_groups_stay_within_the_limits_of_a_transaction(profile, graph):
    original = commits_module.MAX_OPERATIONS
    commits_module.MAX_OPERATIONS = 10
    try:
        count_signatures(graph)
        await asyncio.gather(*(graph.put(f"v{n}") for n in range(35)))
    finally:
        commits_module.MAX_OPERATIONS = original
    counts = [each.transaction.header.count for each in graph._driver.peer.replica._entries.values()]
    assert sum(counts) == 35
    assert max(counts) == 10


@alone
async def test_an_awaited_write_can_be_read_even_when_the_disk_was_faster_than_the_apply(profile, graph):
    driver = graph._driver
    put_in = driver.put_in

    async def busy(*args, **kwargs):
        await driver.disk.flush()
        await asyncio.sleep(1)  # somebody else's large transaction is being applied all this while
        return await put_in(*args, **kwargs)

    driver.put_in = busy
    await graph.put("alice", {"age": 30})
    assert (await graph.get("alice"))["age"] == 30


@alone
async def test_nothing_to_do_is_no_transaction(profile, graph):
    async with graph.transaction():
        pass
    assert graph.status.sync.transactions == 0


@alone
async def test_whoever_gives_up_waiting_leaves_the_write_alone(profile, graph):
    writing = asyncio.ensure_future(graph.put("v"))
    await asyncio.sleep(0)
    writing.cancel()
    await graph.put("w")
    assert {vertex.id for vertex in await graph.vertices()} == {"v", "w"}


@alone
async def test_writes_after_close_are_refused_and_those_before_finish(profile, graph):
    crypto = count_signatures(graph)
    writes = [asyncio.ensure_future(graph.put(f"v{n}")) for n in range(3)]
    await asyncio.sleep(0)
    transaction = graph.transaction()
    transaction.put("late")
    closing = asyncio.ensure_future(graph.close())
    await asyncio.sleep(0)
    with pytest.raises(GraphClosed):
        await transaction.__aexit__(None, None, None)
    with pytest.raises(GraphClosed):
        await graph.put("later")
    await asyncio.gather(*writes, closing)
    assert crypto.signatures >= 1


@alone
async def test_unsaved_writes_make_close_say_so(profile, graph):
    profile.disk.limit_bytes = 1
    with pytest.raises(StorageError):
        await graph.put("v")
    with pytest.raises(StorageError):
        await graph.close()
    assert profile.locks.held == {}


@alone
async def test_what_is_beyond_the_reserved_sequences_is_sent_only_once_it_is_on_disk(profile, graph):
    disk, sent = graph._driver.disk, []
    publish = graph._driver.publish

    def note(encoded):
        sent.append(decode_header(decode_transaction(encoded).header).sequence)
        publish(encoded)

    graph._driver.publish = note
    write, may_write = disk._backend.write, asyncio.Event()

    async def slow_write(batch):
        await may_write.wait()
        await write(batch)

    disk._backend.write = slow_write
    puts = []
    for number in range(RESERVE + 10):
        puts.append(asyncio.ensure_future(graph.put("v", {"n": number})))
        await asyncio.sleep(0.01)
    assert graph._driver.peer.replica.last_sequence(graph._driver._commits.writer) == RESERVE + 10
    assert sent == list(range(1, RESERVE + 1)) == list(range(1, disk.reserved + 1))
    may_write.set()
    await asyncio.gather(*puts)
    assert sorted(sent) == list(range(1, RESERVE + 11))


def test_a_copied_profile_gets_another_writer_once_and_a_crash_does_not():
    async def main():
        street = Neighbourhood()
        alice = street.profile("alice")
        graph = await alice.open()
        await graph.put("first")
        await graph.close()
        copied = street.profile("alice")
        copied.disk.values = dict(alice.disk.values)
        left, right = await alice.open(kind="memory"), await copied.open(kind="memory")
        writer = left._driver._commits.writer
        assert right._driver._commits.writer == writer
        renewals = []
        for graph in (left, right):
            renew = graph._driver.disk.renew_writer
            graph._driver.disk.renew_writer = lambda author, renew=renew: (renewals.append(1), renew(author))[1]
        for number in range(20):
            await asyncio.gather(left.put(f"l{number}"), right.put(f"r{number}"))
        await until(lambda: left.status.sync.vertices == right.status.sync.vertices == 41)
        assert left._driver._commits.writer != writer
        assert right._driver._commits.writer not in (writer, left._driver._commits.writer)
        assert len(renewals) == 2
        await left.put("after")
        # Our own past, coming back from others after a crash, is no usurper.
        mine = left._driver._commits.writer
        alice.disk.limit_bytes = 1
        for _ in range(3):
            with pytest.raises(StorageError):
                await left.put("lost", {"n": 1})
        await until(lambda: "lost" in right._state.vertices)
        await crash(left)
        alice.disk.limit_bytes = None
        left = await alice.open(kind="memory")
        await until(lambda: "lost" in left._state.vertices)
        assert left._driver._commits.writer == mine
        await left.close()
        await right.close()

    run(main())


def test_a_full_disk_only_delays_the_other_writer():
    async def main():
        street = Neighbourhood()
        alice = street.profile("alice")
        graph = await alice.open()
        await graph.put("first")
        await graph.close()
        copied = street.profile("alice")
        copied.disk.values = dict(alice.disk.values)
        left, right = await alice.open(kind="memory"), await copied.open(kind="memory")
        writer = left._driver._commits.writer
        alice.disk.limit_bytes = 1
        await right.put("theirs")
        await until(lambda: "theirs" in left._state.vertices)
        await asyncio.sleep(60)
        assert left._driver._commits.writer == writer
        alice.disk.limit_bytes = None
        await until(lambda: left._driver._commits.writer != writer)
        await left.put("mine")
        await until(lambda: "mine" in right._state.vertices)
        await left.close()
        await right.close()

    run(main())


def test_large_operations_are_hashed_one_at_a_time(monkeypatch):
    """Seven values of four megabytes made one step of 150 ms in a tab."""
    monkeypatch.setattr(commits_module, "STEP_BYTES", 250_000)
    hashed, turns = [], []
    real = commits_module.leaf_hash
    monkeypatch.setattr(commits_module, "leaf_hash", lambda leaf: hashed.append(len(leaf)) or real(leaf))

    async def look():
        while True:
            turns.append(sum(hashed))
            hashed.clear()
            await asyncio.sleep(0)

    async def main():
        graph = await Neighbourhood().profile("alice").open()
        looking = asyncio.ensure_future(look())
        async with graph.transaction() as tx:
            for number in range(5):
                tx.put(f"v{number}", {"large": str(number) * 300_000})
        looking.cancel()
        assert max(turns) < 310_000
        assert sum(turns) > 5 * 300_000
        assert len(graph._state.vertices) == 5
        await graph.close()

    run(main())
