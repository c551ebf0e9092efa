"""With Python in a worker, the page can paint and scroll while a graph is filled; and a change is quick to arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage
from tests.browser.run_queue import RunQueue, key_threads, page_threads, worker_threads

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


BEGIN = """async ({ base }) => {
  const { open } = await import(base + "graphvine.js");
  globalThis.graph = await open("import", { relay: null, thread: "worker" });
}"""
IMPORT = """async ({ count, watch, unit }) => {
  await graph.run(watch);
  const before = await graph.run(unit);
  const rows = [":ID,name,age:int,city,score:float,ok:boolean,:LABEL"];
  for (let n = 0; n < count; n += 1) rows.push(`v${n},name ${n},${n % 90},Graz,${n * 0.5},true,Person`);
  const file = new Blob([rows.join("\\n")]);
  await new Promise((done) => setTimeout(done, 100)); // making the file was a long task of this test
  const seen = { delays: [], answers: [], tasks: [], done: false };
  globalThis.seen = seen;
  const since = (begin) => [performance.now() - begin, (performance.timeOrigin + performance.now()) / 1000];
  addEventListener("keydown", (event) => seen.delays.push(since(event.timeStamp)));
  const ended = ({ startTime, duration }) => [duration, (performance.timeOrigin + startTime + duration) / 1000];
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(ended))).observe({ entryTypes: ["longtask"] });
  async function ask() {
    while (!seen.done) {
      const begin = performance.now();
      await graph.query("MATCH (p:Person {_id: 'v1'}) RETURN p.name AS name");
      seen.answers.push(since(begin));
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
    seen.steps = await graph.run("graph.watched.end()");
    seen.units = [before, await graph.run(unit)];
  }
  globalThis.working = work().catch((error) => { seen.done = true; seen.error = String(error); });
}"""
# Each turn of the worker's loop, with everything of ours that holds its thread: milliseconds, and when it ended.
WATCH = """
import asyncio, time
class Watched:
    def begin(self):
        self.steps, self.count, self.over = [], 0, False
        self.task = asyncio.ensure_future(self.watch())
    async def watch(self):
        last = time.monotonic()
        while not self.over:
            await asyncio.sleep(0)
            now = time.monotonic()
            self.count += 1
            if now - last > 0.02:
                self.steps.append([(now - last) * 1000, time.time()])
            last = now
    def end(self):
        self.over = True
        return self.steps
def unit(_):
    begin, total = time.monotonic(), 0
    for n in range(100_000):
        total += n
    return [(time.monotonic() - begin) * 1000, time.time()]
graph.watched, graph.unit = Watched(), unit
None
"""
# Time on a busy machine is no measure of our work. Twice it is made good: the kernel says how long a thread was
# ready and others ran (`RunQueue`), which is taken off; and a slower machine gets more time in proportion, by a *unit*: a loop
# of 100,000 additions in the same worker, before and after. It takes 11 ms on the machine that the goals were set for.
UNIT = "list(map(graph.unit, range(5)))"
REFERENCE_MS = 11.0
# What else a machine does beside us is seen by nobody (a disk, a core that is half as quick): one quiet run is proof.
ATTEMPTS = 3


def unit_ms(units: object) -> float:
    """Return the shortest of the units, in ms. units: what the page gives for UNIT.

    A quicker machine does not get less time: slices end by the clock, and the goal is a number of milliseconds.
    """
    assert isinstance(units, list)
    return max(float(min(ms for ms, _ in units)), REFERENCE_MS)


def test_while_100_000_vertices_are_imported_the_page_takes_input_and_the_peer_answers(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    """Every key, every answer and every step, not most of them."""
    seen = []
    for _ in range(ATTEMPTS):
        seen.append(longest_of_an_import(make_context().new_page(), site_server.url()))
        if seen[-1].is_short:
            break
    assert seen[-1].is_short, seen


class Longest(NamedTuple):
    """In ms, ours: from a key to its event, a task of the page, an answer, a step of the worker. slower: the machine."""

    key: float
    task: float
    answer: float
    step: float
    slower: float

    @property
    def is_short(self) -> bool:
        """Whatever the machine, nothing of ours runs in the page's thread."""
        return max(self.key, self.task) < 50 and self.answer < 100 * self.slower and self.step < 50 * self.slower


def longest_of_an_import(page: Page, base: str) -> Longest:
    page.goto(base + "blank.html")
    page.set_default_timeout(300_000)
    page.evaluate(BEGIN, {"base": base})
    with RunQueue(worker_threads()) as worker, RunQueue(page_threads()) as tab, RunQueue(key_threads()) as keys:
        page.evaluate(IMPORT, {"count": 100_000, "watch": WATCH, "unit": UNIT})
        while not page.evaluate("seen.done"):
            page.keyboard.press("a")  # real input, from outside of the page
            page.wait_for_timeout(30)
        page.evaluate("working")
    seen = page.evaluate("seen")
    page.context.close()
    assert seen.get("error") is None
    assert seen["vertices"] == 100_000
    assert min(len(seen["delays"]), len(seen["answers"])) > 20

    def ours(queue: RunQueue, times: list[list[float]]) -> list[tuple[float, float]]:
        """Milliseconds without what others had, and by the clock; the longest first."""
        return sorted(((ms - queue.waited_ms(end - ms / 1000, end), ms) for ms, end in times), reverse=True)

    def longest(name: str, queue: RunQueue) -> float:
        """The longest of ours; prints five."""
        times = ours(queue, seen[name])
        print(f"{name:8}", f"{len(times):5}:", ", ".join(f"{mine:.0f} ({clock:.0f})" for mine, clock in times[:5]))
        return times[0][0] if times else 0.0

    slower = max(1.0, max(ours(worker, units)[-1][0] for units in seen["units"]) / REFERENCE_MS)
    print(f"\n{seen['took']:.0f} ms, the machine {slower:.2f} times slower; longest in ms, ours (by the clock):")
    return Longest(
        longest("delays", keys), longest("tasks", tab), longest("answers", worker), longest("steps", worker), slower
    )
