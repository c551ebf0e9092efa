"""IndexedDB and Web Locks in Chromium: the checks, a full disk, a killed browser, other tabs, a blocked page."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import PATIENCE_MS
from tests.browser.laboratory import RUN_CHECKS, THREADS, Bench
from tests.conftest import CHROMIUM_FLAGS

MakeContext = Callable[..., BrowserContext]

STORAGE_CHECKS = (
    """
from graphvine.platform.browser.indexeddb import IndexedDbStorage
from graphvine.testing.storage_checks import CHECKS
def arguments(check):
    return [lambda: IndexedDbStorage.open(check.__name__)]
"""
    + RUN_CHECKS
)
LOCKS_CHECKS = (
    """
from graphvine.platform.browser.locks import WebLocks
from graphvine.testing.locks_checks import CHECKS
def arguments(check):
    return [WebLocks()]
"""
    + RUN_CHECKS
)
OPEN = """
import asyncio, builtins, json, time
from graphvine.errors import StorageBlocked, StorageError, StorageFull
from graphvine.platform.browser.indexeddb import IndexedDbStorage
async def error_of(work):
    try:
        await work
    except StorageError as error:
        return [type(error).__name__, str(error)]
    return None
"""
OPEN_IT = OPEN + "builtins.storage = await IndexedDbStorage.open('lab')\n'null'"


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("checks", [STORAGE_CHECKS, LOCKS_CHECKS], ids=["storage", "locks"])
def test_the_checks_of_the_port(lab_url: str, make_context: MakeContext, thread: str, checks: str) -> None:
    result = Bench(make_context(), lab_url, thread).run(checks)
    assert result["failed"] == {}
    assert result["count"] >= 4
    assert result["proxies"] == 0


# Random bytes: what is all zeros shrinks to nothing on this disk.
FILL = """
import os
kept = 0
while True:
    failure = await error_of(storage.write([(b"p/%03d" % kept, os.urandom(60_000)), (b"twin/%03d" % kept, b"")]))
    if failure:
        break
    kept += 1
pages, twins = len(await storage.scan(b"p/")), len(await storage.scan(b"twin/"))
json.dumps({"failure": failure, "kept": kept, "pages": pages, "twins": twins})
"""
MAKE_ROOM = """
await storage.write([(b"p/%03d" % number, None) for number in range(20)])
json.dumps(await error_of(storage.write([(b"again", os.urandom(60_000))])))
"""


def test_a_full_disk_is_storage_full_and_loses_nothing(lab_url: str, make_context: MakeContext) -> None:
    bench = Bench(make_context(), lab_url, "worker")
    bench.run(OPEN_IT)
    session = bench.page.context.new_cdp_session(bench.page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": lab_url.rstrip("/"), "quotaSize": 2_000_000})
    result = bench.run(FILL)
    assert result["failure"][0] == "StorageFull"
    assert "room" in result["failure"][1]
    assert result["kept"] > 10
    assert result["pages"] == result["twins"] == result["kept"]
    assert bench.run(MAKE_ROOM) is None, "deleting makes room"


@contextmanager
def own_browser(browser: Browser, chromium_path: str, profile: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk, which may be killed."""
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=chromium_path, chromium_sandbox=False, args=CHROMIUM_FLAGS
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        with suppress(PlaywrightError):  # it may be dead, and Playwright may or may not have noticed
            context.close()


