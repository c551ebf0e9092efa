"""Who is in which room, and what may pass between them. A pure machine: no I/O, no clock, no keys.

`now` is monotonic seconds and never goes back. What the machine wants done it returns as effects, in order.

A room may hold 1,000 peers, but nobody needs to hear of 1,000: a newcomer is told a random sample of
`signaling.MAX_PEERS_TOLD`, the same ones are told of the newcomer, and later its leaving. So a join costs at most 100
frames in a room of any size, and everybody who was told of a peer is told when it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graphvine.errors import MalformedMessage
from graphvine.model.allowance import Allowance
from graphvine.net import signaling

from .addresses import Addresses
from .effects import Close, Effect, Greet, Send, Verify
from .limits import Limits
from .metrics import Counters


class Rng(Protocol):
    """Dice for sampling (not for keys): `random.Random` is one."""

    def sample(self, population: Sequence[int], k: int) -> list[int]:
        """Return `k` different elements."""
        ...

    def uniform(self, a: float, b: float) -> float:
        """Return a number between `a` and `b`."""
        ...


class _Connection:
    """One socket. `join` is set while its signature is being checked; `room` and `peer` once it is in."""

    __slots__ = ("address", "bucket", "deadline", "join", "known", "nonce", "number", "peer", "refusals", "room")

    def __init__(self, number: int, address: str, nonce: str, limits: Limits, now: float) -> None:
        self.number = number
        self.address = address
        self.nonce = nonce
        self.deadline = now + limits.join_timeout_s
        self.bucket = Allowance(limits.frames_per_s, limits.frames_burst, now=now)
        self.refusals = 0
        self.join: signaling.Join | None = None
        self.room: str | None = None
        self.peer = ""
        # Connections that were told of this one, and of which this one was told: the relation is symmetric.
        self.known: dict[int, None] = {}


class Rooms:
    """The relay's memory: connections, rooms, rates."""

    def __init__(self, limits: Limits, rng: Rng) -> None:
        self.counters = Counters()
        self._limits = limits
        self._rng = rng
        self._addresses = Addresses(limits)
        self._connections: dict[int, _Connection] = {}
        # Not joined yet, in order of opening, which is the order of their deadlines.
        self._waiting: dict[int, None] = {}
        self._rooms: dict[str, dict[str, int]] = {}
        self._drained_at: float | None = None

    # -- what happens -------------------------------------------------------------------------------------------------

    def open(self, connection: int, address: str, nonce: str, *, now: float) -> list[Effect]:
        """A socket was accepted. nonce: 32 fresh random bytes in base64url."""
        has_room = len(self._connections) < self._limits.connections and self._drained_at is None
        if not has_room or not self._addresses.dial(address, now=now):
            self.counters.turned_away += 1
            return [Close(connection, signaling.CLOSE_BUSY, "busy")]
        self.counters.opened += 1
        self._connections[connection] = _Connection(connection, address, nonce, self._limits, now)
        self._waiting[connection] = None
        return [Send(connection, signaling.Challenge(nonce=nonce))]

    def receive(self, sender: int, data: str, *, now: float) -> list[Effect]:
        """A text frame came in."""
        connection = self._connections.get(sender)
        if connection is None:
            return []
        self.counters.frames_in += 1
        if len(data) > signaling.MAX_FRAME_BYTES:
            return self._too_big(connection, now)
        try:
            message = signaling.decode_from_peer(data)
        except MalformedMessage:
            self.counters.malformed += 1
            return self._expel(connection, signaling.CLOSE_MALFORMED, "malformed")
        if connection.room is None:
            return self._first_frame(connection, message)
        return self._later_frame(connection, message, now)

    def completed(self, token: int, is_admitted: bool) -> list[Effect]:
        """Answer to `Verify`."""
        connection = self._connections.get(token)
        if connection is None or connection.join is None:
            return []
        join, connection.join = connection.join, None
        if not is_admitted:
            self.counters.denied += 1
            return self._expel(connection, signaling.CLOSE_DENIED, "denied")
        return self._enter(connection, join)

    def close(self, connection: int) -> list[Effect]:
        """A socket is gone, by whoever's wish."""
        gone = self._connections.get(connection)
        return [] if gone is None else self._forget(gone)

    def drain(self, *, now: float) -> list[Effect]:
        """Take nobody new, ask everybody to leave, and close what is left after `Limits.drain_s`."""
        if self._drained_at is not None:
            return []
        self._drained_at = now + self._limits.drain_s
        effects: list[Effect] = []
        for number in list(self._waiting):
            effects += self._forget(self._connections[number])
            effects.append(Close(number, signaling.CLOSE_AWAY, "going away"))
        return effects + [
            Send(number, signaling.Drain(after=round(self._rng.uniform(0.0, self._limits.drain_s), 3)))
            for number in self._connections
        ]

    def wake(self, *, now: float) -> list[Effect]:
        """Deadlines passed: those who did not join, or everybody at the end of a drain."""
        if self._drained_at is not None and now >= self._drained_at:
            everybody = list(self._connections.values())
            self._connections.clear()
            self._waiting.clear()
            self._rooms.clear()
            return [Close(one.number, signaling.CLOSE_AWAY, "going away") for one in everybody]
        effects: list[Effect] = []
        while self._waiting:
            connection = self._connections[next(iter(self._waiting))]
            if now < connection.deadline:
                break
            self.counters.timed_out += 1
            effects += self._forget(connection)
            effects.append(Close(connection.number, signaling.CLOSE_TIMEOUT, "no join"))
        return effects

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`."""
        deadlines = [] if self._drained_at is None or not self._connections else [self._drained_at]
        if self._waiting:
            deadlines.append(self._connections[next(iter(self._waiting))].deadline)
        return min(deadlines, default=None)

    def gauges(self) -> dict[str, float]:
        """Return what there is now: connections, peers that joined, rooms, addresses."""
        return {
            "connections": len(self._connections),
            "peers": len(self._connections) - len(self._waiting),
            "rooms": len(self._rooms),
            "addresses": len(self._addresses),
            "draining": float(self.is_draining),
        }

    @property
    def is_draining(self) -> bool:
        """Whether `drain` was called."""
        return self._drained_at is not None

    # -- joining and leaving ------------------------------------------------------------------------------------------

    def _first_frame(self, connection: _Connection, message: signaling.FromPeer) -> list[Effect]:
        if not isinstance(message, signaling.Join) or connection.join is not None:
            self.counters.malformed += 1
            return self._expel(connection, signaling.CLOSE_MALFORMED, "malformed")
        if message.v != signaling.VERSION:
            return self._expel(connection, signaling.CLOSE_VERSION, "version")
        connection.join = message
        return [Verify(connection.number, message, signaling.join_message(connection.nonce, message.room))]

    def _enter(self, connection: _Connection, join: signaling.Join) -> list[Effect]:
        effects: list[Effect] = []
        ghost = self._rooms.get(join.room, {}).get(join.peer_key)
        if ghost is not None:
            self.counters.replaced += 1
            effects += self._forget(self._connections[ghost])
            effects.append(Close(ghost, signaling.CLOSE_REPLACED, "replaced"))
        room = self._rooms.get(join.room, {})
        if len(room) >= self._limits.room_peers:
            return effects + self._expel(connection, signaling.CLOSE_FULL, "full")
        del self._waiting[connection.number]
        connection.room, connection.peer = join.room, join.peer_key
        self.counters.joined += 1
        effects += self._introduce(connection)
        self._rooms.setdefault(join.room, room)[join.peer_key] = connection.number
        return effects

    def _introduce(self, connection: _Connection) -> list[Effect]:
        """Tell `connection` of a sample of its room, and the sample of `connection`."""
        assert connection.room is not None
        others = [number for number in self._rooms.get(connection.room, {}).values() if number != connection.number]
        if len(others) > signaling.MAX_PEERS_TOLD:
            others = self._rng.sample(others, signaling.MAX_PEERS_TOLD)
        peers = tuple(self._connections[number].peer for number in others)
        effects: list[Effect] = [Greet(connection.number, connection.peer, peers)]
        for number in others:
            if number not in connection.known:
                connection.known[number] = None
                self._connections[number].known[connection.number] = None
                effects.append(Send(number, signaling.Presence(op="join", id=connection.peer)))
        return effects

    def _forget(self, connection: _Connection) -> list[Effect]:
        """Remove every trace of a connection, and tell those who know it."""
        del self._connections[connection.number]
        self._waiting.pop(connection.number, None)
        self._addresses.hang_up(connection.address)
        if connection.room is None:
            return []
        room = self._rooms[connection.room]
        del room[connection.peer]
        if not room:
            del self._rooms[connection.room]
        effects: list[Effect] = []
        for number in connection.known:
            del self._connections[number].known[connection.number]
            effects.append(Send(number, signaling.Presence(op="leave", id=connection.peer)))
        return effects

    def _expel(self, connection: _Connection, close_code: int, code: signaling.Code) -> list[Effect]:
        farewell: list[Effect] = [
            Send(connection.number, signaling.Refused(code=code)),
            Close(connection.number, close_code, code),
        ]
        return self._forget(connection) + farewell

    # -- in the room --------------------------------------------------------------------------------------------------

    def _later_frame(self, connection: _Connection, message: signaling.FromPeer, now: float) -> list[Effect]:
        cost = self._limits.who_cost if isinstance(message, signaling.Who) else 1.0
        if not self._may_pass(connection, cost, now):
            return self._refuse_rate(connection, message.n if isinstance(message, signaling.Signal) else None)
        match message:
            case signaling.Signal():
                return self._forward(connection, message)
            case signaling.Who():
                return self._introduce(connection)
            case signaling.Ping():
                return [Send(connection.number, signaling.Pong())]
            case _:
                self.counters.malformed += 1
                return self._expel(connection, signaling.CLOSE_MALFORMED, "malformed")

    def _forward(self, connection: _Connection, signal: signaling.Signal) -> list[Effect]:
        assert connection.room is not None
        # Looked up in the sender's own room and nowhere else: no frame crosses from one room into another.
        receiver = self._rooms[connection.room].get(signal.to)
        if receiver is None or receiver == connection.number:
            self.counters.offline += 1
            return [Send(connection.number, signaling.Refused(code="offline", n=signal.n))]
        self.counters.forwarded += 1
        effects: list[Effect] = [Send(receiver, signaling.Forwarded(sender=connection.peer, blob=signal.blob))]
        if signal.n is not None:
            effects.append(Send(connection.number, signaling.Ack(n=signal.n)))
        return effects

    def _may_pass(self, connection: _Connection, cost: float, now: float) -> bool:
        return connection.bucket.take(now=now, cost=cost) and self._addresses.take_frame(
            connection.address, now=now, cost=cost
        )

    def _refuse_rate(self, connection: _Connection, n: int | None) -> list[Effect]:
        self.counters.rate_limited += 1
        connection.refusals += 1
        if connection.refusals > self._limits.refusals:
            return self._expel(connection, signaling.CLOSE_RATE, "rate")
        return [Send(connection.number, signaling.Refused(code="rate", n=n))]

    def _too_big(self, connection: _Connection, now: float) -> list[Effect]:
        self.counters.too_big += 1
        if connection.room is None:
            return self._expel(connection, signaling.CLOSE_MALFORMED, "big")
        if not self._may_pass(connection, 1.0, now):
            return self._refuse_rate(connection, None)
        return [Send(connection.number, signaling.Refused(code="big"))]
