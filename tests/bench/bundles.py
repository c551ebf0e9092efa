"""The other systems' packages, each bundled with what we ask of it, and served to a page."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.bench.gun_peer import modules
from tests.browser.conftest import StaticServer

HERE = Path(__file__).resolve().parent
SHIM = "node-in-a-page.js"


@contextmanager
def page_with(browser: Browser, engine: str) -> Iterator[Page]:
    """A page of its own browser with ``engines/<engine>.js`` on it."""
    installed = modules()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=installed.parent))
    shutil.copytree(HERE / "engines", folder, dirs_exist_ok=True)
    command = [
        str(installed / ".bin" / "esbuild"), str(folder / f"{engine}.js"), "--bundle", "--format=esm",
        "--outfile=" + str(folder / "out" / "bundle.js"), "--platform=browser", "--log-level=error",
        f"--inject:{folder / SHIM}", "--define:global=globalThis", "--alias:stream=readable-stream",
        f"--alias:process={folder / SHIM}",
    ]  # fmt: skip
    subprocess.run(command, check=True, cwd=folder)
    page_text = (
        "<!doctype html><meta charset=utf-8><link rel=icon href=data:,><script type=module src=bundle.js></script>"
    )
    (folder / "out" / "index.html").write_text(page_text)
    server = StaticServer(folder / "out")
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(300_000)
        page.goto(server.url())
        page.wait_for_function("globalThis.work !== undefined")
        yield page
    finally:
        context.close()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
