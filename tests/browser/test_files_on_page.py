"""Import and export on the graph page: by picker, by drop, with progress, a report and a way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from graphvine.files.formats import FORMATS
from tests.browser.conftest import ROOT, StaticServer
from tests.browser.opened_page import address, has_counts, open_page, property_of
from tests.browser.test_graph_page import DESKTOP, PHONE, with_example

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]
PEOPLE = (
    "CREATE (a:Person {_id: 'ada', name: 'Ada'})-[:KNOWS {since: 1833}]->(:Person {_id: 'charles', name: 'Charles'});\n"
)
DROP = """async ([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const type of ["dragenter", "dragover"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  const isShown = !document.querySelector(".drop-zone").hidden;
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  return [isShown, document.querySelector(".drop-zone").hidden];
}"""


def choose(page: Page, path: Path) -> None:
    """Pick a file through the menu."""
    page.click("#more summary")
    with page.expect_file_chooser() as chooser:
        page.click("#import")
    chooser.value.set_files(path)


def export(page: Page, name: str, into: Path) -> Path:
    """Export in a format; return the file."""
    page.click("#more summary")
    page.click("#export")
    page.check(f".choice input[value={name}]")
    with page.expect_download() as download:
        page.click(".dialog button.primary")
    path = into / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_page_knows_the_formats_of_the_engine() -> None:
    text = (ROOT / "site" / "pages" / "files" / "formats.js").read_text()
    listed = dict(re.findall(r'name: "([a-z-]+)", suffix: "([a-z.]+)"', text))
    assert listed == {name: each.suffix for name, each in FORMATS.items() if "-" not in name}


@pytest.mark.parametrize("name", [name for name in FORMATS if "-" not in name])
def test_what_is_exported_can_be_imported_elsewhere(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot, tmp_path: Path, name: str
) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", f"out-{name}")))
    path = export(page, name, tmp_path)
    assert path.name == f"out-{name}{FORMATS[name].suffix}"
    other = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", f"in-{name}"))
    choose(other, path)
    screenshot(other, "ask")
    other.click(".dialog button.primary")
    if name == "graphvine":  # its signatures hold in the space that it comes from
        expect(other.locator(".dialog")).to_contain_text("belongs to another space")
        other.click(".dialog >> text=Take its")
    expect(other.locator(".dialog [role=status]")).to_contain_text("from a")
    screenshot(other, "report")
    other.click(".dialog >> text=Done")
    has_counts(other, 77, 254)
    assert property_of(other, "Valjean", "group") == 2


def test_an_export_needs_no_mouse(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "keys")))
    page.locator("#more summary").focus()
    page.keyboard.press("Enter")
    page.locator("#export").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".choice input[value=graphvine]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "keys.cypher"
    expect(page.locator("dialog")).to_have_count(0)


def test_a_dropped_file_comes_in_and_can_be_removed_again(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "dropped")))
    assert page.evaluate(DROP, ["people.cypher", PEOPLE]) == [True, True]
    page.click(".dialog button.primary")
    expect(page.locator(".dialog [role=status]")).to_contain_text("2 vertices and 1 edge from a Cypher script")
    has_counts(page, 79, 255)
    page.click("text=Remove it again")
    has_counts(page, 77, 254)
    expect(page.locator(".notice")).to_contain_text("Removed.")


def test_a_file_can_go_into_a_new_space(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "stays")))
    page.evaluate(DROP, ["people.cypher", PEOPLE])
    page.click(".dialog >> text=Into a new space")
    link = page.locator(".dialog a.primary")
    expect(link).to_contain_text("Open “")
    has_counts(page, 77, 254)
    with page.context.expect_page() as opened:
        link.click()
    has_counts(opened.value, 2, 1)


def test_a_broken_file_is_explained_and_loses_nothing(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "broken")))
    page.evaluate(DROP, ["people.cypher", PEOPLE + "CREATE (:Wrong {x: ;\n"])
    page.click(".dialog button.primary")
    expect(page.locator(".dialog [role=alert]")).to_contain_text("line 2")
    page.click(".dialog >> text=Close")
    page.evaluate(DROP, ["mystery.bin", "\u0000\u0001nothing"])
    page.click(".dialog button.primary")
    expect(page.locator(".dialog [role=alert]")).to_contain_text("What kind of file is this?")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert property_of(page, "Valjean", "group") == 2


def test_a_long_import_shows_progress_and_can_be_stopped(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "long"))
    lines = "".join(f"CREATE (:N {{_id: 'n{number}', x: {number}}});\n" for number in range(30_000))
    page.evaluate(DROP, ["many.cypher", lines])
    page.click(".dialog button.primary")
    expect(page.locator(".transfer .hint")).to_contain_text(re.compile(r"\d % · [\d,]+ vert"))
    screenshot(page, "progress")
    page.click(".transfer >> text=Stop")
    expect(page.locator(".dialog")).to_contain_text("Stopped.")
    page.click(".dialog >> text=Remove it again")
    has_counts(page, 0, 0)


def test_a_phone_can_import_and_export(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot, tmp_path: Path
) -> None:
    page = open_page(
        make_context(**PHONE, color_scheme="dark"), address(site_server.url(), "index.html", "files-phone")
    )
    with page.expect_file_chooser() as chooser:
        page.locator("#import-first").tap()
    path = tmp_path / "people.cypher"
    path.write_text(PEOPLE)
    chooser.value.set_files(path)
    page.locator(".dialog button.primary").tap()
    page.locator(".dialog >> text=Done").tap()
    page.locator("#more summary").tap()
    page.locator("#export").tap()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, "export")
