"""A browser that comes back online, or a page that is looked at again, does not wait for its back-off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Complaints, RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage
from tests.browser.opened_page import until

MakeContext = Callable[..., BrowserContext]
STATE = "async (state) => (await graphvine.status()).relay.state === state"
# The wait that a long time without a network would have led to.
WAIT_FOR_AN_HOUR = "session = graph._driver.peer._relay; session._deadline += 3600; session.state"
GO_AWAY = """() => {
  let isHidden = true;
  Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  globalThis.comeBack = () => { isHidden = false; document.dispatchEvent(new Event("visibilitychange")); };
}"""


def left_alone(graph: GraphPage, relay: RelayProcess, make_relay: Callable[..., RelayProcess]) -> None:
    """The relay was away and is there again; this page would not find out for an hour."""
    until(graph.page, STATE, "joined")
    relay.stop()
    until(graph.page, STATE, "disconnected")
    while graph.run(WAIT_FOR_AN_HOUR) != "disconnected":
        until(graph.page, STATE, "disconnected")
    found = re.search(r":(\d+)/", relay.url)
    assert found
    make_relay("--port", found.group(1))


@pytest.mark.parametrize("thread", ["worker", "main"])
def test_coming_online_reconnects_at_once(
    site_server: StaticServer,
    make_relay: Callable[..., RelayProcess],
    make_context: MakeContext,
    complaints: Complaints,
    thread: str,
) -> None:
    complaints.allow("WebSocket connection|ERR_")
    relay = make_relay()
    context = make_context()
    graph = GraphPage(context, site_server.url(), "online", relay=relay.url, thread=thread)
    until(graph.page, STATE, "joined")  # before there is no network: what is connected stays so
    context.set_offline(True)
    left_alone(graph, relay, make_relay)
    context.set_offline(False)
    until(graph.page, STATE, "joined")


@pytest.mark.parametrize("thread", ["worker", "main"])
def test_a_page_that_is_looked_at_again_after_a_while_reconnects(
    site_server: StaticServer,
    make_relay: Callable[..., RelayProcess],
    make_context: MakeContext,
    complaints: Complaints,
    thread: str,
) -> None:
    complaints.allow("WebSocket connection|ERR_")
    relay = make_relay()
    graph = GraphPage(make_context(), site_server.url(), "looked-at", relay=relay.url, thread=thread)
    left_alone(graph, relay, make_relay)
    graph.page.evaluate(f"() => {{ ({GO_AWAY})(); comeBack(); }}")  # a glance elsewhere is no reason
    graph.page.wait_for_timeout(300)
    assert graph.run("graph._driver.peer._relay.state") == "disconnected"
    graph.page.evaluate(GO_AWAY)
    graph.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 3_600_000; }")
    graph.page.evaluate("globalThis.comeBack()")
    until(graph.page, STATE, "joined")


@pytest.mark.parametrize(("thread", "listeners"), [("worker", 2), ("main", 3)])
def test_nothing_is_left_of_a_watch_that_ended(
    site_server: StaticServer, make_context: MakeContext, thread: str, listeners: int
) -> None:
    graph = GraphPage(make_context(), site_server.url(), "watch", thread=thread)
    before, during, after = graph.run("""
from graphvine.platform.browser.ffi import live_proxies
from graphvine.platform.browser.network import BrowserNetwork
counts = [live_proxies()]
stop = BrowserNetwork().watch(lambda: None)
counts.append(live_proxies())
stop()
stop()
[*counts, live_proxies()]
""")
    assert (during - before, after) == (listeners, before)
