"""Browsers that are killed: what a tab was doing, what it had been promised, and what must be there afterwards.

Every story writes *groups*: the vertices and edges of one transaction. A tab says on its console what it begins and what
is acknowledged; what reached the test before the kill is a promise. Afterwards each promised group must be
there, and each group that is there must be whole.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, ConsoleMessage
from playwright.sync_api import Error as PlaywrightError

from tests.browser.laboratory import Bench
from tests.browser.test_storage import own_browser

# Vertices of one group.
SIZE = 6

PRELUDE = f"""
import asyncio, builtins, json, js, graphvine
SIZE = {SIZE}
def tell(*what):
    js.console.log("STORY " + json.dumps(what))
def fill(tx, group):
    for k in range(SIZE):
        tx.put(f"{{group}}/{{k}}", {{"group": group, "k": k, "text": "x" * 100}}, labels=["Group"])
    tx.link(f"{{group}}/0", "HOLDS", f"{{group}}/{{SIZE - 1}}", {{"group": group}})
async def write(graph, group):
    async with graph.transaction() as tx:
        fill(tx, group)
    tell("kept", group)
"""

OPEN = """
graph = builtins.graph = await graphvine.open("killed")
"""

# What is there: names of whole groups, and whatever is wrong.
CHECK = """
members, edges = {}, {edge["group"] for edge in await graph.edges("HOLDS")}
for vertex in await graph.vertices("Group"):
    members.setdefault(vertex["group"], []).append(vertex["k"])
torn = [group for group, ks in members.items() if sorted(ks) != list(range(SIZE)) or group not in edges]
torn += [group for group in edges if group not in members]
torn += [vertex.id for vertex in await graph.vertices("Group") if vertex["text"] != "x" * 100]
indexed = {row["group"] for row in await graph.query("MATCH (v:Group) WHERE v.k = 0 RETURN v.group AS group")}
json.dumps({"groups": list(members), "torn": torn, "damaged": graph.status.storage.damaged,
    "indexed": indexed == set(members), "format": (await graph._driver.disk._backend.read(b"format"))[0]})
"""


class Story(NamedTuple):
    """prepare: Python before the clock starts, with an open `graph`. work: what is killed. ROUND is put in."""

    name: str
    prepare: str
    work: str


COMMIT = Story(
    "commit",
    """
await graph.query("CREATE INDEX ks IF NOT EXISTS FOR (v:Group) ON (v.k)")
""",
    """
async def writer(name):
    for n in range(150):
        await write(graph, f"ROUND-{name}-{n}")
await asyncio.gather(*[writer(name) for name in "abc"])
""",
)

COMPACTION = Story(
    "compaction",
    """
for n in range(40):
    await write(graph, f"ROUND-before-{n}")
""",
    """
done = False
async def writer(name):
    n = 0
    while not done:
        await write(graph, f"ROUND-{name}-{n}")
        n += 1
writing = [asyncio.ensure_future(writer(name)) for name in "ab"]
disk = graph._driver.disk
for turn in range(12):
    if turn % 3 == 2:
        disk._packing.page_bytes = 10**9  # as if most of it were waste: every page is written anew
    await disk.compact()
    tell("packed", turn)
done = True
await asyncio.gather(*writing)
""",
)

IMPORT = Story(
    "import",
    """
await graph.close()  # or the two would find each other
source = await graphvine.open("killed", storage=":memory:")
for n in range(500):
    async with source.transaction() as tx:
        fill(tx, f"ROUND-{n}")
export = source.export()
builtins.archive = b"".join([chunk async for chunk in export])
await source.close()
graph = builtins.graph = await graphvine.open("killed")
""",
    """
await graph.import_from(archive)
for n in range(500):
    tell("kept", f"ROUND-{n}")
""",
)

# The storage is put back to what version 1 wrote; opening it is what is killed.
UPGRADE = Story(
    "upgrade",
    """
for n in range(10):
    async with graph.transaction() as tx:
        for part in range(40):
            fill(tx, f"ROUND-{n}-{part}")
    for part in range(40):
        tell("kept", f"ROUND-{n}-{part}")
await graph._driver.disk.compact()
space = graph._driver.peer.replica.space.hex()
await graph.close()
from graphvine.platform.browser.indexeddb import IndexedDbStorage
storage = await IndexedDbStorage.open(space)
old = [(key, b"\\1" + value[5:]) for key, value in await storage.scan(b"t/") if key != b"t/v" and value[0] == 2]
await storage.write([*old, (b"format", b"\\1")])
await storage.close()
from graphvine.peer import upgrade
upgrade.BATCH_BYTES = 20_000
""",
    """
