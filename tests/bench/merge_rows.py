"""Text and maps next to yjs, automerge and loro: local edits, remote updates, loading, stored bytes."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.bench import our_merge, our_peer
from tests.bench.bundles import page_with
from tests.bench.table import Table

SYSTEMS = ["yjs", "automerge", "loro"]
# Of https://github.com/josephg/editing-traces; not part of this repository.
PAPER = Path(__file__).resolve().parents[3] / "shared" / "traces" / "automerge-paper.json.gz"
TYPED, SETS, KEYS = 20_000, 100_000, 10_000
# What one of the others gets for all edits, or for all updates; who needs more is counted with what it had done then.
PATIENCE_MS = 40_000

TextEdit = tuple[int, int, str]


def typed_text(count: int, seed: int = 7) -> list[TextEdit]:
    """Edits as somebody types them: words, corrections, and jumps to another place."""
    dice = random.Random(seed)
    edits: list[TextEdit] = []
    size = place = 0
    while len(edits) < count:
        if dice.random() < 0.1:
            place = int(dice.random() * (size + 1))
        for _ in range(int(dice.random() * 12) + 1):
            edits.append((place, 0, "etaoin shrdlu\n"[int(dice.random() * 14)]))
            place, size = place + 1, size + 1
        for _ in range(int(dice.random() * 5) if dice.random() < 0.5 else 0):
            if place:
                place, size = place - 1, size - 1
                edits.append((place, 1, ""))
    return edits[:count]


def paper_edits() -> list[TextEdit] | None:
    """Return the edits of automerge-paper, if the trace is there."""
    if not PAPER.exists():
        return None
    trace = json.loads(gzip.decompress(PAPER.read_bytes()))
    return [(at, deleted, inserted) for txn in trace["txns"] for at, deleted, inserted in txn["patches"]]


def map_sets() -> list[tuple[str, int]]:
    """Sets of keys in no order, ten for each on average."""
    dice = random.Random(7)
    return [(f"m{key // 100}/k{key % 100}", number) for number in range(SETS) for key in [int(dice.random() * KEYS)]]


def ask_everybody(
    stage: Any, table: Table, kind: str, edits: list[Any]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Let everybody do the same; see that all end with the same; return our times and theirs."""
    code = our_merge.TEXT if kind == "text" else our_merge.MAP
    ours = ask_ours(stage.browser, stage.site, stage.space(), code.replace("EDITS", repr(json.dumps(edits))))
    expected = ours["answers"][0]
    theirs = {}
    for system in SYSTEMS:
        with page_with(stage.browser, "merge") as page:
            page.evaluate("() => prepare()")
            found = page.evaluate("([...all]) => work(...all)", [system, kind, edits, PATIENCE_MS])
        for answer in [*ours["answers"], *found["answers"]]:
            assert answer == expected, f"{system} ends with another {kind}"
        for what, share in found["unfinished"].items():
            table.remark(f"{system} was stopped in the middle of {what!r}: {share:.0%} done; its time is projected")
            found["times"][what] /= share
        theirs[system] = found["times"]
    return ours["times"], theirs


def ask_ours(browser: Browser, site: str, space: str, code: str) -> dict[str, Any]:
    """Run our side in a tab."""
    context = browser.new_context()
    page = our_peer.open_page(context, site, space, None)
    answered: dict[str, Any] = json.loads(our_peer.run(page, code))
    context.close()
    return answered


def text_row(stage: Any, table: Table, name: str, edits: list[TextEdit], aims: dict[str, str]) -> None:
    """The rows of one trace."""
    ours, theirs = ask_everybody(stage, table, "text", edits)
    for what, title, unit in (
        ("edit", f"{name}: {len(edits):,} edits, an update each", "ms"),
        ("apply", "  their updates applied by another", "ms"),
        ("load", "  the stored document loaded and read", "ms"),
        ("bytes", "  stored, with its history", "kB"),
    ):
        scale = 1000 if unit == "kB" else 1
        others = {system: times[what] / scale for system, times in theirs.items() if what in times}
        table.row(title, ours[what] / scale, others, unit=unit, note=aims.get(what, ""))


def merging(stage: Any, _: Any) -> None:
    """Text: the trace of the automerge paper, and one that is always there; and a map."""
    table = Table("text and maps that merge", SYSTEMS)
    text_row(stage, table, "typed text", typed_text(TYPED), {})
    paper = paper_edits()
    if paper is None:
        table.remark("automerge-paper: skipped, ../shared/traces has no such trace")
    else:
        aims = {"edit": "faster than all", "load": "10 ms", "bytes": "80 kB"}
        text_row(stage, table, "automerge-paper", paper, aims)
    ours, theirs = ask_everybody(stage, table, "map", map_sets())
    for what, title in (
        ("edit", f"map: {SETS:,} sets, an update each"),
        ("apply", "  their updates applied by another"),
    ):
        table.row(title, ours[what], {system: times[what] for system, times in theirs.items()})
    table.remark(
        "Ours in Python in the tab's worker. Its map updates are whole transactions, unsigned as the others' are."
    )
    table.remark("yjs forgets what was deleted, unless it is told not to; the others keep every edit.")
