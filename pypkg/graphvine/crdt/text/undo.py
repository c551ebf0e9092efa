"""Undo and redo of one author's own edits, while others go on.

Undoing makes new, ordinary edits: it deletes what the author inserted and is still there, and inserts again, where it
was, what the author alone deleted. Nobody else's edits are touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Generic, NamedTuple

from graphvine.crdt.text.document import Document, LocalEdit
from graphvine.crdt.text.elements import Elements
from graphvine.crdt.text.merge import tracker_from
from graphvine.crdt.text.params import MAX_UNDO
from graphvine.crdt.text.placeholders import Numbers, integers
from graphvine.crdt.text.sequence import Content, Edit
from graphvine.crdt.text.span_list import Span
from graphvine.crdt.text.tracker import Tracker


class _Step(NamedTuple):
    """One recorded edit. elements: the events that inserted what it inserted, or what it deleted."""

    event: int
    is_deletion: bool
    elements: Sequence[int]
    pos: int


class UndoStack(Generic[Content]):
    """Records the edits of the document's own agent, from now on.

    Typing on, and deleting on, at one place is one step; `checkpoint` ends it earlier. Each element has a number that
    names it here: what is inserted from now on, its event; what was there, its place at the beginning, which is below
    all of those. So nothing of the document's past is looked at.
    """

    def __init__(self, document: Document[Content]) -> None:
        self._document: Document[Content] = document
        self._before: Content = document.content
        self._elements = Elements.fresh(len(document), document.recent.size)
        self._undo: list[list[_Step]] = []
        self._redo: list[list[_Step]] = []
        # For each element that was restored: what was put in for it, and the event that had deleted it.
        self._again: dict[int, int] = {}
        self._gone_at: dict[int, int] = {}
        self._recording: list[_Step] | None = None
        self._is_open = False
        document.watchers.append(self._record)

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is anything to redo."""
        return bool(self._redo)

    def checkpoint(self) -> None:
        """Let the next edit be a step of its own."""
        self._is_open = False

    def undo(self) -> bytes | None:
        """Take back the last step; return the encoded update, or None if there was nothing left to take back."""
        return self._reverse(self._undo, self._redo)

    def redo(self) -> bytes | None:
        """Make the last undone step again; return the encoded update, or None."""
        return self._reverse(self._redo, self._undo)

    def close(self) -> None:
        """Stop recording."""
        self._document.watchers.remove(self._record)

    # -- recording ----------------------------------------------------------------------------------------------------

    def _record(self, edits: list[Edit]) -> None:
        self._elements.follow(edits)
        if self._document.was_local:
            self._note(edits, self._elements.removed)

    def _note(self, edits: list[Edit], removals: list[Numbers]) -> None:
        steps = []
        for (pos, deleted, content, event), removed in zip(edits, removals, strict=True):
            elements: Sequence[int] = list(integers(removed)) if deleted else range(event, event + len(content))
            steps.append(_Step(event, bool(deleted), elements, pos))
        if self._recording is not None:
            self._recording += steps
            return
        self._redo.clear()
        if self._is_open and self._goes_on(steps):
            self._undo[-1] += steps
        else:
            self._undo.append(steps)
            del self._undo[:-MAX_UNDO]
        self._is_open = True

    def _goes_on(self, steps: list[_Step]) -> bool:
        """Whether an edit just goes on where the last one ended."""
        last, step = self._undo[-1][-1], steps[0]
        if len(steps) > 1 or last.is_deletion != step.is_deletion:
            return False
        if step.is_deletion:
            return step.pos in (last.pos, last.pos - len(step.elements))
        return step.pos == last.pos + len(last.elements)

    # -- taking back --------------------------------------------------------------------------------------------------

    def _reverse(self, source: list[list[_Step]], target: list[list[_Step]]) -> bytes | None:
        self._is_open = False
        while source:
            steps = source.pop()
            edits, restored = self._inverse(steps)
            if not edits:
                continue
            event = self._document.recent.size
            update, made = self._edit(edits)
            target.append(made)
            self._remember(steps, edits, restored, event)
            return update
        return None

    def _edit(self, edits: list[LocalEdit[Content]]) -> tuple[bytes, list[_Step]]:
        """Make edits that are not steps of their own; return the update and what was recorded."""
        made = self._recording = []
        try:
            return self._document.edit(edits), made
        finally:
            self._recording = None

    def _inverse(self, steps: list[_Step]) -> tuple[list[LocalEdit[Content]], list[list[int]]]:
        """Return the edits that take steps back, from the end of the document to its start, and for each of them the
        elements that it restores.
        """
        inserted = {element for step in steps if not step.is_deletion for element in step.elements}
        deleted = {element for step in steps if step.is_deletion for element in step.elements}
        gone = self._elements.positions([self._now(element) for element in sorted(inserted - deleted)])
        back = self._tombstones(steps, inserted)
        edits: list[tuple[int, int, list[int]]] = [(pos, 0, elements) for pos, elements in back]
        cuts = {pos for pos, _ in back}
        edits += [(start, end - start, []) for start, end in _ranges(sorted(gone.values()), cuts)]
        # Behind a place first; at one place the deletion first, then what goes in.
        edits.sort(key=lambda edit: (-edit[0], not edit[1]))
        result: list[LocalEdit[Content]] = []
        restored: list[list[int]] = []
        for pos, count, elements in edits:
            result.append((pos, count, self._content(elements)))
            restored.append(elements)
        return result, restored

    def _now(self, element: int) -> int:
        """Return the element that stands for one that was deleted and restored."""
        while element in self._again:
            element = self._again[element]
        return element

    def _remember(
        self, steps: list[_Step], edits: list[LocalEdit[Content]], restored: list[list[int]], event: int
    ) -> None:
        """Note what was put in for what, and the events that had deleted it."""
        for (_, count, _), elements in zip(edits, restored, strict=True):
            event += count
            for element in elements:
                self._again[element] = event
                event += 1
        for step in steps:
            for offset, element in enumerate(step.elements if step.is_deletion else ()):
                if element in self._again:
                    self._gone_at[element] = step.event + offset

    def _content(self, elements: list[int]) -> Content:
        """Return what these elements were."""
        log, before = self._document.log, self._before
        content = log.empty
        size = len(before)
        for (_, is_old), group in groupby(enumerate(elements), key=lambda pair: (pair[1] - pair[0], pair[1] < size)):
            run = [element for _, element in group]
            if is_old:
                content = content + before[run[0] : run[-1] + 1]
                continue
            for _, _, _, _, part in log.ops(run[0], run[-1] + 1):
                content = content + part
        return content

    def _tombstones(self, steps: list[_Step], inserted: set[int]) -> list[tuple[int, list[int]]]:
        """Return where the deleted elements of steps were, as (position, elements), in document order.

        Left out: what somebody else deleted too, and what the same steps inserted.
        """
        wanted = {
            step.event + offset: element
            for step in steps
            if step.is_deletion
            for offset, element in enumerate(step.elements)
            if element not in inserted
        }
        if not wanted:
            return []
        graph = self._document.graph
        base = graph.last_critical(min(wanted) - 1)
        tracker = tracker_from(graph, self._document.log, base, len(self._document))
        tracker.move(graph.heads)
        found = self._places(tracker.spans.spans(), _by_id(tracker, wanted), self._stand_ins(tracker))
        return [(pos, [element for _, element in group]) for pos, group in groupby(found, key=lambda item: item[0])]

    def _stand_ins(self, tracker: Tracker[Content]) -> dict[int, tuple[int, int | None]]:
        """Return for each tombstone that was restored, by its id in the tracker: what was put in for it, and where
        that (or what in turn was put in for it) is now.
        """
        events = {event: element for element, event in self._gone_at.items() if event > tracker.base}
        places = self._elements.positions([self._now(element) for element in events.values()])
        return {
            id_: (self._again[element], places.get(self._now(element)))
            for id_, element in _by_id(tracker, events).items()
        }

    def _places(
        self, spans: list[Span], wanted: dict[int, int], stand_ins: dict[int, tuple[int, int | None]]
    ) -> list[tuple[int, int]]:
        """Return (position, element) for each wanted tombstone: right after what is visible and was before it.

        Restored elements count where they were at first, not where they came in again: between two tombstones, a new
        element has no place of its own.
        """
        misplaced = {element for element, _ in stand_ins.values()}
        found: list[tuple[int, int]] = []
        effect = after = 0
        for span in spans:
            if not span.dead:
                count = span.count
                while count and span.id + count - 1 in misplaced:
                    count -= 1
                after = effect + count if count else after
                effect += span.count
                continue
            for id_ in range(span.id, span.id + span.count):
                if id_ in misplaced:
                    continue
                _, place = stand_ins.get(id_, (0, None))
                after = after if place is None else place + 1
                if span.state == 2 and id_ in wanted:
                    found.append((after, wanted[id_]))
        return found


def _by_id(tracker: Tracker[Any], deleted: dict[int, int]) -> dict[int, int]:
    """Return elements by their ids in a tracker, given by the event that deleted each."""
    return {tracker.deleted_by(event, event + 1)[0][2]: element for event, element in deleted.items()}


def _ranges(positions: list[int], cuts: set[int]) -> list[tuple[int, int]]:
    """Return ascending positions as ranges that end at each cut."""
    ranges: list[tuple[int, int]] = []
    for pos in positions:
        if ranges and ranges[-1][1] == pos and pos not in cuts:
            ranges[-1] = (ranges[-1][0], pos + 1)
        else:
            ranges.append((pos, pos + 1))
    return ranges
