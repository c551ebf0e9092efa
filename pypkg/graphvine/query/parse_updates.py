"""The clauses that change the graph (CREATE is in `parse_clauses`, as it shares its patterns with MATCH)."""

from __future__ import annotations

from collections.abc import Callable, Generator

from graphvine.model.steps import in_one_go
from graphvine.query.cursor import MAX_SUBQUERY_DEPTH, Cursor
from graphvine.query.fault import syntax
from graphvine.query.parse_expressions import expression, postfix
from graphvine.query.parse_patterns import path
from graphvine.query.tree import (
    Clause,
    Compare,
    Create,
    Delete,
    Element,
    Expr,
    Foreach,
    HasLabels,
    Logic,
    Merge,
    PathPattern,
    PropertyOf,
    Remove,
    SetClause,
    SetItem,
    SortKey,
    Unary,
    Variable,
)


def sort_key(cursor: Cursor) -> SortKey:
    """Read one element of ORDER BY."""
    value = expression(cursor)
    if cursor.take("DESC") or cursor.take("DESCENDING"):
        return SortKey(value, True)
    if not cursor.take("ASC"):
        cursor.take("ASCENDING")
    return SortKey(value, False)


def _target(cursor: Cursor) -> Expr:
    """Read what SET or REMOVE changes: a variable or bracketed expression, with properties or labels behind it."""
    at = cursor.token.start
    cursor.peak = 0  # no expression is around it
    if cursor.take("("):
        base = expression(cursor)
        cursor.expect(")")
        return postfix(cursor, base)
    return postfix(cursor, Variable(cursor.variable(), at=at))


def _set_item(cursor: Cursor) -> SetItem:
    at = cursor.token.start
    target = _target(cursor)
    if isinstance(target, HasLabels):
        return SetItem("LABELS", target.operand, None, target.labels, at=at)
    _refuse_choice(target, at)
    if cursor.take("+="):
        if not isinstance(target, Variable):
            raise syntax("UnexpectedSyntax", "'+=' changes a vertex or an edge, not one property.", at)
        return SetItem("+=", target, expression(cursor), [], at=at)
    cursor.expect("=")
    if not isinstance(target, (Variable, PropertyOf, Element)):
        raise syntax("UnexpectedSyntax", "SET changes a property, or a vertex or edge as a whole.", at)
    return SetItem("=", target, expression(cursor), [], at=at)


def _refuse_choice(target: Expr, at: int) -> None:
    if isinstance(target, (Logic, Unary, Compare)):
        raise syntax("UnexpectedSyntax", "SET and REMOVE take plain labels, as in `n:A:B`.", at)


def _set_items(cursor: Cursor) -> Generator[None, None, list[SetItem]]:
    items = [_set_item(cursor)]
    while cursor.take(","):
        cursor.begin_part()
        yield
        items.append(_set_item(cursor))
    return items


def setting(cursor: Cursor) -> Generator[None, None, Clause]:
    """Read SET, with a chance to pause behind each element."""
    cursor.expect("SET")
    return SetClause((yield from _set_items(cursor)))


def _remove(cursor: Cursor) -> Clause:
    cursor.expect("REMOVE")
    items: list[SetItem] = []
    while not items or cursor.take(","):
        at = cursor.token.start
        target = _target(cursor)
        if isinstance(target, HasLabels):
            items.append(SetItem("LABELS", target.operand, None, target.labels, at=at))
        elif isinstance(target, (PropertyOf, Element)):
            items.append(SetItem("=", target, None, [], at=at))
        else:
            _refuse_choice(target, at)
            raise cursor.unexpected("'.' and a property, or ':' and a label")
    return Remove(items)


def _delete(cursor: Cursor) -> Clause:
    is_detach = cursor.take("DETACH")
    cursor.expect("DELETE")
    targets = [expression(cursor)]
    while cursor.take(","):
        targets.append(expression(cursor))
    return Delete(is_detach, targets)


def _merge(cursor: Cursor) -> Clause:
    cursor.expect("MERGE")
    merge = Merge(path(cursor), [], [])
    while cursor.take("ON"):
        if cursor.take("CREATE"):
            items = merge.on_create
        else:
            cursor.expect("MATCH")
            items = merge.on_match
        cursor.expect("SET")
        items += in_one_go(_set_items(cursor))
    return merge


def _foreach(cursor: Cursor) -> Clause:
    cursor.expect("FOREACH", "(")
    cursor.subqueries += 1
    if cursor.subqueries > MAX_SUBQUERY_DEPTH:
        raise syntax("UnexpectedSyntax", "FOREACH is nested too deep.", cursor.token.start)
    variable = cursor.variable()
    cursor.expect("IN")
    items = expression(cursor)
    cursor.expect("|")
    clauses: list[Clause] = []
    while not cursor.take(")"):
        clauses.append(_inner(cursor))
    cursor.subqueries -= 1
    return Foreach(variable, items, clauses)


def _inner(cursor: Cursor) -> Clause:
    token = cursor.token
    if cursor.take("CREATE"):
        patterns: list[PathPattern] = [path(cursor)]
        while cursor.take(","):
            patterns.append(path(cursor))
        return Create(patterns, at=token.start)
    reader = UPDATES.get(token.word)
    if reader is None:
        raise cursor.unexpected("')' or a clause that writes")
    clause = reader(cursor)
    clause.at = token.start
    return clause


UPDATES: dict[str, Callable[[Cursor], Clause]] = {
    "SET": lambda cursor: in_one_go(setting(cursor)),
    "REMOVE": _remove,
    "DELETE": _delete,
    "DETACH": _delete,
    "MERGE": _merge,
    "FOREACH": _foreach,
}
