"""Who is here: short-lived facts that each tab says of itself. Never stored, never part of the graph.

A fact is signed by the peer key that it speaks of, and that key is vouched for by its author: so it may pass through
others (peers of peers see each other), and nobody can speak for somebody else. Its time must be newer than the last one
of the same peer, and not far from our own clock: what is recorded today is worth nothing tomorrow. A peer that falls
silent, or that we lose, is gone. What one neighbour may tell us is bounded in bytes and in people.

Why signed, and not for direct neighbours only: docs/decisions/0026-presence-is-signed.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from graphvine.crypto.certificate import CLOCK_SKEW_MS, Certificate, certificate_message
from graphvine.effects import Effect, Penalise, PresenceChanged, SendMessage, Sign, Verify
from graphvine.errors import BadSignature, ProtocolViolation
from graphvine.gossip import params
from graphvine.gossip.presence_messages import (
    CONTEXT,
    SHORT,
    Fact,
    Values,
    check_values,
    decode,
    encode,
    encode_fact,
    short,
)
from graphvine.limits import MAX_PRESENT
from graphvine.model.allowance import Allowance

PRESENCE_PROTOCOL = 3


class TooMuchPresence(ProtocolViolation):
    """A peer says far more about who is here than any honest one would."""


@dataclass(slots=True)
class Person:
    """Somebody who is here. author: 32-byte key. values: what their tab says of itself.

    via: the neighbour who told us first. data: the last message, for newcomers. facts: how often they may speak.
    """

    author: bytes
    values: Values
    expires_at: float
    via: bytes
    data: bytes
    facts: Allowance


@dataclass(slots=True)
class _Checking:
    """A fact whose signatures are being looked at."""

    sender: bytes
    fact: Fact
    data: bytes
    left: int


class _Neighbour:
    __slots__ = ("checking", "receive", "send")

    def __init__(self, now: float) -> None:
        self.receive = Allowance(params.PRESENCE_RECEIVE_PER_S, params.PRESENCE_RECEIVE_BURST, now=now)
        self.send = Allowance(params.PRESENCE_SEND_PER_S, params.PRESENCE_SEND_BURST, now=now)
        self.checking = 0


class Presence:
    """The machine; see the module. Times are monotonic seconds.

    others: who is here, by peer. Read only. mine: what we say of ourselves; None while we say nothing.
    """

    def __init__(self, space: bytes, peer: bytes, author: bytes, certificate: Certificate) -> None:
        self.others: dict[bytes, Person] = {}
        self.mine: Values | None = None
        self._context = CONTEXT + space
        self._peer, self._author, self._certificate = peer, author, certificate
        self._neighbours: dict[bytes, _Neighbour] = {}
        # Time of the last fact of everybody heard of lately, gone ones too, in the order of hearing.
        self._heard: dict[bytes, int] = {}
        self._vouched: dict[bytes, tuple[bytes, int, bytes]] = {}
        self._checking: dict[int, _Checking] = {}
        self._token = 0
        self._signing: tuple[int, bytes] | None = None
        self._message = b""
        self._is_dirty = False
        self._send_at = inf
        self._sent_at = -inf
        self._time_ms = 0
        self._epoch_ms = 0.0

    def set_clock(self, now: float, wall_ms: int) -> None:
        """Learn the wall clock (Unix epoch ms), at the start and now and then: it may jump."""
        self._epoch_ms = wall_ms - now * 1000

    # -- ours ---------------------------------------------------------------------------------------------------------

    def renew(self, certificate: Certificate) -> None:
        """Show another certificate from the next fact on."""
        self._certificate = certificate

    def set(self, values: Values | None, *, now: float) -> list[Effect]:
        """Say something else of ourselves from now on, or (None) goodbye. Raises InvalidValue."""
        self.mine = None if values is None else check_values(values)
        self._is_dirty = True
        is_urgent = values is None
        self._send_at = now if is_urgent else min(self._send_at, max(now, self._sent_at + params.PRESENCE_EVERY_S))
        return self._sign(now)

    def _sign(self, now: float) -> list[Effect]:
        """Make a fact of what we say, if its time has come."""
        if self._signing is not None or now < self._send_at:
            return []
        self._time_ms = max(self._time_ms + 1, self._wall_ms(now))
        told = b"".join(short(peer) for peer in self._neighbours)
        certificate = self._certificate
        fact = Fact(
            self._peer, self._time_ms, self._author, certificate.expires_ms, certificate.signature, told, self.mine
        )
        data = encode_fact(fact)
        self._token += 1
        self._signing = (self._token, data)
        self._is_dirty = False
        self._sent_at = now
        self._send_at = inf if self.mine is None else now + params.PRESENCE_AGAIN_S
        return [Sign(self._token, self._context + data)]

    def _signed(self, data: bytes, signature: bytes, now: float) -> list[Effect]:
        self._signing = None
        self._message = encode(data, signature) if self.mine is not None else b""
        effects = self._send(encode(data, signature), self._neighbours, now)
        if self._is_dirty:
            self._send_at = self._sent_at + params.PRESENCE_EVERY_S
        return effects

    # -- neighbours ---------------------------------------------------------------------------------------------------

    def peer_ready(self, peer: bytes, *, now: float) -> list[Effect]:
        """Tell a new neighbour who is here."""
        if peer not in self._neighbours:
            self._neighbours[peer] = _Neighbour(now)
        known = [person.data for other, person in self.others.items() if other != peer]
        effects: list[Effect] = []
        for data in (self._message, *known):
            if data:
                effects += self._send(data, [peer], now)
        return effects

    def peer_lost(self, peer: bytes) -> list[Effect]:
        """A neighbour is gone, and so is its tab, as far as we know. Somebody else may still tell us otherwise."""
        self._neighbours.pop(peer, None)
        self._vouched.pop(peer, None)
        return [] if self.others.pop(peer, None) is None else [PresenceChanged()]

    def receive(self, sender: bytes, data: bytes, *, now: float) -> list[Effect]:
        """Take a message. Raises RemoteError."""
        neighbour = self._neighbours.get(sender)
        if neighbour is None:
            return []
        if not neighbour.receive.spend(len(data) + params.OVERHEAD_BYTES, now=now):
            raise TooMuchPresence("says more about who is here than anybody could show")
        fact, signed, signature = decode(data)
        if not neighbour.receive.is_solvent(now=now) or not self._is_wanted(sender, neighbour, fact, now):
            return []
        self._token += 1
        item = _Checking(sender, fact, data, 1)
        checks: list[Effect] = [Verify(self._token, fact.peer, signature, self._context + signed)]
        self._checking[self._token] = item
        if self._vouched.get(fact.peer) != _voucher(fact):
            self._token += 1
            item.left += 1
            self._checking[self._token] = item
            message = certificate_message(fact.peer, fact.expires_ms)
            checks.append(Verify(self._token, fact.author, fact.certificate, message))
        neighbour.checking += 1
        return checks

    def _is_wanted(self, sender: bytes, neighbour: _Neighbour, fact: Fact, now: float) -> bool:
        """Tell whether a fact, if it is true, is news, of our time, and within what the sender may tell."""
        wall_ms = self._wall_ms(now)
        return (
            fact.peer != self._peer
            and neighbour.checking < params.PRESENCE_CHECKING
            and abs(fact.time_ms - wall_ms) <= params.PRESENCE_WINDOW_MS
            and fact.expires_ms + CLOCK_SKEW_MS > wall_ms
            and fact.time_ms > self._heard.get(fact.peer, 0)
            and self._has_room(sender, fact)
        )

    def _has_room(self, sender: bytes, fact: Fact) -> bool:
        """A neighbour may always speak for itself; of others, only so many."""
        if fact.peer in self.others or fact.peer == sender or fact.values is None:
            return True
        introduced = sum(person.via == sender for person in self.others.values())
        return introduced < params.PRESENCE_INTRODUCED and len(self.others) < MAX_PRESENT

    # -- answers and time ---------------------------------------------------------------------------------------------

    def completed(self, token: int, result: object, *, now: float) -> list[Effect]:
        """Take the answer to a `Sign` or a `Verify`."""
        if self._signing is not None and token == self._signing[0]:
            data = self._signing[1]
            return self._signed(data, result, now) if isinstance(result, bytes) else self._unsigned()
        item = self._checking.pop(token, None)
        if item is None or item.left < 0:
            return []
        item.left = -1 if result is not True else item.left - 1
        if item.left > 0:
            return []
        neighbour = self._neighbours.get(item.sender)
        if neighbour is not None:
            neighbour.checking -= 1
        if item.left < 0:
            error = BadSignature(item.fact.peer)
            return [Penalise(item.sender, error.penalty, "presence of somebody else, or none")]
        return self._accept(item, now) if neighbour is not None else []

    def _unsigned(self) -> list[Effect]:
        self._signing = None
        return []

    def _accept(self, item: _Checking, now: float) -> list[Effect]:
        fact, sender = item.fact, item.sender
        if fact.time_ms <= self._heard.get(fact.peer, 0) or not self._has_room(sender, fact):
            return []
        self._heard.pop(fact.peer, None)
        self._heard[fact.peer] = fact.time_ms
        self._forget(now)
        person = self.others.get(fact.peer)
        if person is not None and not person.facts.spend(1.0, now=now):
            return []
        if fact.values is None:
            self._vouched.pop(fact.peer, None)
            was_here = self.others.pop(fact.peer, None) is not None
            changed: list[Effect] = [PresenceChanged()] if was_here else []
        else:
            self._vouched[fact.peer] = _voucher(fact)
            changed = self._note(person, fact, item, now)
        told = {fact.told[i : i + SHORT] for i in range(0, len(fact.told), SHORT)}
        others = [peer for peer in self._neighbours if peer not in (sender, fact.peer) and short(peer) not in told]
        return [*changed, *self._send(item.data, others, now)]

    def _note(self, person: Person | None, fact: Fact, item: _Checking, now: float) -> list[Effect]:
        expires_at = now + params.PRESENCE_LASTS_S
        values = fact.values or {}
        if person is None:
            facts = Allowance(params.PRESENCE_FACTS_PER_S, params.PRESENCE_FACTS_BURST, now=now)
            self.others[fact.peer] = Person(fact.author, values, expires_at, item.sender, item.data, facts)
            return [PresenceChanged()]
        is_new = person.values != values
        person.author, person.values, person.expires_at, person.data = fact.author, values, expires_at, item.data
        return [PresenceChanged()] if is_new else []

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`."""
        times = [person.expires_at for person in self.others.values()]
        if self._signing is None:
            times.append(self._send_at)
        earliest = min(times, default=inf)
        return None if earliest == inf else earliest

    def wake(self, *, now: float) -> list[Effect]:
        """Say again what we say; forget who is silent."""
        silent = [peer for peer, person in self.others.items() if person.expires_at <= now]
        for peer in silent:
            del self.others[peer]
            self._vouched.pop(peer, None)
        return [*self._sign(now), *([PresenceChanged()] if silent else [])]

    def _forget(self, now: float) -> None:
        """Forget times that are so old that nothing as old would be taken, and the oldest of too many."""
        oldest_ms = self._wall_ms(now) - params.PRESENCE_WINDOW_MS
        while self._heard:
            peer = next(iter(self._heard))
            if self._heard[peer] >= oldest_ms and len(self._heard) <= params.PRESENCE_REMEMBERED:
                return
            del self._heard[peer]
            if peer not in self.others:
                self._vouched.pop(peer, None)

    def _send(self, data: bytes, peers: list[bytes] | dict[bytes, _Neighbour], now: float) -> list[Effect]:
        """Send to those who can take it. Who can't will hear the next one."""
        effects: list[Effect] = []
        for peer in peers:
            send = self._neighbours[peer].send
            if send.is_solvent(now=now):
                send.spend(len(data) + params.OVERHEAD_BYTES, now=now)
                effects.append(SendMessage(peer, PRESENCE_PROTOCOL, data, 0))
        return effects

    def _wall_ms(self, now: float) -> int:
        return int(self._epoch_ms + now * 1000)


def _voucher(fact: Fact) -> tuple[bytes, int, bytes]:
    return fact.author, fact.expires_ms, fact.certificate
