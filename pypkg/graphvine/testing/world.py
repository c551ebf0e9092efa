"""A whole network in one thread, from one integer: nothing sleeps, and one seed gives one trace on every Python.

::

    world = World(seed, loss=0.2, delay_s=(0.01, 0.2))
    alice, bob = world.add("alice"), world.add("bob", skew_ms=5_000)
    world.connect(alice, bob)
    world.at(10.0, lambda: world.cut(alice, bob))
    world.run(until=60.0)
    assert world.is_converged()

A link is what the transports promise: two channels, each reliable and in order. A lost packet therefore shows as
a delay (and holds up what comes after it on its channel); messages on their way are lost when the link is cut. Time is
counted in microseconds, so that no rounding differs between platforms.

``python -m graphvine.testing.world SEED`` prints the trace of a standard story.
"""

from __future__ import annotations

import hashlib
import heapq
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from graphvine.crdt.cells import Cell
from graphvine.crdt.graph import GraphState
from graphvine.crdt.list import ElementIds
from graphvine.effects import Effect, SendMessage
from graphvine.ports import Rng
from graphvine.store.builder import TransactionBuilder
from graphvine.testing.shared_edits import edit_shared
from graphvine.testing.simulated_clock import SimulatedClock, SimulatedRng
from graphvine.testing.simulated_crypto import SimulatedCrypto
from graphvine.testing.simulated_peer import SimulatedPeer

Action = Callable[[], None]
# What a retransmission costs, on top of another delay.
_RETRY_US = 200_000
_MICRO = 1_000_000
_MAX_STEPS_AT_ONCE = 100_000


class Inhabitant(Protocol):
    """What `World` can drive: `SimulatedPeer`, and attackers that tests bring along."""

    @property
    def id(self) -> bytes:
        """32-byte peer id."""

    @property
    def name(self) -> str:
        """For people."""

    def peer_ready(self, peer: bytes) -> list[Effect]:
        """A link was opened."""

    def peer_lost(self, peer: bytes) -> list[Effect]:
        """A link is gone."""

    def receive(self, sender: bytes, protocol: int, data: bytes) -> list[Effect]:
        """A message came in."""

    def drained(self, peer: bytes) -> list[Effect]:
        """A bulk message has left."""

    def next_wakeup(self) -> float | None:
        """Monotonic seconds of its own clock."""

    def wake(self) -> list[Effect]:
        """Its time has come."""

    def is_banned(self, peer: bytes) -> bool:
        """Whether it will not talk with a peer any more."""


class _Link:
    """arrivals: when the last message of (receiver, channel) arrives: later ones queue up behind it."""

    __slots__ = ("arrivals", "is_open")

    def __init__(self) -> None:
        self.is_open = True
        self.arrivals: dict[tuple[bytes, int], int] = {}


