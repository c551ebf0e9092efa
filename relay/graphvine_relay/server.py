"""The relay's shell: sockets around the rooms machine. It never logs, stores or looks into what peers send."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import random
import secrets
import signal
from collections import deque
from collections.abc import Callable, Sequence

from aiohttp import WSMsgType, web

from graphvine.net import signaling

from .addresses import address_key
from .config import Config, parse
from .effects import Close, Effect, Greet, Send, Verify
from .metrics import prometheus_text
from .outbox import CLOSE_TIMEOUT_S, Outbox
from .rooms import Rooms


class Relay:
    """One running relay: the machine, the outbox of every connection, and one timer."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.rooms = Rooms(config.limits, random.Random(secrets.randbits(64)))
        self.idle = asyncio.Event()  # set while there is no connection
        self.idle.set()
        self._numbers = itertools.count(1)
        self._outboxes: dict[int, Outbox] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle `GET /`: one WebSocket, from challenge to close."""
        if not web.WebSocketResponse().can_prepare(request):
            return web.Response(status=426, text="This is a Graphvine relay. Connect to it by WebSocket.\n")
        origins = self.config.origins
        if origins and request.headers.get("Origin") not in origins:
            return web.Response(status=403, text="Pages of this origin may not use this relay.\n")
        # A frame over the limit gets an answer; one four times over it ends the connection (1009).
        socket = web.WebSocketResponse(
            heartbeat=self.config.heartbeat_s,
            max_msg_size=4 * signaling.MAX_FRAME_BYTES,
            compress=False,
            timeout=CLOSE_TIMEOUT_S,
        )
        await socket.prepare(request)
        assert request.transport is not None
        outbox = Outbox(socket, request.transport, self.config.queue_bytes, self.config.send_timeout_s)
        number = next(self._numbers)
        self._outboxes[number] = outbox
        self.idle.clear()
        writer = asyncio.create_task(outbox.run())
        try:
            self._do(lambda now: self.rooms.open(number, self._address(request), _nonce(), now=now))
            await self._read(number, socket, outbox)
        finally:
            outbox.close(signaling.CLOSE_AWAY, "going away")
            self.rooms.counters.slow_closed += outbox.is_slow
            self._do(lambda now: self.rooms.close(number))
            await writer
            del self._outboxes[number]
            if not self._outboxes:
                self.idle.set()
        return socket

    def drain(self) -> None:
        """Stop taking connections and ask everybody to leave."""
        self._do(lambda now: self.rooms.drain(now=now))

    def stop(self) -> None:
        """Close everything now."""
        if self._timer is not None:
            self._timer.cancel()
        for outbox in self._outboxes.values():
            outbox.close(signaling.CLOSE_AWAY, "going away")

    async def _read(self, number: int, socket: web.WebSocketResponse, outbox: Outbox) -> None:
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                text: str = frame.data
                self._do(lambda now, text=text: self.rooms.receive(number, text, now=now))  # type: ignore[misc]
            elif frame.type is WSMsgType.BINARY:
                outbox.close(signaling.CLOSE_BINARY, "frames are text")
                return

    def _do(self, step: Callable[[float], list[Effect]]) -> None:
        """Take one step of the machine, perform its effects, and set the timer."""
        loop = asyncio.get_running_loop()
        effects = deque(step(loop.time()))
        while effects:
            match effects.popleft():
                case Send(connection, message):
                    self._send(connection, message)
                case Greet(connection, peer, peers):
                    self._send(connection, self.config.admission.joined(peer, peers))
                case Close(connection, code, reason):
                    self._outboxes[connection].close(code, reason)
                case Verify(token, join, message):
                    effects.extend(self.rooms.completed(token, self.config.admission.is_admitted(join, message)))
        wake_at = self.rooms.next_wakeup()
        if wake_at is not None and (self._timer is None or wake_at < self._timer.when()):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(wake_at, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._do(lambda now: self.rooms.wake(now=now))

    def _send(self, connection: int, message: signaling.FromRelay) -> None:
        self.rooms.counters.frames_out += 1
        self._outboxes[connection].put(signaling.encode(message))

    def _address(self, request: web.Request) -> str:
        header = self.config.client_header
        if header and header in request.headers:
            # The trusted proxy is the last one to have written; what stands before is the client's own claim.
            return address_key(request.headers.getall(header)[-1].rpartition(",")[2])
        return address_key(request.remote or "")


def _nonce() -> str:
    return signaling.encode_base64url(secrets.token_bytes(32))


RELAY = web.AppKey("relay", Relay)


def create_app(config: Config) -> web.Application:
    """Return the whole relay as an application of aiohttp. Needs a running event loop."""
    relay = Relay(config)

    def answer(request: web.Request, *, status: int, text: str) -> web.Response:
        origin = request.headers.get("Origin", "")
        allowed = "*" if not config.origins else origin if origin in config.origins else ""
        return web.Response(
            status=status, text=text, headers={"Access-Control-Allow-Origin": allowed} if allowed else {}
        )

    async def healthz(request: web.Request) -> web.Response:
        return answer(request, status=200, text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        return answer(request, status=503 if relay.rooms.is_draining else 200, text="ok\n")

    async def metrics(request: web.Request) -> web.Response:
        text = prometheus_text(relay.rooms.counters, relay.rooms.gauges())
        return web.Response(body=text.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def stop(_: web.Application) -> None:
        relay.stop()

    app = web.Application()
    app[RELAY] = relay
    app.router.add_get("/", relay.serve)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.on_shutdown.append(stop)
    return app


async def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then drain (a second signal cuts that short)."""
    app = create_app(config)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_TIMEOUT_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.host, config.port).start()
        signals: asyncio.Queue[None] = asyncio.Queue()
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, None)
        host = f"[{config.host}]" if ":" in config.host else config.host
        print(f"Graphvine relay: ws://{host}:{runner.addresses[0][1]}/", flush=True)
        await signals.get()
        app[RELAY].drain()
        leaving = [asyncio.create_task(app[RELAY].idle.wait()), asyncio.create_task(signals.get())]
        _, pending = await asyncio.wait(leaving, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
    finally:
        await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the relay from a command line; return the exit status."""
    config = parse(arguments)
    try:
        loop_factory = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        loop_factory = None
    try:
        with asyncio.Runner(loop_factory=loop_factory) as loop:
            loop.run(run(config))
    except OSError as error:
        print(f"The relay can't listen on {config.host}:{config.port}: {error.strerror or error}.", flush=True)
        return 1
    return 0
