"""What properties a graph has, and of which types: formats with a header have to know before they begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.files.plain import plain_properties
from graphvine.files.records import MAX_KEYS, RECORDS_PER_SLICE, Source, parts

KindOf = Callable[[object], str]


class Column(NamedTuple):
    """A property of one type. One name may have several: values of different types don't share a column."""

    name: str
    kind: str


class Survey:
    """The columns of all vertices and of all edges, in the order of first sight.

    kind_of: the format's name for the type of a value, or '' for what it can't carry.
    """

    def __init__(self, kind_of: KindOf) -> None:
        self.vertices: dict[Column, None] = {}
        self.edges: dict[Column, None] = {}
        self._kind_of = kind_of

    def run(self, source: Source) -> Iterator[bytes]:
        """Look at everything. Yields empty chunks: chances to let others run."""
        yield from self.look(source.vertices(), self.vertices)
        yield from self.look(source.edges(), self.edges)

    def look(self, cells: Iterator[VertexCell | EdgeCell], columns: dict[Column, None]) -> Iterator[bytes]:
        """Take in some cells."""
        kind_of = self._kind_of
        for number, cell in enumerate(cells):
            if number % RECORDS_PER_SLICE == RECORDS_PER_SLICE - 1:
                yield b""
            for part in parts(list(plain_properties(cell).items())):
                for name, value in part:
                    if kind := kind_of(value):
                        column = Column(name, kind)
                        if column not in columns and len(columns) < MAX_KEYS:
                            columns[column] = None
                if len(part) == RECORDS_PER_SLICE:
                    yield b""