class World:
    """Peers, links and time. loss: probability that a packet must be sent again. delay_s: shortest and longest."""

    def __init__(self, seed: int, *, loss: float = 0.0, delay_s: tuple[float, float] = (0.01, 0.1)) -> None:
        self.crypto = SimulatedCrypto(seed)
        self.rng = SimulatedRng(seed)
        self.peers: dict[bytes, Inhabitant] = {}
        self.delivered = 0
        self._loss = loss
        self._delay_us = (round(delay_s[0] * _MICRO), round(delay_s[1] * _MICRO))
        self._clocks: dict[bytes, SimulatedClock] = {}
        self._links: dict[tuple[bytes, bytes], _Link] = {}
        self._now_us = 0
        self._heap: list[tuple[int, int, Action]] = []
        self._event = 0
        self._steps_now = 0
        self._wake_us: dict[bytes, int] = {}
        self._hash = hashlib.sha256()

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self._now_us / _MICRO

    @property
    def trace(self) -> str:
        """SHA-256 over everything that was delivered so far, and when."""
        return self._hash.hexdigest()

    def record(self, event: bytes) -> None:
        """Take a delivery into the trace."""
        self.delivered += 1
        self._hash.update(b"%d " % self._now_us + event)

    # -- peers and links ----------------------------------------------------------------------------------------------

    def clock(self, skew_ms: int = 0) -> SimulatedClock:
        """Return a clock for a peer that is about to be made."""
        return SimulatedClock(lambda: self.now, float(self.rng.randrange(1000)), skew_ms)

    def add(self, name: str, *, skew_ms: int = 0) -> SimulatedPeer:
        """Return a new honest peer, connected with nobody. skew_ms: how far its wall clock is ahead."""
        clock = self.clock(skew_ms)
        peer = SimulatedPeer(name, self.crypto, clock, SimulatedRng(self.rng.randrange(2**53)))
        self.enter(peer, clock)
        return peer

    def enter(self, peer: Inhabitant, clock: SimulatedClock) -> None:
        """Add any kind of peer. clock: what its `next_wakeup` is measured with."""
        self.peers[peer.id] = peer
        self._clocks[peer.id] = clock

    def is_connected(self, left: Inhabitant, right: Inhabitant) -> bool:
        """Tell whether there is a link between two peers."""
        return _pair(left.id, right.id) in self._links

    def connect(self, left: Inhabitant, right: Inhabitant) -> None:
        """Open a link, unless there is one or one side refuses the other."""
        if self.is_connected(left, right) or left.is_banned(right.id) or right.is_banned(left.id):
            return
        self._links[_pair(left.id, right.id)] = _Link()
        for here, there in ((left, right), (right, left)):
            self._perform(here, here.peer_ready(there.id))

    def connect_all(self) -> None:
        """Open a link between any two peers."""
        peers = list(self.peers.values())
        for place, left in enumerate(peers):
            for right in peers[place + 1 :]:
                self.connect(left, right)

    def cut(self, left: Inhabitant, right: Inhabitant) -> None:
        """Break the link between two peers, and lose what is on its way."""
        link = self._links.pop(_pair(left.id, right.id), None)
        if link is None:
            return
        link.is_open = False
        for here, there in ((left, right), (right, left)):
            self._perform(here, here.peer_lost(there.id))

    def divide(self, one: Sequence[Inhabitant], other: Sequence[Inhabitant]) -> None:
        """Break all links between two groups."""
        for left in one:
            for right in other:
                self.cut(left, right)

    def local(self, peer: Inhabitant, effects: list[Effect]) -> None:
        """Send what a peer's local verb (a write) asked for."""
        self._perform(peer, effects)

    # -- time ---------------------------------------------------------------------------------------------------------

    def at(self, time_s: float, action: Action) -> None:
        """Do something when the world is `time_s` seconds old."""
        self._push(round(time_s * _MICRO), action)

    def after(self, delay_s: float, action: Action) -> None:
        """Do something `delay_s` seconds from now."""
        self._push(self._now_us + round(delay_s * _MICRO), action)

    def time_of(self, clock: SimulatedClock, reading_s: float) -> float:
        """Return the first microsecond of the world at which a monotonic clock shows `reading_s` or more."""
        at_us = int((reading_s - clock.start) * _MICRO)
        while clock.start + at_us / _MICRO < reading_s:
            at_us += 1
        return at_us / _MICRO

    def run(self, until: float) -> None:
        """Let time pass until the world is `until` seconds old."""
        end_us = round(until * _MICRO)
        while self._heap and self._heap[0][0] <= end_us:
            self._step()
        self._now_us = max(self._now_us, end_us)

    def _step(self) -> None:
        time_us, _, action = heapq.heappop(self._heap)
        self._steps_now = self._steps_now + 1 if time_us == self._now_us else 0
        if self._steps_now > _MAX_STEPS_AT_ONCE:
            raise RuntimeError(f"time stands still at {self.now} s: a peer is woken again and again")
        self._now_us = time_us
        action()

    def run_until(self, condition: Callable[[], bool], *, limit_s: float) -> bool:
        """Let time pass until the condition holds; False when it does not within `limit_s` more seconds."""
        end_us = self._now_us + round(limit_s * _MICRO)
        while not condition():
            if not self._heap or self._heap[0][0] > end_us:
                return False
            self._step()
        return True

    def is_converged(self) -> bool:
        """Tell whether all honest peers hold equal sets and equal states."""
        replicas = [peer.replica for peer in self.peers.values() if isinstance(peer, SimulatedPeer)]
        if any(replica.digest() != replicas[0].digest() for replica in replicas):
            return False
        graphs = [summary(replica.state) for replica in replicas]
        return all(graph == graphs[0] for graph in graphs)

    def _push(self, time_us: int, action: Action) -> None:
        self._event += 1
        heapq.heappush(self._heap, (max(time_us, self._now_us), self._event, action))

    # -- moving messages ----------------------------------------------------------------------------------------------

    def _perform(self, peer: Inhabitant, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, SendMessage):
                self._send(peer, effect)
        self._plan_wake(peer)
        for other in list(self.peers.values()):
            if peer.is_banned(other.id) and self.is_connected(peer, other):
                self.cut(peer, other)

    def _send(self, sender: Inhabitant, message: SendMessage) -> None:
        receiver = self.peers.get(message.peer)
        link = self._links.get(_pair(sender.id, message.peer))
        if receiver is None or link is None:
            return
        arrival = self._now_us + self._delay()
        while self.rng.random() < self._loss:
            arrival += _RETRY_US + self._delay()
        lane = (receiver.id, message.channel)
        arrival = link.arrivals[lane] = max(arrival, link.arrivals.get(lane, 0))
        self._push(arrival, lambda: self._deliver(link, sender, receiver, message))

    def _delay(self) -> int:
        low, high = self._delay_us
        return low + self.rng.randrange(high - low + 1)

    def _deliver(self, link: _Link, sender: Inhabitant, receiver: Inhabitant, message: SendMessage) -> None:
        if not link.is_open:
            return
        head = b"%b %b %d %d " % (sender.id, receiver.id, message.protocol, message.channel)
        self.record(head + message.data)
        self._perform(receiver, receiver.receive(sender.id, message.protocol, message.data))
        if message.channel == 1 and link.is_open:
            self._perform(sender, sender.drained(receiver.id))

    def _plan_wake(self, peer: Inhabitant) -> None:
        at_s = peer.next_wakeup()
        if at_s is None:
            return
        at_us = max(self._now_us, round(self.time_of(self._clocks[peer.id], at_s) * _MICRO))
        planned = self._wake_us.get(peer.id)
        if planned is not None and self._now_us < planned <= at_us:
            return
        self._wake_us[peer.id] = at_us
        self._push(at_us, lambda: self._wake(peer, at_us))

    def _wake(self, peer: Inhabitant, at_us: int) -> None:
        if self._wake_us.get(peer.id) == at_us:
            del self._wake_us[peer.id]
            self._perform(peer, peer.wake())


