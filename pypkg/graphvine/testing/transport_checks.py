"""What every `ports.Transport` must do, as plain async functions: memory, tabs and WebRTC pass the same ones.

A harness makes pairs; a check drives one pair, and raises `CheckFailed` with what went wrong. Run all of them so::

    for check in CHECKS:
        pair = await make_pair()
        try:
            await check(pair)
        finally:
            await pair.stop()
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from graphvine.limits import MAX_FRAME_BYTES
from graphvine.net.params import HIGH_WATER_BYTES, LOW_WATER_BYTES
from graphvine.ports import Transport

# Seconds to wait for anything; a browser under load takes a while to connect.
PATIENCE_S = 20.0
# Seconds in which something that must not happen would have happened.
QUIET_S = 0.3


class CheckFailed(AssertionError):
    """A transport does not do what the port says."""


def expect(is_so: bool, what: str) -> None:
    """Raise CheckFailed(what) unless it is so. (An `assert` would be gone under -O.)"""
    if not is_so:
        raise CheckFailed(what)


class TransportPair(NamedTuple):
    """Two transports of one kind that can reach each other, not started yet, and the peer ids they stand for."""

    left: Transport
    left_peer: bytes
    right: Transport
    right_peer: bytes

    async def stop(self) -> None:
        """Stop both."""
        await self.left.stop()
        await self.right.stop()


class Recorder:
    """Keeps what one transport reports, and lets a check wait for it. Implements `ports.LinkEvents`."""

    def __init__(self) -> None:
        self.bindings: dict[str, bytes] = {}
        self.frames: dict[str, list[tuple[int, bytes]]] = {}
        self.drained: list[tuple[str, int]] = []
        self.closed: dict[str, str] = {}
        self.offered: dict[str, bytes] = {}
        self.signals: Callable[[str, str, str, str], None] | None = None
        self._changed = asyncio.Event()
        self._depth = 0

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        """Pass it to the other side, as a relay would."""
        if self.signals is not None:
            self.signals("description", link, kind, sdp)

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Pass it to the other side, as a relay would."""
        if self.signals is not None:
            self.signals("candidate", link, candidate, mid)

    def link_opened(self, link: str, binding: bytes) -> None:
        """Keep the binding."""
        expect(link not in self.bindings, f"{link} was reported open twice")
        expect(type(binding) is bytes, f"the binding is {type(binding)}")
        self.bindings[link] = binding
        self._changed.set()

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        """Keep the frame."""
        expect(link in self.bindings, f"a frame of {link} came before it was reported open")
        expect(link not in self.closed, f"a frame of {link} came after it was reported closed")
        expect(type(data) is bytes, f"a frame is {type(data)}")
        self.frames.setdefault(link, []).append((channel, data))
        self._changed.set()

    def link_drained(self, link: str, channel: int) -> None:
        """Keep it."""
        self.drained.append((link, channel))
        self._changed.set()

    def link_closed(self, link: str, reason: str) -> None:
        """Keep the reason."""
        expect(link not in self.closed, f"{link} was reported closed twice")
        self.closed[link] = reason
        self._changed.set()

    def link_offered(self, link: str, peer: bytes) -> None:
        """Keep who it is."""
        expect(link not in self.offered, f"{link} was offered twice")
        self.offered[link] = peer
        self._changed.set()

    async def until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; CheckFailed when it takes too long."""

        async def wait() -> None:
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

        try:
            await asyncio.wait_for(wait(), PATIENCE_S)
        except TimeoutError:
            raise CheckFailed(f"waited {PATIENCE_S:.0f} s in vain: {what}") from None


class Open(NamedTuple):
    """An open link: both recorders, and its name on each side."""

    left: Recorder
    right: Recorder
    left_link: str
    right_link: str


async def open_link(pair: TransportPair) -> Open:
    """Start both transports and open one link from left to right."""
    left, right = Recorder(), Recorder()
    pair.left.start(left)
    pair.right.start(right)
    return await connect(pair, left, right, 1)


async def connect(pair: TransportPair, left: Recorder, right: Recorder, number: int) -> Open:
    """Open one more link from left to right."""
    kind = pair.left.kind
    name = f"{kind}:{number}"
    if not pair.left.needs_signaling:
        known = dict(right.offered)
        pair.left.open(name, pair.right_peer, initiator=True)
        await right.until("the link was not offered", lambda: len(right.offered) > len(known))
        remote = next(link for link in right.offered if link not in known)
        expect(right.offered[remote] == pair.left_peer, "the link was offered in another name")
        expect(remote.startswith(f"{kind}:in:"), f"an offered link is called {remote!r}")
    else:
        remote = f"{kind}:9{number}"
        _wire(pair, left, right, name, remote)
        pair.left.open(name, pair.right_peer, initiator=True)
    await left.until("our side did not open", lambda: name in left.bindings)
    await right.until("the other side did not open", lambda: remote in right.bindings)
    return Open(left, right, name, remote)


def _wire(pair: TransportPair, left: Recorder, right: Recorder, name: str, remote: str) -> None:
    """Carry signals between both sides. Later, not at once: reports don't nest."""
    soon = asyncio.get_running_loop().call_soon

    def from_left(what: str, link: str, first: str, second: str) -> None:
        if link == name and what == "description":
            expect(first == "offer", f"the initiator made an {first}")
            soon(lambda: pair.right.open(remote, pair.left_peer, initiator=False))
            soon(lambda: pair.right.describe(remote, first, second))
        elif link == name:
            soon(lambda: pair.right.add_candidate(remote, first, second))

    def from_right(what: str, link: str, first: str, second: str) -> None:
        if link == remote and what == "description":
            expect(first == "answer", f"the responder made an {first}")
            soon(lambda: pair.left.describe(name, first, second))
        elif link == remote:
            soon(lambda: pair.left.add_candidate(name, first, second))

    left.signals = from_left
    right.signals = from_right


