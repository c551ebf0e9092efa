"""Shared texts of an open graph: what `graph.text(...)` returns.

>>> text = graph.text("note", "body")                   # doctest: +SKIP
>>> await text.insert(0, "Hello")                       # on disk; without `await` it is on its way
>>> str(text), len(text)
('Hello', 5)
>>> async for edits in text.edits(): ...                # what changes, by whomever
>>> await text.undo()                                   # takes back what was typed here, and nothing of others

An edit is in the text at once, before any waiting. What is typed while a transaction is being written goes into the
next one together; many small operations are replaced by one now and then (see `text_commits`).
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from graphvine.codec.text_runs import AGENT_BYTES
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import Change
from graphvine.crdt.local_text import LocalText
from graphvine.crdt.text.cursors import Anchor, Cursor, Cursors, anchor_at, position_of
from graphvine.crdt.text.document import Document, Version
from graphvine.crdt.text.sequence import Edit
from graphvine.crdt.text.undo import UndoStack
from graphvine.crdt.text.utf16 import from_utf16, to_utf16
from graphvine.crdt.text.versions import author_steps, change_steps, content_steps
from graphvine.crdt.text_edits import checked_edits, edits_from_utf16
from graphvine.errors import InvalidValue
from graphvine.handles import Transacting
from graphvine.model.ids import format_key
from graphvine.peer.driver import Driver
from graphvine.peer.tasks import in_turns
from graphvine.text_commits import TextCommits, TextSource

# Edits that a reader may be behind before it gets the whole text instead.
MAX_BEHIND = 1_000


class Delta(NamedTuple):
    """`deleted` characters at `at` went, then `text` came in there. is_local: through this graph object."""

    at: int
    deleted: int
    text: str
    is_local: bool = False


class Span(NamedTuple):
    """Characters from `start` up to `end`, and the key of who wrote them ("" for what was there as plain text)."""

    start: int
    end: int
    author: str


# Hears of edits, each after the one before: (position, deleted, text), and whether they were made here.
Listener = Callable[[list[tuple[int, int, str]], bool], None]


class TextHandle:
    """One text; the same object for everybody who asks this graph for it. Positions count characters (code points)."""

    def __init__(self, source: TextSource, place: Place, forget: Callable[[TextHandle], None]) -> None:
        self._source = source
        self._forget = forget
        self.place = place
        self._local = LocalText(source.document(place), source.writer, source.session)
        self._local.on_restart = self._restarted
        self._commits = TextCommits(source, place, self._local)
        self._listeners: list[Listener] = []
        self._cursors: Cursors | None = None
        self._undo: UndoStack[str] | None = None
        self._readying: asyncio.Future[None] | None = None
        self._watched: Document[str] = self._local.document
        self._watched.watchers.append(self._heard)

    # -- reading ------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self._local.document.content

    def __len__(self) -> int:
        return len(self._local.document)

    def __repr__(self) -> str:
        return f"<text {self.place.name!r} of {self.place.id!r}: {len(self)} characters>"

    def to_utf16(self, at: int) -> int:
        """Return a position as JavaScript counts: in UTF-16 code units. Outside of the text it is the nearer end."""
        return to_utf16(self._local.document.rope, at)

    def from_utf16(self, offset: int) -> int:
        """Return the position of an offset in UTF-16 code units. Outside of the text it is the nearer end."""
        return from_utf16(self._local.document.rope, offset)

    async def authors(self) -> list[Span]:
        """Return who wrote what is there now, in order. Edits that are not in a transaction yet are ours."""
        found = await in_turns(author_steps(self._local.document))
        writers = self._source.writers(self.place) | {self._local.agent: self._local.writer}
        return [
            Span(start, end, format_key(writers[agent].author) if agent in writers else "")
            for start, end, agent in found
        ]

    # -- editing ------------------------------------------------------------------------------------------------------

    def insert(self, at: int, text: str) -> asyncio.Future[None]:
        """Insert `text` before the character at `at`. Await what it returns to know that it is on disk."""
        return self.apply([(at, 0, text)])

    def delete(self, at: int, count: int = 1) -> asyncio.Future[None]:
        """Delete `count` characters from `at` on."""
        return self.apply([(at, count, "")])

    def replace(self, at: int, count: int, text: str) -> asyncio.Future[None]:
        """Put `text` in the place of `count` characters from `at` on."""
        return self.apply([(at, count, text)])

    def apply(self, edits: Iterable[tuple[int, int, str]], *, utf16: bool = False) -> asyncio.Future[None]:
        """Make edits (position, characters to delete, text to insert), each after the one before; all or none.

        utf16: positions and counts are UTF-16 code units.
        Raises InvalidValue when one of them does not fit, and GraphClosed.
        """
        self._source.check_open()
        wanted = checked_edits(edits)
        document = self._local.document
        self._commits.catch_up()
        if self._local.document is not document:
            raise InvalidValue("The text has been replaced. Look at it again.")
        if utf16:
            wanted = edits_from_utf16(document, wanted)
        if wanted:
            self.remember()
            self._local.edit(wanted)
        return self._commits.flush()

    def undo(self) -> asyncio.Future[None] | None:
        """Take back our last edits that are not taken back yet; None when there are none. Others' edits stay."""
        return self._reverse("undo")

    def redo(self) -> asyncio.Future[None] | None:
        """Make the edits again that were taken back last; None when there are none."""
        return self._reverse("redo")

    @property
    def can_undo(self) -> bool:
        """Whether there are edits of ours that `undo` could take back."""
        return self._undo is not None and self._undo.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there are edits that `redo` could make again."""
        return self._undo is not None and self._undo.can_redo

    def checkpoint(self) -> None:
        """Let `undo` stop here: what is typed next is a step of its own."""
        self.remember()
        assert self._undo is not None
        self._undo.checkpoint()

    def remember(self) -> None:
        """Keep our edits from now on for `undo`. The first edit does it by itself."""
        if self._undo is None:
            self._undo = UndoStack(self._local.document)
            self._get_ready(self._local.document)

    def _get_ready(self, document: Document[str]) -> None:
        """Find out in the background what anchors in a text with a long past need to know."""

        async def prepare() -> None:
            for _ in document.prepare():
                await asyncio.sleep(0)

        if self._readying is not None:
            self._readying.cancel()
        self._readying = asyncio.ensure_future(prepare())

    def _reverse(self, verb: str) -> asyncio.Future[None] | None:
        self._source.check_open()
        if self._undo is None or (self._undo.undo() if verb == "undo" else self._undo.redo()) is None:
            return None
        return self._commits.flush()

    async def flush(self) -> None:
        """Wait until every edit made here is on disk."""
        await self._commits.flush()

    # -- following ----------------------------------------------------------------------------------------------------

    async def edits(self) -> AsyncIterator[list[Delta]]:
        """Iterate over what changes, from now on: ours and others'. A reader far behind gets the whole text at once."""
        queue = _Queue(len(self))
        self._listeners.append(queue.tell)
        try:
            while await self._source.wait(queue.ready):
                batch = queue.take(self)
                if batch:
                    yield batch
        finally:
            self._listeners.remove(queue.tell)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every change at once; return what stops it. It must not edit."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def cursor(self, at: int, *, after: bool = True) -> Cursor:
        """Return a cursor whose `pos` follows all edits. after: what others insert right there comes behind it."""
        if self._cursors is None:
            self._cursors = Cursors(self._local.document)
        return self._cursors.add(at, after=after)

    def drop_cursor(self, cursor: Cursor) -> None:
        """Let a cursor go."""
        if self._cursors is not None:
            self._cursors.remove(cursor)

    def anchor(self, at: int, *, after: bool = True) -> str:
        """Return a place in the text as a word that means the same place to everybody, in whatever they have seen."""
        agent, seq, sticks = anchor_at(self._local.document, at, after=after)
        return f"{urlsafe_b64encode(agent).decode()}.{seq}.{int(sticks)}"

    def position(self, anchor: str) -> int | None:
        """Return where an anchor is now, or None if it is of something that has not come yet. Works on any text."""
        try:
            name, seq, after = anchor.split(".")
            agent = urlsafe_b64decode(name)
            if name and len(agent) != AGENT_BYTES:
                return None
            return position_of(self._local.document, Anchor(agent, int(seq), after == "1"))
        except ValueError:
            return None

    @property
    def key(self) -> str:
        """A short name of this text that is the same for everybody: for presence."""
        parts = (self.place.id, self.place.name, *(self.place.ends or ()))
        return blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()

    # -- versions -----------------------------------------------------------------------------------------------------

    @property
    def version(self) -> str:
        """What this text has seen, as a word. Keep it, and ask `at` or `diff` later."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self._local.document.version)).decode()

    async def at(self, version: str) -> str:
        """Return the text as it was. Raises InvalidValue if it is of a version that has not come here yet."""
        return await in_turns(content_steps(self._local.document, _parse(version)))

    async def diff(self, before: str, after: str | None = None) -> list[Delta]:
        """Return the edits that turn one version into another (None: the present). Neither need be the older."""
        end = self._local.document.version if after is None else _parse(after)
        return [Delta(*edit) for edit in await in_turns(change_steps(self._local.document, _parse(before), end))]

    # -- what the owner calls -----------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Take in what transactions have brought."""
        self._commits.catch_up()

    async def close(self) -> None:
        """Write what is left, and let go of the text. Asking the graph for it again opens it again."""
        self._forget(self)
        if self._readying is not None:
            self._readying.cancel()
        await self._commits.close()

    def _heard(self, edits: list[Edit]) -> None:
        self._tell([edit[:3] for edit in edits], self._local.document.was_local)

    def _tell(self, edits: list[tuple[int, int, str]], is_local: bool) -> None:
        for listener in list(self._listeners):
            listener(edits, is_local)

    def _restarted(self, edits: list[tuple[int, int, str]]) -> None:
        """The text was replaced: follow the new one. What could be undone is gone."""
        self._watched.watchers.remove(self._heard)
        self._watched = self._local.document
        if self._undo is not None:
            self._undo = UndoStack(self._watched)
            self._get_ready(self._watched)
        if self._cursors is not None:
            self._cursors.move_to(self._watched, _single(edits))
        self._watched.watchers.append(self._heard)
        if edits:
            self._tell(edits, False)


