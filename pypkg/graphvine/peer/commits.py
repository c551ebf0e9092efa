"""Our own writes on their way: signed one transaction at a time, applied, stored and announced.

Writes that wait for the same signature share one transaction, so a burst of small writes costs a few signatures.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any, Protocol

from graphvine.codec.operations import slices
from graphvine.crdt.overruled import newest_time
from graphvine.crypto.merkle import leaf_hash, root_steps
from graphvine.crypto.signed import SLICE
from graphvine.errors import GraphClosed
from graphvine.limits import MAX_OPERATIONS
from graphvine.model.operation import Operation
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.peer.disk import Disk
from graphvine.peer.inbox import Applied
from graphvine.peer.peer import Peer
from graphvine.peer.tasks import in_turns
from graphvine.ports import Clock, Crypto, PrivateKey
from graphvine.store.builder import MAX_LEAF_BYTES, Finished
from graphvine.store.last_words import Moment, join, say_steps
from graphvine.store.replica import encode

# Bytes that are hashed in one step: as the largest value, 25 ms in a tab. A hash costs as much as so many bytes.
STEP_BYTES = 4 * 1024 * 1024
HASH_BYTES = 512
# Writes that share one transaction at most: to collect and to answer them is one step each, 10 ms in a tab.
MAX_JOINED = 4_096


class WriterChanged(Exception):
    """A write was made for a writer that we had to give up meanwhile. Nothing of it was signed: make it again."""


class Shell(Protocol):
    """What the driver does for our writes."""

    peer: Peer
    disk: Disk

    async def put_in(
        self,
        transaction: VerifiedTransaction,
        operations: list[Operation] | None,
        encoded: bytes = b"",
        *,
        is_durable: bool,
    ) -> Applied:
        """Apply a transaction in its turn."""

    def publish(self, encoded: bytes) -> None:
        """Tell everybody."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task that ends with the driver."""


class Commits:
    """The queue of our own writes. writer: whose sequence they continue."""

    def __init__(self, shell: Shell, crypto: Crypto, author: PrivateKey, clock: Clock) -> None:
        self.writer = WriterKey(b"", b"")
        self._shell = shell
        self._crypto = crypto
        self._author = author
        self._clock = clock
        self._sequence = self._began_after = 0
        self._is_usurped = False
        self._queue: deque[tuple[Finished, asyncio.Future[None]]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()

    def use(self, writer: WriterKey, sequence: int) -> None:
        """Continue as `writer`, above `sequence`."""
        self.writer, self._sequence, self._began_after = writer, sequence, sequence
        self._is_usurped = False

    def is_usurped(self, transaction: VerifiedTransaction) -> bool:
        """Tell, once, that somebody else continues our writer (what we lost in a crash is older, and welcome)."""
        is_new = transaction.key == self.writer and transaction.header.sequence > self._began_after
        was_usurped, self._is_usurped = self._is_usurped, self._is_usurped or is_new
        return is_new and not was_usurped

    async def commit(self, finished: Finished) -> None:
        """Queue a write, and wait until it is on disk."""
        if not finished.operations:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((finished, done))
        if self._idle.is_set():
            self._idle.clear()
            self._shell.spawn(self._commit_all())
        await done

    async def finish(self) -> None:
        """Wait until everything queued is applied and on its way to the disk."""
        await self._idle.wait()

    async def _commit_all(self) -> None:
        try:
            while self._queue:
                parts, waiting = self._next_group()
                if not parts:
                    continue
                try:
                    await self._commit_group(parts, waiting)
                except Exception as error:  # whatever it is, it belongs to those who wait for it
                    _fail(waiting, error)
        finally:
            self._idle.set()
            _fail([done for _, done in self._queue], GraphClosed())

    def _next_group(self) -> tuple[list[Finished], list[asyncio.Future[None]]]:
        """Take as many queued writes as fit one transaction. Later ones win over earlier ones by their order."""
        parts: list[Finished] = []
        waiting: list[asyncio.Future[None]] = []
        size = count = 0
        while self._queue and len(parts) < MAX_JOINED:
            finished, done = self._queue[0]
            if finished.writer is not None and finished.writer != self.writer:
                self._queue.popleft()
                _fail([done], WriterChanged())
                continue
            size += finished.size
            count += len(finished.leaves)
            if parts and (size > MAX_LEAF_BYTES or count > MAX_OPERATIONS):
                break
            self._queue.popleft()
            parts.append(finished)
            waiting.append(done)
        return parts, waiting

    async def _commit_group(self, parts: list[Finished], waiting: list[asyncio.Future[None]]) -> None:
        replica = self._shell.peer.replica
        self._sequence = sequence = max(self._sequence, replica.last_sequence(self.writer)) + 1
        operations, leaves = join(parts)
        time = replica.clock.tick(self._clock.wall_ms(), partial(newest_time, replica.state, operations))
        moment = Moment(self.writer, time)
        for _ in say_steps(replica.state, moment, operations, leaves, is_joined=len(parts) > 1):
            await asyncio.sleep(0)
        root = await self._root_of(leaves)
        draft = replica.draft(moment.writer, sequence, leaves, moment.time, root)
        transaction = draft.signed(await self._crypto.sign(self._author, draft.message))
        encoded = encode(transaction)
        # Others hear of it first: while it travels, it is applied here.
        saved = self._announce(sequence, encoded)
        await self._shell.put_in(transaction, operations, encoded, is_durable=False)
        saved.add_done_callback(partial(_pass_on, waiting))

    async def _root_of(self, leaves: list[bytes]) -> bytes:
        """Return the root of the Merkle tree, letting others run now and then."""
        hashes: list[bytes] = []
        work = 0
        for start, end in slices(leaves, SLICE):
            part = leaves[start:end]
            hashes += map(leaf_hash, part)
            work += len(part) * HASH_BYTES + sum(map(len, part))
            if work >= STEP_BYTES and end < len(leaves):
                work = 0
                await asyncio.sleep(0)
        return await in_turns(root_steps(hashes))

    def _announce(self, sequence: int, encoded: bytes) -> asyncio.Future[None]:
        """Send at once what is within our reserved sequences; anything else only when it is safely on disk.

        So a sequence that others have seen is never used again, even if this process dies before the disk has it.
        Return the future of the disk.
        """
        if sequence <= self._shell.disk.reserved:
            self._shell.publish(encoded)
            return self._shell.disk.append(encoded)

        def publish(saved: asyncio.Future[None]) -> None:
            if not saved.cancelled() and saved.exception() is None:
                self._shell.publish(encoded)

        saved = self._shell.disk.append(encoded)
        saved.add_done_callback(publish)
        return saved


def _fail(waiting: Iterable[asyncio.Future[None]], error: BaseException) -> None:
    for done in waiting:
        if not done.done():
            done.set_exception(error)


def _pass_on(waiting: Iterable[asyncio.Future[None]], saved: asyncio.Future[None]) -> None:
    error = GraphClosed() if saved.cancelled() else saved.exception()
    if error is not None:
        _fail(waiting, error)
        return
    for done in waiting:
        if not done.done():
            done.set_result(None)