def _pair(left: bytes, right: bytes) -> tuple[bytes, bytes]:
    return (left, right) if left < right else (right, left)


def summary(state: GraphState) -> tuple[dict[str, object], dict[str, object]]:
    """Return the visible graph, to compare: vertices and edges by id, with the kinds of values that merge."""
    vertices: dict[str, object] = {
        id_: (cell.labels, cell.properties, _kinds(cell)) for id_, cell in state.vertices.items()
    }
    edges: dict[str, object] = {
        id_: (cell.type, cell.source.id, cell.target.id, cell.properties, _kinds(cell))
        for id_, cell in state.edges.items()
    }
    return vertices, edges


def _kinds(cell: Cell) -> dict[str, int]:
    return {name: shared.seen()[0] for name, shared in (cell.merged or {}).items()}


def trace_of(seed: int) -> str:
    """Return the traces of two standard stories: of anti-entropy and gossip alone, and of whole peers."""
    from graphvine.testing.whole_peer import tell_story  # it builds on this module

    whole, is_converged = tell_story(seed)
    machines = _tell_story(seed)
    is_converged = is_converged and machines.is_converged()
    return f"{machines.trace} {whole.trace} {'converged' if is_converged else 'DIVERGED'}"


def _tell_story(seed: int) -> World:
    """Six peers, loss, skewed clocks, a partition, writes all the while."""
    world = World(seed, loss=0.1, delay_s=(0.005, 0.1))
    peers = [world.add(f"peer-{number}", skew_ms=world.rng.randrange(4000) - 2000) for number in range(6)]
    world.connect_all()
    for step in range(60):
        peer = peers[world.rng.randrange(len(peers))]
        world.at(step * 0.25, partial(_write, world, peer, step))
    world.at(4.0, lambda: world.divide(peers[:3], peers[3:]))
    world.at(11.0, world.connect_all)
    world.run(until=60.0)
    return world


def _write(world: World, peer: SimulatedPeer, step: int) -> None:
    world.local(peer, peer.write(edit(world.rng, step, peer.replica.state, peer.element_ids)))


def edit(rng: Rng, step: int, state: GraphState, ids: ElementIds) -> TransactionBuilder:
    """Return a small random transaction over a few vertices, of somebody who sees `state`."""
    builder = TransactionBuilder()
    for _ in range(1 + rng.randrange(3)):
        id_ = f"v{rng.randrange(12)}"
        if rng.random() < 0.1:
            builder.delete_vertex(id_)
        elif rng.random() < 0.4:
            edit_shared(rng, state, builder, ids, id_)
        else:
            builder.put_vertex(id_, {f"p{rng.randrange(3)}": step}, ("Thing",) if rng.random() < 0.5 else ())
    return builder


if __name__ == "__main__":
    print(trace_of(int(sys.argv[1])))
