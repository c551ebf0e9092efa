"""`./build.sh serve` and `graphvine serve`: one process, one address, a relay that pages find by themselves."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of two files, with a secret next to it."""
    site = tmp_path / "site"
    (site / "pyodide").mkdir(parents=True)
    (site / "index.html").write_text("<h1>hello</h1>")
    (site / "pyodide" / "engine.mjs").write_text("export {}")
    (site / "pyodide" / "engine.wasm").write_bytes(b"\0asm")
    (site / "config.json").write_text('{"relay": null}')
    (tmp_path / "secret.txt").write_text("secret")
    return site


class Serving:
    """The command in a process of its own; `url` is what it printed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        path = os.pathsep.join([str(ROOT / "pypkg"), str(ROOT / "relay")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "graphvine", "serve", "--site", str(folder), "--port", "0", *arguments],
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        self.url = re.findall(r"http://\S+", self.line)[0]

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C; return the exit status. Safe to call twice."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(timeout=60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture
def serving(folder: Path) -> Iterator[Serving]:
    """The folder, served."""
    running = Serving(folder)
    yield running
    running.stop()


def fetch(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers (names in lower case)."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read(), {k.lower(): v for k, v in response.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}


def test_it_prints_one_address_and_serves_there(serving: Serving) -> None:
    assert len(re.findall(r"\w+://", serving.line)) == 1
    assert fetch(serving.url)[:2] == (200, b"<h1>hello</h1>")
    types = {
        name: fetch(serving.url + name)[2]["content-type"] for name in ("pyodide/engine.mjs", "pyodide/engine.wasm")
    }
    assert types == {
        "pyodide/engine.mjs": "text/javascript; charset=utf-8",
        "pyodide/engine.wasm": "application/wasm",
    }


def test_the_page_is_told_of_a_relay_that_answers(serving: Serving) -> None:
    relay = json.loads(fetch(serving.url + "config.json")[1])["relay"]
    assert relay.startswith("ws://127.0.0.1:")
    assert fetch(relay.replace("ws://", "http://") + "healthz")[0] == 200

    async def first_frame() -> str:
        async with aiohttp.ClientSession() as session, session.ws_connect(relay) as socket:
            return str(await socket.receive_str(timeout=60))

    assert json.loads(asyncio.run(first_frame()))


def test_ctrl_c_stops_the_site_and_the_relay(serving: Serving) -> None:
    relay = json.loads(fetch(serving.url + "config.json")[1])["relay"].replace("ws://", "http://")
    assert serving.stop() == 0
    for url in (serving.url, relay):
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(url, timeout=60)


@pytest.mark.parametrize(
    "path", ["../secret.txt", "%2e%2e/secret.txt", "pyodide/../../secret.txt", "nothing.html", "pyodide/"]
)
def test_nothing_outside_the_folder_is_served(serving: Serving, path: str) -> None:
    status, body, _ = fetch(serving.url + path)
    assert status == 404
    assert b"secret" not in body


def test_a_file_that_did_not_change_is_not_sent_again(serving: Serving, folder: Path) -> None:
    tag = fetch(serving.url)[2]["etag"]
    assert fetch(serving.url, If_None_Match=tag)[0] == 304
    (folder / "index.html").write_text("<h1>other</h1>")
    assert fetch(serving.url, If_None_Match=tag)[:2] == (200, b"<h1>other</h1>")


def test_a_prefix(folder: Path) -> None:
    running = Serving(folder, "--prefix", "/a/b")
    try:
        assert running.url.endswith("/a/b/")
        assert fetch(running.url)[0] == 200
        assert json.loads(fetch(running.url + "config.json")[1])["relay"]
    finally:
        running.stop()


def test_a_folder_without_a_site_and_a_taken_port_are_named(
    tmp_path: Path, serving: Serving, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from graphvine.platform.native.static_site import main

    assert main(["--site", str(tmp_path), "--port", "0"]) == 1
    port = serving.url.rstrip("/").rpartition(":")[2]
    capsys.readouterr()
    assert main(["--site", str(folder), "--port", port]) == 1
    said = f"Can't listen on 127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}. Take another port, or --port 0.\n"
    assert capsys.readouterr().out == said


def test_what_is_no_port_is_said_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from graphvine.platform.native.static_site import main

    with pytest.raises(SystemExit):
        main(["--site", str(folder), "--port", "99999"])
    assert "0 to 65535, not 99999" in capsys.readouterr().err


def relay_of(serving: Serving) -> str:
    """The relay that pages of this server are told."""
    with urllib.request.urlopen(serving.url + "config.json") as answer:
        return str(json.load(answer)["relay"])


def test_after_a_restart_the_relay_is_where_it_was(folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    relays = []
    for _ in range(2):
        serving = Serving(folder, "--port", str(port))
        relays.append(relay_of(serving))
        serving.stop()
    assert relays[0] == relays[1]
    taken = int(re.findall(r":(\d+)/", relays[0])[0])
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        serving = Serving(folder, "--port", str(port))
        assert relay_of(serving) != relays[0], "another program has that port: any other will do"
        serving.stop()
