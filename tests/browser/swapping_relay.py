"""A relay that lies: it puts itself in the middle of every link, with DTLS fingerprints of its own, and passes frames on.

The worst case: it knows the name of the space, so it can open and seal what peers tell each other through it.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from graphvine.net import offers, signaling
from graphvine.peer.compose import signal_key
from graphvine.peer.driver import _signal_context
from graphvine.platform.native.crypto import NativeCrypto
from graphvine.platform.native.webrtc import NativeWebRtc


class _Middle:
    """One session between two peers, as two links: to each we pose as the other. offerer, answerer: peer ids."""

    def __init__(self, session: int, offerer: str, answerer: str) -> None:
        self.session = session
        self.ends = {f"webrtc:{session}:a": (offerer, answerer), f"webrtc:{session}:b": (answerer, offerer)}
        self.opened: dict[str, bytes] = {}
        self.early: list[tuple[str, int, bytes]] = []


class SwappingRelay:
    """Runs in a thread of its own. url: for peers. bindings: of each link that it opened. passed: frames, by link."""

    def __init__(self, space: str) -> None:
        self.bindings: list[bytes] = []
        self.passed: list[tuple[str, int, bytes]] = []
        self.swapped = 0
        self._key = signal_key(space)
        self._crypto = NativeCrypto()
        self._transport = NativeWebRtc()
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._sessions: dict[tuple[str, str, int], _Middle] = {}
        self._by_link: dict[str, _Middle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)

    def stop(self) -> None:
        """Close everything."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> str:
        self._transport.start(self)
        app = web.Application()
        app.router.add_get("/", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"ws://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def _stop(self) -> None:
        await self._transport.stop()
        await self._runner.cleanup()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- as a relay ---------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=20, timeout=1)
        await socket.prepare(request)
        await self._tell(socket, signaling.Challenge(nonce=signaling.encode_base64url(secrets.token_bytes(32))))
        peer = ""
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            match signaling.decode_from_peer(frame.data):
                case signaling.Join(peer_key=peer):
                    await self._tell(socket, signaling.Joined(peers=tuple(self._sockets)))
                    for other in self._sockets.values():
                        await self._tell(other, signaling.Presence(op="join", id=peer))
                    self._sockets[peer] = socket
                case signaling.Signal() as signal:
                    if signal.n is not None:
                        await self._tell(socket, signaling.Ack(n=signal.n))
                    await self._meddle(peer, signal)
                case signaling.Ping():
                    await self._tell(socket, signaling.Pong())
        self._sockets.pop(peer, None)
        return socket

    async def _tell(self, socket: web.WebSocketResponse, message: signaling.FromRelay) -> None:
        if not socket.closed:
            await socket.send_str(signaling.encode(message))

    # -- in the middle ------------------------------------------------------------------------------------------------

    async def _meddle(self, sender: str, signal: signaling.Signal) -> None:
        """Open a signal; what would make a link between the two makes one with us."""
        context = _signal_context(signaling.public_key(sender), signaling.public_key(signal.to))
        message = offers.decode(await self._crypto.open(self._key, signaling.decode_base64url(signal.blob), context))
        key = (*sorted((sender, signal.to)), message.session)
        middle = self._sessions.get(key)
        if isinstance(message, offers.Offer) and middle is None:
            middle = self._sessions[key] = _Middle(message.session, sender, signal.to)
            self._by_link |= dict.fromkeys(middle.ends, middle)
            first, second = middle.ends
            self._transport.open(first, signaling.public_key(sender), initiator=False)
            self._transport.describe(first, "offer", message.sdp)
            self._transport.open(second, signaling.public_key(signal.to), initiator=True)
        elif middle is not None:
            link = next(link for link, (near, _) in middle.ends.items() if near == sender)
            if isinstance(message, offers.Answer):
                self._transport.describe(link, "answer", message.sdp)
            elif isinstance(message, offers.Candidate):
                self._transport.add_candidate(link, message.candidate, message.mid)

    def _say(self, link: str, make: Callable[[int], offers.Signal]) -> None:
        """Tell the peer at the end of `link` something in the other's name."""
        middle = self._by_link[link]
        near, far = middle.ends[link]

        async def say() -> None:
            context = _signal_context(signaling.public_key(far), signaling.public_key(near))
            sealed = await self._crypto.seal(self._key, offers.encode(make(middle.session)), context)
            blob = signaling.encode_blob(sealed)
            if near in self._sockets:
                await self._tell(self._sockets[near], signaling.Forwarded(sender=far, blob=blob))

        task = self._loop.create_task(say())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- ports.LinkEvents ---------------------------------------------------------------------------------------------

    def link_offered(self, link: str, peer: bytes) -> None:
        """Never comes: WebRTC needs signaling."""

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        """Our own description, with our own fingerprint, goes out in the other's name."""
        self.swapped += 1
        make = offers.Offer if kind == "offer" else offers.Answer
        self._say(link, lambda session: make(session, sdp))

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        """So does where we can be reached."""
        self._say(link, lambda session: offers.Candidate(session, candidate, mid))

    def link_opened(self, link: str, binding: bytes) -> None:
        """A victim talks to us; frames flow as soon as both do."""
        middle = self._by_link[link]
        middle.opened[link] = binding
        self.bindings.append(binding)
        if len(middle.opened) == 2:
            early, middle.early = middle.early, []
            for link_, channel, data in early:
                self._transport.send(self._other(link_), channel, data)

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        """Pass it on unchanged: all that a man in the middle could read, were the link not refused."""
        middle = self._by_link[link]
        self.passed.append((link, channel, data))
        if len(middle.opened) == 2:
            self._transport.send(self._other(link), channel, data)
        else:
            middle.early.append((link, channel, data))

    def link_drained(self, link: str, channel: int) -> None:
        """Handshakes are small."""

    def link_closed(self, link: str, reason: str) -> None:
        """A victim hung up."""

    def _other(self, link: str) -> str:
        return link[:-1] + ("b" if link.endswith("a") else "a")
