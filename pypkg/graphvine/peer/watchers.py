"""Who wants to know what changes, and what each has not been told yet. No I/O, no clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from graphvine.crdt.cells import Cell, EdgeCell, VertexCell
from graphvine.crdt.graph import Change

# Changes that a reader gets at once: few enough to be dealt with in some milliseconds.
BATCH = 256
# Tables that what is pending is spread over: a single large one would be copied now and then, which takes long.
SPREAD = 64

Place = tuple[bool, str]


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
    _before: Pending | None = None
    _after: Pending | None = None

    @property
    def is_vertex(self) -> bool:
        """Tell vertices from edges."""
        return isinstance(self.cell, VertexCell)


class Backlog:
    """What is pending, oldest first, by place: whether it is a vertex, and its id.

    Found, added and taken out one by one, however much there is.
    """

    def __init__(self) -> None:
        self._tables: list[dict[Place, Pending]] = [{} for _ in range(SPREAD)]
        self._first: Pending | None = None
        self._last: Pending | None = None

    def get(self, place: Place) -> Pending | None:
        """Return what is pending at a place."""
        return self._tables[hash(place) % SPREAD].get(place)

    def add(self, place: Place, pending: Pending) -> None:
        """Add something at the end."""
        self._tables[hash(place) % SPREAD][place] = pending
        pending._before = self._last
        if self._last is None:
            self._first = pending
        else:
            self._last._after = pending
        self._last = pending

    def remove(self, pending: Pending) -> None:
        """Take something out."""
        place = (type(pending.cell) is VertexCell, pending.cell.id)
        del self._tables[hash(place) % SPREAD][place]
        before, after = pending._before, pending._after
        if before is None:
            self._first = after
        else:
            before._after = after
        if after is None:
            self._last = before
        else:
            after._before = before
        pending._before = pending._after = None

    def take(self, count: int) -> list[Pending]:
        """Take out the first ones."""
        taken: list[Pending] = []
        while self._first is not None and len(taken) < count:
            taken.append(self._first)
            self.remove(self._first)
        return taken

    def __len__(self) -> int:
        return sum(map(len, self._tables))

    def __bool__(self) -> bool:
        return self._first is not None


class Watcher:
    """Collects changes until its reader comes for them.

    Bounded by the number of entities: later changes fold in, and what came and went meanwhile is never told.

    id: of the vertex or edge watched, or None for all. whole: waits until all of a transaction was told. pending: what
    its reader has not been told.
    """

    def __init__(self, id_: str | None, whole: Callable[[], Awaitable[None]] | None = None) -> None:
        self.id = id_
        self._whole = whole
        self.pending = Backlog()
        self._ready = asyncio.Event()
        self.is_closed = False

    def tell(self, changes: Iterable[Change], author: bytes, *, is_local: bool) -> None:
        """Add what happened."""
        backlog = self.pending
        for cell, key, old in changes:
            if self.id is not None and not self._concerns(cell):
                continue
            place = (type(cell) is VertexCell, cell.id)
            pending = backlog.get(place)
            if pending is None:
                existed = key is not None or bool(old)
                pending = Pending(cell, exists=existed, existed=existed)
                backlog.add(place, pending)
            pending.cell, pending.author, pending.is_local = cell, author, is_local
            if type(key) is str:
                pending.names[key] = None
            elif key is None:
                pending.exists = not old
                if pending.exists and type(cell) is VertexCell:
                    pending.names.update(dict.fromkeys(cell.properties))
                if not pending.exists and not pending.existed:
                    backlog.remove(pending)
        if backlog:
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
            # Let go of as they are read: to free a hundred thousand at once takes long.
            if batch := self.pending.take(BATCH):
                yield batch
            if self.pending:
                await asyncio.sleep(0)
            elif not self.is_closed:
                self._ready.clear()
