"""A graph into a file, chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from graphvine.errors import InvalidValue
from graphvine.files import archive
from graphvine.files.formats import Format
from graphvine.files.records import Source, Warnings
from graphvine.model.transaction import WriterKey
from graphvine.peer.driver import Driver
from graphvine.peer.tasks import in_turns, read
from graphvine.ports import Clock
from graphvine.store.replica import Replica, encode
from graphvine.transfer.progress import Exported, OnProgress, Progress, Turns


class Export:
    """The chunks of a file: ``async for chunk in export``, once. The next chunk is made when it is asked for.

    What others write meanwhile may be in it or not; each vertex and edge is as it was at one moment.
    progress: how far it is. result: what was written, None before the end.
    """

    def __init__(
        self, driver: Driver, clock: Clock, space: str, format: Format, on_progress: OnProgress | None
    ) -> None:
        self.format = format
        self.progress = Progress(0, 0, 0)
        self.result: Exported | None = None
        self._driver = driver
        self._clock = clock
        self._space = space
        self._on_progress = on_progress
        self._is_begun = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Begin."""
        if self._is_begun:
            raise InvalidValue("This export has begun already. Make another one with graph.export().")
        self._is_begun = True
        return self._run()

    async def _run(self) -> AsyncIterator[bytes]:
        turns = Turns(self._driver, self._clock)
        await turns.begin()
        replica = self._driver.peer.replica
        source, warnings, size = Source(replica.state, self._space), Warnings(), 0
        await read(self._driver, source.gather())
        if self.format.load is None:
            chunks = _archive(replica, source)
        else:
            chunks = self.format.load().write(source, warnings)
        try:
            for chunk in chunks:
                size += len(chunk)
                self._report(Progress(source.done, source.passes * source.total, size))
                if chunk:
                    turns.end()
                    yield chunk
                    await turns.begin()
                elif source.is_still:
                    await turns.pause()
                else:
                    await turns.give()
        finally:
            turns.end()
        await in_turns(source.let_go())
        self._report(Progress(source.passes * source.total, source.passes * source.total, size))
        counts = source.vertex_count, source.edge_count
        self.result = Exported(self.format.name, *counts, size, warnings.count_by_reason)

    def _report(self, progress: Progress) -> None:
        self.progress = progress
        if self._on_progress is not None:
            self._on_progress(progress)


def _archive(replica: Replica, source: Source) -> Iterator[bytes]:
    vector: dict[WriterKey, int] = {}

    def transactions() -> Iterator[bytes]:
        """Everything, and what came while it was written: an overruling transaction must not be missing."""
        for count, transaction in enumerate(replica.transactions(), 1):
            if any(transaction.leaves):
                yield encode(transaction)
            source.done = min(source.total, source.total * count // max(1, replica.transaction_count))
        vector.update(replica.vector())

    about = archive.About(
        replica.space, source.space, replica.transaction_count, source.vertex_count, source.edge_count
    )
    return archive.write(about, transactions(), lambda: vector)