class _Queue:
    """What one reader has not been told yet. length: of the text that it knows."""

    def __init__(self, length: int) -> None:
        self.ready = asyncio.Event()
        self._known = length
        self._pending: list[Delta] | None = []

    def tell(self, edits: list[tuple[int, int, str]], is_local: bool) -> None:
        if self._pending is not None:
            self._pending += [Delta(*edit, is_local) for edit in edits]
            if len(self._pending) > MAX_BEHIND:
                self._pending = None
        self.ready.set()

    def take(self, text: TextHandle) -> list[Delta]:
        self.ready.clear()
        batch, self._pending = self._pending, []
        if batch is None:
            batch = [Delta(0, self._known, str(text))]
        self._known = len(text)
        return batch


def _single(edits: Iterable[tuple[int, int, str]]) -> list[Edit]:
    """Return edits as single deletions and insertions."""
    single: list[Edit] = []
    for pos, deleted, text in edits:
        if deleted:
            single.append((pos, deleted, "", 0))
        if text:
            single.append((pos, 0, text, 0))
    return single


def _parse(version: str) -> Version:
    try:
        return msgspec.msgpack.decode(urlsafe_b64decode(version), type=tuple[tuple[bytes, int], ...])
    except (ValueError, TypeError, msgspec.MsgspecError):
        raise InvalidValue("That is no version of a text. Take one from `text.version`.") from None


