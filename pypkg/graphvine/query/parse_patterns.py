"""Patterns: vertices and edges drawn with brackets and dashes."""

from __future__ import annotations

from graphvine.query.cursor import Cursor
from graphvine.query.fault import syntax
from graphvine.query.parse_atoms import map_literal
from graphvine.query.parse_labels import TYPE, labels, one_of, plain, starts_labels
from graphvine.query.tokens import INTEGER, PARAMETER
from graphvine.query.tree import (
    UNNAMED,
    EdgePattern,
    Expr,
    Logic,
    Parameter,
    PathPattern,
    Quantifier,
    Variable,
    VertexPattern,
)

# Vertices of one path pattern.
MAX_PATTERN_LENGTH = 10_000
# Edges that one variable-length part may ask for; paths that long are never what is meant.
MAX_HOPS = 1_000_000


def path(cursor: Cursor) -> PathPattern:
    """Read ``[variable =] pattern``, with shortestPath or allShortestPaths around it or not."""
    at = cursor.token.start
    variable = None
    if cursor.is_variable() and cursor.is_symbol("=", 1):
        variable = cursor.variable()
        cursor.expect("=")
    kind = ""
    if cursor.is_word("SHORTESTPATH") or cursor.is_word("ALLSHORTESTPATHS"):
        kind = "SHORTEST" if cursor.advance().word == "SHORTESTPATH" else "ALLSHORTEST"
        cursor.expect("(")
    selected = "" if kind else _selector(cursor)
    brackets = 0
    while cursor.is_symbol("(") and cursor.is_symbol("(", 1):
        cursor.advance()
        brackets += 1
    pattern = _chain(cursor, variable, at)
    for _ in range(brackets + (1 if kind else 0)):
        cursor.expect(")")
    if brackets:
        _refuse_repetition(cursor)
    pattern.kind = kind or selected
    return pattern


# How GQL asks for shortest paths, longest first, and what it is here.
_SELECTORS = [
    (("ALL", "SHORTEST"), "ALLSHORTEST"),
    (("ANY", "SHORTEST"), "SHORTEST"),
    (("ANY",), "SHORTEST"),
]


def _selector(cursor: Cursor) -> str:
    """Read ``ANY SHORTEST``, ``ALL SHORTEST`` or ``SHORTEST 1``, with PATH or PATHS behind it or not."""
    if cursor.is_word("SHORTEST"):
        kind = "SHORTEST"
        cursor.advance()
        if cursor.token.kind == INTEGER and cursor.token.value != 1:
            message = "Only the shortest paths can be asked for: SHORTEST 1, ANY SHORTEST or ALL SHORTEST."
            raise syntax("UnexpectedSyntax", message, cursor.token.start)
        if cursor.token.kind == INTEGER:
            cursor.advance()
    else:
        kind = next((kind for words, kind in _SELECTORS if cursor.take(*words)), "")
    if kind:
        _ = cursor.take("PATHS") or cursor.take("PATH")
        if cursor.take("GROUPS") or cursor.take("GROUP"):
            return "ALLSHORTEST"
    return kind


def _refuse_repetition(cursor: Cursor) -> None:
    if cursor.is_symbol("(") or any(cursor.is_symbol(text) for text in ("{", "+", "*")):
        message = "A part in brackets can't be repeated. Repeat one relationship: -[:TYPE*1..3]-> or -[:TYPE]->{1,3}."
        raise syntax("UnexpectedSyntax", message, cursor.token.start)


def _chain(cursor: Cursor, variable: str | None, at: int) -> PathPattern:
    pattern = PathPattern(variable, [_vertex(cursor)], [], at=at)
    while cursor.is_symbol("-") or cursor.is_symbol("<"):
        pattern.edges.append(_edge(cursor))
        pattern.vertices.append(_vertex(cursor))
        if len(pattern.edges) > MAX_PATTERN_LENGTH:
            raise syntax("UnexpectedSyntax", "This pattern is too long.", cursor.token.start)
    if cursor.is_symbol("("):
        _refuse_repetition(cursor)
    return pattern


