"""The native WebSocket against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from graphvine.platform.native.websocket import NativeSockets


class Recorder:
    """Everything that a socket reported."""

    def __init__(self) -> None:
        self.texts: asyncio.Queue[str] = asyncio.Queue()
        self.opened = asyncio.Event()
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def connect(self, url: str) -> Any:
        return NativeSockets().connect(url, self.opened.set, self.texts.put_nowait, self.closed.set_result)

    async def reason(self) -> str:
        return await asyncio.wait_for(self.closed, 60)


@asynccontextmanager
async def server(talk: Callable[[web.WebSocketResponse], Awaitable[None]]) -> Any:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await talk(socket)
        return socket

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"ws://{host}:{port}/"
    finally:
        await runner.cleanup()


async def echo(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)


def test_text_goes_both_ways_in_order() -> None:
    async def use() -> None:
        async with server(echo) as url:
            seen = Recorder()
            socket = seen.connect(url)
            socket.send("before it is open")
            await asyncio.wait_for(seen.opened.wait(), 60)
            for number in range(50):
                socket.send(f"{number} \u00fc")
            got = [await asyncio.wait_for(seen.texts.get(), 60) for _ in range(51)]
            assert got == ["before it is open", *(f"{number} \u00fc" for number in range(50))]
            socket.close()
            socket.close()
            assert (await seen.reason()).startswith("1000")
            socket.send("after the end")

    asyncio.run(use())


def test_the_close_code_of_the_server_arrives() -> None:
    async def refuse(socket: web.WebSocketResponse) -> None:
        await socket.close(code=4403)

    async def use() -> None:
        async with server(refuse) as url:
            seen = Recorder()
            seen.connect(url)
            assert await seen.reason() == "4403"

    asyncio.run(use())


def test_nobody_there_is_one_close() -> None:
    async def use() -> None:
        for url in ("ws://127.0.0.1:1/", "nonsense", "http://", "ws://256.256.256.256/"):
            seen = Recorder()
            seen.connect(url)
            assert not seen.closed.done(), "never from inside connect"
            assert await seen.reason()
            assert not seen.opened.is_set()

    asyncio.run(use())


def test_close_before_it_is_open_is_one_close() -> None:
    async def use() -> None:
        async with server(echo) as url:
            seen = Recorder()
            seen.connect(url).close()
            assert await seen.reason()
            assert not seen.opened.is_set()

    asyncio.run(use())


def test_a_server_that_sends_bytes_or_floods_is_left() -> None:
    async def binary(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x00")
        await socket.receive()

    async def huge(socket: web.WebSocketResponse) -> None:
        await socket.send_str("x" * 300_000)
        await socket.receive()

    async def use() -> None:
        for talk in (binary, huge):
            async with server(talk) as url:
                seen = Recorder()
                seen.connect(url)
                assert await seen.reason()
                assert seen.texts.empty()

    asyncio.run(use())
