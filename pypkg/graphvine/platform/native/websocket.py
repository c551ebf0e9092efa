"""SocketFactory on aiohttp's client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp

# Characters of one frame that we are willing to look at: the relay's are at most 16 Ki.
_MAX_TEXT = 256 * 1024
# Frames kept until they are sent.
_MAX_WAITING = 1_024
_CONNECT_S = 15.0
_CLOSE_S = 3.0


class NativeSocket:
    """One text WebSocket; its task ends with it."""

    def __init__(
        self, url: str, on_open: Callable[[], None], on_text: Callable[[str], None], on_close: Callable[[str], None]
    ) -> None:
        self._url = url
        self._on_open = on_open
        self._on_text = on_text
        self._on_close = on_close
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MAX_WAITING)
        self._is_closing = False
        self._task = asyncio.get_running_loop().create_task(self._run())
        # Here and not in `_run`: a task cancelled before its first step never runs at all.
        self._task.add_done_callback(lambda task: self._on_close(_reason(task)))

    def send(self, text: str) -> None:
        """Queue a text frame. Frames after the end are dropped; a relay that reads nothing at all ends the socket."""
        if self._is_closing or self._task.done():
            return
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        """Close it; `on_close` still comes once."""
        self._is_closing = True
        self._task.cancel()

    async def _run(self) -> str:
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_S)
        limits = aiohttp.ClientWSTimeout(ws_close=_CLOSE_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.timeout(None) as deadline:
            deadline.reschedule(asyncio.get_running_loop().time() + _CONNECT_S)
            async with session.ws_connect(self._url, max_msg_size=_MAX_TEXT, timeout=limits, heartbeat=30) as socket:
                deadline.reschedule(None)
                self._on_open()
                return await self._talk(socket)

    async def _talk(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        sending = asyncio.get_running_loop().create_task(self._send_all(socket))
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return f"{aiohttp.WSCloseCode.UNSUPPORTED_DATA} a frame that is not text"
                self._on_text(message.data)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return f"{socket.close_code or 1006}"

    async def _send_all(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await socket.send_str(await self._waiting.get())


class NativeSockets:
    """The SocketFactory port."""

    def connect(
        self, url: str, on_open: Callable[[], None], on_text: Callable[[str], None], on_close: Callable[[str], None]
    ) -> NativeSocket:
        """Start to connect. Exactly one `on_close(reason)` ends it, also when it never opened."""
        return NativeSocket(url, on_open, on_text, on_close)


def _reason(task: asyncio.Task[str]) -> str:
    if task.cancelled():
        return "1000 closed by us"
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, TimeoutError):
        return f"1006 no answer within {_CONNECT_S:.0f} s"
    return f"1006 {str(error) or type(error).__name__}"[:200]
