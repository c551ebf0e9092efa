"""One link to one remote peer, from the first signal to the end. Knows nothing of other links.

A link is *opening* (signaling, the transport connects), *securing* (the handshake), *ready*. `Links` closes it when a
method raised a `RemoteError`, or when `ended` says why it can't go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Literal, NamedTuple

from graphvine.effects import Drained, Effect, Received, SendFrame, SendMessage
from graphvine.errors import ProtocolViolation
from graphvine.limits import (
    MAX_CONTROL_MESSAGE_BYTES,
    MAX_MESSAGE_BYTES,
    SEND_QUEUE_HARD_BYTES,
    SEND_QUEUE_SOFT_BYTES,
)
from graphvine.net import liveness
from graphvine.net.frames import MAX_WHOLE_BYTES, Reassembler, SendQueue
from graphvine.net.handshake import BYE, WELCOME, Handshake, LocalPeer
from graphvine.net.liveness import Liveness
from graphvine.net.offers import Negotiation
from graphvine.net.params import DIAL_TIMEOUT_S, HANDSHAKE_TIMEOUT_S, STALL_S

State = Literal["opening", "securing", "ready"]

MAX_BYE_BYTES = 64


class LinkStatus(NamedTuple):
    """One link, for people to look at.

    state: ``opening``, ``securing`` or ``ready``. rtt_ms: None until measured. since_s: its age in seconds.
    """

    peer: bytes
    author: bytes
    kind: str
    state: str
    rtt_ms: float | None
    bytes_in: int
    bytes_out: int
    queued_bytes: int
    since_s: float


class Link:
    """See the module.

    name: at the transport. due: when to call `wake`. ended: why it can't go on, or None. is_bye: whether the remote
    peer ended it on purpose. since: when it became ready, or was begun. bytes_in, bytes_out: of whole frames.
    """

    __slots__ = (
        "_handshake",
        "_incoming",
        "_liveness",
        "_owes_drained",
        "_queues",
        "_stall_at",
        "_timeout_at",
        "bytes_in",
        "bytes_out",
        "due",
        "ended",
        "is_bye",
        "is_initiator",
        "kind",
        "name",
        "negotiation",
        "peer",
        "since",
        "state",
    )

    def __init__(
        self,
        name: str,
        peer: bytes,
        kind: str,
        *,
        is_initiator: bool,
        negotiation: Negotiation | None,
        now: float,
    ) -> None:
        self.name = name
        self.peer = peer
        self.kind = kind
        self.is_initiator = is_initiator
        self.negotiation = negotiation
        self.state: State = "opening"
        self.ended: str | None = None
        self.is_bye = False
        self.since = now
        self.bytes_in = 0
        self.bytes_out = 0
        self._timeout_at = now + DIAL_TIMEOUT_S
        self.due = self._timeout_at
        self._stall_at = inf
        self._owes_drained = False
        self._handshake: Handshake | None = None
        self._liveness = Liveness(now=now)
        # Whoever has not proven anything yet gets no memory beyond a frame.
        self._incoming = (Reassembler(MAX_WHOLE_BYTES), Reassembler(MAX_WHOLE_BYTES))
        self._queues = (SendQueue(), SendQueue())

    @property
    def is_ready(self) -> bool:
        """Whether both sides have proven who they are."""
        return self.state == "ready"

    @property
    def author(self) -> bytes:
        """32-byte key of the person behind the remote peer; empty before the link is ready."""
        hello = self._handshake.hello if self._handshake is not None and self.is_ready else None
        return b"" if hello is None else hello.author

    @property
    def protocols(self) -> tuple[int, ...]:
        """What the remote peer speaks; empty before the link is ready."""
        hello = self._handshake.hello if self._handshake is not None and self.is_ready else None
        return () if hello is None else hello.protocols

    @property
    def tags(self) -> tuple[bytes, ...]:
        """What the remote peer says it has; empty before the link is ready."""
        hello = self._handshake.hello if self._handshake is not None and self.is_ready else None
        return () if hello is None else hello.tags

    @property
    def rtt_s(self) -> float | None:
        """Smoothed round-trip time; None until measured."""
        return self._liveness.rtt_s

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait on our side of the transport."""
        return self._queues[0].queued_bytes + self._queues[1].queued_bytes

    def status(self, *, now: float) -> LinkStatus:
        """Return what there is to know."""
        return LinkStatus(
            self.peer,
            self.author,
            self.kind,
            self.state,
            None if self.rtt_s is None else self.rtt_s * 1000.0,
            self.bytes_in,
            self.bytes_out,
            self.queued_bytes,
            now - self.since,
        )

    def opened(
        self, binding: bytes, own: LocalPeer, nonce: bytes, tokens: Iterator[int], *, now: float, wall_ms: int
    ) -> list[Effect]:
        """The transport has connected; say hello."""
        if self.state != "opening":
            return []
        self.state = "securing"
        self._timeout_at = self.due = now + HANDSHAKE_TIMEOUT_S
        self._handshake = Handshake(
            own,
            self.peer,
            is_initiator=self.is_initiator,
            binding=binding,
            nonce=nonce,
            tokens=tokens,
            wall_ms=wall_ms,
        )
        return self._spoken(self._handshake.start(), now)

    def frame(self, channel: int, data: bytes, *, now: float) -> list[Effect]:
        """A frame came in. Raises RemoteError."""
        if self._handshake is None:
            self.ended = "the transport gave a frame before it was open"
            return []
        if channel != 0 and channel != 1:
            raise ProtocolViolation(f"a frame on channel {channel}")
        self.bytes_in += len(data)
        effects: list[Effect] = []
        for protocol, payload in self._incoming[channel].receive(data):
            if protocol == 0:
                effects += self._own_message(self._handshake, payload, now)
            else:
                if self.state != "ready":
                    self._handshake.finish()
                    self._become_ready(now)
                effects.append(Received(self.peer, protocol, payload))
        if self.state == "ready":
            self._liveness.heard(now=now)
            self._reschedule()
        return effects

    def send(self, protocol: int, data: bytes, channel: int, *, now: float) -> list[Effect]:
        """Send one message. What is too big for channel 0 goes on channel 1."""
        if len(data) > MAX_CONTROL_MESSAGE_BYTES:
            channel = 1
        queue = self._queues[channel]
        effects = self._frames(channel, queue.push(protocol, data))
        if queue.is_blocked and self._stall_at == inf:
            self._stall_at = now + STALL_S
            self._reschedule()
        if channel == 1:
            self._owes_drained = True
            self._pay_drained(effects)
        if queue.queued_bytes > SEND_QUEUE_HARD_BYTES:
            self.ended = "the peer reads too slowly"
        return effects

    def sent(self, channel: int, size: int, buffered: int, *, now: float) -> list[Effect]:
        """The transport took a frame of `size` bytes, and now holds `buffered` of that channel."""
        queue = self._queues[channel]
        if not queue.is_blocked:
            queue.sent(size, buffered)
            return []
        return self._moved(channel, queue.sent(size, buffered), now)

    def drained(self, channel: int, *, now: float) -> list[Effect]:
        """The transport's buffer of a channel fell below the low mark."""
        return self._moved(channel, self._queues[channel].drained(), now)

    def completed(self, token: int, result: object, *, now: float) -> list[Effect]:
        """Answer to a Sign or Verify of the handshake. Raises BadHandshake."""
        if self._handshake is None:
            return []
        effects = self._spoken(self._handshake.completed(token, result), now)
        self._follow(self._handshake, now)
        return effects

    def wake(self, *, now: float) -> list[Effect]:
        """Ping, or find that it is over."""
        if now < self.due:
            return []
        if self.state == "opening":
            self.ended = "the peer could not be reached in time"
        elif self.state == "securing":
            self.ended = "the peer did not prove who it is in time"
        elif now >= self._stall_at:
            self.ended = "the transport takes no more data"
        else:
            return self._ask(now)
        return []

    def goodbye(self, reason: str, *, now: float) -> list[Effect]:
        """Tell the other side, if it can be told, that we end it."""
        if self.state == "opening":
            return [] if self.negotiation is None else [self.negotiation.bye(reason)]
        return self.send(0, bytes((BYE,)) + reason.encode()[:MAX_BYE_BYTES], 0, now=now)

    def _own_message(self, handshake: Handshake, data: bytes, now: float) -> list[Effect]:
        kind = data[0] if data else -1
        if kind == BYE and len(data) <= 1 + MAX_BYE_BYTES:
            text = data[1:].decode("utf-8", "replace")
            self.ended = "the peer said bye: " + "".join(each if each.isprintable() else "?" for each in text)
            self.is_bye = True
            return []
        if self.state != "ready" or kind == WELCOME:
            effects = self._spoken(handshake.receive(data), now)
            self._follow(handshake, now)
            return effects
        if len(data) != liveness.PING_BYTES or kind not in (liveness.PING, liveness.PONG):
            raise ProtocolViolation(f"message {kind} of {len(data)} bytes on a ready link")
        if kind == liveness.PONG:
            self._liveness.answered(int.from_bytes(data[1:], "big"), now=now)
            return []
        # Whoever sends pings faster than it reads answers gets none, instead of our memory.
        return [] if self._queues[0].is_blocked else self.send(0, bytes((liveness.PONG,)) + data[1:], 0, now=now)

    def _follow(self, handshake: Handshake, now: float) -> None:
        if handshake.state in ("verified", "ready"):
            self._incoming[0].limit_bytes = MAX_CONTROL_MESSAGE_BYTES
            self._incoming[1].limit_bytes = MAX_MESSAGE_BYTES
        if handshake.state == "ready" and self.state != "ready":
            self._become_ready(now)

    def _become_ready(self, now: float) -> None:
        self.state = "ready"
        self.since = now
        self._timeout_at = inf
        self._liveness = Liveness(now=now)
        self._reschedule()

    def _spoken(self, effects: list[Effect], now: float) -> list[Effect]:
        """Put what the handshake says into frames."""
        result: list[Effect] = []
        for effect in effects:
            if isinstance(effect, SendMessage):
                result += self.send(effect.protocol, effect.data, effect.channel, now=now)
            else:
                result.append(effect)
        return result

    def _ask(self, now: float) -> list[Effect]:
        ping = self._liveness.wake(now=now)
        effects = [] if ping is None else self.send(0, ping, 0, now=now)
        if self._liveness.is_dead:
            self.ended = "the peer has fallen silent"
        self._reschedule()
        return effects

    def _moved(self, channel: int, frames: list[bytes], now: float) -> list[Effect]:
        """Something went through the transport: out with the next frames, and start the stall timer afresh."""
        is_blocked = self._queues[0].is_blocked or self._queues[1].is_blocked
        self._stall_at = now + STALL_S if is_blocked else inf
        self._reschedule()
        effects = self._frames(channel, frames)
        self._pay_drained(effects)
        return effects

    def _pay_drained(self, effects: list[Effect]) -> None:
        if self._owes_drained and self._queues[1].queued_bytes <= SEND_QUEUE_SOFT_BYTES and self.is_ready:
            self._owes_drained = False
            effects.append(Drained(self.peer))

    def _frames(self, channel: int, frames: list[bytes]) -> list[Effect]:
        effects: list[Effect] = []
        for frame in frames:
            self.bytes_out += len(frame)
            effects.append(SendFrame(self.name, channel, frame))
        return effects

    def _reschedule(self) -> None:
        due = self._liveness.due if self.state == "ready" else self._timeout_at
        self.due = due if due < self._stall_at else self._stall_at
