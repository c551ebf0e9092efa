"""Graphvine for the benchmarks: its own pages, the peer in its worker, async Python through `graphvine.run`."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page

WRITE = """
import time
start = time.perf_counter()
async with graph.transaction() as tx:
    for i in range({count}):
        tx.put(f"{name}{{i}}", {{"name": f"name {{i}}", "age": i % 90, "city": "Graz", "score": i * 0.5, "ok": True}})
(time.perf_counter() - start) * 1000
"""

WRITE_SINGLY = """
import asyncio, time
start = time.perf_counter()
await asyncio.gather(*(
    graph.put(f"{name}{{i}}", {{"name": f"name {{i}}", "age": i % 90, "city": "Graz", "score": i * 0.5, "ok": True}})
    for i in range({count})
))
(time.perf_counter() - start) * 1000
"""

READ = """
import time
start = time.perf_counter()
for i in range({count}):
    assert (await graph.get(f"{name}{{i}}"))["city"] == "Graz"
(time.perf_counter() - start) * 1000
"""

# A second graph in the page that is open already: its start is the business of another row.
JOIN = """
import asyncio, time, graphvine
start = time.perf_counter()
async with graphvine.open({space!r}, relay={relay!r}) as joined:
    while len(joined._state.vertices) < {count}:
        await asyncio.sleep(0.005)
    await joined.flush()
    took = (time.perf_counter() - start) * 1000
took
"""

# A space that is on the disk, until a reader gets an answer.
OPEN = """
import time, graphvine
start = time.perf_counter()
async with graphvine.open({space!r}) as opened:
    assert len(await opened.query("MATCH (v) RETURN count(v) AS n")) == 1
    took = (time.perf_counter() - start) * 1000
    assert len(opened._state.vertices) == {count}
took
"""

FILL = """
for start in range(0, {count}, 10_000):
    async with graph.transaction() as tx:
        for i in range(start, start + 10_000):
            tx.put(f"v{{i}}", {{"name": f"name {{i}}", "age": i % 90, "city": "Graz", "score": i * 0.5, "ok": True}})
"""

FILL_EDGES = """
for start in range(0, {count}, 10_000):
    async with graph.transaction() as tx:
        for i in range(start, start + 10_000):
            tx.link(f"v{{i}}", "KNOWS", f"v{{(i * 7 + 1) % {count}}}")
"""

# Bytes that the heap has grown by. `_sbrk(0)` is its end.
GROWTH = """
import gc, graphvine
from pyodide_js import _module
gc.collect()
before = _module._sbrk(0)
async with graphvine.open({space!r}) as opened:
    gc.collect()
    grown = _module._sbrk(0) - before
grown
"""

ANSWER = """
import asyncio
async def answer():
    async for change in graph.changes("ping"):
        asyncio.ensure_future(graph.put("pong", {"n": change.value["n"]}))
answering = asyncio.ensure_future(answer())
globals()["answering"] = answering
None
"""

LATENCY = """
import asyncio, time
times, heard = [], asyncio.Event()
async def listen():
    async for change in graph.changes("pong"):
        heard.set()
listening = asyncio.ensure_future(listen())
await asyncio.sleep(0.2)
for n in range({rounds}):
    heard.clear()
    start = time.perf_counter()
    writing = asyncio.ensure_future(graph.put("ping", {{"n": n}}))
    await heard.wait()
    times.append((time.perf_counter() - start) * 500)
    await writing
    await asyncio.sleep(0.005)
listening.cancel()
times
"""

CONNECTED = "[peer.state for peer in graph.status.peers].count('ready')"


def open_page(context: BrowserContext, site: str, space: str, relay: str | None, query: str = "") -> Page:
    """A page with an open graph."""
    return navigate(context.new_page(), site, space, relay, query)


def navigate(page: Page, site: str, space: str, relay: str | None, query: str = "") -> Page:
    """Take `page` to an open graph."""
    page.goto(f"{site}bench.html?space={space}&relay={relay or ''}{query}")
    page.evaluate("async () => { await graphvine.ready; }")
    return page


def run(page: Page, code: str, **names: Any) -> Any:
    """Run async Python in the page; `{names}` in the code are filled in."""
    return page.evaluate("(code) => graphvine.run(code)", code.format(**names) if names else code)
