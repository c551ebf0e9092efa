"""Where concurrent edits go: the temporary merge state of the Eg-walker.

Source: Gentle and Kleppmann, "Collaborative Text Editing with Eg-walker: Better, Faster, Smaller" (EuroSys 2025),
sections 3 and 4; the order of concurrent insertions is FugueMax of
Weidner and Kleppmann, "The Art of the Fugue" (2023).

The tracker stands on two versions at once. `move` goes to the version that the next events were made in (prepare);
`apply` turns their positions there into positions in the document that has everything so far (effect).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Generic

from graphvine.crdt.text.event_graph import EventGraph, Heads
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.sequence import BACKSPACE, INSERT, Content, Edit
from graphvine.crdt.text.span_list import EDGE, Leaf, Span, SpanList


class Tracker(Generic[Content]):
    """Merge state of all events after `base`, which must be critical (or -1: from the empty document on).

    length: elements visible at `base`.
    """

    def __init__(self, graph: EventGraph, log: OpLog[Content], base: int, length: int) -> None:
        self._graph = graph
        self._log: OpLog[Content] = log
        self.base = base
        self.prepared: Heads = () if base < 0 else (base,)
        self.spans = SpanList(length)
        # Runs of deletions: first event, count, id of the first element deleted, whether it went forwards.
        self._deleted_at: list[int] = []
        self._deletions: list[tuple[int, int, bool]] = []

    def move(self, version: Heads) -> None:
        """Let the prepare version be `version`."""
        if version == self.prepared:
            return
        unseen, seen = self._graph.difference(self.prepared, version)
        for start, end in unseen:
            self._shift(start, end, -1)
        for start, end in seen:
            self._shift(start, end, 1)
        self.prepared = version

    def move_steps(self, version: Heads, count: int) -> Iterator[None]:
        """Do what `move` does, `count` events at a time. Nobody may use the tracker before the end."""
        if version == self.prepared:
            return
        for ranges, step in zip(self._graph.difference(self.prepared, version), (-1, 1), strict=True):
            for start, end in ranges:
                for first in range(start, end, count):
                    self._shift(first, min(first + count, end), step)
                    yield
        self.prepared = version

    def apply(self, start: int, end: int, parents: Heads, edits: list[Edit] | None = None) -> None:
        """Apply a run of new events; add what it does to the effect version to `edits`."""
        self.move(parents)
        sink: list[Edit] = [] if edits is None else edits
        for event, kind, pos, length, content in self._log.ops(start, end):
            if kind == INSERT:
                self._insert(event, pos, content, sink)
            elif kind == BACKSPACE:
                self._backspace(event, event + length, pos, sink)
            else:
                self._delete(event, event + length, pos, sink)
        self.prepared = (end - 1,)

    # -- deletions ----------------------------------------------------------------------------------------------------

    def _delete(self, event: int, end: int, pos: int, edits: list[Edit]) -> None:
        while event < end:
            leaf, place, offset, effect = self.spans.find(pos)
            span = leaf.spans[place]
            count = min(end - event, span.count - offset)
            self._kill(span, offset, count, effect + offset, event, True, edits)
            event += count

    def _backspace(self, event: int, end: int, pos: int, edits: list[Edit]) -> None:
        while event < end:
            leaf, place, offset, effect = self.spans.find(pos)
            span = leaf.spans[place]
            count = min(end - event, offset + 1)
            first = offset + 1 - count
            self._kill(span, first, count, effect + first, event, False, edits)
            event += count
            pos -= count

    def _kill(
        self, span: Span, offset: int, count: int, effect: int, event: int, forwards: bool, edits: list[Edit]
    ) -> None:
        """Delete a part of a visible span, and note which event deleted what."""
        spans = self.spans
        if offset:
            span = spans.split(span, offset)
        if count < span.count:
            spans.split(span, count)
        span.state = 2
        spans.count_current(span.leaf, -count)
        if not span.dead:
            span.dead = True
            spans.count_effect(span.leaf, -count)
            edits.append((effect, count, self._log.empty, event))
        self._deleted_at.append(event)
        self._deletions.append((count, span.id, forwards))

    # -- insertions ---------------------------------------------------------------------------------------------------

    def _insert(self, event: int, pos: int, content: Content, edits: list[Edit]) -> None:
        spans = self.spans
        if pos:
            leaf, place, offset, effect = spans.find(pos - 1)
            before = leaf.spans[place]
            offset += 1
            if offset < before.count:
                spans.split(before, offset)
                leaf = before.leaf
                place = leaf.spans.index(before)
            left = before.id + offset - 1
            if not before.dead:
                effect += offset
            place += 1
        else:
            leaf, place, effect, left = spans.first, 0, 0, EDGE
        between, right = self._neighbours(leaf, place, left)
        if between:
            slot = self._integrate(between, left, right, event)
            effect += sum(span.count for span in between[:slot] if not span.dead)
            if slot:
                leaf = between[slot - 1].leaf
                place = leaf.spans.index(between[slot - 1]) + 1
        edits.append((effect, 0, content, event))
        if place and left == event - 1:
            before = leaf.spans[place - 1]
            if before.id + before.count == event and before.right == right and before.state == 1 and not before.dead:
                spans.extend(before, len(content))  # typing that just goes on
                return
        spans.add(leaf, place, Span(event, len(content), left, right, 1, False))

    def _neighbours(self, start: Leaf, place: int, left: int) -> tuple[list[Span], int]:
        """Return the spans right of a place that the author could not see, and the right origin."""
        between: list[Span] = []
        leaf: Leaf | None = start
        while leaf is not None:
            for span in leaf.spans[place:] if place else leaf.spans:
                if span.state:
                    return between, span.id
                between.append(span)
            leaf = leaf.next
            place = 0
        return between, EDGE

    def _integrate(self, between: list[Span], left: int, right: int, event: int) -> int:
        """Return how many of the unseen spans go before the new one: FugueMax's order."""
        name = self._name(event)
        slot = 0
        scanning = False
        passed: set[int] = set()
        for index, other in enumerate(between):
            if other.left == left:
                if other.right == right:
                    if name < self._name(other.id):
                        break
                    scanning = False
                else:
                    scanning = self._is_before(other.right, right)
            elif other.left < 0 or self.spans.span_of(other.left).id not in passed:
                break
            passed.add(other.id)
            if not scanning:
                slot = index + 1
        return slot

    def _name(self, event: int) -> tuple[bytes, int]:
        """Return the name that decides between concurrent events at one place: the smaller one comes first."""
        agent, seq = self._graph.name_of(event)
        return self._graph.names[agent], seq

    def _is_before(self, right: int, other: int) -> bool:
        """Whether one right origin lies before another; EDGE is the end of the document."""
        if right == EDGE or other == EDGE:
            return right != EDGE
        spans = self.spans
        return (spans.order(spans.span_of(right)), right) < (spans.order(spans.span_of(other)), other)

    # -- looking back -------------------------------------------------------------------------------------------------

    def deleted_by(self, start: int, end: int) -> list[tuple[int, int, int, bool]]:
        """Return what these events deleted, as (event, count, first id, forwards); first id is the smallest one."""
        row = max(bisect_right(self._deleted_at, start) - 1, 0)
        found = []
        for index in range(row, len(self._deleted_at)):
            first = self._deleted_at[index]
            if first >= end:
                break
            count, id_, forwards = self._deletions[index]
            low, high = max(start, first), min(end, first + count)
            if low < high:
                skip = low - first if forwards else first + count - high
                found.append((low, high - low, id_ + skip, forwards))
        return found

    def _shift(self, start: int, end: int, step: int) -> None:
        self.spans.shift(start, end, step)
        if self._deleted_at and self._deleted_at[-1] + self._deletions[-1][0] > start:
            for _, count, id_, _ in self.deleted_by(start, end):
                self.spans.shift(id_, id_ + count, step)
