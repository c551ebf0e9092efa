"""An archive into a graph: every signature is checked, for an archive is bytes from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from graphvine.codec.transactions import decode_transaction
from graphvine.crypto.signed import Candidate, check_shape
from graphvine.errors import FileError, RemoteError
from graphvine.files.archive import About, ArchiveReader, End, Page
from graphvine.files.records import EdgeRecord, VertexRecord
from graphvine.peer.driver import Driver
from graphvine.ports import Platform
from graphvine.store.replica import Replica, encode
from graphvine.transfer.progress import Turns


class Restore:
    """Takes in one archive.

    as_new: put what its transactions come to into our graph as writes of our own, instead of the transactions; the
    only way into another space. news, known: transactions that were new here, or not.
    """

    def __init__(self, driver: Driver, platform: Platform, turns: Turns, *, as_new: bool) -> None:
        self.news = self.known = 0
        self._driver = driver
        self._crypto = platform.crypto
        self._clock = platform.clock
        self._turns = turns
        self._as_new = as_new
        self._reader = ArchiveReader()
        self._replica = driver.peer.replica
        self._scratch: Replica | None = None

    async def feed(self, data: bytes) -> None:
        """Take in a chunk. Raises FileError; what came in front of the mistake stays."""
        for part in self._reader.feed(data):
            if isinstance(part, About):
                self._begin(part)
            elif isinstance(part, Page):
                await self._page(part)
            else:
                await self._end(part)

    def finish(self) -> Iterator[VertexRecord | EdgeRecord]:
        """The file ends here. Yield what is to be written as new."""
        self._reader.finish()
        if self._scratch is None:
            return
        for vertex in self._scratch.state.vertices.values():
            yield VertexRecord(vertex.id, list(vertex.labels), vertex.properties)
        for edge in self._scratch.state.edges.values():
            yield EdgeRecord(edge.id, edge.type, edge.source.id, edge.target.id, edge.properties)

    def _begin(self, about: About) -> None:
        if self._as_new:
            self._scratch = Replica(about.space)
        elif about.space != self._replica.space:
            raise FileError(
                f"This archive is of the space {about.name!r}, and its signatures hold nowhere else. Open that space "
                "to import it there, or take its contents over as new writes of your own (as_new=True, --as-new)."
            )

    async def _page(self, page: Page) -> None:
        candidates: list[Candidate] = []
        for encoded in page.transactions:
            candidate = self._checked(encoded)
            if self._target.is_news(candidate.transaction):
                candidates.append(candidate)
            else:
                self.known += 1  # its signature is not looked at, so it is never taken for news
            await self._turns.give()
        verdicts = await asyncio.gather(
            *(self._crypto.verify(each.author, each.signature, each.message) for each in candidates)
        )
        await self._turns.begin()
        saved: list[asyncio.Future[None]] = []
        for candidate, is_good in zip(candidates, verdicts, strict=True):
            if not is_good:
                raise FileError(
                    "A transaction is not signed by its author: the archive is damaged or forged. Nothing of it and "
                    "of what follows was taken in.",
                    offset=self._reader.offset,
                )
            saved += await self._take_in(candidate)
            self.news += 1
        await asyncio.gather(*saved)  # on disk, or the StorageError

    @property
    def _target(self) -> Replica:
        return self._replica if self._scratch is None else self._scratch

    def _checked(self, encoded: bytes) -> Candidate:
        try:
            candidate = check_shape(decode_transaction(encoded), self._target.space)
            self._replica.must_hold(candidate.transaction, self._clock.wall_ms())
        except RemoteError as error:
            raise FileError(f"A transaction is wrong: {error}.", offset=self._reader.offset) from None
        return candidate

    async def _take_in(self, candidate: Candidate) -> list[asyncio.Future[None]]:
        """Apply a transaction, like one that a remote peer sent. Return what to wait for."""
        transaction, operations = candidate.transaction, candidate.operations
        if self._scratch is not None:
            for _ in self._scratch.steps(transaction, operations, self._clock.wall_ms()) or ():
                await self._turns.give()
            return []
        await self._driver.put_in(transaction, operations, is_durable=True)
        await self._turns.begin()
        if not self._replica.has(transaction.id):
            return []  # newer ones overrule all of it
        encoded = encode(transaction)
        saved = self._driver.disk.append(encoded)
        saved.add_done_callback(lambda done: self._publish(done, encoded))
        return [saved]

    def _publish(self, saved: asyncio.Future[None], encoded: bytes) -> None:
        if not saved.cancelled() and saved.exception() is None:
            self._driver.publish(encoded)

    async def _end(self, end: End) -> None:
        """Everything is in: the archive's vector is true for us, too."""
        if self._scratch is None:
            for key, sequence in end.vector.items():
                self._replica.cover(key, sequence)
            return
        for _ in self._scratch.state.settle():
            await self._turns.give()