async def check_both_sides_see_one_binding(pair: TransportPair) -> None:
    """The binding is equal on both sides, and at least 16 bytes."""
    link = await open_link(pair)
    binding = link.left.bindings[link.left_link]
    expect(len(binding) >= 16, f"a binding of {len(binding)} bytes")
    expect(binding == link.right.bindings[link.right_link], "the two sides see different bindings")


async def check_two_links_have_two_bindings(pair: TransportPair) -> None:
    """What was signed for one link is no good for another."""
    first = await open_link(pair)
    second = await connect(pair, first.left, first.right, 2)
    expect(first.left.bindings[first.left_link] != first.left.bindings[second.left_link], "one binding for two links")


async def check_frames_cross_both_ways_on_both_channels(pair: TransportPair) -> None:
    """What is sent arrives, unchanged, where it belongs."""
    link = await open_link(pair)
    for channel in (0, 1):
        expect(pair.left.send(link.left_link, channel, b"to right %d" % channel) >= 0, "the link does not take a frame")
        expect(
            pair.right.send(link.right_link, channel, b"to left %d" % channel) >= 0, "the link does not take a frame"
        )
    await link.right.until("frames to the right", lambda: len(link.right.frames.get(link.right_link, ())) == 2)
    await link.left.until("frames to the left", lambda: len(link.left.frames.get(link.left_link, ())) == 2)
    expect(sorted(link.right.frames[link.right_link]) == [(0, b"to right 0"), (1, b"to right 1")], "wrong frames")
    expect(sorted(link.left.frames[link.left_link]) == [(0, b"to left 0"), (1, b"to left 1")], "wrong frames")


async def check_a_channel_keeps_its_order(pair: TransportPair) -> None:
    """Many small frames arrive as they were sent."""
    link = await open_link(pair)
    sent = [b"%d" % number for number in range(200)]
    for data in sent:
        pair.left.send(link.left_link, 0, data)
    await link.right.until("200 frames", lambda: len(link.right.frames.get(link.right_link, ())) == len(sent))
    expect([data for _, data in link.right.frames[link.right_link]] == sent, "frames out of order")


