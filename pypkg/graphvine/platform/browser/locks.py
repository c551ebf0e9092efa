"""Locks among the tabs of one profile, by the Web Locks API. The browser frees them when a tab dies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import js

from ...errors import StorageBlocked, StorageError, UnsupportedPlatform
from .ffi import ProxyScope, error_name, error_text, is_missing, member_or_none, to_object

_NO_LOCKS = (
    "This browser has no Web Locks, which keep two tabs from treading on each other's storage. "
    "Update the browser, and open the page over https or from 127.0.0.1."
)


class WebLease:
    """A lock that we hold."""

    def __init__(self, let_go: Callable[[], None]) -> None:
        self._let_go: Callable[[], None] | None = let_go

    def release(self) -> None:
        """Let it go. Safe to call twice."""
        let_go, self._let_go = self._let_go, None
        if let_go is not None:
            let_go()


class WebLocks:
    """The Locks port. prefix: keeps our names apart from those of other code on the same site."""

    def __init__(self, prefix: str = "graphvine/") -> None:
        self._manager = member_or_none(js.navigator, "locks")
        self._prefix = prefix
        if self._manager is None:
            raise UnsupportedPlatform(_NO_LOCKS)

    async def acquire(self, name: str, *, wait: bool) -> WebLease | None:
        """Return the lease; None when it is taken and `wait` is False. A cancelled wait leaves the queue.

        Raises StorageBlocked where the browser denies this page locks, as it does together with storage; StorageError.
        """
        request = _Request()
        request.start(self._manager, self._prefix + name, wait)
        try:
            return await request.answer
        except BaseException:
            request.give_up()
            raise


class _Request:
    """From the question to the end of the lease. The browser holds a lock until the promise we return is resolved."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[WebLease | None] = asyncio.get_running_loop().create_future()
        self._scope = ProxyScope()
        self._abort = js.AbortController.new()
        self._resolve: Any = None

    def start(self, manager: Any, name: str, wait: bool) -> None:
        """Ask for the lock."""
        options = to_object(**({} if wait else {"ifAvailable": True}))
        if wait:  # the API takes one of the two
            options.signal = self._abort.signal
        request = manager.request(name, options, self._scope.proxy(self._granted))
        request.then(self._scope.proxy(self._ended), self._scope.proxy(self._failed))

    def give_up(self) -> None:
        """Leave the queue; when the lock came in this very moment, let it go."""
        self._abort.abort()
        self._let_go()

    def _granted(self, lock: Any) -> Any:
        if is_missing(lock):
            self._reply(None)
            return None
        if self.answer.done():  # cancelled meanwhile: hold nothing
            return None
        held = js.Promise.new(self._scope.proxy(self._keep))
        self._reply(WebLease(self._let_go))
        return held

    def _keep(self, resolve: Any, reject: Any) -> None:
        self._resolve = resolve

    def _let_go(self) -> None:
        resolve, self._resolve = self._resolve, None
        if resolve is not None:
            resolve(None)

    def _ended(self, value: Any) -> None:
        self._scope.close()

    def _failed(self, error: Any) -> None:
        if not self.answer.done() and error_name(error) != "AbortError":
            is_denied = error_name(error) == "SecurityError"
            told = StorageError(f"The browser refused a lock ({error_text(error)}). Reload this page.")
            self.answer.set_exception(StorageBlocked() if is_denied else told)
        self._scope.close()

    def _reply(self, lease: WebLease | None) -> None:
        if not self.answer.done():
            self.answer.set_result(lease)
