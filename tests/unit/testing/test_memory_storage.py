from __future__ import annotations

import asyncio

import pytest

from graphvine.errors import StorageError, StorageFull
from graphvine.testing.memory_storage import MemoryDisk, MemoryStorage


def test_a_full_disk_keeps_what_it_has() -> None:
    async def use() -> None:
        disk = MemoryDisk(limit_bytes=10)
        storage = await disk.open()
        await storage.write([(b"a", b"12345")])
        with pytest.raises(StorageFull):
            await storage.write([(b"a", b""), (b"b", b"1234567890")])
        assert await storage.scan(b"") == [(b"a", b"12345")]
        await storage.write([(b"a", None)])
        await storage.write([(b"b", b"123456789")])
        assert (await storage.usage()).usage_bytes == 10

    asyncio.run(use())


def test_deleting_works_on_an_overfull_disk() -> None:
    async def use() -> None:
        disk = MemoryDisk()
        storage = await disk.open()
        await storage.write([(b"a", bytes(10)), (b"b", bytes(10))])
        disk.limit_bytes = 5
        await storage.write([(b"a", None)])
        assert [key for key, _ in await storage.scan(b"")] == [b"b"]

    asyncio.run(use())


def test_fail_next_fails_once() -> None:
    async def use() -> None:
        disk = MemoryDisk()
        storage = await disk.open()
        disk.fail_next()
        with pytest.raises(StorageError, match="a test asked"):
            await storage.write([(b"a", b"1")])
        assert await storage.read(b"a") is None
        disk.fail_next(StorageFull())
        with pytest.raises(StorageFull):
            await storage.scan(b"")
        await storage.write([(b"a", b"1")])

    asyncio.run(use())


def test_power_loss_drops_what_was_not_acknowledged() -> None:
    async def use() -> None:
        disk = MemoryDisk()
        storage = await disk.open()
        await storage.write([(b"kept", b"1")])
        writing = asyncio.ensure_future(storage.write([(b"lost", b"1")]))
        await asyncio.sleep(0)
        disk.lose_power()
        with pytest.raises(StorageError, match="power"):
            await writing
        again = await disk.open()
        assert await again.scan(b"") == [(b"kept", b"1")]

    asyncio.run(use())


def test_a_batch_is_copied_before_the_first_await() -> None:
    async def use() -> None:
        storage = MemoryStorage()
        batch: list[tuple[bytes, bytes | None]] = [(b"a", b"1")]
        writing = asyncio.ensure_future(storage.write(batch))
        await asyncio.sleep(0)
        batch[0] = (b"a", b"2")
        await writing
        assert await storage.read(b"a") == b"1"

    asyncio.run(use())
