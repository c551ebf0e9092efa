"""The browser's WebSocket against a real relay."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Complaints, RelayProcess
from tests.browser.laboratory import THREADS, Bench

MakeContext = Callable[..., BrowserContext]

CONNECT = """
import asyncio, builtins, json
from graphvine.platform.browser.ffi import live_proxies
from graphvine.platform.browser.websocket import BrowserSockets
class Seen:
    def __init__(self):
        loop = asyncio.get_running_loop()
        self.events, self.closed, self.text = [], loop.create_future(), loop.create_future()
    def connect(self, url):
        self.socket = BrowserSockets().connect(url, lambda: self.events.append("open"), self.got, self.ended)
        self.events.append("returned")
    def got(self, text):
        self.events.append("text")
        if not self.text.done():
            self.text.set_result(text)
    def ended(self, reason):
        self.events.append("closed")
        self.closed.set_result(reason)
"""


@pytest.mark.parametrize("thread", THREADS)
def test_text_comes_and_goes(lab_url: str, make_context: MakeContext, relay: RelayProcess, thread: str) -> None:
    bench = Bench(make_context(), lab_url, thread)
    talk = f"""
seen = Seen()
seen.connect({relay.url!r})
seen.socket.send("this is no frame of ours")
challenge = await asyncio.wait_for(seen.text, 60)
reason = await asyncio.wait_for(seen.closed, 60)
seen.socket.send("too late")
seen.socket.close()
json.dumps([challenge, reason, seen.events, live_proxies()])"""
    challenge, reason, events, proxies = bench.run(CONNECT + talk)
    assert json.loads(challenge)["t"] == "challenge"
    assert reason.startswith("4400"), "the relay's close code"
    assert events[:3] == ["returned", "open", "text"]
    assert events.count("closed") == 1
    assert proxies == 0


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/", "nonsense:", "http//", ""])
def test_an_address_that_leads_nowhere_is_one_close(
    lab_url: str, make_context: MakeContext, complaints: Complaints, url: str
) -> None:
    complaints.allow("WebSocket connection to")
    talk = f"""
seen = Seen()
seen.connect({url!r})
reason = await asyncio.wait_for(seen.closed, 60)
json.dumps([reason, seen.events, live_proxies()])"""
    reason, events, proxies = Bench(make_context(), lab_url, "main").run(CONNECT + talk)
    assert reason
    assert events == ["returned", "closed"]
    assert proxies == 0


def test_closing_before_it_is_open_is_one_close(
    lab_url: str, make_context: MakeContext, complaints: Complaints, relay: RelayProcess
) -> None:
    complaints.allow("WebSocket is closed before the connection is established")
    talk = f"""
seen = Seen()
seen.connect({relay.url!r})
seen.socket.close()
reason = await asyncio.wait_for(seen.closed, 60)
await asyncio.sleep(0.2)
json.dumps([reason, seen.events, live_proxies()])"""
    reason, events, proxies = Bench(make_context(), lab_url, "main").run(CONNECT + talk)
    assert reason.startswith("1006")
    assert events == ["returned", "closed"]
    assert proxies == 0
