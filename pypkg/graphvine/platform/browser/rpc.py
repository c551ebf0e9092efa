"""The peer's end of the calls that a page makes (the page's end, and the protocol, is `site/graphvine.js`).

Values only: this file knows neither JavaScript nor a port. Messages come as dicts and go as MessagePack: one block of
bytes crosses to JavaScript a hundred times faster than ten thousand small objects.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import date, datetime, time, timedelta
from functools import partial
from math import isfinite
from typing import Any

import msgspec

from graphvine.errors import GraphClosed, InvalidValue
from graphvine.peer.tasks import freed, in_turns
from graphvine.platform.browser import console, parcels, rpc_texts, rpc_values
from graphvine.platform.browser.mergeables import losers, merge, read, why
from graphvine.platform.browser.rpc_texts import TextBridges
from graphvine.platform.browser.rpc_transfers import Transfers
from graphvine.platform.browser.tags import properties_from_page

Post = Callable[[dict[str, Any]], None]
OpenGraph = Callable[..., AbstractAsyncContextManager[Any]]
Evaluate = Callable[[str, dict[str, Any]], Awaitable[Any]]

MAX_DEPTH = 64
"""How deep a result may nest; an answer that refers to itself ends here."""


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as MessagePack: records as maps, times as text, sets as sorted lists, bytes as bytes."""
    builtins = msgspec.to_builtins(message, builtin_types=(bytes, bytearray), str_keys=True, order="deterministic")
    made = _encoder.encode(builtins)
    # An object gets such a key only by other means than the usual ones: `graphvine.js` reads these messages as maps.
    return _encoder.encode({"maps": made}) if b"__proto__" in made else made


_encoder = msgspec.msgpack.Encoder()


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Whatever `run` came to, as None, bool, int, float, str, bytes, lists and dicts; InvalidValue when too deep."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    if depth == 0:
        raise InvalidValue("The result nests too deep to be handed to the page. Return a smaller part of it.")
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (date, time, datetime, timedelta)):
        return str(value)
    fields = _fields(value)
    if fields is not None:
        return {key: plain(item, depth - 1) for key, item in fields.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, depth - 1) for item in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [plain(item, depth - 1) for item in value]
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else str(value)


def _fields(value: Any) -> dict[str, Any] | None:
    """The public parts of a vertex, an edge, a change or another record; None for anything else."""
    if type(value).__module__.startswith("graphvine.model.temporal"):
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "__struct_fields__"):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    return value._asdict() if hasattr(value, "_asdict") else None


def json_form(value: Any) -> str:
    """`value` as JSON text: bytes in base64, numbers that JSON does not know as null."""
    return json.dumps(_for_json(plain(value)), ensure_ascii=False, allow_nan=False)


def _for_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, list):
        return [_for_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _for_json(item) for key, item in value.items()}
    return value


def error_fields(error: BaseException) -> dict[str, Any]:
    """What a page is told of an error: its class, its message, and the plain data it carries (a place in a query)."""
    data = {
        key: item for key, item in vars(error).items() if isinstance(item, (bool, int, float, str)) and key[0] != "_"
    }
    return data | {"name": type(error).__name__, "message": str(error) or type(error).__name__}


class Server:
    """Answers the calls of one page. `receive` never waits; `run` owns every task until `stop`."""

    def __init__(self, open_graph: OpenGraph, evaluate: Evaluate, post: Post) -> None:
        self._open_graph = open_graph
        self._evaluate = evaluate
        self._post = post
        self._graphs: dict[int, tuple[Any, AsyncExitStack]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._transfers = Transfers()
        self._texts = TextBridges()
        self._group: asyncio.TaskGroup | None = None
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Serve until `stop`, then close every graph."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._post({"ready": True})
            await self._stopped.wait()
            for task in list(self._tasks.values()):
                task.cancel()
        for number in list(self._graphs):
            await self._close(number)

    def stop(self) -> None:
        """Make `run` return."""
        self._stopped.set()

    def receive(self, message: dict[str, Any]) -> None:
        """Take one message of the page."""
        if "cancel" in message:
            task = self._tasks.get(message["cancel"])
            if task is not None:
                task.cancel()
        elif self._group is not None:
            number = message["id"]
            task = self._group.create_task(self._answer(number, message))
            self._tasks[number] = task
            task.add_done_callback(lambda _: self._tasks.pop(number, None))

    async def _answer(self, number: int, message: dict[str, Any]) -> None:
        try:
            value = await self._perform(number, message["verb"], message.get("graph"), message.get("args") or [])
            await self._send(number, "value", value)
        except asyncio.CancelledError:
            if message["verb"] in _TRANSFERS:  # the page waits until whole transactions are in
                self._post({"id": number, "error": {"name": "Cancelled", "message": "The page cancelled this."}})
            raise
        except Exception as error:  # whatever it is, it belongs to the page that asked
            self._post({"id": number, "error": error_fields(error)})

    async def _perform(self, number: int, verb: str, graph_number: int | None, args: list[Any]) -> Any:
        if verb == "open":
            return await self._open(number, *args)
        if graph_number not in self._graphs:
            raise GraphClosed()
        graph = self._graphs[graph_number][0]
        if verb == "close":
            return await self._close(graph_number)
        if verb in _STREAMS:
            return await self._stream(number, _STREAMS[verb](graph, *args))
        if verb in _TRANSFERS:
            return await _TRANSFERS[verb](self._transfers, number, graph, args, partial(self._post_item, number))
        if verb in self._texts.verbs:
            return await self._texts.perform(verb, number, graph, args, partial(self._post_item, number))
        if verb == "run":
            return json_form(await self._evaluate(args[0], {"graph": graph}))
        if verb not in _VERBS:
            raise InvalidValue(f"There is no verb {verb!r}.")
        return await _VERBS[verb](graph, *args)

    async def _open(self, number: int, space: str, options: dict[str, Any]) -> int:
        stack = AsyncExitStack()
        graph = await stack.enter_async_context(self._open_graph(space, **options))
        self._graphs[number] = (graph, stack)
        return number

    async def _close(self, number: int) -> None:
        _, stack = self._graphs.pop(number)
        await stack.aclose()

    def _post_item(self, number: int, item: Any) -> None:
        self._post({"id": number, "item": item})

    async def _stream(self, number: int, items: AsyncIterator[Any]) -> None:
        async for item in items:
            await self._send(number, "item", item)

    async def _send(self, number: int, what: str, value: Any) -> None:
        """Post an answer or an item of a stream: in parts, and turns, when it is large. Who cancels stops that, too."""
        if parcels.room_left(value, parcels.PART) >= 0:
            self._post({"id": number, what: value})
            return
        for part in parcels.parts(value):
            self._post({"id": number, "part": part})
            await asyncio.sleep(0)
        self._post({"id": number, "whole": what})
        if isinstance(value, list):  # made for this answer
            await in_turns(freed(value))


# Verbs of a page's transaction that are taken at once: a few milliseconds of work.
VERBS_AT_ONCE = 100
# Seconds after which a page that shows the status gets it again, for round-trip times and counts.
_STATUS_AGAIN_S = 2.0


async def _statuses(graph: Any) -> AsyncIterator[Any]:
    """The status now, whenever it changes in something that matters, and every few seconds."""
    changed = asyncio.Event()
    stop = graph.on_status(changed.set)
    try:
        while True:
            await graph.usage()
            yield graph.status
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STATUS_AGAIN_S):
                    await changed.wait()
            changed.clear()
    finally:
        stop()


