"""RTCPeerConnections straight through the FFI, for a peer that lives on the page's main thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import js

from ...errors import UnsupportedPlatform
from .ffi import JsException, ProxyScope, error_text, global_or_none, is_missing, to_object
from .webrtc import BrokerEvents, IceServers

_NO_WEBRTC = (
    "This browser has no WebRTC, so it can't reach other browsers. Use a current Chrome, Edge, Firefox or Safari; "
    "tabs of this browser still share the graph."
)


class PageConnections:
    """The Broker of a page. Raises UnsupportedPlatform where there is no RTCPeerConnection."""

    def __init__(self) -> None:
        if global_or_none("RTCPeerConnection") is None:
            raise UnsupportedPlatform(_NO_WEBRTC)
        self._connections: dict[str, _Connection] = {}
        self._events: BrokerEvents | None = None
        self._scope = ProxyScope()

    def start(self, events: BrokerEvents) -> None:
        """Begin to report, and to close everything when the page goes away."""
        self._events = events
        self._scope = ProxyScope()
        self._scope.listen(js.globalThis, "pagehide", lambda event: self._leave())

    def create(self, link: str, initiator: bool, ice_servers: IceServers) -> None:
        """Make a connection and its channels; as initiator, an offer too."""
        assert self._events is not None
        loop = asyncio.get_running_loop()
        try:
            connection = _Connection(link, self._events, ice_servers)
        except JsException as error:  # a browser makes a few hundred of them and no more
            loop.call_soon(self._events.on_failed, link, f"no connection could be made: {error_text(error)}")
            return
        self._connections[link] = connection
        self._events.on_channels(link, *connection.channels)
        if initiator:
            connection.perform(connection.describe_ourselves())

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Apply the remote description; make an answer to an offer."""
        connection = self._connections.get(link)
        if connection is not None:
            connection.perform(connection.apply(kind, sdp))

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Apply a remote candidate."""
        connection = self._connections.get(link)
        if connection is not None:
            connection.perform(connection.add_candidate(candidate, mid))

    def close(self, link: str) -> None:
        """Close one connection and forget it."""
        connection = self._connections.pop(link, None)
        if connection is not None:
            connection.close()

    def stop(self) -> None:
        """Close all, and report no more."""
        self._scope.close()
        for link in list(self._connections):
            self.close(link)
        self._events = None

    def _leave(self) -> None:
        """The page goes away, perhaps to come back from the browser's cache: the links are over either way."""
        for link in list(self._connections):
            if self._events is not None:
                self._events.on_failed(link, "the page went away")


class _Connection:
    """One RTCPeerConnection. channels: control and bulk."""

    def __init__(self, link: str, events: BrokerEvents, ice_servers: IceServers) -> None:
        self._link = link
        self._events = events
        self._scope = ProxyScope()
        self._tasks: list[asyncio.Task[None]] = []
        self._pc = _new_connection(ice_servers)
        self.channels = [
            self._pc.createDataChannel(label, to_object(negotiated=True, id=number))
            for number, label in enumerate(("control", "bulk"))
        ]
        self._scope.listen(self._pc, "icecandidate", self._on_candidate)
        self._scope.listen(self._pc, "connectionstatechange", self._on_state)
        self._scope.listen(self._pc, "datachannel", lambda event: self._fail("an uninvited channel"))

    def perform(self, step: Coroutine[Any, Any, None]) -> None:
        """Run one step of the negotiation; the connection owns it."""
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.get_running_loop().create_task(self._guarded(step)))

    async def describe_ourselves(self) -> None:
        """Make and set our offer or answer, whichever is due."""
        await self._pc.setLocalDescription()
        description = self._pc.localDescription
        self._events.on_described(self._link, description.type, description.sdp)

    async def apply(self, kind: str, sdp: str) -> None:
        """Set the remote description."""
        await self._pc.setRemoteDescription(to_object(type=kind, sdp=sdp))
        if kind == "offer":
            await self.describe_ourselves()

    async def add_candidate(self, candidate: str, mid: str) -> None:
        """Add a remote candidate. One that makes no sense is ignored: others may."""
        try:
            await self._pc.addIceCandidate(to_object(candidate=candidate, sdpMid=mid))
        except JsException:
            return

    def close(self) -> None:
        """Close and free it."""
        self._scope.close()
        for task in self._tasks:
            task.cancel()
        self._pc.close()

    async def _guarded(self, step: Coroutine[Any, Any, None]) -> None:
        try:
            await step
        except JsException as error:
            self._fail(f"negotiation failed: {error_text(error)}")

    def _on_candidate(self, event: Any) -> None:
        candidate = event.candidate
        if is_missing(candidate):
            self._events.on_candidate(self._link, "", "")
        elif candidate.candidate:
            self._events.on_candidate(self._link, candidate.candidate, candidate.sdpMid or "")

    def _on_state(self, event: Any) -> None:
        if self._pc.connectionState in ("failed", "closed"):
            self._fail(f"the connection {self._pc.connectionState}")

    def _fail(self, reason: str) -> None:
        self._events.on_failed(self._link, reason)


def _new_connection(ice_servers: IceServers) -> Any:
    """Return a connection; without servers when the browser finds them no good (a relay sends us the list)."""
    try:
        return js.RTCPeerConnection.new(to_object(iceServers=[dict(server) for server in ice_servers]))
    except JsException:
        return js.RTCPeerConnection.new()
