"""How edges hang on their ends: those that readers see in `out` and `into`, the others in `waiting`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from graphvine.crdt.cells import NO_EDGES, Adjacency, EdgeCell, VertexCell

# Edges that are noted in one step.
PART = 1_000
# Edges that are noted in the time of one unit of work.
NOTED_PER_UNIT = 10


def edges_at(cell: VertexCell) -> Iterable[EdgeCell]:
    """Return every edge of which the vertex is an end, seen or not; a loop may come twice."""
    return chain(cell.waiting or (), *cell.out.values(), *cell.into.values())


def note(edges: Iterable[EdgeCell], noted: deque[list[EdgeCell]]) -> Iterator[int]:
    """Note edges that are about to change, in parts. Yields about how much work each part was."""
    there = iter(edges)
    while part := list(islice(there, PART)):
        noted.append(part)
        yield len(part) // NOTED_PER_UNIT


def wait(edge: EdgeCell) -> None:
    """Let both ends know of an edge that readers don't see."""
    for end in (edge.source, edge.target):
        if end.waiting is None:
            end.waiting = {}
        end.waiting[edge] = None


def stop_waiting(edge: EdgeCell) -> None:
    """Let both ends forget an edge that waited."""
    for end in (edge.source, edge.target):
        if end.waiting is not None:
            end.waiting.pop(edge, None)
            if not end.waiting:
                end.waiting = None


def connect(edge: EdgeCell) -> None:
    """Let readers reach an edge from both ends."""
    source, target, type_ = edge.source, edge.target, edge.type
    if source.out is NO_EDGES:
        source.out = {}
    if target.into is NO_EDGES:
        target.into = {}
    source.out.setdefault(type_, {})[edge] = target
    target.into.setdefault(type_, {})[edge] = source


def disconnect(edge: EdgeCell) -> None:
    """Take an edge away from both ends."""
    edge.source.out = _without(edge.source.out, edge)
    edge.target.into = _without(edge.target.into, edge)


def _without(adjacency: Adjacency, edge: EdgeCell) -> Adjacency:
    members = adjacency[edge.type]
    del members[edge]
    if not members:
        del adjacency[edge.type]
    return adjacency or NO_EDGES
