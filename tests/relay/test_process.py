"""The relay as a process: it says where it is, and leaves politely."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from tests.relay.relay_client import Client

from graphvine.net import signaling as s

pytestmark = pytest.mark.native
REPOSITORY = Path(__file__).parents[2]


@asynccontextmanager
async def relay_process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m graphvine_relay` from the repository."""
    path = os.pathsep.join(str(REPOSITORY / part) for part in ("pypkg", "relay"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "graphvine_relay", *arguments),
        env={**os.environ, "PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def url_of(process: asyncio.subprocess.Process) -> str:
    """Return the address in the one line that says the relay is ready."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    match = re.fullmatch(r"Graphvine relay: (ws://127\.0\.0\.1:\d+/)\n", line)
    assert match, line
    return match[1]


def run(scenario: object) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(120):
            await scenario  # type: ignore[misc]

    asyncio.run(bounded())


def test_sigterm_drains_closes_and_exits_0() -> None:
    async def scenario() -> None:
        async with relay_process("--port", "0", "--drain", "0.5") as process, aiohttp.ClientSession() as session:
            url = await url_of(process)
            client = Client(await session.ws_connect(url))
            await client.join()
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            drain = await client.hear()
            assert isinstance(drain, s.Drain)
            assert drain.after <= 0.5
            async with session.get(url.replace("ws:", "http:") + "readyz") as response:
                assert response.status == 503
            assert await client.close_code() == s.CLOSE_AWAY
            assert time.monotonic() - started >= 0.5
            out, err = await process.communicate()
            assert (process.returncode, out, err) == (0, b"", b"")

    run(scenario())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_with_nobody_there_it_leaves_at_once(number: int) -> None:
    async def scenario() -> None:
        async with relay_process("--port", "0", "--drain", "600") as process:
            await url_of(process)
            process.send_signal(number)
            assert await process.communicate() == (b"", b"")
            assert process.returncode == 0

    run(scenario())


def test_a_second_signal_cuts_the_drain_short() -> None:
    async def scenario() -> None:
        async with relay_process("--port", "0", "--drain", "600") as process, aiohttp.ClientSession() as session:
            client = Client(await session.ws_connect(await url_of(process)))
            await client.join()
            process.send_signal(signal.SIGTERM)
            assert isinstance(await client.hear(), s.Drain)
            process.send_signal(signal.SIGTERM)
            assert await client.close_code() == s.CLOSE_AWAY
            assert (await process.communicate())[1] == b""
            assert process.returncode == 0

    run(scenario())


def test_a_port_in_use_is_told_in_one_line() -> None:
    async def scenario(port: int) -> None:
        async with relay_process("--port", str(port)) as process:
            out, err = await process.communicate()
            assert out.startswith(b"The relay can't listen on 127.0.0.1:")
            assert (out.count(b"\n"), err, process.returncode) == (1, b"", 1)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        run(scenario(taken.getsockname()[1]))
