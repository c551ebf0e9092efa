"""A shell for the rooms machine that keeps, for each connection, what its peer would know, and checks every effect."""

from __future__ import annotations

import random
from collections.abc import Iterable

from graphvine.net import signaling as s
from graphvine_relay.effects import Close, Effect, Greet, Send, Verify
from graphvine_relay.limits import Limits
from graphvine_relay.rooms import Rooms

ROOM, OTHER_ROOM = "room-of-16-chars", "another-16-chars"
SIGNATURE = s.encode_base64url(bytes(64))


def peer(number: int) -> str:
    return s.peer_id(number.to_bytes(32, "big"))


def nonce(number: int) -> str:
    return s.encode_base64url(number.to_bytes(32, "little"))


class Client:
    """What one connection has been told."""

    def __init__(self) -> None:
        self.inbox: list[s.FromRelay] = []
        self.greetings: list[tuple[str, ...]] = []
        self.view: set[str] = set()
        self.closed: int | None = None
        self.room = ""
        self.peer = ""

    def take(self) -> list[s.FromRelay]:
        inbox, self.inbox = self.inbox, []
        return inbox


class Bench:
    """Rooms with a clock that the test turns. Signatures hold unless `is_admitted` says otherwise."""

    def __init__(self, limits: Limits | None = None, *, seed: int = 1) -> None:
        self.rooms = Rooms(limits or Limits(), random.Random(seed))
        self.now = 1000.0
        self.is_admitted = True
        self.clients: dict[int, Client] = {}
        self.verified: list[Verify] = []

    def open(self, address: str = "192.0.2.1") -> int:
        number = len(self.clients) + 1
        self.clients[number] = Client()
        self._perform(self.rooms.open(number, address, nonce(number), now=self.now))
        return number

    def say(self, connection: int, message: s.FromPeer | str) -> None:
        text = message if isinstance(message, str) else s.encode(message)
        self._perform(self.rooms.receive(connection, text, now=self.now))

    def join(self, who: int, room: str = ROOM, address: str = "192.0.2.1") -> int:
        connection = self.open(address)
        client = self.clients[connection]
        client.room, client.peer = room, peer(who)
        self.say(connection, s.Join(1, room, peer(who), SIGNATURE))
        return connection

    def signal(self, connection: int, to: int, n: int | None = None, blob: str = "eHg") -> None:
        self.say(connection, s.Signal(peer(to), blob, n))

    def close(self, connection: int) -> None:
        if self.clients[connection].closed is None:
            self.clients[connection].closed = 1000
        self._perform(self.rooms.close(connection))

    def wake(self) -> None:
        self._perform(self.rooms.wake(now=self.now))

    def drain(self) -> None:
        self._perform(self.rooms.drain(now=self.now))

    def alive(self) -> Iterable[Client]:
        return [client for client in self.clients.values() if client.closed is None and client.greetings]

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Verify():
                    self.verified.append(effect)
                    self._perform(self.rooms.completed(effect.token, self.is_admitted))
                case Send(number, message):
                    assert self.clients[number].closed is None, "a frame for a closed connection"
                    self._deliver(self.clients[number], message)
                case Greet(number, who, peers):
                    client = self.clients[number]
                    assert (client.closed, client.peer) == (None, who)
                    client.greetings.append(peers)
                    client.view |= set(peers)
                case Close(number, code, _):
                    assert self.clients[number].closed is None, "closed twice"
                    self.clients[number].closed = code

    def _deliver(self, client: Client, message: s.FromRelay) -> None:
        assert s.decode_from_relay(s.encode(message)) == message, "the relay says what a peer refuses"
        client.inbox.append(message)
        if isinstance(message, s.Presence):
            if message.op == "join":
                assert message.id not in client.view
                client.view.add(message.id)
            else:
                client.view.remove(message.id)
