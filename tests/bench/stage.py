"""What the rows of the benchmark stand on."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.bench.gun_peer import GunPages

# Milliseconds that a new window is left alone. Each page of Playwright is a window, for which Chromium loads
# the pages of its own toolbar (chrome://omnibox-popup…): a second of processor time that nobody's row is to pay.
WINDOW_MS = 2_000


class Stage:
    """Everything that a row needs: a browser, our site and relay, GUN's page and relay.

    count: vertices. rounds: round trips for latencies. times: how often a thing is done; rows say the median.
    """

    def __init__(self, browser: Browser, site: str, relay: str, gun: GunPages, options: argparse.Namespace) -> None:
        self.browser = browser
        self.site = site
        self.relay = relay
        self.gun = gun
        self.count: int = options.count
        self.rounds: int = options.rounds
        self.times: int = options.times
        self.spaces = 0

    def space(self) -> str:
        """A name that no row has used."""
        self.spaces += 1
        return f"bench-{os.getpid()}-{self.spaces}"

    @contextmanager
    def contexts(self, count: int = 2) -> Iterator[list[BrowserContext]]:
        """Separate browsers: of people who have nothing in common."""
        made = [self.browser.new_context() for _ in range(count)]
        yield made
        for context in made:
            context.close()

    def settle(self, page: Page) -> None:
        """Wait until the browser is done with what a new window makes it do."""
        page.wait_for_timeout(WINDOW_MS)

    def median(self, measure: Any) -> float:
        """The median of several measurements. measure: takes the number of the round."""
        return median(measure(number) for number in range(self.times))
