"""STUN and TURN servers that the relay was told of reach the browsers' connections, with credentials made for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.opened_page import until

SECRET = "a secret of a test"
# Keeps what every connection of the page is made with.
WATCH = """
const Real = RTCPeerConnection;
globalThis.configurations = [];
globalThis.RTCPeerConnection = class extends Real {
  constructor(configuration) { super(configuration); configurations.push(this.getConfiguration()); }
};
"""


@pytest.mark.parametrize("thread", ["worker", "main"])
def test_the_servers_of_the_relay_are_used(
    site_server: StaticServer,
    make_context: Callable[..., BrowserContext],
    make_relay: Callable[..., RelayProcess],
    monkeypatch: pytest.MonkeyPatch,
    thread: str,
) -> None:
    monkeypatch.setenv("GRAPHVINE_RELAY_TURN_SECRET", SECRET)
    relay = make_relay("--stun", "stun:127.0.0.1:9", "--turn", "turn:127.0.0.1:9")

    def opened() -> Page:
        context = make_context()
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto(f"{site_server.url('play.html')}?space=ice&relay={relay.url}&thread={thread}")
        page.evaluate("async () => { await graphvine.ready; }")
        return page

    pages = [opened(), opened()]
    for page in pages:
        until(page, "async () => (await graphvine.status()).peers.some((peer) => peer.state === 'ready')")
        servers: list[dict[str, Any]] = page.evaluate("configurations.at(-1).iceServers")
        urls = [url for server in servers for url in server["urls"]]
        assert sorted(urls) == ["stun:127.0.0.1:9", "turn:127.0.0.1:9"]
        (turn,) = [server for server in servers if "turn:127.0.0.1:9" in server["urls"]]
        digest = hmac.new(SECRET.encode(), turn["username"].encode(), hashlib.sha1).digest()
        assert turn["credential"] == base64.b64encode(digest).decode(), "what coturn will compute"
