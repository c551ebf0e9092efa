"""Firefox as a peer: alone, with Chromium, with another Firefox. Runs where a stock Firefox is installed.

Debian's `firefox-esr` or $FIREFOX, driven over WebDriver BiDi, so without Playwright's own build of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.opened_page import until

MakeContext = Callable[..., BrowserContext]
MakePage = Callable[..., Page]

COUNT = "async (count) => (await graphvine.graph.status()).sync.vertices === count"
MANY = """async (count) => {
  const steps = Array.from({ length: count }, (_, i) => ["put", `v${i}`, { number: i, half: i / 2, name: `name ${i}` }]);
  await graphvine.graph.transaction(steps);
}"""


def firefox_path() -> str | None:
    names = (os.environ.get("FIREFOX", ""), "firefox-esr", "firefox")
    return next((found for name in names if name and (found := shutil.which(name))), None)


pytestmark = pytest.mark.skipif(firefox_path() is None, reason="Firefox is not installed: apt install firefox-esr")


@pytest.fixture(scope="module")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """A stock Firefox. Candidates on the loopback interface are off by default, and there is nothing else here."""
    preferences: dict[str, str | float | bool] = {
        "media.peerconnection.ice.loopback": True,
        "media.peerconnection.ice.obfuscate_host_addresses": False,
    }
    path = firefox_path()
    browser = playwright.firefox.launch(channel="moz-firefox", executable_path=path, firefox_user_prefs=preferences)
    yield browser
    browser.close()


@pytest.fixture
def make_page(firefox: Browser, site_server: StaticServer, relay: RelayProcess) -> Iterator[MakePage]:
    """Open a page on a space and wait for its graph; at the end no page may have thrown."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(context: BrowserContext | None = None, *, space: str, thread: str = "worker") -> Page:
        if context is None:
            context = firefox.new_context()
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{site_server.url('play.html')}?space={space}&relay={relay.url}&thread={thread}")
        page.evaluate("async () => { await graphvine.ready; }")
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


def put(page: Page, name: str) -> None:
    page.evaluate("(name) => graphvine.graph.put(name, { by: name })", name)


@pytest.mark.parametrize("thread", ["worker", "main"])
def test_firefox_keeps_what_it_acknowledged(make_page: MakePage, thread: str) -> None:
    page = make_page(space=f"fox-{thread}", thread=thread)
    put(page, "here")
    page.reload()
    page.evaluate("async () => { await graphvine.ready; }")
    assert page.evaluate("async () => (await graphvine.graph.get('here')).properties") == {"by": "here"}
    assert page.evaluate("async () => (await graphvine.status()).storage.state") == "ok"


def test_firefox_and_chromium_share_a_graph(make_page: MakePage, make_context: MakeContext) -> None:
    fox, chrome = make_page(space="mixed"), make_page(make_context(), space="mixed")
    put(fox, "fox")
    put(chrome, "chrome")
    for page in (fox, chrome):
        until(page, COUNT, 2)
        assert page.evaluate("async () => (await graphvine.status()).peers.map((peer) => peer.kind)") == ["webrtc"]
    for page, count in ((fox, 3_000), (chrome, 6_000)):
        page.evaluate(MANY, count)
        for other in (fox, chrome):
            until(other, COUNT, 2 + count)


def test_two_firefoxes_and_two_tabs_of_one(make_page: MakePage) -> None:
    first, second = make_page(space="foxes"), make_page(space="foxes")
    tab = make_page(first.context, space="foxes")
    for number, page in enumerate((first, second, tab), 1):
        put(page, f"page {number}")
    for page in (first, second, tab):
        until(page, COUNT, 3)
    kinds = first.evaluate("async () => (await graphvine.status()).peers.map((peer) => peer.kind).sort()")
    assert kinds == ["tab", "webrtc"]
