"""The past of a document: any version of it, what changed between two, who wrote what, what somebody lacks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import NamedTuple

from graphvine.crdt.text.document import Document, LocalEdit, Version
from graphvine.crdt.text.event_graph import EventGraph, Heads, Range
from graphvine.crdt.text.merge import replay_steps
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.params import MAX_EDITS, MAX_UPDATE_BYTES
from graphvine.crdt.text.sequence import BACKSPACE, INSERT, Content
from graphvine.crdt.text.tracker import Tracker
from graphvine.crdt.text.update import FORMAT, encode
from graphvine.errors import InvalidValue
from graphvine.model.steps import in_one_go

# Events that are merged, and spans or runs that are looked at, in one step: a few milliseconds in a tab.
STEP = 1_000
# More elements than any version has: what lies before the changes does not matter.
_LONG = 2**40


class Authored(NamedTuple):
    """Visible elements from `start` up to `end` that one agent inserted."""

    start: int
    end: int
    agent: bytes


def heads_of(document: Document[Content], version: Version) -> Heads:
    """Return a version as local numbers. Raises InvalidValue if this replica has not seen all of it."""
    graph = document.graph
    numbers = []
    for name, seq in version:
        agent = graph.known_agent(name)
        if agent is None or not 0 <= seq < graph.next_seq[agent]:
            raise InvalidValue(f"This replica has not seen event {seq} of agent {name.hex()} yet.")
        numbers.append(graph.number(agent, seq))
    return graph.minimal(numbers)


def content_at(document: Document[Content], version: Version) -> Content:
    """Return the document as it was in a version."""
    return in_one_go(content_steps(document, version))


def content_steps(document: Document[Content], version: Version) -> Generator[None, None, Content]:
    """Do what `content_at` does in steps, between which edits may come."""
    return (yield from _content_steps(document, heads_of(document, version)))


def _content_steps(document: Document[Content], heads: Heads) -> Generator[None, None, Content]:
    graph = document.graph
    if heads == graph.heads:
        return document.content
    rope = yield from replay_steps(graph, document.log, graph.ancestors(heads))
    return rope.content()


def changes(document: Document[Content], before: Version, after: Version) -> list[LocalEdit[Content]]:
    """Return edits, each made after the one before, that turn one version into another. Neither need be the older."""
    return in_one_go(change_steps(document, before, after))


def change_steps(
    document: Document[Content], before: Version, after: Version
) -> Generator[None, None, list[LocalEdit[Content]]]:
    """Do what `changes` does in steps, between which edits may come."""
    graph = document.graph
    a: Heads = heads_of(document, before)
    b: Heads = heads_of(document, after)
    if a == b:
        return []
    base = graph.last_critical(min(min(a, default=-1), min(b, default=-1)))
    tracker = Tracker(graph, document.log, base, _LONG if base >= 0 else 0)
    both = graph.minimal([*a, *b])
    for start, end, parents in graph.pieces(graph.difference(both, tracker.prepared)[0][::-1]):
        for first in range(start, end, STEP):
            tracker.apply(first, min(first + STEP, end), parents if first == start else (first - 1,))
            yield
    for version in (a, b, a):  # after going there and back, no span needs to be cut any more
        yield from tracker.move_steps(version, STEP)
    was_visible = [span.state == 1 for span in tracker.spans.spans()]
    yield from tracker.move_steps(b, STEP)
    content = yield from _content_steps(document, b)
    edits: list[LocalEdit[Content]] = []
    pos = 0
    for number, (span, was) in enumerate(zip(tracker.spans.spans(), was_visible, strict=True), 1):
        if not number % STEP:
            yield
        if span.state == 1 and not was:
            _join(edits, pos, 0, content[pos : pos + span.count])
        elif was and span.state != 1:
            _join(edits, pos, span.count, content[:0])
        if span.state == 1:
            pos += span.count
    return edits


def _join(edits: list[LocalEdit[Content]], pos: int, deleted: int, content: Content) -> None:
    """Add an edit at `pos`, to the last one if that ends there."""
    if edits:
        last, count, inserted = edits[-1]
        if last + len(inserted) == pos:
            edits[-1] = (last, count + deleted, inserted + content)
            return
    edits.append((pos, deleted, content))


def authors(document: Document[Content]) -> list[Authored]:
    """Return who inserted what is visible now, in order."""
    return in_one_go(author_steps(document))


def author_steps(document: Document[Content]) -> Generator[None, None, list[Authored]]:
    """Do what `authors` does in steps, between which edits may come: they count up to some moment before the end."""
    yield from document.prepare()
    graph = document.graph
    result: list[Authored] = []
    pos = 0
    runs = yield from document.elements.run_steps()
    for number, (first, count) in enumerate(runs, 1):
        if not number % STEP:
            yield
        for start, end, index, _ in graph.agent_runs(first, first + count):
            agent = graph.names[index]
            if result and result[-1].agent == agent:
                result[-1] = Authored(result[-1].start, pos + end - start, agent)
            else:
                result.append(Authored(pos, pos + end - start, agent))
            pos += end - start
    return result


def vector_of(document: Document[Content]) -> dict[bytes, int]:
    """Return how many events of each agent this replica has: what to tell somebody who may know more than we do."""
    graph = document.recent
    return {name: count for name, count in zip(graph.names, graph.next_seq, strict=True) if count}


def updates_since(document: Document[Content], vector: Mapping[bytes, int]) -> list[bytes]:
    """Return encoded updates that bring a replica with that `vector_of` to all that we have, in an order that it can
    apply at once.
    """
    graph = document.graph
    missing: list[Range] = []
    for index, name in enumerate(graph.names):
        known = vector.get(name, 0)
        if known < graph.next_seq[index]:
            missing += graph.events_of(index, known)
    missing.sort()
    updates: list[bytes] = []
    for start, end, parents in graph.pieces(missing):
        for first, stop, agent, seq in graph.agent_runs(start, end):
            heads = parents if first == start else (first - 1,)
            updates += _encode(document, graph, agent, seq, heads, first, stop)
    return updates


def _encode(
    document: Document[Content], graph: EventGraph, agent: int, seq: int, parents: Heads, start: int, end: int
) -> list[bytes]:
    """Return a run of events as updates, as few as the limits allow."""
    name = graph.names[agent]
    follows = seq > 0 and parents == (graph.number(agent, seq - 1),)
    named = None if follows else document.name(parents)
    updates = []
    for count, edits in _batches(document.log, start, end):
        updates.append(encode((FORMAT, name, seq, named, edits)))
        seq += count
        named = None
    return updates


def _batches(log: OpLog[Content], start: int, end: int) -> list[tuple[int, list[LocalEdit[Content]]]]:
    batches: list[tuple[int, list[LocalEdit[Content]]]] = []
    edits: list[LocalEdit[Content]] = []
    count = size = 0
    for _, kind, pos, length, content in log.ops(start, end):
        weight = len(content) * 4 if isinstance(content, str) else sum(len(element) + 5 for element in content)
        if edits and (len(edits) == MAX_EDITS or size + weight > MAX_UPDATE_BYTES // 2):
            batches.append((count, edits))
            edits, count, size = [], 0, 0
        deleted = 0 if kind == INSERT else -length if kind == BACKSPACE else length
        edits.append((pos, deleted, content))
        count += length
        size += weight
    batches.append((count, edits))
    return batches
