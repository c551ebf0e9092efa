"""Queries that are meant to hang or fill a tab, in the tab: each ends with a clear error, and the tab goes on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import StaticServer
from tests.unit.query.test_hostile_queries import HOSTILE

MakeContext = Callable[..., BrowserContext]

# Half a second for a query; a small query beside it tells whether the peer still answers.
ATTACK = """
import asyncio, json, time
from graphvine.errors import QueryError
from graphvine.query.run import Limits

hostile = json.loads(HOSTILE)
await graph.query("UNWIND range(1, 300) AS x CREATE (:A {x: x, t: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'})")
await graph.query("MATCH (a:A), (b:A) WHERE a.x % 30 = b.x % 30 AND a.x < b.x CREATE (a)-[:K]->(b)")
graph._queries._engine.limits = Limits(total_s=0.5, memory_bytes=64 * 1024 * 1024)
found = {}
for name, (text, expected) in hostile.items():
    for _ in range(3):  # a busy machine may have used up the time: one quiet run is proof
        start = time.monotonic()
        try:
            await graph.query(text)
            detail = "no error"
        except QueryError as error:
            detail = error.detail
        if detail in expected.split("|") and time.monotonic() - start < 8:
            break
    found[name] = [detail, time.monotonic() - start, await graph.query("RETURN 1 AS one") == [{"one": 1}]]
json.dumps(found)
"""


@pytest.mark.parametrize("place", ["worker", "main"])
def test_no_query_hangs_or_kills_a_tab(site_server: StaticServer, make_context: MakeContext, place: str) -> None:
    page = make_context().new_page()
    page.set_default_timeout(120_000)
    page.goto(site_server.url(f"play.html?space=hostile-{place}&thread={place}"))
    page.evaluate("async () => { await graphvine.ready; }")
    code = ATTACK.replace("HOSTILE", repr(json.dumps(HOSTILE)))
    found = json.loads(page.evaluate("(code) => graphvine.run(code)", code))
    for name, (detail, seconds, goes_on) in found.items():
        assert detail in HOSTILE[name][1].split("|"), (name, detail)
        assert goes_on, name
        assert seconds < 8, (name, seconds)
