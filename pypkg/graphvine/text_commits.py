"""How the edits of a shared text get into transactions, and how the text hears of transactions.

The first edit is committed at once. What is typed meanwhile goes into the next transaction, together. When many small
operations of ours are live, one operation with all their events replaces them: everybody keeps that one alone.
"""

from __future__ import annotations

import asyncio

from graphvine.crdt.cells import Leaf, owner_of
from graphvine.crdt.edits import Place
from graphvine.crdt.local_text import LocalText
from graphvine.crdt.merged import value_of
from graphvine.crdt.merged_text import MergedText, base_of
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import TEXT as WIRE
from graphvine.crdt.text_edits import TextEdit, bodies_of, session_of, to_join
from graphvine.errors import GraphClosed
from graphvine.model.operation import TEXT
from graphvine.model.transaction import WriterKey
from graphvine.peer.commits import WriterChanged
from graphvine.peer.driver import Driver
from graphvine.store.builder import TransactionBuilder

# Operations of an earlier visit that are worth joining, and of this one when it ends.
JOIN_OLD = 4
JOIN_LAST = 8


class TextSource:
    """The state's side of all texts of one graph."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._state = driver.peer.replica.state
        # What a text starts from while no operation made one: by what wrote the property.
        self._blank: dict[Place, tuple[Leaf | None, Document[str]]] = {}
        self._is_closed = False
        self._closing = asyncio.Event()

    @property
    def writer(self) -> WriterKey:
        """Who signs."""
        return self._driver.writer

    def session(self) -> int:
        """Return another session's number at each call."""
        return session_of(self._driver.element_ids.take(1))

    def merged(self, place: Place) -> MergedText | None:
        """Return a text that operations made."""
        merged = value_of(self._state.find(place.id, place.ends), place.name, TEXT)
        return merged if isinstance(merged, MergedText) else None

    def document(self, place: Place) -> Document[str]:
        """Return the document of a text, or one with the plain text that is in its place."""
        merged = self.merged(place)
        if merged is not None:
            return merged.document
        cell = self._state.cell_at(place.id, place.ends)
        barrier = owner_of(cell, place.name) if cell is not None else None
        known = self._blank.get(place)
        if known is None or known[0] is not barrier:
            blank = Document(WIRE)
            base = base_of(barrier, place.name) if barrier is not None else None
            if base is not None:
                Inbox(blank).take(base)
            known = self._blank[place] = barrier, blank
        return known[1]

    def writers(self, place: Place) -> dict[bytes, WriterKey]:
        """Return who signs for each agent of a text."""
        merged = self.merged(place)
        return {} if merged is None else dict(merged.writers)

    async def commit(self, place: Place, bodies: list[bytes], writer: WriterKey) -> None:
        """Write operations of an agent of `writer`. Raises WriterChanged when we are somebody else by now."""
        builder = TransactionBuilder()
        builder.edit(place, TEXT, TextEdit).ready += bodies
        await self._driver.commit(builder.finish()._replace(writer=writer))

    def check_open(self) -> None:
        """Raise GraphClosed once that is so."""
        if self._is_closed:
            raise GraphClosed()

    async def wait(self, event: asyncio.Event) -> bool:
        """Wait for an event; False once the graph is closed."""
        if not self._is_closed and not event.is_set():
            waits = [asyncio.ensure_future(each.wait()) for each in (event, self._closing)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waits:
                    each.cancel()
        return not self._is_closed

    def close(self) -> None:
        """End the iterations."""
        self._is_closed = True
        self._closing.set()


class TextCommits:
    """The way of one text's edits into transactions."""

    def __init__(self, source: TextSource, place: Place, local: LocalText) -> None:
        self._source = source
        self._place = place
        self._local = local
        self._task: asyncio.Task[None] | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._has_joined_old = False

    def catch_up(self) -> None:
        """Take in what transactions have brought."""
        self._local.catch_up(self._source.document(self._place), self._source.writer)

    def flush(self) -> asyncio.Future[None]:
        """Return what is done when every edit until now is on disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_look)
        if self._local.sent == self._local.made and not self._local.is_sending:
            done.set_result(None)
            return done
        self._waiting.append(done)
        if self._task is None:
            self._task = asyncio.ensure_future(self._send_all())
        return done

    async def close(self) -> None:
        """Write what is left, and leave little behind."""
        if self._local.sent < self._local.made and self._task is None:
            self.flush()
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._join(self._local.agent, JOIN_LAST)

    async def _send_all(self) -> None:
        try:
            while self._local.sent < self._local.made:
                if not await self._send():
                    return
                self.catch_up()
            _settle(self._taken(), None)
            await self._join(self._local.agent)
            if not self._has_joined_old:
                self._has_joined_old = True
                await self._join_old()
        finally:
            self._task = None
            if self._waiting and self._local.sent < self._local.made:
                self._task = asyncio.ensure_future(self._send_all())

    def _taken(self) -> list[asyncio.Future[None]]:
        """Return those who wait, and forget them."""
        waiting, self._waiting = self._waiting, []
        return waiting

    async def _send(self) -> bool:
        """Write what is not in a transaction yet. Tell whether it worked."""
        local, waiting = self._local, self._taken()
        bodies, agent, before = local.unsent(), local.agent, local.sent
        local.sent, local.is_sending = local.made, True
        error: BaseException | None = None
        try:
            await self._source.commit(self._place, bodies, local.writer)
        except Exception as problem:  # whatever it is, it belongs to those who wait for it
            error = problem
        finally:
            local.is_sending = False
        if error is not None and local.agent == agent:
            merged = self._source.merged(self._place)
            known = 0 if merged is None else merged.known_of(agent)
            local.sent = max(before, min(known, local.made))  # what never became a transaction is tried again
        if isinstance(error, WriterChanged):  # `catch_up` types it again, as who we are now
            self._waiting += waiting
            return True
        _settle(waiting, error)
        if error is not None:
            _settle(self._taken(), error)
        return error is None

    async def _join_old(self) -> None:
        """Replace small operations of earlier visits."""
        merged = self._source.merged(self._place)
        for agent in merged.agents_of(self._source.writer) if merged is not None else ():
            if agent != self._local.agent:
                await self._join(agent, JOIN_OLD)

    async def _join(self, agent: bytes, enough: int | None = None) -> None:
        """Replace many small operations of an agent of ours by few."""
        merged = self._source.merged(self._place)
        writer = self._source.writer
        if merged is None or merged.is_troubled or merged.is_late or merged.writers.get(agent) != writer:
            return
        few = {} if enough is None else {"small": enough, "joined": enough}
        for start, end in to_join(merged, agent, **few):
            if end > merged.known_of(agent):
                return
            bodies = bodies_of(merged.document, merged.sessions[agent], agent, start, end)
            if len(bodies) == 1:
                try:
                    await self._source.commit(self._place, bodies, writer)
                except Exception:  # nobody waits for it, and nothing is lost; the next edit meets the same trouble
                    return


def _settle(waiting: list[asyncio.Future[None]], error: BaseException | None) -> None:
    for done in waiting:
        if not done.done():
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)


def _look(done: asyncio.Future[None]) -> None:
    """An edit that nobody awaits may fail without a word from asyncio; the status tells of a full disk."""
    if not done.cancelled():
        done.exception()
