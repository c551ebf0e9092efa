"""Declared indexes between disk and memory: remembered on this device, built in slices, in the background at open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

from graphvine.errors import InvalidValue, StorageDamaged
from graphvine.model.index import IndexInfo
from graphvine.ports import Clock, StorageBackend
from graphvine.store.declarations import DECLARATIONS, declaration_key, pack_declaration, unpack_declaration
from graphvine.store.indexes import Indexes

# Seconds of filing before others get a turn.
SLICE_S = 0.01


class IndexKeeper:
    """Declares and drops the indexes of one replica. spawn: runs a task that ends with the peer."""

    def __init__(self, indexes: Indexes, backend: StorageBackend, clock: Clock) -> None:
        self._indexes = indexes
        self._backend = backend
        self._clock = clock
        self.spawn: Callable[[Coroutine[Any, Any, None]], None] = _nobody

    async def restore(self) -> None:
        """Declare what this device remembers, and begin to build it. A damaged record is left out, and left there."""
        for key, value in await self._backend.scan(DECLARATIONS):
            with suppress(StorageDamaged, InvalidValue):
                self.spawn(self._run(self._indexes.declare(unpack_declaration(key, value))))

    async def create(self, info: IndexInfo) -> None:
        """Declare an index, remember it, and return when it is built. Raises StorageError, InvalidValue."""
        steps = self._indexes.declare(info)
        try:
            await self._backend.write([(declaration_key(info.name), pack_declaration(info))])
        except BaseException:
            self._indexes.drop(info)
            raise
        built = asyncio.get_running_loop().create_future()

        async def build() -> None:
            try:
                await self._run(steps)
            finally:
                if not built.done():
                    built.set_result(None)

        self.spawn(build())
        await built

    async def drop(self, info: IndexInfo) -> None:
        """Forget an index. Raises StorageError."""
        await self._backend.write([(declaration_key(info.name), None)])
        self._indexes.drop(info)

    async def _run(self, steps: Iterator[None]) -> None:
        ends = self._clock.now() + SLICE_S
        for _ in steps:
            if self._clock.now() > ends:
                await asyncio.sleep(0)
                ends = self._clock.now() + SLICE_S


def _nobody(work: Coroutine[Any, Any, None]) -> None:
    raise RuntimeError("No driver runs this peer.")
