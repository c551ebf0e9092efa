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


def test_a_deleted_vertex_comes_back_with_its_counter_its_date_and_its_float(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "exact-undo"))
    values = {
        "name": "Post",
        "on": {"$date": "2024-05-01"},
        "likes": {"$counter": 3},
        "tags": {"$set": ["a", "b"]},
        "body": {"$text": "Hello"},
        "rate": {"$float": "2.0"},
        "big": {"$int": "9007199254740993"},
    }
    read = "async () => (await graphvine.graph.get('post', { exact: true }))?.properties ?? null"
    page.evaluate("(values) => graphvine.graph.put('post', values)", values)
    page.evaluate("() => graphvine.graph.link('post', 'NEXT', 'other', { seen: { $counter: 2 } }, { edge: 'e' })")
    select(page, "Post")
    expect(page.locator("#property-on")).to_have_value("2024-05-01")
    page.click("#panel .danger")
    until(page, "async () => (await graphvine.graph.get('post')) === null")
    page.click("#undo")
    until(page, f"async () => (await ({read})()) !== null")
    assert page.evaluate(read) == values
    edge = "async () => (await graphvine.graph.getEdge('e', { exact: true })).properties"
    assert page.evaluate(edge) == {"seen": {"$counter": 2}}
    select(page, "Post")
    page.fill("#property-on", "2024-06-01")
    page.keyboard.press("Enter")
    until_property(page, "post", "on", "2024-06-01")
    assert page.evaluate(read)["on"] == {"$date": "2024-06-01"}
    page.fill("#property-on", "soon")
    page.keyboard.press("Enter")
    assert (
        page.evaluate("() => document.querySelector('#property-on').validationMessage") == "Write it like 2024-05-01."
    )


def test_a_value_that_lost_is_taken_as_what_it_was(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext
) -> None:
    pages = []
    for day in ("2024-05-01", "2024-06-01"):
        context = make_context(**DESKTOP)
        page = open_page(context, address(site_server.url(), "index.html", "why-date"))
        page.evaluate("(day) => graphvine.graph.put('car', { name: 'Car', built: { $date: day } })", day)
        page.close()
        pages.append(open_page(context, address(site_server.url(), "index.html", "why-date", relay.url)))
    until_connected(*pages)
    for page in pages:
        until_property(page, "car", "built", "2024-06-01")
    select(pages[0], "Car")
    pages[0].click("[aria-label='Why is built what it is?']")
    pages[0].locator(".explanation li", has_text="2024-05-01").locator("text=Take this value").click()
    until_property(pages[1], "car", "built", "2024-05-01")
    exact = pages[1].evaluate("async () => (await graphvine.graph.get('car', { exact: true })).properties.built")
    assert exact == {"$date": "2024-05-01"}


def test_what_was_done_to_a_counter_and_a_set_is_undone(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "undo-shared"))
    page.evaluate("graphvine.graph.put('post', { name: 'Post', likes: { $counter: 3 }, tags: { $set: ['x'] } })")
    select(page, "Post")
    page.click("[aria-label='Add one to likes']")
    until_property(page, "post", "likes", 4)
    page.evaluate("graphvine.graph.counter('post', 'likes').add(10)")  # somebody else's
    page.click("[aria-label='Remove x from tags']")
    until(page, "async () => (await graphvine.graph.set('post', 'tags').value()).length === 0")
    page.click("#undo")
    until(page, "async () => (await graphvine.graph.set('post', 'tags').value()).join() === 'x'")
    page.click("#undo")
    until_property(page, "post", "likes", 13)
    page.click("#redo")
    until_property(page, "post", "likes", 14)
