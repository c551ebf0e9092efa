"""Expressions as steps use them: in a form that computes in one go, and in one that pauses.

The first form is a closure that computes as fast as it can (`compile_*`). Where one finds that it takes too long, it
raises `TooLong`, and the step that asked begins anew with the second form: a generator that gives None at each chance
to pause and returns the value. Only what can take long has a generator of its own (`compile_paused`); everything else
is computed by its closure, with what was computed before in place of the operands that can pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Protocol

from graphvine.query.compile_expressions import AT_ONCE, COMPILERS, Compiler, Evaluate
from graphvine.query.gradual import Work
from graphvine.query.run import TooLong
from graphvine.query.tree import (
    Binary,
    Call,
    Compare,
    Comprehension,
    Expr,
    ListOf,
    Literal,
    MapOf,
    MapProjection,
    PatternComprehension,
    PatternTest,
    Quantifier,
    Reduce,
    ShortestPath,
    Slice,
    Subquery,
)
from graphvine.query.values import Row
from graphvine.query.walk import children

Later = Callable[[Row], Work]
# Elements between two looks at the credit, and what they are charged.
FEW, PRICE = 16, 64


def can_be_long(expr: Expr) -> bool:
    """Tell whether computing an expression may take long, for some values."""
    if _is_there(expr):
        return False
    return _is_long(expr) or any(can_be_long(child) for child in children(expr))


def _is_there(expr: Expr) -> bool:
    """Tell whether a step computes the expression before anybody asks for it."""
    if isinstance(expr, Call):
        return expr.slot >= 0
    return isinstance(expr, (Subquery, PatternComprehension)) and expr.is_gathered


def _is_long(expr: Expr) -> bool:
    if isinstance(expr, Call):
        return expr.name.lower() not in AT_ONCE
    if isinstance(expr, Binary):
        return expr.operator not in ("-", "*", "/", "%", "^")
    if isinstance(expr, Compare):
        sides = [isinstance(side, Literal) for side in (expr.first, *(side for _, side in expr.rest))]
        return any(not left and not right for left, right in pairwise(sides))
    return isinstance(expr, _LONG)


_LONG = (
    Comprehension, Quantifier, Reduce, PatternTest, PatternComprehension, Subquery, ShortestPath, Slice, ListOf, MapOf,
    MapProjection,
)  # fmt: skip


class Part:
    """An expression in both forms. now: its closure; where that raises TooLong, `later` computes it with pauses."""

    __slots__ = ("_compiler", "_expr", "_later", "now")

    def __init__(self, expr: Expr, compiler: Compiler) -> None:
        self.now: Evaluate = compiler.compile(expr)
        self._expr = expr
        self._compiler = compiler
        self._later: Later | None = None

    def later(self, row: Row) -> Work:
        """Return the work that computes it from the beginning."""
        if self._later is None:
            self._later = _paused(self._expr, self._compiler)
        return self._later(row)

    def value(self, row: Row) -> Work:
        """Compute it, with pauses where it needs them. Whoever computes it often tries `now` first by himself."""
        try:
            return self.now(row)
        except TooLong:
            pass
        return (yield from self.later(row))


def parts_of(exprs: Iterable[Expr], compiler: Compiler) -> list[Part]:
    """Return several expressions in both forms."""
    return [Part(expr, compiler) for expr in exprs]


class Valued(Protocol):
    """A `Part`, or what has one."""

    def value(self, row: Row) -> Work:
        """Compute it, with pauses where it needs them."""


def values_of(parts: Iterable[Valued], row: Row) -> Work:
    """Return the values of several expressions, as a list."""
    values = []
    for part in parts:
        value = yield from part.value(row)
        values.append(value)
    return values


def unpaused(compute: Evaluate, row: Row) -> Any:
    """Compute where there is no way to pause: one operator or function, whose operands are there."""
    run = row[0]
    before, run.can_pause = run.can_pause, False
    try:
        return compute(row)
    finally:
        run.can_pause = before


def _paused(expr: Expr, compiler: Compiler) -> Later:
    form = None if _is_there(expr) else FORMS.get(type(expr))
    made = None if form is None else form(expr, compiler)
    return _strict(expr, compiler) if made is None else made


@dataclass(slots=True)
class Given(Expr):
    """What has been computed already, in the place of an operand."""

    values: list[Any]
    number: int


def _given(expr: Given, _: Compiler) -> Evaluate:
    values, number = expr.values, expr.number
    return lambda row: values[number]


COMPILERS[Given] = _given


def _strict(expr: Expr, compiler: Compiler) -> Later:
    """The form of an expression that needs all its operands: they pause, the rest is done in one go."""
    values: list[Any] = []
    operands: list[Part] = []

    def given(operand: Expr) -> Expr:
        if not can_be_long(operand):
            return operand
        operands.append(Part(operand, compiler))
        return Given(values, len(operands) - 1)

    compute = compiler.compile(expr if _is_there(expr) else _with_operands(expr, given))

    def work(row: Row) -> Work:
        found = yield from values_of(operands, row)
        if row[0].is_due(PRICE):
            yield None
        values[:] = found  # nobody else comes between: there is no pause from here to the result
        try:
            return unpaused(compute, row)
        finally:
            values.clear()

    return work


def _with_operands(expr: Expr, given: Callable[[Expr], Expr]) -> Expr:
    changed = {field.name: _mapped(getattr(expr, field.name), given) for field in fields(expr) if field.compare}
    return replace(expr, **changed)


def _mapped(value: Any, given: Callable[[Expr], Expr]) -> Any:
    if isinstance(value, Expr):
        return given(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(part, given) for part in value)
    return value


# Kinds of expressions that have a generator of their own: `compile_paused` adds them.
FORMS: dict[type[Expr], Callable[[Any, Compiler], Later | None]] = {}
