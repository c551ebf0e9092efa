"""The real `peer.Peer`, with real links over simulated transports, driven by a `World` instead of asyncio.

Only what a driver does is done here: effects to the transport, to the simulated keys, and back. There is no disk and no
relay; peers dial each other by id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any

from graphvine.crypto.certificate import Certificate, certificate_message
from graphvine.effects import AddCandidate, CloseLink, DescribeLink, OpenLink, SendFrame, Sign, Verify
from graphvine.gossip.presence_messages import Values
from graphvine.model.transaction import WriterKey
from graphvine.net.handshake import LocalPeer
from graphvine.net.links import Links
from graphvine.peer.inbox import Applied
from graphvine.peer.peer import Peer
from graphvine.store.builder import TransactionBuilder
from graphvine.store.last_words import Moment, say
from graphvine.store.replica import Replica
from graphvine.testing.memory_transport import MemoryNetwork
from graphvine.testing.shared_edits import element_ids
from graphvine.testing.simulated_clock import EPOCH_MS, SimulatedRng
from graphvine.testing.simulated_peer import SPACE
from graphvine.testing.world import World, edit, summary

_YEAR_MS = 366 * 24 * 3_600_000
KIND = "memory"


class SimulatedEntropy:
    """The `Entropy` port from a seed."""

    def __init__(self, rng: SimulatedRng) -> None:
        self._rng = rng

    def random_bytes(self, count: int) -> bytes:
        """Return bytes that are only unpredictable to those who don't know the seed."""
        return bytes(self._rng.randrange(256) for _ in range(count))


def network_of(world: World, *, delay_s: tuple[float, float] = (0.005, 0.05)) -> MemoryNetwork:
    """Return a network that lives in a world's time and rolls its dice."""
    return MemoryNetwork(world.after, lambda: world.now, world.rng, delay_s=delay_s)


