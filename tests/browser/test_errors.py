"""What a caller in a tab is told when something does not work: which error, what happened, what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import Complaints, RelayProcess, StaticServer
from tests.browser.graph_page import GraphPage, PageError
from tests.browser.small_disk import SmallDisk
from tests.browser.test_storage import own_browser

MakeContext = Callable[..., BrowserContext]

# Code, the class that it raises, and words that its message must have.
MISTAKES = [
    ('await graph.put("", {})', "InvalidValue", ["vertex id", "empty", "at least one character"]),
    ("await graph.put(7, {})", "InvalidValue", ["vertex id", "must be text", "int"]),
    ('await graph.put("\\ud800", {})', "InvalidValue", ["surrogate"]),
    ('await graph.put("x" * 513, {})', "TooLarge", ["513", "512", "bytes"]),
    ('await graph.get("x" * 600)', "TooLarge", ["600", "512"]),
    ('await graph.put("a", {"text": "x" * 5_000_000})', "TooLarge", ["a.text", "5,000,000", "4,194,304"]),
    ('await graph.put("a", {"list": [0] * 70_000})', "TooLarge", ["a.list", "70,000", "65,536", "elements"]),
    ('await graph.put("a", {"n" * 300: 1})', "TooLarge", ["300", "256"]),
    ('await graph.put("a", {"inner": {"b": 1}})', "InvalidValue", ["a.inner", "dict"]),
    ('await graph.put("a", {"nested": [[1]]})', "InvalidValue", ["a.nested", "flat"]),
    ('await graph.put("a", {"far": 2**64})', "InvalidValue", ["a.far", "64 bits"]),
    ('await graph.put("a", {"none": float("nan")})', "InvalidValue", ["a.none", "finite"]),
    ('await graph.put("a", [1])', "InvalidValue", ["Properties of a", "dict", "list"]),
    ('await graph.put("a", {}, labels="Person")', "InvalidValue", ["Labels of a", "['Person']"]),
    ('await graph.link("a", "", "b")', "InvalidValue", ["edge type", "empty"]),
    ('await graph.link("a", "KNOWS", None)', "InvalidValue", ["target id", "must be text"]),
    ('await graph.query("MATCH (n RETURN n")', "QueryError", []),
    ('graphvine.open("")', "InvalidValue", ["space name", "empty"]),
    ('await graphvine.open("s", relay="http://here")', "InvalidValue", ["http://here", "ws://"]),
    ('await graphvine.open("s", storage="file.db")', "InvalidValue", ["file.db", ":memory:"]),
]
CLOSED = """
other = await graphvine.open("closed-one", storage=":memory:")
await other.close()
await other.close()
heard = []
for attempt in (lambda: other.put("a"), lambda: other.get("a"), lambda: other.link("a", "B", "c"), lambda: other.delete("a"),
                lambda: other.vertices(), lambda: other.flush(), lambda: other.query("RETURN 1")):
    try:
        await attempt()
        heard.append(None)
    except graphvine.GraphClosed as error:
        heard.append(str(error))
heard
"""


def test_mistakes_are_named_and_change_nothing(site_server: StaticServer, make_context: MakeContext) -> None:
    page = GraphPage(make_context(), site_server.url(), "mistakes")
    before = page.picture()
    for code, name, words in MISTAKES:
        with pytest.raises(PageError) as raised:
            page.run(code)
        assert raised.value.name == name, code
        assert [word for word in words if word not in raised.value.message] == [], raised.value.message
        assert raised.value.message.endswith((".", "^")) or name == "QueryError"
    assert page.picture() == before
    assert page.run('await graph.put("a", {"n": 1})') is None


def test_a_closed_graph_says_so(site_server: StaticServer, make_context: MakeContext) -> None:
    page = GraphPage(make_context(), site_server.url(), "closing")
    heard = page.run(CLOSED)
    assert len(heard) == 7
    assert all(message is not None and "closed" in message and "graphvine.open" in message for message in heard)


def test_without_its_relay_a_graph_opens_and_works(
    site_server: StaticServer,
    make_context: MakeContext,
    make_relay: Callable[..., RelayProcess],
    complaints: Complaints,
) -> None:
    complaints.allow("WebSocket connection to .* failed")
    relay = make_relay()
    relay.stop()
    page = GraphPage(make_context(), site_server.url(), "no-relay", relay=relay.url)
    page.run('await graph.put("alice", {"age": 30})')
    assert page.run('(await graph.get("alice"))["age"]') == 30
    page.until('graph.status.relay.state == "disconnected"')
    status = page.status()
    assert status["relay"]["url"] == relay.url
    assert "is it running there" in status["relay"]["detail"]
    assert status["storage"]["state"] == "ok"
    make_relay("--port", relay.url.rstrip("/").rpartition(":")[2])
    page.until('graph.status.relay.state == "joined"')


FILL_UP = """
import os
kept, failure = [], None
while failure is None:
    try:
        await graph.put(f"v{len(kept)}", {"data": os.urandom(100_000)})
        kept.append(len(kept))
    except graphvine.StorageFull as error:
        failure = str(error)
[len(kept), failure, graph.status.storage.state, graph.status.storage.error]
"""


def test_a_full_disk_is_told_and_keeps_what_was_acknowledged(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    complaints.allow("uota")
    context = make_context(service_workers="block")
    disk = SmallDisk(context, site_server.origin, 3_000_000)
    page = GraphPage(context, site_server.url(), "full")
    page.run('await graph.put("first", {"n": 1})')
    kept, failure, state, error = page.run(FILL_UP)
    assert kept > 3
    assert "no room" in failure
    assert "Free some space" in failure
    assert state == "full"
    assert error
    assert page.run('(await graph.get("first"))["n"]') == 1
    page.reload()
    there = page.run("sorted(v.id for v in await graph.vertices())")
    assert {"first", *(f"v{number}" for number in range(kept))} <= set(there)
    disk.grow()
    page.run('await graph.put("again", {"n": 2})')
    page.until('graph.status.storage.state == "ok"')


BLOCKED = """
Object.defineProperty(IDBFactory.prototype, "open", {
  value() { throw Object.assign(new Error("no"), { name: "SecurityError" }); }
});
"""
OPEN = """async ({thread}) => {
  const { open } = await import("./graphvine.js");
  const heard = await open("blocked", { relay: null, thread }).then(() => null, ({ name, message }) => [name, message]);
  const graph = await open("blocked", { relay: null, thread, storage: ":memory:" });
  await graph.put("alice", { age: 30 });
  return { heard, age: (await graph.get("alice")).properties.age };
}"""


@pytest.mark.parametrize("how", ["setting", "exception"])
def test_a_browser_that_stores_nothing_says_so_and_works_in_memory(
    site_server: StaticServer, browser: Browser, chromium_path: str, tmp_path: Path, how: str
) -> None:
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}} if how == "setting" else {}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked))
    with own_browser(browser, chromium_path, tmp_path) as context:
        thread = "worker"
        if how == "exception":
            context.add_init_script(BLOCKED)  # of pages: a worker has an IDBFactory of its own
            thread = "main"
        page = context.new_page()
        page.goto(site_server.url("blank.html"))
        result = page.evaluate(OPEN, {"thread": thread})
    assert result["heard"][0] == "StorageBlocked"
    assert "refuses to store" in result["heard"][1]
    assert ":memory:" in result["heard"][1]
    assert result["age"] == 30
