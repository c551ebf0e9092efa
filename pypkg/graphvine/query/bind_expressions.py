"""Gives every name in an expression its slot, every expression a type, and refuses what can't have a meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphvine.query.fault import Fault, syntax
from graphvine.query.hints import unknown_function
from graphvine.query.kinds import (
    ANY,
    BOOLEAN,
    DURATION,
    FLOAT,
    INTEGER,
    LIST,
    MAP,
    NULL,
    NUMBER,
    NUMERIC,
    STRING,
    TEMPORAL,
    Kind,
    is_known,
    join,
    kind_of,
    list_of,
    may_be,
)
from graphvine.query.scope import Env, Symbol
from graphvine.query.tree import (
    Binary,
    Call,
    Case,
    Compare,
    Comprehension,
    Constant,
    CountStar,
    Element,
    Expr,
    HasLabels,
    IsNull,
    ListOf,
    Literal,
    Logic,
    MapOf,
    MapProjection,
    Parameter,
    PropertyOf,
    Quantifier,
    Reduce,
    Slice,
    Unary,
    Variable,
)

_BOOLEAN = frozenset(("Boolean",))
_HAS_PROPERTIES = frozenset(("Node", "Relationship", "Map", "Point")) | TEMPORAL
_ARITHMETIC = NUMERIC | TEMPORAL


def bind(expr: Expr, env: Env) -> Kind:
    """Bind `expr` and return its type, or raise Fault."""
    kind: Kind = BINDERS[type(expr)](expr, env)
    return kind


def bind_condition(expr: Expr, env: Env) -> None:
    """Bind an expression that must be a truth value."""
    _need(bind(expr, env), _BOOLEAN, "a truth value", expr.at)


def _need(kind: Kind, names: frozenset[str], what: str, at: int) -> None:
    if not may_be(kind, names):
        raise syntax("InvalidArgumentType", f"Expected {what}, but this is a {kind.name}.", at)


def _literal(expr: Literal, _env: Env) -> Kind:
    return kind_of(expr.value)


def _constant(expr: Constant, _env: Env) -> Kind:
    kind: Kind = expr.data.kind  # type: ignore[attr-defined]
    return kind


def _parameter(expr: Parameter, env: Env) -> Kind:
    env.frame.parameters.setdefault(expr.name, expr.at)
    return ANY


def _variable(expr: Variable, env: Env) -> Kind:
    symbol = env.scope.get(expr.name)
    if symbol is None:
        raise syntax("UndefinedVariable", f"The variable `{expr.name}` is not defined.", expr.at)
    expr.slot = symbol.slot
    return symbol.kind


def _property(expr: PropertyOf, env: Env) -> Kind:
    kind = bind(expr.base, env)
    if not may_be(kind, _HAS_PROPERTIES):
        message = f"A {kind.name} has no property `{expr.name}`."
        raise Fault("SyntaxError" if kind.name == "Path" else "TypeError", "InvalidArgumentType", message, expr.at)
    return INTEGER if kind.name in TEMPORAL and expr.name not in ("timezone", "offset") else ANY


def _element(expr: Element, env: Env) -> Kind:
    base = bind(expr.base, env)
    index = bind(expr.index, env)
    if not may_be(base, frozenset(("List", "Map", "Node", "Relationship"))):
        raise Fault("TypeError", "InvalidArgumentType", f"A {base.name} has no elements.", expr.at)
    if base.name == "List":
        if not may_be(index, frozenset(("Integer",))):
            message = f"An element of a list is found by an Integer, not by a {index.name}."
            raise Fault("TypeError", "InvalidArgumentType", message, expr.at)
        return base.element or ANY
    return ANY


def _slice(expr: Slice, env: Env) -> Kind:
    base = bind(expr.base, env)
    _need(base, frozenset(("List",)), "a list", expr.at)
    for bound in (expr.low, expr.high):
        if bound is not None:
            _need(bind(bound, env), frozenset(("Integer",)), "an integer", bound.at)
    return base if base.name == "List" else LIST


def _list(expr: ListOf, env: Env) -> Kind:
    kind = NULL
    for item in expr.items:
        kind = join(kind, bind(item, env))
    return list_of(kind if expr.items else ANY)


def _map(expr: MapOf, env: Env) -> Kind:
    for _, value in expr.entries:
        bind(value, env)
    return MAP


def _unary(expr: Unary, env: Env) -> Kind:
    if expr.operator == "NOT":
        bind_condition(expr.operand, env)
        return BOOLEAN
    kind = bind(expr.operand, env)
    _need(kind, NUMERIC | {"Duration"}, "a number", expr.at)
    return kind


def _binary(expr: Binary, env: Env) -> Kind:
    left, right = bind(expr.left, env), bind(expr.right, env)
    operator = expr.operator
    if operator == "IN":
        _need(right, frozenset(("List",)), "a list behind IN", expr.right.at)
        return BOOLEAN
    if operator in ("STARTS WITH", "ENDS WITH", "CONTAINS", "=~"):
        return BOOLEAN
    if operator == "+":
        return _sum(expr, left, right)
    for kind in (left, right):
        if not may_be(kind, _ARITHMETIC):
            raise syntax("InvalidArgumentType", f"`{operator}` needs numbers, but this is a {kind.name}.", expr.at)
    return _arithmetic(operator, left, right)


def _sum(expr: Binary, left: Kind, right: Kind) -> Kind:
    if left.name == "List" or right.name == "List":
        return LIST
    if "Any" in (left.name, right.name):
        return ANY
    if "String" in (left.name, right.name):
        return STRING
    for kind in (left, right):
        if not may_be(kind, _ARITHMETIC):
            raise syntax("InvalidArgumentType", f"`+` can't add a {left.name} and a {right.name}.", expr.at)
    return _arithmetic("+", left, right)


def _arithmetic(operator: str, left: Kind, right: Kind) -> Kind:
    if left.name in NUMERIC and right.name in NUMERIC:
        if operator == "^" or "Float" in (left.name, right.name):
            return FLOAT
        return INTEGER if left == right == INTEGER else NUMBER
    if left.name == right.name == "Duration":
        return DURATION
    return ANY


def _logic(expr: Logic, env: Env) -> Kind:
    for operand in expr.operands:
        bind_condition(operand, env)
    return BOOLEAN


def _compare(expr: Compare, env: Env) -> Kind:
    bind(expr.first, env)
    for _, operand in expr.rest:
        bind(operand, env)
    return BOOLEAN


def _is_null(expr: IsNull, env: Env) -> Kind:
    bind(expr.operand, env)
    return BOOLEAN


def _has_labels(expr: HasLabels, env: Env) -> Kind:
    _need(bind(expr.operand, env), frozenset(("Node", "Relationship")), "a vertex", expr.at)
    return BOOLEAN


def _call(expr: Call, env: Env) -> Kind:
    name = expr.name.lower()
    if name in env.frame.aggregates:
        return _aggregate(expr, env)
    signature = env.frame.functions.get(name)
    if signature is None:
        known = (*env.frame.functions, *env.frame.aggregates)
        raise syntax("UnknownFunction", unknown_function(expr.name, known), expr.at)
    if expr.is_distinct:
        raise syntax("UnexpectedSyntax", f"DISTINCT has no meaning in `{expr.name}`.", expr.at)
    if env.inside_aggregate and name in ("rand", "randomuuid"):
        message = f"`{expr.name}` gives another value each time, so it can't be aggregated."
        raise syntax("NonConstantExpression", message, expr.at)
    inner = env
    if env.allows_patterns != (name == "exists"):
        inner = Env(env.frame, env.scope, env.aggregates, name == "exists", env.inside_aggregate)
    kinds = _arguments(expr, inner, signature)
    if name == "coalesce":
        return _joined(kinds)
    if name in ("head", "last") and kinds[0].name == "List":
        return kinds[0].element or ANY
    if name in ("tail", "reverse", "abs", "sign") and is_known(kinds[0]):
        return kinds[0] if name != "sign" else INTEGER
    return signature.returns


def _joined(kinds: list[Kind]) -> Kind:
    kind = NULL
    for other in kinds:
        kind = join(kind, other)
    return kind


def _arguments(expr: Call, env: Env, signature: Any) -> list[Kind]:
    kinds = [bind(argument, env) for argument in expr.arguments]
    if not signature.least <= len(kinds) <= signature.most:
        message = f"`{expr.name}` takes {signature.least} to {signature.most} arguments, not {len(kinds)}."
        if signature.least == signature.most:
            message = f"`{expr.name}` takes {signature.least} arguments, not {len(kinds)}."
        raise syntax("InvalidNumberOfArguments", message, expr.at)
    for kind, accepted, argument in zip(kinds, signature.accepts, expr.arguments, strict=False):
        if accepted is not None and not may_be(kind, accepted):
            wanted = " or ".join(sorted(accepted))
            message = f"`{expr.name}` takes a {wanted} here, not a {kind.name}."
            raise syntax("InvalidArgumentType", message, argument.at if argument.at >= 0 else expr.at)
    return kinds


def _aggregate(expr: Call, env: Env) -> Kind:
    signature = env.frame.aggregates[expr.name.lower()]
    _check_aggregate(env, expr.at)
    inner = Env(env.frame, env.scope, None, False, True)
    kinds = _arguments(expr, inner, signature)
    if expr.slot < 0:
        expr.slot = env.frame.slot()
    if env.aggregates is not None:
        env.aggregates.append(expr)
    if expr.name.lower() == "collect":
        return list_of(kinds[0])
    return kinds[0] if expr.name.lower() in ("min", "max") else signature.returns


def _check_aggregate(env: Env, at: int) -> None:
    if env.inside_aggregate:
        raise syntax("NestedAggregation", "An aggregate can't be inside another one. Use WITH in between.", at)
    if env.aggregates is None:
        raise syntax("InvalidAggregation", "An aggregate can't stand here. Use WITH to compute it first.", at)


def _count_star(expr: CountStar, env: Env) -> Kind:
    _check_aggregate(env, expr.at)
    if expr.slot < 0:
        expr.slot = env.frame.slot()
    if env.aggregates is not None:
        env.aggregates.append(expr)
    return INTEGER


def _case(expr: Case, env: Env) -> Kind:
    if expr.subject is not None:
        bind(expr.subject, env)
    kind = NULL if expr.default is None else bind(expr.default, env)
    for test, value in expr.branches:
        if expr.subject is None:
            tested = Env(env.frame, env.scope, env.aggregates, True, env.inside_aggregate)
            bind_condition(test, tested)
        else:
            bind(test, env)
        kind = join(kind, bind(value, env))
    return kind


def _elements(items: Expr, env: Env) -> Kind:
    kind = bind(items, env)
    _need(kind, frozenset(("List",)), "a list", items.at)
    return kind.element or ANY


def _comprehension(expr: Comprehension, env: Env) -> Kind:
    kind = _elements(expr.items, env)
    expr.slot = env.frame.slot()
    names = {expr.variable: Symbol(expr.slot, kind)}
    if expr.test is not None:
        bind_condition(expr.test, env.inner(names, allows_patterns=True))
    return list_of(kind if expr.body is None else bind(expr.body, env.inner(names)))


def _quantifier(expr: Quantifier, env: Env) -> Kind:
    kind = _elements(expr.items, env)
    expr.slot = env.frame.slot()
    if expr.test is None:
        raise syntax("UnexpectedSyntax", f"{expr.kind} needs WHERE and a condition.", expr.at)
    bind_condition(expr.test, env.inner({expr.variable: Symbol(expr.slot, kind)}, allows_patterns=True))
    return BOOLEAN


def _reduce(expr: Reduce, env: Env) -> Kind:
    start = bind(expr.start, env)
    kind = _elements(expr.items, env)
    expr.total_slot, expr.slot = env.frame.slot(), env.frame.slot()
    names = {expr.total: Symbol(expr.total_slot, ANY), expr.variable: Symbol(expr.slot, kind)}
    return join(start, bind(expr.body, env.inner(names)))


def _map_projection(expr: MapProjection, env: Env) -> Kind:
    kind = bind(expr.base, env)
    _need(kind, frozenset(("Node", "Relationship", "Map")), "a vertex, an edge or a map", expr.at)
    for _, value in expr.entries:
        if not isinstance(value, str):
            bind(value, env)
    return MAP


# Patterns and subqueries add theirs in `bind_patterns` and `bind_clauses`.
BINDERS: dict[type[Expr], Callable[[Any, Env], Kind]] = {
    Literal: _literal,
    Constant: _constant,
    Parameter: _parameter,
    Variable: _variable,
    PropertyOf: _property,
    Element: _element,
    Slice: _slice,
    ListOf: _list,
    MapOf: _map,
    Unary: _unary,
    Binary: _binary,
    Logic: _logic,
    Compare: _compare,
    IsNull: _is_null,
    HasLabels: _has_labels,
    Call: _call,
    CountStar: _count_star,
    Case: _case,
    Comprehension: _comprehension,
    Quantifier: _quantifier,
    Reduce: _reduce,
    MapProjection: _map_projection,
}
