"""aiortc with itself, in this process. With Chromium: tests/browser/test_webrtc_transport.py."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("aiortc")

from graphvine.net.signaling import IceServer
from graphvine.platform.native.webrtc import NativeWebRtc
from graphvine.testing.transport_checks import CHECKS, Check, Recorder, TransportPair

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_transport(check: Check) -> None:
    async def run() -> None:
        left, right = NativeWebRtc(), NativeWebRtc()
        pair = TransportPair(left, b"l" * 32, right, b"r" * 32)
        try:
            await check(pair)
        finally:
            await pair.stop()
        assert (left.link_count, right.link_count) == (0, 0)

    asyncio.run(run())


@pytest.mark.parametrize(
    "sdp", ["", "garbage", "v=0\r\n", "m=audio 9 RTP/AVP 0\r\n" * 50, "v=x\r\nm=a\r\na=fingerprint:sha-256 AA\r\n"]
)
def test_a_description_that_is_none_ends_that_link_only(sdp: str) -> None:
    async def run() -> None:
        transport, seen = NativeWebRtc(), Recorder()
        transport.start(seen)
        transport.open("webrtc:1", b"p" * 32, initiator=False)
        transport.open("webrtc:2", b"q" * 32, initiator=False)
        transport.add_candidate("webrtc:1", "candidate:nonsense", "0")
        transport.describe("webrtc:1", "offer", sdp)
        transport.add_candidate("webrtc:1", "candidate:1 1 udp x y z", "0")
        await seen.until("the close", lambda: "webrtc:1" in seen.closed)
        assert "webrtc:2" not in seen.closed
        await transport.stop()

    asyncio.run(run())


def test_servers_of_the_relay_are_taken() -> None:
    async def run() -> None:
        transport = NativeWebRtc()
        transport.ice_servers = (IceServer(("turn:127.0.0.1:9",), "alice", "secret"),)
        transport.start(Recorder())
        transport.open("webrtc:1", b"p" * 32, initiator=False)
        await transport.stop()

    asyncio.run(run())
