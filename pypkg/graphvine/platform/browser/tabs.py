"""Transport between tabs of one browser, by BroadcastChannel: no relay, no network, no signaling.

Tabs find each other on the channel ``graphvine:<space>``; each pair then talks on a channel of its own:

* discovery: ``{hello, again}`` says who is there (answered once), ``{connect, peer, channel, nonce}`` opens a pair.
* pair: text is ours (``accept <nonce>``, ``ack <channel> <bytes>``, ``bye``); bytes are a frame: channel (1 byte) and
  data.

A BroadcastChannel has no back-pressure, so the receiver acknowledges bytes and the sender counts what is under way. A
tab that dies says nothing: each holds a Web Lock while it lives, and who waits for that lock learns of the death.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import js

from ...errors import StorageBlocked
from ...limits import MAX_FRAME_BYTES, MAX_KNOWN_PEERS
from ...net.params import LOW_WATER_BYTES
from ...ports import Entropy, Lease, LinkEvents, Locks
from .ffi import ProxyScope, global_or_none, to_object, to_uint8array

_NONCE_BYTES = 32
# Received bytes of one channel that are acknowledged together. Below the low-water mark, or senders would wait.
_ACK_BYTES = LOW_WATER_BYTES // 2


class _Pair:
    """One link. nonces: ours and theirs, in hexadecimal."""

    def __init__(self, peer: bytes, name: str, nonce: str) -> None:
        self.peer = peer
        self.name = name
        self.nonce = nonce
        self.is_open = False
        self.scope = ProxyScope()
        self.channel = js.BroadcastChannel.new(name)
        self.under_way = [0, 0]
        self.unacknowledged = [0, 0]
        self.watch: asyncio.Task[None] | None = None

    def binding(self, remote_nonce: str) -> bytes:
        """Return what both ends know alike of this link and of no other."""
        parts = ["graphvine tab", self.name, *sorted((self.nonce, remote_nonce))]
        return sha256("\n".join(parts).encode()).digest()


class TabsTransport:
    """The DiscoveringTransport port for the tabs that have `space` open."""

    kind = "tab"
    needs_signaling = False

    def __init__(self, space: str, entropy: Entropy, locks: Locks) -> None:
        self._name = f"graphvine:{space}"
        self._entropy = entropy
        self._locks = locks
        self._pairs: dict[str, _Pair] = {}
        self._seen: dict[bytes, None] = {}
        self._peer = b""
        self._on_peer: Callable[[bytes], None] | None = None
        self._events: LinkEvents | None = None
        self._discovery: Any = None
        self._scope = ProxyScope()
        self._alive: Lease | None = None
        self._when_alive: list[Callable[[], None]] = []
        self._greeting: asyncio.Task[None] | None = None

    @property
    def link_count(self) -> int:
        """Links that are open or being opened."""
        return len(self._pairs)

    def start(self, events: LinkEvents) -> None:
        """Begin to report to `events`. Nobody hears of us before `announce`."""
        self._events = events
        self._scope = ProxyScope()
        self._discovery = js.BroadcastChannel.new(self._name)
        self._scope.listen(self._discovery, "message", self._on_discovery)
        if global_or_none("document") is not None:
            self._scope.listen(js.globalThis, "pagehide", lambda event: self._leave())

    def announce(self, peer: bytes, on_peer: Callable[[bytes], None]) -> None:
        """Tell the other tabs that we are `peer`; call `on_peer` once for each of them, now and when one comes."""
        self._peer = peer
        self._on_peer = on_peer
        self._greeting = asyncio.get_running_loop().create_task(self._greet())

    def open(self, link: str, peer: bytes, *, initiator: bool) -> None:
        """Open a pair with `peer`. It stays half open when there is no such tab: the caller has a timeout."""
        name = f"{self._name}:{self._entropy.random_bytes(16).hex()}"
        pair = self._add(link, peer, name)

        def call() -> None:
            if self._pairs.get(link) is pair:
                self._say(connect=self._peer.hex(), peer=peer.hex(), channel=name, nonce=pair.nonce)

        self._once_alive(call)

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Do nothing: tabs need no signaling."""

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Do nothing: tabs need no signaling."""

    def send(self, link: str, channel: int, data: bytes) -> int:
        """Send one frame. Return the bytes of that channel that the other tab has not taken yet, -1 when it is gone."""
        pair = self._pairs.get(link)
        if pair is None or not pair.is_open:
            return -1
        pair.channel.postMessage(to_uint8array(bytes((channel,)) + data))
        pair.under_way[channel] += len(data)
        return pair.under_way[channel]

    def close(self, link: str) -> None:
        """Say bye and free the link."""
        pair = self._pairs.pop(link, None)
        if pair is None:
            return
        pair.scope.close()
        if pair.watch is not None:
            pair.watch.cancel()
        pair.channel.postMessage("bye")
        pair.channel.close()

    async def stop(self) -> None:
        """Close every link and free everything."""
        for link in list(self._pairs):
            self.close(link)
        self._scope.close()
        if self._greeting is not None:
            self._greeting.cancel()
        if self._alive is not None:
            self._alive.release()
        if self._discovery is not None:
            self._discovery.close()
        self._events = self._on_peer = self._alive = None
        self._when_alive.clear()

    # -- discovery --------------------------------------------------------------------------------------------------

    async def _greet(self) -> None:
        """Hold the sign of life first: whoever hears of us may look for it. A page that may not, stays alone."""
        try:
            self._alive = await self._locks.acquire(self._life(self._peer), wait=True)
        except StorageBlocked:
            return
        waiting, self._when_alive = self._when_alive, []
        for action in waiting:
            action()
        self._say(hello=self._peer.hex(), again=True)

    def _once_alive(self, action: Callable[[], None]) -> None:
        """Act now, or as soon as we hold the sign of life that the other side is going to watch."""
        if self._alive is not None:
            action()
        else:
            self._when_alive.append(action)

    def _life(self, peer: bytes) -> str:
        return f"{self._name}:{peer.hex()}"

    def _say(self, **message: Any) -> None:
        self._discovery.postMessage(to_object(**message))

    def _on_discovery(self, event: Any) -> None:
        if not self._peer or self._events is None:
            return
        try:
            message = event.data.to_py()
            if "hello" in message:
                self._meet(bytes.fromhex(message["hello"]), wants_answer=bool(message["again"]))
            elif message["peer"] == self._peer.hex():
                caller, name, nonce = bytes.fromhex(message["connect"]), str(message["channel"]), str(message["nonce"])
                self._once_alive(lambda: self._accept(caller, name, nonce))
        except (AttributeError, KeyError, TypeError, ValueError):
            return  # a tab that still runs another version of this page

    def _meet(self, peer: bytes, *, wants_answer: bool) -> None:
        if wants_answer and self._alive is not None:
            self._say(hello=self._peer.hex(), again=False)
        if peer not in self._seen and len(self._seen) < MAX_KNOWN_PEERS and self._on_peer is not None:
            self._seen[peer] = None
            self._on_peer(peer)

    def _accept(self, peer: bytes, name: str, remote_nonce: str) -> None:
        link = f"tab:in:{name.rpartition(':')[2]}"
        if link in self._pairs or self._events is None:
            return
        pair = self._add(link, peer, name)
        self._events.link_offered(link, peer)
        if self._pairs.get(link) is pair:
            pair.channel.postMessage(f"accept {pair.nonce}")
            self._opened(link, pair, remote_nonce)

    # -- pairs ------------------------------------------------------------------------------------------------------

    def _add(self, link: str, peer: bytes, name: str) -> _Pair:
        pair = self._pairs[link] = _Pair(peer, name, self._entropy.random_bytes(_NONCE_BYTES).hex())
        pair.scope.listen(pair.channel, "message", lambda event: self._on_message(link, pair, event.data))
        return pair

    def _opened(self, link: str, pair: _Pair, remote_nonce: str) -> None:
        pair.is_open = True
        pair.watch = asyncio.get_running_loop().create_task(self._watch(link, pair))
        if self._events is not None:
            self._events.link_opened(link, pair.binding(remote_nonce))

    async def _watch(self, link: str, pair: _Pair) -> None:
        lease = await self._locks.acquire(self._life(pair.peer), wait=True)
        if lease is not None:
            lease.release()
        pair.watch = None
        self._drop(link, pair, "the other tab is gone")

    def _on_message(self, link: str, pair: _Pair, data: Any) -> None:
        if not isinstance(data, str):
            self._on_frame(link, pair, data.to_bytes())
            return
        match data.split(" "):
            case ["accept", nonce] if not pair.is_open:
                self._opened(link, pair, nonce)
            case ["ack", ("0" | "1") as channel, size] if size.isdecimal():
                self._on_ack(link, pair, int(channel), int(size))
            case ["bye"]:
                self._drop(link, pair, "the other tab closed the link")
            case _:
                self._drop(link, pair, "the other tab speaks another version")

    def _on_frame(self, link: str, pair: _Pair, frame: bytes) -> None:
        size = len(frame) - 1
        if not pair.is_open or self._events is None:
            return
        if not 0 < size <= MAX_FRAME_BYTES or frame[0] > 1:
            self._drop(link, pair, "a frame of the wrong form")
            return
        channel = frame[0]
        pair.unacknowledged[channel] += size
        if pair.unacknowledged[channel] >= _ACK_BYTES:
            pair.channel.postMessage(f"ack {channel} {pair.unacknowledged[channel]}")
            pair.unacknowledged[channel] = 0
        self._events.link_frame(link, channel, frame[1:])

    def _on_ack(self, link: str, pair: _Pair, channel: int, size: int) -> None:
        before = pair.under_way[channel]
        pair.under_way[channel] = max(0, before - size)
        if pair.under_way[channel] <= LOW_WATER_BYTES < before and self._events is not None:
            self._events.link_drained(link, channel)

    def _drop(self, link: str, pair: _Pair, reason: str) -> None:
        if self._pairs.get(link) is not pair:
            return
        self.close(link)
        self._seen.pop(pair.peer, None)
        if self._events is not None:
            self._events.link_closed(link, reason)

    def _leave(self) -> None:
        """The page goes away, perhaps to come back from the browser's cache: the links are over either way."""
        for link, pair in list(self._pairs.items()):
            self._drop(link, pair, "the page went away")
