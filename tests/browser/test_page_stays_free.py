"""With Python in a worker, the page can paint and scroll while a graph is filled; and a change is quick to arrive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage

pytestmark = pytest.mark.quiet

MakeContext = Callable[..., BrowserContext]

FILL = """async ({base, round}) => {
  const { open } = await import(base + "graphvine.js");
  globalThis.graph ??= await open("filling", { relay: null, thread: "worker" });
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ entryTypes: ["longtask"] });
  await graph.run(`
for part in range(20):
    async with graph.transaction() as tx:
        for n in range(500):
            tx.put(f"v{part}-{n}", {"name": f"name {n}", "n": n, "round": ${round}, "half": n / 2, "even": n % 2 == 0})
`);
  tasks.push(...observer.takeRecords().map(({ duration }) => duration));
  observer.disconnect();
  return tasks;
}"""
# Milliseconds from the beginning of a write to the moment when its echo is back: two changes have crossed.
ECHO = """
import asyncio, time
took = []
async def until(value):
    async for change in graph.changes("echo"):
        if (await graph.get("echo")).properties["n"] == value:
            return
for n in range(1, 60):
    heard = asyncio.ensure_future(until(-n))
    await asyncio.sleep(0)
    begin = time.monotonic()
    await graph.put("call", {"n": n})
    await heard
    took.append((time.monotonic() - begin) * 1000)
sorted(took)
"""
ANSWER = """
import asyncio
async def answer():
    async for change in graph.changes("call"):
        await graph.put("echo", {"n": -(await graph.get("call")).properties["n"]})
graph.answering = asyncio.ensure_future(answer())
None
"""


def test_the_page_is_never_blocked_while_its_worker_takes_in_10_000_vertices(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = make_context().new_page()
    page.goto(site_server.url("blank.html"))
    blocked: list[list[float]] = []
    for number in range(5):  # on a busy machine a task may be long only because it had to wait: one quiet run is proof
        blocked.append(page.evaluate(FILL, {"base": site_server.url(), "round": number}))
        if not blocked[-1]:
            break
    assert blocked[-1] == [], blocked
    assert page.evaluate("graph.status().then(({ sync }) => sync.vertices)") == 10_000


def test_a_change_and_its_echo_take_no_time_that_a_person_notices(
    site_server: StaticServer, make_context: MakeContext, relay: RelayProcess
) -> None:
    alice, bob = (GraphPage(make_context(), site_server.url(), "echo", relay=relay.url) for _ in range(2))
    alice.until_connected()
    bob.run(ANSWER)
    took = alice.run(ECHO)
    assert took[len(took) // 2] < 1000, took  # milliseconds for two changes, on a machine that may be busy


IMPORT = """async ({ base, count, watch, unit }) => {
  const { open } = await import(base + "graphvine.js");
  const graph = await open("import", { relay: null, thread: "worker" });
  const before = await graph.run(watch);
  const rows = [":ID,name,age:int,city,score:float,ok:boolean,:LABEL"];
  for (let n = 0; n < count; n += 1) rows.push(`v${n},name ${n},${n % 90},Graz,${n * 0.5},true,Person`);
  const file = new Blob([rows.join("\\n")]);
  const seen = { delays: [], answers: [], done: false };
  globalThis.seen = seen;
  addEventListener("keydown", (event) => seen.delays.push(performance.now() - event.timeStamp));
  async function ask() {
    while (!seen.done) {
      const begin = performance.now();
      await graph.query("MATCH (p:Person {_id: 'v1'}) RETURN p.name AS name");
      seen.answers.push(performance.now() - begin);
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  async function work() {
    await graph.run("graph.watched.begin()");
    const asking = ask();
    const begin = performance.now();
    await graph.import(file, { name: "people.csv" });
    seen.took = performance.now() - begin;
    seen.done = true;
    await asking;
    seen.vertices = (await graph.status()).sync.vertices;
    seen.unit = Math.max(before, await graph.run(unit));
    seen.steps = await graph.run("graph.watched.end()");
  }
  globalThis.working = work().catch((error) => { seen.done = true; seen.error = String(error); });
}"""
WATCH = """
import asyncio, time
class Watched:
    def begin(self):
        self.steps, self.over = [], False
        self.task = asyncio.ensure_future(self.watch())
    async def watch(self):
        last = time.monotonic()
        while not self.over:
            await asyncio.sleep(0)
            now = time.monotonic()
            self.steps.append((now - last) * 1000)
            last = now
    def end(self):
        self.over = True
        return sorted(self.steps)[-20:]
def unit(_):
    begin, total = time.monotonic(), 0
    for n in range(100_000):
        total += n
    return (time.monotonic() - begin) * 1000
graph.watched, graph.unit = Watched(), unit
min(map(unit, range(5)))
"""
# Time on a busy machine is no measure of our work, so it is counted in *units*: a loop of 100,000 additions in the same
# worker, before and after. It takes 11 ms on the machine that the goals were set for: 50 ms are 4.5 units, 100 ms are 9.
UNIT = "min(map(graph.unit, range(5)))"
REFERENCE_MS = 11


def test_while_100_000_vertices_are_imported_the_page_takes_input_and_the_peer_answers(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    """Most of each must be in time: with other programs on the machine, one in some is late through no fault of ours."""
    page = make_context().new_page()
    page.goto(site_server.url("blank.html"))
    page.set_default_timeout(300_000)
    page.evaluate(IMPORT, {"base": site_server.url(), "count": 100_000, "watch": WATCH, "unit": UNIT})
    while not page.evaluate("seen.done"):
        page.keyboard.press("a")  # real input, from outside of the page
        page.wait_for_timeout(30)
    page.evaluate("working")
    seen = page.evaluate("seen")
    assert seen.get("error") is None
    assert seen["vertices"] == 100_000
    delays, answers = sorted(seen["delays"]), sorted(seen["answers"])
    slower = max(1.0, seen["unit"] / REFERENCE_MS)
    print(f"\n{seen['took']:.0f} ms, machine {slower:.1f} times slower than the reference")
    print(f"input after {delays[-1]:.0f} ms at most, answers after {answers[-1]:.0f} ms at most", seen["steps"][-5:])
    assert len(delays) > 20
    assert len(answers) > 20
    assert delays[len(delays) * 95 // 100] < 50
    assert answers[len(answers) * 95 // 100] < 100 * slower
    assert seen["steps"][-10] < 50 * slower, seen["steps"]
