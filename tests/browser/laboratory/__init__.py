"""A page on which tests run pieces of Python: on the main thread or in a worker, under the site's own policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

FOLDER = Path(__file__).parent
THREADS = ("main", "worker")

# Runs every check of a list; says which failed and how.
RUN_CHECKS = """
import asyncio, json, traceback
failed = {}
for check in CHECKS:
    try:
        await asyncio.wait_for(check(*arguments(check)), 60)
    except BaseException:
        failed[check.__name__] = traceback.format_exc()
await asyncio.sleep(0.05)  # the browser ends a released lock in a turn of its own
from graphvine.platform.browser.ffi import live_proxies
json.dumps({"failed": failed, "count": len(CHECKS), "proxies": live_proxies()})
"""


def place_laboratory(folder: Path, site: Path) -> None:
    """Fill `folder` with the built site and the laboratory's page."""
    for path in [*site.iterdir(), *FOLDER.glob("lab*.*")]:
        (folder / path.name).symlink_to(path)


class Bench:
    """One laboratory page. thread: ``main`` or ``worker``."""

    def __init__(self, context: BrowserContext, url: str, thread: str = "worker") -> None:
        self.page: Page = context.new_page()
        self.page.goto(url + "lab.html")
        self.page.wait_for_load_state("load")
        self.thread = thread

    def run(self, code: str) -> Any:
        """Run async Python; its last expression is JSON text, returned decoded."""
        text = self.page.evaluate("async ([thread, code]) => lab(thread, code)", [self.thread, code])
        return None if text is None else json.loads(text)
