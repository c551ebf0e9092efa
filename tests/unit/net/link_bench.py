"""Several `Links` on simulated transports, with real keys and simulated time. For the tests of this folder."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graphvine import effects as e
from graphvine.crypto.certificate import Certificate, certificate_message
from graphvine.effects import Effect
from graphvine.net.handshake import LocalPeer
from graphvine.net.links import Links
from graphvine.testing.memory_transport import MemoryNetwork, MemoryTransport

WALL_MS = 1_800_000_000_000


@cache
def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


def public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def local_peer(number: int, *, author: int | None = None, expires_ms: int = WALL_MS + 86_400_000) -> LocalPeer:
    """A peer with key `number`, of the author with key `author`."""
    author_key = key(1000 + number if author is None else author)
    peer = public(key(number))
    signature = author_key.sign(certificate_message(peer, expires_ms))
    return LocalPeer(peer, public(author_key), Certificate(expires_ms, signature), tags=(b"tag",))


def verify(effect: e.Verify) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(effect.public_key).verify(effect.signature, effect.message)
    except (InvalidSignature, ValueError):
        return False
    return True


class SeededEntropy:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def random_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


class Bench:
    """Time, the network, and a relay that delivers signals after a delay."""

    def __init__(self, seed: int = 1, **network: object) -> None:
        self.now = 1000.0
        self.random = random.Random(seed)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self.network = MemoryNetwork(self.schedule, lambda: self.now, self.random, **network)  # type: ignore[arg-type]
        self.sides: dict[bytes, Side] = {}
        self.is_relay_up = True
        self.wakes: Counter[bytes] = Counter()

    def schedule(self, delay_s: float, action: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._heap, (self.now + max(0.0, delay_s), self._number, action))

    def side(self, number: int, *, kinds: dict[str, bool] | None = None, local: LocalPeer | None = None) -> Side:
        side = Side(self, number, kinds or {"memory": False}, local or local_peer(number))
        self.sides[side.peer] = side
        return side

    def run(self, seconds: float) -> None:
        """Run simulated time on."""
        until = self.now + seconds
        while True:
            wakes = [(at, side.peer) for side in self.sides.values() if (at := side.links.next_wakeup()) is not None]
            wake_at, who = min(wakes, default=(float("inf"), b""))
            at = self._heap[0][0] if self._heap else float("inf")
            if min(at, wake_at) > until:
                break
            if at <= wake_at:
                self.now = max(self.now, at)
                heapq.heappop(self._heap)[2]()
            else:
                self.now = max(self.now, wake_at)
                self.wakes[who] += 1
                self.sides[who].wake()
        self.now = until


class Side:
    """One peer: its links, its transports, and what went upward."""

    def __init__(self, bench: Bench, number: int, kinds: dict[str, bool], local: LocalPeer) -> None:
        self.bench = bench
        self.key = key(number)
        self.peer = local.peer
        self.links = Links(local, kinds, rng=random.Random(number), entropy=SeededEntropy(number))
        self.up: list[Effect] = []
        self.signals: list[tuple[bytes, bytes]] = []
        self.transports: dict[str, MemoryTransport] = {}
        for kind, needs in kinds.items():
            network = (
                bench.network if len(kinds) == 1 else MemoryNetwork(bench.schedule, lambda: bench.now, bench.random)
            )
            self.transports[kind] = network.transport(self.peer, kind=kind, needs_signaling=needs)
        self._start()

    def _start(self) -> None:
        for transport in self.transports.values():
            transport.start(self)

    @property
    def is_alive(self) -> bool:
        return self.peer in self.bench.sides

    def kill(self) -> None:
        del self.bench.sides[self.peer]
        self.bench.network.kill(self.peer)

    # -- verbs ---------------------------------------------------------------------------------------------------------

    def dial(self, other: Side, via: str = "memory") -> None:
        self.perform(self.links.dial(other.peer, via, now=self.bench.now))

    def send(self, other: Side, data: bytes, channel: int = 0, protocol: int = 1) -> None:
        self.perform(self.links.send(other.peer, protocol, data, channel, now=self.bench.now))

    def hang_up(self, other: Side, reason: str = "enough") -> None:
        self.perform(self.links.hang_up(other.peer, reason, now=self.bench.now))

    def wake(self) -> None:
        self.perform(self.links.wake(now=self.bench.now))

    def ready(self) -> list[bytes]:
        return [status.peer for status in self.links.status(now=self.bench.now) if status.state == "ready"]

    def of(self, kind: type) -> list[Effect]:
        return [effect for effect in self.up if type(effect) is kind]

    def received(self) -> list[bytes]:
        return [effect.data for effect in self.up if isinstance(effect, e.Received)]

    # -- LinkEvents ----------------------------------------------------------------------------------------------------

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        self.perform(self.links.link_described(link, kind, sdp, now=self.bench.now))

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        self.perform(self.links.link_candidate(link, candidate, mid))

    def link_opened(self, link: str, binding: bytes) -> None:
        self.perform(self.links.link_opened(link, binding, now=self.bench.now, wall_ms=WALL_MS))

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        self.perform(self.links.link_frame(link, channel, data, now=self.bench.now))

    def link_drained(self, link: str, channel: int) -> None:
        self.perform(self.links.link_drained(link, channel, now=self.bench.now))

    def link_closed(self, link: str, reason: str) -> None:
        self.perform(self.links.link_closed(link, reason, now=self.bench.now))

    def link_offered(self, link: str, peer: bytes) -> None:
        self.perform(self.links.link_offered(link, peer, now=self.bench.now))

    # -- effects -------------------------------------------------------------------------------------------------------

    def perform(self, effects: list[Effect]) -> None:
        queue = effects[::-1]
        while queue:
            queue += self._perform(queue.pop())[::-1]

    def _perform(self, effect: Effect) -> list[Effect]:
        now = self.bench.now
        match effect:
            case e.OpenLink(link, peer, initiator):
                self._of(link).open(link, peer, initiator=initiator)
            case e.DescribeLink(link, kind, sdp):
                self._of(link).describe(link, kind, sdp)
            case e.AddCandidate(link, candidate, mid):
                self._of(link).add_candidate(link, candidate, mid)
            case e.SendFrame(link, channel, data):
                buffered = self._of(link).send(link, channel, data)
                return self.links.link_sent(link, channel, len(data), buffered, now=now)
            case e.CloseLink(link, _):
                self._of(link).close(link)
            case e.SendSignal(peer, data):
                self._signal(peer, data)
            case e.Sign(token, message):
                self._later(token, self.key.sign(message))
            case e.Verify(token):
                self._later(token, verify(effect))
            case e.Penalise(peer, points, reason):
                self.up.append(effect)
                return self.links.penalise(peer, points, reason, now=now)
            case _:
                self.up.append(effect)
        return []

    def _of(self, link: str) -> MemoryTransport:
        return self.transports[link.partition(":")[0]]

    def _signal(self, peer: bytes, data: bytes) -> None:
        self.signals.append((peer, data))
        self.bench.schedule(self.bench.network.delay(), lambda: self._arrive(peer, data))

    def _arrive(self, peer: bytes, data: bytes) -> None:
        other = self.bench.sides.get(peer)
        if other is not None and self.bench.is_relay_up:
            other.perform(other.links.signal(self.peer, data, now=self.bench.now))

    def _later(self, token: int, result: object) -> None:
        """Answers of a crypto port come later, and in any order."""
        delay = self.bench.network.delay() / 10

        def answer() -> None:
            if self.is_alive:
                self.perform(self.links.completed(token, result, now=self.bench.now))

        self.bench.schedule(delay, answer)
