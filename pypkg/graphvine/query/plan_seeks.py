"""Ways to find a vertex without looking at all of them: what the conditions of a MATCH allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.compile_expressions import Compiler
from graphvine.query.indexes import PropertyIndexes
from graphvine.query.steps.scans import all_vertices, by_id, by_ids, by_label
from graphvine.query.tree import Binary, Call, Compare, Expr, Logic, PropertyOf, Variable
from graphvine.query.values import Row
from graphvine.query.walk import slots

Source = Callable[[Row], Iterable[Any]]
_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(slots=True)
class Condition:
    """One part of WHERE that stands by itself. needs: slots of this MATCH that must be filled before it can run."""

    expression: Expr
    needs: frozenset[int]
    is_done: bool = False


class Seek(NamedTuple):
    """A way to find the vertices of one slot. rows: expected."""

    rows: float
    name: str
    details: str
    source: Source


class _Bound(NamedTuple):
    """``slot.property operator value``. property: None when it is about the id."""

    property: str | None
    operator: str
    value: Expr


def conjuncts(expr: Expr | None) -> list[Expr]:
    """Return the parts of a condition that must all hold."""
    if expr is None:
        return []
    if isinstance(expr, Logic) and expr.operator == "AND":
        return [part for operand in expr.operands for part in conjuncts(operand)]
    return [expr]


def seeks(
    slot: int,
    labels: list[str],
    conditions: list[Condition],
    known: set[int],
    compiler: Compiler,
    graph: Any,
    indexes: PropertyIndexes,
) -> list[Seek]:
    """Return the ways to find the vertices of a slot, from what is known."""
    found: list[Seek] = []
    for label in labels:
        members = graph.by_label.get(label)
        found.append(Seek(float(len(members) if members else 0), "LabelScan", f":{label}", by_label(label)))
    for condition in conditions:
        if condition.needs - known - {slot}:
            continue
        for bound in _bounds(condition.expression, slot):
            if slot not in slots(bound.value):
                found += _from_bound(bound, labels, compiler, indexes)
    return [*found, Seek(float(len(graph.vertices)), "AllVertices", "", all_vertices)]


def _bounds(expr: Expr, slot: int) -> list[_Bound]:
    """Return what a condition says about the vertex of a slot."""
    if isinstance(expr, Compare):
        found = []
        left = expr.first
        for operator, right in expr.rest:
            if operator in _FLIPPED:
                for side, sign, value in ((left, operator, right), (right, _FLIPPED[operator], left)):
                    is_about, name = _subject(side, slot)
                    if is_about:
                        found.append(_Bound(name, sign, value))
            left = right
        return found
    if isinstance(expr, Binary) and expr.operator in ("IN", "STARTS WITH"):
        is_about, name = _subject(expr.left, slot)
        return [_Bound(name, expr.operator, expr.right)] if is_about else []
    return []


def _subject(expr: Expr, slot: int) -> tuple[bool, str | None]:
    """Tell whether `expr` is the id or a property of the vertex, and which property."""
    if isinstance(expr, PropertyOf) and isinstance(expr.base, Variable) and expr.base.slot == slot:
        return True, None if expr.name == ID_PROPERTY else expr.name
    if isinstance(expr, Call) and expr.name.lower() in ("id", "elementid"):
        argument = expr.arguments[0]
        return isinstance(argument, Variable) and argument.slot == slot, None
    return False, None


def _from_bound(bound: _Bound, labels: list[str], compiler: Compiler, indexes: PropertyIndexes) -> list[Seek]:
    value = compiler.compile(bound.value)
    if bound.property is None:
        if bound.operator == "=":
            return [Seek(0.5, "IdSeek", "", by_id(value))]
        return [Seek(4.0, "IdSeek", "IN", by_ids(value))] if bound.operator == "IN" else []
    declared = {(index.label, index.property) for index in indexes.declared()}
    return [
        _index_seek(label, bound.property, bound.operator, value, indexes)
        for label in labels
        if (label, bound.property) in declared
    ]


def _index_seek(label: str, name: str, operator: str, value: Any, indexes: PropertyIndexes) -> Seek:
    rows = max(indexes.selectivity(label, name), 0.6)
    look_up: Callable[[Any], Iterable[Any]]
    if operator == "=":
        look_up = lambda wanted: () if wanted is None else indexes.equal(label, name, wanted)  # noqa: E731
    elif operator == "IN":
        rows *= 4
        look_up = lambda wanted: _equal_any(indexes, label, name, wanted)  # noqa: E731
    elif operator == "STARTS WITH":
        rows *= 10
        look_up = lambda wanted: indexes.prefix(label, name, wanted) if type(wanted) is str else ()  # noqa: E731
    elif operator in ("<", "<="):
        rows *= 50
        look_up = lambda wanted: () if wanted is None else indexes.between(label, name, None, wanted)  # noqa: E731
    else:
        rows *= 50
        look_up = lambda wanted: () if wanted is None else indexes.between(label, name, wanted, None)  # noqa: E731
    return Seek(rows, "IndexSeek", f":{label}({name}) {operator}", _overlaid(look_up, value, label))


def _equal_any(indexes: PropertyIndexes, label: str, name: str, wanted: Any) -> Iterable[Any]:
    if type(wanted) is not list:
        return ()
    found: dict[str, Any] = {}
    for value in wanted:
        if value is not None:
            found |= {cell.id: cell for cell in indexes.equal(label, name, value)}
    return list(found.values())


def _overlaid(look_up: Callable[[Any], Iterable[Any]], value: Any, label: str) -> Source:
    """Let an index of the committed state serve a draft too: what the query has touched is looked at one by one.

    The index may give too much; the condition itself is tested again behind it.
    """

    def source(row: Row) -> Iterable[Any]:
        graph, cells = row[0].graph, list(look_up(value(row)))
        touched = getattr(graph, "touched_vertices", None)
        if touched is None:
            return [cell for cell in cells if label in cell.labels]
        found = {cell.id: graph.find_vertex(cell.id) for cell in cells} | {vertex.id: vertex for vertex in touched()}
        return [vertex for vertex in found.values() if vertex is not None and label in vertex.labels]

    return source
