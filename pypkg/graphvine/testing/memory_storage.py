"""A disk in memory that can fail the way real ones do. Survives its backends, as a disk survives a tab."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..errors import StorageError, StorageFull
from ..ports import Usage


class MemoryDisk:
    """What several backends share. Open one per tab with `open`; the faults are set here.

    limit_bytes: a batch that would bring keys and values above it raises StorageFull. None: no limit.
    """

    def __init__(self, *, limit_bytes: int | None = None) -> None:
        self.limit_bytes = limit_bytes
        self.values: dict[bytes, bytes] = {}
        self.writes = 0
        self._failures: list[StorageError] = []
        self._power = 0

    async def open(self) -> MemoryStorage:
        """Return a backend on this disk."""
        return MemoryStorage(self)

    def fail_next(self, error: StorageError | None = None) -> None:
        """Let the next call (write, read or scan) that nothing else fails raise `error`."""
        self._failures.append(error or StorageError("The disk failed once (a test asked for it)."))

    def lose_power(self) -> None:
        """Drop every write that has not been acknowledged yet: its caller waits for good or gets StorageError."""
        self._power += 1

    @property
    def size_bytes(self) -> int:
        """Bytes of keys and values."""
        return sum(len(key) + len(value) for key, value in self.values.items())

    async def settle(self) -> None:
        """Take as long as a disk: one turn of the loop. Raises what `fail_next` and `lose_power` asked for."""
        power = self._power
        await asyncio.sleep(0)
        if self._power != power:
            raise StorageError("The power went off before the disk had answered.")
        if self._failures:
            raise self._failures.pop(0)

    def commit(self, batch: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Put the whole batch, or raise StorageFull and put nothing."""
        values = dict(self.values)
        for key, value in batch:
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
        grows = len(batch) > 0 and any(value is not None for _, value in batch)
        size = sum(len(key) + len(value) for key, value in values.items()) if self.limit_bytes is not None else 0
        if grows and self.limit_bytes is not None and size > self.limit_bytes:
            raise StorageFull()
        self.values = values
        self.writes += 1


class MemoryStorage:
    """The StorageBackend port on a MemoryDisk (its own one when none is given)."""

    def __init__(self, disk: MemoryDisk | None = None) -> None:
        self.disk = disk or MemoryDisk()
        self._is_closed = False

    async def write(self, batch: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Apply all or nothing, from a copy made before the first await."""
        self._check_open()
        copied = [(bytes(key), None if value is None else bytes(value)) for key, value in batch]
        await self.disk.settle()
        self.disk.commit(copied)

    async def read(self, key: bytes) -> bytes | None:
        """Return the value, or None."""
        self._check_open()
        await self.disk.settle()
        return self.disk.values.get(key)

    async def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return every pair whose key starts with `prefix`, in key order."""
        self._check_open()
        await self.disk.settle()
        return sorted(pair for pair in self.disk.values.items() if pair[0].startswith(prefix))

    def keep(self) -> None:
        """Nobody clears it."""

    async def usage(self) -> Usage:
        """Return the exact size and the limit."""
        self._check_open()
        return Usage(self.disk.size_bytes, self.disk.limit_bytes, False)

    async def close(self) -> None:
        """Detach from the disk, which keeps its contents."""
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StorageError("This storage is closed.")
