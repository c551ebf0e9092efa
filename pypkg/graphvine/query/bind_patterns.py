"""Binds patterns: which names they bring, which they take from before, and what they may not do.

MATCH, CREATE and MERGE read the same syntax with different rules.
"""

from __future__ import annotations

from graphvine.query.bind_expressions import BINDERS, bind, bind_condition
from graphvine.query.fault import syntax
from graphvine.query.kinds import ANY, BOOLEAN, EDGE, PATH, VERTEX, Kind, list_of, may_be
from graphvine.query.scope import Env, Symbol
from graphvine.query.tree import (
    UNNAMED,
    EdgePattern,
    Parameter,
    PathPattern,
    PatternComprehension,
    PatternTest,
    ShortestPath,
    VertexPattern,
)


def bind_match(patterns: list[PathPattern], env: Env, *, may_declare: bool = True) -> None:
    """Bind the patterns of one MATCH; new names go into `env.scope`."""
    before = dict(env.scope)
    declared: dict[str, EdgePattern] = {}
    for pattern in patterns:
        for vertex in pattern.vertices:
            _declare_vertex(vertex, env, before, may_declare)
        for edge in pattern.edges:
            _declare_edge(edge, env, before, declared, may_declare)
        _check_kind(pattern)
        _declare_path(pattern, env)
    for pattern in patterns:
        for part in pattern.parts():
            _bind_properties(part, env)


def _conflict(name: str, kind: Kind, wanted: str, at: int) -> Exception:
    return syntax("VariableTypeConflict", f"`{name}` is a {kind.name} already, so it can't be a {wanted}.", at)


def _undefined(name: str, at: int) -> Exception:
    return syntax("UndefinedVariable", f"The variable `{name}` is not defined; a pattern here can't bring it.", at)


def _declare_vertex(vertex: VertexPattern, env: Env, before: dict[str, Symbol], may_declare: bool) -> None:
    name = vertex.variable
    symbol = None if name is None else env.scope.get(name)
    if name is None or symbol is None:
        if name is not None and not may_declare:
            raise _undefined(name, vertex.at)
        vertex.slot = env.frame.slot()
        if name is not None:
            env.scope[name] = Symbol(vertex.slot, VERTEX)
        return
    if not may_be(symbol.kind, frozenset(("Node",))):
        raise _conflict(name, symbol.kind, "Node", vertex.at)
    vertex.slot = symbol.slot
    vertex.is_bound = name in before


def _declare_edge(
    edge: EdgePattern, env: Env, before: dict[str, Symbol], declared: dict[str, EdgePattern], may_declare: bool
) -> None:
    name = edge.variable
    symbol = None if name is None else env.scope.get(name)
    if name is None or symbol is None:
        if name is not None and not may_declare:
            raise _undefined(name, edge.at)
        edge.slot = env.frame.slot()
        if name is not None:
            env.scope[name] = Symbol(edge.slot, _kind_of(edge))
            declared[name] = edge
        return
    if name in declared:
        message = f"`{name}` stands for two edges of one MATCH; edges of a MATCH are all different."
        raise syntax("RelationshipUniquenessViolation", message, edge.at)
    wanted = "Relationship" if edge.length is None else "List"
    if not may_be(symbol.kind, frozenset((wanted,))) or not _may_hold_edges(symbol.kind):
        raise _conflict(name, symbol.kind, wanted, edge.at)
    edge.slot = symbol.slot
    edge.is_bound = name in before


def _may_hold_edges(kind: Kind) -> bool:
    return kind.name != "List" or may_be(kind.element or ANY, frozenset(("Relationship",)))


def _declare_path(pattern: PathPattern, env: Env) -> None:
    pattern.slot = env.frame.slot()
    if pattern.variable is None:
        return
    if pattern.variable in env.scope:
        raise _already(pattern.variable, pattern.at)
    env.scope[pattern.variable] = Symbol(pattern.slot, PATH)


def _already(name: str, at: int) -> Exception:
    return syntax("VariableAlreadyBound", f"The variable `{name}` is taken already.", at)


def _check_kind(pattern: PathPattern) -> None:
    if pattern.kind and len(pattern.edges) != 1:
        message = "A shortest path is asked for between two vertices, with one relationship pattern."
        raise syntax("InvalidRelationshipPattern", message, pattern.at)
    if pattern.kind and pattern.edges[0].test is not None:
        message = "The edges of a shortest path are told by their types and by {name: value}, not by a condition."
        raise syntax("InvalidRelationshipPattern", message, pattern.edges[0].at)


