"""The line that says who is connected and how: storage, peers that were refused, a browser that keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import Complaints, RelayProcess, StaticServer
from tests.browser.opened_page import address, open_page, until, until_connected, wait_ready
from tests.browser.small_disk import SmallDisk
from tests.browser.swapping_relay import SwappingRelay
from tests.browser.test_graph_page import DESKTOP
from tests.browser.test_storage import own_browser

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]
FILL_UP = """async () => {
  for (let number = 0; number < 1500; number += 1) {
    const data = crypto.getRandomValues(new Uint8Array(60_000));
    const failed = await graphvine.graph.put(`v${number}`, { data }).then(() => null, ({ name }) => name);
    if (failed) return failed;
  }
}"""


def test_the_details_say_who_how_and_what_is_stored(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, screenshot: Screenshot
) -> None:
    url = address(site_server.url(), "index.html", "bar", relay.url)
    ada, grace = (open_page(make_context(**DESKTOP), url) for _ in range(2))
    until_connected(ada, grace)
    ada.evaluate("graphvine.graph.put('a', { name: 'Ada' })")
    ada.click("#connection")
    details = ada.locator("#connection-details")
    expect(details.locator(".peers li")).to_have_count(1)
    expect(details).to_contain_text("direct, encrypted (WebRTC)")
    expect(details).to_contain_text("Everybody connected has the same")
    expect(details).to_contain_text("Saved in this browser (")
    expect(details).to_contain_text("used by this site")
    assert details.locator("meter").count() == 1
    screenshot(ada, "details")
    ada.click("text=Ask it to keep everything")
    expect(ada.locator(".notice")).to_contain_text("The browser")
    ada.keyboard.press("Escape")
    expect(details).to_be_hidden()


def test_who_tells_a_name_is_called_by_it(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, screenshot: Screenshot
) -> None:
    url = address(site_server.url(), "index.html", "bar-names", relay.url)
    ada, grace = (open_page(make_context(**DESKTOP), url) for _ in range(2))
    until_connected(ada, grace)
    expect(ada.locator("#connection")).to_contain_text("1 browser connected")
    grace.click("#connection")
    grace.click("text=Tell the others your name")
    grace.fill("#dialog-text", "  Grace   Hopper ")
    grace.keyboard.press("Enter")
    expect(ada.locator("#connection")).to_contain_text("Grace Hopper connected")
    ada.click("#connection")
    expect(ada.locator("#connection-details .peers .key")).to_have_text("Grace Hopper")
    screenshot(ada, "names")
    grace.click("text=Change your name")
    grace.fill("#dialog-text", "Amazing Grace")
    grace.keyboard.press("Enter")
    expect(ada.locator("#connection-details .peers .key")).to_have_text("Amazing Grace")
    grace.reload()  # the name is kept, and shown again without asking
    wait_ready(grace)
    until_connected(ada, grace)
    expect(ada.locator("#connection")).to_contain_text("Amazing Grace connected")
    grace.goto("about:blank")
    expect(ada.locator("#connection")).not_to_contain_text("Grace")


def test_a_peer_that_cannot_prove_who_it_is_is_shown(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    middle = SwappingRelay("bar-refused")
    try:
        url = address(site_server.url(), "index.html", "bar-refused", middle.url)
        pages = [open_page(make_context(**DESKTOP), url) for _ in range(2)]
        for page in pages:
            expect(page.locator("#connection")).to_contain_text("1 refused")
            page.click("#connection")
            refused = page.locator("#connection-details .refused")
            expect(refused).to_contain_text("could not prove who they are")
            expect(refused.locator("li")).to_contain_text("proof")
            screenshot(page, "refused")
    finally:
        middle.stop()


def test_a_full_disk_is_said_on_the_page(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    complaints.allow("uota")
    context = make_context(**DESKTOP, service_workers="block")
    disk = SmallDisk(context, site_server.origin, 3_000_000)
    page = open_page(context, address(site_server.url(), "index.html", "bar-full"))
    assert page.evaluate(FILL_UP) == "StorageFull"
    expect(page.locator("#connection")).to_contain_text("Not saved: storage is full")
    page.click("#connection")
    expect(page.locator("#connection-details")).to_contain_text("The disk is full")
    disk.grow()
    page.evaluate("graphvine.graph.put('again', {})")
    until(page, "() => !document.querySelector('#connection').textContent.includes('Not saved')")


def test_a_browser_that_keeps_nothing_is_offered_to_go_on(
    site_server: StaticServer, browser: Browser, chromium_path: str, tmp_path: Path, screenshot: Screenshot
) -> None:
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked))
    with own_browser(browser, chromium_path, tmp_path) as context:
        page = context.new_page()
        page.goto(address(site_server.url(), "index.html", "bar-blocked"))
        expect(page.locator("#start")).to_contain_text("refuses to store")
        screenshot(page, "start")
        page.click("text=Go on without keeping anything")
        wait_ready(page)
        expect(page.locator("#connection")).to_contain_text("nothing is kept")
        page.click("#load-example")
        expect(page.locator("#counts")).to_contain_text("77 vertices")
        page.click("#connection")
        expect(page.locator("#connection-details")).to_contain_text("Nothing is kept")
        screenshot(page, "memory")
