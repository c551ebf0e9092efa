"""Closures that go over lists (comprehensions, quantifiers, reduce) and over the rows of a pattern or subquery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from graphvine.query.compile_expressions import COMPILERS, Compiler, Evaluate, check_boolean
from graphvine.query.containers import bounded, has_container
from graphvine.query.fault import type_error
from graphvine.query.tree import (
    Comprehension,
    Expr,
    PatternComprehension,
    PatternTest,
    Quantifier,
    Reduce,
    ShortestPath,
    Subquery,
)
from graphvine.query.values import Row, type_name

# Elements that are charged at once.
_CHUNK = 64


def _elements(items: Evaluate, at: int) -> Callable[[Row], list[Any] | None]:
    """Return a closure that gives the list to go over, or None."""

    def read(row: Row) -> list[Any] | None:
        values = items(row)
        if values is None:
            return None
        if type(values) is not list:
            raise type_error("InvalidArgumentType", f"Expected a list, but this is a {type_name(values)}.", at)
        return values

    return read


def _watched(values: list[Any], row: Row) -> Iterator[Any]:
    """Give the values, with a look at the clock now and then: many small lists count like a large one."""
    if len(values) < _CHUNK:
        row[0].charge(len(values) + 1)
        return iter(values)
    return _watch(values, row[0])


def _watch(values: list[Any], run: Any) -> Iterator[Any]:
    for number, value in enumerate(values):
        if number % _CHUNK == 0:
            run.charge(_CHUNK)
        yield value


def _comprehension(expr: Comprehension, compiler: Compiler) -> Evaluate:
    items, slot = _elements(compiler.compile(expr.items), expr.at), expr.slot
    test = compiler.compile(expr.test) if expr.test is not None else None
    body = compiler.compile(expr.body) if expr.body is not None else None

    def build(row: Row) -> Any:
        values = items(row)
        if values is None:
            return None
        built = []
        for value in _watched(values, row):
            row[slot] = value
            if test is None or test(row) is True:
                built.append(value if body is None else body(row))
        return bounded(built) if body is not None and has_container(built) else built

    return build


def _quantifier(expr: Quantifier, compiler: Compiler) -> Evaluate:
    assert expr.test is not None, "refused by the binder"
    items, test, slot, at = (
        _elements(compiler.compile(expr.items), expr.at),
        compiler.compile(expr.test),
        expr.slot,
        expr.at,
    )
    decide = DECISIONS[expr.kind]

    def answer(row: Row) -> Any:
        values = items(row)
        if values is None:
            return None
        holds = unknown = 0
        for value in _watched(values, row):
            row[slot] = value
            result = test(row)
            if result is None:
                unknown += 1
            elif check_boolean(result, at):
                holds += 1
        return decide(len(values), holds, unknown)

    return answer


def _all(count: int, holds: int, unknown: int) -> bool | None:
    if holds + unknown < count:
        return False
    return None if unknown else True


def _any(_count: int, holds: int, unknown: int) -> bool | None:
    return True if holds else None if unknown else False


def _none(_count: int, holds: int, unknown: int) -> bool | None:
    return False if holds else None if unknown else True


def _single(_count: int, holds: int, unknown: int) -> bool | None:
    return False if holds > 1 else None if unknown else holds == 1


DECISIONS: dict[str, Callable[[int, int, int], bool | None]] = {
    "ALL": _all,
    "ANY": _any,
    "NONE": _none,
    "SINGLE": _single,
}


def _reduce(expr: Reduce, compiler: Compiler) -> Evaluate:
    start, items = compiler.compile(expr.start), _elements(compiler.compile(expr.items), expr.at)
    body, slot, total_slot = compiler.compile(expr.body), expr.slot, expr.total_slot

    def fold(row: Row) -> Any:
        values = items(row)
        if values is None:
            return None
        total = start(row)
        for value in _watched(values, row):
            row[total_slot], row[slot] = total, value
            total = body(row)
        return total

    return fold


class InnerRows(NamedTuple):
    """What an expression makes of the rows of an inner plan.

    kind: FIRST, COUNT or COLLECT. slot, body: what is taken of each row; without either the first one says that it is.
    """

    operator: Any
    kind: str
    slot: int = -1
    body: Expr | None = None


def inner_rows_of(expr: Expr, compiler: Compiler) -> InnerRows:
    """Return what a pattern or subquery inside an expression makes of its rows."""
    planner = compiler.planner
    if isinstance(expr, PatternTest):
        return InnerRows(planner.pattern([expr.pattern], None), "FIRST")
    if isinstance(expr, PatternComprehension):
        return InnerRows(planner.pattern([expr.pattern], expr.test), "COLLECT", body=expr.body)
    if isinstance(expr, ShortestPath):
        kind = "FIRST" if expr.pattern.kind == "SHORTEST" else "COLLECT"
        return InnerRows(planner.pattern([expr.pattern], None), kind, expr.pattern.slot)
    assert isinstance(expr, Subquery), "one of four"
    operator, slots = planner.subquery(expr.query)
    if expr.kind == "COLLECT":
        return InnerRows(operator, "COLLECT", slots[0])
    return InnerRows(operator, "FIRST" if expr.kind == "EXISTS" else "COUNT")


def _rows(operator: Any, row: Row) -> Iterator[Row]:
    """Give the rows of an inner plan."""
    for inner in operator.open(row):
        if inner is not None:
            yield inner
        else:
            row[0].strain()


def _from_rows(expr: PatternTest | PatternComprehension | ShortestPath | Subquery, compiler: Compiler) -> Evaluate:
    if isinstance(expr, (PatternComprehension, Subquery)) and expr.is_gathered:
        return itemgetter(expr.slot)
    operator, kind, slot, body = inner_rows_of(expr, compiler)
    if kind == "COUNT":
        return lambda row: sum(1 for _ in _rows(operator, row))
    if kind == "COLLECT":
        return _collected(operator, itemgetter(slot) if body is None else compiler.compile(body))
    if slot < 0:
        return lambda row: next(_rows(operator, row), None) is not None
    return lambda row: next((inner[slot] for inner in _rows(operator, row)), None)


def _collected(operator: Any, body: Evaluate) -> Evaluate:
    def build(row: Row) -> list[Any]:
        built = [body(inner) for inner in _rows(operator, row)]
        return bounded(built) if has_container(built) else built

    return build


_MORE: dict[type[Expr], Callable[[Any, Compiler], Evaluate]] = {
    Comprehension: _comprehension,
    Quantifier: _quantifier,
    Reduce: _reduce,
    PatternTest: _from_rows,
    PatternComprehension: _from_rows,
    Subquery: _from_rows,
    ShortestPath: _from_rows,
}
COMPILERS |= _MORE
