"""The console page, and the contract that every page keeps: `globalThis.graphvine`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.opened_page import address, open_page, until, until_property

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]


def run(page: Page, code: str) -> None:
    """Type a line and press Enter; wait for its end."""
    page.fill("#code", code)
    page.press("#code", "Control+Enter")
    expect(page.locator(".entry .code").last).to_have_text(code)
    expect(page.locator(".entry.is-running")).to_have_count(0)


@pytest.mark.parametrize("name", ["index.html", "chat.html", "play.html"])
def test_every_page_lets_others_run_python(site_server: StaticServer, make_context: MakeContext, name: str) -> None:
    page = make_context().new_page()
    page.goto(site_server.url(name) + "?space=contract&relay=")
    result: Any = page.evaluate("""async () => {
      await graphvine.ready;
      const vertex = await graphvine.run(`
await graph.put("alice", {"name": "Alice", "age": 30}, labels=["Person"])
alice = await graph.get("alice")
[alice["name"], sorted(alice.labels), alice.properties]
`);
      return { vertex, status: await graphvine.status(), same: graphvine.graph === (await graphvine.ready) };
    }""")
    assert result["vertex"] == ["Alice", ["Person"], {"name": "Alice", "age": 30}]
    assert result["same"] is True
    assert result["status"]["space"] == "contract"
    assert result["status"]["relay"]["state"] == "none"


def test_the_query_names_space_and_relay(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext
) -> None:
    url = site_server.url("play.html") + f"?space=query-place&relay={quote(relay.url)}"
    pages = [open_page(make_context(), url) for _ in range(2)]
    pages[0].evaluate('graphvine.run(\'await graph.put("here", {"n": 1})\')')
    until_property(pages[1], "here", "n", 1)
    status = pages[1].evaluate("graphvine.status()")
    assert status["relay"]["url"] == relay.url
    expect(pages[1].locator("#changes")).to_contain_text("here")


def test_the_console_keeps_names_and_shows_results(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = open_page(
        make_context(viewport={"width": 1100, "height": 760}), address(site_server.url(), "play.html", "console")
    )
    page.click("#examples button >> nth=0")
    page.press("#code", "Enter")
    run(page, "x = (await graph.get('alice'))['age']")
    run(page, "x + 1")
    expect(page.locator(".entry .shown").last).to_have_text("31")
    run(page, "for n in range(3):\n    print('line', n)")
    expect(page.locator(".entry .printed").last).to_have_text("line 0\nline 1\nline 2", use_inner_text=True)
    run(page, "def f():\n    return 1 / 0\nf()")
    error = page.locator(".entry .error").last
    expect(error).to_contain_text("ZeroDivisionError: division by zero")
    expect(error).to_contain_text("line 3, line 2 in f")
    run(page, "1 +")
    expect(page.locator(".entry .error").last).to_contain_text("SyntaxError")
    run(page, "await graph.put('', {})")
    expect(page.locator(".entry .error").last).to_contain_text("InvalidValue")
    run(page, "print('<b>bold</b>'); '\\u2028 \"quoted\" \\\\ 🙂'")
    expect(page.locator(".entry .printed").last).to_have_text("<b>bold</b>")
    run(page, "graph.status")
    expect(page.locator(".entry .shown").last).to_contain_text("console")
    screenshot(page)


def test_the_console_knows_when_code_goes_on_and_what_came_before(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = open_page(make_context(), address(site_server.url(), "play.html", "keys"))
    page.focus("#code")
    page.keyboard.type("for n in range(2):")
    page.keyboard.press("Enter")
    page.keyboard.type("print(n)")
    expect(page.locator("#code")).to_have_value("for n in range(2):\n    print(n)")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".entry .printed")).to_have_text("0\n1", use_inner_text=True)
    page.keyboard.type("6 * 7")
    page.keyboard.press("Enter")
    expect(page.locator(".entry .shown")).to_have_text("42")
    page.keyboard.type("draft")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#code")).to_have_value("6 * 7")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#code")).to_have_value("draft")
    page.reload()
    until(page, "() => document.querySelector('#is-ready') !== null")
    page.focus("#code")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#code")).to_have_value("6 * 7")