def kill(profile: Path) -> None:
    """SIGKILL to the browser that has this profile, and no other."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if f"--user-data-dir={profile}".encode() in words and not any(word.startswith(b"--type=") for word in words):
            os.kill(int(path.parent.name), signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the browser's process in /proc")
@pytest.mark.parametrize(
    "write", ["[(b'k', b'v')]", "[(b'p/%d' % n, bytes(100_000)) for n in range(40)] + [(b'k', b'v')]"]
)
def test_an_awaited_write_survives_kill_9_right_after(
    browser: Browser, chromium_path: str, lab_url: str, tmp_path: Path, write: str
) -> None:
    for number in range(2):
        with own_browser(browser, chromium_path, tmp_path) as context:
            bench = Bench(context, lab_url, "worker")
            bench.run(OPEN_IT)
            bench.run(f"await storage.write([(b'round', b'{number}'), *{write}])\n'null'")
            kill(tmp_path)
        with own_browser(browser, chromium_path, tmp_path) as context:
            bench = Bench(context, lab_url, "worker")
            bench.run(OPEN_IT)
            found = bench.run(
                "json.dumps([len(await storage.scan(b'p/')), (await storage.read(b'round')).decode(), (await storage.read(b'k')).decode()])"
            )
            assert found == [40 if "p/" in write else 0, str(number), "v"]


def test_two_tabs_write_at_once(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    benches = [Bench(context, lab_url, thread) for thread in THREADS]
    for bench in benches:
        bench.run(OPEN_IT)
    start = """([thread, code]) => { globalThis.writing = lab(thread, code); }"""
    for bench in benches:
        code = f"for n in range(150):\n    await storage.write([(b'{bench.thread}/%d' % n, b'x')])\n'null'"
        bench.page.evaluate(start, [bench.thread, code])
    for bench in benches:
        bench.page.evaluate("async () => await globalThis.writing")
    counts = "json.dumps([len(await storage.scan(b'main/')), len(await storage.scan(b'worker/'))])"
    assert [bench.run(counts) for bench in benches] == [[150, 150], [150, 150]]


LONG_WORK = """
gaps, last, over = [0.0], time.monotonic(), False
async def watch():
    global last
    while not over:
        await asyncio.sleep(0)
        now = time.monotonic()
        gaps.append(now - last)
        last = now
