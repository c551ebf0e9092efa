"""Edges of many vertices at once, as lists side by side."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

from graphvine.query.steps.block import Values

# Types and direction.
Way = tuple[tuple[str, ...], int]
_NONE: dict[Any, Any] = {}


class Followed(NamedTuple):
    """How many edges each vertex has, all the edges, and the vertices at their other ends."""

    counts: list[int]
    edges: Values
    ends: Values


def follow(starts: Values, way: Way, find: Callable[[Any], list[tuple[Any, Any]]]) -> Followed:
    """Return the edges of some vertices of the state. find: what `neighbours` returns for the same way."""
    types, direction = way
    if len(types) != 1:
        return _each(starts, find)
    if direction:
        return _one_way(starts, types[0], direction)
    return _both_ways(starts, types[0], find)


def _one_way(starts: Values, type_: str, direction: int) -> Followed:
    if direction > 0:
        sides = [start.out.get(type_, _NONE) for start in starts]
    else:
        sides = [start.into.get(type_, _NONE) for start in starts]
    ends: Values = []
    for side in sides:
        ends += side.values()
    return Followed([len(side) for side in sides], list(chain.from_iterable(sides)), ends)


def _both_ways(starts: Values, type_: str, find: Callable[[Any], list[tuple[Any, Any]]]) -> Followed:
    counts: list[int] = []
    edges: Values = []
    ends: Values = []
    for start in starts:
        before = len(edges)
        out, into = start.out.get(type_), start.into.get(type_)
        if out:
            edges += out
            ends += out.values()
        if into:
            if out and not out.keys().isdisjoint(into):
                return _each(starts, find)  # an edge from a vertex to itself counts once
            edges += into
            ends += into.values()
        counts.append(len(edges) - before)
    return Followed(counts, edges, ends)


def _each(starts: Values, find: Callable[[Any], list[tuple[Any, Any]]]) -> Followed:
    pairs = [find(start) for start in starts]
    found = list(chain.from_iterable(pairs))
    return Followed([len(each) for each in pairs], [edge for edge, _ in found], [end for _, end in found])


def nearby(starts: Values, way: Way, find: Callable[[Any], list[tuple[Any, Any]]]) -> list[set[Any] | None]:
    """Return the neighbours of each vertex; None for one that has several edges to a neighbour, or one to itself."""
    counts, _, ends = follow(starts, way, find)
    found: list[set[Any] | None] = []
    place = 0
    for start, count in zip(starts, counts, strict=True):
        near = set(ends[place : place + count])
        place += count
        found.append(near if len(near) == count and start not in near else None)
    return found


def degrees(starts: Values, way: Way) -> list[int]:
    """Return how many edges each vertex has at most (loops count twice)."""
    types, direction = way
    if len(types) == 1 and direction:
        (type_,) = types
        if direction > 0:
            return [len(start.out.get(type_, _NONE)) for start in starts]
        return [len(start.into.get(type_, _NONE)) for start in starts]
    if len(types) == 1:
        (type_,) = types
        return [len(start.out.get(type_, _NONE)) + len(start.into.get(type_, _NONE)) for start in starts]
    counts = [0] * len(starts)
    for number, start in enumerate(starts):
        for side in (start.out, start.into) if not direction else (start.out if direction > 0 else start.into,):
            if side:
                counts[number] += sum([len(side.get(type_, _NONE)) for type_ in types or side])
    return counts
