"""How Python starts in a tab: both ways, both places, under the site's own policy, with and without a network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import PREFIXES, Complaints, StaticServer

MakeContext = Callable[..., BrowserContext]

# Starts Python on the page itself and runs a line of it. No string is ever compiled: the policy would forbid that.
BOOT = """async ({base, options, code}) => {
  const { bootPython } = await import(base + "boot.js");
  const seen = [];
  const begin = performance.now();
  const python = await bootPython({ ...options, onProgress: (progress) => seen.push(progress) });
  return { value: python.runPython(code), seen, ms: performance.now() - begin };
}"""
CHECK = """
import json, sys
import msgspec
from graphvine import errors
class Point(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    x: int
    y: bytes
points = [Point(i, b"q") for i in range(1000)]
back = msgspec.msgpack.decode(msgspec.msgpack.encode(points), type=list[Point])
try:
    msgspec.json.decode(b'{"x"')
except msgspec.DecodeError as error:
    refused = type(error).__name__
import fractions
lazy = str(fractions.Fraction(1, 3))
json.dumps({"same": back == points, "refused": refused, "lazy": lazy, "version": sys.version_info[:2]})
"""


# Loads a library later, as a page that installs a wheel does: msgspec's once more, which asks for hundreds of addresses.
LATER = """
import importlib.machinery, importlib.util, io, sys, zipfile
path = "/tmp/second.so"
with zipfile.ZipFile(io.BytesIO(bytes(wheel))) as archive:
    [inside] = [name for name in archive.namelist() if name.endswith(".so")]
    open(path, "wb").write(archive.read(inside))
first = sys.modules.pop("msgspec._core")
loader = importlib.machinery.ExtensionFileLoader("msgspec._core", path)
second = importlib.util.module_from_spec(importlib.util.spec_from_file_location("msgspec._core", path, loader=loader))
loader.exec_module(second)
value = {"list": [1, 2.5, None, "é"], "bytes": b"q", "int": 2**63}
sys.modules["msgspec._core"] = first
second is not first and second.msgpack_decode(second.msgpack_encode(value)) == value
"""
LOAD_LATER = """async ({base, options, wheel, code}) => {
  const { bootPython } = await import(base + "boot.js");
  const python = await bootPython(options);
  python.globals.set("wheel", new Uint8Array(await (await fetch(base + wheel)).arrayBuffer()));
  return python.runPython(code);
}"""
# Which function CPython calls its C functions by. 0 is the slow way, by JavaScript.
TRAMPOLINE = """async ({base, options}) => {
  const { bootPython } = await import(base + "boot.js");
  const { _module: { HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET } } = await bootPython(options);
  return HEAP32[(__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >>> 2]) >>> 2];
}"""


def boot(page: Page, base: str, code: str = CHECK, **options: Any) -> dict[str, Any]:
    """Start Python on `page`; return what `code` gave, the progress, and the milliseconds."""
    result: dict[str, Any] = page.evaluate(BOOT, {"base": base, "options": options, "code": code})
    return result


def blank(context: BrowserContext, base: str) -> Page:
    """A page of the site that runs nothing by itself, with the policy of the real ones."""
    page = context.new_page()
    page.goto(base + "blank.html")
    return page


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("how", ["snapshot", "plain"])
def test_python_starts_on_the_page(site_server: StaticServer, make_context: MakeContext, prefix: str, how: str) -> None:
    base = site_server.url(prefix=prefix)
    result = boot(blank(make_context(), base), base, snapshot=how == "snapshot")
    assert json.loads(result["value"]) == {"same": True, "refused": "DecodeError", "lazy": "1/3", "version": [3, 14]}
    assert {progress["how"] for progress in result["seen"]} == {how}
    fractions = [progress["fraction"] for progress in result["seen"] if progress["phase"] == "download"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert result["seen"][-1]["phase"] == "ready"


@pytest.mark.parametrize("how", ["snapshot", "plain"])
def test_a_library_can_be_loaded_later(
    site_server: StaticServer, site_folder: Path, make_context: MakeContext, how: str
) -> None:
    [wheel] = [path.name for path in (site_folder / "pyodide").glob("msgspec-*.whl")]
    base = site_server.url()
    given = {"base": base, "options": {"snapshot": how == "snapshot"}, "wheel": f"pyodide/{wheel}", "code": LATER}
    assert blank(make_context(), base).evaluate(LOAD_LATER, given) is True


@pytest.mark.parametrize("how", ["snapshot", "plain"])
def test_python_calls_c_without_a_detour(site_server: StaticServer, make_context: MakeContext, how: str) -> None:
    base = site_server.url()
    page = blank(make_context(), base)
    assert page.evaluate(TRAMPOLINE, {"base": base, "options": {"snapshot": how == "snapshot"}}) > 0


def test_a_broken_snapshot_falls_back_to_the_plain_start(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    complaints.allow("quick start did not work")
    context = make_context()
    context.route("**/snapshot-*", lambda route: route.fulfill(status=200, body=b"\x1f\x8b not a snapshot"))
    base = site_server.url()
    result = boot(blank(context, base), base)
    assert json.loads(result["value"])["same"]
    assert result["seen"][-1] == {"phase": "ready", "fraction": 1, "how": "plain"}


def test_a_missing_snapshot_falls_back_to_the_plain_start(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    complaints.allow("quick start did not work|404")
    context = make_context()
    context.route("**/snapshot-*", lambda route: route.fulfill(status=404))
    base = site_server.url()
    assert boot(blank(context, base), base)["seen"][-1]["how"] == "plain"


def test_two_tabs_from_one_snapshot_roll_different_dice(site_server: StaticServer, make_context: MakeContext) -> None:
    base = site_server.url()
    code = "import random, secrets; f'{random.random()} {secrets.token_hex(8)}'"
    drawn = [boot(blank(make_context(), base), base, code)["value"].split() for _ in range(2)]
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_a_policy_without_wasm_is_named_at_once(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    complaints.allow("Content.Security.Policy")
    context = make_context()
    base = site_server.url()

    def strip(route: Any) -> None:
        body = route.fetch().text().replace("'wasm-unsafe-eval'", "")
        route.fulfill(body=body, content_type="text/html")

    context.route("**/blank.html", strip)
    page = blank(context, base)
    report = """async (base) => {
      const { bootPython } = await import(base + "boot.js");
      return bootPython().then(() => null, (error) => [error.name, error.lacks, error.message]);
    }"""
    name, lacks, message = page.evaluate(report, base)
    assert (name, lacks) == ("BrowserLacksError", "wasm-unsafe-eval")
    assert "script-src" in message


def test_a_start_that_hangs_is_given_up(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    context = make_context()
    context.route("**/pyodide.asm.mjs", lambda route: None)  # never answered
    base = site_server.url()
    report = """async (base) => {
      const { bootPython } = await import(base + "boot.js");
      return bootPython({ silenceMs: 1500, snapshot: false }).then(() => null, (error) => error.message);
    }"""
    assert "did not start" in blank(context, base).evaluate(report, base)


def test_what_the_browser_lacks_is_listed(site_server: StaticServer, make_context: MakeContext) -> None:
    base = site_server.url()
    report = """async (base) => {
      const { missingFeatures } = await import(base + "boot.js");
      const poor = { isSecureContext: false, document: {} };
      const here = missingFeatures().map((lack) => lack.lacks);
      return [here, missingFeatures(poor).map((lack) => [lack.lacks, lack.fatal])];
    }"""
    here, poor = blank(make_context(), base).evaluate(report, base)
    assert here == []
    assert poor == [["IndexedDB", False], ["secure context", True], ["RTCPeerConnection", False], ["Worker", False]]


KEEP = """async (base) => {
  await navigator.serviceWorker.register(base + "service-worker.js");
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 20));
}"""


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_second_visit_needs_no_network(own_server: StaticServer, make_context: MakeContext, prefix: str) -> None:
    base = own_server.url(prefix=prefix)
    context = make_context()
    page = blank(context, base)
    page.evaluate(KEEP, base)
    page.close()
    own_server.stop()
    for _ in range(2):
        page = blank(context, base)
        result = boot(page, base)
        assert json.loads(result["value"])["same"]
        assert result["seen"][-1]["how"] == "snapshot"
        page.close()


def test_a_new_version_replaces_the_old_one(site_folder: Path, make_context: MakeContext, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)
    server = StaticServer(folder)
    try:
        context = make_context()
        base = server.url()
        blank(context, base).evaluate(KEEP, base)
        names = "caches.keys()"
        (first,) = context.pages[0].evaluate(names)
        script = folder / "service-worker.js"
        version = first.split()[-1]
        script.write_text(script.read_text().replace(version, "f" * 12))
        page = blank(context, base)
        page.evaluate("navigator.serviceWorker.getRegistration().then((it) => it.update())")
        wait = """async () => {
          for (;;) {
            const names = await caches.keys();
            if (names.length === 1 && names[0].endsWith("ffffffffffff")) return names;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }"""
        assert page.evaluate(wait) == [first.replace(version, "f" * 12)]
    finally:
        server.stop()


@pytest.mark.parametrize("page_name", ["", "play.html"])
def test_a_real_page_opens_again_without_its_server(
    own_server: StaticServer, make_context: MakeContext, complaints: Complaints, page_name: str
) -> None:
    complaints.allow("ERR_CONNECTION_REFUSED")
    context = make_context()
    url = own_server.url(page_name) + "?space=offline-shelf"
    page = context.new_page()
    page.goto(url)
    write = "(await graph.put('alice', {'age': 30})) or (await graph.get('alice'))['age']"
    assert page.evaluate("async (code) => { await graphvine.ready; return graphvine.run(code); }", write) == 30
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.close()
    own_server.stop()
    page = context.new_page()
    page.goto(url)
    read = "(await graph.get('alice'))['age']"
    assert page.evaluate("async (code) => { await graphvine.ready; return graphvine.run(code); }", read) == 30
