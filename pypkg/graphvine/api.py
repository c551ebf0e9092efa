"""For applications: `open`, `Graph`, `Transaction`.

>>> async with open("team-wiki", storage=":memory:") as graph:          # doctest: +SKIP
...     await graph.put("alice", {"name": "Alice"}, labels=["Person"])
...     alice = await graph.get("alice")
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from graphvine.crdt.edits import Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.editors import Desk, merge_in, split
from graphvine.errors import GraphClosed, InvalidValue
from graphvine.files.formats import find_format
from graphvine.handles import GraphValues, Transacting
from graphvine.model.ids import check_id, check_name, check_text, default_edge_id, format_key, public_space_id
from graphvine.model.steps import in_one_go
from graphvine.peer.compose import Opened, open_peer
from graphvine.peer.driver import Driver
from graphvine.peer.tasks import finished, in_turns, read
from graphvine.peer.watchers import Pending, Watcher
from graphvine.ports import Usage
from graphvine.presence import WhoIsHere
from graphvine.queries import Queries, Rows
from graphvine.query.written import Written
from graphvine.reads import GraphReads
from graphvine.status import PeerStatus, RelayStatus, Status, StorageStatus, SyncStatus
from graphvine.store.builder import TransactionBuilder
from graphvine.texts import GraphTexts, Texts
from graphvine.transfer.exports import Export
from graphvine.transfer.imports import FileSource, Import
from graphvine.transfer.progress import Imported, OnProgress
from graphvine.vertex import Change, Edge, Vertex, read_each
from graphvine.why import GraphReasons

MAX_SPACE_BYTES = 256


def open(
    space: str, *, identity: str | None = None, relay: str | Sequence[str] | None = None, storage: str | None = None
) -> Opening:
    """Open a space, creating it when this is its first use. Use it with ``async with``, or ``await`` it and `close`.

    space: its name; who knows the name can join. identity: which of this user's keys signs (None: the usual one).
    relay: address of a signaling relay, or several (ws:// or wss://); None: this device only.
    storage: None for the platform's own, ":memory:" for none, or a file path on CPython.
    """
    check_text("A space name", space, MAX_SPACE_BYTES)
    relays = [relay] if isinstance(relay, str) else list(relay or ())
    if identity is not None:
        check_name("An identity name", identity)
    return Opening(space, identity or "default", relays, storage)


class Opening:
    """What `open` returns: an async context manager that can also be awaited."""

    def __init__(self, space: str, identity: str, relays: list[str], storage: str | None) -> None:
        self._arguments = (space, identity, relays, storage)
        self._graph: Graph | None = None

    async def _open(self) -> Graph:
        space, identity, relays, storage = self._arguments
        if sys.platform == "emscripten":
            from graphvine.platform.browser.platform import browser_platform as make_platform
            from graphvine.platform.browser.platform import open_storage
        else:
            from graphvine.platform.native.platform import native_platform as make_platform
            from graphvine.platform.native.platform import open_storage
        space_id = public_space_id(space).hex()
        platform = make_platform(space_id)
        return Graph(await open_peer(platform, open_storage(space_id, storage), space, identity, relays))

    def __await__(self) -> Generator[Any, None, Graph]:
        """Open the graph; the caller closes it."""
        return self._open().__await__()

    async def __aenter__(self) -> Graph:
        """Open the graph."""
        self._graph = await self._open()
        return self._graph

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._graph is not None:
            await self._graph.close()


class Transaction(Transacting):
    """Writes that happen all or not at all, here and at every peer. Checked when called, applied at the end."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._builder = TransactionBuilder()
        self._is_over = False

    def put(
        self,
        vertex: str,
        properties: Mapping[str, object] | None = None,
        *,
        labels: Iterable[str] = (),
        remove: Iterable[str] = (),
        unlabel: Iterable[str] = (),
    ) -> None:
        """Create a vertex, or change the given properties and labels of it; what is not named stays as it is.

        remove, unlabel: property names and labels to take away.
        """
        in_one_go(self._put_steps(vertex, properties, labels, remove, unlabel))

    def _put_steps(
        self,
        vertex: str,
        properties: Mapping[str, object] | None,
        labels: Iterable[str],
        remove: Iterable[str],
        unlabel: Iterable[str],
    ) -> Generator[None, None, None]:
        """Do what `put` does; large mergeable values in steps."""
        self._check_open()
        try:
            self._builder.put_vertex(vertex, properties, labels, removed=remove, unlabelled=unlabel)
        except InvalidValue:
            plain, mergeable = yield from split(properties, self._driver.element_ids)
            if not mergeable:
                raise
            self._builder.put_vertex(vertex, plain, labels, removed=remove, unlabelled=unlabel)
            yield from merge_in(self._desk(), Place(vertex, ""), mergeable)

    def link(
        self,
        source: str,
        type: str,
        target: str,
        properties: Mapping[str, object] | None = None,
        *,
        edge: str | None = None,
        remove: Iterable[str] = (),
    ) -> str:
        """Create an edge, or change the given properties of it. Return its id.

        Without `edge` there is one edge of a type between two vertices: linking twice changes it. Give ids of your
        own to have several. Ends that do not exist are created, empty.
        """
        return in_one_go(self._link_steps(source, type, target, properties, edge, remove))

    def _link_steps(
        self,
        source: str,
        type: str,
        target: str,
        properties: Mapping[str, object] | None,
        edge: str | None,
        remove: Iterable[str],
    ) -> Generator[None, None, str]:
        """Do what `link` does; large mergeable values in steps."""
        self._check_open()
        check_id("A source id", source)
        check_name("An edge type", type)
        check_id("A target id", target)
        id_ = default_edge_id(source, type, target) if edge is None else edge
        self._check_same_edge(id_, source, type, target)
        try:
            self._builder.put_edge(id_, type, source, target, properties, removed=remove)
        except InvalidValue:
            plain, mergeable = yield from split(properties, self._driver.element_ids)
            if not mergeable:
                raise
            self._builder.put_edge(id_, type, source, target, plain, removed=remove)
            yield from merge_in(self._desk(), Place(id_, "", Ends(type, source, target)), mergeable)
        for end in (source, target):
            is_there = end in self._driver.peer.replica.state.vertices and not self._builder.deletes_vertex(end)
            if not is_there and self._builder.pending_vertex(end) is None:
                self._builder.put_vertex(end)
        return id_

    def _check_same_edge(self, id_: str, source: str, type_: str, target: str) -> None:
        known = self._driver.peer.replica.state.edges.get(id_)
        if known is None or (known.source.id, known.type, known.target.id) == (source, type_, target):
            return
        if self._builder.deletes_edge(id_) or any(
            map(self._builder.deletes_vertex, (known.source.id, known.target.id))
        ):
            return
        raise InvalidValue(
            f"Edge {id_!r} already goes from {known.source.id!r} to {known.target.id!r} as {known.type!r}. "
            "An edge keeps its type and ends: delete it first, or use another id."
        )

    def delete(self, vertex: str) -> None:
        """Delete a vertex and every edge at it. Deleting what is not there is no error."""
        self._check_open()
        self._builder.delete_vertex(vertex)

    def unlink(self, edge: str) -> None:
        """Delete an edge by its id."""
        self._check_open()
        self._builder.delete_edge(edge)

    def _desk(self) -> Desk:
        self._check_open()
        return Desk(self._driver.peer.replica.state, self._builder, self._driver.element_ids, self._check_open)

    def _check_open(self) -> None:
        if self._is_over:
            raise InvalidValue("This transaction is over. Begin another with graph.transaction().")

    async def __aenter__(self) -> Transaction:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Apply everything, or, after an exception, nothing."""
        self._is_over = True
        if error is None:
            await self._driver.commit(await finished(self._builder))


class Graph(GraphReads, GraphValues, GraphTexts, GraphReasons):
    """An open space. Every awaited write is on disk when it returns.

    presence: who else has this space open right now, and what we show of ourselves.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._driver = opened.driver
        self._state = opened.driver.peer.replica.state
        self._watchers: dict[Watcher, None] = {}
        self._queries = Queries(opened.driver, opened.platform)
        self._usage = opened.usage
        self._closed = False
        self.presence = WhoIsHere(opened.driver)
        self._texts = Texts(opened.driver)

    @property
    def space(self) -> str:
        """The space's name."""
        return self._opened.space

    # -- writing ------------------------------------------------------------------------------------------------------

    def transaction(self) -> Transaction:
        """Begin writes that happen all or not at all: ``async with graph.transaction() as tx: ...``."""
        self._check_open()
        return Transaction(self._driver)

    async def put(
        self,
        vertex: str,
        properties: Mapping[str, object] | None = None,
        *,
        labels: Iterable[str] = (),
        remove: Iterable[str] = (),
        unlabel: Iterable[str] = (),
    ) -> None:
        """Create a vertex or change parts of it. See `Transaction.put`."""
        tx = self.transaction()
        await in_turns(tx._put_steps(vertex, properties, labels, remove, unlabel))
        await tx.__aexit__(None, None, None)

    async def link(
        self,
        source: str,
        type: str,
        target: str,
        properties: Mapping[str, object] | None = None,
        *,
        edge: str | None = None,
        remove: Iterable[str] = (),
    ) -> str:
        """Create an edge or change properties of it; return its id. See `Transaction.link`."""
        tx = self.transaction()
        id_ = await in_turns(tx._link_steps(source, type, target, properties, edge, remove))
        await tx.__aexit__(None, None, None)
        return id_

    async def delete(self, vertex: str) -> None:
        """Delete a vertex and every edge at it."""
        tx = self.transaction()
        tx.delete(vertex)
        await tx.__aexit__(None, None, None)

    async def unlink(self, edge: str) -> None:
        """Delete an edge by its id."""
        tx = self.transaction()
        tx.unlink(edge)
        await tx.__aexit__(None, None, None)

    async def flush(self) -> None:
        """Wait until everything known here is on disk. Raises the StorageError that prevents it."""
        self._check_open()
        await self._driver.disk.flush()

    # -- reading ------------------------------------------------------------------------------------------------------

    async def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        on_write: Callable[[list[Written]], object] | None = None,
        exact: bool = False,
    ) -> Rows:
        """Run a Cypher query; return its rows, each a dict by column. A query that writes is one transaction.

        Put values into `parameters` ($name), never into the text. Raises QueryError, which shows the place.
        on_write: is told, just before the write, what each vertex and edge was and will be; enough to undo it.
        """
        self._check_open()
        return await self._queries.run(text, parameters, on_write, exact=exact)

    async def live(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, exact: bool = False
    ) -> AsyncIterator[Rows]:
        """Iterate over the rows of a query: now, and whenever a local or remote change has made them different."""
        self._check_open()
        async for rows in self._queries.live(text, parameters, exact=exact):
            yield rows

    async def changes(self, id: str | None = None, *, exact: bool = False) -> AsyncIterator[Change]:
        """Iterate over what happens to one vertex (its outgoing edges included), to one edge, or (None) to all.

        Begins with the next change. A reader that is slower than the writers misses steps in between, never the last.
        """
        async for batch in self.change_batches(id, exact=exact):
            for change in batch:
                yield change

    async def change_batches(self, id: str | None = None, *, exact: bool = False) -> AsyncIterator[list[Change]]:
        """Iterate like `changes`, over lists of what happened at once (a large transaction comes in several)."""
        if id is not None:
            check_id("An id", id)
        self._check_open()
        watcher = Watcher(id, self._driver.readable)
        self._watchers[watcher] = None
        self._driver.listen(watcher.tell)
        try:
            async for batch in watcher.take():
                yield await read(self._driver, _read_changes(batch, self._state, exact))  # never half a transaction
        finally:
            self._watchers.pop(watcher, None)
            self._driver.stop_listening(watcher.tell)

    # -- files --------------------------------------------------------------------------------------------------------

    def export(self, format: str = "graphvine", *, on_progress: OnProgress | None = None) -> Export:
        """Return the whole graph as a file: ``async for chunk in graph.export("graphml")``, then its `result`.

        format: ``graphvine`` (the archive, signed transactions and all), ``cypher``, ``graphml``, ``jsonld``, ``csv``,
        ``gun``. See docs/howto/back-up-and-move.md for what each can carry.
        """
        self._check_open()
        return Export(self._driver, self._opened.platform.clock, self.space, find_format(format), on_progress)

    async def import_from(
        self,
        source: FileSource,
        /,
        format: str | None = None,
        *,
        name: str = "",
        total: int = 0,
        on_progress: OnProgress | None = None,
        **options: Any,
    ) -> Imported:
        """Take a file into the graph, in whole transactions. Cancel the task to stop after one of them.

        source: bytes, a binary file, or an iterable or async iterable of chunks. format: None finds it out by `name`
        (of the file) and the first bytes. total: bytes of the whole file, for the progress. options: of the format.
        Raises FileError, which says where the file is wrong and what of it is in.
        """
        self._check_open()
        one = Import(self._driver, self._opened.platform, self._queries, on_progress, total)
        return await one.run(source, format, name, options)

    async def _readable(self) -> None:
        self._check_open()
        if not self._driver.peer.inbox.is_open:
            await self._driver.readable()

    # -- how it is doing ----------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """Who is connected and how, and how disk and sync are doing: plain values that print well."""
        peer, state = self._driver.peer, self._driver.disk.state
        peers = self._peer_statuses()
        relay = peer.relay_state
        return Status(
            self.space,
            format_key(self._opened.author),
            format_key(self._opened.peer),
            peers,
            RelayStatus(relay.url, relay.state, relay.detail) if relay else RelayStatus("", "none", ""),
            StorageStatus(state.state, state.error, state.unsaved, state.damaged, state.bytes, *self._usage),
            self._sync_status(peers),
            {format_key(each): reason for each, reason in peer.links.refused.items()},
        )

    def _peer_statuses(self) -> list[PeerStatus]:
        peer, now = self._driver.peer, self._opened.platform.clock.now()
        syncs = peer.sync_status()
        return [
            PeerStatus(
                format_key(link.peer),
                format_key(link.author) if link.author else "",
                link.kind,
                link.state,
                link.rtt_ms,
                link.since_s,
                syncs.get(link.peer, "connecting"),
            )
            for link in peer.links.status(now=now)
        ]

    def _sync_status(self, peers: list[PeerStatus]) -> SyncStatus:
        peer, replica = self._driver.peer, self._driver.peer.replica
        ready = [each for each in peers if each.state == "ready"]
        is_settled = all(each.sync == "converged" for each in ready) and not peer.inbox.waiting
        name = "alone" if not ready else "converged" if is_settled else "syncing"
        return SyncStatus(
            name,
            replica.transaction_count,
            len(self._state.vertices),
            len(self._state.edges),
            peer.inbox.waiting,
            replica.held_count,
        )

    async def usage(self) -> Usage:
        """Return the platform's estimate of storage used and left, and whether the browser may evict it."""
        self._check_open()
        self._usage = await self._driver.disk.usage()
        return self._usage

    def on_status(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when `status` changes in something that matters. Return what stops it."""
        self._driver.status_listeners.append(listener)

        def stop() -> None:
            if listener in self._driver.status_listeners:
                self._driver.status_listeners.remove(listener)

        return stop

    async def close(self) -> None:
        """Write what is left to disk, say goodbye to the peers and free everything. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._queries.close()
            self.presence.close()
            await self._texts.close()
            await self._driver.leave()
            for watcher in list(self._watchers):
                watcher.close()
            await self._driver.close()

    def _check_open(self) -> None:
        if self._closed:
            raise GraphClosed()


def _read_changes(batch: list[Pending], state: GraphState, exact: bool) -> Generator[None, None, list[Change]]:
    """Return changes, in steps, with the values of this moment, which may be newer than what is pending."""
    cells = [(state.vertices if pending.is_vertex else state.edges).get(pending.cell.id) for pending in batch]
    values = yield from read_each(cells, exact=exact)
    return [_change(pending, value) for pending, value in zip(batch, values, strict=True)]


def _change(pending: Pending, value: Vertex | Edge | None) -> Change:
    kind, change = "vertex" if pending.is_vertex else "edge", "delete" if value is None else "put"
    names = tuple(sorted(pending.names))
    return Change(kind, pending.cell.id, change, names, value, format_key(pending.author), pending.is_local)
