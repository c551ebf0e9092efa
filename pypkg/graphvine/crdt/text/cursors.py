"""Places that stay where they belong while the document changes.

A `Cursor` lives here and moves with each edit. An `Anchor` is its form for others: it names the element that the place
clings to, so that everybody finds it in whatever version they have, even after the element was deleted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.merge import tracker_from
from graphvine.crdt.text.sequence import INSERT, Edit


class Anchor(NamedTuple):
    """The gap right after the element `(agent, seq)`, or right before it.

    An empty agent is the edge of the document: its start if `after`, else its end.
    """

    agent: bytes
    seq: int
    after: bool


def anchor_at(document: Document[Any], pos: int, *, after: bool = True) -> Anchor:
    """Return an anchor for the gap before the element at `pos`.

    after: cling to the element on the left (what others insert here comes behind the place), else to the one on the
    right.
    """
    pos = min(max(pos, 0), len(document))
    place = pos - 1 if after else pos
    if not 0 <= place < len(document):
        return Anchor(b"", 0, after)
    event = document.elements.events(place, place + 1)[0]
    agent, seq = document.graph.name_of(event)
    return Anchor(document.graph.names[agent], seq, after)


def position_of(document: Document[Any], anchor: Anchor) -> int | None:
    """Return where an anchor is now, or None if it names nothing that was ever inserted here (it may come yet)."""
    if not anchor.agent:
        return 0 if anchor.after else len(document)
    graph = document.graph
    agent = graph.known_agent(anchor.agent)
    if agent is None or not 0 <= anchor.seq < graph.next_seq[agent]:
        return None
    event = graph.number(agent, anchor.seq)
    if document.log.ops(event, event + 1)[0][1] != INSERT:
        return None
    pos = document.elements.find(event)
    if pos is not None:
        return pos + anchor.after
    # Deleted: its neighbours know where it was. Only events since it was inserted matter.
    tracker = tracker_from(graph, document.log, graph.last_critical(event - 1), len(document))
    return tracker.spans.effect_position(tracker.spans.span_of(event))


class Cursor:
    """A place in one replica. after: clings to the element on its left, as in `Anchor`."""

    __slots__ = ("after", "pos")

    def __init__(self, pos: int, after: bool) -> None:
        self.pos = pos
        self.after = after


class Cursors:
    """The live cursors of one document. Cheap: a few comparisons for each cursor and edit."""

    def __init__(self, document: Document[Any]) -> None:
        self._document = document
        self._cursors: list[Cursor] = []
        document.watchers.append(self._follow)

    def add(self, pos: int, *, after: bool = True) -> Cursor:
        """Return a cursor that follows all edits until it is removed."""
        cursor = Cursor(min(max(pos, 0), len(self._document)), after)
        self._cursors.append(cursor)
        return cursor

    def remove(self, cursor: Cursor) -> None:
        """Let a cursor go."""
        self._cursors.remove(cursor)

    def move_to(self, document: Document[Any], edits: list[Edit]) -> None:
        """Follow another document, which is the old one after these edits."""
        self._document.watchers.remove(self._follow)
        self._follow(edits)
        self._document = document
        document.watchers.append(self._follow)

    def close(self) -> None:
        """Stop following the document."""
        self._document.watchers.remove(self._follow)
        self._cursors.clear()

    def _follow(self, edits: list[Edit]) -> None:
        for cursor in self._cursors:
            place, after = cursor.pos, cursor.after
            for pos, deleted, content, _ in edits:
                if deleted:
                    if place > pos:
                        place = max(place - deleted, pos)
                elif pos < place or (pos == place and not after):
                    place += len(content)
            cursor.pos = place