watching = asyncio.ensure_future(watch())
await asyncio.sleep(0.05)
gaps.clear()
begin = time.monotonic()
{work}
took = time.monotonic() - begin
over = True
await watching
json.dumps([took, max(gaps), len(gaps)])
"""


@pytest.mark.parametrize(
    "work",
    [
        "await storage.write([(b's/%06d' % n, bytes(200)) for n in range(20_000)])",
        "assert len(await storage.scan(b's/')) == 20_000",
    ],
    ids=["write", "scan"],
)
def test_large_work_is_done_in_slices(lab_url: str, make_context: MakeContext, work: str) -> None:
    bench = Bench(make_context(), lab_url, "worker")
    bench.run(OPEN_IT)
    bench.run("await storage.write([(b's/%06d' % n, bytes(200)) for n in range(20_000)])\n'null'")
    seen = []
    for _ in range(4):  # on a busy machine a turn may be long because it has to wait: one quiet run is proof
        took, longest, turns = bench.run(LONG_WORK.format(work=work))
        print(f"\n{took * 1000:.0f} ms in {turns} turns, the longest {longest * 1000:.0f} ms")
        assert turns > 5
        seen.append(longest / max(took / 3, 0.05))
        if seen[-1] < 1:
            break
    assert min(seen) < 1, seen


def test_another_tab_may_delete_the_storage(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    bench, other = Bench(context, lab_url, "worker"), Bench(context, lab_url, "main")
    bench.run(OPEN_IT)
    bench.run("await storage.write([(b'k', b'v')])\n'null'")
    delete = "() => new Promise((done) => { const r = indexedDB.deleteDatabase('graphvine/lab'); r.onsuccess = () => done('gone'); r.onblocked = () => done('blocked'); })"
    assert other.page.evaluate(delete) == "gone"
    name, text = bench.run("json.dumps(await error_of(storage.write([(b'k', b'w')])))")
    assert name == "StorageError"
    assert "Another tab" in text
    assert "Reload" in text


@pytest.mark.parametrize("thread", THREADS)
def test_what_another_script_stored_in_place_of_bytes_is_damage(
    lab_url: str, make_context: MakeContext, thread: str
) -> None:
    """Such values reach the reader as no bytes at all, which it counts as damaged; the others are read."""
    bench = Bench(make_context(), lab_url, thread)
    bench.run(OPEN_IT)
    bench.run("await storage.write([(b'good', b'1'), *((bytes([n]), b'2') for n in range(7))])\n'null'")
    spoil = """() => new Promise((done) => { const r = indexedDB.open('graphvine/lab'); r.onsuccess = () => {
      const transaction = r.result.transaction([...r.result.objectStoreNames], "readwrite");
      const store = transaction.objectStore(r.result.objectStoreNames[0]);
      const values = ["text", 1e9, null, { a: 1 }, [1], new Date(), true];
      values.forEach((value, place) => store.put(value, new Uint8Array([place])));
      transaction.oncomplete = () => { r.result.close(); done(); }; }; })"""
    bench.page.evaluate(spoil)
    read = "json.dumps([[(await storage.read(bytes([n]))) in (None, b'') for n in range(7)], [value.decode() for _, value in await storage.scan(b'')]])"
    assert bench.run(read) == [[True] * 7, [""] * 7 + ["1"]]


def test_an_upgrade_held_up_by_another_tab_says_so(lab_url: str, make_context: MakeContext) -> None:
    context = make_context()
    bench, other = Bench(context, lab_url, "worker"), Bench(context, lab_url, "main")
    bench.run(OPEN_IT)
    bench.run("await storage.close()\n'null'")
    hold = "() => new Promise((done) => { const r = indexedDB.open('graphvine/lab'); r.onsuccess = () => { globalThis.held = r.result; done(); }; })"
    other.page.evaluate(hold)
    name, text = bench.run("json.dumps(await error_of(IndexedDbStorage.open('lab', version=2)))")
    assert name == "StorageError"
    assert "Close the other tabs" in text
    other.page.evaluate("() => held.close()")
    assert bench.run("builtins.storage = await IndexedDbStorage.open('lab', version=2)\n'null'") is None
    name, text = other.run(OPEN + "json.dumps(await error_of(IndexedDbStorage.open('lab')))")
    assert name == "StorageError"
    assert "newer version" in text


def test_storage_that_the_browser_closed_is_opened_again(lab_url: str, make_context: MakeContext) -> None:
    bench = Bench(make_context(), lab_url, "worker")
    bench.run(OPEN_IT)
    bench.run("await storage.write([(b'before', b'1')])\n'null'")
    session = bench.page.context.new_cdp_session(bench.page)
    session.send("Storage.clearDataForOrigin", {"origin": lab_url.rstrip("/"), "storageTypes": "indexeddb"})
    time.sleep(0.2)
    assert bench.run("json.dumps(await error_of(storage.write([(b'after', b'2')])))") is None
    assert bench.run("json.dumps([key.decode() for key, _ in await storage.scan(b'')])") == ["after"]


@pytest.mark.parametrize("thread", THREADS)
def test_a_page_that_may_not_store_says_so(
    browser: Browser, chromium_path: str, lab_url: str, tmp_path: Path, thread: str
) -> None:
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked))
    with own_browser(browser, chromium_path, tmp_path) as context:
        bench = Bench(context, lab_url, thread)
        failure: Any = bench.run(OPEN + "json.dumps(await error_of(IndexedDbStorage.open('lab')))")
        assert failure[0] == "StorageBlocked"
        assert ":memory:" in failure[1]


def test_the_browser_is_asked_about_room(lab_url: str, make_context: MakeContext) -> None:
    for thread in THREADS:
        bench = Bench(make_context(), lab_url, thread)
        bench.run(OPEN_IT)
        usage = bench.run("await storage.write([(b'k', bytes(500_000))])\njson.dumps(await storage.usage())")
        assert usage[0] > 0
        assert usage[1] > usage[0]
        assert usage[2] is False


LOCK = """
import builtins, json
from graphvine.platform.browser.locks import WebLocks
lease = builtins.lease = await WebLocks().acquire("x", wait={wait})
json.dumps(lease is not None)
"""


@pytest.mark.parametrize("thread", THREADS)
def test_a_lock_is_freed_when_its_tab_goes(lab_url: str, make_context: MakeContext, thread: str) -> None:
    context = make_context()
    holder, other = Bench(context, lab_url, thread), Bench(context, lab_url, thread)
    assert holder.run(LOCK.format(wait=False)) is True
    assert other.run(LOCK.format(wait=False)) is False
    other.page.evaluate("([thread, code]) => { globalThis.got = lab(thread, code); }", [thread, LOCK.format(wait=True)])
    holder.page.close()
    assert other.page.evaluate("async () => await globalThis.got") == "true"
