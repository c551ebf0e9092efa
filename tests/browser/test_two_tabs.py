"""Two tabs of one browser: one storage, no relay, no network; nobody's write is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext

from tests.browser.conftest import StaticServer
from tests.browser.graph_page import GraphPage, until_converged

MakeContext = Callable[..., BrowserContext]
WRITES = 300
WRITE = 'for n in range({writes}):\n    await graph.put(f"{me}-{{n}}", {{"n": n}})\nNone'
COUNT = 'len({{v.id for v in await graph.vertices() if v.id == f"{me}-" + str(v.properties.get("n"))}})'


def test_two_tabs_write_at_once_and_all_of_it_is_there_afterwards(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    context = make_context()
    left, right = (GraphPage(context, site_server.url(), "two-tabs") for _ in range(2))
    left.until_connected()
    assert [peer["kind"] for peer in right.status()["peers"]] == ["tab"]
    left.run('await graph.put("alice", {"age": 30})')
    right.until('(await graph.get("alice")) is not None')
    right.run('await graph.put("alice", {"age": 31})')
    left.until('(await graph.get("alice"))["age"] == 31')

    left.begin(WRITE.format(me="left", writes=WRITES))
    right.begin(WRITE.format(me="right", writes=WRITES))
    left.finish()
    right.finish()
    picture = until_converged(left, right)
    left.close()
    right.close()

    again = GraphPage(context, site_server.url(), "two-tabs")
    assert again.picture() == picture
    for me in ("left", "right"):
        assert again.run(COUNT.format(me=me)) == WRITES


def test_what_a_tab_wrote_stays_when_the_tab_is_closed_at_once(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    context = make_context()
    left, right = (GraphPage(context, site_server.url(), "closed-tab") for _ in range(2))
    for n in range(4):
        if n % 2:
            right.until_connected()  # else it may end before the two have met
        left.run(f'await graph.put("v{n}", {{"n": {n}}})')
        left.close()
        right.until(f'(await graph.get("v{n}")) is not None')
        left, right = right, GraphPage(context, site_server.url(), "closed-tab")
        assert right.run("len(await graph.vertices())") == n + 1
