"""A whole document with its full history as bytes, in columns.

Layout: one byte format (1), four bytes CRC-32 of the rest, then MessagePack
``[events, agents, heads, visible, deleted, runs, graph, places, shapes]``:

* ``agents``: ``[name, next sequence number, last event]`` each; ``heads``: event numbers.
* seven columns, each ``[length, zlib]``: the *visible* content; the *deleted* content in order of insertion; *runs* of
  one agent (agent, count); *graph* runs (count, number of parents, distances back to them); for each operation its
  *place* (zigzag distance from where its agent's last one ended) and *shape* (``length << 2 | kind``).

Inserted content is stored once: what is still visible lies in document order, so that opening is unpacking one column.
Which element came from which operation follows from replaying the positions, when somebody asks for history.
"""

from __future__ import annotations

import zlib
from itertools import compress as select
from typing import Annotated, Any

import msgspec

from graphvine.crdt.text.columns import compress, decompress, pack_integers, unpack_integers, unzigzag, zigzag
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.elements import Elements
from graphvine.crdt.text.event_graph import EventGraph, Heads
from graphvine.crdt.text.merge import replay
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.params import MAX_AGENT_BYTES, MAX_AGENTS, MAX_EVENTS, MAX_PARENTS
from graphvine.crdt.text.placeholders import integers, shadow
from graphvine.crdt.text.sequence import BACKSPACE, INSERT, Content
from graphvine.crdt.text.update import Wire
from graphvine.errors import MalformedMessage

FORMAT = 1
_HEADER_BYTES = 5

_Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_EVENTS)]
_Last = Annotated[int, msgspec.Meta(ge=-1, le=MAX_EVENTS)]
_Name = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_AGENT_BYTES)]
_Column = tuple[Annotated[int, msgspec.Meta(ge=0, le=8 * MAX_EVENTS)], bytes]


