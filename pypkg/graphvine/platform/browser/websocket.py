"""SocketFactory on the browser's WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import js

from .ffi import JsException, ProxyScope, error_text

# Characters of one frame that we are willing to look at: the relay's are at most 16 Ki.
_MAX_TEXT = 256 * 1024
# Frames kept while the socket opens.
_MAX_WAITING = 64
_OPEN = 1
# Close code of a connection that ended without a word.
_ABNORMAL = 1006


class BrowserSocket:
    """One text WebSocket."""

    def __init__(
        self, url: str, on_open: Callable[[], None], on_text: Callable[[str], None], on_close: Callable[[str], None]
    ) -> None:
        self._on_open = on_open
        self._on_text = on_text
        self._on_close: Callable[[str], None] | None = on_close
        self._waiting: list[str] = []
        self._scope = ProxyScope()
        self._socket: Any = None
        self._was_open = False
        try:
            self._socket = js.WebSocket.new(url)
        except JsException as error:  # not an address, or forbidden by the page's policy
            asyncio.get_running_loop().call_soon(self._end, f"the address is not usable ({error_text(error)})")
            return
        self._scope.listen(self._socket, "open", self._opened)
        self._scope.listen(self._socket, "message", self._received)
        self._scope.listen(self._socket, "close", lambda event: self._end(_close_reason(event, self._was_open)))

    def send(self, text: str) -> None:
        """Queue a text frame. Frames after the end are dropped: `on_close` has said so or is about to."""
        if self._socket is None or self._on_close is None:
            return
        if self._socket.readyState == _OPEN:
            self._socket.send(text)
        elif len(self._waiting) < _MAX_WAITING:
            self._waiting.append(text)

    def close(self) -> None:
        """Close it; `on_close` still comes once."""
        if self._socket is not None:
            self._socket.close()

    def _opened(self, event: Any) -> None:
        self._was_open = True
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            self._socket.send(text)
        self._on_open()

    def _received(self, event: Any) -> None:
        text = event.data
        if isinstance(text, str) and len(text) <= _MAX_TEXT:
            self._on_text(text)
        else:
            self._socket.close()

    def _end(self, reason: str) -> None:
        on_close, self._on_close = self._on_close, None
        self._scope.close()
        if on_close is not None:
            on_close(reason)


class BrowserSockets:
    """The SocketFactory port."""

    def connect(
        self, url: str, on_open: Callable[[], None], on_text: Callable[[str], None], on_close: Callable[[str], None]
    ) -> BrowserSocket:
        """Start to connect. Exactly one `on_close(reason)` ends it, also when it never opened."""
        return BrowserSocket(url, on_open, on_text, on_close)


def _close_reason(event: Any, was_open: bool) -> str:
    """Return the close code and the other side's words, ``4403 full``; or ours, where the connection just ended."""
    ended = "the connection broke off" if was_open else "no connection: is it running there, and are we online?"
    return f"{event.code} {str(event.reason)[:120] or (ended if event.code == _ABNORMAL else '')}".strip()
