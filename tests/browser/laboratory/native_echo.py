"""A native peer for one link: reads the offer and candidates as a line of JSON, writes its own, echoes every frame."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "pypkg"))

from graphvine.platform.native.webrtc import NativeWebRtc

LINK = "webrtc:1"


class Echo:
    """Reports to standard output, sends back what comes."""

    def __init__(self, transport: NativeWebRtc) -> None:
        self.transport = transport
        self.signals: list[list[str]] = []

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        self.signals.append(["d", kind, sdp])

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        print(json.dumps(self.signals), flush=True)

    def link_opened(self, link: str, binding: bytes) -> None:
        print(json.dumps(binding.hex()), flush=True)

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        self.transport.send(link, channel, data)

    def link_drained(self, link: str, channel: int) -> None:
        """Do nothing: the other side waits for its echo."""

    def link_closed(self, link: str, reason: str) -> None:
        print(json.dumps(reason), flush=True)

    def link_offered(self, link: str, peer: bytes) -> None:
        raise AssertionError("WebRTC links are described")


async def main() -> None:
    transport = NativeWebRtc()
    transport.start(Echo(transport))
    loop = asyncio.get_running_loop()
    line = await loop.run_in_executor(None, sys.stdin.readline)
    transport.open(LINK, b"t" * 32, initiator=False)
    for what, first, second in json.loads(json.loads(line) if line.startswith('"') else line):
        (transport.describe if what == "d" else transport.add_candidate)(LINK, first, second)
    await loop.run_in_executor(None, sys.stdin.readline)  # until the test closes our input
    await transport.stop()


if __name__ == "__main__":
    asyncio.run(main())
