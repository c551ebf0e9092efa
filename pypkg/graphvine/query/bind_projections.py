"""Binds WITH and RETURN: columns, grouping, and what ORDER BY and WHERE behind them may see."""

from __future__ import annotations

from graphvine.query.bind_expressions import bind, bind_condition
from graphvine.query.fault import Fault, syntax
from graphvine.query.kinds import Kind, may_be
from graphvine.query.scope import Aggregate, Env, Frame, Scope, Symbol
from graphvine.query.tree import (
    Call,
    CountStar,
    Expr,
    Item,
    Literal,
    Projection,
    PropertyOf,
    SortKey,
    Subquery,
    Variable,
)
from graphvine.query.walk import children, variables

# Variables that `*` may stand for: they are bound without a pause.
MAX_STAR = 3_000


def bind_projection(clause: Projection, scope: Scope, frame: Frame) -> Scope:
    """Bind a WITH or RETURN and return the scope behind it."""
    if clause.has_star:
        _expand_star(clause, scope)
    after: Scope = {}
    computed: list[Item] = []
    for item in clause.items:
        kind, aggregates = _bind_item(item, scope, frame)
        if aggregates:
            computed.append(item)
            clause.aggregates += aggregates
        else:
            clause.grouped.append(item)
        if item.name in after:
            raise syntax("ColumnNameConflict", f"Two columns are called `{item.name}`.", item.at)
        after[item.name] = Symbol(item.slot, kind)
    for item in computed:
        _check_grouping(item.expression, clause.grouped)
    _bind_tail(clause, scope, after, frame)
    for item in clause.items:
        if not clause.is_return and not item.is_named:
            raise syntax("NoExpressionAlias", "A computed column of WITH needs a name: use AS.", item.at)
    return after


def _expand_star(clause: Projection, scope: Scope) -> None:
    if len(scope) > MAX_STAR:
        message = f"`*` stands for at most {MAX_STAR:,} variables. Name those that are needed."
        raise syntax("UnexpectedSyntax", message, clause.at)
    if clause.is_return and not scope:
        raise syntax("NoVariablesInScope", "RETURN * needs at least one variable.", clause.at)
    star = [Item(Variable(name, at=clause.at), name, True, at=clause.at) for name in sorted(scope)]
    clause.items[:0] = star
    clause.has_star = False


def _bind_item(item: Item, scope: Scope, frame: Frame) -> tuple[Kind, list[Aggregate]]:
    aggregates: list[Aggregate] = []
    kind = bind(item.expression, Env(frame, scope, aggregates))
    # A plain variable keeps its place: nothing has to be copied.
    item.slot = item.expression.slot if isinstance(item.expression, Variable) else frame.slot()
    return kind, aggregates


def _check_grouping(expr: Expr, grouped: list[Item]) -> None:
    """Refuse an aggregating expression that also needs what is not the same for a whole group."""
    if isinstance(expr, (CountStar, Subquery)) or isinstance(expr, Call) and expr.slot >= 0:
        return
    if isinstance(expr, (Variable, PropertyOf)) and any(expr == item.expression for item in grouped):
        return
    if isinstance(expr, Variable):
        message = f"`{expr.name}` is used next to an aggregate, but is no column of its own. Add it, or use WITH."
        raise syntax("AmbiguousAggregationExpression", message, expr.at)
    local = dict.fromkeys(getattr(expr, field, None) for field in ("variable", "total"))
    for child in children(expr):
        if local and isinstance(child, Variable) and child.name in local:
            continue
        _check_local(child, grouped, [name for name in local if name])


def _check_local(expr: Expr, grouped: list[Item], local: list[str]) -> None:
    extra = [Item(Variable(name), name, True) for name in local]
    _check_grouping(expr, grouped + extra)


