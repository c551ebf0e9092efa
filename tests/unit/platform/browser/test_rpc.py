"""The peer's end of a page's calls, with a small graph in place of the real one: what is tested is the conversation."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import msgspec
import pytest

from graphvine.errors import GraphClosed, InvalidValue, QueryError
from graphvine.platform.browser import rpc
from graphvine.platform.browser.rpc import Server, encode, error_fields, json_form, plain


@dataclasses.dataclass
class Person:
    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]


@dataclasses.dataclass
class Knows:
    id: str
    type: str
    source: str
    target: str
    properties: dict[str, Any]


@dataclasses.dataclass
class Moved:
    vertex: str
    value: bytes


ALICE = Person("alice", ("Person",), {"name": "Alice", "key": b"\x01"})


class Shelf:
    """A graph that remembers, for the length of one test."""

    def __init__(self) -> None:
        self.vertices: dict[str, dict[str, Any]] = {}
        self.closed = False
        self.status = {"peers": 0}
        self.listeners: list[Callable[[], None]] = []

    def on_status(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def usage(self) -> int:
        return 7

    async def link(self, *ends: Any, edge: str | None = None) -> Any:
        return [*ends, edge]

    async def put(self, vertex: str, properties: dict[str, Any], *, labels: Sequence[str] = ()) -> None:
        self.vertices[vertex] = {**properties, "labels": list(labels)}

    async def get(self, vertex: str) -> Any:
        return self.vertices.get(vertex)

    async def query(self, text: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        if text == "no":
            raise QueryError("SyntaxError", "UnexpectedSyntax", "not Cypher", line=1, column=2)
        return [{"text": text, **parameters}]

    async def live(self, text: str, parameters: dict[str, Any]) -> AsyncIterator[list[Any]]:
        for number in range(3):
            yield [number]
        await asyncio.Event().wait()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        tx = Writes()
        yield tx
        self.vertices |= tx.vertices


class Writes:
    def __init__(self) -> None:
        self.vertices: dict[str, dict[str, Any]] = {}

    def put(self, vertex: str, properties: dict[str, Any], *, labels: Sequence[str] = ()) -> None:
        self.vertices[vertex] = properties


class Talk:
    """One page and one server. `say` returns the answer; `heard` is everything that was posted."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.shelf = Shelf()
        self.opened: dict[str, Any] = {}
        self.server = Server(self._open, self._evaluate, self._post)
        self._news = asyncio.Event()
        self._next = 0

    @asynccontextmanager
    async def _open(self, space: str, **options: Any) -> AsyncIterator[Shelf]:
        self.opened = {"space": space, **options}
        yield self.shelf
        self.shelf.closed = True

    async def _evaluate(self, code: str, names: dict[str, Any]) -> Any:
        return eval(code, dict(names))

    def _post(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        self._news.set()

    async def until(self, count: int, **fields: Any) -> list[dict[str, Any]]:
        """Wait for `count` messages that have these fields."""
        while True:
            found = [message for message in self.heard if fields.items() <= message.items()]
            if len(found) >= count:
                return found
            self._news.clear()
            await self._news.wait()

    def begin(self, verb: str, *args: Any, graph: int | None = None) -> int:
        self._next += 1
        self.server.receive({"id": self._next, "verb": verb, "graph": graph, "args": list(args)})
        return self._next

    async def say(self, verb: str, *args: Any, graph: int | None = None) -> Any:
        number = self.begin(verb, *args, graph=graph)
        (answer,) = await self.until(1, id=number)
        if "error" in answer:
            return answer["error"]
        return answer["value"]


def talk(conversation: Any) -> Talk:
    """Run `conversation(talk)` against a server, then stop it."""

    async def run() -> Talk:
        both = Talk()
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(both.server.run())
            await both.until(1, ready=True)
            await conversation(both)
            both.server.stop()
            await serving
        return both

    return asyncio.run(asyncio.wait_for(run(), timeout=60))


def test_verbs_reach_the_graph() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {"relay": None, "storage": ":memory:"})
        assert both.opened == {"space": "wiki", "relay": None, "storage": ":memory:"}
        assert await both.say("put", "alice", {"age": 30}, {"labels": ["Person"]}, graph=graph) is None
        assert await both.say("get", "alice", graph=graph) == {"age": 30, "labels": ["Person"]}
        assert await both.say("get", "bob", graph=graph) is None
        assert await both.say("query", "RETURN", {"a": 1}, graph=graph) == [{"text": "RETURN", "a": 1}]
        assert await both.say("status", graph=graph) == {"peers": 0}
        steps = [["put", "bob", {"age": 1}, {}], ["put", "carol", {}]]
        assert await both.say("transaction", steps, graph=graph) is None
        assert set(both.shelf.vertices) == {"alice", "bob", "carol"}
        assert await both.say("run", "[graph.status, (1, 2)]", graph=graph) == '[{"peers": 0}, [1, 2]]'

    assert talk(conversation).shelf.closed


def test_a_transaction_with_an_unknown_verb_writes_nothing() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        error = await both.say("transaction", [["put", "bob", {}, {}], ["__init__"]], graph=graph)
        assert error["name"] == "InvalidValue"
        assert both.shelf.vertices == {}

    talk(conversation)


@pytest.mark.parametrize("verb", ["__class__", "_open", "", "shelf"])
def test_only_the_verbs_can_be_called(verb: str) -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        assert (await both.say(verb, graph=graph))["name"] == "InvalidValue"

    talk(conversation)


