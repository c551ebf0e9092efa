"""Every format as people use it: out by the dialog, in by drop, both with progress, both stopped half way and done again."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect

from graphvine.files.formats import FORMATS
from tests.browser.conftest import PATIENCE_MS, Complaints, StaticServer
from tests.browser.opened_page import address, has_counts, open_page, wait_ready
from tests.browser.test_graph_page import DESKTOP

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]

# More than the page draws as a picture: that is not what is looked at here.
SPACE, COUNT = "shelf", 5_250
# In transactions of a few hundred, as a space that has been used for a while.
FILL = """async (count) => {
  for (let start = 0; start < count; start += 250) {
    const numbers = Array.from({ length: 250 }, (_, n) => start + n);
    await graphvine.graph.transaction((tx) => numbers.forEach((n) => tx.put(`v${n}`, { name: `näme ${n}`, n, half: n + 0.5, even: n % 2 === 0 }, { labels: ["Thing", n % 3 ? "Other" : "Third"] })));
    await graphvine.graph.transaction((tx) => numbers.forEach((n) => tx.link(`v${n}`, "NEXT", `v${Math.floor(n / 2)}`, { n })));
  }
}"""
# All that a graph shows, by id: [its own, its properties].
HELD = """async () => {
  const { vertices, edges } = await graphvine.graph.snapshot();
  const sorted = (map) => Object.fromEntries(Object.entries(map).sort());
  return {
    vertices: Object.fromEntries(vertices.map(({ id, labels, properties }) => [id, [[...labels].sort(), sorted(properties)]])),
    edges: Object.fromEntries(edges.map(({ id, type, source, target, properties }) => [id, [[type, source, target], sorted(properties)]])),
  };
}"""
DIGEST = "graphvine.run('str(graph._driver.peer.replica.digest())')"
DROP = """async ([name, data]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
  for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
# Notes what every progress says from now on, and presses its Stop, where that is wanted, as soon as it says so many percent.
WATCH = """(stopAt) => {
  const seen = globalThis.seenProgress = [];
  globalThis.progressWatcher?.disconnect();
  globalThis.progressWatcher = new MutationObserver(() => {
    const root = document.querySelector(".transfer");
    if (!root) return;
    const [, percent] = /^(\\d+) %/.exec(root.querySelector("[role=status]").textContent) ?? [];
    if (percent === undefined) return;
    seen.push([Number(percent), root.querySelector("progress").value]);
    if (stopAt && percent >= stopAt && percent < 95) {
      stopAt = null;
      root.querySelector("button").click();
    }
  });
  globalThis.progressWatcher.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


class Shelf(NamedTuple):
    """The page that everything comes from. held: what its graph shows. digest: of all that its replica holds."""

    page: Page
    held: dict[str, Any]
    digest: str


@pytest.fixture(scope="module")
def shelf(browser: Browser, site_server: StaticServer) -> Iterator[Shelf]:
    """One page with one filled space, for all formats."""
    complaints = Complaints()
    context = browser.new_context(**DESKTOP)
    context.set_default_timeout(PATIENCE_MS)
    complaints.watch(context)
    page = open_page(context, address(site_server.url(), "index.html", SPACE))
    page.evaluate(FILL, COUNT)
    has_counts(page, COUNT, COUNT)
    yield Shelf(page, page.evaluate(HELD), page.evaluate(DIGEST))
    context.close()
    assert complaints.left() == []


def watch(page: Page, stop_at: int | None = None) -> None:
    page.evaluate(WATCH, stop_at)


def rises(page: Page) -> bool:
    """Tell whether people saw it go on: several steps, never back, in figures and as a bar."""
    seen = page.evaluate("seenProgress")
    return len(seen) >= 3 and seen == sorted(seen) and all(abs(bar * 100 - percent) < 1.01 for percent, bar in seen)


def ask_for_export(page: Page, name: str) -> None:
    page.click("#more summary")
    page.click("#export")
    page.check(f".choice input[value={name}]")


def export(page: Page, name: str, into: Path) -> Path:
    """Stop an export on its way: nothing is saved. Then export for good; return the file."""
    saved: list[str] = []

    def on_download(download: Download) -> None:
        saved.append(download.suggested_filename)

    page.on("download", on_download)
    ask_for_export(page, name)
    watch(page, 5)  # an export is quick, and says little
    page.click(".dialog button.primary")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("seenProgress").pop()[0] < 100
    assert saved == []
    ask_for_export(page, name)
    watch(page)
    with page.expect_download() as download:
        page.click(".dialog button.primary")
    expect(page.locator(".notice, .dialog p").first).to_contain_text(f"Saved {COUNT:,} vertices and {COUNT:,} edges")
    assert rises(page), page.evaluate("seenProgress")
    page.keyboard.press("Escape")
    page.remove_listener("download", on_download)
    path = into / download.value.suggested_filename
    download.value.save_as(path)
    return path


def drop(page: Page, path: Path, *, as_new: bool, stop_at: int | None = None) -> None:
    """Drop a file anywhere, and say that its contents belong here."""
    watch(page, stop_at)
    page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])
    page.click(".dialog button.primary")
    if as_new:
        page.click(".dialog >> text=Take its contents over")


def expected(shelf: Shelf, name: str) -> dict[str, Any]:
    """What a format carries of the shelf: links of GUN have no properties."""
    edges = shelf.held["edges"]
    return shelf.held | ({"edges": {id: [ends, {}] for id, (ends, _) in edges.items()}} if name == "gun" else {})


@pytest.mark.parametrize(
    ("name", "as_new"), [*((name, False) for name in FORMATS if "-" not in name), ("graphvine", True)]
)
def test_a_file_goes_out_and_comes_in_by_drop_and_both_can_be_stopped(
    shelf: Shelf,
    site_server: StaticServer,
    make_context: MakeContext,
    screenshot: Screenshot,
    tmp_path: Path,
    name: str,
    as_new: bool,
) -> None:
    path = export(shelf.page, name, tmp_path)
    whole = expected(shelf, name)
    # An archive's signatures hold in its own space: there it is restored, elsewhere it is taken over as new.
    space = SPACE if name == "graphvine" and not as_new else "other"
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", space))
    drop(page, path, as_new=as_new, stop_at=35)
    expect(page.locator(".dialog [role=alert]")).to_contain_text("Stopped.")
    screenshot(page, "stopped")
    part = page.evaluate(HELD)
    for kind in ("vertices", "edges"):  # what is in is whole: with all its labels and properties
        assert [id for id, held in part[kind].items() if whole[kind].get(id) != held] == []
    assert len(part["vertices"]) + len(part["edges"]) < 2 * COUNT
    page.click(".dialog >> text=Close")
    page.reload()  # and it is what the disk holds, too; nothing comes after
    wait_ready(page)
    assert page.evaluate(HELD) == part
    drop(page, path, as_new=as_new)
    expect(page.locator(".dialog [role=status]")).to_contain_text("from a")
    assert rises(page), page.evaluate("seenProgress")
    page.click(".dialog >> text=Done")
    assert page.evaluate(HELD) == whole
    has_counts(page, COUNT, COUNT)
    if name == "graphvine" and not as_new:
        assert page.evaluate(DIGEST) == shelf.digest
