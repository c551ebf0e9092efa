"""StorageBackend on one SQLite file. All work is done on a thread of its own, so the loop never waits for the disk."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ...errors import StorageBlocked, StorageError, StorageFull
from ...ports import Usage
from .folders import make_folder

_T = TypeVar("_T")

# Marks the file as ours ("GVn1") for `file` and for a person with the sqlite3 shell.
_APPLICATION_ID = 0x47566E31
# Seconds that a write waits for one of another process.
_BUSY_S = 10.0

_SETUP = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS: fsync alone leaves data in the drive's cache
    "CREATE TABLE IF NOT EXISTS records (key BLOB PRIMARY KEY, value BLOB NOT NULL)",
)


class SqliteStorage:
    """The StorageBackend port. Make it with `open`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="graphvine-sqlite")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    async def open(cls, path: str | Path) -> SqliteStorage:
        """Open the file, making it and its folder where there is none.

        Raises StorageBlocked, StorageFull, StorageError.
        """
        storage = cls(str(path))
        try:
            await storage._run(storage._connect)
        except BaseException:
            storage._thread.shutdown(wait=False)
            raise
        return storage

    async def write(self, batch: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Apply all or nothing, durably before it returns. None deletes. Raises StorageFull, StorageError."""
        pairs = list(batch)
        await self._run(lambda: self._write(pairs))

    async def read(self, key: bytes) -> bytes | None:
        """Return the value, or None."""
        rows = await self._run(lambda: self._select("key = ?", (key,)))
        return rows[0][1] if rows else None

    async def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return every pair whose key starts with `prefix`, in key order, from one snapshot."""
        stem = prefix.rstrip(b"\xff")
        if not stem:  # nothing but 0xff bytes: no key above leaves the prefix
            return await self._run(lambda: self._select("key >= ?", (prefix,)))
        upper = stem[:-1] + bytes([stem[-1] + 1])
        return await self._run(lambda: self._select("key >= ? AND key < ?", (prefix, upper)))

    def keep(self) -> None:
        """Nobody clears it."""

    async def usage(self) -> Usage:
        """Return the size of the files, and that plus the room left on the disk."""
        return await self._run(self._usage)

    async def close(self) -> None:
        """Free everything. Safe to call twice; a call after it raises StorageError."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
            self._thread.shutdown(wait=False)

    # -- on the storage thread --------------------------------------------------------------------------------------

    async def _run(self, work: Callable[[], _T]) -> _T:
        def guarded() -> _T:
            with _translated(self._path):
                return work()

        try:
            future = asyncio.get_running_loop().run_in_executor(self._thread, guarded)
        except RuntimeError:  # the thread was shut down
            raise StorageError("This storage is closed.") from None
        return await future

    def _connect(self) -> None:
        make_folder(Path(self._path).absolute().parent)
        # `check_same_thread`: closing the interpreter may happen elsewhere. `isolation_level`: we say BEGIN ourselves.
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            (found,) = connection.execute("PRAGMA application_id").fetchone()
            if found not in (0, _APPLICATION_ID):
                raise StorageError(f"{self._path} is a database of another program. Give storage= another path.")
            for statement in _SETUP:
                connection.execute(statement)
            if found == 0:
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StorageError("This storage is closed.")
        return self._connection

    def _write(self, pairs: list[tuple[bytes, bytes | None]]) -> None:
        connection = self._open_connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            for key, value in pairs:
                if value is None:
                    connection.execute("DELETE FROM records WHERE key = ?", (key,))
                else:
                    connection.execute("INSERT OR REPLACE INTO records (key, value) VALUES (?, ?)", (key, value))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
            raise

    def _select(self, where: str, parameters: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
        # `where` is one of the three texts above, never data.
        return (
            self._open_connection()
            .execute(f"SELECT key, value FROM records WHERE {where} ORDER BY key", parameters)
            .fetchall()
        )

    def _usage(self) -> Usage:
        connection = self._open_connection()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        used = pages * page_bytes
        with contextlib.suppress(OSError):
            used += os.path.getsize(f"{self._path}-wal")
        quota = None
        if hasattr(os, "statvfs"):
            disk = os.statvfs(Path(self._path).absolute().parent)
            quota = used + disk.f_bavail * disk.f_frsize
        return Usage(used, quota, True)


_READ_ONLY = "The file {path} can't be written ({why}). Give yourself the right to write it, or use another path."
_LOCKED = "Another program has held {path} for {seconds:.0f} seconds. Close it, then try again."
_DAMAGED = "The file {path} is damaged or no SQLite file ({why}). Restore it from a backup, or move it away."


@contextlib.contextmanager
def _translated(path: str) -> Iterator[None]:
    """Turn SQLite's errors into ours. The low byte of an error code is its kind."""
    try:
        yield
    except sqlite3.Error as error:
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        why = str(error)
        if kind == sqlite3.SQLITE_FULL:
            raise StorageFull() from None
        if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StorageError(_LOCKED.format(path=path, seconds=_BUSY_S)) from None
        if kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            raise StorageBlocked(_READ_ONLY.format(path=path, why=why)) from None
        if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StorageError(_DAMAGED.format(path=path, why=why)) from None
        raise StorageError(f"SQLite failed on {path}: {why}. Nothing saved before is lost.") from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageFull() from None
        raise StorageError(f"The disk failed on {path}: {error.strerror}. Nothing saved before is lost.") from None
