"""Files between a page and its peer: the pace, the end, and a page that gives up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.unit.platform.browser.test_rpc import Talk, talk

from graphvine.errors import FileError
from graphvine.transfer.progress import Exported, Progress


class Files:
    """A graph that takes and gives files of three chunks. wanted: chunks that it reads before it stops."""

    def __init__(self) -> None:
        self.closed = False
        self.read: list[bytes] = []
        self.options: dict[str, Any] = {}
        self.wanted = 99
        self.made = 0

    async def import_from(self, source: AsyncIterator[bytes], *, on_progress: Any, **options: Any) -> Any:
        self.options = options
        async for chunk in source:
            self.read.append(chunk)
            on_progress(Progress(len(self.read), 3, 0))
            if len(self.read) == self.wanted:
                raise FileError("Wrong here.", line=7)
        return {"chunks": len(self.read)}

    def export(self, format: str) -> Chunks:
        return Chunks(self, format)


class Chunks:
    def __init__(self, files: Files, format: str) -> None:
        self.progress = Progress(1, 4, 2)
        self.result: Exported | None = None
        self._files = files
        self._format = format

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number in range(3):
            self._files.made += 1
            yield b"%d" % number
        self.result = Exported(self._format, 1, 2, 3)


async def opened(both: Talk) -> tuple[int, Files]:
    files = Files()
    both.shelf = files  # type: ignore[assignment]
    return await both.say("open", "wiki", {}), files


def test_an_import_reads_what_the_page_sends_until_its_end() -> None:
    async def conversation(both: Talk) -> None:
        graph, files = await opened(both)
        call = both.begin("import", {"name": "a.csv", "format": None}, graph=graph)
        for chunk in (b"a", b"b", None):
            assert await both.say("import_chunk", call, chunk, graph=graph) is True
        answer = (await both.until(3, id=call))[-1]
        (done,) = [message for message in await both.until(1, id=call) if "value" in message] or [answer]
        assert done["value"] == {"chunks": 2}
        assert files.read == [b"a", b"b"]
        assert files.options == {"name": "a.csv", "format": None}
        assert [message["item"]["done"] for message in both.heard if "item" in message] == [1, 2]

    talk(conversation)


def test_a_file_that_is_wrong_ends_the_import_and_whoever_sends() -> None:
    async def conversation(both: Talk) -> None:
        graph, files = await opened(both)
        files.wanted = 1
        call = both.begin("import", {}, graph=graph)
        sent = [await both.say("import_chunk", call, b"x", graph=graph) for _ in range(6)]
        assert sent[-1] is False
        (error,) = [message["error"] for message in both.heard if message.get("id") == call and "error" in message]
        assert (error["name"], error["line"]) == ("FileError", 7)

    talk(conversation)


@pytest.mark.parametrize("data", ["text", 5, {"a": 1}])
def test_only_bytes_are_taken(data: Any) -> None:
    async def conversation(both: Talk) -> None:
        graph, _ = await opened(both)
        call = both.begin("import", {}, graph=graph)
        assert (await both.say("import_chunk", call, data, graph=graph))["name"] == "InvalidValue"
        assert await both.say("import_chunk", call, None, graph=graph) is True

    talk(conversation)


def test_a_cancelled_import_answers() -> None:
    async def conversation(both: Talk) -> None:
        graph, _ = await opened(both)
        call = both.begin("import", {}, graph=graph)
        assert await both.say("import_chunk", call, b"x", graph=graph) is True
        both.server.receive({"cancel": call})
        while not (found := [m["error"] for m in both.heard if m.get("id") == call and "error" in m]):
            await both.until(len(both.heard) + 1)
        assert found[0]["name"] == "Cancelled"
        assert await both.say("import_chunk", call, b"y", graph=graph) is False

    talk(conversation)


def test_an_export_goes_at_the_pace_of_the_page() -> None:
    async def conversation(both: Talk) -> None:
        graph, files = await opened(both)
        call = both.begin("export", "cypher", graph=graph)
        for count in (1, 2, 3):
            items = [each for each in await both.until(count, id=call) if "item" in each]
            assert (len(items), files.made) == (count, count)
            assert items[-1]["item"]["progress"]["fraction"] == 0.25
            assert await both.say("export_more", call, graph=graph) is True
        answer = (await both.until(4, id=call))[-1]
        assert answer["value"] == Exported("cypher", 1, 2, 3)
        assert await both.say("export_more", call, graph=graph) is False

    talk(conversation)


def test_a_cancelled_export_stops() -> None:
    async def conversation(both: Talk) -> None:
        graph, files = await opened(both)
        call = both.begin("export", "cypher", graph=graph)
        await both.until(1, id=call)
        both.server.receive({"cancel": call})
        await both.until(2, id=call)
        assert files.made == 1
        assert await both.say("export_more", call, graph=graph) is False

    talk(conversation)
