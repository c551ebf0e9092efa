"""Locks among this user's processes: one locked file each. The operating system frees them when a process dies."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from ...errors import StorageError
from .folders import file_name, make_folder

# Seconds between looks at a lock that is taken. Waiting inside the system call could not be cancelled.
_POLL_S = 0.02
_MAX_POLL_S = 0.25


class FileLease:
    """A lock that we hold."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        """Let it go. Safe to call twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)  # the lock goes with it


class FileLocks:
    """The Locks port. folder: holds an empty file per name, which stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def acquire(self, name: str, *, wait: bool) -> FileLease | None:
        """Return the lease; None when it is taken and `wait` is False. Raises StorageBlocked, StorageError."""
        path = make_folder(self._folder) / f"{file_name(name)}.lock"
        pause_s = _POLL_S
        while True:
            lease = _try(path)
            if lease is not None or not wait:
                return lease
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _MAX_POLL_S)


def _try(path: Path) -> FileLease | None:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise StorageError(f"The lock file {path} can't be opened: {error.strerror}.") from None
    try:
        is_ours = _lock(handle)
    except OSError as error:
        os.close(handle)
        raise StorageError(f"This file system can't lock {path}: {error.strerror}.") from None
    if is_ours:
        return FileLease(handle)
    os.close(handle)
    return None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        """Lock the first byte; False when it is taken."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        """Lock the open file (not the process: two leases in one process exclude each other too); False when taken."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
