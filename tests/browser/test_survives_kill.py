"""SIGKILL to the whole browser right after an awaited write; what was acknowledged is there when it starts again."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import StaticServer
from tests.browser.graph_page import GraphPage
from tests.browser.test_storage import kill, own_browser

# Writes on and on; graph.acknowledged counts what came back.
WRITE_ON = """
import asyncio
async def write_on():
    for n in range(1_000_000):
        await graph.put(f"round-ROUND-{n}", {"n": n, "text": "x" * 200}, labels=["Round"])
        graph.acknowledged = n + 1
graph.acknowledged = 0
graph.writing = asyncio.ensure_future(write_on())
None
"""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the browser's process in /proc")
def test_acknowledged_writes_survive_kill_9(
    site_server: StaticServer, browser: Browser, chromium_path: str, tmp_path: Path
) -> None:
    promised: dict[int, int] = {}
    for number in range(5):
        with own_browser(browser, chromium_path, tmp_path) as context:
            context.set_default_timeout(120_000)
            graph = GraphPage(context, site_server.url(), "killed")
            check_rounds(graph, promised)
            graph.run(WRITE_ON.replace("ROUND", str(number)))
            graph.until(f"graph.acknowledged >= {60 * (number + 1)}")
            promised[number] = graph.run(f'await graph.put("last-{number}", {{"round": {number}}})\ngraph.acknowledged')
            kill(tmp_path)


def check_rounds(graph: GraphPage, promised: dict[int, int]) -> None:
    """Check that every acknowledged write of every round before is there, whole."""
    code = """
        whole = {v.id for v in await graph.vertices("Round") if v.properties == {"n": int(v.id.split("-")[2]), "text": "x" * 200}}
        [all(f"round-{number}-{n}" in whole for n in range(count)) and (await graph.get(f"last-{number}"))["round"] == number
            for number, count in PROMISED]
    """
    kept = graph.run(textwrap.dedent(code).replace("PROMISED", repr(list(promised.items()))))
    assert kept == [True] * len(promised), promised
    assert graph.status()["storage"]["damaged"] == 0
