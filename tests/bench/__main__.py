"""``./build.sh bench``: what Graphvine does in Chromium, next to others in the same run, as ratios.

    python -m tests.bench [--count N] [--rounds N] [--times N] [--only WORD]

Durations are of this machine today; only the ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench import graph_rows, gun_peer, gun_rows, live_rows, merge_rows, start_rows
from tests.bench.report import Report
from tests.bench.stage import Stage
from tests.browser.conftest import RelayProcess, StaticServer
from tests.conftest import CHROMIUM_FLAGS

SITE = Path(__file__).resolve().parents[2] / "build" / "site"


# One file for each group of rows. A row is a function of the stage and the report; `--only` looks at its name.
ROWS: list[Callable[[Stage, Report], None]] = [
    gun_rows.first_write,
    gun_rows.writes_and_reads,
    gun_rows.second_browser,
    gun_rows.latency,
    start_rows.start,
    start_rows.open_space,
    start_rows.memory,
    graph_rows.graph,
    merge_rows.text_typed,
    merge_rows.text_paper,
    merge_rows.values_merge,
    live_rows.live,
]


def main() -> int:
    """Run the rows and print the table."""
    parser = argparse.ArgumentParser(prog="./build.sh bench", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="vertices (10,000)")
    parser.add_argument("--rounds", type=int, default=300, help="round trips for latencies (300)")
    parser.add_argument("--times", type=int, default=3, help="how often each thing is measured, for the median (3)")
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
