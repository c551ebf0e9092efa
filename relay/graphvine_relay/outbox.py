"""What waits to be written to one socket: bounded, in order, and given up when the other side doesn't read.

Calls of aiohttp that may wait for the other side run as tasks of their own and are never cancelled while the socket
lives: a cancelled wait leaves a cancelled future behind, on which the next call (the closing one) fails too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from aiohttp import web

from graphvine.net import signaling

# Seconds for the closing handshake; after that the connection is cut.
CLOSE_TIMEOUT_S = 2.0
# Below this much in the transport's buffer a frame can't reach its high-water mark (64 KiB), and so can't block.
_FREE_BELOW_BYTES = 32 * 1024


class Outbox:
    """Frames for one WebSocket, written by one task (`run`)."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport, limit_bytes: int, timeout_s: float
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s
        self._frames: deque[str] = deque()
        self._waiting_bytes = 0
        self._close: tuple[int, str] | None = None
        self._wakened = asyncio.Event()
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_slow(self) -> bool:
        """Whether the socket was given up because the other side doesn't read."""
        return self._given_up.done()

    def put(self, frame: str) -> None:
        """Queue a frame. Does nothing after `close`; closes with 1013 if too much waits already."""
        if self._close is not None:
            return
        if self._waiting_bytes + len(frame) > self._limit_bytes:
            self._give_up()
            return
        self._frames.append(frame)
        self._waiting_bytes += len(frame)
        self._wakened.set()

    def close(self, code: int, reason: str) -> None:
        """Close the socket once everything queued is written. The first call counts."""
        if self._close is None:
            self._close = (code, reason)
            self._wakened.set()

    async def run(self) -> None:
        """Write until closed. Ends when the socket is closed by either side."""
        try:
            while self._close is None or self._frames:
                await self._wakened.wait()
                self._wakened.clear()
                while self._frames:
                    frame = self._frames.popleft()
                    self._waiting_bytes -= len(frame)
                    await self._write(frame)
        except ConnectionError:
            self.close(signaling.CLOSE_AWAY, "gone")
        finally:
            await self._hang_up()

    async def _write(self, frame: str) -> None:
        if self._transport.get_write_buffer_size() < _FREE_BELOW_BYTES:
            await self._socket.send_str(frame)
            return
        sending = asyncio.ensure_future(self._socket.send_str(frame))
        await asyncio.wait({sending, self._given_up}, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
            return
        self._give_up()
        sending.add_done_callback(_ignore_result)  # it ends with the connection

    def _give_up(self) -> None:
        if not self._given_up.done():
            self._given_up.set_result(None)
            self._frames.clear()
            self._close = (signaling.CLOSE_BUSY, "too slow")
            self._wakened.set()

    async def _hang_up(self) -> None:
        code, reason = self._close or (signaling.CLOSE_AWAY, "going away")
        closing = asyncio.ensure_future(self._socket.close(code=code, message=reason.encode("ascii"), drain=False))
        closing.add_done_callback(_ignore_result)
        await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT_S)
        # Whoever doesn't read doesn't take the closing frame either; `close` alone would wait for it for ever.
        self._transport.abort()
        closing.cancel()


def _ignore_result(task: asyncio.Task[Any]) -> None:
    """Fetch the exception, so that nobody complains that nobody did."""
    if not task.cancelled():
        task.exception()
