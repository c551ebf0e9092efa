"""Answers of 100,000 rows reach a page in parts: its thread is not held for long. The peer's longest step is printed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.bench.our_peer import FILL
from tests.browser.conftest import StaticServer
from tests.browser.test_page_stays_free import UNIT, WATCH, unit_ms

pytestmark = [pytest.mark.quiet, pytest.mark.slow]

MakeContext = Callable[..., BrowserContext]

COUNT = 100_000
ASKS = {
    "whole vertices": "graph.query('MATCH (n) RETURN n')",
    "exact": "graph.query('MATCH (n) RETURN n', {}, { exact: true })",
    "one list": "graph.query('MATCH (n) RETURN collect(n) AS l').then(([row]) => row.l)",
    "live": "new Promise((done) => { const stop = graph.live('MATCH (n) RETURN n', {}, (rows) => { stop(); done(rows); }); })",
    "listing": "graph.vertices()",
    "snapshot": "graph.snapshot().then(({ vertices }) => vertices)",
    "console": "(async () => { let all = 0; await graph.queryRows('MATCH (n) RETURN n', {}, { onRows: (rows) => { all += rows.length; } }); return { length: all }; })()",
}  # fmt: skip
# Ask, and tell how many came, what held the page's thread, and what held the peer's.
ASK = """async () => {
  const graph = globalThis.large;
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ entryTypes: ["longtask"] });
  await graph.run("graph.watched.begin()");
  const begin = performance.now();
  const { length } = await ASKED;
  const took = performance.now() - begin;
  const steps = await graph.run("graph.watched.end()");
  await new Promise((done) => setTimeout(done, 50));
  tasks.push(...observer.takeRecords().map(({ duration }) => duration));
  observer.disconnect();
  return { length, took, page: Math.max(0, ...tasks), peer: Math.max(0, ...steps.map(([ms]) => ms)) };
}"""
OPEN = """async (base) => {
  const { open } = await import(base + "graphvine.js");
  globalThis.large = await open("large", { relay: null, thread: "worker" });
}"""
# 50 ms are 4.5 units (`test_page_stays_free`). On a busy machine a step may wait: one quiet run is proof.
MOST_UNITS, ATTEMPTS = 4.5, 4


def opened(site_server: StaticServer, make_context: MakeContext) -> Page:
    page = make_context().new_page()
    page.set_default_timeout(300_000)
    page.goto(site_server.url("blank.html"))
    page.evaluate(OPEN, site_server.url())
    return page


def run(page: Page, code: str) -> object:
    return page.evaluate("(code) => large.run(code)", code)


def test_large_answers_do_not_hold_the_page(site_server: StaticServer, make_context: MakeContext) -> None:
    page = opened(site_server, make_context)
    run(page, FILL.format(count=COUNT))
    longest: dict[str, list[float]] = {name: [] for name in ASKS}
    for _ in range(ATTEMPTS):
        run(page, WATCH)
        unit = unit_ms(run(page, UNIT))
        left = {name: ask for name, ask in ASKS.items() if min(longest[name], default=9) >= MOST_UNITS}
        found = {name: page.evaluate(ASK.replace("ASKED", ask)) for name, ask in left.items()}
        unit = max(unit, unit_ms(run(page, UNIT)))
        for name, seen in found.items():
            assert seen["length"] == COUNT, name
            longest[name].append(seen["page"] / unit)
        print(f"\nunit {unit:.1f} ms", json.dumps(found, indent=1))
        if all(min(units) < MOST_UNITS for units in longest.values()):
            break
    assert all(min(units) < MOST_UNITS for units in longest.values()), longest
