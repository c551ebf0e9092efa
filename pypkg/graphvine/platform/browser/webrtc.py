"""Transport over WebRTC data channels, on the page's main thread or in a worker.

Only a page may own an RTCPeerConnection, so a `Broker` does: `page_connections` straight through the FFI, or
`port_connections`, which commands `site/connections.js` from a worker. Either way the two channels of a link end up
here: id 0 for what is small and urgent, id 1 for bulk, negotiated, ordered, reliable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec

from ...limits import MAX_FRAME_BYTES
from ...net.binding import fingerprints, link_binding
from ...net.params import LOW_WATER_BYTES
from ...ports import LinkEvents
from .ffi import JsException, ProxyScope, to_uint8array

IceServers = Sequence[Mapping[str, Any]]

# Remote candidates that may come before the description they belong to, and frames before both channels are open.
_MAX_EARLY_CANDIDATES = 64
_MAX_EARLY_FRAMES = 64


class BrokerEvents(Protocol):
    """Where a broker reports. Not from inside a call to it, but for `on_channels`."""

    def on_channels(self, link: str, control: Any, bulk: Any) -> None:
        """The two RTCDataChannels exist."""

    def on_described(self, link: str, kind: str, sdp: str) -> None:
        """Our description is made, and set."""

    def on_candidate(self, link: str, candidate: str, mid: str) -> None:
        """One of our candidates ('' ends the list)."""

    def on_failed(self, link: str, reason: str) -> None:
        """There is nothing left to hope for on this connection."""


class Broker(Protocol):
    """Owns RTCPeerConnections. Calls about a link that it does not know do nothing."""

    def start(self, events: BrokerEvents) -> None:
        """Begin to report."""

    def create(self, link: str, initiator: bool, ice_servers: IceServers) -> None:
        """Make a connection and its channels; as initiator, an offer too."""

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Apply the remote description; make an answer to an offer."""

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Apply a remote candidate."""

    def close(self, link: str) -> None:
        """Close one connection and forget it."""

    def stop(self) -> None:
        """Close all, and report no more."""


class _Link:
    """The two channels of one remote peer and what they wait for."""

    __slots__ = ("channels", "early_candidates", "early_frames", "is_open", "local_sdp", "remote_sdp", "scope", "sends")

    def __init__(self) -> None:
        self.scope = ProxyScope()
        self.channels: list[Any] = []
        self.sends: list[Any] = []
        self.local_sdp = ""
        self.remote_sdp = ""
        self.is_open = False
        self.early_candidates: list[tuple[str, str]] = []
        self.early_frames: list[tuple[int, bytes]] = []


class WebRtcTransport:
    """The Transport port.

    ice_servers: entries of `RTCConfiguration.iceServers`, as dicts or `net.signaling.IceServer`; may be set anew.
    """

    kind = "webrtc"
    needs_signaling = True

    def __init__(self, broker: Broker, ice_servers: Sequence[Any] = ()) -> None:
        self.ice_servers: Sequence[Any] = ice_servers
        self._broker = broker
        self._links: dict[str, _Link] = {}
        self._events: LinkEvents | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def link_count(self) -> int:
        """Links that are open or being opened."""
        return len(self._links)

    def start(self, events: LinkEvents) -> None:
        """Begin to report to `events`."""
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._broker.start(self)

    def open(self, link: str, peer: bytes, *, initiator: bool) -> None:
        """Make a connection; as initiator, an offer follows by `link_described`."""
        self._links[link] = _Link()
        self._broker.create(link, initiator, msgspec.to_builtins(self.ice_servers))

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Apply the remote description, and the candidates that came before it."""
        state = self._links.get(link)
        if state is None:
            return
        if not fingerprints(sdp):
            self._drop_soon(link, "a description without a fingerprint")
            return
        state.remote_sdp = sdp
        self._broker.describe(link, kind, sdp)
        early, state.early_candidates = state.early_candidates, []
        for candidate, mid in early:
            self._broker.add_candidate(link, candidate, mid)

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Apply a remote candidate. The end of the list needs no action: connections just go on trying."""
        state = self._links.get(link)
        if state is None or not candidate:
            return
        if state.remote_sdp:
            self._broker.add_candidate(link, candidate, mid)
        elif len(state.early_candidates) < _MAX_EARLY_CANDIDATES:
            state.early_candidates.append((candidate, mid))

    def send(self, link: str, channel: int, data: bytes) -> int:
        """Send one frame. Return the bytes now buffered on that channel, -1 when the link is gone."""
        state = self._links.get(link)
        if state is None or not state.is_open:
            return -1
        try:
            state.sends[channel](to_uint8array(data))
            buffered: int = state.channels[channel].bufferedAmount
        except JsException as error:  # closed under us; its event is on the way, or never comes
            self._drop_soon(link, f"could not send: {error}")
            return -1
        return buffered

    def close(self, link: str) -> None:
        """Close and free the link. Nothing is reported of it any more."""
        state = self._links.pop(link, None)
        if state is None:
            return
        state.scope.close()
        for channel in state.channels:
            channel.close()
        self._broker.close(link)

    async def stop(self) -> None:
        """Close every link and free everything."""
        for link in list(self._links):
            self.close(link)
        self._broker.stop()
        self._events = None

    # -- what the broker reports ------------------------------------------------------------------------------------

    def on_channels(self, link: str, control: Any, bulk: Any) -> None:
        """Take over the channels."""
        state = self._links.get(link)
        if state is None:  # closed while they were on their way to this worker
            control.close()
            bulk.close()
            return
        state.channels = [control, bulk]
        state.sends = [control.send, bulk.send]
        for number, channel in enumerate(state.channels):
            channel.binaryType = "arraybuffer"
            channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
            state.scope.listen(channel, "message", partial(self._on_message, link, state, number))
            state.scope.listen(channel, "bufferedamountlow", partial(self._on_drained, link, number))
            state.scope.listen(channel, "open", lambda event: self._check_open(link, state))
            state.scope.listen(channel, "close", lambda event: self._drop(link, state, "the channel was closed"))
        self._check_open(link, state)

    def on_described(self, link: str, kind: str, sdp: str) -> None:
        """Keep our own description for the binding, and report it."""
        state = self._links.get(link)
        if state is not None and self._events is not None:
            state.local_sdp = sdp
            self._events.link_described(link, kind, sdp)

    def on_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Report a candidate of ours."""
        if link in self._links and self._events is not None:
            self._events.link_candidate(link, candidate, mid)

    def on_failed(self, link: str, reason: str) -> None:
        """The connection is beyond hope."""
        state = self._links.get(link)
        if state is not None:
            self._drop(link, state, reason)

    # -- what the channels report -----------------------------------------------------------------------------------

    def _check_open(self, link: str, state: _Link) -> None:
        if state.is_open or any(channel.readyState != "open" for channel in state.channels):
            return
        state.is_open = True
        if self._events is not None:
            self._events.link_opened(link, link_binding(state.local_sdp, state.remote_sdp))
        early, state.early_frames = state.early_frames, []
        for channel, data in early:
            self._deliver(link, state, channel, data)

    def _on_message(self, link: str, state: _Link, channel: int, event: Any) -> None:
        data = event.data
        if isinstance(data, str) or data.byteLength > MAX_FRAME_BYTES:
            self._drop(link, state, "a frame that is text or too long")
            return
        frame: bytes = data.to_bytes()
        if state.is_open:
            self._deliver(link, state, channel, frame)
        elif len(state.early_frames) < _MAX_EARLY_FRAMES:
            state.early_frames.append((channel, frame))
        else:
            self._drop(link, state, "frames before the link was open")

    def _deliver(self, link: str, state: _Link, channel: int, frame: bytes) -> None:
        if self._events is not None and self._links.get(link) is state:
            self._events.link_frame(link, channel, frame)

    def _on_drained(self, link: str, channel: int, event: Any) -> None:
        if self._events is not None and link in self._links:
            self._events.link_drained(link, channel)

    def _drop(self, link: str, state: _Link, reason: str) -> None:
        if self._links.get(link) is not state:
            return
        self.close(link)
        if self._events is not None:
            self._events.link_closed(link, reason)

    def _drop_soon(self, link: str, reason: str) -> None:
        """Report in a turn of its own: the caller is inside one of our verbs."""
        state = self._links.get(link)
        if state is not None and self._loop is not None:
            self._loop.call_soon(self._drop, link, state, reason)