class _Archive(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    events: _Number
    agents: Annotated[tuple[tuple[_Name, _Number, _Last], ...], msgspec.Meta(max_length=MAX_AGENTS)]
    heads: Annotated[tuple[_Number, ...], msgspec.Meta(max_length=MAX_AGENTS)]
    visible: _Column
    deleted: _Column
    runs: _Column
    graph: _Column
    places: _Column
    shapes: _Column


_decode = msgspec.msgpack.Decoder(_Archive).decode


def encode_document(document: Document[Content]) -> bytes:
    """Return a document with its whole history."""
    graph, log, wire = document.graph, document.log, document.wire
    places, shapes = _pack_ops(graph, log)
    archive = _Archive(
        events=graph.size,
        agents=tuple(zip(graph.names, graph.next_seq, graph.last, strict=True)),
        heads=graph.heads,
        visible=compress(wire.pack(document.content)),
        deleted=compress(wire.pack(_deleted(document))),
        runs=compress(pack_integers(_agent_column(graph))),
        graph=compress(pack_integers(_graph_column(graph))),
        places=compress(places),
        shapes=compress(shapes),
    )
    body = msgspec.msgpack.encode(archive)
    return bytes([FORMAT]) + zlib.crc32(body).to_bytes(4, "big") + body


def decode_document(wire: Wire[Content], data: bytes, agent: bytes | None = None) -> Document[Content]:
    """Return the document in `data`, ready to read and edit; its history stays packed until it is needed.

    Raises MalformedMessage if the bytes are damaged. Bytes that were made to deceive show when the history is
    unpacked, with the same error: call `document.graph` to look at once.
    """
    if len(data) < _HEADER_BYTES or data[0] != FORMAT:
        raise MalformedMessage("not a stored text, or one of a newer format")
    body = data[_HEADER_BYTES:]
    if zlib.crc32(body) != int.from_bytes(data[1:_HEADER_BYTES], "big"):
        raise MalformedMessage("a stored text does not match its checksum")
    try:
        archive = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedMessage(f"not a stored text: {error}") from None
    if len({name for name, _, _ in archive.agents}) != len(archive.agents):
        raise MalformedMessage("a stored text names an agent twice")
    document = Document(wire)
    graph = document.recent
    for name, next_seq, last in archive.agents:
        index = graph.agent(name)
        graph.next_seq[index], graph.last[index] = next_seq, last
    graph.heads, graph.size = archive.heads, archive.events
    content = wire.unpack(decompress(*archive.visible))
    document.freeze(content, archive.events, lambda graph, log: _thaw(wire, archive, content, graph, log))
    if agent is not None:
        document.sign_as(agent)
    return document


# -- columns ----------------------------------------------------------------------------------------------------------


def _agent_column(graph: EventGraph) -> list[int]:
    ends = [*graph.agent_start[1:], graph.size]
    values = []
    for start, end, agent in zip(graph.agent_start, ends, graph.agent_of, strict=False):
        values += [agent, end - start]
    return values


def _graph_column(graph: EventGraph) -> list[int]:
    ends = [*graph.starts[1:], graph.size]
    values = []
    for start, end, parents in zip(graph.starts, ends, graph.parents, strict=False):
        values += [end - start, len(parents), *(start - parent for parent in parents)]
    return values


def _end_of(kind: int, pos: int, length: int) -> int:
    """Return where the next operation of the same agent probably is."""
    return pos + length if kind == INSERT else pos - length + 1 if kind == BACKSPACE else pos


def _pack_ops(graph: EventGraph, log: OpLog[Content]) -> tuple[bytes, bytes]:
    places, shapes = [], []
    cursors = [0] * len(graph.names)
    for start, end, agent, _ in graph.agent_runs(0, graph.size):
        cursor = cursors[agent]
        for _, kind, pos, length, _ in log.ops(start, end):
            places.append(zigzag(pos - cursor))
            shapes.append(length << 2 | kind)
            cursor = _end_of(kind, pos, length)
        cursors[agent] = cursor
    return pack_integers(places), pack_integers(shapes)


def _deleted(document: Document[Content]) -> Content:
    """Return the inserted elements that are not visible any more, in order of insertion."""
    log = document.log
    elements = document.elements if document.has_elements else Elements.of(document.graph, log)
    gone = bytearray(b"\1") * log.size
    for first, count in elements.runs():
        gone[first : first + count] = bytes(count)
    kept: list[Any] = []
    for start, kind, content in zip(log.start, log.kind, log.content, strict=True):
        if kind == INSERT:
            kept += select(content, gone[start : start + len(content)])
    return "".join(kept) if isinstance(log.empty, str) else tuple(kept)


# -- unpacking history ------------------------------------------------------------------------------------------------


def _thaw(wire: Wire[Content], archive: _Archive, visible: Content, graph: EventGraph, log: OpLog[Content]) -> None:
    """Put the archived events before those that came since. Raises MalformedMessage, and then changes nothing."""
    past = _unpack_graph(archive)
    old = _unpack_ops(archive, past, wire.empty)
    _fill(old, past, visible, wire.unpack(decompress(*archive.deleted)))
    graph.prepend(past)
    log.prepend(old)


def _unpack_graph(archive: _Archive) -> EventGraph:
    graph = EventGraph()
    for name, _, _ in archive.agents:
        graph.agent(name)
    values = unpack_integers(decompress(*archive.runs))
    if len(values) % 2:
        raise MalformedMessage("a stored text has half a run")
    runs = iter(_unpack_runs(archive))
    end = 0
    parents: Heads = ()
    for agent, count in zip(values[::2], values[1::2], strict=True):
        if agent >= len(graph.names) or not 0 < count <= archive.events - graph.size:
            raise MalformedMessage("a stored text has a run of nobody, or one that is too long")
        while count:
            start = graph.size
            if start == end:
                _, end, parents = next(runs)
            step = min(count, end - start)
            graph.add(agent, step, parents)
            parents = (graph.size - 1,)
            count -= step
    claimed = tuple((name, seq, last) for name, seq, last in zip(graph.names, graph.next_seq, graph.last, strict=True))
    if graph.size != archive.events or claimed != archive.agents or graph.heads != archive.heads:
        raise MalformedMessage("a stored text does not have the version that it claims")
    return graph


def _unpack_runs(archive: _Archive) -> list[tuple[int, int, Heads]]:
    values = iter(unpack_integers(decompress(*archive.graph)))
    runs = []
    start = 0
    for count in values:
        size = next(values, MAX_PARENTS + 1)
        parents = tuple(start - next(values, 0) for _ in range(min(size, MAX_PARENTS + 1)))
        if not count or size > MAX_PARENTS or any(not 0 <= parent < start for parent in parents):
            raise MalformedMessage("a stored text has impossible parents")
        if list(parents) != sorted(set(parents)):
            raise MalformedMessage("a stored text has parents out of order")
        runs.append((start, start + count, parents))
        start += count
    if start != archive.events:
        raise MalformedMessage("the columns of a stored text differ in length")
    return runs


def _unpack_ops(archive: _Archive, graph: EventGraph, empty: Content) -> OpLog[Content]:
    places = unpack_integers(decompress(*archive.places))
    shapes = unpack_integers(decompress(*archive.shapes))
    log: OpLog[Content] = OpLog(empty)
    cursors = [0] * len(graph.names)
    ends = [*graph.agent_start[1:], graph.size]
    run = -1
    end = 0
    agent = 0
    for place, shape in zip(places, shapes, strict=False):
        kind, length = shape & 3, shape >> 2
        if log.size == end and end < graph.size:
            run += 1
            end, agent = ends[run], graph.agent_of[run]
        pos = cursors[agent] + unzigzag(place)
        if kind > BACKSPACE or not 0 < length <= end - log.size or pos < 0:
            raise MalformedMessage("a stored text has an impossible operation")
        log.row(kind, pos, length)
        cursors[agent] = _end_of(kind, pos, length)
    if len(places) != len(shapes) or log.size != graph.size:
        raise MalformedMessage("the columns of a stored text differ in length")
    return log


def _fill(log: OpLog[Content], graph: EventGraph, visible: Content, deleted: Content) -> None:
    """Give every insertion its content back."""
    lengths = log.lengths()
    inserted = sum(length for kind, length in zip(log.kind, lengths, strict=True) if kind == INSERT)
    if inserted != len(visible) + len(deleted):
        raise MalformedMessage("a stored text has another length than its history")
    twin, _ = shadow(log, by_event=False)
    rope = replay(graph, twin)
    if rope.size != len(visible):
        raise MalformedMessage("a stored text is not what its history makes")
    rest = iter(deleted)
    elements: list[object] = [None] * inserted
    for number, element in zip(integers(rope.content()), visible, strict=True):
        elements[number] = element
    whole = [element if element is not None else next(rest) for element in elements]
    content = "".join(whole) if isinstance(log.empty, str) else tuple(whole)  # type: ignore[arg-type]
    at = 0
    for row, kind in enumerate(log.kind):
        if kind == INSERT:
            log.content[row] = content[at : at + lengths[row]]
            at += lengths[row]
