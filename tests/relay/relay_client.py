"""A real relay on loopback, and real WebSocket clients with real keys."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graphvine.net import signaling as s
from graphvine_relay.config import Config
from graphvine_relay.limits import Limits
from graphvine_relay.server import RELAY, Relay, create_app

ROOM, OTHER_ROOM = "room-of-16-chars", "another-16-chars"


class Client:
    """One WebSocket to a relay."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.key = Ed25519PrivateKey.generate()

    @property
    def peer(self) -> str:
        return s.peer_id(self.key.public_key().public_bytes_raw())

    async def hear(self) -> s.FromRelay:
        return s.decode_from_relay(await self.socket.receive_str())

    async def say(self, message: s.FromPeer) -> None:
        await self.socket.send_str(s.encode(message))

    async def prove(self, room: str = ROOM, cap: str | None = None, *, nonce: str | None = None) -> s.Challenge:
        """Read the challenge and answer it (or another one)."""
        challenge = await self.hear()
        assert isinstance(challenge, s.Challenge)
        signature = self.key.sign(s.join_message(nonce or challenge.nonce, room))
        await self.say(s.Join(s.VERSION, room, self.peer, s.encode_base64url(signature), cap))
        return challenge

    async def join(self, room: str = ROOM, cap: str | None = None) -> s.Joined:
        await self.prove(room, cap)
        joined = await self.hear()
        assert isinstance(joined, s.Joined), joined
        return joined

    async def close_code(self) -> int | None:
        """Read until the relay closes, and return with what."""
        while (await self.socket.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            pass
        return self.socket.close_code


@dataclasses.dataclass
class Served:
    """A relay that runs, and a way to its doors."""

    relay: Relay
    url: str
    session: aiohttp.ClientSession
    clients: list[Client] = dataclasses.field(default_factory=list)

    async def connect(self, **options: Any) -> Client:
        client = Client(await self.session.ws_connect(self.url, **options))
        self.clients.append(client)
        return client

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        async with self.session.get(self.url + path, headers=headers) as response:
            return response.status, await response.text(), response.headers


@asynccontextmanager
async def serve(config: Config) -> AsyncIterator[Served]:
    """Run a relay on a free port of loopback for the time of the block."""
    app = create_app(config)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            served = Served(app[RELAY], f"http://127.0.0.1:{runner.addresses[0][1]}/", session)
            try:
                yield served
            finally:
                for client in served.clients:
                    await client.socket.close()
    finally:
        await runner.cleanup()


def with_relay(test: Callable[[Served], Awaitable[None]], config: Config | None = None, **limits: float) -> None:
    """Run an async test against a relay; it fails after 20 seconds."""
    config = config or Config()
    config = dataclasses.replace(config, limits=dataclasses.replace(config.limits, **limits))  # type: ignore[arg-type]

    async def run() -> None:
        async with asyncio.timeout(60), serve(config) as served:
            await test(served)

    asyncio.run(run())


__all__ = ["OTHER_ROOM", "ROOM", "Client", "Limits", "Served", "serve", "with_relay"]
