"""The whole path: two browsers share one graph through a relay, and need it only to find each other."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext

from tests.browser.conftest import Complaints, RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage, until_converged

MakeContext = Callable[..., BrowserContext]
MakeRelay = Callable[..., RelayProcess]


def test_edits_cross_both_ways_and_go_on_without_the_relay(
    site_server: StaticServer, make_context: MakeContext, make_relay: MakeRelay, complaints: Complaints
) -> None:
    complaints.allow("WebSocket connection to .* failed")  # while the relay is away
    relay = make_relay()
    port = relay.url.rstrip("/").rpartition(":")[2]
    alice, bob = (GraphPage(make_context(), site_server.url(), "two-browsers", relay=relay.url) for _ in range(2))
    alice.until_connected()
    alice.run('await graph.put("alice", {"age": 30}, labels=["Person"])')
    bob.until('(v := await graph.get("alice")) is not None and v["age"] == 30 and list(v.labels) == ["Person"]')
    bob.run('await graph.link("alice", "KNOWS", "bob", {"since": 2024})')
    alice.until('len(await graph.edges("KNOWS")) == 1 and (await graph.get("bob")) is not None')

    relay.stop()
    alice.until('graph.status.relay.state != "joined"')
    alice.run('await graph.put("alice", {"age": 31})')
    bob.until('(await graph.get("alice"))["age"] == 31')
    bob.run('await graph.put("bob", {"age": 40})')
    alice.until('(await graph.get("bob")).properties.get("age") == 40')
    assert [peer["kind"] for peer in alice.status()["peers"]] == ["webrtc"]

    make_relay("--port", port)
    carol = GraphPage(make_context(), site_server.url(), "two-browsers", relay=relay.url)
    carol.until_connected()
    vertices, edges, _ = until_converged(alice, bob, carol)
    assert vertices == [["alice", ["Person"], [["age", 31]]], ["bob", [], [["age", 40]]]]
    assert [edge[1:] for edge in edges] == [["KNOWS", "alice", "bob", [["since", 2024]]]]
    carol.run('await graph.put("carol", {"age": 50})')
    for page in (alice, bob):
        page.until('(await graph.get("carol")) is not None')
