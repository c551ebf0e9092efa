"""Simulated links in one process: delay, bandwidth, buffers, cuts. Everything from one seed, nothing sleeps.

A `MemoryNetwork` connects the `MemoryTransport` of each peer. It is driven by whoever owns time (`schedule`), and by
the test (`cut`, `heal`, `kill`). Channels are reliable and ordered, as WebRTC's are: loss shows as delay, or as the
death of a link.

As strict as a real transport: a link whose other side was killed stays open and swallows what is sent (only a ping
finds out); a closed one reports to the other side after a delay; the buffered amount shrinks with time, and
`link_drained` comes only when it crosses the low mark downward.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from graphvine.limits import MAX_FRAME_BYTES
from graphvine.net.params import LOW_WATER_BYTES
from graphvine.ports import LinkEvents, Rng

Schedule = Callable[[float, Callable[[], None]], None]


@dataclass(eq=False)
class _End:
    """One side of a link. free_at: when each channel has sent what it holds; due_at: when the last frame arrives.

    in_flight: frames on their way to the other side. Their order is kept here, not by rounded times.
    """

    name: str
    owner: MemoryTransport
    pair: _Pair
    is_open: bool = False
    buffered: list[int] = field(default_factory=lambda: [0, 0])
    free_at: list[float] = field(default_factory=lambda: [0.0, 0.0])
    due_at: list[float] = field(default_factory=lambda: [0.0, 0.0])
    in_flight: tuple[deque[bytes], deque[bytes]] = field(default_factory=lambda: (deque(), deque()))

    @property
    def other(self) -> _End | None:
        return self.pair.responder if self is self.pair.initiator else self.pair.initiator


class _Pair:
    """Both sides of a link, and what the network does to it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.initiator: _End | None = None
        self.responder: _End | None = None
        self.is_connecting = False
        self.is_broken = False


class MemoryNetwork:
    """All simulated peers, and the lines between them.

    schedule: calls an action after so many seconds, later calls with equal delay in order. now: simulated seconds.
    rng: seeded. delay_s: shortest and longest. bandwidth: bytes a second of one direction of a channel.
    """

    def __init__(
        self,
        schedule: Schedule,
        now: Callable[[], float],
        rng: Rng,
        *,
        delay_s: tuple[float, float] = (0.005, 0.05),
        bandwidth: float = 10_000_000.0,
    ) -> None:
        self.schedule = schedule
        self.now = now
        self.delay_s = delay_s
        self.bandwidth = bandwidth
        self._rng = rng
        self._transports: dict[bytes, MemoryTransport] = {}
        self._pairs: dict[int, _Pair] = {}
        self._numbers = 0
        self._cut: dict[frozenset[bytes], None] = {}

    def transport(self, peer: bytes, *, kind: str = "memory", needs_signaling: bool = False) -> MemoryTransport:
        """Return a transport for one more peer."""
        transport = MemoryTransport(self, peer, kind, needs_signaling)
        self._transports[peer] = transport
        return transport

    def cut(self, left: bytes, right: bytes) -> None:
        """Nothing gets through between two peers any more. They are not told; existing links hang."""
        self._cut[frozenset((left, right))] = None

    def heal(self, left: bytes | None = None, right: bytes | None = None) -> None:
        """Undo one cut, or (without arguments) all. Links that hung stay dead."""
        if left is None or right is None:
            self._cut.clear()
        else:
            self._cut.pop(frozenset((left, right)), None)

    def kill(self, peer: bytes) -> None:
        """A tab is killed: its transport is gone, and nobody is told."""
        transport = self._transports.pop(peer, None)
        if transport is not None:
            transport.vanish()

    # -- for MemoryTransport -------------------------------------------------------------------------------------------

    def delay(self) -> float:
        """Return how long the next thing takes."""
        low, high = self.delay_s
        return low + (high - low) * self._rng.random()

    def is_cut(self, left: bytes, right: bytes) -> bool:
        """Tell whether nothing gets through."""
        return frozenset((left, right)) in self._cut

    def find(self, peer: bytes) -> MemoryTransport | None:
        """Return the transport of a peer that is alive."""
        return self._transports.get(peer)

    def forget(self, peer: bytes) -> None:
        """A transport has stopped."""
        self._transports.pop(peer, None)

    def new_pair(self) -> _Pair:
        """Return the two sides-to-be of a link."""
        self._numbers += 1
        pair = self._pairs[self._numbers] = _Pair(self._numbers)
        return pair

    def forget_pair(self, pair: _Pair) -> None:
        """No description will name it any more."""
        self._pairs.pop(pair.number, None)

    def pair(self, description: str) -> _Pair | None:
        """Return the link that a description (``memory N``) speaks of."""
        number = description.removeprefix("memory ").split(" ")[0]
        return self._pairs.get(int(number)) if number.isdecimal() and len(number) < 12 else None


