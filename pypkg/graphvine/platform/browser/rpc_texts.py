"""Shared texts between a page and its peer: one long call `text` for each, and small ones that edit.

The page shows its own edits at once, and so does the peer; both must end in the same text. The peer never moves an
edit of the page: it takes edits only when the page has seen every change so far, which `revision` counts, and says no
otherwise. A page that hears no has the missing changes already, or they are on their way: it puts its own edits behind
them (an editor knows how) and sends them again.

Items of the call `text`: {text, revision} at first; {edits, revision} for each change that is not the page's own;
{cursors, revision}; {history: [can undo, can redo], revision}, both false at first. Offsets are UTF-16 code units.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from graphvine.crdt.text.utf16 import Utf16Offsets
from graphvine.errors import GraphClosed, InvalidValue

PostItem = Callable[[Any], None]
Edits = list[tuple[int, int, str]]

# Seconds between two looks at where the cursors of others are, while they type.
CURSORS_EVERY_S = 0.05


class TextBridge:
    """One text that one page shows. revision: how many changes of others the page was told."""

    def __init__(self, graph: Any, text: Any, post: PostItem) -> None:
        self.text = text
        self.revision = 0
        self._graph = graph
        self._post = post
        self._offsets = Utf16Offsets(str(text))
        self._is_ours = False
        self._shown: list[dict[str, Any]] = []
        self._history = [False, False]
        self._moved = asyncio.Event()
        self._stop = text.listen(self._heard)
        post({"text": str(text), "revision": 0})

    async def run(self) -> None:
        """Tell of cursors until cancelled, or until the graph is closed."""
        people = asyncio.ensure_future(self._follow_people())
        try:
            while not people.done():
                await self._moved.wait()
                self._moved.clear()
                self._tell_cursors()
                await asyncio.sleep(CURSORS_EVERY_S)
        finally:
            people.cancel()
            self._stop()
            with suppress(GraphClosed):
                self._hide()

    def edit(self, revision: int, edits: list[list[Any]]) -> bool:
        """Make edits of a page that has seen `revision`; False if that is not all there is."""
        self.text.catch_up()
        if revision != self.revision:
            return False
        self._is_ours = True
        try:
            self.text.apply([tuple(edit) for edit in edits], utf16=True)
        finally:
            self._is_ours = False
        self._tell_history()
        return True

    def reverse(self, verb: str) -> bool:
        """Undo or redo. Tell whether there was something."""
        is_done = (self.text.undo() if verb == "undo" else self.text.redo()) is not None
        self._tell_history()
        return is_done

    def select(self, anchor: int | None, head: int | None) -> None:
        """Show others where our cursor is, and what is selected; None: nowhere in this text."""
        if anchor is None or head is None:
            self._hide()
            return
        ends = {"anchor": anchor, "head": head}
        places = {name: self.text.anchor(self.text.from_utf16(offset)) for name, offset in ends.items()}
        self._graph.presence.update({"text": self.text.key, **places})

    def _hide(self) -> None:
        mine = self._graph.presence.mine
        if mine is not None and mine.get("text") == self.text.key:
            self._graph.presence.update({"text": None, "anchor": None, "head": None})

    def _heard(self, edits: Edits, is_local: bool) -> None:
        converted = self._offsets.convert(edits, lambda: str(self.text))
        if not self._is_ours:
            self.revision += 1
            self._post({"edits": converted, "revision": self.revision})
            self._tell_history()  # a text that was replaced has none
        self._moved.set()

    def _tell_history(self) -> None:
        history = [self.text.can_undo, self.text.can_redo]
        if history != self._history:
            self._history = history
            self._post({"history": history, "revision": self.revision})

    async def _follow_people(self) -> None:
        try:
            async for _ in self._graph.presence.changes():
                self._moved.set()
        finally:
            asyncio.get_running_loop().call_soon(self._moved.set)

    def _tell_cursors(self) -> None:
        cursors = [cursor for person in self._graph.presence.others if (cursor := self._cursor(person)) is not None]
        if cursors != self._shown:
            self._shown = cursors
            self._post({"cursors": cursors, "revision": self.revision})

    def _cursor(self, person: Any) -> dict[str, Any] | None:
        values = person.values
        if values.get("text") != self.text.key:
            return None
        places = [self.text.position(str(values.get(name))) for name in ("anchor", "head")]
        if None in places:
            return None
        anchor, head = (self.text.to_utf16(place) for place in places)
        return {"peer": person.peer, "author": person.author, "anchor": anchor, "head": head, **_look(values)}


def _look(values: dict[str, Any]) -> dict[str, str]:
    """Return name and colour, if they are text."""
    return {name: value for name in ("name", "color") if isinstance(value := values.get(name), str)}


class TextBridges:
    """The texts of one page, by the number of their call."""

    def __init__(self) -> None:
        self._bridges: dict[int, TextBridge] = {}
        self._calls: dict[str, Callable[..., Awaitable[Any]]] = {
            "text_edit": self._edit,
            "text_undo": self._undo,
            "text_redo": self._redo,
            "text_checkpoint": self._checkpoint,
            "text_select": self._select,
            "text_flush": self._flush,
        }

    @property
    def verbs(self) -> frozenset[str]:
        """What a page may call."""
        return frozenset({"text", *self._calls})

    async def perform(self, verb: str, number: int, graph: Any, args: list[Any], post: PostItem) -> Any:
        """Answer a call."""
        if verb != "text":
            bridge = self._bridges.get(args[0]) if args else None
            if bridge is None:
                raise InvalidValue("This text is closed. Open it again with graph.text().")
            return await self._calls[verb](bridge, *args[1:])
        target, name = args
        edge = target.get("edge") if isinstance(target, dict) else None
        text = graph.text(name=name, edge=edge) if edge is not None else graph.text(target, name)
        bridge = TextBridge(graph, text, post)
        self._bridges[number] = bridge
        try:
            await bridge.run()
        finally:
            del self._bridges[number]

    async def _edit(self, bridge: TextBridge, revision: int, edits: list[list[Any]]) -> bool:
        return bridge.edit(revision, edits)

    async def _undo(self, bridge: TextBridge) -> bool:
        return bridge.reverse("undo")

    async def _redo(self, bridge: TextBridge) -> bool:
        return bridge.reverse("redo")

    async def _checkpoint(self, bridge: TextBridge) -> None:
        bridge.text.checkpoint()

    async def _select(self, bridge: TextBridge, anchor: int | None, head: int | None) -> None:
        bridge.select(anchor, head)

    async def _flush(self, bridge: TextBridge) -> None:
        await bridge.text.flush()


async def people(graph: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """Who is here: now, and whenever that is different."""
    async for others in graph.presence.changes():
        yield [person._asdict() for person in others]


async def show(graph: Any, verb: str, values: dict[str, Any] | None = None) -> None:
    """Show something of ourselves."""
    if verb == "leave":
        graph.presence.leave()
    elif verb in ("set", "update"):
        getattr(graph.presence, verb)(values or {})
    else:
        raise InvalidValue(f"Presence has no verb {verb!r}; it has set, update, leave.")
