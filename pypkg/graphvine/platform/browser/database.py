"""One IndexedDB database with one object store: opened (again, when the browser closed it) and used in transactions.

Only a transaction's `complete` event is an acknowledgement: a full disk shows at commit, as `abort` with
QuotaExceededError, after every single request has succeeded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import js

from ...errors import GraphvineError, StorageBlocked, StorageError, StorageFull
from .ffi import JsException, ProxyScope, error_name, error_text, to_object

STORE = "records"

_CLOSED = "This storage is closed. Open the graph again."
_TAKEN_AWAY = (
    "Another tab deleted this storage or brought it to a newer version, so this tab stopped using it. Reload this page."
)
_BLOCKED_UPGRADE = (
    "Another tab of this browser holds an older version of this storage open. "
    "Close the other tabs, then reload this page."
)

# Places requests in the object store it is given, at once or in callbacks of its own requests; the scope frees those.
Job = Callable[[Any, ProxyScope], None]


def storage_error(error: Any, doing: str) -> StorageError:
    """Return what to raise for the JavaScript `error` (it may be null). doing: what we were at, for the message."""
    name = error_name(error)
    if name == "QuotaExceededError":
        return StorageFull()
    if name == "SecurityError":
        return StorageBlocked()
    if name == "VersionError":
        return StorageError("This storage was written by a newer version of this page. Reload to get that version.")
    return StorageError(
        f"The browser failed to {doing} ({error_text(error)}). Nothing saved before is lost; reload this page."
    )


class Database:
    """A connection to the database `name`. `open` first; `close` at the end."""

    def __init__(self, name: str, *, version: int = 1) -> None:
        self._name = name
        self._version = version
        self._options = to_object(durability="strict")
        self._connection: Any = None
        self._owner = ProxyScope()
        self._opening = asyncio.Lock()
        self._closed_because = ""

    async def open(self) -> None:
        """Connect. Raises StorageBlocked, StorageFull, StorageError."""
        await self._connected()

    def close(self) -> None:
        """Let go of the database. Running transactions still end. Safe to call twice."""
        self._closed_because = self._closed_because or _CLOSED
        self._forget()

    async def transact(self, mode: str, job: Job, doing: str) -> None:
        """Run `job` in one transaction and return when that is complete, for ``readwrite``: safe on disk.

        A connection that the browser closed by itself is opened again, once. Raises StorageError and its kinds; then
        nothing of the job was kept.
        """
        for _ in range(2):
            connection = await self._connected()
            try:
                return await self._attempt(connection, mode, job, doing)
            except _ConnectionGone as gone:
                if self._connection is connection:
                    self._forget()
                failure = gone.failure
        raise failure

    async def _attempt(self, connection: Any, mode: str, job: Job, doing: str) -> None:
        try:
            transaction = connection.transaction(STORE, mode, self._options)
        except JsException as error:
            failure = storage_error(error, doing)
            raise (_ConnectionGone(failure) if error_name(error) == "InvalidStateError" else failure) from None
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def on_end(event: Any) -> None:
            if not done.done():
                done.set_result(event.type)

        scope = ProxyScope()
        is_complete = False
        try:
            on_end_proxy = scope.proxy(on_end)
            transaction.oncomplete = transaction.onabort = on_end_proxy
            job(transaction.objectStore(STORE), scope)
            is_complete = await done == "complete"
            if not is_complete:
                failure = storage_error(transaction.error, doing)
                raise failure if self._connection is connection else _ConnectionGone(failure)
        except JsException as error:
            raise storage_error(error, doing) from None
        finally:
            transaction.oncomplete = transaction.onabort = None
            if not is_complete:
                _abort(transaction)
            scope.close()

    async def _connected(self) -> Any:
        if self._connection is None:
            async with self._opening:
                if self._closed_because:
                    raise StorageError(self._closed_because)
                if self._connection is None:
                    self._connection = await self._connect()
        return self._connection

    async def _connect(self) -> Any:
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def on_end(event: Any) -> None:
            if not ended.done():
                ended.set_result(event.type)

        with_listeners = ProxyScope()
        try:
            request = js.indexedDB.open(self._name, self._version)
            with_listeners.listen(request, "upgradeneeded", lambda event: _create_store(request.result))
            for name in ("success", "error", "blocked"):
                with_listeners.listen(request, name, on_end)
            outcome = await ended
            if outcome == "error":
                raise _open_error(request.error)
            if outcome == "blocked":
                _close_when_open(request)
                raise StorageError(_BLOCKED_UPGRADE)
            return self._adopt(request.result)
        except (JsException, AttributeError) as error:  # thrown by `open` itself: no storage at all here
            raise StorageBlocked() if isinstance(error, AttributeError) else _open_error(error) from None
        finally:
            with_listeners.close()

    def _adopt(self, connection: Any) -> Any:
        """Watch a fresh connection."""
        self._owner = ProxyScope()
        self._owner.listen(connection, "versionchange", lambda event: self._give_way())
        self._owner.listen(connection, "close", lambda event: self._forget())
        return connection

    def _give_way(self) -> None:
        """Another tab deletes or upgrades the database: it can't while we hold it."""
        self._closed_because = self._closed_because or _TAKEN_AWAY
        self._forget()

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        self._owner.close()
        if connection is not None:
            connection.close()


class _ConnectionGone(GraphvineError):
    """The browser closed the connection under us. failure: what to raise when it happens again."""

    def __init__(self, failure: StorageError) -> None:
        super().__init__(str(failure))
        self.failure = failure


def _create_store(connection: Any) -> None:
    if not connection.objectStoreNames.contains(STORE):
        connection.createObjectStore(STORE)


def _close_when_open(request: Any) -> None:
    """The connection comes after all when the other tabs close; nobody waits for it any more."""
    late = ProxyScope()

    def on_success(event: Any) -> None:
        request.result.close()
        late.close()

    late.listen(request, "success", on_success)


def _open_error(error: Any) -> StorageError:
    """Browsers say in different ways that a page gets no storage.

    Chromium with site data switched off: UnknownError, "The user denied permission to access the database"; Firefox in
    private windows: InvalidStateError.
    """
    is_denied = "denied permission" in error_text(error)
    if is_denied or error_name(error) in ("InvalidStateError", "SecurityError"):
        return StorageBlocked()
    return storage_error(error, "open the storage of this page")


def _abort(transaction: Any) -> None:
    try:
        transaction.abort()
    except JsException:  # it has ended already
        return
