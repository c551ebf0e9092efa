"""Packing: many small records become a few pages, without what is overruled. Asynchronous, over ports."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from graphvine.errors import StorageError
from graphvine.limits import COMPACT_AFTER_BYTES, COMPACT_AFTER_RECORDS
from graphvine.model.transaction import VerifiedTransaction
from graphvine.peer.reading import transactions_in
from graphvine.ports import Clock, Entropy, Locks, StorageBackend
from graphvine.store import pages
from graphvine.store.replica import Replica, encode

# A full rewrite of the pages is due when the disk holds this many times what lives, and this much more.
REWRITE_RATIO = 2.0
REWRITE_BYTES = 1024 * 1024
# Transactions that are encoded in one step.
TRUSTED = 256


class Writing(Protocol):
    """What packing needs of the side that writes records: `peer.disk.Disk`."""

    async def flush(self) -> None:
        """Wait until everything queued so far is on disk."""

    def not_on_disk(self) -> list[bytes]:
        """Return the encoded transactions that wait to be written, or could not be."""

    def next_key(self) -> bytes:
        """Return the key of a new record."""

    def try_again(self) -> None:
        """Write what the disk refused before: there may be room now."""

    async def take_in(self, transaction: VerifiedTransaction) -> None:
        """Apply a transaction that was met on disk."""


class Packing:
    """Knows how much lies in records and in pages, and packs. lock_name: as for `Disk`. own_records: prefix of the keys
    of what this tab itself has written.
    """

    def __init__(
        self,
        backend: StorageBackend,
        replica: Replica,
        locks: Locks,
        lock_name: str,
        entropy: Entropy,
        clock: Clock,
        writing: Writing,
        own_records: bytes,
    ) -> None:
        self.page_bytes = 0
        self._records = 0
        self._record_bytes = 0
        self._backend = backend
        self._replica = replica
        self._locks = locks
        self._lock_name = lock_name
        self._entropy = entropy
        self._clock = clock
        self._writing = writing
        self._own_records = own_records
        self._trusted: dict[bytes, None] = {}
        self._busy = asyncio.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of all records and pages."""
        return self.page_bytes + self._record_bytes

    def count(self, key: bytes, size_bytes: int) -> None:
        """Take note of a record or a page that is on disk."""
        if key.startswith(pages.RECORDS):
            self._records += 1
            self._record_bytes += size_bytes
        else:
            self.page_bytes += size_bytes

    def trust(self, transaction_id: bytes) -> None:
        """Another tab says that it stores a transaction that we applied. The next packing makes sure of it."""
        self._trusted[transaction_id] = None

    @property
    def is_due(self) -> bool:
        """Tell whether there are enough small records, or enough waste in pages, to pack."""
        return (
            self._records >= COMPACT_AFTER_RECORDS or self._record_bytes >= COMPACT_AFTER_BYTES or self.is_rewrite_due
        )

    @property
    def is_rewrite_due(self) -> bool:
        """Tell whether so much in the pages is overruled that they should be written anew."""
        return self.page_bytes > REWRITE_RATIO * self._replica.live_bytes + REWRITE_BYTES

    async def pack(self) -> bool:
        """Pack small records (and wasteful pages) into pages, if no other tab is at it. Tell whether it was done."""
        if self._busy.locked():
            return False
        async with self._busy:
            lease = await self._locks.acquire(f"{self._lock_name}/compact", wait=False)
            if lease is None:
                return False
            try:
                await self._pack()
            finally:
                lease.release()
            return True

    async def _pack(self) -> None:
        is_rewrite = self.is_rewrite_due
        with suppress(StorageError):  # what is not on disk goes along below; on a full disk packing may even help
            await self._writing.flush()
        kept, batch = await self._read_all(pages.TRANSACTIONS if is_rewrite else pages.RECORDS)
        trusted = list(self._trusted)
        for count, id_ in enumerate(trusted, 1):
            if (current := self._replica.find(id_)) is not None:
                kept[encode(current)] = None
            if not count % TRUSTED:
                await asyncio.sleep(0)
        number = int.from_bytes(self._entropy.random_bytes(8), "big")
        written = 0
        for group in pages.split_into_pages(kept):
            value = pages.pack(group)
            number = (number + 1) % 2**64
            batch.append((pages.page_key(number), value))
            written += len(value)
            await asyncio.sleep(0)
        # What overruled the operations that were just dropped may still be on its way to the disk: it goes along.
        if on_the_way := self._writing.not_on_disk():
            batch.append((self._writing.next_key(), pages.pack(on_the_way)))
        batch.append((pages.VECTOR_KEY, pages.pack_vector(self._replica.vector())))
        await self._backend.write(batch)
        for id_ in trusted:
            self._trusted.pop(id_, None)
        self._writing.try_again()
        self._records = self._record_bytes = 0
        self.page_bytes = written + (0 if is_rewrite else self.page_bytes)

    async def _read_all(self, prefix: bytes) -> tuple[dict[bytes, None], list[tuple[bytes, bytes | None]]]:
        """Return what lives under `prefix`, each once, and a batch that deletes the values; damaged ones stay."""
        kept: dict[bytes, None] = {}  # filled bit by bit: to find doubles among all at once takes long
        batch: list[tuple[bytes, bytes | None]] = []
        for key, value in await self._backend.scan(prefix):
            if key == pages.VECTOR_KEY:
                continue
            is_damaged = False
            async for transaction in transactions_in(key, value, self._clock):
                if transaction is None:
                    is_damaged = True
                else:
                    self._trusted.pop(transaction.id, None)
                    kept.update(
                        dict.fromkeys(await self._current_form(transaction, is_own=key.startswith(self._own_records)))
                    )
            if not is_damaged:
                batch.append((key, None))
        return kept, batch

    async def _current_form(self, transaction: VerifiedTransaction, *, is_own: bool) -> list[bytes]:
        """Return the stored transaction as it lives now: with overruled operations hidden, or not at all.

        is_own: this tab has written it.
        """
        current = self._replica.find(transaction.id)
        if current is None and is_own and transaction.header.sequence <= self._replica.last_sequence(transaction.key):
            return []  # it was applied before, and has been overruled as a whole since
        if current is None and self._replica.is_future(transaction, self._clock.wall_ms()):
            return [encode(transaction)]  # too many are held for it to be in memory
        if current is None:
            # Overruled as a whole, or written by another tab and still unknown here. Applying it again tells which.
            await self._writing.take_in(transaction)
            current = self._replica.find(transaction.id)
        return [] if current is None else [encode(current)]
