"""How edges hang on their ends: those that readers see in `out` and `into`, the others in `waiting`."""

from __future__ import annotations

from graphvine.crdt.cells import NO_EDGES, Adjacency, EdgeCell, VertexCell


def edges_at(cell: VertexCell) -> list[EdgeCell]:
    """Return every edge of which the vertex is an end, seen or not; a loop may come twice."""
    edges = list(cell.waiting or ())
    for adjacency in (cell.out, cell.into):
        for members in adjacency.values():
            edges += members
    return edges


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
