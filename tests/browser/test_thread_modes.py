"""Python in a worker or on the page: one switch, the same conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage, until_converged

MakeContext = Callable[..., BrowserContext]
# Five values of 2 MB that no compression makes small and that both sides can make: 10 MB have to cross.
WRITE = """
import random
for n in range(5):
    await graph.put(f"large-{n}", {"data": random.Random(n).randbytes(2_000_000)})
"""
CHECK = """
import random
[v is not None and v["data"] == random.Random(n).randbytes(2_000_000)
    for n in range(5) for v in [await graph.get(f"large-{n}")]]
"""


@pytest.mark.parametrize(("first", "second"), [("main", "main"), ("worker", "worker"), ("main", "worker")])
def test_the_same_conversation_on_both_threads(
    site_server: StaticServer, make_context: MakeContext, relay: RelayProcess, first: str, second: str
) -> None:
    space = f"threads-{first}-{second}"
    alice = GraphPage(make_context(), site_server.url(), space, relay=relay.url, thread=first)
    alice.run(WRITE)
    bob = GraphPage(make_context(), site_server.url(), space, relay=relay.url, thread=second)
    for page, thread in ((alice, first), (bob, second)):
        assert page.run("import js\nhasattr(js, 'document')") is (thread == "main")
    bob.until("len(await graph.vertices()) == 5", 180)
    assert bob.run(CHECK) == [True] * 5
    bob.run('await graph.put("bob", {"age": 40}, labels=["Person"])')
    alice.until('(await graph.get("bob")) is not None')
    alice.run('await graph.link("bob", "HAS", "large-0")\nawait graph.delete("large-4")\nNone')
    bob.until('(await graph.get("large-4")) is None and len(await graph.edges("HAS")) == 1')
    _, edges, _ = until_converged_without_data(alice, bob)
    assert [edge[1:4] for edge in edges] == [["HAS", "bob", "large-0"]]


def until_converged_without_data(*pages: GraphPage) -> list:
    """Drop the large values first: a picture of 10 MB is nothing to compare over and over."""
    pages[0].run('for n in range(5):\n    await graph.put(f"large-{n}", remove=["data"])\nNone')
    return until_converged(*pages)
