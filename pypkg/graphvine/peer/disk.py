"""The disk side of a replica: load, writer slots, group commit. Asynchronous, over the `StorageBackend` port.

Writes that come in while another is on its way to the disk share the next one, so a thousand awaited writes cost a few
disk transactions, not a thousand. `peer.packing` makes pages of them later.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from graphvine.errors import (
    FormatTooNew,
    GraphClosed,
    StorageBlocked,
    StorageDamaged,
    StorageError,
    StorageFull,
)
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.peer.packing import Packing
from graphvine.peer.reading import in_slices, take_in, transactions_in
from graphvine.peer.upgrade import upgrade
from graphvine.ports import Clock, Entropy, Lease, Locks, StorageBackend, Usage
from graphvine.store import pages
from graphvine.store.replica import Replica

# Sequences reserved ahead in a writer slot, so that a write may be sent before it is on disk: after a crash the next
# session starts above all that may have been used.
RESERVE = 64
# Seconds that others' transactions wait before they are written, for company and for whoever is told of them.
SHARE_S = 0.01
MAX_SLOTS = 64


class DiskState(NamedTuple):
    """How the disk is doing. state: ``ok``, ``full``, ``failing`` or ``off``. error: what to tell the user."""

    state: str
    error: str
    unsaved: int
    damaged: int
    bytes: int


class _Waiting(NamedTuple):
    encoded: bytes
    saved: asyncio.Future[None]


class Disk:
    """Keeps the live transactions of one replica on one backend.

    lock_name: prefix for the named locks that tabs of one profile share for this space. ingest: applies a transaction
    that packing met on disk; the driver replaces it, so that other listeners hear of it too. on_change: called when
    the disk begins or stops to fail.
    """

    def __init__(
        self, backend: StorageBackend, replica: Replica, locks: Locks, lock_name: str, entropy: Entropy, clock: Clock
    ) -> None:
        self._backend = backend
        self._replica = replica
        self._locks = locks
        self._lock_name = lock_name
        self._entropy = entropy
        self._clock = clock
        self._tab = entropy.random_bytes(8)
        self._records = 0
        self._queue: list[_Waiting] = []
        self._unsaved: list[bytes] = []
        self._in_flight: list[_Waiting] = []
        self._retry = False
        self._wakeup = asyncio.Event()
        self._flushing: list[asyncio.Future[None]] = []
        self._error: StorageError | None = None
        self._damaged = 0
        self._closed = self._is_kept = False
        self._slot: Lease | None = None
        self._slot_key = b""
        self._slot_value: pages.WriterSlot | None = None
        self._writing = asyncio.Lock()
        self._packing = Packing(backend, replica, locks, lock_name, entropy, clock, self, pages.records_of(self._tab))
        self.ingest: Callable[[VerifiedTransaction], Awaitable[None]] = self._ingest_now
        self.on_change: Callable[[], None] = lambda: None

    # -- opening ------------------------------------------------------------------------------------------------------

    async def open(self, author: bytes, now_ms: int) -> tuple[WriterKey, int]:
        """Load everything and take a writer. Return it, and the last sequence that may be used up."""
        taking = asyncio.ensure_future(self.take_slot())  # locks need not wait for the disk
        try:
            await self.load(now_ms)
            await taking
            return await self.claim_writer(author)
        except BaseException:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            self.give_back_slot()
            raise

    async def load(self, now_ms: int) -> None:
        """Read everything into the replica. Damaged frames are skipped, counted and left where they are."""
        await self._check_format()
        stored, slots = await asyncio.gather(self._backend.scan(pages.TRANSACTIONS), self._backend.scan(pages.WRITERS))
        self._load_clock(slots)
        with _collector_paused():
            vector = await self._load_transactions(stored, now_ms)
        if vector and not self._damaged:  # a vector that covers what was damaged would keep others from sending it
            try:
                self._replica.restore(pages.unpack_vector(vector))
            except StorageDamaged:
                self._damaged += 1

    async def _load_transactions(self, stored: list[tuple[bytes, bytes]], now_ms: int) -> bytes:
        """Take pages and records into the replica. Return the stored vector."""
        vector = b""
        for key, value in stored:
            if key == pages.VECTOR_KEY:
                vector = value
                continue
            is_damaged = False
            async for transaction in transactions_in(key, value, self._clock):
                if transaction is None:
                    is_damaged = True
                else:
                    await take_in(self._replica, transaction, self._clock, now_ms)
            self._damaged += is_damaged
            self._packing.count(key, len(value))
        await in_slices(self._replica.state.settle(), self._clock)
        return vector

    def _load_clock(self, slots: list[tuple[bytes, bytes]]) -> None:
        """Remember how late it was: with the wall clock set back since, what we stored would lie in the future."""
        for key, value in slots:
            with suppress(StorageDamaged):
                self._replica.clock.wall(pages.unpack_slot(key, value).wall_ms)

    async def _check_format(self) -> None:
        found = await self._backend.read(pages.FORMAT_KEY)
        if found is None:
            await self._backend.write([(pages.FORMAT_KEY, bytes([pages.FORMAT]))])
        elif max(found, default=0) > pages.FORMAT:
            raise FormatTooNew(max(found), pages.FORMAT)
        elif found != bytes([pages.FORMAT]):
            await upgrade(self._backend, self._locks, self._lock_name, self._clock)

    async def _ingest_now(self, transaction: VerifiedTransaction) -> None:
        await take_in(self._replica, transaction, self._clock, self._clock.wall_ms())

    async def take_slot(self) -> None:
        """Take a writer slot that no other tab holds. Raises StorageError when all are taken."""
        for slot in range(MAX_SLOTS):
            try:
                lease = await self._locks.acquire(f"{self._lock_name}/writer/{slot}", wait=False)
            except StorageBlocked:  # then this graph is in memory: its writer ends with it, and nobody else has it
                return
            if lease is not None:
                self._slot, self._slot_key = lease, pages.WRITERS + bytes([slot])
                return
        raise StorageError(f"More than {MAX_SLOTS} tabs have this graph open. Close some of them.")

    async def claim_writer(self, author: bytes) -> tuple[WriterKey, int]:
        """Return the writer of our slot, and the last sequence that may be used up. After `take_slot` and `load`."""
        if self._slot is None:
            return WriterKey(author, self._entropy.random_bytes(8)), 0
        stored = await self._backend.read(self._slot_key)
        found: pages.WriterSlot | None = None
        if stored is not None:
            with suppress(StorageDamaged):  # a new writer is always safe
                found = pages.unpack_slot(self._slot_key, stored)
        if found is None or found.author != author:
            found = pages.WriterSlot(author, self._entropy.random_bytes(8), 0)
        self._slot_value = found
        key = WriterKey(author, found.writer)
        return key, max(found.reserved, self._replica.last_sequence(key))

    def give_back_slot(self) -> None:
        """Let another tab have our writer slot. Safe to call twice."""
        if self._slot is not None:
            self._slot.release()
            self._slot = None

    async def reserve_ahead(self) -> None:
        """Reserve sequences, so that even the first write may travel before it is on disk. Nobody waits for this."""
        if (slot := self._slot_value) is None:
            return
        key = WriterKey(slot.author, slot.writer)
        used = max(slot.reserved, self._replica.last_sequence(key))
        try:
            await self._reserve(self._slot_for(key, used + RESERVE))
        except StorageError as error:  # reading must go on, and each write tries again
            self._fail(error)

    def _slot_for(self, key: WriterKey, reserved: int) -> pages.WriterSlot:
        return pages.WriterSlot(*key, reserved, self._replica.clock.wall(self._clock.wall_ms()))

    async def renew_writer(self, author: bytes) -> WriterKey:
        """Give our slot a new writer id: another device uses the old one (a copied profile, a restored backup)."""
        key = WriterKey(author, self._entropy.random_bytes(8))
        await self._reserve(self._slot_for(key, RESERVE))
        return key

    async def _reserve(self, slot: pages.WriterSlot) -> None:
        async with self._writing:
            await self._backend.write([(self._slot_key, pages.pack_slot(slot))])
            self._slot_value = slot

    @property
    def reserved(self) -> int:
        """A transaction up to this sequence may be sent before it is on disk."""
        return self._slot_value.reserved if self._slot_value else 0

    # -- writing ------------------------------------------------------------------------------------------------------

    def append(self, encoded: bytes, *, is_awaited: bool = True) -> asyncio.Future[None]:
        """Queue a transaction. The future is done when it is on disk, or holds the StorageError.

        What nobody awaits (others' transactions) may wait a moment: first the application is told, and many share
        one record.
        """
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        saved.add_done_callback(_observe)
        if self._closed:
            saved.set_exception(GraphClosed())
            return saved
        self._queue.append(_Waiting(encoded, saved))
        if is_awaited:
            self._wakeup.set()
        elif len(self._queue) == 1:
            asyncio.get_running_loop().call_later(SHARE_S, self._wakeup.set)
        return saved

    async def run(self) -> None:
        """Write what is queued until `close`. One task of the driver runs this."""
        while not self._closed:
            await self._wakeup.wait()
            self._wakeup.clear()
            while self._queue or self._retry or self._flushing:
                flushed, self._flushing = self._flushing, []
                await self._write_queue()
                for waiter in flushed:
                    if not waiter.done():
                        waiter.set_result(None)

    async def _write_queue(self) -> None:
        """Write what is queued; then, if the disk is willing, what it refused before."""
        self._in_flight, self._queue, self._retry = self._queue, [], False
        encoded = [waiting.encoded for waiting in self._in_flight]
        error = await self._write_record(encoded) if encoded else None
        if error is not None:
            self._unsaved += encoded
        for waiting in self._in_flight:
            if waiting.saved.done():
                continue
            if error is None:
                waiting.saved.set_result(None)
            else:
                waiting.saved.set_exception(error)
        self._in_flight = []
        self._fail(error or await self._write_unsaved())

    async def _write_unsaved(self) -> StorageError | None:
        """Try again what failed before, a page at a time."""
        while self._unsaved:
            part = next(pages.split_into_pages(self._unsaved))
            error = await self._write_record(part)
            if error is not None:
                return error
            del self._unsaved[: len(part)]
        return None

    async def _write_record(self, encoded: list[bytes]) -> StorageError | None:
        """Write one record. Return what went wrong."""
        value = pages.pack(encoded)
        async with self._writing:
            reservation = self._next_reservation()
            key = self.next_key()
            batch: list[tuple[bytes, bytes | None]] = [(key, value)]
            if reservation is not None:
                batch.append((self._slot_key, pages.pack_slot(reservation)))
            try:
                await self._backend.write(batch)
            except StorageError as error:
                return error
            except Exception as error:  # a fault of the platform's: nobody may wait for good because of it
                return StorageError(f"The storage failed: {error}")
            self._slot_value = reservation or self._slot_value
        if not self._is_kept:
            self._is_kept = True
            self._backend.keep()
        self._packing.count(key, len(value))
        return None

    def _fail(self, error: StorageError | None) -> None:
        """Take note of how the disk is doing, and say so when that is new."""
        before, self._error = self._error, error
        if type(before) is not type(error):
            self.on_change()

    def next_key(self) -> bytes:
        """Return the key of a new record."""
        self._records += 1
        return pages.record_key(self._tab, self._records)

    def _next_reservation(self) -> pages.WriterSlot | None:
        """Return more sequences to reserve with this write, when fewer than half are left."""
        slot = self._slot_value
        if slot is None:
            return None
        key = WriterKey(slot.author, slot.writer)
        last = self._replica.last_sequence(key)
        if slot.reserved - last >= RESERVE // 2:
            return None
        return self._slot_for(key, last + RESERVE)

    async def flush(self) -> None:
        """Wait until everything queued so far is on disk. Raises the StorageError that keeps it from there."""
        if self._closed or not (self._queue or self._in_flight or self._retry or self._unsaved):
            return
        if self._unsaved:
            self._retry = True
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flushing.append(written)
        self._wakeup.set()
        await written
        if self._error is not None and self._unsaved:
            raise self._error

    def not_on_disk(self) -> list[bytes]:
        """Return the encoded transactions that wait to be written, or could not be."""
        return [*self._unsaved, *(waiting.encoded for waiting in (*self._in_flight, *self._queue))]

    def try_again(self) -> None:
        """Write what the disk refused before: there may be room now."""
        if self._unsaved:
            self._retry = True
            self._wakeup.set()

    # -- what other tabs wrote, and packing ---------------------------------------------------------------------------

    def trust(self, transaction_id: bytes) -> None:
        """Another tab says that it stores a transaction that we applied. `compact` makes sure of it."""
        self._packing.trust(transaction_id)

    async def take_in(self, transaction: VerifiedTransaction) -> None:
        """Apply a transaction that was met on disk, so that everybody who listens hears of it."""
        await self.ingest(transaction)

    async def look(self) -> None:
        """Take in small records that other tabs have written without our hearing of it: they ended right after."""
        for key, value in await self._backend.scan(pages.RECORDS):
            async for transaction in transactions_in(key, value, self._clock):
                if transaction is not None and not self._replica.has(transaction.id):
                    await self.ingest(transaction)

    @property
    def needs_compaction(self) -> bool:
        """Tell whether there are enough small records, or enough waste in pages, to pack."""
        return self._packing.is_due

    async def compact(self) -> bool:
        """Pack small records (and wasteful pages) into pages, if no other tab is at it. Tell whether it was done."""
        return not self._closed and await self._packing.pack()

    # -- the rest -----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> DiskState:
        """How the disk is doing."""
        name = "ok" if self._error is None else "full" if isinstance(self._error, StorageFull) else "failing"
        unsaved = len(self._unsaved) + len(self._queue)
        return DiskState(name, str(self._error or ""), unsaved, self._damaged, self._packing.size_bytes)

    async def usage(self) -> Usage:
        """Return the platform's estimate of space used and left."""
        return await self._backend.usage()

    async def close(self) -> None:
        """Write what is queued, give the slot back and close the backend. Safe to call twice."""
        if self._closed:
            return
        try:
            await self.flush()
            if self._slot_value is not None:
                key = WriterKey(self._slot_value.author, self._slot_value.writer)
                await self._reserve(self._slot_for(key, self._replica.last_sequence(key)))
        finally:
            self._closed = True
            self._wakeup.set()
            self.give_back_slot()
            await self._backend.close()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing that is read is garbage: the collector would look through all of it again and again, in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _observe(saved: asyncio.Future[None]) -> None:
    """Mark the exception of a save that nobody waits for as seen; `state` tells of it."""
    if not saved.cancelled():
        saved.exception()
