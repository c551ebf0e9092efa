"""From events to the document: incrementally as they arrive, or from scratch for any version.

Events that follow everything known so far need no merging: their positions are the document's. A tracker is built when
an event arrives that is concurrent to another one, from the last critical version on. It stays for as long as people
type at once: it sleeps while they take turns, wakes up where it stopped, and is dropped when that was long ago.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Generic

from graphvine.crdt.text.event_graph import EventGraph, Heads, Range
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.params import IDLE_EVENTS
from graphvine.crdt.text.rope import Rope
from graphvine.crdt.text.sequence import INSERT, Content, Edit
from graphvine.crdt.text.tracker import Tracker
from graphvine.errors import MalformedMessage
from graphvine.model.steps import in_one_go

# Longer than any document: a tracker that starts behind the present does not know how long the document was there.
_LONG = 2**40
# Events that a step of a replay takes in: a few milliseconds in a tab; and for how many of them each piece counts.
STEP_EVENTS = 4_096
PIECE_EVENTS = 24


class Merger(Generic[Content]):
    """Keeps the tracker. The document itself is the caller's: `size` elements, all known events applied."""

    def __init__(self, graph: EventGraph, log: OpLog[Content]) -> None:
        self._graph = graph
        self._log: OpLog[Content] = log
        self._tracker: Tracker[Content] | None = None
        self._done = 0

    @property
    def is_tracking(self) -> bool:
        """Whether merge state is in memory."""
        return self._tracker is not None

    def drop_if_idle(self) -> None:
        """Forget the merge state if nothing was concurrent for long."""
        if self._tracker is not None and self._graph.size - self._done > IDLE_EVENTS:
            self._tracker = None

    def length_at(self, version: Heads, size: int) -> int:
        """Return how many elements were visible in a version, and get ready to merge events made in it."""
        tracker = self._wake(version, size)
        tracker.move(version)
        return tracker.spans.current

    def transform(self, start: int, end: int, parents: Heads) -> list[Edit]:
        """Return what new events do to the document. `length_at` of their parents came right before."""
        if self._tracker is None:
            raise RuntimeError("length_at() comes first")
        edits: list[Edit] = []
        self._tracker.apply(start, end, parents, edits)
        self._done = end
        return edits

    def _wake(self, version: Heads, size: int) -> Tracker[Content]:
        """Return a tracker that covers everything concurrent to `version` and has all known events."""
        graph = self._graph
        oldest = min(version, default=-1)
        tracker = self._tracker
        if tracker is None or tracker.base > oldest or self._is_far_behind(oldest):
            tracker = self._tracker = tracker_from(graph, self._log, graph.last_critical(oldest), size)
        elif self._done < graph.size:
            for start, end, parents in graph.pieces([(self._done, graph.size)]):
                tracker.apply(start, end, parents)
        self._done = graph.size
        return tracker

    def _is_far_behind(self, oldest: int) -> bool:
        return self._graph.size - self._done > 64 and self._graph.last_critical(oldest) >= self._done


def tracker_from(graph: EventGraph, log: OpLog[Content], base: int, size: int) -> Tracker[Content]:
    """Return a tracker of all events after the critical version `base`, for a document that has them all.

    size: elements in that document.
    """
    tracker = Tracker(graph, log, base, _LONG if base >= 0 else 0)
    if base + 1 < graph.size:
        for start, end, parents in graph.pieces([(base + 1, graph.size)]):
            tracker.apply(start, end, parents)
    if base >= 0:
        tracker.spans.shrink_end(tracker.spans.effect - size)
    return tracker


def replay(
    graph: EventGraph, log: OpLog[Content], ranges: list[Range] | None = None, *, clearing: bool = True
) -> Rope[Content]:
    """Return the document that events make, from nothing.

    ranges:   which events, ascending, closed under parents; None: all.
    clearing: forget the merge state at each critical version. The result is the same; only tests say no.
    Raises MalformedMessage if a position lies outside the document of its version.
    """
    return in_one_go(replay_steps(graph, log, ranges, clearing=clearing))


def replay_steps(
    graph: EventGraph, log: OpLog[Content], ranges: list[Range] | None = None, *, clearing: bool = True
) -> Generator[None, None, Rope[Content]]:
    """Do what `replay` does in steps of at most some `STEP_EVENTS` events. More events may come meanwhile."""
    rope: Rope[Content] = Rope(log.empty)
    everything = [(0, graph.size)] if graph.size else []
    pieces = graph.pieces(everything if ranges is None else ranges)
    tracker: Tracker[Content] | None = None
    base = -1
    work = 0
    for (first, last, parents), (solo, floor) in zip(pieces, _critical(pieces), strict=True):
        direct = max(first, min(last, floor + 1)) if solo and clearing else first
        for start, end in _parts(first, last, direct):
            if end <= direct:
                tracker, base = None, end - 1
                rope.splice(_check(log, start, end, rope.size))
            else:
                if tracker is None:
                    tracker = Tracker(graph, log, base, rope.size)
                version = parents if start == first else (start - 1,)
                tracker.move(version)
                _check(log, start, end, tracker.spans.current)
                edits: list[Edit] = []
                tracker.apply(start, end, version, edits)
                rope.splice(edits)
            work += PIECE_EVENTS + end - start
            if work >= STEP_EVENTS:
                work = 0
                yield
    return rope


def _parts(start: int, end: int, direct: int) -> Iterator[Range]:
    """Cut events into parts, none of which lies on both sides of `direct`."""
    for first, last in ((start, direct), (direct, end)):
        for at in range(first, last, STEP_EVENTS):
            yield at, min(at + STEP_EVENTS, last)


def _critical(pieces: list[tuple[int, int, Heads]]) -> list[tuple[bool, int]]:
    """Return for each piece whether the document has one head after it, and the largest number that every later
    piece builds on.
    """
    heads: set[int] = set()
    solo = []
    for _, end, parents in pieces:
        heads.difference_update(parents)
        heads.add(end - 1)
        solo.append(len(heads) == 1)
    floors = []
    floor = pieces[-1][1] if pieces else 0
    for _, _, parents in reversed(pieces):
        floors.append(floor)
        floor = min(floor, min(parents, default=-1))
    return list(zip(solo, reversed(floors), strict=True))


def _check(log: OpLog[Content], start: int, end: int, size: int) -> list[Edit]:
    """Return a run of events as plain edits, after checking them against the size of the document they were made in."""
    edits = []
    for event, kind, pos, count, content in log.ops(start, end):
        if kind == INSERT:
            size = check_op(kind, pos, count, size)
            edits.append((pos, 0, content, event))
        else:
            size = check_op(kind, pos, count, size)
            edits.append((pos if kind == 1 else pos - count + 1, count, content, event))
    return edits


def check_op(kind: int, pos: int, count: int, size: int) -> int:
    """Return the size of the document after an operation, or raise MalformedMessage if it reaches outside."""
    if kind == INSERT:
        if 0 <= pos <= size:
            return size + count
    elif kind == 1:
        if 0 <= pos <= size - count:
            return size - count
    elif pos < size and pos - count >= -1:
        return size - count
    raise MalformedMessage(f"a text edit at {pos} ({count} elements) is outside its document of {size} elements")