def _bind_properties(part: VertexPattern | EdgePattern, env: Env) -> None:
    if isinstance(part.properties, Parameter):
        message = "A parameter can't be the properties of a pattern that is searched. Write {name: $value}."
        raise syntax("InvalidParameterUse", message, part.properties.at)
    if part.properties is not None:
        bind(part.properties, env.inner())
    if part.test is not None:
        named = None if part.variable else {UNNAMED: Symbol(part.slot, _kind_of(part))}
        bind_condition(part.test, env.inner(named, allows_patterns=True))


def _kind_of(part: VertexPattern | EdgePattern) -> Kind:
    if isinstance(part, VertexPattern):
        return VERTEX
    return EDGE if part.length is None else list_of(EDGE)


def bind_create(patterns: list[PathPattern], env: Env) -> None:
    """Bind the patterns of CREATE."""
    for pattern in patterns:
        for part in pattern.edges:
            if part.direction == 0:
                raise syntax("RequiresDirectedRelationship", "CREATE needs the direction of an edge.", part.at)
        _bind_written(pattern, env)


def bind_merge(pattern: PathPattern, env: Env) -> None:
    """Bind the pattern of MERGE."""
    for part in pattern.parts():
        if isinstance(part.properties, Parameter):
            message = "A parameter can't be the properties of a pattern in MERGE. Write {name: $value}."
            raise syntax("InvalidParameterUse", message, part.properties.at)
    _bind_written(pattern, env)


def _bind_written(pattern: PathPattern, env: Env) -> None:
    if pattern.kind:
        raise syntax("UnexpectedSyntax", "A shortest path can't be created.", pattern.at)
    for edge in pattern.edges:
        _check_written_edge(edge, env)
    outside = env.inner()
    outside.scope = dict(env.scope)
    for vertex in pattern.vertices:
        _write_vertex(vertex, env, is_alone=not pattern.edges)
    for edge in pattern.edges:
        edge.slot = env.frame.slot()
        if edge.variable is not None:
            if edge.variable in env.scope:
                raise _already(edge.variable, edge.at)
            env.scope[edge.variable] = Symbol(edge.slot, EDGE)
    for part in pattern.parts():
        if part.properties is not None:
            bind(part.properties, outside)
        if part.test is not None:
            message = "A pattern that is written takes plain labels, as in `:A:B`, and no WHERE."
            raise syntax("UnexpectedSyntax", message, part.at)
    _declare_path(pattern, env)


def _check_written_edge(edge: EdgePattern, env: Env) -> None:
    if edge.length is not None:
        raise syntax("CreatingVarLength", "An edge of variable length can't be created.", edge.at)
    if edge.variable is not None and edge.variable in env.scope:
        raise _already(edge.variable, edge.at)
    if len(edge.types) != 1:
        raise syntax("NoSingleRelationshipType", "An edge is created with exactly one type.", edge.at)


def _write_vertex(vertex: VertexPattern, env: Env, *, is_alone: bool) -> None:
    name = vertex.variable
    symbol = None if name is None else env.scope.get(name)
    if name is None or symbol is None:
        vertex.slot = env.frame.slot()
        if name is not None:
            env.scope[name] = Symbol(vertex.slot, VERTEX)
        return
    if is_alone or vertex.labels or vertex.properties is not None:
        raise _already(name, vertex.at)
    if not may_be(symbol.kind, frozenset(("Node",))):
        raise _conflict(name, symbol.kind, "Node", vertex.at)
    vertex.slot = symbol.slot
    vertex.is_bound = True


def _pattern_test(expr: PatternTest, env: Env) -> Kind:
    if not env.allows_patterns:
        raise syntax(
            "UnexpectedSyntax",
            "A pattern can't stand here. Use EXISTS { }, COUNT { } or a pattern comprehension.",
            expr.at,
        )
    bind_match([expr.pattern], _copy(env), may_declare=False)
    return BOOLEAN


def _pattern_comprehension(expr: PatternComprehension, env: Env) -> Kind:
    inner = _copy(env)
    expr.slot = env.frame.slot()
    bind_match([expr.pattern], inner)
    if expr.test is not None:
        bind_condition(expr.test, inner.inner(allows_patterns=True))
    return list_of(bind(expr.body, inner))


def _shortest_path(expr: ShortestPath, env: Env) -> Kind:
    inner = _copy(env)
    for vertex in expr.pattern.vertices:
        if vertex.variable is None or vertex.variable not in env.scope:
            raise syntax("UndefinedVariable", "Both ends of a shortest path must be known here.", vertex.at)
    bind_match([expr.pattern], inner)
    return PATH if expr.pattern.kind == "SHORTEST" else list_of(PATH)


def _copy(env: Env) -> Env:
    inner = env.inner(allows_patterns=False)
    inner.scope = dict(env.scope)
    return inner


BINDERS |= {PatternTest: _pattern_test, PatternComprehension: _pattern_comprehension, ShortestPath: _shortest_path}
