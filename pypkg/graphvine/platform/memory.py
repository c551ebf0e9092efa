"""Storage that is gone with its page or process, for ``storage=":memory:"``."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import StorageError
from ..ports import Usage


class MemoryStorage:
    """The StorageBackend port on a dict. values: shared by all that are opened with it."""

    def __init__(self, values: dict[bytes, bytes] | None = None) -> None:
        self._values: dict[bytes, bytes] | None = {} if values is None else values

    async def write(self, batch: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Apply the batch."""
        values = self._open()
        for key, value in [(bytes(key), value if value is None else bytes(value)) for key, value in batch]:
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value

    async def read(self, key: bytes) -> bytes | None:
        """Return the value, or None."""
        return self._open().get(key)

    async def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return every pair whose key starts with `prefix`, in key order."""
        return sorted(pair for pair in self._open().items() if pair[0].startswith(prefix))

    def keep(self) -> None:
        """Nobody clears it."""

    async def usage(self) -> Usage:
        """Return what the records take."""
        return Usage(sum(len(key) + len(value) for key, value in self._open().items()), None, False)

    async def close(self) -> None:
        """Let go of everything."""
        self._values = None

    def _open(self) -> dict[bytes, bytes]:
        if self._values is None:
            raise StorageError("This storage is closed.")
        return self._values
