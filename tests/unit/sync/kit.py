"""Transactions made to measure, and a session with somebody else's hand on the other end."""

from __future__ import annotations

from graphvine.codec.operations import encode_operation
from graphvine.codec.transactions import decode_transaction, encode_transaction
from graphvine.crypto.signed import check_shape, make_draft
from graphvine.effects import Deliver, Effect, SendMessage
from graphvine.model.operation import PutVertex
from graphvine.model.stamp import make_time
from graphvine.model.transaction import WriterKey
from graphvine.store.replica import Replica, encode
from graphvine.sync.messages import Message, decode
from graphvine.sync.messages import encode as encode_message
from graphvine.sync.session import SyncSession
from graphvine.testing.simulated_clock import EPOCH_MS, SimulatedRng
from graphvine.testing.simulated_crypto import SimulatedCrypto
from graphvine.testing.simulated_peer import SPACE

CRYPTO = SimulatedCrypto(0)
REMOTE = b"R" * 32


class Writer:
    """Signs whatever it is told to, forks and gaps too."""

    def __init__(self, name: str) -> None:
        self.author = CRYPTO.key(name)
        self.key = WriterKey(self.author.public, name.encode()[:8].ljust(8, b"."))

    def transaction(self, sequence: int, values: dict[str, object], *, previous: int | None = None) -> bytes:
        """Set property `value` of some vertices. A higher sequence has a later time, and has seen all before."""
        seen = make_time(EPOCH_MS + sequence - 1)
        puts = [PutVertex(id_, [], {"value": value}, after=seen) for id_, value in values.items()]  # type: ignore[dict-item]
        leaves = list(map(encode_operation, puts))
        before = sequence - 1 if previous is None else previous
        draft = make_draft(SPACE, self.key, sequence, before, make_time(EPOCH_MS + sequence), leaves)
        return encode_transaction(draft.signed(CRYPTO.sign_now(self.author, draft.message)).as_signed())

    def many(self, count: int, *, size: int = 0) -> list[bytes]:
        """Transactions 1 to `count`, each of its own vertex."""
        filler = "x" * size
        return [self.transaction(n, {f"{self.author.public.hex()[:6]}-{n}": filler or n}) for n in range(1, count + 1)]


def add(replica: Replica, *transactions: bytes) -> int:
    """Apply transactions as the inbox would; return how many were news."""
    return sum(_add_one(replica, encoded) for encoded in transactions)


def _add_one(replica: Replica, encoded: bytes) -> bool:
    candidate = check_shape(decode_transaction(encoded), SPACE)
    return replica.add(candidate.transaction, candidate.operations, EPOCH_MS)


def replica_of(*transactions: bytes) -> Replica:
    """A replica that holds these."""
    replica = Replica(SPACE)
    add(replica, *transactions)
    return replica


def everything(replica: Replica) -> list[bytes]:
    """All live transactions, in an order that does not depend on how they came."""
    return sorted(encode(entry.transaction) for entry in replica._entries.values())


class Bench:
    """One session; the test is the remote peer."""

    def __init__(self, replica: Replica, *, now: float = 100.0) -> None:
        self.replica = replica
        self.now = now
        self.session = SyncSession(REMOTE, replica, SimulatedRng(1), now=now)
        self.delivered: list[Deliver] = []
        self.started = self.said(self.session.start(now=now))

    def said(self, effects: list[Effect]) -> list[Message]:
        """Return what was said to us; keep the deliveries."""
        self.delivered += [effect for effect in effects if isinstance(effect, Deliver)]
        sent = [effect for effect in effects if isinstance(effect, SendMessage)]
        assert all(effect.peer == REMOTE and effect.protocol == 1 for effect in sent)
        return [decode(effect.data) for effect in sent]

    def tell(self, message: Message) -> list[Message]:
        """Send it a message; begin to pull when it wants to."""
        heard = self.said(self.session.receive(encode_message(message), now=self.now))
        if self.session.wants_pull:
            heard += self.said(self.session.begin_pull(now=self.now))
        return heard

    def apply(self, *, refuse: bool = False) -> list[Message]:
        """Deal with the oldest delivery."""
        delivery = self.delivered.pop(0)
        fresh = 0 if refuse else add(self.replica, *delivery.transactions)
        effects = self.session.applied(delivery.token, is_complete=not refuse, fresh=fresh, now=self.now)
        return self.said(effects)

    def wake_at(self, now: float) -> list[Message]:
        """Let time pass."""
        self.now = now
        return self.said(self.session.wake(now=now))


def tell_all(bench: Bench, messages: list[Message]) -> None:
    """Send many messages, whatever comes back."""
    for message in messages:
        bench.tell(message)


def converse(left: Bench, right: Bench, *, rounds: int = 10_000) -> None:
    """Carry messages between two benches until nobody says anything."""
    queue = [(right, message) for message in left.started] + [(left, message) for message in right.started]
    for _ in range(rounds):
        if not queue:
            return
        bench, message = queue.pop(0)
        other = left if bench is right else right
        queue += [(other, reply) for reply in bench.tell(message)]
        while bench.delivered:
            queue += [(other, reply) for reply in bench.apply()]
    raise AssertionError("they never stop talking")
