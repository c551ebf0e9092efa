"""GUN beside us, as its own documentation sets it up: IndexedDB through Radisk in the page, its relay in Node."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCRIPTS = ("gun.js", "lib/radix.js", "lib/radisk.js", "lib/store.js", "lib/rindexed.js")

RELAY = """
const http = require("http"), Gun = require("gun");
const server = http.createServer((request, answer) => answer.end("ok")).listen(+process.env.PORT, "127.0.0.1");
Gun({ web: server, file: process.env.DATA, multicast: false, axe: false });
"""

PAGE = "<!doctype html><meta charset=utf-8><title>GUN</title>" + "".join(
    f'<script src="{name}"></script>' for name in SCRIPTS
)

OPEN = """(relay) => {
  const peers = relay ? [relay] : [];
  globalThis.gun = Gun({ peers, localStorage: false, radisk: true, axe: false, multicast: false, file: "bench" });
}"""

# Milliseconds after which a row stops waiting for GUN; the time it took is then at least this.
PATIENCE_MS = 60_000

WRITE = """([count, patience, name]) => new Promise((resolve) => {
  const start = performance.now();
  setTimeout(() => resolve(patience), patience);
  let acks = 0;
  for (let i = 0; i < count; i++)
    gun.get(name + i).put({ name: "name " + i, age: i % 90, city: "Graz", score: i * 0.5, ok: true }, () => {
      if (++acks === count) resolve(performance.now() - start);
    });
})"""

READ = """([count, patience, name]) => new Promise((resolve) => {
  const start = performance.now();
  setTimeout(() => resolve(patience), patience);
  let got = 0;
  const seen = new Set();
  for (let i = 0; i < count; i++)
    gun.get(name + i).once((data) => {
      if (data && data.city && !seen.has(i) && (seen.add(i), ++got === count)) resolve(performance.now() - start);
    });
})"""

ANSWER = """() => { gun.get("ping").get("n").on((n) => gun.get("pong").put({ n })); }"""

LATENCY = """async (rounds) => {
  const times = [];
  let heard = () => {};
  gun.get("pong").get("n").on((n) => heard(n));
  for (let n = 1; n <= rounds; n++) {
    const start = performance.now();
    await new Promise((resolve) => {
      heard = (value) => value === n && resolve();
      setTimeout(resolve, 2000);
      gun.get("ping").put({ n });
    });
    times.push((performance.now() - start) / 2);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times;
}"""


def modules() -> Path:
    """Install what package.json names, once for each lock, and return its node_modules."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = ROOT / "build" / "bench" / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, folder / name)
        sys.path.insert(0, str(ROOT / "site" / "build"))
        from toolchain import npm

        npm("ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
        (folder / "done").touch()
    return folder / "node_modules"


class GunPages:
    """A static server with GUN's page, and GUN's relay in Node."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gun-bench-"))
        gun = modules() / "gun"
        for name in SCRIPTS:
            (self._folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(gun / name, self._folder / name)
        (self._folder / "index.html").write_text(PAGE)
        self._server = _serve(self._folder)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        port = _free_port()
        environment = os.environ | {"PORT": str(port), "DATA": str(self._folder / "data"), "NODE_PATH": str(modules())}
        sys.path.insert(0, str(ROOT / "site" / "build"))
        from toolchain import node

        script = self._folder / "relay.cjs"
        script.write_text(RELAY)
        self._relay = subprocess.Popen(
            [node(), str(script)],
            env=environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.relay = f"http://127.0.0.1:{port}/gun"
        _until_answers(port)

    def open(self, context: BrowserContext, *, relay: bool) -> Page:
        """A page with `gun` on it."""
        page = context.new_page()
        page.goto(self.url)
        page.evaluate(OPEN, self.relay if relay else None)
        return page

    def stop(self) -> None:
        """End both servers."""
        self._relay.kill()
        self._relay.wait()
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _serve(folder: Path) -> http.server.ThreadingHTTPServer:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _until_answers(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("GUN's relay did not start")
