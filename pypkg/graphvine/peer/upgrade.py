"""Brings an older storage to the newest layout before it is read: in atomic batches, each of which may be the last.

A value says by itself which version it has, and older ones can be read, so a storage of which a part is rewritten is as
good as one before or after. First the version of the whole says where it goes, so that an older Graphvine keeps away;
last, together with the last batch, that it is there. Whoever finds it on its way starts again, and has less to do.
"""

from __future__ import annotations

import asyncio

from graphvine.errors import StorageFull
from graphvine.ports import Clock, Locks, StorageBackend
from graphvine.store.pages import FORMAT, FORMAT_KEY, TRANSACTIONS
from graphvine.store.upgrades import upgraded

# Bytes that are rewritten in one batch, and seconds of work before others get a turn.
BATCH_BYTES = 1024 * 1024
SLICE_S = 0.01


async def upgrade(backend: StorageBackend, locks: Locks, lock_name: str, clock: Clock) -> None:
    """Rewrite what is older, while nobody packs. On a full disk it waits for another time. Raises StorageError."""
    lease = await locks.acquire(f"{lock_name}/compact", wait=True)
    try:
        found = await backend.read(FORMAT_KEY)
        if found is not None and found != bytes([FORMAT]):
            await backend.write([(FORMAT_KEY, bytes([found[0] if found else 1, FORMAT]))])
            await _rewrite(backend, clock)
    except StorageFull:
        return  # all of it can be read as it is
    finally:
        if lease is not None:
            lease.release()


async def _rewrite(backend: StorageBackend, clock: Clock) -> None:
    batch: list[tuple[bytes, bytes | None]] = []
    size = 0
    ends = clock.now() + SLICE_S
    for key, value in await backend.scan(TRANSACTIONS):
        made = upgraded(key, value)
        if made is not None:
            batch.append((key, made))
            size += len(made)
        if size > BATCH_BYTES:
            await backend.write(batch)
            batch, size = [], 0
        if clock.now() > ends:
            await asyncio.sleep(0)
            ends = clock.now() + SLICE_S
    await backend.write([*batch, (FORMAT_KEY, bytes([FORMAT]))])
