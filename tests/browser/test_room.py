"""Room on the disk: asked for after a first write, shown, and when it ends nothing that was acknowledged is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import StaticServer
from tests.browser.graph_page import GraphPage, PageError
from tests.browser.small_disk import SmallDisk

MakeContext = Callable[..., BrowserContext]

COUNT_ASKING = """
globalThis.asked = 0;
if (navigator.storage) navigator.storage.persist = async () => { globalThis.asked += 1; return true; };
"""
# Random bytes: what is all zeros shrinks to nothing on this disk.
FILL = """
import os
graph.kept = []
while True:
    name = f"v{len(graph.kept)}"
    await graph.put(name, {"data": os.urandom(40_000)}, labels=["Kept"])
    graph.kept.append(name)
"""
WHOLE = """
sorted(v.id for v in await graph.vertices("Kept") if len(v["data"]) == 40_000)
"""


@pytest.mark.parametrize("thread", ["worker", "main"])
def test_the_browser_is_asked_to_keep_the_data_after_a_first_write_and_once(
    site_server: StaticServer, make_context: MakeContext, thread: str
) -> None:
    context = make_context()
    context.add_init_script(COUNT_ASKING)
    graph = GraphPage(context, site_server.url(), "room", thread=thread)
    graph.run("await graph.flush()")
    assert graph.page.evaluate("asked") == 0
    for number in range(3):
        graph.run(f'await graph.put("v{number}")')
    graph.page.wait_for_function("asked > 0")
    assert graph.page.evaluate("asked") == 1


def test_what_is_used_and_left_is_known(site_server: StaticServer, make_context: MakeContext) -> None:
    graph = GraphPage(make_context(), site_server.url(), "room")
    graph.run('import os\nawait graph.put("v", {"data": os.urandom(500_000)})')
    usage, quota, is_persistent = graph.run("list(await graph.usage())")
    assert 500_000 < usage < quota
    assert is_persistent in (True, False)
    storage = graph.status()["storage"]
    assert (storage["usage_bytes"], storage["quota_bytes"]) == (usage, quota)
    assert storage["bytes"] > 500_000


def test_on_a_full_disk_a_write_is_a_clear_error_and_nothing_acknowledged_is_lost(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    context = make_context(service_workers="block")
    SmallDisk(context, site_server.origin, 2_000_000)
    graph = GraphPage(context, site_server.url(), "full")
    with pytest.raises(PageError) as caught:
        graph.run(FILL)
    assert caught.value.name == "StorageFull"
    assert "room" in caught.value.message
    kept = sorted(graph.run("graph.kept"))
    assert len(kept) > 10
    assert graph.status()["storage"]["state"] == "full"
    assert set(kept) <= set(graph.run(WHOLE)), "reading goes on"

    graph.reload()  # what was refused may be gone now; what was acknowledged may not
    assert set(kept) <= set(graph.run(WHOLE))
    assert graph.status()["storage"]["damaged"] == 0