graph = builtins.graph = await graphvine.open("killed")
""",
)

STORIES = (COMMIT, COMPACTION, IMPORT, UPGRADE)


class Killed:
    """One profile of one browser, and what it has been promised over all its lives. in_the_middle: kills before the work's end."""

    def __init__(self, browser: Browser, chromium_path: str, url: str, profile: Path, dice: random.Random) -> None:
        self._browser = browser
        self._chromium = chromium_path
        self._url = url
        self._profile = profile
        self._dice = dice
        self._span_s = 0.0
        self.promised: dict[str, None] = {}
        self.report: list[str] = []
        self.in_the_middle = 0

    def life(self, story: Story, number: int, *, is_killed: bool) -> None:
        """Start the browser, check everything so far, do the work of a story, and die in the middle of it."""
        with own_browser(self._browser, self._chromium, self._profile) as context:
            context.set_default_timeout(120_000)
            bench = Bench(context, self._url)
            heard = _Heard(self.promised)
            bench.page.on("console", heard.on_console)
            bench.run(PRELUDE + OPEN + "None")
            self._check(bench)
            _run(bench, story.prepare, number)
            if not is_killed:
                begin = time.monotonic()
                _run(bench, story.work, number)
                self._span_s = time.monotonic() - begin
                self.report.append(f"{story.name}: {self._span_s * 1000:.0f} ms when it is left alone")
                return
            delay_s = self._dice.random() * self._span_s
            killer = _Killer(delay_s, self._profile)
            heard.on_begin = killer.start
            before = len(self.promised)
            try:
                _run(bench, "tell('begin')\n" + story.work + "\ntell('end')", number)
                bench.page.wait_for_event("close")
            except PlaywrightError:
                if not killer.has_begun:
                    raise  # the story failed by itself
            killer.join()
            assert killer.found == 1, "the browser was not killed"
            if heard.took_s:
                self._span_s = heard.took_s  # the first time everything is slower
            else:
                self.in_the_middle += 1
            ended = " (it was over)" if heard.took_s else ""
            self.report.append(
                f"{story.name} {number}: killed after {delay_s * 1000:.0f} ms{ended}, {len(self.promised) - before} kept"
            )

    def last_check(self) -> None:
        """Start the browser once more, and look."""
        with own_browser(self._browser, self._chromium, self._profile) as context:
            bench = Bench(context, self._url)
            bench.run(PRELUDE + OPEN + "None")
            self._check(bench)

    def _check(self, bench: Bench) -> None:
        found = bench.run(PRELUDE + "graph = builtins.graph\n" + CHECK)
        where = "; ".join(self.report)
        assert found["torn"] == [], f"half a transaction. {where}"
        lost = self.promised.keys() - set(found["groups"])
        assert not lost, f"{len(lost)} acknowledged writes are lost: {sorted(lost)[:5]}. {where}"
        assert found["damaged"] == 0, where
        assert found["indexed"], f"the index says something else. {where}"
        assert found["format"] == 2, where


class _Heard:
    """What a tab has said on its console. took_s: the work, when it came to its end."""

    def __init__(self, promised: dict[str, None]) -> None:
        self.on_begin: Callable[[], Any] = lambda: None
        self.took_s = 0.0
        self._begin = 0.0
        self._promised = promised

    def on_console(self, message: ConsoleMessage) -> None:
        if not message.text.startswith("STORY "):
            return
        kind, *rest = json.loads(message.text[6:])
        if kind == "kept":
            self._promised[rest[0]] = None
        elif kind == "begin":
            self._begin = time.monotonic()
            self.on_begin()
        elif kind == "end":
            self.took_s = time.monotonic() - self._begin


def _run(bench: Bench, code: str, number: int) -> None:
    bench.run(PRELUDE + "graph = builtins.graph\n" + code.replace("ROUND", f"r{number}") + "\nNone")


class _Killer(threading.Timer):
    """SIGKILL, after a time, to the browser of a profile and to all that it has started. found: how many such there were."""

    def __init__(self, delay_s: float, profile: Path) -> None:
        super().__init__(delay_s, self._kill)
        self._argument = f"--user-data-dir={profile}".encode()
        self.has_begun = False
        self.found = 0

    def _kill(self) -> None:
        self.has_begun = True
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
                if self._argument in words and not any(word.startswith(b"--type=") for word in words):
                    group = os.getpgid(int(path.parent.name))
                    assert group != os.getpgid(0), "the browser runs in our own process group"
                    os.killpg(group, signal.SIGKILL)
                    self.found += 1
            except OSError:
                continue