class Texts:
    """The open texts of one graph."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._source = TextSource(driver)
        self._open: dict[Place, TextHandle] = {}
        self._by_id: dict[str, dict[Place, TextHandle]] = {}
        self._concerned: dict[Place, TextHandle] = {}

    def at(self, place: Place) -> TextHandle:
        """Return the text at a place."""
        self._source.check_open()
        text = self._open.get(place)
        if text is None:
            if not self._open:
                self._driver.listen(self._hear)
            text = self._open[place] = TextHandle(self._source, place, self._forget)
            self._by_id.setdefault(place.id, {})[place] = text
        return text

    def _forget(self, text: TextHandle) -> None:
        place = text.place
        if self._open.get(place) is not text:
            return
        del self._open[place], self._by_id[place.id][place]
        if not self._by_id[place.id]:
            del self._by_id[place.id]
        if not self._open:
            self._driver.stop_listening(self._hear)

    def _hear(self, changes: list[Change], author: bytes, *, is_local: bool) -> None:
        """Some transaction was applied, or a part of one."""
        concerned = self._concerned
        for cell, key, _ in changes:
            texts = self._by_id.get(cell.id)
            if texts is not None and (key is None or type(key) is str):
                concerned.update({place: text for place, text in texts.items() if key is None or key == place.name})
        if concerned and self._driver.peer.inbox.is_open:
            self._concerned = {}
            for text in concerned.values():
                text.catch_up()

    async def close(self) -> None:
        """Write what is left of every text, and end the iterations."""
        for text in list(self._open.values()):
            await text.close()
        self._source.close()


class GraphTexts:
    """The shared texts of a graph."""

    _texts: Texts

    def transaction(self) -> Transacting:
        """Begin a transaction."""
        raise NotImplementedError

    def text(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> TextHandle:
        """Return a text that everybody can edit at once. Name a vertex and a property, or a property and ``edge=ID``.

        ``text = graph.text("note", "body")``; ``await text.insert(0, "Hello")``; ``str(text)``. What is there as plain
        text is where it starts.
        """
        return self._texts.at(self.transaction()._desk().place(vertex, name, edge))
