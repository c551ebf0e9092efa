"""Closures that go over lists (comprehensions, quantifiers, reduce) and over the rows of a pattern or subquery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from graphvine.query.compile_access import bounded, has_container
from graphvine.query.compile_expressions import COMPILERS, Compiler, Evaluate, check_boolean
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
    decide = _DECISIONS[expr.kind]

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


_DECISIONS: dict[str, Callable[[int, int, int], bool | None]] = {
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


def _rows(operator: Any, row: Row) -> Iterator[Row]:
    """Give the rows of an inner plan. Chances to pause can't be passed on from inside an expression."""
    for inner in operator.open(row):
        if inner is not None:
            yield inner
        else:
            row[0].strain()


def _exists(operator: Any) -> Evaluate:
    def test(row: Row) -> bool:
        return next(_rows(operator, row), None) is not None

    return test


def _pattern_test(expr: PatternTest, compiler: Compiler) -> Evaluate:
    return _exists(compiler.planner.pattern([expr.pattern], None))


def _pattern_comprehension(expr: PatternComprehension, compiler: Compiler) -> Evaluate:
    if expr.is_gathered:
        return itemgetter(expr.slot)
    operator = compiler.planner.pattern([expr.pattern], expr.test)
    body = compiler.compile(expr.body)

    def build(row: Row) -> list[Any]:
        built = [body(inner) for inner in _rows(operator, row)]
        return bounded(built) if has_container(built) else built

    return build


def _subquery(expr: Subquery, compiler: Compiler) -> Evaluate:
    if expr.is_gathered:
        return itemgetter(expr.slot)
    operator, slots = compiler.planner.subquery(expr.query)
    if expr.kind == "EXISTS":
        return _exists(operator)
    if expr.kind == "COUNT":
        return lambda row: sum(1 for _ in _rows(operator, row))
    slot = slots[0]
    return lambda row: [inner[slot] for inner in _rows(operator, row)]


def _shortest_path(expr: ShortestPath, compiler: Compiler) -> Evaluate:
    operator, slot = compiler.planner.pattern([expr.pattern], None), expr.pattern.slot
    if expr.pattern.kind == "SHORTEST":
        return lambda row: next((inner[slot] for inner in _rows(operator, row)), None)
    return lambda row: [inner[slot] for inner in _rows(operator, row)]


_MORE: dict[type[Expr], Callable[[Any, Compiler], Evaluate]] = {
    Comprehension: _comprehension,
    Quantifier: _quantifier,
    Reduce: _reduce,
    PatternTest: _pattern_test,
    PatternComprehension: _pattern_comprehension,
    Subquery: _subquery,
    ShortestPath: _shortest_path,
}
COMPILERS |= _MORE