def test_errors_cross_with_their_data() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        error = await both.say("query", "no", {}, graph=graph)
        assert (error["name"], error["message"], error["line"], error["column"]) == ("QueryError", "not Cypher", 1, 2)
        assert (await both.say("get", "alice", graph=77))["name"] == "GraphClosed"
        assert (await both.say("run", "1 / 0", graph=graph))["name"] == "ZeroDivisionError"

    talk(conversation)


def test_close_ends_a_graph_once() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        assert await both.say("close", graph=graph) is None
        assert both.shelf.closed
        assert (await both.say("close", graph=graph))["name"] == "GraphClosed"

    talk(conversation)


def test_a_stream_posts_items_until_it_is_cancelled() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        number = both.begin("live", "MATCH", {}, graph=graph)
        items = await both.until(3, id=number)
        assert [message["item"] for message in items] == [[0], [1], [2]]
        both.server.receive({"cancel": number})
        assert await both.say("status", graph=graph) == {"peers": 0}
        both.server.receive({"cancel": number})  # a second time, and for what never was
        both.server.receive({"cancel": 999})

    talk(conversation)


def test_stopping_ends_open_streams_and_closes_graphs() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        number = both.begin("live", "MATCH", {}, graph=graph)
        await both.until(3, id=number)

    assert talk(conversation).shelf.closed


def test_plain_turns_records_into_dicts() -> None:
    assert plain(ALICE) == {"id": "alice", "labels": ["Person"], "properties": {"name": "Alice", "key": b"\x01"}}
    edge = {"id": "e", "type": "KNOWS", "source": "alice", "target": "bob", "properties": {"since": 1}}
    assert plain([Knows("e", "KNOWS", "alice", "bob", {"since": 1})]) == [edge]
    assert plain(Moved("a", b"\x00")) == {"vertex": "a", "value": b"\x00"}
    assert plain({"day": date(2024, 2, 29), "bytes": bytearray(b"x")}) == {"day": "2024-02-29", "bytes": b"x"}
    assert plain(object).startswith("<class")


def test_a_key_that_objects_do_not_take_goes_inside_maps() -> None:
    usual, odd = {"id": 1, "value": {"constructor": 2}}, {"id": 1, "value": {"__proto__": 2}}
    assert msgspec.msgpack.decode(encode(usual)) == usual
    outer = msgspec.msgpack.decode(encode(odd))
    assert list(outer) == ["maps"]
    assert msgspec.msgpack.decode(outer["maps"]) == odd


def test_plain_ends_what_refers_to_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidValue, match="too deep"):
        plain(loop)


def test_json_form_is_json_whatever_comes() -> None:
    value = {"bytes": b"\x01\x02", "nan": float("nan"), "far": [float("inf"), 2**60], "text": "é"}
    assert json.loads(json_form(value)) == {"bytes": "AQI=", "nan": None, "far": [None, 2**60], "text": "é"}


def test_error_fields_of_an_empty_error_still_say_something() -> None:
    assert error_fields(KeyError()) == {"name": "KeyError", "message": "KeyError"}
    assert error_fields(GraphClosed())["message"].endswith("graphvine.open().")


def test_options_are_keyword_arguments_of_the_verb_and_no_others() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        assert await both.say("link", "a", "T", "b", {}, {"edge": "mine"}, graph=graph) == ["a", "T", "b", {}, "mine"]
        assert await both.say("link", "a", "T", "b", {}, None, graph=graph) == ["a", "T", "b", {}, None]
        for options in ({"colour": 1}, {"__class__": 1}):
            error = await both.say("put", "x", {}, options, graph=graph)
            assert error["name"] == "InvalidValue"
            assert "labels" in error["message"]
        assert both.shelf.vertices == {}

    talk(conversation)


def test_statuses_come_at_once_and_when_something_matters() -> None:
    async def conversation(both: Talk) -> None:
        graph = await both.say("open", "wiki", {})
        number = both.begin("statuses", graph=graph)
        await both.until(1, id=number)
        both.shelf.status = {"peers": 1}
        both.shelf.listeners[0]()
        items = await both.until(2, id=number)
        assert [message["item"] for message in items] == [{"peers": 0}, {"peers": 1}]
        both.server.receive({"cancel": number})
        await both.say("status", graph=graph)
        assert both.shelf.listeners == []

    talk(conversation)


def test_a_large_answer_comes_in_parts_and_can_be_cancelled_in_the_middle() -> None:
    async def conversation(talk: Talk) -> None:
        graph = await talk.say("open", "space", {})
        number = talk.begin("large", graph=graph)
        (end,) = await talk.until(1, id=number, whole="value")
        parts = [message for message in talk.heard if message.get("id") == number and "part" in message]
        assert len(parts) >= 10
        assert talk.heard.index(end) > talk.heard.index(parts[-1])
        cancelled = talk.begin("large", graph=graph)
        await talk.until(1, id=cancelled)
        talk.server.receive({"cancel": cancelled})
        for _ in range(100):
            await asyncio.sleep(0)
        theirs = [message for message in talk.heard if message.get("id") == cancelled]
        assert len(theirs) < len(parts)
        assert not any("whole" in message for message in theirs)

    async def large(graph: Any) -> list[dict[str, int]]:
        return [{"a": n, "b": n} for n in range(20_000)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(rpc._VERBS, "large", large)
        talk(conversation)
