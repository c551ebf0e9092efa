"""Who wants to know what changes, and what each has not been told yet. No I/O, no clock."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from graphvine.crdt.cells import Cell, EdgeCell, VertexCell
from graphvine.crdt.graph import Change

# Changes that a reader gets at once: few enough to be dealt with in some milliseconds.
BATCH = 256


@dataclass(slots=True)
class Pending:
    """What a watcher has not been told about one vertex or edge: names of properties, last author, whose.

    existed: whether it was there when its reader last heard of it. exists: whether it was there after what is pending.
    """

    cell: Cell
    names: dict[str, None] = field(default_factory=dict)
    author: bytes = b""
    is_local: bool = False
    exists: bool = True
    existed: bool = True

    @property
    def is_vertex(self) -> bool:
        """Tell vertices from edges."""
        return isinstance(self.cell, VertexCell)


class Watcher:
    """Collects changes until its reader comes for them.

    Bounded by the number of entities: later changes fold in, and what came and went meanwhile is never told.

    id: of the vertex or edge watched, or None for all. whole: waits until all of a transaction was told.
    """

    def __init__(self, id_: str | None, whole: Callable[[], Awaitable[None]] | None = None) -> None:
        self.id = id_
        self._whole = whole
        self._pending: dict[tuple[bool, str], Pending] = {}
        self._ready = asyncio.Event()
        self.is_closed = False

    def tell(self, changes: Iterable[Change], author: bytes, *, is_local: bool) -> None:
        """Add what happened."""
        for cell, key, old in changes:
            if self.id is not None and not self._concerns(cell):
                continue
            place = (type(cell) is VertexCell, cell.id)
            pending = self._pending.get(place)
            if pending is None:
                existed = key is not None or bool(old)
                pending = self._pending[place] = Pending(cell, exists=existed, existed=existed)
            pending.cell, pending.author, pending.is_local = cell, author, is_local
            if type(key) is str:
                pending.names[key] = None
            elif key is None:
                pending.exists = not old
                if pending.exists and type(cell) is VertexCell:
                    pending.names.update(dict.fromkeys(cell.properties))
                if not pending.exists and not pending.existed:
                    del self._pending[place]
        if self._pending:
            self._ready.set()

    def _concerns(self, cell: Cell) -> bool:
        """An edge belongs to its source vertex, too."""
        return cell.id == self.id or (isinstance(cell, EdgeCell) and cell.source.id == self.id)

    def close(self) -> None:
        """End the reader's iteration."""
        self.is_closed = True
        self._ready.set()

    async def take(self) -> AsyncIterator[list[Pending]]:
        """Yield what is pending, as it comes, in lists of at most `BATCH`, until closed."""
        while True:
            await self._ready.wait()
            if self._whole is not None and not self.is_closed:
                await self._whole()
            if self.is_closed:
                return
            pending, self._pending = deque(self._pending.values()), {}
            self._ready.clear()
            while pending:
                if self.is_closed:
                    return
                # Let go of as they are read: to free a hundred thousand at once takes long.
                yield [pending.popleft() for _ in range(min(BATCH, len(pending)))]
                await asyncio.sleep(0)
