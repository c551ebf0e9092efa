"""Archives into graphs: verified, merged, refused where they do not belong."""

from __future__ import annotations

import pytest
from tests.unit.peer.kit import Neighbourhood, until
from tests.unit.transfer.kit import alone, exported, picture

from graphvine.codec.transactions import decode_transaction, encode_transaction
from graphvine.errors import FileError
from graphvine.files import archive
from graphvine.files.archive import ArchiveReader, End, Page


async def two_writers(street: Neighbourhood):
    graph = await street.profile("alice").open()
    await graph.put("a", {"x": 1}, labels=["L"])
    await graph.put("a", {"x": 2})
    await graph.put("b", {"y": 1})
    await graph.delete("b")
    await graph.link("a", "T", "c")
    return graph


def test_an_import_merges_and_lasts():
    async def test(street):
        graph = await two_writers(street)
        data = await exported(graph, "graphvine")
        bob = street.profile("bob")
        other = await bob.open()
        await other.put("mine", {"z": 1})
        result = await other.import_from(data)
        assert (result.vertices, result.edges, result.known) == (2, 1, 0)
        assert result.transactions > 0
        await other.close()
        again = await bob.open()
        vertices, edges = picture(again)
        assert vertices.keys() == {"a", "c", "mine"}
        assert len(edges) == 1
        assert await again.get("b") is None
        repeated = await again.import_from(data)
        assert (repeated.transactions, repeated.known) == (0, result.transactions)
        await again.close()
        await graph.close()

    alone(test)


def test_two_peers_that_restore_the_same_archive_agree_at_once():
    async def test(street):
        graph = await two_writers(street)
        data = await exported(graph, "graphvine")
        other = await street.profile("bob").open()
        await other.import_from(data)
        ours, theirs = graph._driver.peer.replica, other._driver.peer.replica
        assert ours.digest() == theirs.digest()
        assert ours.vector().items() <= theirs.vector().items()
        await graph.close()
        await other.close()

    alone(test)


def test_what_is_restored_reaches_the_other_peers():
    async def test(street):
        graph = await two_writers(street)
        data = await exported(graph, "graphvine")
        await graph.close()
        bob, carol = street.profile("bob"), street.profile("carol")
        one, two = await bob.open(kind="tab"), await carol.open(kind="tab")
        await until(lambda: one.status.sync.state == "converged")
        await one.import_from(data)
        await until(lambda: picture(two) == picture(one))
        await one.close()
        await two.close()

    alone(test)


def test_another_space_refuses_it_and_says_which_it_is_of():
    async def test(street):
        graph = await two_writers(street)
        data = await exported(graph, "graphvine")
        other = await street.profile("bob").open(space="elsewhere")
        with pytest.raises(FileError, match=r"of the space 'space'.*as_new"):
            await other.import_from(data)
        assert picture(other) == ({}, {})
        result = await other.import_from(data, as_new=True)
        assert (result.vertices, result.edges, result.transactions) == (2, 1, 1)
        assert picture(other) == picture(graph)
        await graph.close()
        await other.close()

    alone(test)


def forged(data: bytes) -> bytes:
    """The same archive with one signature changed, and every checksum right."""
    parts = list(ArchiveReader().feed(data))
    about = parts[0]
    pages = [part for part in parts if isinstance(part, Page)]
    transactions = [each for page in pages for each in page.transactions]
    signed = decode_transaction(transactions[-1])
    signed.signature = bytes(64)
    transactions[-1] = encode_transaction(signed)
    assert isinstance(parts[-1], End)
    return b"".join(archive.write(about, transactions, lambda: parts[-1].vector))


@pytest.mark.parametrize("as_new", [False, True])
def test_a_forged_signature_is_found(as_new):
    async def test(street):
        graph = await two_writers(street)
        data = forged(await exported(graph, "graphvine"))
        other = await street.profile("bob").open()
        with pytest.raises(FileError, match="not signed by its author") as caught:
            await other.import_from(data, as_new=as_new)
        assert caught.value.offset
        assert await other.get("c") is None
        if as_new:
            assert picture(other) == ({}, {})
        await graph.close()
        await other.close()

    alone(test)


def test_bytes_that_are_no_transaction_are_found():
    async def test(street):
        graph = await street.profile("alice").open()
        replica = graph._driver.peer.replica
        data = b"".join(archive.write(archive.About(replica.space, "s", 1, 0, 0), [b"\x93nonsense"], dict))
        with pytest.raises(FileError, match="A transaction is wrong: not a transaction"):
            await graph.import_from(data)
        await graph.close()

    alone(test)


def test_what_comes_from_the_future_is_held_until_its_time():
    async def test(street):
        ahead = street.profile("ahead")
        ahead.clock.skew_ms = 3_600_000
        graph = await ahead.open()
        await graph.put("late", {"x": 1})
        data = await exported(graph, "graphvine")
        other = await street.profile("bob").open()
        await other.import_from(data)
        assert await other.get("late") is None
        assert other.status.sync.held == 1
        await until(lambda: "late" in picture(other)[0], limit_s=4000, step_s=100)
        ahead.clock.skew_ms = 3 * 24 * 3_600_000
        await graph.put("never", {"x": 1})
        with pytest.raises(FileError, match="hours ahead of our clock"):
            await other.import_from(await exported(graph, "graphvine"))
        await graph.close()
        await other.close()

    alone(test)


def test_what_is_written_during_an_export_is_in_it_whole():
    async def test(street):
        graph = await street.profile("alice").open()
        await graph.put("a", {"x": 1})
        chunks = []
        async for chunk in graph.export():
            if not chunks:
                await graph.put("a", {"x": 2})  # overrules what was about to be written
                await graph.put("b", {"y": 1})
            chunks.append(chunk)
        other = await street.profile("bob").open()
        await other.import_from(chunks)
        assert picture(other) == picture(graph)
        await graph.close()
        await other.close()

    alone(test)
