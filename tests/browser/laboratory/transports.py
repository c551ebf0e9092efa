"""Pieces of Python that run in the laboratory page: pairs of transports, and one end of a link for tests of two pages."""

MAKE_BROKER = """
from graphvine.platform.browser.ffi import global_or_none
from graphvine.platform.browser.webrtc import WebRtcTransport
def webrtc():
    if global_or_none("RTCPeerConnection") is not None:
        from graphvine.platform.browser.page_connections import PageConnections
        return WebRtcTransport(PageConnections())
    from graphvine.platform.browser.port_connections import PortConnections
    return WebRtcTransport(PortConnections())
"""

MAKE_TAB = """
from graphvine.platform.browser.clock import BrowserEntropy
from graphvine.platform.browser.locks import WebLocks
from graphvine.platform.browser.tabs import TabsTransport
class Announced(TabsTransport):
    def __init__(self, peer, space="checks"):
        super().__init__(space, BrowserEntropy(), WebLocks())
        self.own, self.seen = peer, []
    def start(self, events):
        super().start(events)
        self.announce(self.own, self.seen.append)
"""

# One end of a link, kept between calls as `builtins.end`. Signals are carried by the test: `outbox`, `end.take(...)`.
END = """
import asyncio, builtins, json, time
class End:
    def __init__(self, transport):
        self.transport, self.outbox = transport, []
        self.opened = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()
        self.offered = asyncio.get_running_loop().create_future()
        self.changed, self.drained = asyncio.Event(), asyncio.Event()
        self.received, self.echo, self.link = 0, False, ""
        self.answer = None
        transport.start(self)
    def take(self, link, signals):
        for what, first, second in signals:
            (self.transport.describe if what == "d" else self.transport.add_candidate)(link, first, second)
    def link_described(self, link, kind, sdp):
        self.outbox.append(["d", kind, sdp])
    def link_candidate(self, link, candidate, mid):
        self.outbox.append(["c", candidate, mid])
    def link_offered(self, link, peer):
        self.offered.set_result(peer.hex())
    def link_opened(self, link, binding):
        self.link = link
        self.opened.set_result(binding.hex())
    def link_frame(self, link, channel, data):
        self.received += len(data)
        if self.echo:
            self.transport.send(link, channel, data)
        elif self.answer is not None and not self.answer.done():
            self.answer.set_result(data)
        self.changed.set()
    def link_drained(self, link, channel):
        self.drained.set()
    def link_closed(self, link, reason):
        self.closed.set_result(reason)
    async def push(self, total):
        frame, left = bytes(16384), total
        while left > 0:
            buffered = self.transport.send(self.link, 1, frame[:left])
            left -= len(frame)
            if buffered < 0:
                raise RuntimeError("the link is gone")
            if buffered + len(frame) > 65536:
                self.drained.clear()
                await self.drained.wait()
    async def until_received(self, total):
        while self.received < total:
            self.changed.clear()
            await self.changed.wait()
    async def round_trips(self, count, size=200):
        times = []
        for _ in range(count):
            self.answer = asyncio.get_running_loop().create_future()
            begin = time.perf_counter()
            self.transport.send(self.link, 0, bytes(size))
            await self.answer
            times.append((time.perf_counter() - begin) * 1000)
        times.sort()
        return {"p50": times[count // 2], "p99": times[count * 99 // 100]}
"""
