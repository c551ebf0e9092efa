"""pytest-pyodide on our own Chromium, with a Pyodide folder that needs no network: only the wheels that tests use."""

from __future__ import annotations

import fcntl
import functools
import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_pyodide.server import DefaultHandler

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]


sys.path.insert(0, str(ROOT / "site" / "build"))
from toolchain import CACHE, SITE  # type: ignore[import-not-found, unused-ignore]  # noqa: E402
from vendor import lock_file, pyodide_wheels, runtime_wheels  # type: ignore[import-not-found, unused-ignore]  # noqa: E402


@pytest.fixture(scope="session")
def wheels(site_folder: Path) -> list[Path]:
    """Wheels of others, built for Pyodide: those that the site serves, and what runs the tests."""
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other processes want them too
        return [*runtime_wheels(), *pyodide_wheels(SITE / "build" / "vendor-tests.txt", CACHE / "wheels-tests")]


@pytest.fixture(scope="session")
def pyodide_folder(site_folder: Path, wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pyodide and all wheels, ours among them."""
    modules = SITE / "node_modules" / "pyodide"
    folder = tmp_path_factory.mktemp("pyodide") / "files"
    shutil.copytree(site_folder / "pyodide", folder)
    for path in (modules / "pyodide.js", *wheels):
        shutil.copyfile(path, folder / path.name)
    (folder / "pyodide-lock.json").write_text(lock_file(sorted(folder.glob("*.whl")), modules / "pyodide-lock.json"))
    return folder


class _Handler(DefaultHandler):  # type: ignore[misc]
    def log_message(self, *args: Any) -> None:
        """Say nothing: the output belongs to the tests."""


@pytest.fixture(scope="session")
def web_server_main(pyodide_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int, Path]]:
    """pytest-pyodide's server, on loopback only and with many threads."""
    handler = functools.partial(_Handler, directory=str(pyodide_folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield "127.0.0.1", server.server_port, tmp_path_factory.mktemp("pyodide") / "server.log"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def playwright_browsers(browser: Browser) -> dict[str, Browser]:
    """The run's one Chromium."""
    return {"chrome": browser}
