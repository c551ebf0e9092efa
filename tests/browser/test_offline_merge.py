"""Two people write for a long while without any network, on the same and on different things, and then meet again."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext

from tests.browser.conftest import Complaints, RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage, until_converged

MakeContext = Callable[..., BrowserContext]
MakeRelay = Callable[..., RelayProcess]
WRITES = 200

# One awaited write each: own vertices, own edges, own properties of one vertex, contested properties, a contested vertex.
WRITE = """
for n in range({writes}):
    if n % 4 == 0:
        await graph.put(f"{me}-{{n}}", {{"n": n, "by": "{me}"}}, labels=["Own"])
    elif n % 4 == 1:
        await graph.link("shared", "SAW", f"{me}-{{n - 1}}", {{"n": n}})
    elif n % 4 == 2:
        await graph.put("shared", {{f"{me}-{{n}}": n}})
    else:
        await graph.put("shared", {{f"both-{{n % 16}}": f"{me} {{n}}"}}, labels=["{me}"])
None
"""


def check_acknowledged(picture: list, *writers: str) -> None:
    """Check that nothing is missing of what `WRITE` was acknowledged for."""
    vertices = {id_: (labels, dict(properties)) for id_, labels, properties in picture[0]}
    edges = {(type_, source, target): dict(properties) for _, type_, source, target, properties in picture[1]}
    labels, shared = vertices["shared"]
    for me in writers:
        for n in range(0, WRITES, 4):
            assert vertices[f"{me}-{n}"] == (["Own"], {"n": n, "by": me})
            assert edges["SAW", "shared", f"{me}-{n}"] == {"n": n + 1}
            assert shared[f"{me}-{n + 2}"] == n + 2
        assert me in labels
    last = {f"both-{n % 16}": {f"{me} {n}" for me in writers} for n in range(3, WRITES, 4)}
    assert all(shared[name] in values for name, values in last.items())
    assert len(last) == 4


def test_200_offline_writes_each_merge_without_a_loss(
    site_server: StaticServer, make_context: MakeContext, make_relay: MakeRelay, complaints: Complaints
) -> None:
    complaints.allow("WebSocket connection to .* failed|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED")
    relay = make_relay()
    port = relay.url.rstrip("/").rpartition(":")[2]
    contexts = [make_context(), make_context()]
    pages = [GraphPage(each, site_server.url(), "offline-merge", relay=relay.url) for each in contexts]
    pages[0].run('await graph.put("shared", {"from": "the time before"})')
    until_converged(*pages)

    relay.stop()
    for context, page, me in zip(contexts, pages, ("alice", "bob"), strict=True):
        page.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        context.set_offline(True)
        page.reload()  # which ends the link between the two as well
        assert page.run('(await graph.get("shared"))["from"]') == "the time before"
        page.run(WRITE.format(me=me, writes=WRITES))
        before = page.picture()
        page.reload()
        assert page.picture() == before
        check_acknowledged(before, me)
        assert page.status()["peers"] == []
        assert page.status()["relay"]["state"] != "joined"
    assert pages[0].picture() != pages[1].picture()

    for context in contexts:
        context.set_offline(False)
    make_relay("--port", port)
    picture = until_converged(*pages)
    check_acknowledged(picture, "alice", "bob")
    for page in pages:
        page.reload()
    assert until_converged(*pages) == picture
