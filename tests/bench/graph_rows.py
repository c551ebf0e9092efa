"""The graph workload: 10,000 persons, next to the graph stores from npm that run in a browser."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, Error

from tests.bench import our_graph, our_peer
from tests.bench.bundles import page_with
from tests.bench.social import Social
from tests.bench.table import Table

PERSONS = 10_000
SYSTEMS = {"levelgraph": "LevelGraph", "quadstore": "quadstore", "kuzu": "kuzu-wasm"}
ROWS = {
    "lookup": "{} x point look-up by id: two properties",
    "friends": "{} x friends of friends, distinct",
    "shortest": "{} x shortest path, any length",
    "top": "the {} posts with the most likes, and their authors",
    "triangles": "all triangles, counted",
    "insert": "{} persons with a friend each, one transaction",
    "single": "{} persons with a friend each, each on its own",
}


def ask_ours(browser: Browser, site: str, space: str, social: Social, questions: dict[str, Any]) -> dict[str, Any]:
    """Load the graph into a tab of ours, and ask."""
    context = browser.new_context()
    page = our_peer.open_page(context, site, space, None)
    our_peer.run(page, our_graph.LOAD, data=json.dumps(social.plain()))
    answered: dict[str, Any] = json.loads(
        our_peer.run(page, our_graph.ASK.replace("QUESTIONS", repr(json.dumps(questions))))
    )
    context.close()
    return answered


def graph(stage: Any, _: Any) -> None:
    """Ask everybody the same, see that the answers are the same, and print the times."""
    social = Social(PERSONS)
    questions = social.questions()
    ours = ask_ours(stage.browser, stage.site, stage.space(), social, questions)
    theirs: dict[str, dict[str, float]] = {}
    failed: list[str] = []
    for system, name in SYSTEMS.items():
        try:
            with page_with(stage.browser, "graph") as page:
                found = page.evaluate("([...all]) => work(...all)", [system, social.plain(), questions])
        except Error as error:
            failed.append(f"{name} could not run: {str(error)[:300]}")
            continue
        for what, answer in ours["answers"].items():
            assert found["answers"][what] == answer, f"{name} answers {what} otherwise"
        theirs[name] = found["times"]
    table = Table(f"{PERSONS:,} persons, {len(social.knows):,} friendships", list(SYSTEMS.values()))
    for what, title in ROWS.items():
        asked = questions[what] if what in questions else ""
        title = title.format(asked if isinstance(asked, int) else f"{len(asked):,}")
        table.row(title, ours["times"][what], {name: times[what] for name, times in theirs.items()})
    table.remark(
        "The triple stores search and count in JavaScript over their own look-ups, in memory; they write to IndexedDB."
    )
    table.remark(
        "kuzu-wasm: the build without threads, synchronous, in memory only. Ours is on disk when a write returns."
    )
    for line in failed:
        table.remark(line)