def _bind_tail(clause: Projection, scope: Scope, after: Scope, frame: Frame) -> None:
    is_closed = bool(clause.aggregates) or clause.is_distinct
    both = scope | after
    columns: dict[object, list[Item]] = {}
    for item in clause.items:
        columns.setdefault(_sign(item.expression), []).append(item)
    for key in clause.order:
        same = columns.get(_sign(key.expression), [])
        _bind_sort_key(key, clause, same, (both, after), frame, is_closed=is_closed)
    for count in (clause.skip, clause.limit):
        if count is not None:
            _bind_count(count, frame)
    if clause.test is not None:
        bind_condition(clause.test, Env(frame, both, None, True))
        if is_closed:
            _check_sort_key(clause.test, after, clause, has_aggregate=False)


def _sign(expr: Expr) -> object:
    """Return what expressions have in common that are written alike: few are compared in full."""
    return type(expr), getattr(expr, "name", None)


def _bind_sort_key(
    key: SortKey, clause: Projection, same: list[Item], scopes: tuple[Scope, Scope], frame: Frame, *, is_closed: bool
) -> None:
    """Bind a key of ORDER BY. same: the columns that could be it. scopes: with what was before, and only columns."""
    both, after = scopes
    for item in same:
        if key.expression == item.expression and not (
            isinstance(key.expression, Variable) and item.name != key.expression.name
        ):
            key.expression = Variable(item.name, item.slot, at=key.expression.at)
            return
    if not is_closed:
        bind(key.expression, Env(frame, both))
        return
    aggregates: list[Aggregate] = []
    bind(key.expression, Env(frame, both, aggregates if clause.aggregates else None))
    _check_sort_key(key.expression, after, clause, has_aggregate=bool(aggregates))
    for aggregate in aggregates:
        _share(aggregate, clause.aggregates)


def _share(aggregate: Aggregate, known: list[Aggregate]) -> None:
    """Let an aggregate in ORDER BY use the one that the columns have already."""
    for other in known:
        if other == aggregate:
            aggregate.slot = other.slot
            return
    known.append(aggregate)


def _check_sort_key(expr: Expr, after: Scope, clause: Projection, *, has_aggregate: bool) -> None:
    if isinstance(expr, (PropertyOf, Call, CountStar)) and any(expr == item.expression for item in clause.items):
        return
    if isinstance(expr, Variable) and expr.name not in after:
        inside = any(expr.name in variables(item.expression) for item in clause.grouped)
        if has_aggregate and inside:
            message = f"`{expr.name}` is used next to an aggregate, but is no column of its own."
            raise syntax("AmbiguousAggregationExpression", message, expr.at)
        message = f"`{expr.name}` can't be seen behind DISTINCT or an aggregate. Make it a column."
        raise syntax("UndefinedVariable", message, expr.at)
    local = {name for name in (getattr(expr, "variable", None), getattr(expr, "total", None)) if isinstance(name, str)}
    if isinstance(expr, Call) and expr.slot >= 0:
        has_aggregate = False
    inner = after | {name: Symbol(0, Kind("Any")) for name in sorted(local)} if local else after
    for child in children(expr):
        _check_sort_key(child, inner, clause, has_aggregate=has_aggregate)


def _bind_count(expr: Expr, frame: Frame) -> None:
    """Bind SKIP or LIMIT, which can't depend on a row."""
    for name in variables(expr):
        raise syntax("NonConstantExpression", f"`{name}` changes from row to row; SKIP and LIMIT can't.", expr.at)
    kind = bind(expr, Env(frame, {}))
    if not may_be(kind, frozenset(("Integer",))):
        raise syntax("InvalidArgumentType", f"SKIP and LIMIT take an integer, not a {kind.name}.", expr.at)
    if isinstance(expr, Literal):
        check_count(expr.value, expr.at)


def check_count(value: object, at: int, phase: str = "compile time") -> int:
    """Return a number of rows to skip or to keep, or raise Fault."""
    if type(value) is not int:
        message = "SKIP and LIMIT take an integer."
        raise Fault("SyntaxError", "InvalidArgumentType", message, at, phase)
    if value < 0:
        message = "SKIP and LIMIT can't be negative."
        raise Fault("SyntaxError", "NegativeIntegerArgument", message, at, phase)
    return value
