"""RTCPeerConnections that `site/connections.js` owns on the page, commanded from a worker over a MessagePort.

The messages are listed in that file.
"""

from __future__ import annotations

import asyncio
from typing import Any

import js

from .ffi import ProxyScope, global_or_none, to_object
from .webrtc import BrokerEvents, IceServers

# Where the worker's script leaves the port that the page sent: `self.graphvineConnections`.
PORT_NAME = "graphvineConnections"


class PortConnections:
    """The Broker of a worker. Several may share one port: each puts a name of its own before its links."""

    def __init__(self, port: Any = None) -> None:
        self._port = port
        self._name = f"{js.crypto.getRandomValues(js.Uint32Array.new(1))[0]:08x}/"
        self._events: BrokerEvents | None = None
        self._scope = ProxyScope()
        self._is_listening = False

    def start(self, events: BrokerEvents) -> None:
        """Begin to report."""
        self._events = events
        self._listen()

    def create(self, link: str, initiator: bool, ice_servers: IceServers) -> None:
        """Have a connection made on the page; the channels follow."""
        if self._listen():
            servers = [dict(server) for server in ice_servers]
            self._command(do="create", link=self._name + link, initiator=initiator, ice=servers)
        elif self._events is not None:
            reason = "this page loaded no connections.js, which a worker needs to reach other browsers"
            asyncio.get_running_loop().call_soon(self._events.on_failed, link, reason)

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Have the remote description applied."""
        self._command(do="describe", link=self._name + link, kind=kind, sdp=sdp)

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Have a remote candidate applied."""
        self._command(do="candidate", link=self._name + link, candidate=candidate, mid=mid)

    def close(self, link: str) -> None:
        """Have one connection closed."""
        self._command(do="close", link=self._name + link)

    def stop(self) -> None:
        """Report no more. The transport has closed its links."""
        self._scope.close()
        self._events = None
        self._is_listening = False

    def _listen(self) -> bool:
        """Tell whether we are connected to the page; its port may come later than we do."""
        if self._port is None:
            self._port = global_or_none(PORT_NAME)
        if self._port is not None and not self._is_listening:
            self._scope = ProxyScope()
            self._scope.listen(self._port, "message", self._on_message)
            self._port.start()
            self._is_listening = True
        return self._is_listening

    def _command(self, **command: Any) -> None:
        if self._port is not None:
            self._port.postMessage(to_object(**command))

    def _on_message(self, event: Any) -> None:
        message = event.data
        link: str = message.link
        if self._events is None or not link.startswith(self._name):
            return
        link = link[len(self._name) :]
        kind = message.on
        if kind == "channels":
            self._events.on_channels(link, message.control, message.bulk)
        elif kind == "described":
            self._events.on_described(link, message.kind, message.sdp)
        elif kind == "candidate":
            self._events.on_candidate(link, message.candidate, message.mid)
        elif kind == "failed":
            self._events.on_failed(link, message.reason)
