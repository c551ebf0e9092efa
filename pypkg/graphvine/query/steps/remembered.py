"""What ExpandIntersect remembers of the vertices it has been at: their neighbours, and the edges to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.query.steps.block import Block
from graphvine.query.steps.expands import CHUNK, Neighbours, portions
from graphvine.query.steps.follow import degrees, follow, nearby

# To each neighbour of one vertex the edge, or the list of edges where there are several.
Ends = dict[Any, Any]
Near = dict[Any, "set[Any] | None"]
# Vertices whose ends are remembered at once.
MAX_REMEMBERED = 50_000


class Side(NamedTuple):
    """One of the two known vertices: its slot, the slot of the edge from it, and how to follow that.

    way: types and direction.
    """

    start: int
    edge: int
    way: tuple[tuple[str, ...], int]
    find: Neighbours
    degree: Callable[[Any], int]
    between: Callable[[Any, Any], list[Any]]


def learn_near(side: Side, vertices: list[Any], labels: tuple[str, ...], near: Near, run: Any) -> Iterator[None]:
    """Remember the neighbours of some vertices: None where a set does not say all, or would be large."""
    fresh = [vertex for vertex in dict.fromkeys(vertices) if vertex not in near]
    sizes = degrees(fresh, side.way)
    near.update((vertex, None) for vertex, size in zip(fresh, sizes, strict=True) if size > CHUNK)
    fresh = [vertex for vertex, size in zip(fresh, sizes, strict=True) if size <= CHUNK]
    for first, last in portions([size for size in sizes if size <= CHUNK]):
        found = nearby(fresh[first:last], side.way, side.find)
        for label in labels:
            found = [each and {vertex for vertex in each if label in vertex.labels} for each in found]
        near.update(zip(fresh[first:last], found, strict=True))
        run.hold(sum([200 + 60 * len(each or ()) for each in found]))
        if run.tick():
            yield None


def common_of(left: Ends, right: Ends) -> list[Any]:
    """Return the vertices in both, in the order of the smaller one."""
    if len(left) <= len(right):
        return [vertex for vertex in left if vertex in right]
    return [vertex for vertex in right if vertex in left]


def met(block: Block, pairs: list[tuple[Any, Any]], end: int, slots: tuple[int, int]) -> Block:
    """Return a row for each vertex that both of a pair have an edge to. pairs: what `gathered` returns."""
    places: list[int] = []
    ends: list[Any] = []
    lefts: list[Any] = []
    rights: list[Any] = []
    for place, (left, right) in enumerate(pairs):
        # As `common_of` does it.
        if len(left) <= len(right):
            common = [vertex for vertex in left if vertex in right]
        else:
            common = [vertex for vertex in right if vertex in left]
        if common:
            if type(left) is not dict or type(right) is not dict:
                for vertex, edge, edge_2 in _several(common, left, right):
                    places.append(place)
                    ends.append(vertex)
                    lefts.append(edge)
                    rights.append(edge_2)
                continue
            places += [place] * len(common)
            ends += common
            lefts += [left[vertex] for vertex in common]
            rights += [right[vertex] for vertex in common]
    found = block.at(places)
    found.columns = {slots[0]: lefts, end: ends, slots[1]: rights}
    found.kinds = {**block.kinds, slots[0]: EdgeCell, end: VertexCell, slots[1]: EdgeCell}
    return found


class Several(Ends):
    """To some neighbours there is more than one edge."""


def _several(common: list[Any], left: Ends, right: Ends) -> Iterator[tuple[Any, Any, Any]]:
    """Give each vertex with each pair of edges to it."""
    for vertex in common:
        firsts, seconds = ([each] if type(each) is not list else each for each in (left[vertex], right[vertex]))
        for edge in firsts:
            for edge_2 in seconds:
                yield vertex, edge, edge_2


def gathered(edges: list[Any], ends: list[Any]) -> Ends:
    """Return to each vertex the edge, or the list of edges."""
    found = Ends(zip(ends, edges, strict=True))
    if len(found) == len(ends):
        return found
    found = Several()
    for edge, other in zip(edges, ends, strict=True):
        before = found.get(other)
        if before is None:
            found[other] = edge
        elif type(before) is list:
            before.append(edge)
        else:
            found[other] = [before, edge]
    return found


def learn(side: Side, vertices: list[Any], known: dict[Any, Ends | None], run: Any) -> Iterator[None]:
    """Remember the edges to each neighbour of some vertices: None where there are far too many."""
    fresh = [vertex for vertex in dict.fromkeys(vertices) if vertex not in known]
    sizes = degrees(fresh, side.way)
    known.update((vertex, None) for vertex, size in zip(fresh, sizes, strict=True) if size > CHUNK)
    fresh = [vertex for vertex, size in zip(fresh, sizes, strict=True) if size <= CHUNK]
    for first, last in portions([size for size in sizes if size <= CHUNK]):
        some = fresh[first:last]
        counts, edges, ends = follow(some, side.way, side.find)
        place = 0
        for vertex, count in zip(some, counts, strict=True):
            known[vertex] = gathered(edges[place : place + count], ends[place : place + count])
            place += count
        run.hold(200 * len(some) + 120 * len(edges))
        if run.tick():
            yield None


def make_room(known: tuple[dict[Any, Any], dict[Any, Any]]) -> None:
    """Forget everything when it has become much. Not between the two vertices of a pair."""
    for each in known:
        if len(each) > MAX_REMEMBERED:
            each.clear()
