"""``./build.sh bench``: what Graphvine does in Chromium, next to others in the same run, as ratios.

    python -m tests.bench [--count N] [--rounds N] [--only WORD]

Durations are of this machine today; only the ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.bench import graph_rows, gun_peer, our_peer
from tests.bench.report import Report, percentile
from tests.browser.conftest import RelayProcess, StaticServer
from tests.conftest import CHROMIUM_FLAGS

SITE = Path(__file__).resolve().parents[2] / "build" / "site"


class Stage:
    """Everything that a row needs: a browser, our site and relay, GUN's page and relay."""

    def __init__(
        self, browser: Browser, site: str, relay: str, gun: gun_peer.GunPages, options: argparse.Namespace
    ) -> None:
        self.browser = browser
        self.site = site
        self.relay = relay
        self.gun = gun
        self.count: int = options.count
        self.rounds: int = options.rounds
        self.spaces = 0

    def space(self) -> str:
        """A name that no row has used."""
        self.spaces += 1
        return f"bench-{os.getpid()}-{self.spaces}"


@contextmanager
def two_contexts(stage: Stage) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Two separate browsers."""
    first, second = stage.browser.new_context(), stage.browser.new_context()
    yield first, second
    first.close()
    second.close()


def writes_and_reads(stage: Stage, report: Report) -> None:
    """Durable bulk writes, and reads of what was written."""
    with two_contexts(stage) as (ours, theirs):
        page = our_peer.open_page(ours, stage.site, stage.space(), None)
        bulk = our_peer.run(page, our_peer.WRITE, count=stage.count)
        read = our_peer.run(page, our_peer.READ, count=stage.count)
        singly = our_peer.run(page, our_peer.WRITE_SINGLY, count=stage.count)
        gun = stage.gun.open(theirs, relay=False)
        gun_write = gun.evaluate(gun_peer.WRITE, [stage.count, gun_peer.PATIENCE_MS])
        gun_read = gun.evaluate(gun_peer.READ, [stage.count, gun_peer.PATIENCE_MS])
    report.row(f"{stage.count:,} vertices x 5, durable, one transaction", bulk, gun_write, aim=10)
    report.row(f"{stage.count:,} vertices x 5, durable, each awaited on its own", singly, gun_write)
    report.row(f"read {stage.count:,} vertices", read, gun_read)


def second_browser(stage: Stage, report: Report) -> None:
    """A newcomer gets everything: ours over WebRTC and onto its disk, GUN's through its relay into memory."""
    with two_contexts(stage) as (first, second):
        space = stage.space()
        holder = our_peer.open_page(first, stage.site, space, stage.relay)
        our_peer.run(holder, our_peer.WRITE, count=stage.count)
        newcomer = our_peer.open_page(second, stage.site, stage.space(), None)
        took = our_peer.run(newcomer, our_peer.JOIN, space=space, relay=stage.relay, count=stage.count)
    with two_contexts(stage) as (first, second):
        holder = stage.gun.open(first, relay=True)
        holder.evaluate(gun_peer.WRITE, [stage.count, gun_peer.PATIENCE_MS])
        newcomer = stage.gun.open(second, relay=True)
        gun_took = newcomer.evaluate(gun_peer.READ, [stage.count, gun_peer.PATIENCE_MS])
    report.row(f"{stage.count:,} vertices to a second browser", took, gun_took, aim=20)


def latency(stage: Stage, report: Report) -> None:
    """One change, until the other browser's application has it: half of a round trip."""
    with two_contexts(stage) as (first, second):
        space = stage.space()
        here = our_peer.open_page(first, stage.site, space, stage.relay)
        there = our_peer.open_page(second, stage.site, space, stage.relay)
        while our_peer.run(here, our_peer.CONNECTED) != 1:
            here.wait_for_timeout(50)
        our_peer.run(there, our_peer.ANSWER)
        times = our_peer.run(here, our_peer.LATENCY, rounds=stage.rounds)
    with two_contexts(stage) as (first, second):
        here, there = stage.gun.open(first, relay=True), stage.gun.open(second, relay=True)
        there.evaluate(gun_peer.ANSWER)
        here.wait_for_timeout(1000)
        gun_times = here.evaluate(gun_peer.LATENCY, stage.rounds)
    for share, aim in ((50, "1.5 ms"), (99, "4 ms")):
        report.row(
            f"one change seen by the other, p{share}", percentile(times, share), percentile(gun_times, share), note=aim
        )


def start(stage: Stage, report: Report) -> None:
    """From navigation to an open graph: first visit, second visit, and the plain way for comparison."""
    cold, plain = [], []
    for query, times in (("", cold), ("&snapshot=off", plain)):
        context = stage.browser.new_context()
        times.append(_opening(context, stage, query))
        context.close()
    context = stage.browser.new_context()
    page = our_peer.open_page(context, stage.site, stage.space(), None)
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.close()
    warm = min(_opening(context, stage, "") for _ in range(3))
    context.close()
    report.row("cold start of the page, against a plain Pyodide start", cold[0], plain[0])
    report.row("warm start of the page, against a plain Pyodide start", warm, plain[0], note="500 ms")


def _opening(context: BrowserContext, stage: Stage, query: str) -> float:
    page = our_peer.open_page(context, stage.site, stage.space(), None, query)
    took: float = page.evaluate("() => graphvine.openedAt")
    page.close()
    return took


ROWS: list[Callable[[Stage, Report], None]] = [writes_and_reads, second_browser, latency, start, graph_rows.graph]


def main() -> int:
    """Run the rows and print the table."""
    parser = argparse.ArgumentParser(prog="./build.sh bench", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="vertices (10,000)")
    parser.add_argument("--rounds", type=int, default=300, help="round trips for latencies (300)")
    parser.add_argument("--only", default="", help="run only the rows whose name has this word")
    options = parser.parse_args()
    report = Report()
    with ExitStack() as stack:
        site = StaticServer(SITE)
        stack.callback(site.stop)
        relay = RelayProcess()
        stack.callback(relay.stop)
        gun = gun_peer.GunPages()
        stack.callback(gun.stop)
        playwright = stack.enter_context(sync_playwright())
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        stack.callback(browser.close)
        for row in ROWS:
            if options.only in row.__name__:
                row(Stage(browser, site.url(), relay.url, gun, options), report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
