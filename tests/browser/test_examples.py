"""The examples of site/examples, each run as its reader would run it: served with a relay, in browsers of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import ROOT, RelayProcess, StaticServer
from tests.native.test_static_site import Serving

MakeContext = Callable[..., BrowserContext]


@pytest.fixture
def served(site_folder: Path) -> Iterator[Serving]:
    """The built site and a relay, as `./build.sh serve` starts them."""
    serving = Serving(site_folder)
    yield serving
    serving.stop()


def opened(context: BrowserContext, served: Serving, name: str) -> Page:
    page = context.new_page()
    page.goto(f"{served.url}examples/{name}")
    return page


def relay_of(served: Serving, page: Page) -> str:
    url: str = page.evaluate("async (url) => (await (await fetch(url)).json()).relay", f"{served.url}config.json")
    return url


def test_two_tabs_in_ten_lines_and_a_program(served: Serving, make_context: MakeContext, tmp_path: Path) -> None:
    pages = [opened(make_context(), served, "two-tabs.html") for _ in range(2)]
    for page, name in zip(pages, ("Ada", "Ben"), strict=True):
        expect(page.locator("#guests")).to_be_attached()
        page.fill("#name", name)
        page.press("#name", "Enter")
        expect(page.locator("li", has_text=name)).to_be_visible(timeout=30_000)
    for page in pages:
        expect(page.locator("li")).to_have_text(["Ada", "Ben"])

    pytest.importorskip("aiortc", reason="the program needs WebRTC: pip install graphvine[native]")
    command = [sys.executable, str(ROOT / "site/examples/guests.py"), relay_of(served, pages[0]), "Cem"]
    paths = os.pathsep.join([str(ROOT / "pypkg"), str(ROOT / "relay")])
    environment = os.environ | {"GRAPHVINE_HOME": str(tmp_path), "PYTHONPATH": paths}
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        for page in pages:
            expect(page.locator("li")).to_have_text(["Ada", "Ben", "Cem"])
        assert program.stdout is not None
        assert "['Ada', 'Ben', 'Cem']\n" in iter(program.stdout.readline, "")
    finally:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


def test_presses_of_two_people_are_all_counted(served: Serving, make_context: MakeContext) -> None:
    pages = [opened(make_context(), served, "likes.html") for _ in range(2)]
    for page in pages:
        expect(page.locator("#count")).to_have_text("0")
    for _ in range(5):
        for page in pages:
            page.click("#like")
    for page in pages:
        expect(page.locator("#count")).to_have_text("10")


def test_a_live_query_follows_a_new_friendship(served: Serving, make_context: MakeContext) -> None:
    page = opened(make_context(), served, "friends-of-friends.html")
    expect(page.locator("li")).to_have_text(["Cem"])
    page.click("#meet")
    expect(page.locator("li")).to_have_text(["Dora"])


def test_every_example_is_run_here() -> None:
    text = Path(__file__).read_text()
    for example in (ROOT / "site/examples").iterdir():
        assert example.name in text, example.name


def test_a_page_of_somebody_else_installs_the_wheel_by_micropip(
    served: Serving, site_folder: Path, relay: RelayProcess, make_context: MakeContext, tmp_path: Path
) -> None:
    """Their server has one page and a copy of our `pyodide/`, and nothing else of ours; it talks with a page of our site."""
    (tmp_path / "theirs").mkdir()
    shutil.copytree(site_folder / "pyodide", tmp_path / "pyodide")
    page = (site_folder / "examples" / "python-page.html").read_text()
    (tmp_path / "theirs" / "index.html").write_text(page.replace("../icons/icon.svg", "data:,"))
    elsewhere = StaticServer(tmp_path)
    try:
        guest = make_context().new_page()
        guest.goto(elsewhere.url(f"theirs/index.html?relay={relay.url}"))
        expect(guest.locator("#said")).to_have_text("Python")
        host = make_context().new_page()
        host.goto(f"{served.url}play.html?space=guests&relay={relay.url}")
        host.evaluate('graphvine.run(\'await graph.put("ada", {"name": "Ada"}, labels=["Guest"])\\nNone\')')
        expect(guest.locator("#said")).to_have_text("Ada, Python")
        guest.reload()
        expect(guest.locator("#said")).to_have_text("Ada, Python")
    finally:
        elsewhere.stop()
