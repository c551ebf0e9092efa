"""A relay that swaps DTLS fingerprints and passes every frame on: both victims notice before they say anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from graphvine.net.frames import Reassembler
from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage, until, until_converged
from tests.browser.swapping_relay import SwappingRelay

MakeContext = Callable[..., BrowserContext]
SPACE = "man-in-the-middle"
WAS_READY = """
log = []
ready = graph._driver.peer._ready_peers
graph.seen_ready = log
class Watched(dict):
    def __setitem__(self, peer, value):
        log.append(peer.hex())
        super().__setitem__(peer, value)
graph._driver.peer._ready_peers = Watched(ready)
len(ready)
"""


@pytest.fixture
def middle() -> Iterator[SwappingRelay]:
    """A relay in the middle that knows the name of the space."""
    relay = SwappingRelay(SPACE)
    yield relay
    relay.stop()


def test_swapped_fingerprints_are_noticed_by_both_sides(
    site_server: StaticServer, make_context: MakeContext, middle: SwappingRelay, relay: RelayProcess
) -> None:
    contexts = [make_context(), make_context()]
    pages = [GraphPage(each, site_server.url(), SPACE, relay=middle.url, thread="worker") for each in contexts]
    for number, page in enumerate(pages):
        page.run(WAS_READY)
        page.run(f'await graph.put("secret-{number}", {{"text": "nobody else reads this"}})')
    until(lambda: len(middle.bindings) >= 2, "both links of the man in the middle are open")
    for page in pages:
        refused = page.until("graph.status.refused")
        (reason,) = refused.values()
        assert "proof" in reason
        assert "could not prove" in page.run("str(graph.status)")
        assert page.run("graph.seen_ready") == []
        assert page.run("len(await graph.vertices())") == 1
    check_nothing_but_handshakes(middle)

    for page in pages:
        page.close()
    honest = [GraphPage(each, site_server.url(), SPACE, relay=relay.url) for each in contexts]
    vertices, _, _ = until_converged(*honest)
    assert [vertex[0] for vertex in vertices] == ["secret-0", "secret-1"]
    assert honest[0].run("graph.status.refused") == {}


def test_but_for_the_binding_he_would_get_through(
    site_server: StaticServer, make_context: MakeContext, middle: SwappingRelay
) -> None:
    """The attack is a real one: take the fingerprints out of what is signed, and it works."""
    blind = "import graphvine.platform.browser.webrtc as webrtc\nwebrtc.link_binding = lambda *_: bytes(32)\nNone"
    pages = [GraphPage(make_context(), site_server.url(), SPACE) for _ in range(2)]
    for page in pages:
        page.run(blind)
        page.run(f'graph.other = await graphvine.open({SPACE!r}, relay={middle.url!r}, storage=":memory:")\nNone')
    pages[0].run('await graph.other.put("secret", {"text": "nobody else reads this"})')
    pages[1].until('(await graph.other.get("secret")) is not None')
    assert any(b"nobody else reads this" in frame for _, _, frame in middle.passed)


def check_nothing_but_handshakes(middle: SwappingRelay) -> None:
    """Check that the man in the middle had two different links, and saw only messages of the link itself."""
    assert middle.swapped >= 2
    assert len(set(middle.bindings)) == len(middle.bindings)
    assert middle.passed
    incoming: dict[tuple[str, int], Reassembler] = {}
    for link, channel, frame in middle.passed:
        messages = incoming.setdefault((link, channel), Reassembler(2**20)).receive(frame)
        assert [protocol for protocol, _ in messages] == [0] * len(messages)
        assert b"nobody else reads this" not in frame
