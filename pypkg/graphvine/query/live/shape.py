"""Whether a query can be kept alive by deltas: one MATCH of single edges, then WITH and RETURN; and UNION of such.

A match is decided by its own vertices and edges alone; so when a cell changes, only matches that hold the cell can
come, go or look different. Everything that looks further (paths of variable length, subqueries, OPTIONAL) is kept alive
by running it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import NamedTuple

from graphvine.query.parts import can_be_long
from graphvine.query.tree import (
    Call,
    CallProcedure,
    CallSubquery,
    Clause,
    Match,
    PathPattern,
    PatternComprehension,
    PatternTest,
    Projection,
    Query,
    ShortestPath,
    Subquery,
    Unwind,
)

# Aggregates that can take a value back.
REVERSIBLE = frozenset(
    ("count", "sum", "avg", "min", "max", "collect", "percentiledisc", "percentilecont", "stdev", "stdevp")
)
_CHANGING = frozenset(("rand", "randomuuid", "timestamp"))
_CLOCKS = ("date", "time", "localtime", "datetime", "localdatetime")


class Shape(NamedTuple):
    """A branch of a query that deltas can serve.

    before: each WITH in front of the projection that aggregates (or of the last one); after: what follows it.
    slots: of the columns that the branch shows.
    """

    match: Match
    before: list[Projection]
    projection: Projection
    after: list[Projection]
    slots: list[int]


def shape_of(query: Query) -> list[Shape] | str:
    """Return the shapes of the branches of a bound query, or the reason why it has to be run again."""
    shapes = []
    for branch, slots in zip(query.branches, query.slots, strict=False):
        shape = _branch_shape(branch, slots)
        if isinstance(shape, str):
            return shape
        shapes.append(shape)
    last = [(shape.after or [shape.projection])[-1] for shape in shapes]
    if len(shapes) > 1 and any(_is_cut(each) or query.is_all and each.is_distinct for each in last):
        return "ORDER BY, SKIP, LIMIT or DISTINCT in a branch of UNION"
    return shapes


def _branch_shape(clauses: list[Clause], slots: list[int]) -> Shape | str:
    match, projections = clauses[0], [clause for clause in clauses[1:] if isinstance(clause, Projection)]
    others = [clause for clause in clauses[1:] if not isinstance(clause, Projection)]
    if not isinstance(match, Match) or match.is_optional or others:
        return _clause_reason(match if not isinstance(match, Match) or match.is_optional else others[0])
    if not projections:
        return "no RETURN"
    if any(_is_cut(each) or each.is_distinct for each in projections[:-1]):
        return "ORDER BY, SKIP, LIMIT or DISTINCT before the end"
    if any(can_be_long(count) for count in (projections[-1].skip, projections[-1].limit) if count is not None):
        return "SKIP or LIMIT that takes long to compute"
    reasons = [_pattern_reason(pattern) for pattern in match.patterns]
    reasons += [_expression_reason(part) for part in _parts(clauses)]
    for call in [call for each in projections for call in each.aggregates]:
        if isinstance(call, Call) and call.name.lower() not in REVERSIBLE:
            reasons.append(f"{call.name}() can't take a value back")
    places = [number for number, each in enumerate(projections) if each.aggregates]
    if len(places) > 1:
        reasons.append("aggregates of aggregates")
    place = places[0] if places else len(projections) - 1
    found = next((reason for reason in reasons if reason), "")
    return found or Shape(match, projections[:place], projections[place], projections[place + 1 :], slots)


def _clause_reason(clause: Clause) -> str:
    """Return what to say about a clause that deltas don't know at its place."""
    if isinstance(clause, Match):
        return "OPTIONAL MATCH" if clause.is_optional else "more than one MATCH"
    return _NAMES.get(type(clause), "more than MATCH, WITH and RETURN")


_NAMES: dict[type[Clause], str] = {
    Unwind: "UNWIND",
    CallProcedure: "CALL of a procedure",
    CallSubquery: "CALL of a subquery",
    Projection: "it does not begin with MATCH",
}


def _is_cut(projection: Projection) -> bool:
    return bool(projection.order) or projection.skip is not None or projection.limit is not None


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
