"""Transport over WebRTC data channels on CPython, by aiortc: an always-on peer that browsers can reach.

The same channels and the same binding as in a browser. aiortc gathers all its candidates before it has a description,
so ours travel inside it, and a remote peer's may still trickle in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

import msgspec
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from ...limits import MAX_FRAME_BYTES
from ...net.binding import fingerprints, link_binding
from ...net.params import LOW_WATER_BYTES
from ...ports import LinkEvents

# Remote candidates that may come before the description they belong to, and frames before both channels are open.
_MAX_EARLY_CANDIDATES = 64
_MAX_EARLY_FRAMES = 64


class NativeWebRtc:
    """The Transport port.

    ice_servers: entries of `RTCConfiguration.iceServers`, as dicts or `net.signaling.IceServer`; may be set anew.
    """

    kind = "webrtc"
    needs_signaling = True

    def __init__(self, ice_servers: Sequence[Any] = ()) -> None:
        self.ice_servers: Sequence[Any] = ice_servers
        self._links: dict[str, _Link] = {}
        self._events: LinkEvents | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def link_count(self) -> int:
        """Links that are open or being opened."""
        return len(self._links)

    def start(self, events: LinkEvents) -> None:
        """Begin to report to `events`."""
        self._events = events

    def open(self, link: str, peer: bytes, *, initiator: bool) -> None:
        """Make a connection; as initiator, an offer follows by `link_described`."""
        state = self._links[link] = _Link(_new_connection(self.ice_servers))
        for number, channel in enumerate(state.channels):
            channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
            channel.on("message", partial(self._on_message, link, state, number))
            channel.on("bufferedamountlow", partial(self._on_drained, link, state, number))
            channel.on("open", partial(self._check_open, link, state))
            channel.on("close", partial(self._drop, link, state, "the channel was closed"))
        state.connection.on("connectionstatechange", partial(self._on_state, link, state))
        state.connection.on("datachannel", lambda channel: self._drop(link, state, "an uninvited channel"))
        if initiator:
            self._perform(link, state, self._describe_ourselves(link, state))

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Apply the remote description, and the candidates that came before it; make an answer to an offer."""
        state = self._links.get(link)
        if state is None:
            return
        if not fingerprints(sdp):
            loop = asyncio.get_running_loop()
            loop.call_soon(self._drop, link, state, "a description without a fingerprint")
            return
        state.remote_sdp = sdp
        self._perform(link, state, self._apply(link, state, kind, sdp))
        early, state.early_candidates = state.early_candidates, []
        for candidate, mid in early:
            self._perform(link, state, state.add_candidate(candidate, mid))

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Apply a remote candidate. The end of the list needs no action."""
        state = self._links.get(link)
        if state is None or not candidate:
            return
        if state.remote_sdp:
            self._perform(link, state, state.add_candidate(candidate, mid))
        elif len(state.early_candidates) < _MAX_EARLY_CANDIDATES:
            state.early_candidates.append((candidate, mid))

    def send(self, link: str, channel: int, data: bytes) -> int:
        """Send one frame. Return the bytes now buffered on that channel, -1 when the link is gone."""
        state = self._links.get(link)
        if state is None or not state.is_open or state.channels[channel].readyState != "open":
            return -1
        state.channels[channel].send(data)
        buffered: int = state.channels[channel].bufferedAmount
        return buffered

    def close(self, link: str) -> None:
        """Close and free the link. Nothing is reported of it any more."""
        state = self._links.pop(link, None)
        if state is None:
            return
        task = asyncio.get_running_loop().create_task(state.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def stop(self) -> None:
        """Close every link and free everything."""
        for link in list(self._links):
            self.close(link)
        self._events = None
        await asyncio.gather(*self._closing, return_exceptions=True)

    # -- negotiation ------------------------------------------------------------------------------------------------

    def _perform(self, link: str, state: _Link, step: Coroutine[Any, Any, None]) -> None:
        """Run one step of the negotiation after the ones before it; the link owns it."""

        async def guarded() -> None:
            try:
                async with state.turn:
                    await step
            except Exception as error:  # whatever aiortc makes of a stranger's words, they end this link only
                self._drop(link, state, f"negotiation failed: {error!r}"[:200])
            finally:
                step.close()

        task = asyncio.get_running_loop().create_task(guarded())
        state.tasks.add(task)
        task.add_done_callback(state.tasks.discard)

    async def _describe_ourselves(self, link: str, state: _Link) -> None:
        connection = state.connection
        is_answer = connection.signalingState == "have-remote-offer"
        made = await (connection.createAnswer() if is_answer else connection.createOffer())
        await connection.setLocalDescription(made)
        state.local_sdp = connection.localDescription.sdp
        if self._events is not None and self._links.get(link) is state:
            self._events.link_described(link, connection.localDescription.type, state.local_sdp)
            self._events.link_candidate(link, "", "")

    async def _apply(self, link: str, state: _Link, kind: str, sdp: str) -> None:
        await state.connection.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=kind))
        if kind == "offer":
            await self._describe_ourselves(link, state)

    # -- what the channels report -----------------------------------------------------------------------------------

    def _on_state(self, link: str, state: _Link) -> None:
        if state.connection.connectionState in ("failed", "closed"):
            self._drop(link, state, f"the connection {state.connection.connectionState}")

    def _check_open(self, link: str, state: _Link) -> None:
        if state.is_open or any(channel.readyState != "open" for channel in state.channels):
            return
        state.is_open = True
        if self._events is not None and self._links.get(link) is state:
            self._events.link_opened(link, link_binding(state.local_sdp, state.remote_sdp))
        early, state.early_frames = state.early_frames, []
        for channel, data in early:
            self._deliver(link, state, channel, data)

    def _on_message(self, link: str, state: _Link, channel: int, data: bytes | str) -> None:
        if isinstance(data, str) or len(data) > MAX_FRAME_BYTES:
            self._drop(link, state, "a frame that is text or too long")
        elif state.is_open:
            self._deliver(link, state, channel, data)
        elif len(state.early_frames) < _MAX_EARLY_FRAMES:
            state.early_frames.append((channel, data))
        else:
            self._drop(link, state, "frames before the link was open")

    def _deliver(self, link: str, state: _Link, channel: int, data: bytes) -> None:
        if self._events is not None and self._links.get(link) is state:
            self._events.link_frame(link, channel, data)

    def _on_drained(self, link: str, state: _Link, channel: int) -> None:
        if self._events is not None and self._links.get(link) is state:
            self._events.link_drained(link, channel)

    def _drop(self, link: str, state: _Link, reason: str) -> None:
        if self._links.get(link) is not state:
            return
        self.close(link)
        if self._events is not None:
            self._events.link_closed(link, reason)


class _Link:
    """One connection, its two channels, and what they wait for."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.channels = [
            connection.createDataChannel(label, negotiated=True, id=number)
            for number, label in enumerate(("control", "bulk"))
        ]
        self.turn = asyncio.Lock()
        self.tasks: set[asyncio.Task[None]] = set()
        self.local_sdp = ""
        self.remote_sdp = ""
        self.is_open = False
        self.early_candidates: list[tuple[str, str]] = []
        self.early_frames: list[tuple[int, bytes]] = []

    async def add_candidate(self, line: str, mid: str) -> None:
        """Add a remote candidate. One that makes no sense is ignored: others may."""
        try:
            candidate = candidate_from_sdp(line.removeprefix("candidate:"))
        except (ValueError, AssertionError, IndexError, KeyError):
            return
        candidate.sdpMid = mid
        await self.connection.addIceCandidate(candidate)

    async def close(self) -> None:
        """End the negotiation and the connection."""
        here = asyncio.current_task()
        for task in [task for task in self.tasks if task is not here]:
            task.cancel()
        await self.connection.close()


def _new_connection(ice_servers: Sequence[Any]) -> Any:
    """Return a connection. Without a list of servers aiortc would ask one of its own choice."""
    servers = [RTCIceServer(**{**server, "urls": list(server["urls"])}) for server in msgspec.to_builtins(ice_servers)]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers))
