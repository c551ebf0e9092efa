"""Flooding: a new transaction goes to every ready peer that is not known to have it.

A transaction is passed on only after it was verified, applied and `accepted`. Messages are known by their content, so
that a transaction with some operations hidden does not stand in the way of the whole one. A peer that takes less than
we write is skipped, and `Lagging` tells anti-entropy, which has flow control.
"""

from __future__ import annotations

from hashlib import blake2b

from graphvine.effects import Deliver, Effect, Lagging, SendMessage
from graphvine.errors import ProtocolViolation
from graphvine.gossip import params
from graphvine.gossip.messages import Publish, decode, encode
from graphvine.model.allowance import Allowance

GOSSIP_PROTOCOL = 2


class Repetition(ProtocolViolation):
    """A peer sent the same message again."""

    penalty = 2.0


class TooMuchGossip(ProtocolViolation):
    """A peer sends far more than any honest one would."""


class _Neighbour:
    __slots__ = ("receive", "send")

    def __init__(self, now: float) -> None:
        self.send = Allowance(params.SEND_BYTES_PER_S, params.SEND_BURST_BYTES, now=now)
        self.receive = Allowance(params.RECEIVE_BYTES_PER_S, params.RECEIVE_BURST_BYTES, now=now)


class _Seen:
    """One message. senders: peers it came from. is_passed_on: published, or accepted and forwarded."""

    __slots__ = ("expires_at", "is_passed_on", "senders")

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at
        self.is_passed_on = False
        self.senders: dict[bytes, None] = {}


class Flood:
    """Gossip of one space. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._neighbours: dict[bytes, _Neighbour] = {}
        # In order of first sight, which is the order of expiry.
        self._seen: dict[bytes, _Seen] = {}

    def peer_ready(self, peer: bytes, *, now: float) -> list[Effect]:
        """A peer can be gossiped with from now on. What came before is the business of anti-entropy."""
        self._neighbours.setdefault(peer, _Neighbour(now))
        return []

    def peer_lost(self, peer: bytes) -> None:
        """Forget a peer."""
        self._neighbours.pop(peer, None)

    def publish(self, encoded: bytes, *, now: float) -> list[Effect]:
        """Send a transaction of our own to everybody."""
        return self._pass_on(encoded, now)

    def accepted(self, encoded: bytes, *, sender: bytes, now: float) -> list[Effect]:
        """A transaction of `sender` was good and new: if it came by gossip, send it to everybody else.

        encoded: exactly the bytes that were delivered. What came by anti-entropy is left to it.
        """
        if len(encoded) > params.MAX_GOSSIP_BYTES:
            return []  # that came by anti-entropy
        seen = self._seen.get(_name(encoded))
        return self._pass_on(encoded, now) if seen is not None and sender in seen.senders else []

    def receive(self, sender: bytes, data: bytes, *, now: float) -> list[Effect]:
        """Take a message of the gossip protocol. Raises RemoteError."""
        neighbour = self._neighbours.get(sender)
        if neighbour is None:
            return []
        if not neighbour.receive.spend(len(data) + params.OVERHEAD_BYTES, now=now):
            raise TooMuchGossip("gossips more than anybody could verify")
        encoded = decode(data).transaction
        seen = self._see(_name(encoded), now)
        if sender in seen.senders:
            raise Repetition("sends the same transaction again")
        is_first = not seen.senders and not seen.is_passed_on
        seen.senders[sender] = None
        return [Deliver(sender, [encoded])] if is_first else []

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`: when the oldest memory expires."""
        oldest = next(iter(self._seen.values()), None)
        return oldest.expires_at if oldest else None

    def wake(self, *, now: float) -> list[Effect]:
        """Forget what is old."""
        self._forget(now)
        return []

    def _pass_on(self, encoded: bytes, now: float) -> list[Effect]:
        if len(encoded) > params.MAX_GOSSIP_BYTES:
            return [Lagging(peer) for peer in self._neighbours]
        seen = self._see(_name(encoded), now)
        if seen.is_passed_on:
            return []
        seen.is_passed_on = True
        data = encode(Publish(encoded))
        effects: list[Effect] = []
        for peer, neighbour in self._neighbours.items():
            if peer in seen.senders:
                continue
            if neighbour.send.is_solvent(now=now):
                neighbour.send.spend(len(data) + params.OVERHEAD_BYTES, now=now)
                effects.append(SendMessage(peer, GOSSIP_PROTOCOL, data, int(len(data) > params.CONTROL_BYTES)))
            else:
                effects.append(Lagging(peer))
        return effects

    def _see(self, name: bytes, now: float) -> _Seen:
        seen = self._seen.get(name)
        if seen is None:
            self._forget(now)
            seen = self._seen[name] = _Seen(now + params.SEEN_S)
        return seen

    def _forget(self, now: float) -> None:
        while self._seen:
            name, oldest = next(iter(self._seen.items()))
            if oldest.expires_at > now and len(self._seen) < params.MAX_SEEN:
                return
            del self._seen[name]


def _name(encoded: bytes) -> bytes:
    return blake2b(encoded, digest_size=16).digest()
