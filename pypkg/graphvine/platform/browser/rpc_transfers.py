"""Files that cross between a page and its peer: one long call for each, and small ones that keep the pace.

An import is a call `import` whose answer is its summary; its items are progress. The page sends the file as calls
`import_chunk` [number of the import, bytes, or null at the end]; each is answered when there is room for the next one.
An export is a call `export`; its items are {chunk} and {progress}. The page asks for each chunk with `export_more`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from graphvine.errors import InvalidValue

# Chunks of a file that wait for the peer.
CHUNKS_AHEAD = 2

PostItem = Callable[[Any], None]


class Transfers:
    """The imports and exports of one page, by the number of their call."""

    def __init__(self) -> None:
        self._chunks: dict[int, asyncio.Queue[bytes | None]] = {}
        self._credits: dict[int, asyncio.Semaphore] = {}

    async def import_file(self, number: int, graph: Any, options: Mapping[str, Any], post: PostItem) -> Any:
        """Take in a file whose chunks arrive by `chunk`; return what came of it."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS_AHEAD)
        self._chunks[number] = queue
        try:
            return await graph.import_from(
                _taken(queue), **options, on_progress=lambda progress: post(_progress_fields(progress))
            )
        finally:
            del self._chunks[number]
            while not queue.empty():  # whoever waits for room learns that nobody reads any more
                queue.get_nowait()

    async def chunk(self, number: int, data: bytes | None) -> bool:
        """Take a chunk of a running import, or None for its end. Return whether the import still reads."""
        queue = self._chunks.get(number)
        if queue is None:
            return False
        if not isinstance(data, (bytes, type(None))):
            raise InvalidValue("A file comes as bytes.")
        await queue.put(data)
        return number in self._chunks

    async def export_file(self, number: int, graph: Any, format: str, post: PostItem) -> Any:
        """Send a file, chunk by chunk as the page asks for them; return what it holds."""
        credit = self._credits[number] = asyncio.Semaphore(0)  # the first chunk comes unasked
        try:
            export = graph.export(format)
            async for chunk in export:
                post({"chunk": chunk, "progress": _progress_fields(export.progress)})
                await credit.acquire()
            return export.result
        finally:
            del self._credits[number]

    async def more(self, number: int) -> bool:
        """The page has room for another chunk. Return whether the export is still running."""
        credit = self._credits.get(number)
        if credit is not None:
            credit.release()
        return credit is not None


async def _taken(queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (data := await queue.get()) is not None:
        yield data


def _progress_fields(progress: Any) -> dict[str, Any]:
    return {**progress._asdict(), "fraction": progress.fraction}
