"""One replica of a space: the set of live transactions, the graph they make, and what is still held back."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice
from operator import lt
from typing import NamedTuple

from graphvine.codec.transactions import encode_transaction
from graphvine.crdt.cells import Entry
from graphvine.crdt.graph import GraphState
from graphvine.crypto.hidden import HiddenTree
from graphvine.crypto.signed import Draft, make_draft
from graphvine.errors import StampTooFar
from graphvine.limits import MAX_DRIFT_MS, MAX_HELD, MAX_HELD_BYTES, MAX_HOLD_MS, MAX_WRITERS
from graphvine.model.operation import Operation
from graphvine.model.stamp import HybridClock, is_ahead, time_wall_ms
from graphvine.model.transaction import SignedTransaction, VerifiedTransaction, WriterKey
from graphvine.store.indexes import Indexes
from graphvine.store.reveal import fresh_operations, hide_overruled, reveal
from graphvine.store.sequence_sums import RangeSum
from graphvine.store.writer_log import WriterLog

# Operations hidden between two chances for the caller to let others run: a few milliseconds in a tab.
SETTLED = 500


class Held(NamedTuple):
    """A transaction from the future. Sorts by the moment at which it may be applied."""

    time: int
    id: bytes
    transaction: VerifiedTransaction


class Replica:
    """The copy of a space that this peer holds. No I/O and no clock: `now_ms` is Unix epoch milliseconds.

    live_bytes: about what the live transactions take when encoded. indexes: kept by whoever applies (`peer.inbox`).
    """

    def __init__(self, space: bytes) -> None:
        self.space = space
        self.state = GraphState()
        self.indexes = Indexes(self.state)
        self.clock = HybridClock()
        self._logs: dict[WriterKey, WriterLog] = {}
        self._entries: dict[bytes, Entry] = {}
        # Transactions ever applied, for whoever asks what has come meanwhile.
        self._arrived = 0
        self._digest = 0
        self.live_bytes = 0
        self._held: list[Held] = []
        self._held_ids: dict[bytes, None] = {}
        self._held_bytes = 0
        self._own: WriterKey | None = None
        self._prune_at = MAX_WRITERS

    # -- taking transactions in ---------------------------------------------------------------------------------------

    def has(self, transaction_id: bytes) -> bool:
        """Tell whether a live or held transaction with this id is here."""
        return transaction_id in self._entries or transaction_id in self._held_ids

    def is_news(self, transaction: VerifiedTransaction) -> bool:
        """Tell whether applying `transaction` could change anything: it, or operations it shows, are unknown."""
        entry = self._entries.get(transaction.id)
        if entry is None:
            return transaction.id not in self._held_ids
        return bool(entry.transaction.hidden and fresh_operations(entry, transaction))

    def must_hold(self, transaction: VerifiedTransaction, now_ms: int) -> bool:
        """Tell whether a transaction lies too far in the future to apply. Raises StampTooFar beyond any holding."""
        ahead_ms = time_wall_ms(transaction.header.time) - self.clock.wall(now_ms)
        if ahead_ms > MAX_HOLD_MS:
            raise StampTooFar(f"a stamp {ahead_ms / 3_600_000:.0f} hours ahead of our clock")
        return self.is_future(transaction, now_ms)

    def is_future(self, transaction: VerifiedTransaction, now_ms: int) -> bool:
        """Tell whether a transaction lies too far in the future to apply, however far."""
        return is_ahead(transaction.header.time, self.clock.wall(now_ms))

    def hold(self, transaction: VerifiedTransaction) -> list[VerifiedTransaction]:
        """Keep a transaction until its time comes. Return those that had to go because too many are held."""
        if self.has(transaction.id):
            return []
        heapq.heappush(self._held, Held(transaction.header.time, transaction.id, transaction))
        self._held_ids[transaction.id] = None
        self._held_bytes += _size(transaction)
        dropped: list[VerifiedTransaction] = []
        while len(self._held) > MAX_HELD or self._held_bytes > MAX_HELD_BYTES:
            furthest = max(self._held)
            self._held.remove(furthest)
            heapq.heapify(self._held)
            self._unhold(furthest)
            dropped.append(furthest.transaction)
        return dropped

    def due(self, now_ms: int) -> list[VerifiedTransaction]:
        """Take out the held transactions whose time has come, oldest first."""
        ready: list[VerifiedTransaction] = []
        if not self._held:
            return ready
        wall_ms = self.clock.wall(now_ms)
        while self._held and not is_ahead(self._held[0].time, wall_ms):
            held = heapq.heappop(self._held)
            self._unhold(held)
            ready.append(held.transaction)
        return ready

    def _unhold(self, held: Held) -> None:
        del self._held_ids[held.id]
        self._held_bytes -= _size(held.transaction)

    def next_due_ms(self) -> int | None:
        """Return the wall-clock moment at which the next held transaction may be applied."""
        return time_wall_ms(self._held[0].time) - MAX_DRIFT_MS if self._held else None

    @property
    def held_count(self) -> int:
        """Transactions waiting for their time."""
        return len(self._held)

    def add(self, transaction: VerifiedTransaction, operations: list[Operation] | None, now_ms: int) -> bool:
        """Apply a transaction in one go. Tell whether it was news."""
        steps = self.steps(transaction, operations, now_ms)
        if steps is None:
            return False
        for _ in steps:
            pass
        for _ in self.state.settle():
            pass
        return True

    def steps(
        self, transaction: VerifiedTransaction, operations: list[Operation] | None, now_ms: int
    ) -> Iterator[None] | None:
        """Apply a transaction in slices; None when it is no news. Nobody may read the state before the last slice."""
        entry = self._entries.get(transaction.id)
        if entry is not None:
            if not self.is_news(transaction):
                return None
            return self._reveal_steps(entry, transaction)
        self.clock.observe(transaction.header.time)
        return self._fresh_steps(transaction, operations)

    def _fresh_steps(self, transaction: VerifiedTransaction, operations: list[Operation] | None) -> Iterator[None]:
        entry = Entry(transaction, self.state.dirty, transaction.order)
        self._entries[transaction.id] = entry
        self._arrived += 1
        self._log(transaction.key).add(entry)
        entry.shown = len(transaction.leaves)
        if transaction.hidden:
            transaction.hidden = HiddenTree(transaction.header.count, transaction.hidden)
        yield from self.state.steps(entry, operations)
        self._count(entry, _size(transaction))
        yield from self._settle()

    def _reveal_steps(self, entry: Entry, transaction: VerifiedTransaction) -> Iterator[None]:
        places = reveal(entry, transaction)
        for _ in self.state.apply_places(entry, places):
            yield
        entry.shown += len(places)
        self._count(entry, _size(entry.transaction))
        yield from self._settle()

    def _settle(self) -> Iterator[None]:
        """Hide what has been overruled, and drop transactions that decide nothing any more; in slices."""
        dirty = self.state.dirty
        work = 0
        while dirty:
            entry = dirty.pop()
            if entry.transaction.id in self._entries:
                size = entry.size
                for cost in hide_overruled(entry):
                    size -= cost
                    work += 1
                    if work >= SETTLED:
                        work = 0
                        yield
                self._count(entry, size)
            work += 1
            if work >= SETTLED:
                work = 0
                yield

    def _count(self, entry: Entry, size: int) -> None:
        """Bring the entry's term of the digest up to date. size: its bytes now."""
        transaction, before = entry.transaction, entry.term
        log = self._log(transaction.key)
        entry.term = term = _term(entry) if entry.shown else 0
        delta = term - before if before else term
        self._digest += delta
        log.sums.change(transaction.header.sequence, delta)
        self.live_bytes += size - entry.size
        entry.size = size
        if not entry.shown:
            log.drop(entry)
            del self._entries[transaction.id]
            self.live_bytes -= size

    def _log(self, key: WriterKey) -> WriterLog:
        log = self._logs.get(key)
        if log is None:
            if len(self._logs) >= self._prune_at:
                self._prune_logs()
            log = self._logs[key] = WriterLog()
        return log

    def _prune_logs(self) -> None:
        """Forget writers of whom nothing is left: keys cost a stranger nothing. Their past may come again, in vain."""
        self._logs = {key: log for key, log in self._logs.items() if len(log) or key == self._own}
        self._prune_at = max(MAX_WRITERS, 2 * len(self._logs))

    # -- making transactions ------------------------------------------------------------------------------------------

    def last_sequence(self, key: WriterKey) -> int:
        """Return the largest sequence we know of a writer; 0 when there is none."""
        return self._logs[key].last if key in self._logs else 0

    def draft(self, key: WriterKey, sequence: int, leaves: list[bytes], time: int, root: bytes | None = None) -> Draft:
        """Return our next transaction, to be signed.

        sequence: above all that this writer ever used. time: a tick of the clock. root: of the Merkle tree over
        `leaves`, if it is known.
        """
        self._own = key
        return make_draft(self.space, key, sequence, self.last_sequence(key), time, leaves, root)

    # -- what others may have or want (see docs/architecture.md, Sync) ------------------------------------------------

    def vector(self) -> dict[WriterKey, int]:
        """Return up to which sequence we know everything of each writer."""
        return {key: log.complete for key, log in self._logs.items() if log.complete}

    def vector_of(self, key: WriterKey) -> int:
        """Return up to which sequence we know everything of one writer."""
        return self._logs[key].complete if key in self._logs else 0

    def beyond(self, vector: dict[WriterKey, int]) -> Iterator[bytes]:
        """Yield the encoded live transactions that `vector` lacks, oldest first."""
        logs = [log.after(vector.get(key, 0)) for key, log in self._logs.items()]
        for entry in heapq.merge(*logs, key=lambda entry: entry.order):
            if entry.shown:
                yield encode(entry.transaction)

    def digest(self) -> int:
        """Return the 256-bit sum over live transactions; equal sets have equal digests."""
        return self._digest & _MASK

    def writer_digests(self) -> dict[WriterKey, int]:
        """Return the part of the digest that each writer contributes (writers without live operations left out)."""
        return {key: total for key, log in self._logs.items() if (total := log.sums.total & _MASK)}

    def range_digest(self, key: WriterKey, low: int, high: int) -> int:
        """Return the part of the digest that a writer's sequences from `low` to `high` contribute."""
        log = self._logs.get(key)
        return log.sums.between(low, high) & _MASK if log else 0

    def range_digests(self, key: WriterKey, low: int, high: int, *, singles: int, parts: int) -> Iterator[RangeSum]:
        """Cut a range: each live sequence when they are at most `singles`, else up to `parts` that fill the range."""
        log = self._logs.get(key)
        for start, end, total in log.sums.divide(low, high, singles=singles, parts=parts) if log else ():
            yield RangeSum(start, end, total & _MASK)

    def encoded(self, key: WriterKey, sequence: int) -> list[bytes]:
        """Return the live transactions of a writer with this sequence, encoded."""
        log = self._logs.get(key)
        return [encode(entry.transaction) for entry in log.at(sequence)] if log else []

    def cover(self, key: WriterKey, sequence: int) -> None:
        """Take a remote peer's word that everything of a writer up to `sequence` was sent to us or is overruled.

        Goes no further than the highest sequence that we have seen signed: a lie may hide transactions from our
        vector (digests find them), but it can't invent writers.
        """
        log = self._logs.get(key)
        if log is not None:
            log.cover(min(sequence, log.last))

    def restore(self, vector: dict[WriterKey, int]) -> None:
        """Take up the vector that our own disk remembers."""
        for key, sequence in vector.items():
            self._log(key).cover(sequence)

    # -- for the disk -------------------------------------------------------------------------------------------------

    def find(self, transaction_id: bytes) -> VerifiedTransaction | None:
        """Return the live or held transaction with this id."""
        entry = self._entries.get(transaction_id)
        if entry is not None:
            return entry.transaction
        return next((held.transaction for held in self._held if held.id == transaction_id), None)

    def transactions(self) -> Iterator[VerifiedTransaction]:
        """Yield every live and held transaction, each once, and in the end those that have come meanwhile.

        Tolerates changes while it runs: what was overruled meanwhile may be there or not; what overruled it is there.
        """
        seen: set[bytes] = set()
        begun = 0
        while True:
            count, begun, before = self._arrived - begun, self._arrived, len(seen)
            # Whatever came since stands at the end. Newest first, all of them are taken without a step of Python each.
            newest = list(islice(reversed(self._entries.values()), count))
            newest.reverse()
            held = [each.transaction for each in self._held]
            for transaction in chain((entry.transaction for entry in newest), held):
                if transaction.id not in seen:
                    seen.add(transaction.id)
                    yield transaction
            if len(seen) == before:
                return

    def everything(self) -> Iterator[bytes]:
        """Yield every live and held transaction, encoded. Tolerates changes while it runs."""
        for entry in list(self._entries.values()):
            if entry.shown:
                yield encode(entry.transaction)
        for held in list(self._held):
            yield encode(held.transaction)

    @property
    def transaction_count(self) -> int:
        """Live transactions."""
        return len(self._entries)


_MASK = (1 << 256) - 1


def encode(transaction: VerifiedTransaction) -> bytes:
    """Return the wire and disk form, with what is overruled hidden."""
    leaves, positions = transaction.leaves, transaction.positions
    if positions is not None and not all(map(lt, positions, islice(positions, 1, None))):
        # Operations that came to light later stand at the end here; on the wire they stand where they belong.
        leaves = [leaf for _, leaf in sorted(zip(positions, leaves, strict=True))]
    if transaction.hidden:
        leaves = [leaf for leaf in leaves if leaf]
    return encode_transaction(
        SignedTransaction(transaction.header_bytes, transaction.signature, leaves, list(transaction.hidden))
    )


def _size(transaction: VerifiedTransaction) -> int:
    return sum(map(len, transaction.leaves)) + 300


def _term(entry: Entry) -> int:
    transaction = entry.transaction
    hidden = transaction.hidden
    term = hidden.term() if isinstance(hidden, HiddenTree) else 0
    return int.from_bytes(sha256(transaction.id + term.to_bytes(32, "big")).digest(), "big")
