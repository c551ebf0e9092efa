"""Writes, reads, a second browser and latency, next to GUN."""

from __future__ import annotations

from tests.bench import gun_peer, our_peer
from tests.bench.report import Report, percentile
from tests.bench.stage import Stage


def first_write(stage: Stage, report: Report) -> None:
    """The very first thing that a fresh page does: nothing is warm on either side."""
    with stage.contexts() as (ours, theirs):
        page = our_peer.open_page(ours, stage.site, stage.space(), None)
        mine = our_peer.run(page, our_peer.WRITE, count=stage.count, name="v")
        gun = stage.gun.open(theirs, relay=False)
        others = gun.evaluate(gun_peer.WRITE, [stage.count, gun_peer.PATIENCE_MS, "v"])
    report.row(f"first in a fresh page: {stage.count:,} vertices x 5, durable", mine, others)


def writes_and_reads(stage: Stage, report: Report) -> None:
    """Durable bulk writes, and reads of what was written; both sides are warm."""
    with stage.contexts() as (ours, theirs):
        page = our_peer.open_page(ours, stage.site, stage.space(), None)
        run = our_peer.run
        for code in (our_peer.WRITE, our_peer.WRITE_SINGLY):
            run(page, code, count=stage.count, name="warm")
        bulk = stage.median(lambda n: run(page, our_peer.WRITE, count=stage.count, name=f"v{n}-"))
        read = stage.median(lambda n: run(page, our_peer.READ, count=stage.count, name=f"v{n}-"))
        singly = stage.median(lambda n: run(page, our_peer.WRITE_SINGLY, count=stage.count, name=f"w{n}-"))
        gun = stage.gun.open(theirs, relay=False)
        patience = gun_peer.PATIENCE_MS
        gun.evaluate(gun_peer.WRITE, [1_000, patience, "warm"])
        gun_write = stage.median(lambda n: gun.evaluate(gun_peer.WRITE, [stage.count, patience, f"v{n}-"]))
        gun_read = stage.median(lambda n: gun.evaluate(gun_peer.READ, [stage.count, patience, f"v{n}-"]))
    report.row(f"{stage.count:,} vertices x 5, durable, one transaction", bulk, gun_write, aim=10)
    report.row(f"{stage.count:,} vertices x 5, durable, each awaited on its own", singly, gun_write)
    report.row(f"read {stage.count:,} vertices", read, gun_read)


def second_browser(stage: Stage, report: Report) -> None:
    """A newcomer gets everything: ours over WebRTC and onto its disk, GUN's through its relay into memory."""
    report.row(
        f"{stage.count:,} vertices to a second browser",
        stage.median(lambda _: _join_ours(stage)),
        stage.median(lambda _: _join_gun(stage)),
        aim=20,
    )


def _join_ours(stage: Stage) -> float:
    with stage.contexts() as (first, second):
        space = stage.space()
        holder = our_peer.open_page(first, stage.site, space, stage.relay)
        our_peer.run(holder, our_peer.WRITE, count=stage.count, name="v")
        newcomer = our_peer.open_page(second, stage.site, stage.space(), None)
        took: float = our_peer.run(newcomer, our_peer.JOIN, space=space, relay=stage.relay, count=stage.count)
        return took


def _join_gun(stage: Stage) -> float:
    with stage.contexts() as (first, second):
        name = stage.space()
        holder = stage.gun.open(first, relay=True)
        holder.evaluate(gun_peer.WRITE, [stage.count, gun_peer.PATIENCE_MS, name])
        newcomer = stage.gun.open(second, relay=True)
        took: float = newcomer.evaluate(gun_peer.READ, [stage.count, gun_peer.PATIENCE_MS, name])
        return took


def latency(stage: Stage, report: Report) -> None:
    """One change, until the other browser's application has it: half of a round trip. The first rounds warm up."""
    warm_up = stage.rounds // 3
    with stage.contexts() as (first, second):
        space = stage.space()
        here = our_peer.open_page(first, stage.site, space, stage.relay)
        there = our_peer.open_page(second, stage.site, space, stage.relay)
        while our_peer.run(here, our_peer.CONNECTED) != 1:
            here.wait_for_timeout(50)
        our_peer.run(there, our_peer.ANSWER)
        stage.settle(here)
        times = our_peer.run(here, our_peer.LATENCY, rounds=stage.rounds + warm_up)[warm_up:]
    with stage.contexts() as (first, second):
        here, there = stage.gun.open(first, relay=True), stage.gun.open(second, relay=True)
        there.evaluate(gun_peer.ANSWER)
        stage.settle(here)
        gun_times = here.evaluate(gun_peer.LATENCY, stage.rounds + warm_up)[warm_up:]
    for share, aim in ((50, "1.5 ms"), (99, "4 ms")):
        report.row(
            f"one change seen by the other, p{share}", percentile(times, share), percentile(gun_times, share), note=aim
        )
