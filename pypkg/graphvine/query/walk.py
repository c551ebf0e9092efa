"""Walks over expressions: the expressions inside one, and the names that it takes from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from graphvine.query.tree import (
    Call,
    Case,
    Comprehension,
    CountStar,
    Expr,
    Logic,
    PathPattern,
    PatternComprehension,
    Quantifier,
    Reduce,
    Subquery,
    Variable,
)

# Types of fields in which a tree never goes on.
_PLAIN = ("str", "bool", "int", "object", "str | None")
_OWN = ("at", "slot", "name")
# The names of the fields in which expressions, and slots, may be found: asked for each node, many times.
_fields_by_type: dict[object, tuple[str, ...]] = {}
_slots_by_type: dict[object, tuple[str, ...]] = {}


def _fields(expr: Expr) -> tuple[str, ...]:
    known = _fields_by_type.get(type(expr))
    if known is None:
        known = tuple(field.name for field in fields(expr) if field.compare and field.type not in _PLAIN)
        _fields_by_type[type(expr)] = known
    return known


def _with_slots(value: Any) -> tuple[str, ...]:
    known = _slots_by_type.get(type(value))
    if known is None:
        known = tuple(field.name for field in fields(value) if field.name not in _OWN and field.type not in _PLAIN)
        _slots_by_type[type(value)] = known
    return known


def children(expr: Expr) -> Iterator[Expr]:
    """Give the expressions directly inside `expr`, those of a pattern included; not those of a subquery."""
    for name in _fields(expr):
        value = getattr(expr, name)
        if isinstance(value, Expr):
            yield value
        elif value is not None:
            yield from _inside(value)


def _inside(value: object) -> Iterator[Expr]:
    if isinstance(value, (list, tuple)):
        for element in value:
            if isinstance(element, Expr):
                yield element
            elif not isinstance(element, str):
                yield from _inside(element)
    elif isinstance(value, Expr):
        yield value
    elif isinstance(value, PathPattern):
        for part in value.parts():
            if part.variable is not None:
                yield Variable(part.variable, part.slot, at=part.at)
            yield from _inside(part.properties)
            yield from _inside(part.test)


def descend(expr: Expr) -> Iterator[Expr]:
    """Give `expr` and every expression inside it, subqueries as one."""
    yield expr
    for child in children(expr):
        yield from descend(child)


def variables(expr: Expr) -> dict[str, None]:
    """Return the names that `expr` uses and does not bring itself, in order."""
    if isinstance(expr, Variable):
        return {expr.name: None} if expr.name else {}
    names: dict[str, None] = {}
    for child in children(expr):
        names |= variables(child)
    for own in _own_names(expr):
        names.pop(own, None)
    return names


def _own_names(expr: Expr) -> list[str]:
    if isinstance(expr, (Comprehension, Quantifier)):
        return [expr.variable]
    if isinstance(expr, Reduce):
        return [expr.variable, expr.total]
    if isinstance(expr, PatternComprehension) and expr.pattern.variable:
        return [expr.pattern.variable]
    return []


def slots(value: object) -> set[int]:
    """Return every slot that the parts of `value` read or fill, subqueries included."""
    found: set[int] = set()
    _collect(value, found)
    return found


def _collect(value: object, found: set[int]) -> None:
    if isinstance(value, (list, tuple)):
        for element in value:
            _collect(element, found)
    elif is_dataclass(value) and not isinstance(value, type):
        slot = getattr(value, "slot", -1)
        if slot >= 0 and isinstance(value, (Variable, PathPattern)) or slot >= 0 and hasattr(value, "is_bound"):
            found.add(slot)
        for name in _with_slots(value):
            _collect(getattr(value, name), found)


def unconditional(expr: Expr) -> Iterator[Subquery | PatternComprehension]:
    """Give the subqueries in `expr` that are computed in any case: not those in branches, or once per element."""
    if isinstance(expr, (Subquery, PatternComprehension)):
        yield expr
    elif isinstance(expr, (Comprehension, Quantifier)):
        yield from unconditional(expr.items)
    elif isinstance(expr, Call) and (expr.slot >= 0 or expr.name.lower() == "coalesce"):
        return
    elif not isinstance(expr, (Case, Logic, Reduce, CountStar)):
        for child in children(expr):
            yield from unconditional(child)
