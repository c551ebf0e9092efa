"""The way in: every transaction, ours or remote, is checked, applied and announced here, one after the other.

Work is cut into steps: `work` does one (a decode, a slice of an apply), so that whoever drives it decides when others
get a turn. Remote transactions are applied in the order in which their sender gave them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence

import msgspec

from graphvine.codec.transactions import decode_transaction
from graphvine.crdt.graph import Change
from graphvine.crypto.signed import Candidate, check_steps
from graphvine.effects import Verify
from graphvine.errors import BadSignature, ProtocolViolation, RemoteError
from graphvine.limits import MAX_TRANSACTION_BYTES
from graphvine.model.operation import Operation
from graphvine.model.transaction import VerifiedTransaction
from graphvine.store.replica import Replica, encode

# Encoded bytes of one sender that wait to be checked; a sender paces itself far below this. Each transaction counts
# for at least what it costs us beside its bytes.
MAX_WAITING_BYTES = 4 * MAX_TRANSACTION_BYTES
OVERHEAD_BYTES = 1024
# Signatures under way at once; enough to keep the platform's crypto busy.
VERIFYING = 64
# Seconds between two builds of values that are late, for each of their bytes: a text of 400 kB, all of it small
# edits here and there, takes a third of a second to build, so whoever makes it late again and again takes a few per
# cent of our time.
SETTLE_S = 1 / 2**15


class Applied(msgspec.Struct, frozen=True):
    """A transaction went in. sender: None when it is ours. is_news: it was not known before, and decides something.

    must_store: it is not on our disk yet. is_held: it comes from the future and was put aside. changes: those that no
    `Touched` told; some, if there were any. ticket: of `submit`.
    """

    transaction: VerifiedTransaction
    encoded: bytes
    sender: bytes | None
    is_news: bool
    must_store: bool
    is_held: bool
    changes: list[Change]
    ticket: int = 0


class Refused(msgspec.Struct, frozen=True):
    """A remote transaction was wrong."""

    sender: bytes
    encoded: bytes
    error: RemoteError


class _Delivery(msgspec.Struct, eq=False):
    sender: bytes
    token: int
    left: int
    fresh: int = 0
    is_complete: bool = True


class _Item(msgspec.Struct, eq=False):
    delivery: _Delivery | None
    encoded: bytes
    is_durable: bool
    ticket: int = 0
    candidate: Candidate | None = None
    transaction: VerifiedTransaction | None = None
    operations: list[Operation] | None = None
    error: RemoteError | None = None
    is_ready: bool = False
    is_known: bool = False

    @property
    def cost(self) -> int:
        """What it counts for among the waiting bytes of its sender."""
        return len(self.encoded) + OVERHEAD_BYTES

    @property
    def is_written_now(self) -> bool:
        """Tell whether it is a write of this very moment, which is never in its own future."""
        return self.delivery is None and not self.is_durable


class _Check(msgspec.Struct, eq=False):
    item: _Item
    steps: Generator[None, None, Candidate]


class _Work(msgspec.Struct, eq=False):
    item: _Item | None  # None: a late value is shown
    steps: Iterator[None]
    changes: list[Change] = msgspec.field(default_factory=list)  # that nobody has been told yet


class Delivered(msgspec.Struct, frozen=True):
    """Every transaction of a `Deliver` with this token is dealt with.

    is_complete: each is applied or known, none refused or held. fresh: how many were news.
    """

    sender: bytes
    token: int
    is_complete: bool
    fresh: int


class Settled(msgspec.Struct, frozen=True):
    """A value that was late is shown now. author: whose operation on it is the newest."""

    changes: list[Change]
    author: bytes


class Touched(msgspec.Struct, frozen=True):
    """What a slice of a transaction changed. More comes, at last with its `Applied`: nobody may read the state yet."""

    changes: list[Change]
    author: bytes
    is_local: bool


Outcome = Applied | Refused | Delivered | Verify | Settled | Touched


class Inbox:
    """Checks and applies transactions, in slices.

    is_open: nobody is in the middle of an apply, so the state may be read. is_watched: somebody wants to know what
    changes.
    """

    def __init__(self, replica: Replica) -> None:
        self.is_watched = False
        self._replica = replica
        self._raw: deque[_Item] = deque()
        self._ordered: deque[_Item] = deque()
        self._ours: deque[_Item] = deque()
        self._verifying: dict[int, _Item] = {}
        self._waiting_bytes: dict[bytes, int] = {}
        self._active: _Work | None = None
        self._checking: _Check | None = None
        self._settling: _Work | None = None
        self._readers = 0
        self._settles_at = 0.0
        self._token = 0
        self._ticket = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the state may be read."""
        return self._active is None

    @property
    def has_work(self) -> bool:
        """Tell whether `work` has something to do right now."""
        return bool(
            self._active
            or self._checking
            or (self._raw and len(self._verifying) < VERIFYING)
            or (not self._readers and self._may_begin)
        )

    @property
    def _may_begin(self) -> bool:
        return bool(self._settling or self._ours or (self._ordered and self._ordered[0].is_ready))

    def hold_off(self) -> None:
        """Begin no apply until `let_in`: somebody reads the state in slices. Only while it `is_open`."""
        self._readers += 1

    def let_in(self) -> None:
        """Take back one `hold_off`."""
        self._readers -= 1

    @property
    def waiting(self) -> int:
        """Transactions on their way in."""
        return len(self._raw) + len(self._ordered)

    def deliver(self, sender: bytes, transactions: Sequence[bytes], *, is_durable: bool, token: int) -> None:
        """Take encoded transactions from a remote peer; a `Delivered` with the token follows.

        Raises ProtocolViolation when far too many wait.
        """
        delivery = _Delivery(sender, token, len(transactions))
        items = [_Item(delivery, encoded, is_durable) for encoded in transactions]
        size = self._waiting_bytes.get(sender, 0) + sum(item.cost for item in items)
        if size > MAX_WAITING_BYTES:
            raise ProtocolViolation("more transactions than we can check")
        self._waiting_bytes[sender] = size
        self._raw.extend(items)

    def submit(
        self,
        transaction: VerifiedTransaction,
        operations: list[Operation] | None,
        encoded: bytes = b"",
        *,
        is_durable: bool = False,
    ) -> int:
        """Take a transaction of ours (just signed, or from our disk), ahead of remote ones. Return a ticket."""
        self._ticket += 1
        item = _Item(None, encoded, is_durable, self._ticket, None, transaction, operations, None, True)
        self._ours.append(item)
        return self._ticket

    def forget(self, sender: bytes) -> None:
        """A remote peer is gone: what it gave and nobody has checked yet is dropped."""
        self._raw = deque(item for item in self._raw if item.delivery is None or item.delivery.sender != sender)
        self._waiting_bytes.pop(sender, None)

    def completed(self, token: int, result: object, *, now: float) -> list[Outcome]:
        """Take the answer to a `Verify`; `work` goes on from there."""
        item = self._verifying.pop(token, None)
        if item is None or item.candidate is None:
            return []
        if result is True:
            item.transaction, item.operations = item.candidate.transaction, item.candidate.operations
        else:
            item.error = BadSignature(item.candidate.author)
        item.candidate = None
        item.is_ready = True
        return []

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`."""
        return self._settles_at if self._replica.state.late_bytes and self._settling is None else None

    def wake(self, *, now: float) -> list[Outcome]:
        """Values that are late may have their turn: `work` builds one. now: monotonic seconds."""
        size = self._replica.state.late_bytes
        if size and self._settling is None and now >= self._settles_at:
            self._settles_at = now + size * SETTLE_S
            self._settling = _Work(None, self._replica.state.settle_one())
        return []

    def _settle(self, work: _Work) -> list[Outcome]:
        if not self._apply_slice(work):
            return []
        self._settling = None
        newest = work.changes[-1].cell.newest if work.changes else None
        return [] if newest is None else [Settled(work.changes, newest.entry.transaction.header.author)]

    def work(self, now_ms: int) -> list[Outcome]:
        """Do one step. now_ms: Unix epoch milliseconds."""
        if self._active is not None:
            return self._continue()
        if not self._readers and self._may_begin:
            return self._begin_next(now_ms)
        if self._checking is not None:
            return self._go_on_checking(self._checking)
        if self._raw and len(self._verifying) < VERIFYING:
            return self._check(self._raw.popleft())
        return []

    def _begin_next(self, now_ms: int) -> list[Outcome]:
        if self._settling is not None:
            return self._settle(self._settling)
        return self._begin((self._ours or self._ordered).popleft(), now_ms)

    def _check(self, item: _Item) -> list[Outcome]:
        self._ordered.append(item)
        try:
            steps = check_steps(decode_transaction(item.encoded), self._replica.space)
        except RemoteError as error:
            item.error, item.is_ready = error, True
            return []
        return self._go_on_checking(_Check(item, steps))

    def _go_on_checking(self, check: _Check) -> list[Outcome]:
        """Check a slice; after the last one, ask for the signature to be checked."""
        item, self._checking = check.item, None
        try:
            next(check.steps)
        except StopIteration as done:
            return self._checked(item, done.value)
        except RemoteError as error:
            item.error, item.is_ready = error, True
            return []
        self._checking = check
        return []

    def _checked(self, item: _Item, candidate: Candidate) -> list[Outcome]:
        if not self._replica.is_news(candidate.transaction):
            # Its signature is not looked at, so it must never be taken for news later on.
            item.transaction, item.is_known, item.is_ready = candidate.transaction, True, True
            return []
        item.candidate = candidate
        self._token += 1
        self._verifying[self._token] = item
        return [Verify(self._token, candidate.author, candidate.signature, candidate.message)]

    def _begin(self, item: _Item, now_ms: int) -> list[Outcome]:
        transaction = item.transaction
        if transaction is None or item.error is not None:
            return self._refuse(item)
        if item.is_known or not self._replica.is_news(transaction):
            return self._finish(item, transaction, is_news=False)
        try:
            if not item.is_written_now and self._replica.must_hold(transaction, now_ms):
                return self._hold(item, transaction)
        except RemoteError as error:
            item.error = error
            return self._refuse(item)
        steps = self._replica.steps(transaction, item.operations, now_ms)
        if steps is None:
            return self._finish(item, transaction, is_news=False)
        self._active = _Work(item, steps)
        return self._continue()

    def _hold(self, item: _Item, transaction: VerifiedTransaction) -> list[Outcome]:
        """Put it aside. What there is no room for is not kept anywhere: its sender will offer it again."""
        is_kept = transaction not in self._replica.hold(transaction)
        return self._finish(item, transaction, is_news=is_kept, is_held=True)

    def _continue(self) -> list[Outcome]:
        work = self._active
        if work is None:
            return []
        before, is_last = work.changes, self._apply_slice(work)
        item = work.item
        assert item is not None  # that is `_settling`
        assert item.transaction is not None  # `_begin` only activates whole items
        told: list[Outcome] = []
        if before and work.changes is not before:
            told.append(Touched(before, item.transaction.header.author, item.delivery is None))
        if not is_last:
            return told
        self._active = None
        # A remote transaction that newer ones overrule as a whole is gone already: nobody stores or forwards it.
        is_news = item.delivery is None or self._replica.has(item.transaction.id)
        return told + self._finish(item, item.transaction, is_news=is_news, changes=work.changes)

    def _apply_slice(self, work: _Work) -> bool:
        """Apply a slice, and bring the indexes up to date with it. Tell whether it was the last."""
        state, indexes = self._replica.state, self._replica.indexes
        fresh: list[Change] | None = [] if self.is_watched or indexes.is_active else None
        state.changes = fresh
        try:
            next(work.steps)
        except StopIteration:
            return True
        finally:
            state.changes = None
            if fresh:
                if indexes.is_active:
                    indexes.update(fresh)
                if self.is_watched:
                    work.changes = fresh
        return False

    def _finish(
        self,
        item: _Item,
        transaction: VerifiedTransaction,
        *,
        is_news: bool,
        is_held: bool = False,
        changes: list[Change] | None = None,
    ) -> list[Outcome]:
        must_store = is_news and not item.is_durable
        encoded = item.encoded
        if not encoded and must_store:
            encoded = encode(transaction)
        sender = item.delivery.sender if item.delivery else None
        applied = Applied(transaction, encoded, sender, is_news, must_store, is_held, changes or [], item.ticket)
        return [applied, *self._release(item, is_news=is_news, is_complete=not is_held)]

    def _refuse(self, item: _Item) -> list[Outcome]:
        error = item.error or ProtocolViolation("a transaction that came to nothing")
        sender = item.delivery.sender if item.delivery else b""
        return [Refused(sender, item.encoded, error), *self._release(item, is_news=False, is_complete=False)]

    def _release(self, item: _Item, *, is_news: bool, is_complete: bool) -> list[Outcome]:
        """Let go of an item; tell when it was the last of its delivery."""
        delivery = item.delivery
        if delivery is None:
            return []
        if delivery.sender in self._waiting_bytes:
            self._waiting_bytes[delivery.sender] -= item.cost
            if self._waiting_bytes[delivery.sender] <= 0:
                del self._waiting_bytes[delivery.sender]
        delivery.left -= 1
        delivery.fresh += is_news
        delivery.is_complete &= is_complete
        if delivery.left:
            return []
        return [Delivered(delivery.sender, delivery.token, delivery.is_complete, delivery.fresh)]
