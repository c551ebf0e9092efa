"""How long it takes until a page, or a space, is open."""

from __future__ import annotations

from statistics import median

from playwright.sync_api import BrowserContext

from tests.bench import gun_peer, our_peer
from tests.bench.report import Report
from tests.bench.stage import Stage

# Vertices of the space that `open_space` opens.
MANY = 100_000
# Milliseconds that a first visit lasts before the second: the browser keeps its compiled code meanwhile.
VISIT_MS = 8_000


def start(stage: Stage, report: Report) -> None:
    """From navigation to an open graph: first visit, second visit, and the plain way for comparison."""
    plain = stage.median(lambda _: _first_visit(stage, "&snapshot=off"))
    cold = stage.median(lambda _: _first_visit(stage, ""))
    warm = _second_visits(stage)
    report.row("cold start of the page, against a plain Pyodide start", cold, plain)
    report.row("warm start of the page, against a plain Pyodide start", warm, plain, note="500 ms")


def _first_visit(stage: Stage, query: str) -> float:
    with stage.contexts(1) as (context,):
        return _opening(context, stage, query)


def _second_visits(stage: Stage) -> float:
    """After a first visit as people make them: some seconds, and something is written."""
    with stage.contexts(1) as (context,):
        page = our_peer.open_page(context, stage.site, stage.space(), None)
        page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        page.close()
        page = our_peer.open_page(context, stage.site, stage.space(), None)
        for number in range(3):
            our_peer.run(page, our_peer.WRITE, count=stage.count, name=f"v{number}-")
        page.wait_for_timeout(VISIT_MS)
        page.close()
        return median(_opening(context, stage, "") for _ in range(2 * stage.times - 1))


def _opening(context: BrowserContext, stage: Stage, query: str) -> float:
    page = context.new_page()
    stage.settle(page)
    our_peer.navigate(page, stage.site, stage.space(), None, query)
    took: float = page.evaluate("() => graphvine.openedAt")
    page.close()
    return took


def open_space(stage: Stage, report: Report) -> None:
    """From the disk: a fresh page opens a space of 100,000 vertices x 5; GUN, reloaded, reads as many as it wrote."""
    parts = MANY // stage.count
    with stage.contexts() as (ours, theirs):
        space = stage.space()
        page = our_peer.open_page(ours, stage.site, space, None)
        for number in range(parts):
            our_peer.run(page, our_peer.WRITE, count=stage.count, name=f"v{number}-")
        page.wait_for_timeout(4_000)  # packed, as it would be later
        page.close()
        mine = stage.median(lambda _: _open_again(ours, stage, space, parts * stage.count))
        gun = stage.gun.open(theirs, relay=False)
        gun.evaluate(gun_peer.WRITE, [stage.count, gun_peer.PATIENCE_MS, "v"])
        gun.wait_for_timeout(4_000)  # what it has acknowledged may not be on its disk yet
        gun.close()
        others = stage.median(lambda _: _read_again(theirs, stage))
    report.row(f"open {parts * stage.count:,} vertices x 5 (GUN: {stage.count:,})", mine, others, note="1,500 ms")


def _open_again(context: BrowserContext, stage: Stage, space: str, count: int) -> float:
    page = our_peer.open_page(context, stage.site, stage.space(), None)
    took: float = our_peer.run(page, our_peer.OPEN, space=space, count=count)
    page.close()
    return took


def _read_again(context: BrowserContext, stage: Stage) -> float:
    page = stage.gun.open(context, relay=False)
    took: float = page.evaluate(gun_peer.READ, [stage.count, gun_peer.PATIENCE_MS, "v"])
    page.close()
    return took


def memory(stage: Stage, report: Report) -> None:
    """Bytes of WebAssembly memory that an open space takes, for each vertex and for each edge."""
    with stage.contexts(1) as (context,):
        spaces = stage.space(), stage.space()
        for space, code in zip(spaces, (our_peer.FILL, our_peer.FILL + our_peer.FILL_EDGES), strict=True):
            page = our_peer.open_page(context, stage.site, space, None)
            our_peer.run(page, code, count=MANY)
            page.wait_for_timeout(4_000)
            page.close()
        grown = [_growth(context, stage, space) for space in spaces]
    vertex, edge = grown[0] / MANY, (grown[1] - grown[0]) / MANY
    report.note(f"memory in an open space: {vertex:,.0f} bytes a vertex with 5 properties, {edge:,.0f} bytes an edge")


def _growth(context: BrowserContext, stage: Stage, space: str) -> int:
    page = our_peer.open_page(context, stage.site, stage.space(), None)
    grown: int = our_peer.run(page, our_peer.GROWTH, space=space)
    page.close()
    return grown
