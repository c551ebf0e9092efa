"""Live queries: what a change costs while 1,000 of them are open, and whether that depends on the size of the graph."""

from __future__ import annotations

import json
from statistics import mean
from typing import Any

from tests.bench import our_peer
from tests.bench.table import Table

OPEN, SMALL, LARGE, CHANGES = 1_000, 1_000, 100_000, 60

# Counts the time of everything that live queries do about a change: asking whom it concerns, and making their rows.
WATCH = """
import time
queries = graph._queries
spent = {{"ms": 0.0}}

def timed(call):
    def run(*values, **named):
        start = time.perf_counter()
        try:
            return call(*values, **named)
        finally:
            spent["ms"] += (time.perf_counter() - start) * 1000
    return run

async def slices(steps):
    while True:
        start = time.perf_counter()
        try:
            next(steps)
        except StopIteration:
            return
        finally:
            spent["ms"] += (time.perf_counter() - start) * 1000

queries._tell = timed(queries._tell)
queries._slices = slices

async def follow(text, seen):
    async for rows in graph.live(text):
        seen.append(rows)
"""

MANY = (
    WATCH
    + """
import asyncio
seen, tasks = [], []
for number in range({count} - 1):
    text = f"MATCH (p:Topic{{number}})-[:ABOUT{{number}}]->(q) RETURN p.title AS t, q.name ORDER BY t LIMIT 10"
    tasks.append(asyncio.ensure_future(follow(text, [])))
tasks.append(asyncio.ensure_future(follow("MATCH (p:Topic0) WHERE p.n >= 0 RETURN count(*) AS n", seen)))
while not seen:
    await asyncio.sleep(0.01)
await asyncio.sleep(0.2)
unrelated, related = [], []
for number in range({changes}):
    spent["ms"] = 0.0
    await graph.put(f"c{{number}}", {{"zip": number}}, labels=["City"])
    unrelated.append(spent["ms"])
    spent["ms"], before = 0.0, len(seen)
    await graph.put(f"t{{number}}", {{"n": number}}, labels=["Topic0"])
    while len(seen) == before:
        await asyncio.sleep(0.001)
    related.append(spent["ms"])
assert seen[-1] == [{{"n": {changes}}}]
for task in tasks:
    task.cancel()
__import__("json").dumps([unrelated, related])
"""
)

RELATED = (
    WATCH
    + """
import asyncio
for first in range(0, {size}, 20_000):
    async with graph.transaction() as tx:
        for number in range(first, min(first + 20_000, {size})):
            tx.put(f"p{{number}}", {{"name": f"P{{number}}", "x": number}}, labels=["Person"])
            tx.link(f"p{{number}}", "KNOWS", f"p{{(number * 7 + 1) % {size}}}")
texts = [
    "MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE a.x < 50 RETURN a.name AS a, b.name AS b",
    "MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN a.x % 10 AS x, count(*) AS n, max(c.x) AS m ORDER BY x",
    "MATCH (a:Person) RETURN a.name AS name, a.x AS x ORDER BY x DESC LIMIT 10",
]
times = []
for text in texts:
    seen = []
    task = asyncio.ensure_future(follow(text, seen))
    while not seen:
        await asyncio.sleep(0.01)
    each = []
    for number in range({changes}):
        spent["ms"] = 0.0
        await graph.put(f"p{{number % 40}}", {{"name": f"N{{number}}", "x": (number * 13 + 1) % 49}})
        await asyncio.sleep(0.01)
        each.append(spent["ms"])
    task.cancel()
    times.append(each)
__import__("json").dumps(times)
"""
)
KINDS = ("two vertices and their edge, filtered", "two hops, grouped and counted", "the first ten, in order")


def run(stage: Any, code: str, **names: int) -> Any:
    """Run code in a new tab with an empty graph."""
    context = stage.browser.new_context()
    page = our_peer.open_page(context, stage.site, stage.space(), None)
    answer = json.loads(our_peer.run(page, code, **names))
    context.close()
    return answer


def live(stage: Any, _: Any) -> None:
    """A change that concerns nobody, one that concerns one of many, and related ones in a small and a large graph."""
    table = Table("live queries, per change", [f"at {SMALL:,} vertices"])
    unrelated, related = run(stage, MANY, count=OPEN, changes=CHANGES)
    table.row(f"{OPEN:,} open, a change that concerns none", mean(unrelated), {}, note="1 ms")
    table.row(f"{OPEN:,} open, a change that concerns one", mean(related), {})
    small = run(stage, RELATED, size=SMALL, changes=CHANGES)
    large = run(stage, RELATED, size=LARGE, changes=CHANGES)
    for kind, few, many in zip(KINDS, small, large, strict=True):
        ours, theirs = mean(many), mean(few)
        table.row(f"{LARGE:,} vertices: {kind}", ours, {table.systems[0]: theirs}, note="about 1x")
