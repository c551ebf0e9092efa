"""What the disk needs now and then: packing a while after enough writes, and a look at it when a tab has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from graphvine.errors import StorageError
from graphvine.peer.disk import Disk

# Seconds after the last write before small records are packed.
PACK_AFTER_S = 2.0


class Upkeep:
    """Looks after the disk of one peer until `close`. spawn: runs a task that ends with the peer."""

    def __init__(self, disk: Disk, spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._disk = disk
        self._spawn = spawn
        self._pack_timer: asyncio.TimerHandle | None = None
        self._is_looking = False
        self._is_closed = False

    def close(self) -> None:
        """Begin nothing more."""
        self._is_closed = True
        if self._pack_timer is not None:
            self._pack_timer.cancel()

    def pack_soon(self) -> None:
        """There was a write: pack in a while, if there is enough to pack."""
        if self._pack_timer is None and not self._is_closed and self._disk.needs_compaction:
            loop = asyncio.get_running_loop()
            self._pack_timer = loop.call_later(PACK_AFTER_S, lambda: self._spawn(self._pack()))

    async def _pack(self) -> None:
        try:
            await self._disk.compact()
        except StorageError:
            pass  # the next write meets the same trouble, and `disk.state` tells of it
        finally:
            self._pack_timer = None

    def link_ended(self, link: str) -> None:
        """A link to another tab has ended: what that tab wrote last may have reached the disk, and not us."""
        if link.startswith("tab:") and not self._is_looking and not self._is_closed:
            self._is_looking = True
            self._spawn(self._look())

    async def _look(self) -> None:
        await asyncio.sleep(0)  # not inside the effects that brought us here
        try:
            await self._disk.look()
        except StorageError:
            pass  # the next write meets the same trouble, and `disk.state` tells of it
        finally:
            self._is_looking = False
