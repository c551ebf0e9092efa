"""Updates from others: resolved, checked as a whole, then applied, or held until what they build on is here."""

from __future__ import annotations

from typing import Generic

import msgspec

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.duplicates import unknown_part
from graphvine.crdt.text.event_graph import Heads
from graphvine.crdt.text.held import Held, Name, Waiting
from graphvine.crdt.text.params import MAX_AGENTS
from graphvine.crdt.text.sequence import Content, Edit
from graphvine.crdt.text.update import Update, encode
from graphvine.errors import MalformedMessage, ProtocolViolation, RemoteError


class Applied(msgspec.Struct, frozen=True, gc=False):
    """What applying an update did.

    edits:   to the document, in order. None came of an update that was known, or has to wait.
    refused: held updates that became ready and turned out to be wrong, with the error. Somebody else sent those.
    """

    edits: list[Edit]
    refused: list[tuple[Name, RemoteError]] = []


class Inbox(Generic[Content]):
    """Takes encoded updates for one document, in any order and any number of times.

    held: where updates wait for what they build on.
    """

    def __init__(self, document: Document[Content], held: Held | None = None) -> None:
        self._document: Document[Content] = document
        self._held = Held() if held is None else held

    @property
    def missing(self) -> list[Name]:
        """Events that held updates wait for, as (agent, seq)."""
        return self._held.missing()

    @property
    def dropped(self) -> int:
        """How many held updates had to go for want of room."""
        return self._held.dropped

    def __len__(self) -> int:
        return len(self._held)

    def apply(self, data: bytes, agent: bytes = b"") -> Applied:
        """Apply an encoded update.

        agent: who made it, if the envelope says so.
        Raises MalformedMessage if it is no update or does not fit its document, ProtocolViolation if its agent has
        used the same numbers for something else. Then nothing has changed.
        """
        document = self._document
        update = document.wire.parse(data)
        edits = None if agent else document.follow(update)
        if edits is None:
            return self._put(document.wire.complete(update, agent), data, agent)
        return self._release(update.agent, edits) if self._held else Applied(edits)

    def take(self, update: Update[Content], data: bytes = b"", agent: bytes = b"") -> Applied:
        """Apply a decoded update, as `apply` does. data: its encoded form, if there is one."""
        edits = self._document.follow(update)
        if edits is None:
            return self._put(update, data, agent)
        return self._release(update.agent, edits) if self._held else Applied(edits)

    def _put(self, update: Update[Content], data: bytes, envelope: bytes) -> Applied:
        edits = self._receive(update, data, envelope)
        if edits is None:
            return Applied([])
        return self._release(update.agent, edits) if self._held else Applied(edits)

    def _release(self, agent: bytes, edits: list[Edit]) -> Applied:
        """Apply what waited for an agent, and what waited for that. edits: what was done just now."""
        graph = self._document.recent
        refused: list[tuple[Name, RemoteError]] = []
        agents = [agent]
        while agents:
            agent = agents.pop()
            known = graph.known_agent(agent)
            for name, _, data, envelope in self._held.take(agent, 0 if known is None else graph.next_seq[known]):
                try:
                    more = self._receive(self._document.wire.decode(data, envelope), data, envelope)
                except RemoteError as error:
                    refused.append((name, error))
                    continue
                if more is not None:
                    edits += more
                    agents.append(name[0])
        return Applied(edits, refused)

    def _receive(self, update: Update[Content], data: bytes, envelope: bytes) -> list[Edit] | None:
        """Apply an update; return None if it has to wait."""
        document = self._document
        graph = document.recent
        agent = graph.known_agent(update.agent)
        next_seq = 0 if agent is None else graph.next_seq[agent]
        if update.seq > next_seq:
            self._hold(update, data, envelope, (update.agent, update.seq - 1))
            return None
        missing = self._missing(update)
        if update.seq < next_seq:
            if missing is not None:
                raise ProtocolViolation(f"agent {update.agent.hex()} has used number {update.seq} twice")
            rest = unknown_part(document.graph, document.log, update, self._parents(update))
            if rest is None:
                return []
            update = rest
        elif missing is not None:
            self._hold(update, data, envelope, missing)
            return None
        parents = self._parents(update)
        if next_seq and not self._follows_itself(update, parents, graph.last[graph.agent(update.agent)]):
            raise MalformedMessage(f"agent {update.agent.hex()} forgot what it did before number {update.seq}")
        document.check(update, parents)
        if agent is None and len(graph.names) >= MAX_AGENTS:
            raise ProtocolViolation(f"a text with over {MAX_AGENTS:,} agents")
        return document.commit(update, graph.agent(update.agent), parents)

    def _hold(self, update: Update[Content], data: bytes, envelope: bytes, missing: Name) -> None:
        data = data or encode(update)
        self._held.hold(Waiting((update.agent, update.seq), update.events(), data, envelope), missing)

    def _follows_itself(self, update: Update[Content], parents: Heads, last: int) -> bool:
        """Whether an agent builds on its own last event. So a version never has more heads than there are agents."""
        if update.parents is None or last in parents or parents == self._document.recent.heads:
            return True
        return self._document.graph.contains(parents, last)

    def _missing(self, update: Update[Content]) -> Name | None:
        """Return the first parent that is not known, or None."""
        graph = self._document.recent
        for name, seq in update.parents or ():
            if name == update.agent and seq >= update.seq:
                raise MalformedMessage("a text update that builds on itself")
            agent = graph.known_agent(name)
            if agent is None or seq >= graph.next_seq[agent]:
                return name, seq
        return None

    def _parents(self, update: Update[Content]) -> Heads:
        """Return the parents, all known, as minimal heads."""
        document = self._document
        names = update.parents
        if names is None:
            names = ((update.agent, update.seq - 1),) if update.seq else ()
        numbers = sorted(document.number(name, seq) for name, seq in names)
        if len(numbers) < 2 or tuple(numbers) == document.recent.heads:
            return tuple(numbers)
        return document.graph.minimal(numbers)
