"""One peer of one space, as a pure machine: links, relay, sync, gossip and the replica, and who talks to whom.

The machines below know nothing of each other. Here their upward effects become calls on their neighbours; what is left
goes to the driver. Exactly one place, `_from_remote`, turns a `RemoteError` into a penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Any

import msgspec

from graphvine.effects import (
    Deliver,
    DialFailed,
    Drained,
    Effect,
    Lagging,
    PeerLost,
    PeerReady,
    Penalise,
    Received,
    SendMessage,
    SendSignal,
    Sign,
    Verify,
)
from graphvine.errors import RemoteError
from graphvine.gossip.flood import Flood
from graphvine.gossip.presence import PRESENCE_PROTOCOL, Presence
from graphvine.gossip.presence_messages import Values
from graphvine.limits import SOFT_CONNECTIONS
from graphvine.model.operation import Operation
from graphvine.model.transaction import VerifiedTransaction
from graphvine.net.links import Links
from graphvine.net.relay_effects import (
    PeerGone,
    PeerSeen,
    RelayEffect,
    RelayState,
    SignalFailed,
    SignalReceived,
)
from graphvine.net.relay_session import RelaySession
from graphvine.peer.inbox import Applied, Delivered, Inbox, Refused, Settled, Touched
from graphvine.peer.renewal import Renewal
from graphvine.ports import Rng
from graphvine.store.replica import Replica
from graphvine.sync.sessions import Sessions

SYNC_PROTOCOL = 1
GOSSIP_PROTOCOL = 2
# Seconds that a peer already in the room leaves to the newcomer, who dials first.
NEWCOMER_DIALS_S = 2.0
# Seconds after which somebody whom we could not reach, and who still is in the room, is tried afresh.
GIVEN_UP_S = 60.0


class Seal(msgspec.Struct, frozen=True, gc=False):
    """For the driver: seal a signal with the space's key. Answered by the sealed bytes."""

    token: int
    plain: bytes
    recipient: bytes


class Unseal(msgspec.Struct, frozen=True, gc=False):
    """For the driver: open a sealed signal. Answered by the bytes, or None when they were not sealed for us."""

    token: int
    sealed: bytes
    sender: bytes


class StatusChanged(msgspec.Struct, frozen=True, gc=False):
    """For the driver: something that `Graph.status` shows is different now."""


PeerEffect = Effect | RelayEffect | Seal | Unseal | Applied | Touched | Settled | StatusChanged


