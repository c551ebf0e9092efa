"""One shared text (or list): what it looks like now, and how edits get into it.

Nothing is kept per character but the characters: the events, run by run, and while people type at once the tracker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic

from graphvine.crdt.text.elements import Elements
from graphvine.crdt.text.event_graph import EventGraph, Heads
from graphvine.crdt.text.held import Name
from graphvine.crdt.text.merge import Merger, check_op
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.params import MAX_AGENT_BYTES, MAX_EDITS, MAX_UPDATE_BYTES
from graphvine.crdt.text.rope import Rope
from graphvine.crdt.text.sequence import BACKSPACE, DELETE, INSERT, Content, Edit
from graphvine.crdt.text.update import FORMAT, Update, Wire, encode
from graphvine.errors import InvalidValue, TooLarge

# Heads of a version under the names that everybody knows, sorted.
Version = tuple[Name, ...]
LocalEdit = tuple[int, int, Content]


class Document(Generic[Content]):
    """A sequence that several agents edit.

    agent:    our own name, or None to only follow. Two replicas must never edit under one name.
    watchers:  called with the edits after each change. They must not edit.
    was_local: whether the change that the watchers hear of was made here.
    has_elements: whether `elements` is kept up to date already.
    """

    def __init__(self, wire: Wire[Content], agent: bytes | None = None) -> None:
        self.wire: Wire[Content] = wire
        self.recent = EventGraph()
        self._log: OpLog[Content] = OpLog(wire.empty)
        self.rope: Rope[Content] = Rope(wire.empty)
        self.merger: Merger[Content] = Merger(self.recent, self._log)
        self.watchers: list[Callable[[list[Edit]], None]] = []
        self._thaw: Callable[[EventGraph, OpLog[Content]], None] | None = None
        self.has_elements = False
        self.was_local = False
        self._name = b""
        self._agent = -1
        if agent is not None:
            self.sign_as(agent)

    def sign_as(self, agent: bytes) -> None:
        """Make local edits under this name from now on."""
        if not 0 < len(agent) <= MAX_AGENT_BYTES:
            raise InvalidValue(f"An agent's name has 1 to {MAX_AGENT_BYTES} bytes, not {len(agent)}.")
        self._name = bytes(agent)
        self._agent = self.recent.agent(self._name)

    def copy(self) -> Document[Content]:
        """Return the same document with the same history, for somebody else to edit. Nobody watches it yet."""
        twin = Document(self.wire)
        twin.recent = self.graph.copy()
        twin._log = self.log.copy()
        twin.rope = self.rope.copy()
        twin.merger = Merger(twin.recent, twin._log)
        return twin

    # -- reading ------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.rope.size

    @property
    def content(self) -> Content:
        """The whole document as it is now."""
        return self.rope.content()

    @property
    def version(self) -> Version:
        """What this replica has seen."""
        return self.name(self.recent.heads)

    def name(self, heads: Heads) -> Version:
        """Return a version under names that other replicas understand."""
        graph = self.recent
        names = []
        agent_by_last = {last: agent for agent, last in enumerate(graph.last)}
        for head in heads:
            if head in agent_by_last:
                agent = agent_by_last[head]
                names.append((graph.names[agent], graph.next_seq[agent] - 1))
            else:
                agent, seq = self.graph.name_of(head)
                names.append((graph.names[agent], seq))
        return tuple(sorted(names))

    def number(self, name: bytes, seq: int) -> int:
        """Return the local number of a known event."""
        graph = self.recent
        agent = graph.agent(name)
        return graph.last[agent] if seq == graph.next_seq[agent] - 1 else self.graph.number(agent, seq)

    # -- history ------------------------------------------------------------------------------------------------------

    @property
    def graph(self) -> EventGraph:
        """Every event's name and parents. (`recent` is the same without a look at what is still packed.)"""
        self._unpack()
        return self.recent

    @property
    def log(self) -> OpLog[Content]:
        """What every event did."""
        self._unpack()
        return self._log

    @property
    def elements(self) -> Elements:
        """Which event inserted each visible element. From the first look on it is kept up to date."""
        return self._elements if self.has_elements else self.use(Elements.of(self.graph, self.log))

    def use(self, elements: Elements) -> Elements:
        """Keep `elements`, which are those of the present, from now on; return those that are kept."""
        if not self.has_elements:
            self._elements = elements
            self.watchers.insert(0, elements.follow)
            self.has_elements = True
        return self._elements

    def prepare(self) -> Iterator[None]:
        """Find `elements` in steps, between which edits may come; otherwise the first look does it all at once."""
        if self.has_elements:
            return
        missed: list[list[Edit]] = []

        def hear(edits: list[Edit]) -> None:
            missed.append(list(edits))  # the list may grow

        self.watchers.append(hear)
        try:
            elements = yield from Elements.steps(self.graph, self.log, self.recent.size)
            for edits in missed:
                elements.follow(edits)
            self.use(elements)
        finally:
            self.watchers.remove(hear)

    def freeze(self, content: Content, events: int, thaw: Callable[[EventGraph, OpLog[Content]], None]) -> None:
        """Start from a stored document whose history stays packed until somebody needs it.

        thaw: puts the first `events` events before those that the graph and the log have then.
        """
        self.rope = Rope(content)
        self._log.size = events
        self._thaw = thaw

    def _unpack(self) -> None:
        if self._thaw is not None:
            self._thaw(self.recent, self._log)
            self._thaw = None

    # -- editing ------------------------------------------------------------------------------------------------------

    def insert(self, pos: int, content: Content) -> bytes:
        """Insert at a position; return the encoded update for everybody else."""
        return self.edit(((pos, 0, content),))

    def delete(self, pos: int, count: int = 1) -> bytes:
        """Delete `count` elements from `pos` on; return the encoded update for everybody else."""
        return self.edit(((pos, count, self.wire.empty),))

    def edit(self, edits: Sequence[LocalEdit[Content]]) -> bytes:
        """Make several edits, each (position, elements to delete, content to insert), each after the one before.

        Returns one encoded update. Raises InvalidValue (and does nothing) if one of them does not fit.
        """
        self._check_local(edits)
        agent, graph, log, rope = self._agent, self.recent, self._log, self.rope
        event, seq = graph.size, graph.next_seq[agent]
        goes_on = graph.last[agent] == event - 1 and len(graph.heads) == 1
        parents = None if goes_on else self.name(graph.heads)
        for pos, deleted, content in edits:
            if deleted:
                log.delete(pos, deleted)
                rope.delete(pos, deleted)
            if content:
                log.insert(pos, content)
                rope.insert(pos, content)
        if goes_on and event:
            graph.extend(agent, log.size - event)
        else:
            graph.add(agent, log.size - event, graph.heads)
        if self.watchers:
            self.was_local = True
            self._tell(_split(edits, event, self.wire.empty))
            self.was_local = False
        return encode((FORMAT, self._name, seq, parents, edits))

    def _check_local(self, edits: Sequence[LocalEdit[Content]]) -> None:
        if self._agent < 0:
            raise InvalidValue("This document only follows. Call sign_as() before editing.")
        size, size_bytes = self.rope.size, 0
        for pos, deleted, content in edits:
            if pos < 0 or deleted < 0 or pos + deleted > size:
                raise InvalidValue(f"{deleted} elements at {pos} are outside a document of {size}.")
            if content:
                size_bytes += self.wire.check(content)
                size += len(content)
            elif not deleted:
                raise InvalidValue("An edit deletes or inserts something.")
            size -= deleted
        if not 0 < len(edits) <= MAX_EDITS:
            raise InvalidValue(f"One call makes 1 to {MAX_EDITS:,} edits, not {len(edits):,}.")
        if size_bytes > MAX_UPDATE_BYTES // 2:
            raise TooLarge("The text inserted by one call", size_bytes, MAX_UPDATE_BYTES // 2)

    # -- updates of others: through Inbox -----------------------------------------------------------------------------

    def follow(self, update: Update[Content]) -> list[Edit] | None:
        """Apply an update if it is the next one of the agent who was last, and one edit; return None if it is not.

        This is what `check` and `commit` do, for the case that happens all the time while somebody types. The edit need
        not make sense; one that does not is not applied.
        """
        graph, rope = self.recent, self.rope
        agent = graph.follower(update.agent, update.seq)
        if agent < 0 or update.parents is not None or len(update.edits) > 1:
            return None
        pos, deleted, content = update.edits[0]
        if content and not deleted and pos <= rope.size:
            count = len(content)
            self._log.insert(pos, content)
            rope.insert(pos, content)
        elif deleted > 0 and not content and pos + deleted <= rope.size:
            count = deleted
            self._log.delete(pos, deleted)
            rope.delete(pos, deleted)
        else:
            return None
        edits: list[Edit] = [(pos, deleted, content, graph.size)]
        graph.extend(agent, count)
        self.merger.drop_if_idle()
        if self.watchers:
            self._tell(edits)
        return edits

    def check(self, update: Update[Content], parents: Heads) -> None:
        """Raise MalformedMessage unless every position of an update lies inside its document."""
        size = self.rope.size
        if parents != self.recent.heads:
            self._unpack()
            size = self.merger.length_at(parents, size)
        for pos, deleted, content in update.edits:
            if deleted:
                size = check_op(DELETE if deleted > 0 else BACKSPACE, pos, abs(deleted), size)
            if content:
                size = check_op(INSERT, pos, len(content), size)

    def commit(self, update: Update[Content], agent: int, parents: Heads) -> list[Edit]:
        """Apply an update that was just checked; return what it did."""
        graph, log, rope = self.recent, self._log, self.rope
        linear = parents == graph.heads
        event = graph.size
        for pos, deleted, content in update.edits:
            if deleted > 0:
                log.delete(pos, deleted)
            elif deleted:
                log.backspace(pos, -deleted)
            if content:
                log.insert(pos, content)
        graph.add(agent, log.size - event, parents)
        if linear:
            edits = _split(update.edits, event, log.empty)
            self.merger.drop_if_idle()
        else:
            edits = self.merger.transform(event, graph.size, parents)
        rope.splice(edits)
        if self.watchers:
            self._tell(edits)
        return edits

    def _tell(self, edits: list[Edit]) -> None:
        for watcher in self.watchers:
            watcher(edits)


def _split(edits: Sequence[LocalEdit[Content]], event: int, empty: Content) -> list[Edit]:
    """Return edits as single deletions and insertions, each with its first event."""
    result: list[Edit] = []
    for pos, deleted, content in edits:
        if deleted:
            count = abs(deleted)
            result.append((pos if deleted > 0 else pos - count + 1, count, empty, event))
            event += count
        if content:
            result.append((pos, 0, content, event))
            event += len(content)
    return result
