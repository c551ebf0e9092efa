"""A tab with a graph, spoken to in Python: `globalThis.graphvine.run` of the console page. For conversations of several."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Page

# One value, first the page's own answer: {ok: value} or {error: [name, message]}.
RUN = """async (code) => {
  try {
    return { ok: await globalThis.graphvine.run(code) };
  } catch (error) {
    return { error: [error.name, error.message] };
  }
}"""
PICTURE = """
vertices = sorted([v.id, sorted(v.labels), sorted(v.properties.items())] for v in await graph.vertices())
edges = sorted([e.id, e.type, e.source, e.target, sorted(e.properties.items())] for e in await graph.edges())
[vertices, edges, str(graph._driver.peer.replica.digest())]
"""
STATUS = """
import dataclasses
dataclasses.asdict(graph.status)
"""


class PageError(Exception):
    """What the Python of a page raised. name: of the exception's class."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class GraphPage:
    """One open tab. relay: None for none. thread: where Python runs."""

    def __init__(
        self, context: BrowserContext, base: str, space: str, *, relay: str | None = None, thread: str = "worker"
    ) -> None:
        self.page: Page = context.new_page()
        parts = {"space": space, "relay": relay or "", "thread": thread}
        self.page.goto(f"{base}play.html?{urlencode(parts)}")
        self.run("None")

    def run(self, code: str) -> Any:
        """Run async Python with `graph` in scope; return the JSON form of its last expression, or raise PageError."""
        answer = self.page.evaluate(RUN, code)
        if "error" in answer:
            raise PageError(*answer["error"])
        return answer["ok"]

    def begin(self, code: str) -> None:
        """Start `code` and don't wait; `finish` does."""
        self.page.evaluate("(code) => { globalThis.begun = globalThis.graphvine.run(code); }", code)

    def finish(self) -> Any:
        """Wait for what `begin` started; return its value."""
        return self.page.evaluate("globalThis.begun")

    def picture(self) -> Any:
        """All that the graph shows, and the digest of all that its replica holds."""
        return self.run(PICTURE)

    def status(self) -> Any:
        """`graph.status` as a dict."""
        return self.run(STATUS)

    def until(self, code: str, timeout_s: float = 120) -> Any:
        """Run `code` until its value is true, and return that."""
        return until(lambda: self.run(code), code, timeout_s)

    def until_connected(self, count: int = 1, timeout_s: float = 120) -> None:
        """Wait for that many ready peers, all of which agree with us."""
        ready = 'sum(p.state == "ready" and p.sync == "converged" for p in graph.status.peers)'
        try:
            self.until(f"{ready} >= {count}", timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.status()}") from None

    def reload(self) -> None:
        """Load the page again, as a person does."""
        self.page.reload()
        self.run("None")

    def close(self) -> None:
        """Close the tab."""
        self.page.close()


def until(condition: Callable[[], Any], what: str, timeout_s: float = 120) -> Any:
    """Ask until the answer is true, and return it. The condition is the event: nothing is slept through."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never true: {what}"
        time.sleep(0.05)
    return value


def until_converged(*pages: GraphPage, timeout_s: float = 120) -> Any:
    """Wait until all pages show and hold the same; return that picture."""

    def same() -> Any:
        pictures = [page.picture() for page in pages]
        return pictures[0] if all(picture == pictures[0] for picture in pictures) else None

    return until(same, "the same picture everywhere", timeout_s)
