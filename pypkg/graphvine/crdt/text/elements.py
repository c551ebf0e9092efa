"""Which event inserted each visible element: what cursors, undo and attribution ask. Built when first asked for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from graphvine.crdt.text.event_graph import EventGraph
from graphvine.crdt.text.merge import replay, replay_steps
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.placeholders import Numbers, empty_for, integers, numbered, shadow, shadow_steps
from graphvine.crdt.text.rope import Rope
from graphvine.crdt.text.sequence import Edit
from graphvine.model.steps import in_one_go

# Elements that are looked at in one step.
STEP_ELEMENTS = 16_384
# Elements of one run from which on one walk over the document is faster than looking for each.
_MANY = 32


class Elements:
    """The document as event numbers, kept up to date by `follow`.

    removed: for each edit of the last `follow`, the event numbers of the elements that it removed.
    """

    def __init__(self, rope: Rope[Any], empty: Numbers) -> None:
        self._rope = rope
        self._empty = empty
        self.removed: list[Numbers] = []

    @classmethod
    def of(cls, graph: EventGraph, log: OpLog[Any]) -> Elements:
        """Return the elements of the document that all events make."""
        twin, _ = shadow(log, by_event=True)
        return cls(replay(graph, twin), twin.empty)

    @classmethod
    def fresh(cls, count: int, size: int) -> Elements:
        """Return `count` elements, numbered from 0, of a document with `size` events: not those that made them."""
        empty = empty_for(size)
        return cls(Rope(numbered(0, count, empty)), empty)

    @classmethod
    def steps(cls, graph: EventGraph, log: OpLog[Any], size: int) -> Generator[None, None, Elements]:
        """Return, in steps, the elements of the document that the first `size` events make. More may come meanwhile."""
        twin, _ = yield from shadow_steps(log, by_event=True)
        yield
        rope = yield from replay_steps(graph, twin, [(0, size)] if size else [])
        return cls(rope, twin.empty)

    def follow(self, edits: list[Edit]) -> None:
        """Do what the document did."""
        rope = self._rope
        self.removed = []
        for pos, deleted, content, event in edits:
            self.removed.append(rope.slice(pos, pos + deleted))
            if deleted:
                rope.delete(pos, deleted)
                continue
            end = event + len(content)
            if isinstance(self._empty, str) and empty_for(end) == ():
                self._empty = ()
                rope = self._rope = Rope(tuple(integers(rope.content())))
            rope.insert(pos, numbered(event, end, self._empty))

    def events(self, start: int, end: int) -> list[int]:
        """Return the event numbers of the elements from position `start` up to `end`."""
        return list(integers(self._rope.slice(start, end)))

    def runs(self) -> list[tuple[int, int]]:
        """Return the whole document as runs of consecutive event numbers: (first event, count)."""
        return in_one_go(self.run_steps())

    def run_steps(self) -> Generator[None, None, list[tuple[int, int]]]:
        """Do what `runs` does in steps, between which edits may come: the runs are those of the beginning."""
        runs: list[tuple[int, int]] = []
        first = count = 0
        for at, number in enumerate(integers(self._rope.content()), 1):
            if not at % STEP_ELEMENTS:
                yield
            if number == first + count:
                count += 1
                continue
            if count:
                runs.append((first, count))
            first, count = number, 1
        if count:
            runs.append((first, count))
        return runs

    def find(self, event: int) -> int | None:
        """Return the position of the element that an event inserted, or None if it is not visible."""
        wanted: Any = chr(event) if isinstance(self._empty, str) else event
        at = 0
        for piece in self._rope.pieces():
            if wanted in piece:
                return at + int(piece.index(wanted))
            at += len(piece)
        return None

    def positions(self, events: list[int]) -> dict[int, int]:
        """Return the positions of those of these elements that are visible, by event."""
        if len(events) <= _MANY:
            found = {event: self.find(event) for event in events}
            return {event: pos for event, pos in found.items() if pos is not None}
        wanted = set(events)
        return {event: pos for pos, event in enumerate(integers(self._rope.content())) if event in wanted}
