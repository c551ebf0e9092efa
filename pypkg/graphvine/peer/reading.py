"""Stored values to transactions, and transactions into a replica: in slices that leave the thread to others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from graphvine.codec.transactions import decode_transaction
from graphvine.crypto.signed import from_own_disk
from graphvine.errors import MalformedMessage, StorageDamaged
from graphvine.model.transaction import VerifiedTransaction
from graphvine.ports import Clock
from graphvine.store import pages
from graphvine.store.replica import Replica

# Seconds that reading may hold the thread before others get a turn.
SLICE_S = 0.01


async def transactions_in(key: bytes, value: bytes, clock: Clock) -> AsyncIterator[VerifiedTransaction | None]:
    """Yield the transactions of a page or a record; None for each part that is damaged."""
    slice_ends = clock.now() + SLICE_S
    try:
        for encoded in pages.unpack(key, value):
            yield _decoded(encoded)
            if clock.now() > slice_ends:
                await asyncio.sleep(0)
                slice_ends = clock.now() + SLICE_S
    except StorageDamaged:
        yield None


async def take_in(replica: Replica, transaction: VerifiedTransaction, clock: Clock, now_ms: int) -> None:
    """Apply a transaction, or hold it when it comes from the future."""
    if replica.is_future(transaction, now_ms):
        replica.hold(transaction)
        return
    await in_slices(replica.steps(transaction, None, now_ms) or (), clock)


async def in_slices(steps: Iterable[None], clock: Clock) -> None:
    """Take all steps, and let others have a turn every now and then."""
    slice_ends = clock.now() + SLICE_S
    for _ in steps:
        if clock.now() > slice_ends:
            await asyncio.sleep(0)
            slice_ends = clock.now() + SLICE_S


def _decoded(encoded: bytes) -> VerifiedTransaction | None:
    try:
        return from_own_disk(decode_transaction(encoded))
    except MalformedMessage:
        return None
