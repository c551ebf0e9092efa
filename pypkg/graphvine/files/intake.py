"""Records on their way into the graph: checked, put in order, and cut into transactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphvine.crdt.graph import GraphState
from graphvine.errors import FileError, InvalidValue
from graphvine.files.records import EdgeRecord, VertexRecord, Warnings
from graphvine.limits import MAX_PROPERTIES, MAX_VALUE_BYTES
from graphvine.model.ids import check_id, check_name, default_edge_id
from graphvine.store.builder import TransactionBuilder

# One transaction of an import: at most so many operations, and about so many bytes. To build, sign and encode it is not
# sliced any further, and must not hold a tab for 50 ms.
CHUNK_OPERATIONS = 1_000
CHUNK_BYTES = 512 * 1024
# Edges that wait for their ends, which come later in the file.
MAX_WAITING_EDGES = 200_000


Properties = dict[str, object]


class Intake:
    """Collects records into transactions; the caller commits each before it adds more.

    Edges wait until both ends are there, so that a file with a dangling one leaves no half of it behind.
    vertices, edges: how many were taken in.
    """

    def __init__(self, state: GraphState, warnings: Warnings, *, unique_ids: bool) -> None:
        self.vertices = self.edges = 0
        self._state = state
        self._warnings = warnings
        self._unique_ids = unique_ids
        self._seen_vertices: set[str] = set()
        self._seen_edges: dict[str, int] = {}
        self._opened: dict[str, None] = {}
        self._waiting: list[EdgeRecord] = []
        self._builder = TransactionBuilder()
        self._operations = self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Tell whether it is time to commit."""
        return self._operations >= CHUNK_OPERATIONS or self._bytes >= CHUNK_BYTES

    def take(self) -> TransactionBuilder:
        """Return what was collected, and begin anew."""
        builder, self._builder = self._builder, TransactionBuilder()
        self._operations = self._bytes = 0
        return builder

    def add(self, record: VertexRecord | EdgeRecord) -> None:
        """Take in a record. Raises FileError, which says where."""
        try:
            if isinstance(record, VertexRecord):
                self._add_vertex(record)
            else:
                self._add_edge(record)
        except InvalidValue as error:
            raise FileError(str(error), line=record.line) from None

    def take_in(self, record: VertexRecord | EdgeRecord) -> Iterator[None]:
        """Do what `add` does. What is more than one operation may hold comes in several transactions: the caller
        commits at each step.
        """
        pieces = _pieces(record.properties)
        first, more = next(pieces), next(pieces, None)
        if more is None:
            self.add(record)
            return
        try:
            if isinstance(record, EdgeRecord):
                record = self._checked(record)
                if not record.opens and not (self._is_there(record.source) and self._is_there(record.target)):
                    self._link(record)  # it waits as a whole: `finish` cuts it
                    return
            yield from self._commit_before(record)
            part = record._replace(properties=first)
            if isinstance(part, VertexRecord):
                self._add_vertex(part)
            else:
                self._link(part)
        except InvalidValue as error:
            raise FileError(str(error), line=record.line) from None
        yield from self._rest(record, more, pieces)

    def _commit_before(self, record: VertexRecord | EdgeRecord) -> Iterator[None]:
        pending = self._builder.pending_vertex if isinstance(record, VertexRecord) else self._builder.pending_edge
        if pending(record.id) is not None:
            self._operations = CHUNK_OPERATIONS
            yield

    def _rest(
        self, record: VertexRecord | EdgeRecord, more: Properties | None, pieces: Iterator[Properties]
    ) -> Iterator[None]:
        """Take in the properties that follow, each part of them in a transaction of its own."""
        while more is not None:
            self._operations = CHUNK_OPERATIONS
            yield
            try:
                if isinstance(record, VertexRecord):
                    self._builder.put_vertex(record.id, more)
                else:
                    self._builder.put_edge(record.id, record.type, record.source, record.target, more)
            except InvalidValue as error:
                raise FileError(str(error), line=record.line) from None
            self._count(record._replace(properties=more))
            more = next(pieces, None)

    def finish(self) -> Iterator[None]:
        """No record follows. Take in the edges that waited; the caller commits at each step if it is time."""
        waiting, self._waiting = self._waiting, []
        for edge in waiting:
            missing = edge.source if not self._is_there(edge.source) else edge.target
            if not self._is_there(missing):
                raise FileError(
                    f"An edge {edge.type!r} leads to the vertex {missing!r}, which is neither in the file nor in "
                    "the graph.",
                    line=edge.line,
                )
            pieces = _pieces(edge.properties)
            first, more = next(pieces), next(pieces, None)
            if more is not None:
                yield from self._commit_before(edge)
            self._put_edge(edge._replace(properties=first))
            yield from self._rest(edge, more, pieces)
            yield
        if self._opened:
            self._warnings.add(
                "vertices that edges lead to and the file does not describe: made empty", len(self._opened)
            )

    def _is_there(self, id_: str) -> bool:
        return id_ in self._state.vertices or self._builder.pending_vertex(id_) is not None

    def _add_vertex(self, record: VertexRecord) -> None:
        id_ = check_id("A vertex id", record.id)
        if self._unique_ids:
            if id_ in self._seen_vertices:
                raise FileError(f"There are two vertices with the id {id_!r} in the file.", line=record.line)
            self._seen_vertices.add(id_)
        self._opened.pop(id_, None)
        self._builder.put_vertex(id_, record.properties, record.labels, removed=record.removed)
        self.vertices += 1
        self._count(record)

    def _add_edge(self, record: EdgeRecord) -> None:
        self._link(self._checked(record))

    def _checked(self, record: EdgeRecord) -> EdgeRecord:
        source, target = check_id("A source id", record.source), check_id("A target id", record.target)
        type_ = check_name("An edge type", record.type)
        edge = record._replace(id=record.id or default_edge_id(source, type_, target))
        return self._with_own_id(edge) if self._unique_ids else edge

    def _link(self, edge: EdgeRecord) -> None:
        missing = [end for end in (edge.source, edge.target) if not self._is_there(end)]
        if missing and not edge.opens:
            if len(self._waiting) >= MAX_WAITING_EDGES:
                raise FileError(
                    f"More than {MAX_WAITING_EDGES:,} edges come before the vertices that they lead to. "
                    "Put the vertices first.",
                    line=edge.line,
                )
            self._waiting.append(edge)
            return
        for end in missing:
            self._opened[end] = None
            self._builder.put_vertex(end)
        self._put_edge(edge)

    def _with_own_id(self, edge: EdgeRecord) -> EdgeRecord:
        """Give an edge whose id was seen before another one, always the same: parallel edges often have none."""
        seen, first = self._seen_edges, edge.id
        while edge.id in seen:
            number = seen[first] = seen[first] + 1
            edge = edge._replace(id=default_edge_id(edge.source, f"{edge.type}\0{number}", edge.target))
        if edge.id != first:
            self._warnings.add("edges with no id, or the id of another one: given ids of their own")
        seen[edge.id] = 1
        return edge

    def _put_edge(self, edge: EdgeRecord) -> None:
        known = self._state.edges.get(edge.id)
        if known is not None and (known.source.id, known.type, known.target.id) != (
            edge.source,
            edge.type,
            edge.target,
        ):
            raise FileError(
                f"The graph has another edge with the id {edge.id!r}: {known.source.id!r} -[{known.type}]-> "
                f"{known.target.id!r}. Delete it first, or change the id in the file.",
                line=edge.line,
            )
        self._builder.put_edge(edge.id, edge.type, edge.source, edge.target, edge.properties)
        self.edges += 1
        self._count(edge)

    def _count(self, record: VertexRecord | EdgeRecord) -> None:
        self._operations += 1
        self._bytes += 64
        for value in record.properties.values():
            self._bytes += _size(value)


def _pieces(properties: Mapping[str, object]) -> Iterator[Properties]:
    """Yield the properties in parts that one operation may hold, and that are quickly signed. There is at least one."""
    part: Properties = {}
    size = 0
    for name, value in properties.items():
        size += _size(value)
        if part and (len(part) >= MAX_PROPERTIES or size > MAX_VALUE_BYTES):
            yield part
            part, size = {}, _size(value)
        part[name] = value
    yield part


def _size(value: object) -> int:
    return len(value) if isinstance(value, (str, bytes, list)) else 16