class MemoryTransport:
    """One peer's port to a `MemoryNetwork`. Implements `ports.Transport`."""

    def __init__(self, network: MemoryNetwork, peer: bytes, kind: str, needs_signaling: bool) -> None:
        self.kind = kind
        self.needs_signaling = needs_signaling
        self.peer = peer
        self._network = network
        self._events: LinkEvents | None = None
        self._ends: dict[str, _End] = {}
        self._offered = 0

    def start(self, events: LinkEvents) -> None:
        """Begin to report to `events`."""
        self._events = events

    def open(self, link: str, peer: bytes, *, initiator: bool) -> None:
        """Make a link; as initiator, offer it or connect."""
        if not initiator:
            return  # `describe` brings the offer, and with it the pair.
        pair = self._network.new_pair()
        end = self._ends[link] = pair.initiator = _End(link, self, pair)
        if self.needs_signaling:
            self._report(end, lambda events: self._describe_own(events, link, "offer", pair))
            return
        self._network.schedule(self._network.delay(), lambda: self._arrive(end, peer))

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Apply the remote description."""
        pair = self._network.pair(sdp)
        if pair is None:
            return
        if kind == "offer" and pair.responder is None:
            end = self._ends[link] = pair.responder = _End(link, self, pair)
            self._report(end, lambda events: self._describe_own(events, link, "answer", pair))
        elif kind == "answer" and link in self._ends and not pair.is_connecting:
            pair.is_connecting = True
            self._connect(pair)

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Apply a remote candidate: there is nothing to do."""

    def send(self, link: str, channel: int, data: bytes) -> int:
        """Send one frame; return the bytes now buffered, -1 when the link is gone."""
        end = self._ends.get(link)
        if end is None or not end.is_open:
            return -1
        if len(data) > MAX_FRAME_BYTES:
            raise ValueError(f"a frame of {len(data)} bytes")
        network = self._network
        now = network.now()
        end.buffered[channel] += len(data)
        end.free_at[channel] = max(now, end.free_at[channel]) + len(data) / network.bandwidth
        end.due_at[channel] = max(end.due_at[channel], end.free_at[channel] + network.delay())
        network.schedule(end.free_at[channel] - now, lambda: self._flushed(end, channel, len(data)))
        end.in_flight[channel].append(data)
        network.schedule(end.due_at[channel] - now, lambda: self._deliver(end, channel))
        return end.buffered[channel]

    def close(self, link: str) -> None:
        """Close a link; the other side hears of it."""
        end = self._ends.pop(link, None)
        if end is None:
            return
        end.is_open = False
        network = self._network
        # What was sent before still arrives.
        wait_s = max(network.delay(), *(due - network.now() for due in end.due_at))
        network.schedule(wait_s, lambda: self._closed(end))

    async def stop(self) -> None:
        """Close every link."""
        for link in list(self._ends):
            self.close(link)
        self._events = None
        self._network.forget(self.peer)

    def vanish(self) -> None:
        """Be killed: no goodbye. The other sides keep links that lead nowhere."""
        self._events = None
        for end in self._ends.values():
            end.is_open = False
        self._ends.clear()

    # -- what the network does -----------------------------------------------------------------------------------------

    def _describe_own(self, events: LinkEvents, link: str, kind: str, pair: _Pair) -> None:
        events.link_described(link, kind, f"memory {pair.number} {kind}")
        events.link_candidate(link, f"candidate {pair.number}", "0")
        events.link_candidate(link, "", "0")

    def _report(self, end: _End, event: Callable[[LinkEvents], None]) -> None:
        """Report after a moment, if the link is still there."""

        def report() -> None:
            if self._events is not None and self._ends.get(end.name) is end:
                event(self._events)

        self._network.schedule(self._network.delay() / 4, report)

    def _arrive(self, end: _End, peer: bytes) -> None:
        """A link without signaling reaches the other side, or nobody."""
        remote = self._network.find(peer)
        if remote is None or self._ends.get(end.name) is not end or self._network.is_cut(self.peer, peer):
            return
        remote.accept(end.pair, self.peer)
        self._connect(end.pair)

    def accept(self, pair: _Pair, peer: bytes) -> None:
        """Another peer's link without signaling has arrived."""
        if self._events is None:
            return
        self._offered += 1
        name = f"{self.kind}:in:{self._offered}"
        self._ends[name] = pair.responder = _End(name, self, pair)
        self._events.link_offered(name, peer)

    def _connect(self, pair: _Pair) -> None:
        left, right = pair.initiator, pair.responder
        if left is None or right is None or self._network.is_cut(left.owner.peer, right.owner.peer):
            return
        self._network.forget_pair(pair)
        binding = b"memory" + pair.number.to_bytes(26, "big")
        left.is_open = right.is_open = True
        for end in (left, right):
            end.owner.opened(end, binding)

    def opened(self, end: _End, binding: bytes) -> None:
        """Both sides are there: report it before any frame."""
        wait_s = self._network.delay()
        for channel in (0, 1):
            # The other side's frames must not overtake our own report, nor ours theirs.
            if end.other is not None:
                end.other.due_at[channel] = self._network.now() + wait_s
        self._network.schedule(wait_s, lambda: self._say_opened(end, binding))

    def _say_opened(self, end: _End, binding: bytes) -> None:
        if self._events is not None and self._ends.get(end.name) is end:
            self._events.link_opened(end.name, binding)

    def _flushed(self, end: _End, channel: int, size: int) -> None:
        before = end.buffered[channel]
        end.buffered[channel] = after = before - size
        is_ours = self._ends.get(end.name) is end
        if before > LOW_WATER_BYTES >= after and self._events is not None and is_ours:
            self._events.link_drained(end.name, channel)

    def _deliver(self, end: _End, channel: int) -> None:
        other = end.other
        if other is None or not end.in_flight[channel]:
            return
        data = end.in_flight[channel].popleft()
        if self._network.is_cut(self.peer, other.owner.peer):
            end.pair.is_broken = True
        if not end.pair.is_broken:
            other.owner.take(other, channel, data)

    def take(self, end: _End, channel: int, data: bytes) -> None:
        """A frame has arrived."""
        if self._events is not None and self._ends.get(end.name) is end:
            self._events.link_frame(end.name, channel, data)

    def _closed(self, end: _End) -> None:
        for channel in (0, 1):
            while end.in_flight[channel]:
                self._deliver(end, channel)
        other = end.other
        if other is None or end.pair.is_broken or self._network.is_cut(self.peer, other.owner.peer):
            return
        other.owner.lose(other)

    def lose(self, end: _End) -> None:
        """The other side has closed a link."""
        if self._ends.get(end.name) is end:
            del self._ends[end.name]
            end.is_open = False
            if self._events is not None:
                self._events.link_closed(end.name, "closed by the other side")