class Peer:
    """See the module. Times are monotonic seconds; `now_ms` is Unix epoch milliseconds.

    relay_state: what the relay session said last; None without a relay. presence: who is here; to be read.
    """

    def __init__(self, links: Links, relay: RelaySession | None, replica: Replica, rng: Rng) -> None:
        self.links = links
        self.replica = replica
        self.inbox = Inbox(replica)
        self.relay_state: RelayState | None = None
        self._relay = relay
        self._rng = rng
        self._flood = Flood()
        own = links.own
        self.presence = Presence(replica.space, own.peer, own.author, own.certificate)
        self._sessions = Sessions(replica, rng)
        self._renewal = Renewal(own.peer, own.certificate)
        self._answers: dict[int, Callable[..., Iterable[Any]]] = {}
        self._token = 0
        # Peers that the relay says are in the room, that we wished for a link with, and that are ready.
        self._in_room: dict[bytes, None] = {}
        self._dialled: dict[bytes, None] = {}
        self._ready_peers: dict[bytes, None] = {}
        self._tab_peers: dict[bytes, None] = {}
        self._joined_at = -inf
        self._look_at = inf

    # -- what happens outside -----------------------------------------------------------------------------------------

    def start(self, *, now: float) -> list[PeerEffect]:
        """Begin to look for others."""
        return self._settle(self._of(self._relay, self._relay.start(now=now)), now) if self._relay else []

    def stop(self, *, now: float) -> list[PeerEffect]:
        """Say goodbye to everybody."""
        effects: list[Any] = list(self.links.stop("closing", now=now))
        if self._relay is not None:
            effects += self._relay.stop(now=now)
        return [effect for effect in effects if type(effect) not in _ROUTES]  # nobody here needs to hear it any more

    def hurry(self, *, now: float) -> list[PeerEffect]:
        """The network may be back: ask the relay now, and dial whom we wait to dial. Without a relay there are no
        signals: it brings the dials with it.
        """
        effects: list[Any] = []
        if self._relay is not None:
            effects += self._of(self._relay, self._relay.hurry(now=now))
        if self._relay is None or self._relay.is_joined:
            effects += self._of(self.links, self.links.retry(now=now))
        if self._in_room:
            self._look_at = min(self._look_at, now)
        return self._settle(effects, now)

    def on_links(self, effects: Iterable[Effect], *, now: float) -> list[PeerEffect]:
        """Follow up what a verb of `links` returned (the driver calls the transport's events on `links` itself)."""
        return self._settle(self._of(self.links, effects), now)

    def found(self, peer: bytes, kind: str, *, now: float) -> list[PeerEffect]:
        """A transport has found a remote peer by itself."""
        return self._settle(self._of(self.links, self.links.dial(peer, kind, now=now)), now)

    def relay_opened(self, socket: int, *, now: float) -> list[PeerEffect]:
        """A WebSocket that `OpenSocket` asked for is open."""
        return self._settle(self._of(self._relay, self._relay.opened(socket, now=now)), now) if self._relay else []

    def relay_text(self, socket: int, text: str, *, now: float) -> list[PeerEffect]:
        """A text frame of the relay."""
        return (
            self._settle(self._of(self._relay, self._relay.receive(socket, text, now=now)), now) if self._relay else []
        )

    def relay_closed(self, socket: int, reason: str, *, now: float) -> list[PeerEffect]:
        """A WebSocket closed, or never opened."""
        return (
            self._settle(self._of(self._relay, self._relay.closed(socket, reason, now=now)), now) if self._relay else []
        )

    def completed(self, token: int, result: object, *, now: float) -> list[PeerEffect]:
        """The driver's answer to an effect with a token."""
        answer = self._answers.pop(token, None)
        return [] if answer is None else self._settle(answer(result, now=now), now)

    def submit(
        self,
        transaction: VerifiedTransaction,
        operations: list[Operation] | None,
        encoded: bytes = b"",
        *,
        is_durable: bool = False,
    ) -> int:
        """Put in a transaction of ours; `work` applies it. Return the ticket that its `Applied` will carry."""
        return self.inbox.submit(transaction, operations, encoded, is_durable=is_durable)

    def publish(self, encoded: bytes, *, now: float) -> list[PeerEffect]:
        """Tell everybody of a transaction of ours."""
        return self._settle(self._flood.publish(encoded, now=now), now)

    def show(self, values: Values | None, *, now: float) -> list[PeerEffect]:
        """Let everybody who is here see these values, or (None) leave."""
        return self._settle(self._of(self.presence, self.presence.set(values, now=now)), now)

    def sync_status(self) -> dict[bytes, str]:
        """Return the state of anti-entropy with each ready peer."""
        return {peer: status.state for peer, status in self._sessions.status().items()}

    @property
    def has_work(self) -> bool:
        """Tell whether `work` has something to do."""
        return self.inbox.has_work

    def work(self, *, now: float, now_ms: int) -> list[PeerEffect]:
        """Do one step of checking or applying transactions."""
        return self._settle(self._of(self.inbox, self.inbox.work(now_ms)), now)

    def next_wakeup(self, *, now: float, now_ms: int) -> float:
        """Return when to call `wake`."""
        due_ms = self.replica.next_due_ms()
        due_ms = self._renewal.due_ms if due_ms is None else min(due_ms, self._renewal.due_ms)
        due = now + max(0.0, (due_ms - now_ms) / 1000)
        machines = (self.inbox, self.links, self._relay, self._flood, self._sessions, self.presence)
        times = [machine.next_wakeup() for machine in machines if machine is not None]
        return min(time for time in (*times, self._look_at, due) if time is not None)

    def wake(self, *, now: float, now_ms: int) -> list[PeerEffect]:
        """Deadlines may have passed; held transactions may have come of age: `work` applies them."""
        for transaction in self.replica.due(now_ms):
            self.inbox.submit(transaction, None, is_durable=True)
        effects: list[Any] = []
        for machine in (self.inbox, self.links, self._relay, self._flood, self._sessions, self.presence):
            if machine is not None:
                effects += self._of(machine, machine.wake(now=now))
        if now >= self._look_at:
            effects += self._look_around(now)
        effects += [self._with_answer(sign, self._renewed) for sign in self._renewal.wake(now_ms)]
        return self._settle(effects, now)

    # -- who talks to whom --------------------------------------------------------------------------------------------

    def _settle(self, effects: Iterable[Any], now: float) -> list[PeerEffect]:
        """Turn upward effects into calls on other machines, until only the driver's are left. Keeps their order."""
        outward: list[PeerEffect] = []
        stack = list(effects)[::-1]
        while stack:
            effect = stack.pop()
            route = _ROUTES.get(type(effect))
            if route is None or type(effect) is Applied:
                outward.append(effect)
            if route is not None:
                stack += list(route(self, effect, now))[::-1]
        return outward

    def _of(self, machine: Any, effects: Iterable[Any]) -> list[Any]:
        """Make the tokens of a machine's effects unique in the whole peer, and remember whom to answer."""
        return [self._with_own_token(machine, each) if type(each) in _ASKING else each for each in effects]

    def _with_own_token(self, machine: Any, effect: Any) -> Any:
        return self._with_answer(
            effect, lambda token, result, now: self._of(machine, machine.completed(token, result, now=now))
        )

    def _with_answer(self, effect: Any, answered: Callable[[int, object, float], Iterable[Any]]) -> Any:
        local = effect.token

        def answer(result: object, *, now: float) -> Iterable[Any]:
            return answered(local, result, now)

        return msgspec.structs.replace(effect, token=self._ask(answer))

    def _renewed(self, token: int, signature: object, now: float) -> Iterable[Any]:
        certificate = self._renewal.signed(token, signature)
        if certificate is not None:
            self.links.renew(certificate)
            self.presence.renew(certificate)
        return ()

    def _from_remote(self, peer: bytes, verb: Callable[[], Iterable[Any]]) -> Iterable[Any]:
        try:
            return verb()
        except RemoteError as error:
            return [Penalise(peer, error.penalty, str(error))]

    def _ready(self, effect: PeerReady, now: float) -> list[Any]:
        self._ready_peers[effect.peer] = None
        if effect.kind == "tab":
            self._tab_peers[effect.peer] = None
        flood = self._flood.peer_ready(effect.peer, now=now)
        flood += self.presence.peer_ready(effect.peer, now=now)
        return [*flood, *self._sessions.peer_ready(effect.peer, now=now), StatusChanged()]

    def _lost(self, effect: PeerLost, now: float) -> list[Any]:
        self._flood.peer_lost(effect.peer)
        self._sessions.peer_lost(effect.peer)
        self.inbox.forget(effect.peer)
        self._tab_peers.pop(effect.peer, None)
        self._ready_peers.pop(effect.peer, None)
        self._dialled.pop(effect.peer, None)
        self._look_at = min(self._look_at, now + NEWCOMER_DIALS_S)
        return [*self.presence.peer_lost(effect.peer), StatusChanged()]

    def _received(self, effect: Received, now: float) -> Iterable[Any]:
        if effect.protocol == SYNC_PROTOCOL:
            return self._from_remote(effect.peer, lambda: self._sessions.receive(effect.peer, effect.data, now=now))
        if effect.protocol == GOSSIP_PROTOCOL:
            return self._from_remote(effect.peer, lambda: self._flood.receive(effect.peer, effect.data, now=now))
        if effect.protocol == PRESENCE_PROTOCOL:
            receive = self.presence.receive
            return self._of(
                self.presence, self._from_remote(effect.peer, lambda: receive(effect.peer, effect.data, now=now))
            )
        return [Penalise(effect.peer, 10.0, f"unknown protocol {effect.protocol}")]

    def _deliver(self, effect: Deliver, now: float) -> Iterable[Any]:
        is_durable = effect.is_durable or effect.sender in self._tab_peers

        def deliver() -> Iterable[Any]:
            self.inbox.deliver(effect.sender, effect.transactions, is_durable=is_durable, token=effect.token)
            return ()

        return self._from_remote(effect.sender, deliver)

    def _applied(self, effect: Applied, now: float) -> Iterable[Any]:
        if effect.sender is None or not effect.is_news or effect.is_held:
            return ()
        return self._flood.accepted(effect.encoded, sender=effect.sender, now=now)

    def _delivered(self, effect: Delivered, now: float) -> Iterable[Any]:
        if effect.token < 0:
            return ()
        return self._sessions.applied(
            effect.sender, effect.token, is_complete=effect.is_complete, fresh=effect.fresh, now=now
        )

    def _refused(self, effect: Refused, now: float) -> list[Any]:
        return [Penalise(effect.sender, effect.error.penalty, str(effect.error))] if effect.sender else []

    # -- meeting others -----------------------------------------------------------------------------------------------

    def _seen(self, effect: PeerSeen, now: float) -> list[Any]:
        """Somebody is in the room. The newcomer dials; who was there before waits a moment, and then dials too."""
        self._in_room[effect.peer] = None
        if now == self._joined_at:
            return self._dial([effect.peer], now)
        self._look_at = min(self._look_at, now + NEWCOMER_DIALS_S + self._rng.random())
        return []

    def _gone(self, effect: PeerGone, now: float) -> list[Any]:
        self._in_room.pop(effect.peer, None)
        self._dialled.pop(effect.peer, None)
        return []

    def _look_around(self, now: float) -> list[Any]:
        self._look_at = inf
        return self._dial([peer for peer in self._in_room if peer not in self._dialled], now)

    def _dial(self, peers: Iterable[bytes], now: float) -> list[Any]:
        """Wish for links; `Links` keeps trying until one is there."""
        effects: list[Any] = []
        for peer in peers:
            if len(self._ready_peers | self._dialled) >= SOFT_CONNECTIONS:
                break
            if peer not in self._ready_peers:
                self._dialled[peer] = None
                effects += self._of(self.links, self.links.dial(peer, "webrtc", now=now))
        return effects

    def _relay_changed(self, effect: RelayState, now: float) -> list[Any]:
        self.relay_state = effect
        if effect.state == "joined":
            self._joined_at = now
        if effect.state not in ("joined", "draining"):
            self._in_room.clear()
        return [StatusChanged()]

    def _send_signal(self, effect: SendSignal, now: float) -> list[Any]:
        if self._relay is None:
            return []

        def sealed(result: object, *, now: float) -> Iterable[Any]:
            return self._relay.signal(effect.peer, result, now=now) if isinstance(result, bytes) and self._relay else ()

        return [Seal(self._ask(sealed), effect.data, effect.peer)]

    def _signal_received(self, effect: SignalReceived, now: float) -> list[Any]:
        def opened(result: object, *, now: float) -> Iterable[Any]:
            if not isinstance(result, bytes):
                return ()
            return self._of(self.links, self.links.signal(effect.sender, result, now=now))

        return [Unseal(self._ask(opened), effect.data, effect.sender)]

    def _signal_failed(self, effect: SignalFailed, now: float) -> list[Any]:
        if effect.code == "offline":
            self._in_room.pop(effect.peer, None)
            self._dialled.pop(effect.peer, None)
        return self._of(self.links, self.links.signal_failed(effect.peer, effect.code, now=now))

    # -- tokens -------------------------------------------------------------------------------------------------------

    def _ask(self, answer: Callable[..., Iterable[Any]]) -> int:
        self._token += 1
        self._answers[self._token] = answer
        return self._token

    def _send_message(self, effect: SendMessage, now: float) -> list[Any]:
        sent = self.links.send(effect.peer, effect.protocol, effect.data, effect.channel, now=now)
        return self._of(self.links, sent)

    def _penalise(self, effect: Penalise, now: float) -> list[Any]:
        return self._of(self.links, self.links.penalise(effect.peer, effect.points, effect.reason, now=now))

    def _drained(self, effect: Drained, now: float) -> list[Any]:
        return self._sessions.drained(effect.peer, now=now)

    def _dial_failed(self, effect: DialFailed, now: float) -> list[Any]:
        if not effect.will_retry and self._dialled.pop(effect.peer, 0) is None:
            self._look_at = min(self._look_at, now + GIVEN_UP_S * (1 + self._rng.random()))
        return [StatusChanged()]

    def _lagging(self, effect: Lagging, now: float) -> Iterable[Any]:
        self._sessions.nudge(effect.peer, now=now)
        return ()


_ASKING = (Sign, Verify)
_ROUTES: dict[type, Callable[[Peer, Any, float], Iterable[Any]]] = {
    PeerReady: Peer._ready,
    PeerLost: Peer._lost,
    Received: Peer._received,
    SendMessage: Peer._send_message,
    Deliver: Peer._deliver,
    Drained: Peer._drained,
    DialFailed: Peer._dial_failed,
    Lagging: Peer._lagging,
    Penalise: Peer._penalise,
    Applied: Peer._applied,
    Delivered: Peer._delivered,
    Refused: Peer._refused,
    PeerSeen: Peer._seen,
    PeerGone: Peer._gone,
    RelayState: Peer._relay_changed,
    SendSignal: Peer._send_signal,
    SignalReceived: Peer._signal_received,
    SignalFailed: Peer._signal_failed,
}
