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
TYPED, SETS, KEYS, EDITS = 20_000, 20_000, 2_000, 5_000
ROUNDS = 3
# What one of the others gets for all edits, or for all updates; who needs more is counted with what it had done then.
PATIENCE_MS = 10_000

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


def map_sets(count: int, keys: int, name: str = "m{0}/k{1}") -> list[tuple[Any, ...]]:
    """Sets of keys in no order. name: of a key, from its hundreds and the rest."""
    dice = random.Random(7)
    return [(name.format(*divmod(int(dice.random() * keys), 100)), number) for number in range(count)]


def list_edits(count: int, verb: str) -> list[tuple[Any, ...]]:
    """Pushes with something else in between, once there is enough: a move from anywhere to anywhere, or a deletion."""
    dice = random.Random(7)
    edits: list[tuple[Any, ...]] = []
    size = 0
    while len(edits) < count:
        if size < 1_000 or dice.random() < (0.1 if verb == "move" else 0.7):
            edits.append(("push", len(edits)))
            size += 1
        else:
            at, to = int(dice.random() * size), int(dice.random() * size)
            edits.append(("move", at, to) if verb == "move" else ("delete", at))
            size -= verb == "delete"
    return edits


def ask_everybody(
    stage: Any, table: Table, kind: str, edits: list[Any], rounds: int = ROUNDS
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Let everybody do the same; see that all end with the same; return our times and theirs.

    kind: of `our_merge.code_for`; the others' maps and lists are one kind each.
    """
    code = our_merge.code_for(kind).replace("EDITS", repr(json.dumps(edits))).replace("ROUNDS", str(rounds))
    ours = ask_ours(stage.browser, stage.site, stage.space(), code)
    expected = ours["answers"][0]
    theirs = {}
    for system in SYSTEMS:
        with page_with(stage.browser, "merge") as page:
            page.evaluate("() => prepare()")
            kind_there = {"mapvalue": "map"}.get(kind, kind)
            found = page.evaluate("([...all]) => work(...all)", [system, kind_there, edits, PATIENCE_MS, rounds])
        if found is None:
            continue
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


def text_row(stage: Any, table: Table, name: str, edits: list[TextEdit], rounds: int, aims: dict[str, str]) -> None:
    """The rows of one trace."""
    ours, theirs = ask_everybody(stage, table, "text", edits, rounds)
    for times in (ours, *theirs.values()):
        times["both"] = times["edit"] + times["apply"]
    for what, title, unit in (
        ("edit", f"{name}: {len(edits):,} edits, an update each", "ms"),
        ("apply", "  their updates applied by another", "ms"),
        ("both", "  both together", "ms"),
        ("load", "  the stored document loaded and read", "ms"),
        ("bytes", "  stored, with its history", "kB"),
    ):
        scale = 1000 if unit == "kB" else 1
        others = {system: times[what] / scale for system, times in theirs.items() if what in times}
        table.row(title, ours[what] / scale, others, unit=unit, note=aims.get(what, ""))


def text_typed(stage: Any, _: Any) -> None:
    """Text as somebody types it: always there."""
    table = Table("text that merges, typed", SYSTEMS)
    text_row(stage, table, "typed text", typed_text(TYPED), ROUNDS, {})
    table.remark(f"Ours in Python in the tab's worker. The best of {ROUNDS} rounds, of everybody who is quick enough.")


def text_paper(stage: Any, _: Any) -> None:
    """The trace of the automerge paper, once."""
    table = Table("text that merges, recorded", SYSTEMS)
    paper = paper_edits()
    if paper is None:
        table.remark("automerge-paper: skipped, ../shared/traces has no such trace")
        return
    aims = {"both": "faster than all", "load": "10 ms", "bytes": "80 kB"}
    text_row(stage, table, "automerge-paper", paper, 1, aims)
    table.remark("yjs forgets what was deleted, unless it is told not to; the others keep every edit.")


def values_merge(stage: Any, _: Any) -> None:
    """Maps, lists and counters."""
    table = Table("maps, lists and counters that merge", SYSTEMS)
    for kind, title, edits in (
        ("map", "properties", map_sets(SETS, KEYS)),
        ("mapvalue", "a map", map_sets(EDITS, KEYS // 2, "{0}-{1}")),
        ("list", "a list: pushes and deletions", list_edits(EDITS, "delete")),
        ("moves", "a list: moves", list_edits(EDITS, "move")),
        ("counter", "a counter", [(number % 7 - 2,) for number in range(EDITS)]),
    ):
        ours, theirs = ask_everybody(stage, table, kind, edits)
        for what, name in (
            ("edit", f"{title}: {len(edits):,} edits, an update each"),
            ("apply", "  their updates applied by another"),
        ):
            table.row(name, ours[what], {system: times[what] for system, times in theirs.items()})
    table.remark(
        "Ours: whole transactions in Python, unsigned as the others' updates are. Others: properties are one map. "
        "Everybody is read at the end."
    )
