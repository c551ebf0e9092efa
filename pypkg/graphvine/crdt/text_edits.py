"""From events of a document to the bodies of text operations: our latest edits, and many small operations as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from graphvine.codec.text_runs import Names, encode_text_run
from graphvine.crdt.merged_text import MergedText
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.event_graph import Range
from graphvine.crdt.text.sequence import BACKSPACE, INSERT
from graphvine.crdt.text.update import TEXT as WIRE
from graphvine.crdt.text.utf16 import from_utf16, to_utf16
from graphvine.errors import InvalidValue
from graphvine.limits import MAX_MERGE_BYTES, MAX_TEXT_EDITS
from graphvine.model.operation import TEXT

LocalEdits = list[tuple[int, int, str]]
Segments = list[tuple[Names | None, LocalEdits]]

# Bytes of the operations of one text that we join: many small ones soon, and then what came of that.
SMALL_BYTES = 1024
JOINED_BYTES = 24 * 1024
# How many of them are worth a new operation.
JOIN_SMALL = 48
JOIN_JOINED = 12
# Characters of one insertion in one operation; a longer one becomes several. At most four bytes each.
_PIECE = MAX_MERGE_BYTES // 8


# In the document of a transaction's edits: ours, whose name nobody knows before it is signed. No body names it.
_OURS = b"first"


class TextEdit:
    """What one transaction says about a text: bodies that are ready, and edits. See `crdt.edits.Edit`.

    They are events of a session of their own, so it does not matter which writer will sign them.
    """

    kind = TEXT

    def __init__(self, document: Document[str] | None = None, session: int = 0) -> None:
        """Edit `document`, a copy that is ours."""
        self.ready: list[bytes] = []
        self.document = Document(WIRE) if document is None else document
        self._session = session
        self.document.sign_as(_OURS)

    def bodies(self) -> list[bytes]:
        """Return them."""
        made = self.document.recent.next_seq[self.document.recent.agent(_OURS)]
        return self.ready + bodies_of(self.document, self._session, _OURS, 0, made)


def session_of(number: int) -> int:
    """Return a session's number from a number that nobody else has."""
    return int.from_bytes(blake2b(number.to_bytes(8, "big"), digest_size=4).digest(), "big")


def checked_edits(edits: Iterable[tuple[int, int, str]]) -> LocalEdits:
    """Return edits that somebody asks for, without those that do nothing. Raises InvalidValue for what is no edit."""
    checked: LocalEdits = []
    for edit in edits:
        try:
            at, deleted, text = edit
        except (TypeError, ValueError):
            raise InvalidValue("An edit is (position, characters to delete, text to insert).") from None
        if type(at) is not int or type(deleted) is not int or not isinstance(text, str):
            raise InvalidValue(f"An edit is (position, characters to delete, text to insert), not {edit!r:.100}.")
        if deleted or text:
            checked.append((at, deleted, text))
    return checked


def edits_from_utf16(document: Document[str], edits: LocalEdits) -> LocalEdits:
    """Return edits in UTF-16 code units as edits in characters."""
    rope = document.rope if len(edits) == 1 else document.rope.copy()
    result: LocalEdits = []
    for offset, count, text in edits:
        at = from_utf16(rope, offset)
        end = from_utf16(rope, offset + count) if count else at
        if offset < 0 or count < 0 or (end == rope.size and offset + count > to_utf16(rope, end)):
            raise InvalidValue(f"{count} code units at {offset} are outside the text.")
        deleted = end - at
        result.append((at, deleted, text))
        if rope is document.rope:
            break
        if deleted:
            rope.delete(at, deleted)
        if text:
            rope.insert(at, text)
    return result


def bodies_of(document: Document[str], session: int, agent: bytes, start: int, end: int) -> list[bytes]:
    """Return the events of an agent from number `start` up to `end`, in as few bodies as the limits allow."""
    bodies: list[bytes] = []
    segments: Segments = []
    first = seq = start
    size = count = 0
    for names, pos, deleted, text in _edits_of(document, agent, start, end):
        weight = 16 + len(text.encode()) + (22 * len(names) if names else 0)
        if segments and (size + weight > MAX_MERGE_BYTES // 2 or count == MAX_TEXT_EDITS):
            bodies.append(encode_text_run(session, agent, first, segments))
            segments, first, size, count = [], seq, 0, 0
        if names is not None or not segments:
            segments.append((names, []))
        segments[-1][1].append((pos, deleted, text))
        seq += abs(deleted) + len(text)
        size += weight
        count += 1
    if segments:
        bodies.append(encode_text_run(session, agent, first, segments))
    return bodies


def _edits_of(
    document: Document[str], agent: bytes, start: int, end: int
) -> Iterator[tuple[Names | None, int, int, str]]:
    """Yield (parents by name, or None where they are the agent's event before; position, deleted, text)."""
    graph, log = document.graph, document.log
    index = graph.agent(agent)
    before = graph.number(index, start - 1) if start else -1
    for low, high, parents in graph.pieces(_clipped(graph.events_of(index, start), end - start)):
        follows = parents == (before,) if before >= 0 else not parents
        names = None if follows else document.name(parents)
        for _, kind, pos, length, text in log.ops(low, high):
            if kind != INSERT:
                yield names, pos, -length if kind == BACKSPACE else length, ""
            for at in range(0, len(text), _PIECE):
                yield names, pos + at, 0, text[at : at + _PIECE]
                names = None
            names = None
        before = high - 1


def _clipped(ranges: Iterable[Range], count: int) -> list[Range]:
    """Return the first `count` numbers of ranges."""
    result: list[Range] = []
    for low, high in ranges:
        if count <= 0:
            break
        result.append((low, min(high, low + count)))
        count -= high - low
    return result


def to_join(text: MergedText, agent: bytes, *, small: int = JOIN_SMALL, joined: int = JOIN_JOINED) -> list[Range]:
    """Return ranges of an agent's numbers that now are many operations, and had better be one each.

    small, joined: from how many operations on, of each size, it is worth it.
    """
    for least, limit, enough in ((0, SMALL_BYTES, small), (SMALL_BYTES, JOINED_BYTES // 2, joined)):
        groups = _groups(text, agent, limit)
        ranges = [
            (group[0][0], group[-1][1])
            for group in groups
            if sum(text.size_of((agent, *run)) >= least for run in group) >= enough
        ]
        if ranges:
            return ranges
    return []


def _groups(text: MergedText, agent: bytes, limit: int) -> list[list[Range]]:
    """Return runs of operations below `limit` bytes, one right after the other, as long as one operation should be."""
    groups: list[list[Range]] = [[]]
    total = 0
    for start, end in text.runs_of(agent):
        size = text.size_of((agent, start, end))
        group = groups[-1]
        if size >= limit or total + size > JOINED_BYTES or (group and group[-1][1] != start):
            groups.append([])
            total = 0
        if size < limit:
            groups[-1].append((start, end))
            total += size
    return groups
