"""StorageBackend on IndexedDB: one object store, binary keys, strict durability.

Works in a worker and on the main thread. Long batches and long scans are cut into slices inside their one transaction,
so that no step holds the thread for long; requests of the next slice are placed in a callback of the last one,
because a transaction is only open to requests there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import js

from ...errors import StorageError
from ...ports import Usage
from .database import Database
from .ffi import JsException, ProxyScope, is_missing, member_or_none, to_uint8array

# Seconds that a slice of one batch or scan aims at: well below limits.MAX_STEP_S.
_SLICE_S = 0.01
# Records asked for at first and at most in one slice of a scan. Pages have about 192 KiB, small records 1 KiB.
_FIRST_COUNT = 16
_MAX_COUNT = 1_024


class IndexedDbStorage:
    """The database ``graphvine/<space>``. Make it with `open`.

    version: of the layout of the database itself; what is in the records has a format of its own. on_keep: asks the
    browser not to evict this site's data.
    """

    def __init__(self, space: str, *, version: int = 1) -> None:
        self._database = Database(f"graphvine/{space}", version=version)
        self._is_closed = False
        self.on_keep: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, space: str, *, version: int = 1) -> IndexedDbStorage:
        """Open the storage of `space`. Raises StorageBlocked where the browser gives none, StorageError."""
        storage = cls(space, version=version)
        await storage._database.open()
        return storage

    async def write(self, batch: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Apply all or nothing, durably before it returns. None deletes. Raises StorageFull, StorageError."""
        pairs = tuple(batch)
        await self._database.transact(
            "readwrite", lambda store, scope: _Write(store, scope, pairs).place(), "save data"
        )

    async def read(self, key: bytes) -> bytes | None:
        """Return the value, or None."""
        requests: list[Any] = []
        await self._database.transact(
            "readonly", lambda store, scope: requests.append(store.get(to_uint8array(key))), "read data"
        )
        value = requests[-1].result
        return None if is_missing(value) else _bytes_or_damaged(value)

    async def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return every pair whose key starts with `prefix`, in key order, from one snapshot."""
        scans: list[_Scan] = []

        def start(store: Any, scope: ProxyScope) -> None:
            scans.append(_Scan(store, scope, prefix))
            scans[-1].ask()

        await self._database.transact("readonly", start, "read data")
        return scans[-1].pairs

    def keep(self) -> None:
        """Ask the browser not to evict what is stored."""
        self.on_keep()

    async def usage(self) -> Usage:
        """Return the browser's estimate for this whole site, and whether it promised to keep the data."""
        if self._is_closed:
            raise StorageError("This storage is closed.")
        manager = member_or_none(js.navigator, "storage")
        if manager is None:
            return Usage(None, None, False)
        try:
            estimate = await manager.estimate()
            is_persistent = bool(await manager.persisted())
        except (JsException, AttributeError):  # forbidden or absent here: not worth failing for
            return Usage(None, None, False)
        return Usage(_whole(estimate, "usage"), _whole(estimate, "quota"), is_persistent)

    async def close(self) -> None:
        """Free everything. Safe to call twice; a call after it raises StorageError."""
        self._is_closed = True
        self._database.close()


class _Write:
    """One batch on its way into one transaction."""

    def __init__(self, store: Any, scope: ProxyScope, pairs: Sequence[tuple[bytes, bytes | None]]) -> None:
        self._store = store
        self._scope = scope
        self._left: Iterator[tuple[bytes, bytes | None]] = iter(pairs)

    def place(self, event: Any = None) -> None:
        """Place requests until the slice is over; then go on when the last of them is done."""
        end = time.monotonic() + _SLICE_S
        store = self._store
        for key, value in self._left:
            if value is None:
                request = store.delete(to_uint8array(key))
            else:
                request = store.put(to_uint8array(value), to_uint8array(key))
            if time.monotonic() > end:
                self._scope.listen(request, "success", self.place)
                return
        store.transaction.commit()


class _Scan:
    """One range, read slice by slice in one transaction. pairs: what came so far."""

    def __init__(self, store: Any, scope: ProxyScope, prefix: bytes) -> None:
        self.pairs: list[tuple[bytes, bytes]] = []
        self._store = store
        self._scope = scope
        self._prefix = prefix
        self._count = _FIRST_COUNT
        self._keys: Any = None

    def ask(self) -> None:
        """Ask for the next slice."""
        wanted = key_range(self._prefix, self.pairs[-1][0] if self.pairs else None)
        self._keys = self._store.getAllKeys(wanted, self._count)
        self._scope.listen(self._store.getAll(wanted, self._count), "success", self._take)

    def _take(self, event: Any) -> None:
        start = time.monotonic()
        keys = self._keys.result.to_py()
        values = event.target.result.to_py()
        self.pairs += [(bytes(key), _bytes_or_damaged(value)) for key, value in zip(keys, values, strict=True)]
        if len(keys) < self._count:
            return
        pace = _SLICE_S / max(time.monotonic() - start, 0.001)
        self._count = max(1, min(_MAX_COUNT, int(self._count * min(4.0, pace))))
        self.ask()


def _bytes_or_damaged(value: Any) -> bytes:
    """Return a stored value; no bytes at all for what another script of this origin put there in place of bytes."""
    if isinstance(value, (bool, int, float, str)):
        return b""
    if isinstance(value, memoryview):
        return bytes(value)
    whole: bytes = value.to_bytes() if hasattr(value, "to_bytes") else b""
    return whole


def key_range(prefix: bytes, after: bytes | None) -> Any:
    """Return the IDBKeyRange of keys that start with `prefix`, and come after `after` when that is given."""
    lower = to_uint8array(prefix if after is None else after)
    is_open = after is not None
    stem = prefix.rstrip(b"\xff")
    if not stem:  # nothing but 0xff bytes: every key from there on starts with it or is longer
        return js.IDBKeyRange.lowerBound(lower, is_open)
    upper = stem[:-1] + bytes([stem[-1] + 1])
    return js.IDBKeyRange.bound(lower, to_uint8array(upper), is_open, True)


def _whole(estimate: Any, name: str) -> int | None:
    value = member_or_none(estimate, name)
    return None if value is None else int(value)