def _vertex(cursor: Cursor) -> VertexPattern:
    at = cursor.token.start
    cursor.expect("(")
    variable = cursor.variable() if cursor.is_variable() else None
    wanted: list[str] = []
    tests: list[Expr] = []
    was, cursor.bar_ends = cursor.bar_ends, False
    if starts_labels(cursor):
        wanted, tests = plain(labels(cursor, Variable(variable or UNNAMED, at=at)))
    properties = _properties(cursor)
    if cursor.take("WHERE"):
        tests.append(cursor.grammar.expression(cursor))
    if not cursor.take(")"):
        raise cursor.unexpected("')'")
    cursor.bar_ends = was
    return VertexPattern(variable, wanted, properties, _all(tests, at), at=at)


def _all(tests: list[Expr], at: int) -> Expr | None:
    return None if not tests else tests[0] if len(tests) == 1 else Logic("AND", tests, at=at)


def _properties(cursor: Cursor) -> Expr | None:
    token = cursor.token
    if token.kind == PARAMETER:
        cursor.advance()
        return Parameter(str(token.value), at=token.start)
    return map_literal(cursor) if cursor.is_symbol("{") else None


def _edge(cursor: Cursor) -> EdgePattern:
    at = cursor.token.start
    points_left = cursor.take("<")
    cursor.expect("-")
    edge = EdgePattern(None, [], 0, None, None, at=at)
    if cursor.take("["):
        was, cursor.bar_ends = cursor.bar_ends, False
        _edge_inside(cursor, edge)
        if not cursor.take("]"):
            raise cursor.unexpected("']'")
        cursor.bar_ends = was
    cursor.expect("-")
    points_right = cursor.take(">")
    if points_left and points_right:
        edge.direction = 0
    elif points_left or points_right:
        edge.direction = -1 if points_left else 1
    _repeat(cursor, edge)
    return edge


def _edge_inside(cursor: Cursor, edge: EdgePattern) -> None:
    if cursor.is_variable():
        edge.variable = cursor.variable()
    tests: list[Expr] = []
    if starts_labels(cursor):
        about_type = labels(cursor, Variable(edge.variable or UNNAMED, at=edge.at), TYPE)
        types = one_of(about_type)
        edge.types, tests = (types, []) if types is not None else ([], [about_type])
    if cursor.take("*"):
        edge.length = _length(cursor)
    elif cursor.token.kind == INTEGER or cursor.is_symbol(".."):
        raise syntax("InvalidRelationshipPattern", "A variable length needs '*' in front.", cursor.token.start)
    edge.properties = _properties(cursor)
    if tests and edge.length is not None:
        tests = [_of_each(edge, tests[0])]
    if cursor.take("WHERE"):
        tests.append(cursor.grammar.expression(cursor))
    edge.test = _all(tests, edge.at)


def _of_each(edge: EdgePattern, test: Expr) -> Expr:
    """Return the condition that `test`, which is about one edge, holds for each edge of a path."""
    name = edge.variable or UNNAMED
    return Quantifier("ALL", name, Variable(name, at=edge.at), test, at=edge.at)


def _repeat(cursor: Cursor, edge: EdgePattern) -> None:
    """Read ``+``, ``*``, ``{2}`` or ``{1,3}`` behind an edge: how often it may come."""
    at = cursor.token.start
    if cursor.take("+"):
        length: tuple[int, int | None] = (1, None)
    elif cursor.take("*"):
        length = (0, None)
    elif cursor.take("{"):
        low = _hops(cursor)
        high = _hops(cursor) if cursor.take(",") else low
        cursor.expect("}")
        length = (low or 0, high)
    else:
        return
    if edge.length is not None:
        raise syntax("InvalidRelationshipPattern", "The length of this relationship is given twice.", at)
    edge.length = length
    if edge.test is not None:
        edge.test = _of_each(edge, edge.test)


def _length(cursor: Cursor) -> tuple[int, int | None]:
    low = _hops(cursor)
    if not cursor.take(".."):
        return (1, None) if low is None else (low, low)
    high = _hops(cursor)
    return (1 if low is None else low), high


def _hops(cursor: Cursor) -> int | None:
    token = cursor.token
    if cursor.is_symbol("-"):
        raise syntax("InvalidRelationshipPattern", "A length can't be negative.", token.start)
    if token.kind != INTEGER:
        return None
    cursor.advance()
    hops = int(token.value)  # type: ignore[call-overload]
    if hops > MAX_HOPS:
        raise syntax("InvalidRelationshipPattern", f"A path has at most {MAX_HOPS:,} edges.", token.start)
    return int(hops)
