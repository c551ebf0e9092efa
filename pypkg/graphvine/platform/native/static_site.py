"""Serves a built site, and a relay beside it, on one machine: what `./build.sh serve` and `graphvine serve` run."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import msgspec
from aiohttp import web

# Python's own table depends on the machine; a module script with a wrong type does not run at all.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


class StaticSite:
    """The files of one folder under one path prefix. Files are checked at each request, so a rebuild shows at once."""

    def __init__(self, folder: Path, relay: str | None, prefix: str = "/") -> None:
        """Serve `folder`; pages are told the address `relay` (None: they keep what config.json says)."""
        self._folder = folder.resolve()
        self._relay = relay
        self._prefix = "/" + prefix.strip("/") + "/" if prefix.strip("/") else "/"
        self._tags: dict[tuple[Path, int, int], str] = {}

    def app(self) -> web.Application:
        """This site as an application of aiohttp."""
        app = web.Application()
        app.router.add_get(self._prefix + "{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if path == "config.json" and self._relay is not None:
            return web.Response(
                body=msgspec.json.encode({"relay": self._relay}),
                content_type="application/json",
                headers={"Cache-Control": "no-store"},
            )
        file = (self._folder / (path or "index.html")).resolve()
        if file.is_dir():
            file = file / "index.html"
        if not file.is_file() or not file.is_relative_to(self._folder):
            return web.Response(status=404, text="There is no such page here.\n")
        tag = self._tag(file)
        headers = {"Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = CONTENT_TYPES.get(file.suffix, "application/octet-stream")
        return web.Response(body=file.read_bytes(), headers=headers)

    def _tag(self, file: Path) -> str:
        stat = file.stat()
        key = (file, stat.st_mtime_ns, stat.st_size)
        if key not in self._tags:
            self._tags[key] = f'"{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}"'
        return self._tags[key]


# How far the relay's port is from the site's: 8765, a relay's usual one, goes with 8000.
RELAY_DISTANCE = 765


async def _listen_beside(relay: web.AppRunner, host: str, port: int) -> None:
    """Have the relay listen at a port that follows from the site's: open pages and links that were sent around name its
    address, and must find it there after a restart. Where that port is taken, or the site's is any, take any.
    """
    beside = port + RELAY_DISTANCE if port + RELAY_DISTANCE <= 65_535 else port - RELAY_DISTANCE
    if port:
        try:
            return await web.TCPSite(relay, host, beside).start()
        except OSError:
            pass
    await web.TCPSite(relay, host, 0).start()


async def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 8000, prefix: str = "/") -> None:
    """Serve the site of `folder` on `port` (0: any free one) and a relay beside it, until SIGINT or SIGTERM.

    Prints one line with one address, once both are listening.
    """
    from graphvine_relay.config import Config
    from graphvine_relay.server import create_app

    relay = web.AppRunner(create_app(Config(host=host, port=0)), access_log=None, shutdown_timeout=1)
    await relay.setup()
    await _listen_beside(relay, host, port)
    name = f"[{host}]" if ":" in host else host
    site = StaticSite(folder, f"ws://{name}:{relay.addresses[0][1]}/", prefix)
    pages = web.AppRunner(site.app(), access_log=None, shutdown_timeout=1)
    await pages.setup()
    try:
        await web.TCPSite(pages, host, port).start()
        stopped = asyncio.Event()
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers: Ctrl-C cancels there
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        path = prefix.strip("/")
        print(f"Graphvine is at http://{name}:{pages.addresses[0][1]}/{path + '/' if path else ''}", flush=True)
        await stopped.wait()
    finally:
        await pages.cleanup()
        await relay.cleanup()


def _reason(error: OSError) -> str:
    """Why, in the system's few words: asyncio's own repeat the address."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve from a command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="graphvine serve", description="Serve the built site and a relay beside it.")
    parser.add_argument("--site", type=Path, default=Path("build/site"), help="the built site (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port of the site; 0 is any free one (%(default)s)")
    parser.add_argument("--prefix", default="/", help="path under which the site appears (%(default)s)")
    asked = parser.parse_args(arguments)
    if not 0 <= asked.port <= 65_535:
        parser.error(f"a port is a number from 0 to 65535, not {asked.port}")
    if not (asked.site / "index.html").is_file():
        print(f"There is no built site in {asked.site}. Run ./build.sh site first, or name another folder with --site.")
        return 1
    try:
        asyncio.run(serve(asked.site, host=asked.host, port=asked.port, prefix=asked.prefix))
    except OSError as error:
        print(f"Can't listen on {asked.host}:{asked.port}: {_reason(error)}. Take another port, or --port 0.")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
