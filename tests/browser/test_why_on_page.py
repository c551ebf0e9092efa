"""`why` in the panel: who wrote a property, which values lost, and taking one of them; counters and sets for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.opened_page import address, open_page, property_of, until, until_connected, until_property
from tests.browser.test_graph_page import DESKTOP, PHONE, select

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]


def apart(site_server: StaticServer, make_context: MakeContext, relay: RelayProcess, space: str) -> Page:
    """Two browsers write the same property before they meet; return the page of the one who lost."""
    pages = []
    for context, value in ((make_context(**DESKTOP), "red"), (make_context(**DESKTOP), "blue")):
        page = open_page(context, address(site_server.url(), "index.html", space))
        page.evaluate("(colour) => graphvine.graph.put('car', { name: 'Car', colour }, { labels: ['Thing'] })", value)
        page.close()
        pages.append(open_page(context, address(site_server.url(), "index.html", space, relay.url)))
    until_connected(*pages)
    for page in pages:
        until_property(page, "car", "colour", "blue")
    return pages[0]


def test_why_shows_who_won_and_who_lost_and_takes_the_loser(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = apart(site_server, make_context, relay, "why")
    select(page, "Car")
    page.click("[aria-label='Why is colour what it is?']")
    box = page.locator(".explanation")
    expect(box).to_contain_text("Because its stamp is newer")
    expect(box.locator("li").first).to_contain_text("blue")
    lost = box.locator("li", has_text="red")
    expect(lost).to_contain_text("by you")
    screenshot(page, "lost")
    lost.locator("text=Take this value").click()
    until_property(page, "car", "colour", "red")
    expect(box).not_to_contain_text("lost")  # whoever writes now has seen both
    expect(box.locator("li").first).to_contain_text("red")
    page.click("#undo")
    until_property(page, "car", "colour", "blue")


def test_a_counter_and_a_set_are_changed_as_what_they_are(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = open_page(make_context(**PHONE), address(site_server.url(), "index.html", "shared-values"))
    page.evaluate(
        """async () => {
          await graphvine.graph.put("post", { name: "Post", plain: 1 });
          await graphvine.graph.counter("post", "likes").add(3);
          await graphvine.graph.set("post", "tags").add("python");
        }"""
    )
    select(page, "Post")
    page.locator("[aria-label='Add one to likes']").tap()
    expect(page.locator(".counter output")).to_have_text("4")
    page.locator("[aria-label='Take one from likes']").tap()
    page.locator("[aria-label='Take one from likes']").tap()
    expect(page.locator(".counter output")).to_have_text("2")
    page.fill("[aria-label='Add to tags']", "graphs")
    page.keyboard.press("Enter")
    until(page, "async () => (await graphvine.graph.set('post', 'tags').value()).length === 2")
    page.locator("[aria-label='Remove python from tags']").tap()
    until(page, "async () => (await graphvine.graph.set('post', 'tags').value()).join() === 'graphs'")
    kinds = page.evaluate(
        "async () => [(await graphvine.graph.why('post', 'likes')).kind, (await graphvine.graph.why('post', 'tags')).kind]"
    )
    assert kinds == ["Counter", "Set"]
    page.locator("[aria-label='Why is likes what it is?']").tap()
    expect(page.locator(".explanation")).to_contain_text("A Counter, made of")
    screenshot(page, "counter")
    assert property_of(page, "post", "plain") == 1


def test_the_table_leaves_a_counter_to_the_panel(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "shared-in-table"))
    page.evaluate("graphvine.graph.counter('post', 'likes').add(3)")
    page.click("#show-table")
    page.dblclick("td[data-name=likes]")
    expect(page.locator("#panel h2")).to_have_text("post")
    expect(page.locator("td input")).to_have_count(0)
    page.click("[aria-label='Add one to likes']")
    expect(page.locator("td[data-name=likes]")).to_have_text("4")
    assert page.evaluate("async () => (await graphvine.graph.why('post', 'likes')).kind") == "Counter"
