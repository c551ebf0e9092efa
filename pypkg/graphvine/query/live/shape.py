"""Whether a query can be kept alive by deltas: one MATCH of single edges, then RETURN.

A match is decided by its own vertices and edges alone; so when a cell changes, only matches that hold the cell can
come, go or look different. Everything that looks further (paths of variable length, subqueries, OPTIONAL) is kept alive
by running it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import NamedTuple

from graphvine.query.tree import (
    Call,
    Match,
    PathPattern,
    PatternComprehension,
    PatternTest,
    Projection,
    Query,
    ShortestPath,
    Subquery,
)

# Aggregates that can take a value back.
REVERSIBLE = frozenset(("count", "sum", "avg", "min", "max", "collect", "percentiledisc", "percentilecont"))
_CHANGING = frozenset(("rand", "randomuuid", "timestamp"))
_CLOCKS = ("date", "time", "localtime", "datetime", "localdatetime")


class Shape(NamedTuple):
    """A query that deltas can serve."""

    match: Match
    projection: Projection


def shape_of(query: Query) -> Shape | str:
    """Return the shape of a bound query, or the reason why it has to be run again."""
    if len(query.branches) != 1:
        return "UNION"
    clauses = query.branches[0]
    if len(clauses) != 2 or not isinstance(clauses[0], Match) or not isinstance(clauses[1], Projection):
        return "more than MATCH and RETURN"
    match: Match = clauses[0]
    projection: Projection = clauses[1]
    if match.is_optional:
        return "OPTIONAL MATCH"
    for pattern in match.patterns:
        reason = _pattern_reason(pattern)
        if reason:
            return reason
    for part in _parts([match, projection]):
        reason = _expression_reason(part)
        if reason:
            return reason
    for call in projection.aggregates:
        if isinstance(call, Call) and call.name.lower() not in REVERSIBLE:
            return f"{call.name}() can't take a value back"
    return Shape(match, projection)


def _pattern_reason(pattern: PathPattern) -> str:
    if pattern.kind:
        return "a shortest path"
    if any(edge.length is not None for edge in pattern.edges):
        return "a path of variable length"
    return ""


def _expression_reason(part: object) -> str:
    if isinstance(part, (Subquery, PatternTest, PatternComprehension, ShortestPath)):
        return "a pattern or subquery inside an expression"
    if isinstance(part, Call):
        name = part.name.lower()
        family, dot, _ = name.partition(".")
        if name in _CHANGING or family in _CLOCKS and (dot or not part.arguments):
            return f"{part.name}() changes by itself"
    return ""


def _parts(part: object) -> Iterator[object]:
    yield part
    if isinstance(part, (list, tuple)):
        for element in part:
            yield from _parts(element)
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            if field.name not in ("aggregates", "grouped"):
                yield from _parts(getattr(part, field.name))


def element_slots(match: Match) -> tuple[list[int], list[int]]:
    """Return the slots of the vertices and of the edges of a MATCH, each once."""
    vertices: dict[int, None] = {}
    edges: dict[int, None] = {}
    for pattern in match.patterns:
        vertices |= dict.fromkeys(vertex.slot for vertex in pattern.vertices)
        edges |= dict.fromkeys(edge.slot for edge in pattern.edges)
    return list(vertices), list(edges)