class WholePeer:
    """One real peer. It reports to nobody and forgets everything when it is killed."""

    def __init__(self, name: str, world: World, network: MemoryNetwork, *, skew_ms: int = 0) -> None:
        self.name = name
        self.frames = 0
        self._world = world
        self._crypto = world.crypto
        self._clock = world.clock(skew_ms)
        self._peer_key = world.crypto.key(f"peer/{name}")
        self._author = world.crypto.key(f"author/{name}")
        self._writer = WriterKey(self._author.public, name.encode()[:8].ljust(8, b"."))
        self._sequence = 0
        self._transport = network.transport(self.id, kind=KIND)
        self._transport.start(self)
        self.replica = Replica(SPACE)
        self.element_ids = element_ids(world.rng)
        self.peer = Peer(self._links(), None, self.replica, SimulatedRng(world.rng.randrange(2**53)))
        self.peer.presence.set_clock(self._clock.now(), self._clock.wall_ms())
        self._wake_at: float | None = None
        self._is_performing = False
        self._queue: deque[Any] = deque()

    def _links(self) -> Links:
        expires_ms = EPOCH_MS + _YEAR_MS
        signature = self._crypto.sign_now(self._author, certificate_message(self.id, expires_ms))
        own = LocalPeer(self.id, self._author.public, Certificate(expires_ms, signature))
        rng = SimulatedRng(self._world.rng.randrange(2**53))
        return Links(own, {KIND: False}, rng=rng, entropy=SimulatedEntropy(rng))

    @property
    def id(self) -> bytes:
        """32-byte peer id."""
        return self._peer_key.public

    # -- local --------------------------------------------------------------------------------------------------------

    def dial(self, other: WholePeer) -> None:
        """Wish for a link."""
        self._perform(self.peer.found(other.id, KIND, now=self._clock.now()))

    def network_is_back(self) -> None:
        """What a platform notices by itself."""
        self._perform(self.peer.hurry(now=self._clock.now()))

    def show(self, values: Values | None) -> None:
        """Say something of ourselves to everybody who is here, or (None) goodbye."""
        self._perform(self.peer.show(values, now=self._clock.now()))

    def write(self, builder: TransactionBuilder) -> None:
        """Sign, apply and publish what `builder` collected."""
        finished = builder.finish()
        self._sequence += 1
        moment = Moment(self._writer, self.replica.clock.tick(self._clock.wall_ms()))
        say(self.replica.state, moment, finished.operations, finished.leaves)
        draft = self.replica.draft(self._writer, self._sequence, finished.leaves, moment.time)
        self.peer.submit(draft.signed(self._crypto.sign_now(self._author, draft.message)), None)
        self._perform([])

    # -- ports.LinkEvents ---------------------------------------------------------------------------------------------

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        """See `ports.LinkEvents`."""
        self._on_links(self.peer.links.link_described(link, kind, sdp, now=self._clock.now()))

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        """See `ports.LinkEvents`."""
        self._on_links(self.peer.links.link_candidate(link, candidate, mid))

    def link_opened(self, link: str, binding: bytes) -> None:
        """See `ports.LinkEvents`."""
        now, wall_ms = self._clock.now(), self._clock.wall_ms()
        self._on_links(self.peer.links.link_opened(link, binding, now=now, wall_ms=wall_ms))

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        """See `ports.LinkEvents`."""
        self.frames += 1
        self._world.record(b"%b %b %d " % (self.name.encode(), link.encode(), channel) + data)
        self._on_links(self.peer.links.link_frame(link, channel, data, now=self._clock.now()))

    def link_drained(self, link: str, channel: int) -> None:
        """See `ports.LinkEvents`."""
        self._on_links(self.peer.links.link_drained(link, channel, now=self._clock.now()))

    def link_closed(self, link: str, reason: str) -> None:
        """See `ports.LinkEvents`."""
        self._on_links(self.peer.links.link_closed(link, reason, now=self._clock.now()))

    def link_offered(self, link: str, peer: bytes) -> None:
        """See `ports.LinkEvents`."""
        self._on_links(self.peer.links.link_offered(link, peer, now=self._clock.now()))

    # -- what a driver does -------------------------------------------------------------------------------------------

    def _on_links(self, effects: Iterable[Any]) -> None:
        self._perform(self.peer.on_links(effects, now=self._clock.now()))

    def _perform(self, effects: Iterable[Any]) -> None:
        """Perform effects in order, and work until there is nothing to do; then plan the next wakeup."""
        self._queue.extend(effects)
        if self._is_performing:
            return
        self._is_performing = True
        while self._queue or self.peer.has_work:
            if self._queue:
                self._queue.extendleft(reversed(self._perform_one(self._queue.popleft())))
            else:
                self._queue.extend(self.peer.work(now=self._clock.now(), now_ms=self._clock.wall_ms()))
        self._is_performing = False
        self._plan_wake()

    def _perform_one(self, effect: Any) -> list[Any]:
        now = self._clock.now()
        match effect:
            case SendFrame(link, channel, data):
                buffered = self._transport.send(link, channel, data)
                sent = self.peer.links.link_sent(link, channel, len(data), buffered, now=now)
                return self.peer.on_links(sent, now=now)
            case OpenLink(link, peer, initiator):
                self._transport.open(link, peer, initiator=initiator)
            case DescribeLink(link, kind, sdp):
                self._transport.describe(link, kind, sdp)
            case AddCandidate(link, candidate, mid):
                self._transport.add_candidate(link, candidate, mid)
            case CloseLink(link, _):
                self._transport.close(link)
            case Sign(token, message, as_author):
                key = self._author if as_author else self._peer_key
                return self.peer.completed(token, self._crypto.sign_now(key, message), now=now)
            case Verify(token, public_key, signature, message):
                is_good = self._crypto.verify_now(public_key, signature, message)
                return self.peer.completed(token, is_good, now=now)
            case Applied(sender=None, encoded=encoded):
                return self.peer.publish(encoded, now=now)
        return []

    def _plan_wake(self) -> None:
        at = self.peer.next_wakeup(now=self._clock.now(), now_ms=self._clock.wall_ms())
        if at == self._wake_at:
            return
        self._wake_at = at
        self._world.at(self._world.time_of(self._clock, at), lambda: self._wake(at))

    def _wake(self, at: float) -> None:
        if at == self._wake_at:
            self._wake_at = None
            self._perform(self.peer.wake(now=self._clock.now(), now_ms=self._clock.wall_ms()))


def are_converged(peers: list[WholePeer]) -> bool:
    """Tell whether all hold the same set of live operations, and come to the same graph by it."""
    if any(peer.replica.digest() != peers[0].replica.digest() for peer in peers):
        return False
    graphs = [summary(peer.replica.state) for peer in peers]
    return all(graph == graphs[0] for graph in graphs)


def tell_story(seed: int) -> tuple[World, bool]:
    """Three whole peers meet, write, and lose sight of each other for a while. Return their world, and how it ended."""
    world = World(seed)
    network = network_of(world)
    peers = [WholePeer(f"peer-{number}", world, network, skew_ms=number * 700) for number in range(3)]
    peers[0].dial(peers[1])
    peers[1].dial(peers[2])
    for step in range(40):
        world.at(step * 0.2, partial(_write, world, peers[step % 3], step))
    world.at(3.0, partial(network.cut, peers[0].id, peers[1].id))
    world.at(5.0, network.heal)
    world.run(until=40.0)
    return world, are_converged(peers)


def _write(world: World, peer: WholePeer, step: int) -> None:
    peer.write(edit(world.rng, step, peer.replica.state, peer.element_ids))
