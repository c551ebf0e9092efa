"""Ordinary large queries hold a tab's Python in short steps: others get their turn in between."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.bench.our_peer import FILL, FILL_EDGES
from tests.browser.conftest import StaticServer
from tests.browser.test_page_stays_free import UNIT, WATCH, unit_ms

pytestmark = [pytest.mark.quiet, pytest.mark.slow]

MakeContext = Callable[..., BrowserContext]

COUNT = 100_000
QUERIES = {
    "two hops, grouped": ("MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN c.age AS k, count(*) AS n ORDER BY k LIMIT 1", 1_112),
    "filtered and sorted": ("MATCH (a) WHERE a.score > 10 RETURN a.name AS k, a.age AS n ORDER BY n DESC, k LIMIT 1", 89),
    "distinct": ("MATCH (a) WITH DISTINCT a.name AS name RETURN 1 AS k, count(name) AS n", COUNT),
    "collected": ("MATCH (a) WITH collect(a.age) AS l RETURN 1 AS k, size(l) AS n", COUNT),
    "regular expression": ("MATCH (a) WHERE a.name =~ '.*a.*e.*9.*' RETURN 1 AS k, count(*) AS n", 40_951),
    "in an expression": ("RETURN 1 AS k, reduce(s = 0, x IN range(1, 500000) | s + 1) AS n", 500_000),
}  # fmt: skip
ASK = """
import json
found = {}
for name, (text, _) in json.loads(QUERIES).items():
    graph.watched.begin()
    rows = await graph.query(text)
    found[name] = [rows[0]["n"], graph.watched.end()]
json.dumps(found)
"""
# 50 ms are 4.5 units (`test_page_stays_free`). On a busy machine a step may wait: one quiet run is proof.
MOST_UNITS, ATTEMPTS = 4.5, 4


def test_a_large_query_holds_the_tab_in_short_steps_only(site_server: StaticServer, make_context: MakeContext) -> None:
    page = make_context().new_page()
    page.set_default_timeout(300_000)
    page.goto(site_server.url("play.html?space=slices"))
    page.evaluate("async () => { await graphvine.ready; }")

    def run(code: str) -> object:
        return page.evaluate("(code) => graphvine.run(code)", code)

    run(FILL.format(count=COUNT))
    run(FILL_EDGES.format(count=COUNT))
    longest: dict[str, list[float]] = {name: [] for name in QUERIES}
    for _ in range(ATTEMPTS):
        run(WATCH)
        unit = unit_ms(run(UNIT))
        found = json.loads(str(run(ASK.replace("QUERIES", repr(json.dumps(QUERIES))))))
        unit = max(unit, unit_ms(run(UNIT)))
        for name, (rows, steps) in found.items():
            assert rows == QUERIES[name][1], name
            longest[name].append(max((ms for ms, _ in steps), default=0.0) / unit)
        if all(min(units) < MOST_UNITS for units in longest.values()):
            break
    print(f"\nunit {unit:.1f} ms", {name: [round(each, 1) for each in units] for name, units in longest.items()})
    assert all(min(units) < MOST_UNITS for units in longest.values()), longest
