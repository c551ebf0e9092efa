"""A peer without transport, disk and event loop: replica, inbox, anti-entropy and gossip, put together for `World`."""

from __future__ import annotations

from graphvine.codec.transactions import decode_transaction
from graphvine.crypto.signed import from_own_disk
from graphvine.effects import Deliver, Effect, Lagging, Penalise, SendMessage, Verify
from graphvine.errors import RemoteError
from graphvine.gossip.flood import GOSSIP_PROTOCOL, Flood
from graphvine.limits import MAX_PENALTY
from graphvine.model.transaction import WriterKey
from graphvine.peer.inbox import Applied, Delivered, Inbox, Outcome, Refused
from graphvine.ports import Clock, Rng
from graphvine.store.builder import TransactionBuilder
from graphvine.store.last_words import Moment, say
from graphvine.store.replica import Replica
from graphvine.sync.serving import SYNC_PROTOCOL
from graphvine.sync.sessions import Sessions
from graphvine.testing.shared_edits import element_ids
from graphvine.testing.simulated_crypto import SimulatedCrypto

SPACE = b"simulated-space".ljust(32, b".")


class SimulatedPeer:
    """One replica of `SPACE` and all that keeps it in touch with others.

    name: also names its keys. penalties: points by remote peer; at 100 `is_banned`.
    """

    def __init__(self, name: str, crypto: SimulatedCrypto, clock: Clock, rng: Rng) -> None:
        self.name = name
        self.id = crypto.key(f"peer/{name}").public
        self.penalties: dict[bytes, float] = {}
        self.refused = 0
        self._crypto = crypto
        self._clock = clock
        self._rng = rng
        self._author = crypto.key(f"author/{name}")
        self._key = WriterKey(self._author.public, name.encode()[:8].ljust(8, b"."))
        self._sequence = 0
        self._start([])

    def _start(self, disk: list[bytes]) -> None:
        self.replica = Replica(SPACE)
        self.inbox = Inbox(self.replica)
        self.element_ids = element_ids(self._rng)
        self.sessions = Sessions(self.replica, self._rng)
        self.flood = Flood()
        for encoded in disk:
            self.replica.add(from_own_disk(decode_transaction(encoded)), None, self._clock.wall_ms())

    def restart(self) -> None:
        """Lose everything but the disk. Links must have been lost before."""
        self._start(list(self.replica.everything()))

    # -- local --------------------------------------------------------------------------------------------------------

    def write(self, builder: TransactionBuilder) -> list[Effect]:
        """Sign, apply and publish what `builder` collected."""
        return self.publish(self.sign(builder))

    def sign(self, builder: TransactionBuilder) -> bytes:
        """Return our next transaction, encoded, without telling anybody."""
        finished = builder.finish()
        self._sequence += 1
        moment = Moment(self._key, self.replica.clock.tick(self._clock.wall_ms()))
        say(self.replica.state, moment, finished.operations, finished.leaves)
        draft = self.replica.draft(self._key, self._sequence, finished.leaves, moment.time)
        transaction = draft.signed(self._crypto.sign_now(self._author, draft.message))
        self.inbox.submit(transaction, None)
        applied = [outcome for outcome in self._work_through() if isinstance(outcome, Applied)]
        return applied[0].encoded

    def publish(self, encoded: bytes) -> list[Effect]:
        """Gossip a transaction."""
        return self._perform(self.flood.publish(encoded, now=self._clock.now()))

    # -- the network --------------------------------------------------------------------------------------------------

    def is_banned(self, peer: bytes) -> bool:
        """Tell whether a remote peer has done enough wrong to be hung up on."""
        return self.penalties.get(peer, 0.0) >= MAX_PENALTY

    def peer_ready(self, peer: bytes) -> list[Effect]:
        """A link was opened."""
        now = self._clock.now()
        return self._perform(self.flood.peer_ready(peer, now=now) + self.sessions.peer_ready(peer, now=now))

    def peer_lost(self, peer: bytes) -> list[Effect]:
        """A link is gone."""
        self.sessions.peer_lost(peer)
        self.flood.peer_lost(peer)
        self.inbox.forget(peer)
        return self._perform([])

    def receive(self, sender: bytes, protocol: int, data: bytes) -> list[Effect]:
        """A message came in."""
        now = self._clock.now()
        try:
            if protocol == SYNC_PROTOCOL:
                effects = self.sessions.receive(sender, data, now=now)
            elif protocol == GOSSIP_PROTOCOL:
                effects = self.flood.receive(sender, data, now=now)
            else:
                effects = [Penalise(sender, 10.0, "unknown protocol")]
        except RemoteError as error:
            effects = [Penalise(sender, error.penalty, str(error))]
        return self._perform(effects)

    def drained(self, peer: bytes) -> list[Effect]:
        """The transport can take more for this peer."""
        return self._perform(self.sessions.drained(peer, now=self._clock.now()))

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`, on our own monotonic clock."""
        times = [time for time in (self.sessions.next_wakeup(), self.flood.next_wakeup()) if time is not None]
        return min(times, default=None)

    def wake(self) -> list[Effect]:
        """A deadline passed."""
        now = self._clock.now()
        return self._perform(self.sessions.wake(now=now) + self.flood.wake(now=now))

    # -- effects ------------------------------------------------------------------------------------------------------

    def _perform(self, effects: list[Effect]) -> list[Effect]:
        """Do what can be done here; return the messages to send."""
        out: list[Effect] = []
        queue = list(effects)
        while queue:
            for effect in queue:
                self._perform_one(effect, out)
            queue = [follow for outcome in self._work_through() for follow in self._follow_up(outcome)]
        return out

    def _perform_one(self, effect: Effect, out: list[Effect]) -> None:
        if isinstance(effect, SendMessage):
            out.append(effect)
        elif isinstance(effect, Deliver):
            self.inbox.deliver(effect.sender, effect.transactions, is_durable=effect.is_durable, token=effect.token)
        elif isinstance(effect, Lagging):
            self.sessions.nudge(effect.peer, now=self._clock.now())
        elif isinstance(effect, Penalise):
            self.penalties[effect.peer] = self.penalties.get(effect.peer, 0.0) + effect.points

    def _work_through(self) -> list[Outcome]:
        outcomes: list[Outcome] = []
        while self.inbox.has_work:
            for outcome in self.inbox.work(self._clock.wall_ms()):
                if isinstance(outcome, Verify):
                    is_good = self._crypto.verify_now(outcome.public_key, outcome.signature, outcome.message)
                    self.inbox.completed(outcome.token, is_good, now=self._clock.now())
                else:
                    outcomes.append(outcome)
        return outcomes

    def _follow_up(self, outcome: Outcome) -> list[Effect]:
        now = self._clock.now()
        if isinstance(outcome, Delivered) and outcome.token >= 0:
            return self.sessions.applied(
                outcome.sender, outcome.token, is_complete=outcome.is_complete, fresh=outcome.fresh, now=now
            )
        if isinstance(outcome, Applied) and outcome.is_news and outcome.sender is not None:
            return self.flood.accepted(outcome.encoded, sender=outcome.sender, now=now)
        if isinstance(outcome, Refused):
            self.refused += 1
            return [Penalise(outcome.sender, outcome.error.penalty, str(outcome.error))]
        return []