async def _transaction(graph: Any, steps: list[list[Any]]) -> None:
    """Each step: [verb, arguments ..., options]; options are keyword arguments, or None."""
    async with graph.transaction() as tx:
        for number, (verb, *args) in enumerate(steps, 1):
            if not number % VERBS_AT_ONCE:
                await asyncio.sleep(0)
            if verb == "merge":
                merge(tx, *args)
                continue
            if verb not in ("put", "link", "unlink", "delete"):
                raise InvalidValue(f"A transaction has no verb {verb!r}.")
            _with_options(getattr(tx, verb), args)


def _with_options(verb: Callable[..., Any], args: list[Any]) -> Any:
    """Call a verb of the API with a page's arguments; where the verb has options, the last one holds them."""
    name = verb.__name__
    if name not in _OPTIONS:
        return verb(*args)
    count, allowed = _OPTIONS[name]
    options = dict(args[count] or {}) if len(args) > count else {}
    unknown = [key for key in options if key not in allowed]
    if unknown:
        raise InvalidValue(f"{name} has no option {unknown[0]!r}; it has {', '.join(allowed)}.")
    ahead = args[:count]
    if len(ahead) == count:
        ahead[-1] = properties_from_page(ahead[-1])
    return verb(*ahead, **options)


# Verbs with options: how many arguments come before them (the last one: properties), and their names.
_OPTIONS = {"put": (2, ("labels", "remove", "unlabel")), "link": (4, ("edge", "remove"))}


async def _status(graph: Any) -> Any:
    return graph.status


async def _usage(graph: Any) -> dict[str, Any]:
    return dict((await graph.usage())._asdict())


_STREAMS: dict[str, Callable[..., AsyncIterator[Any]]] = {
    "live": rpc_values.live,
    "changes": rpc_values.changes,
    "statuses": _statuses,
    "query_rows": console.query_rows,
    "live_rows": console.live_rows,
    "people": rpc_texts.people,
}
_TRANSFERS: dict[str, Callable[..., Awaitable[Any]]] = {
    "import": lambda transfers, number, graph, args, post: transfers.import_file(number, graph, args[0], post),
    "import_chunk": lambda transfers, number, graph, args, post: transfers.chunk(*args),
    "export": lambda transfers, number, graph, args, post: transfers.export_file(number, graph, args[0], post),
    "export_more": lambda transfers, number, graph, args, post: transfers.more(*args),
}
_VERBS: dict[str, Callable[..., Awaitable[Any]]] = {
    "put": lambda graph, *args: _with_options(graph.put, list(args)),
    "get": rpc_values.get,
    "get_edge": rpc_values.get_edge,
    "vertices": rpc_values.vertices,
    "edges": rpc_values.edges,
    "snapshot": rpc_values.snapshot,
    "link": lambda graph, *args: _with_options(graph.link, list(args)),
    "unlink": lambda graph, edge: graph.unlink(edge),
    "delete": lambda graph, vertex: graph.delete(vertex),
    "transaction": _transaction,
    "merge": merge,
    "merged": read,
    "show": rpc_texts.show,
    "why": why,
    "losers": losers,
    "query": rpc_values.query,
    "flush": lambda graph: graph.flush(),
    "status": _status,
    "usage": _usage,
    "language": lambda _graph: console.describe_language(),
}
