"""The real thing: the built site on a plain static server, a real relay process, separate contexts of one Chromium."""

from __future__ import annotations

import functools
import http.server
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.laboratory import place_laboratory

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
PATIENCE_MS = 60_000
"""How long whatever waits for a page waits: neighbours may be busy. Playwright's own `expect` gives up after 5 seconds."""
expect.set_options(timeout=PATIENCE_MS)
PREFIXES = ("/", "/deep/er/")
"""Paths under which the same built folder is served."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the output belongs to the tests."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a page that went away while it was being served; anything else is shown."""
        if not isinstance(sys.exception(), (ConnectionResetError, BrokenPipeError)):
            super().handle_error(request, client_address)


class StaticServer:
    """Python's own static file server: no headers and no rules of ours. `stop` takes it off the network."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = _Server(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def url(self, path: str = "", prefix: str = "/") -> str:
        """Address of `path` of the site under one of PREFIXES."""
        return f"{self.origin}{prefix}{path}"

    def stop(self) -> None:
        """Close the port. Safe to call twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="session")
def served_folder(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that shows the built site at its top and again at /deep/er/."""
    top = tmp_path_factory.mktemp("served")
    for path in site_folder.iterdir():
        (top / path.name).symlink_to(path)
    (top / "deep").mkdir()
    (top / "deep" / "er").symlink_to(site_folder)
    return top


@pytest.fixture(scope="session")
def site_server(served_folder: Path) -> Iterator[StaticServer]:
    """The built site, served once for all tests."""
    server = StaticServer(served_folder)
    yield server
    server.stop()


@pytest.fixture
def own_server(served_folder: Path) -> Iterator[StaticServer]:
    """The built site on a server of its own, which the test may stop."""
    server = StaticServer(served_folder)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def lab_url(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The built site with the laboratory's page (tests.browser.laboratory.Bench) beside it."""
    folder = tmp_path_factory.mktemp("laboratory")
    place_laboratory(folder, site_folder)
    server = StaticServer(folder)
    yield server.url()
    server.stop()


class RelayProcess:
    """A relay in a process of its own. url: the WebSocket address that peers take. pid: to stop and continue it."""

    def __init__(self, *arguments: str) -> None:
        start = "import sys; from graphvine_relay.server import main; sys.exit(main(sys.argv[1:]))"
        path = os.pathsep.join([str(ROOT / "pypkg"), str(ROOT / "relay")])
        self._process = subprocess.Popen(
            [sys.executable, "-c", start, "--port", "0", *arguments],
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"ws://\S+", line)
        assert found, f"the relay said: {line!r}"
        self.url = found.group()
        self.http_url = self.url.replace("ws://", "http://")
        self.pid = self._process.pid

    def stop(self, how: signal.Signals = signal.SIGKILL) -> int:
        """End it, at once or (SIGTERM) after its drain; return its exit status. Safe to call twice."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        status = self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


@pytest.fixture
def make_relay() -> Iterator[Callable[..., RelayProcess]]:
    """Start relays (with command-line arguments); all are gone when the test ends."""
    started: list[RelayProcess] = []

    def make(*arguments: str) -> RelayProcess:
        started.append(RelayProcess(*arguments))
        return started[-1]

    yield make
    for relay in started:
        relay.stop()


@pytest.fixture
def relay(make_relay: Callable[..., RelayProcess]) -> RelayProcess:
    """One relay on a free port of this machine."""
    return make_relay()


class Complaints:
    """Everything that pages complained about. A test that expects some calls `allow(pattern)`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        # Pyodide probes for eval once at its start, and the page's policy rightly says no.
        self._allowed = [r"Content.Security.Policy.*unsafe-eval|unsafe-eval.*Content.Security.Policy"]
        self.allow(r"GPU stall|WebGL|swiftshader")
        self.allow("Service Worker registration blocked by Playwright")

    def allow(self, pattern: str) -> None:
        """Complaints that match this regular expression are part of the test."""
        self._allowed.append(pattern)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of `context`, now and later."""
        context.on("weberror", lambda event: self.seen.append(f"error: {event.error}"))
        context.on("console", self._on_console)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def left(self) -> list[str]:
        """Those that nobody allowed."""
        return [text for text in self.seen if not any(re.search(pattern, text) for pattern in self._allowed)]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test when a page reported an error or a warning that the test did not allow."""
    found = Complaints()
    yield found
    assert found.left() == []


@pytest.fixture
def make_context(browser: Browser, complaints: Complaints) -> Iterator[Callable[..., BrowserContext]]:
    """Make contexts: browsers of different people, with nothing in common. Arguments are those of `new_context`."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        complaints.watch(context)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """`screenshot(page, name)` puts a picture into build/screenshots."""

    def take(page: Page, name: str = "", **options: Any) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        test = re.sub(r"\W+", "-", request.node.name).strip("-")
        path = SCREENSHOTS / f"{test}{'-' + name if name else ''}.png"
        page.screenshot(path=path, **options)
        return path

    return take