async def check_the_largest_frame_and_odd_bytes(pair: TransportPair) -> None:
    """A frame of 16 KiB, one of one byte, and every value of a byte."""
    link = await open_link(pair)
    sent = [bytes(range(256)) * (MAX_FRAME_BYTES // 256), b"\0", b"\xff"]
    for data in sent:
        pair.left.send(link.left_link, 1, data)
    await link.right.until("three frames", lambda: len(link.right.frames.get(link.right_link, ())) == len(sent))
    expect([data for _, data in link.right.frames[link.right_link]] == sent, "frames have changed")


async def check_back_pressure(pair: TransportPair) -> None:
    """A full buffer drains, and says so; four megabytes cross by the rule of the two marks."""
    link = await open_link(pair)
    total = 4 * 1024 * 1024
    frame = bytes(MAX_FRAME_BYTES)
    sent = buffered = drains = 0
    while sent < total:
        while sent < total and buffered + len(frame) <= HIGH_WATER_BYTES:
            buffered = pair.left.send(link.left_link, 1, frame)
            expect(buffered >= 0, "the link died under load")
            sent += len(frame)
        if sent < total:
            before = drains
            await link.left.until("no drained event", lambda: len(link.left.drained) > before)  # noqa: B023
            drains = len(link.left.drained)
            buffered = LOW_WATER_BYTES
    arrived = link.right.frames
    await link.right.until("all frames", lambda: len(arrived.get(link.right_link, ())) == total // len(frame))
    expect(all(each == (link.left_link, 1) for each in link.left.drained), "drained was reported for another channel")


async def check_the_other_side_hears_of_a_close(pair: TransportPair) -> None:
    """What was sent before a close may be lost, but the close is not; the closing side hears nothing."""
    link = await open_link(pair)
    pair.left.close(link.left_link)
    await link.right.until("the close was not reported", lambda: link.right_link in link.right.closed)
    await asyncio.sleep(QUIET_S)
    expect(link.left_link not in link.left.closed, "a close of ours was reported to us")


async def check_a_closed_link_takes_nothing(pair: TransportPair) -> None:
    """`send` says -1, on both sides; the other verbs do nothing."""
    link = await open_link(pair)
    pair.left.close(link.left_link)
    expect(pair.left.send(link.left_link, 0, b"late") == -1, "a closed link took a frame")
    await link.right.until("the close was not reported", lambda: link.right_link in link.right.closed)
    expect(pair.right.send(link.right_link, 0, b"late") == -1, "a link that was closed by the other side took a frame")
    pair.left.close(link.left_link)
    pair.right.close(link.right_link)
    pair.left.add_candidate(link.left_link, "", "0")
    expect(pair.left.send(f"{pair.left.kind}:77", 0, b"x") == -1, "an unknown link took a frame")


async def check_links_are_independent(pair: TransportPair) -> None:
    """Closing one of two links leaves the other."""
    first = await open_link(pair)
    second = await connect(pair, first.left, first.right, 2)
    pair.right.close(first.right_link)
    await first.left.until("the close was not reported", lambda: first.left_link in first.left.closed)
    pair.left.send(second.left_link, 0, b"still here")
    await second.right.until("a frame", lambda: bool(second.right.frames.get(second.right_link)))
    expect(second.right.frames[second.right_link] == [(0, b"still here")], "wrong frame")
    expect(first.right_link not in first.right.frames, "a frame went to the wrong link")


async def check_a_link_to_nobody_is_only_silent(pair: TransportPair) -> None:
    """An attempt that nobody answers reports neither an opening nor a frame, and can be closed."""
    left = Recorder()
    pair.left.start(left)
    pair.left.open(f"{pair.left.kind}:1", bytes(32), initiator=True)
    await asyncio.sleep(QUIET_S)
    expect(not left.bindings, "a link to nobody opened")
    pair.left.close(f"{pair.left.kind}:1")


async def check_stop_ends_every_link(pair: TransportPair) -> None:
    """After `stop` the other side hears of the end, and nothing is reported any more."""
    link = await open_link(pair)
    await pair.left.stop()
    await link.right.until("the stop was not noticed", lambda: link.right_link in link.right.closed)
    expect(pair.left.send(link.left_link, 0, b"late") == -1, "a stopped transport took a frame")
    await pair.left.stop()


Check = Callable[[TransportPair], Awaitable[None]]

CHECKS: list[Check] = [
    check_both_sides_see_one_binding,
    check_two_links_have_two_bindings,
    check_frames_cross_both_ways_on_both_channels,
    check_a_channel_keeps_its_order,
    check_the_largest_frame_and_odd_bytes,
    check_back_pressure,
    check_the_other_side_hears_of_a_close,
    check_a_closed_link_takes_nothing,
    check_links_are_independent,
    check_a_link_to_nobody_is_only_silent,
    check_stop_ends_every_link,
]
