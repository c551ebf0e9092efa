"""A file into a graph: whole transactions of a few thousand operations, each on disk before the next is made."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from graphvine.errors import FileError, InvalidValue, QueryError
from graphvine.files.formats import Format, check_options, detect, find_format
from graphvine.files.intake import Intake
from graphvine.files.records import Reader, Record, Statement, Warnings
from graphvine.peer.driver import Driver
from graphvine.ports import Platform
from graphvine.queries import Queries
from graphvine.transfer.progress import Imported, OnProgress, Progress, Turns
from graphvine.transfer.restore import Restore
from graphvine.transfer.scripts import Script

# Bytes of a file that are looked at in one step, and that are enough to tell its format.
PIECE_BYTES = 32 * 1024
HEAD_BYTES = 1024

# Where a query is wrong, in its own lines: the file has others.
_PLACE = re.compile(r" \(line \d+, column \d+\).*", re.DOTALL)

FileSource = bytes | BinaryIO | Iterable[bytes] | AsyncIterable[bytes]


class Import:
    """One file on its way in. Cancel the task that runs it: whole transactions are in, and nothing else."""

    def __init__(
        self, driver: Driver, platform: Platform, queries: Queries, on_progress: OnProgress | None, total: int
    ) -> None:
        self._driver = driver
        self._platform = platform
        self._on_progress = on_progress
        self._total = total
        self._turns = Turns(driver, platform.clock)
        self._script = Script(driver, queries, self._turns.begin)
        self._warnings = Warnings()
        self._bytes = self._vertices = self._edges = self._transactions = 0

    async def run(self, source: FileSource, format: str | None, name: str, options: Mapping[str, Any]) -> Imported:
        """Take in a whole file. Raises FileError, which says what is in."""
        await self._turns.begin()
        if not self._total and isinstance(source, (bytes, bytearray, memoryview)):
            self._total = len(source)
        try:
            pieces = _pieces(source)
            head = await _head(pieces)
            found = find_format(format or detect(head, name))
            check_options(found, options)
            if found.load is None:
                return await self._restore(found, head, pieces, **options)
            return await self._read(found, found.load().read(**options), head, pieces)
        except FileError as error:
            error.offset = error.offset or self._bytes
            error.vertices, error.edges, error.transactions = self._vertices, self._edges, self._transactions
            raise

    # -- records ------------------------------------------------------------------------------------------------------

    async def _read(self, format: Format, reader: Reader, head: bytes, pieces: AsyncIterator[bytes]) -> Imported:
        self._warnings = reader.warnings
        intake = Intake(self._driver.peer.replica.state, self._warnings, unique_ids=reader.unique_ids)
        for piece in _cut(head):
            await self._take_in(intake, reader.feed(piece), len(piece))
        async for piece in pieces:
            await self._turns.give()
            await self._take_in(intake, reader.feed(piece), len(piece))
        await self._take_in(intake, reader.finish(), 0)
        await self._script.commit()
        self._count()
        await self._finish(intake)
        return self._result(format)

    async def _take_in(self, intake: Intake, records: Iterator[Record | None], size: int) -> None:
        self._bytes += size
        for record in records:
            if record is None:
                await self._turns.give()
                continue
            if isinstance(record, Statement):
                await self._run_statement(record)
                continue
            for _ in intake.take_in(record):
                await self._commit(intake)
            if intake.is_full:
                await self._commit(intake)
            await self._turns.give()
        self._report()

    async def _finish(self, intake: Intake) -> None:
        for _ in intake.finish():
            if intake.is_full:
                await self._commit(intake)
            await self._turns.give()
        await self._commit(intake)

    async def _commit(self, intake: Intake) -> None:
        finished = intake.take().finish()
        if not finished.operations:
            return
        vertices, edges = intake.vertices, intake.edges
        await self._driver.commit(finished)
        self._transactions += 1
        self._vertices, self._edges = vertices, edges
        self._report()
        await self._turns.begin()

    async def _run_statement(self, statement: Statement) -> None:
        try:
            await self._script.run(statement)
        except QueryError as error:
            line = statement.line + max(error.line, 1) - 1
            reason = _PLACE.sub("", str(error))
            raise FileError(f"A statement can't be run: {reason}", line=line) from None
        finally:
            self._count()
        await self._turns.give()

    def _count(self) -> None:
        script = self._script
        if script.transactions > self._transactions:
            self._transactions, self._vertices, self._edges = script.transactions, script.vertices, script.edges
            self._report()

    # -- archives -----------------------------------------------------------------------------------------------------

    async def _restore(
        self, format: Format, head: bytes, pieces: AsyncIterator[bytes], *, as_new: bool = False
    ) -> Imported:
        restore = Restore(self._driver, self._platform, self._turns, as_new=as_new)
        state = self._driver.peer.replica.state
        before = len(state.vertices), len(state.edges)
        try:
            for piece in _cut(head):
                await self._feed(restore, piece)
            async for piece in pieces:
                await self._feed(restore, piece)
            intake = Intake(state, self._warnings, unique_ids=False)
            await self._take_in(intake, restore.finish(), 0)
            await self._finish(intake)
        finally:
            self._transactions += restore.news if not as_new else 0
            if not as_new:
                self._vertices, self._edges = len(state.vertices) - before[0], len(state.edges) - before[1]
        return self._result(format, restore.known)

    async def _feed(self, restore: Restore, piece: bytes) -> None:
        self._bytes += len(piece)
        await restore.feed(piece)
        self._report()

    # -- telling ------------------------------------------------------------------------------------------------------

    def _report(self) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(self._bytes, self._total, self._bytes, self._vertices, self._edges))

    def _result(self, format: Format, known: int = 0) -> Imported:
        self._report()
        counts = self._vertices, self._edges, self._transactions
        return Imported(format.name, *counts, self._bytes, known, self._warnings.count_by_reason)


async def _head(pieces: AsyncIterator[bytes]) -> bytes:
    """Take as much from the front as tells a format."""
    head = b""
    async for piece in pieces:
        head += piece
        if len(head) >= HEAD_BYTES:
            break
    return head


async def _pieces(source: FileSource) -> AsyncIterator[bytes]:
    """Yield what any source of bytes gives, in pieces that are quickly looked at."""
    if isinstance(source, AsyncIterable):
        async for chunk in source:
            for piece in _cut(chunk):
                yield piece
        return
    chunks: Iterable[Any]
    if isinstance(source, (bytes, bytearray, memoryview)):
        chunks = (source,)
    else:
        read = getattr(source, "read", None)
        chunks = iter(partial(read, PIECE_BYTES), b"") if read is not None else source
    for data in chunks:
        for piece in _cut(data):
            yield piece


def _cut(chunk: Any) -> Iterator[bytes]:
    if not isinstance(chunk, (bytes, bytearray, memoryview)):
        raise InvalidValue(f"A file comes as bytes, not as {type(chunk).__name__}. Open it in binary mode.")
    for start in range(0, len(chunk), PIECE_BYTES):
        yield bytes(chunk[start : start + PIECE_BYTES])
