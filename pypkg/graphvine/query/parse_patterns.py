"""Patterns: vertices and edges drawn with brackets and dashes."""

from __future__ import annotations

from graphvine.query.cursor import Cursor
from graphvine.query.fault import syntax
from graphvine.query.parse_atoms import map_literal
from graphvine.query.tokens import INTEGER, PARAMETER
from graphvine.query.tree import EdgePattern, Expr, Parameter, PathPattern, VertexPattern

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
    brackets = 0
    while cursor.is_symbol("(") and cursor.is_symbol("(", 1):
        cursor.advance()
        brackets += 1
    pattern = _chain(cursor, variable, at)
    for _ in range(brackets + (1 if kind else 0)):
        cursor.expect(")")
    pattern.kind = kind
    return pattern


def _chain(cursor: Cursor, variable: str | None, at: int) -> PathPattern:
    pattern = PathPattern(variable, [_vertex(cursor)], [], at=at)
    while cursor.is_symbol("-") or cursor.is_symbol("<"):
        pattern.edges.append(_edge(cursor))
        pattern.vertices.append(_vertex(cursor))
        if len(pattern.edges) > MAX_PATTERN_LENGTH:
            raise syntax("UnexpectedSyntax", "This pattern is too long.", cursor.token.start)
    return pattern


def _vertex(cursor: Cursor) -> VertexPattern:
    at = cursor.token.start
    cursor.expect("(")
    variable = cursor.variable() if cursor.is_variable() else None
    labels = []
    while cursor.take(":"):
        labels.append(cursor.name("a label"))
    properties = _properties(cursor)
    test = cursor.grammar.expression(cursor) if cursor.take("WHERE") else None
    if not cursor.take(")"):
        raise cursor.unexpected("')'")
    return VertexPattern(variable, labels, properties, test, at=at)


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
        _edge_inside(cursor, edge)
        if not cursor.take("]"):
            raise cursor.unexpected("']'")
    cursor.expect("-")
    points_right = cursor.take(">")
    if points_left and points_right:
        edge.direction = 0
    elif points_left or points_right:
        edge.direction = -1 if points_left else 1
    return edge


def _edge_inside(cursor: Cursor, edge: EdgePattern) -> None:
    if cursor.is_variable():
        edge.variable = cursor.variable()
    if cursor.take(":"):
        edge.types.append(cursor.name("a relationship type"))
        while cursor.take("|"):
            cursor.take(":")
            edge.types.append(cursor.name("a relationship type"))
    if cursor.take("*"):
        edge.length = _length(cursor)
    elif cursor.token.kind == INTEGER or cursor.is_symbol(".."):
        raise syntax("InvalidRelationshipPattern", "A variable length needs '*' in front.", cursor.token.start)
    edge.properties = _properties(cursor)
    if cursor.take("WHERE"):
        edge.test = cursor.grammar.expression(cursor)


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
