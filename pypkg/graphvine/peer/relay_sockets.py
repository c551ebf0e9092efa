"""The WebSockets to relays of one peer: effects of its relay session in, what happens to the sockets back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from graphvine.net.relay_effects import CloseSocket, OpenSocket, SendText
from graphvine.peer.peer import Peer
from graphvine.ports import Clock, Socket, SocketFactory


class RelaySockets:
    """Holds the sockets until `stop`. perform: performs what the peer makes of an event."""

    def __init__(
        self, factory: SocketFactory, peer: Peer, clock: Clock, perform: Callable[[Iterable[Any]], None]
    ) -> None:
        self._factory = factory
        self._peer = peer
        self._clock = clock
        self._perform = perform
        self._socket_by_number: dict[int, Socket] = {}
        self._is_stopped = False

    def open(self, effect: OpenSocket) -> None:
        """Connect, and report under the effect's number."""
        number = effect.socket
        peer, now = self._peer, self._clock.now

        def on_close(reason: str) -> None:
            self._socket_by_number.pop(number, None)
            if not self._is_stopped:
                self._perform(peer.relay_closed(number, reason, now=now()))

        self._socket_by_number[number] = self._factory.connect(
            effect.url,
            lambda: self._perform(peer.relay_opened(number, now=now())),
            lambda text: self._perform(peer.relay_text(number, text, now=now())),
            on_close,
        )

    def send(self, effect: SendText) -> None:
        """Send a text, if the socket is still there."""
        socket = self._socket_by_number.get(effect.socket)
        if socket is not None:
            socket.send(effect.text)

    def close(self, effect: CloseSocket) -> None:
        """Close a socket."""
        socket = self._socket_by_number.pop(effect.socket, None)
        if socket is not None:
            socket.close()

    def stop(self) -> None:
        """Close all of them, and report nothing more."""
        self._is_stopped = True
        for socket in list(self._socket_by_number.values()):
            socket.close()
