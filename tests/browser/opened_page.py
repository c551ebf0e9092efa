"""What the tests of the pages share: opening one, waiting for what the others do, looking at the graph behind it."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Page

SNAPSHOT = "() => graphvine.graph.snapshot()"


def address(base: str, name: str, space: str, relay: str | None = None) -> str:
    """Address of a page of the site, opened on a space."""
    parts = {"space": space, "relay": relay or ""}
    return f"{base}{name}#{urlencode(parts)}"


def open_page(context: BrowserContext, url: str) -> Page:
    """Open a page and wait until it shows its graph."""
    page = context.new_page()
    page.goto(url)
    return wait_ready(page)


def wait_ready(page: Page) -> Page:
    """Wait until a page shows its graph."""
    page.locator("#is-ready").wait_for(state="attached")
    return page


def until(page: Page, expression: str, argument: Any = None, timeout_s: float = 60) -> Any:
    """Evaluate a function in the page until its result is truthy, and return that. (wait_for_function needs eval.)"""
    deadline = time.monotonic() + timeout_s
    while True:
        value = page.evaluate(expression, argument)
        if value:
            return value
        assert time.monotonic() < deadline, f"never true: {expression} {argument!r}"
        page.wait_for_timeout(30)


def has_counts(page: Page, vertices: int, edges: int) -> None:
    """Wait until the page's own count says so."""
    text = f"{vertices} {'vertex' if vertices == 1 else 'vertices'}, {edges} {'edge' if edges == 1 else 'edges'}"
    page.locator("#counts", has_text=text).wait_for(state="attached")


def property_of(page: Page, vertex: str, name: str) -> Any:
    """What the graph behind the page holds now."""
    return page.evaluate("async ([id, name]) => (await graphvine.graph.get(id))?.properties[name]", [vertex, name])


def until_property(page: Page, vertex: str, name: str, value: Any) -> None:
    """Wait until the graph behind the page holds this value."""
    until(
        page,
        "async ([id, name, value]) => (await graphvine.graph.get(id))?.properties[name] === value",
        [vertex, name, value],
    )


def until_connected(*pages: Page) -> None:
    """Wait until every page has a peer that it agrees with."""
    for page in pages:
        until(page, "async () => (await graphvine.status()).peers.some((peer) => peer.sync === 'converged')")
