"""A stranger who knows the space's name, proves a key of its own, and then says what it likes. The tab stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage, until_converged

MakeContext = Callable[..., BrowserContext]
ATTACKER = Path(__file__).with_name("attacker.py").read_text()
KINDS = ("random_frames", "random_messages", "truncated", "nested", "wrongly_signed", "future_stamped", "replayed")
# Without penalties no attacker is ever sent away, so that every message is really dealt with.
FORGIVE = "graph._driver.peer.links.penalise = lambda *_, **__: []\nNone"
FILL = """
async with graph.transaction() as tx:
    for n in range(50):
        tx.put(f"v{n}", {"n": n}, labels=["Thing"])
        tx.link(f"v{n}", "NEXT", f"v{(n + 1) % 50}")
"""


@pytest.fixture
def attacked(site_server: StaticServer, make_context: MakeContext, relay: RelayProcess) -> Any:
    """The victim, a function that attacks it, and one that lets an honest browser in."""
    space = "besieged"
    victim = GraphPage(make_context(), site_server.url(), space, relay=relay.url)
    victim.run(FILL)
    stranger = GraphPage(make_context(), site_server.url(), "lair")
    key = victim.run("graph._opened.peer.hex()")

    def attack(kind: str, seed: int, count: int, *, stays: bool = False) -> list[Any]:
        arguments = ", ".join(map(repr, (space, relay.url, key, kind, seed, count)))
        return stranger.run(f"{ATTACKER}\nawait attack({arguments}, stays={stays})")

    def visit() -> GraphPage:
        return GraphPage(make_context(), site_server.url(), space, relay=relay.url)

    return victim, attack, visit


@pytest.mark.parametrize("round_", [0, 1])
def test_attackers_are_hung_up_on_and_leave_no_trace(attacked: Any, round_: int) -> None:
    victim, attack, visit = attacked
    picture = victim.picture()
    for kind in KINDS:
        struck, is_hung_up = attack(kind, round_, 60)
        assert struck > 0
        assert is_hung_up, kind
        assert victim.run("1 + 1") == 2
        assert victim.picture() == picture, kind
    assert victim.status()["sync"]["waiting"] == 0
    honest = visit()
    honest.run('await graph.put("honest", {"n": 1})')
    victim.until('(await graph.get("honest")) is not None')
    vertices, _, _ = until_converged(victim, honest)
    assert len(vertices) == 51


def test_a_tab_that_hears_it_all_survives_hundreds_of_each(attacked: Any) -> None:
    victim, attack, visit = attacked
    victim.run(FORGIVE)
    picture = victim.picture()
    for kind in KINDS[1:]:
        struck, is_hung_up = attack(kind, 7, 150, stays=True)
        assert struck == 150, kind
        assert not is_hung_up, kind
        assert victim.run("1 + 1") == 2
        assert victim.picture()[:2] == picture[:2], kind
    assert victim.run("graph._driver.failure") is None
    honest = visit()
    until_converged(victim, honest)
