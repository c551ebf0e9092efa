"""The Cypher console and the live cards of the graph page, as people use them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.opened_page import address, has_counts, open_page, property_of, until, until_connected
from tests.browser.test_graph_page import DESKTOP, PHONE, with_example

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]
STATUS = ".result-status"
TASKS = "sum('_answer' in repr(task.get_coro()) for task in asyncio.all_tasks())"
"""How many calls of the page the peer is working on."""


def open_console(page: Page) -> Page:
    """Open the console by its button."""
    page.click("#show-console")
    page.locator(".cm-content").wait_for()
    return page


def write(page: Page, text: str) -> None:
    """Put a query into the editor, in place of what is there, without running it."""
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Escape")


def ask(page: Page, text: str, status: str) -> None:
    """Run a query with the keyboard and wait for its status line."""
    write(page, text)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(STATUS)).to_contain_text(status)


def editor_text(page: Page) -> str:
    return page.locator(".cm-content").inner_text()


def test_a_query_shows_rows_and_its_part_of_the_picture(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-rows")))
    open_console(page)
    ask(
        page,
        "MATCH p = (c {name: 'Cosette'})-[e]-(o) RETURN p, o.name AS name, e.chapters AS n ORDER BY n DESC",
        "11 rows",
    )
    expect(page.locator("table.rows tbody tr").nth(1)).to_contain_text("Valjean")
    expect(page.locator("#spotlight")).to_contain_text("12 vertices, 11 edges")
    screenshot(page, "rows")
    page.click("#spotlight >> text=Only these")
    assert page.locator("#spotlight [aria-pressed=true]").count() == 1
    page.locator("table.rows button.entity", has_text="Marius").first.click()
    expect(page.locator("#panel h2")).to_have_text("Marius")
    page.locator("#spotlight [aria-label^=Show]").click()
    expect(page.locator("#spotlight")).to_be_hidden()
    page.locator("table.rows th button", has_text="name").click()
    expect(page.locator("table.rows tbody tr").nth(1)).to_contain_text("Gillenormand")
    page.click("#dock [aria-label='Close the console']")
    expect(page.locator("#dock")).to_be_hidden()


def test_errors_are_shown_at_their_place(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = open_console(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-wrong")))
    write(page, "MATCH (a)\nWHERE '🙂' = wrong\nRETURN a")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".cm-wrong")).to_have_text("wrong")
    expect(page.locator(".query-error")).to_contain_text("SyntaxError: UndefinedVariable")
    expect(page.locator(".query-error")).to_contain_text("line 2, column 13")
    screenshot(page, "error")
    page.click("text=Go to the place")
    page.keyboard.type("a.x + ")
    assert "= a.x + wrong" in editor_text(page)
    assert page.locator(".cm-wrong").count() == 0
    ask(page, "RETURN 1 / 0 AS x", "")
    expect(page.locator(".query-error")).to_contain_text("while running")


def test_completion_knows_the_graph_and_the_language(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-words")))
    open_console(page)
    page.locator(".cm-content").click()
    page.keyboard.type("MATCH (c:Ch")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("Character")
    page.keyboard.press("Tab")
    page.locator(".cm-line", has_text="(c:Character").wait_for()
    page.keyboard.type(") WHERE c.na")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("name")
    page.keyboard.press("Tab")
    page.locator(".cm-line", has_text="c.name").wait_for()
    page.keyboard.type(" STARTS WITH toUp")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("(String) → String")
    page.keyboard.press("Tab")
    page.locator(".cm-line", has_text="toUpper(").wait_for()
    page.keyboard.type("'Co'")
    assert editor_text(page).startswith("MATCH (c:Character) WHERE c.name STARTS WITH toUpper('Co'")


def test_history_comes_back_with_the_arrows_and_after_a_reload(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = open_console(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-old")))
    ask(page, "RETURN 'first' AS x", "1 row")
    ask(page, "RETURN 'second' AS x", "1 row")
    write(page, "RETURN 'draft'")
    for expected in ("second", "first"):
        page.keyboard.press("ArrowUp")
        assert expected in editor_text(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert "draft" in editor_text(page)
    page.reload()
    page.locator(".cm-content").wait_for()  # the console was open, so it is again
    assert "draft" in editor_text(page)
    page.click("summary[aria-label=History]")
    page.fill("[placeholder^='Search what']", "FIRST")
    expect(page.locator(".history-menu .query-choice")).to_have_count(1)
    page.keyboard.press("Enter")
    assert "first" in editor_text(page)


def test_a_write_is_counted_and_can_be_undone(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-write")))
    open_console(page)
    ask(
        page,
        "MATCH (v {name: 'Valjean'}) SET v.number = 24601, v:Hero WITH v MATCH (j {name: 'Javert'}) DETACH DELETE j CREATE (v)-[:FLED]->(:Place {name: 'Montfermeil'})",
        "1 vertex created, 1 vertex deleted",
    )
    has_counts(page, 77, 238)
    assert property_of(page, "Valjean", "number") == 24601
    page.click(".result-bar >> text=Undo")
    has_counts(page, 77, 254)
    assert property_of(page, "Valjean", "number") is None
    assert property_of(page, "Javert", "name") == "Javert"
    page.click("#redo")
    has_counts(page, 77, 238)


def test_a_long_query_is_stopped_in_the_peer(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-stop")))
    open_console(page)
    before = page.evaluate("(code) => graphvine.run(code)", TASKS)
    write(page, "MATCH (a), (b), (c), (d), (e) RETURN count(*) AS many")
    page.keyboard.press("ControlOrMeta+Enter")
    stop = page.locator(".dock-bar button", has_text="Stop")
    expect(stop).to_contain_text(re.compile(r"\d\.\d s"))
    assert page.evaluate("(code) => graphvine.run(code)", TASKS) == before + 1
    screenshot(page, "running")
    stop.click()
    expect(page.locator(".dock-results")).to_contain_text("Stopped after")
    until(page, "async ([code, count]) => await graphvine.run(code) === count", [TASKS, before])
    ask(page, "MATCH (c) RETURN count(*) AS many", "1 row")


def test_a_hundred_thousand_rows_scroll(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = open_console(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-many")))
    ask(page, "UNWIND range(1, 100000) AS n RETURN n, 'row ' + toString(n) AS text", "100,000 rows ·")
    assert page.locator("table.rows tbody tr").count() < 80
    page.locator(".rows-scroller").evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
    expect(page.locator("table.rows tbody tr", has_text="row 100000")).to_be_visible()
    screenshot(page, "end")
    with page.expect_download() as download:
        page.click(".copy-menu summary")
        page.click("text=Save as CSV")
    lines = Path(download.value.path()).read_text().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (100_001, "n,text", "100000,row 100000")


def test_plans_are_drawn(site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-plan")))
    open_console(page)
    ask(page, "EXPLAIN MATCH (c:Character) RETURN c.name AS name", "0 rows")
    expect(page.locator(".plan")).to_contain_text("LabelScan")
    expect(page.locator(".plan")).to_contain_text("kept true by deltas")
    ask(page, "EXPLAIN MATCH (c:Character) OPTIONAL MATCH (c)-[:KNOWS]->(d) RETURN c, d", "0 rows")
    expect(page.locator(".plan")).to_contain_text("run again: OPTIONAL MATCH")
    branches = page.locator(".plan li > ul")
    expect(branches).to_have_count(2)
    expect(branches.first).to_contain_text("LabelScan")
    expect(branches.last).to_contain_text("Expand")
    screenshot(page, "fork")
    ask(page, "PROFILE MATCH (c:Character) RETURN c.name AS name", "77 rows")
    page.click(".result-bar >> text=Plan")
    expect(page.locator(".plan li", has_text="LabelScan")).to_contain_text("77 rows · 77 read")
    screenshot(page, "profile")


def test_parameters_are_asked_for_and_checked(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-given")))
    open_console(page)
    write(page, "MATCH (c {name: $who}) RETURN c.group AS circle")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".query-error")).to_contain_text("Give $who a value")
    field = page.locator(".parameters textarea")
    assert json.loads(field.input_value()) == {"who": None}
    field.fill("{who: 1}")
    page.click(".dock-bar button.primary")
    expect(page.locator(".query-error")).to_contain_text("not JSON")
    field.fill('{"who": "Cosette"}')
    page.click(".dock-bar button.primary")
    expect(page.locator("table.rows tbody tr").nth(1)).to_have_text("5")


def test_live_cards_follow_what_others_do_and_survive_a_reload(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, screenshot: Screenshot
) -> None:
    url = address(site_server.url(), "index.html", "cards", relay.url)
    ada = with_example(open_page(make_context(**DESKTOP), url))
    open_console(ada)
    for text in (
        "MATCH (c:Character) RETURN count(*) AS people",
        "MATCH (c:Character) RETURN c.group AS circle, count(*) AS members ORDER BY members DESC",
        "MATCH (c:Character) RETURN c.name AS name ORDER BY name LIMIT 3",
    ):
        write(ada, text)
        ada.click("text=Keep live")
    cards = ada.locator(".live-card")
    expect(cards).to_have_count(3)
    expect(cards.nth(0).locator(".big-number")).to_have_text("77")
    expect(cards.nth(0)).to_contain_text("live, by deltas")
    expect(cards.nth(1).locator(".bars li").first).to_contain_text("14")
    expect(cards.nth(2)).to_contain_text("Anzelma")

    grace = open_page(make_context(**DESKTOP), url)
    has_counts(grace, 77, 254)
    until_connected(ada, grace)
    grace.evaluate("graphvine.graph.put('aaron', { name: 'Aaron', group: 2 }, { labels: ['Character'] })")
    expect(cards.nth(0).locator(".big-number")).to_have_text("78")
    expect(cards.nth(1).locator(".bars li").first).to_contain_text("15")
    expect(cards.nth(2)).to_contain_text("Aaron")
    assert "is-fresh" in (cards.nth(0).get_attribute("class") or "")
    screenshot(ada, "cards")

    cards.nth(2).locator("summary").click()
    cards.nth(2).locator("text=Move up").click()
    expect(cards.nth(1)).to_contain_text("Aaron")
    cards.nth(1).locator("summary").click()
    cards.nth(1).locator("text=Rename").click()
    ada.fill("#dialog-text", "The first three")
    ada.keyboard.press("Enter")
    ada.reload()
    expect(ada.locator(".live-card h3")).to_have_text(["people", "The first three", "circle, members"])
    expect(cards.nth(0).locator(".big-number")).to_have_text("78")
    cards.nth(0).locator("summary").click()
    cards.nth(0).locator("text=Remove").click()
    expect(cards).to_have_count(2)
    ada.click(".notice >> text=Undo")
    expect(cards).to_have_count(3)
    expect(cards.nth(0).locator(".big-number")).to_have_text("78")


def test_a_query_that_cannot_be_live_says_why(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_console(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "cards-no")))
    write(page, "CREATE (n) RETURN n")
    page.click("text=Keep live")
    expect(page.locator(".live-card .card-error")).to_contain_text("A live query only reads")
    assert page.evaluate("async () => (await graphvine.graph.vertices()).length") == 0


def test_without_site_data_the_console_works_and_says_that_nothing_is_kept(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    context = make_context(**DESKTOP)
    context.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('no', 'SecurityError'); };")
    page = open_console(open_page(context, address(site_server.url(), "index.html", "console-blocked")))
    ask(page, "RETURN 1 AS one", "1 row")
    page.click("summary[aria-label=History]")
    expect(page.locator(".history-menu")).to_contain_text("keeps nothing for this site")
    expect(page.locator(".history-menu .query-choice")).to_have_count(1)


def test_a_phone_has_a_console_too(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = with_example(
        open_page(make_context(**PHONE, color_scheme="dark"), address(site_server.url(), "index.html", "console-phone"))
    )
    page.locator("#show-console").tap()
    page.locator(".welcome button").nth(1).tap()
    page.locator(".dock-bar button.primary").tap()
    expect(page.locator(STATUS)).to_contain_text("11 rows")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, "rows")
    page.locator(".dock-bar button[title^=Keep]").tap()
    page.locator("[aria-label='Close the console']").tap()
    expect(page.locator(".live-card")).to_be_visible()
    screenshot(page, "card")


def test_text_of_strangers_stays_text_in_rows_and_cards(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "console-strange"))
    page.evaluate("graphvine.graph.put('x', { name: '<img src=x onerror=alert(1)>' }, { labels: ['<b>L</b>'] })")
    open_console(page)
    ask(page, "MATCH (n) RETURN n, labels(n) AS l, {a: n.name} AS m", "1 row")
    page.click("text=Keep live")
    expect(page.locator(".live-card")).to_contain_text("<img src=x")
    assert page.locator("#dock img, .live-card img, #dock table b").count() == 0
