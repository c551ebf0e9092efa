"""The simulated transport does what every transport must; and its network can be cut."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from graphvine.testing.memory_transport import MemoryNetwork
from graphvine.testing.transport_checks import (
    CHECKS,
    QUIET_S,
    Check,
    CheckFailed,
    TransportPair,
    connect,
    expect,
    open_link,
)

LEFT, RIGHT = b"l" * 32, b"r" * 32


def network() -> MemoryNetwork:
    """One whose simulated time is the loop's."""
    loop = asyncio.get_running_loop()

    def schedule(delay_s: float, action: Callable[[], None]) -> None:
        loop.call_later(delay_s, action)

    return MemoryNetwork(schedule, loop.time, random.Random(1), delay_s=(0.0, 0.003), bandwidth=50e6)


def make_pair(net: MemoryNetwork, *, needs_signaling: bool = False) -> TransportPair:
    left = net.transport(LEFT, needs_signaling=needs_signaling)
    return TransportPair(left, LEFT, net.transport(RIGHT, needs_signaling=needs_signaling), RIGHT)


@pytest.mark.parametrize("needs_signaling", [False, True], ids=["direct", "signaled"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check(check: Check, needs_signaling: bool) -> None:
    async def run() -> None:
        pair = make_pair(network(), needs_signaling=needs_signaling)
        try:
            await check(pair)
        finally:
            await pair.stop()

    asyncio.run(run())


def test_a_cut_swallows_frames_and_what_it_broke_stays_broken() -> None:
    async def run() -> None:
        net = network()
        pair = make_pair(net)
        link = await open_link(pair)
        net.cut(RIGHT, LEFT)
        pair.left.send(link.left_link, 0, b"lost")
        await asyncio.sleep(QUIET_S / 10)
        net.heal()
        pair.left.send(link.left_link, 0, b"after a gap")
        await asyncio.sleep(QUIET_S / 10)
        assert link.right.frames == {}
        again = await connect(pair, link.left, link.right, 2)
        pair.left.send(again.left_link, 0, b"fresh")
        await link.right.until("a frame", lambda: bool(link.right.frames.get(again.right_link)))

    asyncio.run(run())


def test_whoever_is_killed_says_nothing() -> None:
    async def run() -> None:
        net = network()
        pair = make_pair(net)
        link = await open_link(pair)
        net.kill(RIGHT)
        assert pair.left.send(link.left_link, 0, b"hello?") > 0
        await asyncio.sleep(QUIET_S / 10)
        assert link.left.closed == {}
        assert link.right.frames == {}

    asyncio.run(run())


def test_a_check_that_fails_says_what() -> None:
    with pytest.raises(CheckFailed, match="out of order"):
        expect(False, "frames out of order")
