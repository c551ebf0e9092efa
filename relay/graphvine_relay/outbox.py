"""What waits to be written to one socket: bounded, in order, and given up when the other side doesn't read."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from aiohttp import web

from graphvine.net import signaling

# Seconds for the closing frame itself; after that the connection is cut.
CLOSE_TIMEOUT_S = 2.0


class Outbox:
    """Frames for one WebSocket, written by one task (`run`)."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport, limit_bytes: int, timeout_s: float
    ) -> None:
        self.is_slow = False
        # Called once, when nothing will be written any more: reading should stop too.
        self.on_end: Callable[[], None] | None = None
        self._socket = socket
        self._transport = transport
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s
        self._frames: deque[str] = deque()
        self._waiting_bytes = 0
        self._close: tuple[int, str] | None = None
        self._wakened = asyncio.Event()
        self._sending: asyncio.Timeout | None = None

    def put(self, frame: str) -> None:
        """Queue a frame. Does nothing after `close`; closes with 1013 if too much waits already."""
        if self._close is not None:
            return
        if self._waiting_bytes + len(frame) > self._limit_bytes:
            self._give_up()
            if self._sending is not None:  # blocked on the socket: let it raise TimeoutError now
                self._sending.reschedule(asyncio.get_running_loop().time())
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
                await self._write_all()
        except TimeoutError:
            self._sending = None
            self._give_up()
        except ConnectionError:
            self.close(signaling.CLOSE_AWAY, "gone")
        finally:
            await self._hang_up()

    async def _write_all(self) -> None:
        while self._frames:
            frame = self._frames.popleft()
            self._waiting_bytes -= len(frame)
            async with asyncio.timeout(self._timeout_s) as self._sending:
                await self._socket.send_str(frame)
            self._sending = None

    def _give_up(self) -> None:
        self._frames.clear()
        self._waiting_bytes = 0
        self.is_slow = True
        self._close = (signaling.CLOSE_BUSY, "too slow")
        self._wakened.set()
        self._end()

    def _end(self) -> None:
        callback, self.on_end = self.on_end, None
        if callback is not None:
            callback()

    async def _hang_up(self) -> None:
        code, reason = self._close or (signaling.CLOSE_AWAY, "going away")
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close(code=code, message=reason.encode("ascii"))
        # Whoever doesn't read doesn't take the closing frame either; `close` alone would wait for it for ever.
        self._transport.abort()
        self._end()
