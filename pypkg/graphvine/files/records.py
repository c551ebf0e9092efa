"""What a reader finds in a file, what a writer takes from a graph, and what a format could not carry."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple, Protocol, TypeVar

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.crdt.graph import GraphState
from graphvine.errors import FileError
from graphvine.limits import MAX_VALUE_BYTES

Item = TypeVar("Item")

# Records that a writer handles between two chances for others to run: a few milliseconds in a tab.
RECORDS_PER_SLICE = 200
# Entities that are noted in one step, to be written later.
NOTED_PER_SLICE = 5_000
# Characters of a text that a writer escapes in one step.
SLICE_CHARACTERS = 16 * 1024
# Bytes that a writer collects before it hands them out.
CHUNK_BYTES = 32 * 1024
# Characters of one thing in a file: a line, an element, an object. It is in memory as a whole.
MAX_ITEM_BYTES = 128 * 1024 * 1024
# Characters of one text in a file. A value has at most `MAX_VALUE_BYTES`, each of which takes up to twelve characters.
MAX_TEXT_CHARACTERS = 12 * MAX_VALUE_BYTES
# Characters of something incomplete from which on a reader takes in its parts, and doesn't wait for all of it.
WIDE_CHARACTERS = 64 * 1024
# Different property columns or keys that a file may declare.
MAX_KEYS = 10_000
# Different warnings that are counted one by one.
MAX_WARNINGS = 100


class VertexRecord(NamedTuple):
    """A vertex in a file. line: where it stands, or 0 where lines mean nothing. removed: properties to take away."""

    id: str
    labels: list[str]
    properties: Mapping[str, object]
    line: int = 0
    removed: Sequence[str] = ()


class EdgeRecord(NamedTuple):
    """An edge in a file. id: '' for the one of its type between its ends. opens: ends that are not there are made."""

    id: str
    type: str
    source: str
    target: str
    properties: Mapping[str, object]
    line: int = 0
    opens: bool = False


class Statement(NamedTuple):
    """A Cypher statement in a file, to be run."""

    text: str
    line: int


Record = VertexRecord | EdgeRecord | Statement


class Warnings:
    """What a format could not carry: each reason with how often it happened."""

    def __init__(self) -> None:
        self.count_by_reason: dict[str, int] = {}

    def add(self, reason: str, count: int = 1) -> None:
        """Count `reason`."""
        if reason not in self.count_by_reason and len(self.count_by_reason) >= MAX_WARNINGS:
            reason = "something else"
        self.count_by_reason[reason] = self.count_by_reason.get(reason, 0) + count


class Reader(Protocol):
    """Turns the bytes of one file into records, as they come. None among them is a chance to let others run.

    unique_ids: two vertices of one id are an error in this format, and two edges of one id are two edges.
    """

    warnings: Warnings
    unique_ids: bool

    def feed(self, data: bytes) -> Iterator[Record | None]:
        """Yield what is complete with this chunk. Raises FileError."""

    def finish(self) -> Iterator[Record | None]:
        """The file ends here: yield the rest. Raises FileError when it was cut off."""


class Source:
    """A graph on its way into a file: what there was at the start, each part as it is when its turn comes.

    Begins empty: `gather` first. done: parts handed out so far, over all passes. total: of one pass. passes: how often
    the writer goes over it. is_still: whether the writer is in the middle of a copy: others may run, but not change
    the state.
    """

    def __init__(self, state: GraphState, space: str) -> None:
        self.space = space
        self.done = 0
        self.passes = 1
        self.is_still = False
        self.vertex_count = self.edge_count = 0
        self._state = state
        self._vertices: list[list[VertexCell]] = []
        self._edges: list[list[EdgeCell]] = []

    def gather(self) -> Generator[None, None, None]:
        """Note what there is, in steps. Nothing may be applied meanwhile."""
        vertices, edges = self._state.vertices, self._state.edges
        self.vertex_count, self.edge_count = len(vertices), len(edges)
        self._vertices = yield from _noted(vertices.values())
        self._edges = yield from _noted(edges.values())

    def let_go(self) -> Generator[None, None, None]:
        """Forget it, in steps: that takes as long."""
        for noted in (self._vertices, self._edges):
            while noted:
                noted.pop()
                yield

    def links(self, vertex: VertexCell) -> Generator[bytes, None, dict[str, list[list[EdgeCell]]]]:
        """Return the outgoing edges of one moment by type, in lists. Yields empty chunks while `is_still`."""
        found: dict[str, list[list[EdgeCell]]] = {}
        self.is_still = True
        try:
            for type_, edges in vertex.out.items():
                there, found[type_] = iter(edges), []
                while part := list(islice(there, NOTED_PER_SLICE)):
                    found[type_].append(part)
                    if len(part) == NOTED_PER_SLICE:
                        yield b""
        finally:
            self.is_still = False
        return found

    @property
    def total(self) -> int:
        """Vertices and edges."""
        return self.vertex_count + self.edge_count

    def has_vertex(self, id_: str) -> bool:
        """Tell whether the graph has a vertex now."""
        return id_ in self._state.vertices

    def vertices(self) -> Iterator[VertexCell]:
        """Yield the vertices that are still there."""
        there = self._state.vertices
        for cell in chain.from_iterable(self._vertices):
            self.done += 1
            if there.get(cell.id) is cell:
                yield cell

    def edges(self) -> Iterator[EdgeCell]:
        """Yield the edges that are still there."""
        there = self._state.edges
        for cell in chain.from_iterable(self._edges):
            self.done += 1
            if there.get(cell.id) is cell:
                yield cell


class Chunks:
    """Collects what a writer says, and says when to hand it out."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = self._records = 0

    def add(self, part: bytes) -> bool:
        """Take in a part. Return whether to `take` now: enough bytes, or enough work."""
        self._parts.append(part)
        self._size += len(part)
        self._records += 1
        return self._size >= CHUNK_BYTES or self._records >= RECORDS_PER_SLICE

    def take(self) -> bytes:
        """Return everything collected."""
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = self._records = 0
        return data


def _noted(items: Iterable[Item]) -> Generator[None, None, list[list[Item]]]:
    """Return a copy in lists, made in steps."""
    there, found = iter(items), []
    while part := list(islice(there, NOTED_PER_SLICE)):
        found.append(part)
        if len(part) == NOTED_PER_SLICE:
            yield
    return found


def used_up(noted: list[list[Item]]) -> Iterator[list[Item]]:
    """Yield the items in lists of `RECORDS_PER_SLICE`, and let go of them on the way."""
    noted.reverse()
    while noted:
        yield from parts(noted.pop())


def parts(items: list[Item]) -> Iterator[list[Item]]:
    """Yield the items in lists of `RECORDS_PER_SLICE`, the last one shorter."""
    return (items[start : start + RECORDS_PER_SLICE] for start in range(0, len(items), RECORDS_PER_SLICE))


def sliced(text: str) -> Iterator[str]:
    """Yield a text in pieces that are quickly escaped."""
    return (text[start : start + SLICE_CHARACTERS] for start in range(0, len(text), SLICE_CHARACTERS))


def cut_off(what: str, line: int = 0) -> FileError:
    """Return the error of a file that ends too early."""
    return FileError(f"The file is cut off: it ends inside {what}. Fetch it again, or import another copy.", line=line)
