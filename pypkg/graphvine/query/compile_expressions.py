"""Bound expressions to Python closures.

Every closure takes a row and returns a value; which slot, operator and function it uses was settled when it was made,
so that nothing is looked up by name while rows flow.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.query.arithmetic import ARITHMETIC, add, negate
from graphvine.query.fault import Fault, type_error
from graphvine.query.functions.catalog import FUNCTIONS
from graphvine.query.functions.signature import Function
from graphvine.query.run import CREDIT
from graphvine.query.temporal_arithmetic import settle
from graphvine.query.text_tests import TEXT_TESTS, matches
from graphvine.query.tree import (
    Binary,
    Call,
    Case,
    Compare,
    Constant,
    CountStar,
    Expr,
    HasLabels,
    IsNull,
    Literal,
    Logic,
    Parameter,
    Unary,
    Variable,
)
from graphvine.query.values import UNORDERED, Row, compare, equals, is_edge, type_name

Evaluate = Callable[[Row], Any]
_ORDERED = frozenset((str, int, float, bool))
CONTAINERS = frozenset((list, dict))
_SIZED = frozenset((str, list, dict))
# What a look into a list or map is charged, and making or comparing one that has others inside.
_HANDLING, COMPARING = 64, 2_048
# Functions that take as long for a large value as for a small one.
AT_ONCE = frozenset(("size", "length", "head", "last", "isempty", "coalesce", "char_length", "character_length"))
# Types whose values Python compares as Cypher does: vertices and edges are equal when they are the same.
_PLAIN = frozenset((str, int, float, bool, VertexCell, EdgeCell))


class Compiler:
    """Makes closures. planner: makes the steps of patterns and subqueries inside expressions."""

    def __init__(self, planner: Any) -> None:
        self.planner = planner

    def compile(self, expr: Expr) -> Evaluate:
        """Return the closure of a bound expression."""
        evaluate: Evaluate = COMPILERS[type(expr)](expr, self)
        return evaluate

    def compile_all(self, exprs: list[Expr]) -> list[Evaluate]:
        """Return the closures of several expressions."""
        return [self.compile(expr) for expr in exprs]


def _literal(expr: Literal, _: Compiler) -> Evaluate:
    value = expr.value
    return lambda row: value


def _constant(expr: Constant, _: Compiler) -> Evaluate:
    value = expr.data.value  # type: ignore[attr-defined]
    return lambda row: value


def _parameter(expr: Parameter, _: Compiler) -> Evaluate:
    name = expr.name
    return lambda row: row[0].parameters[name]


def _variable(expr: Variable, _: Compiler) -> Evaluate:
    return itemgetter(expr.slot)


def _aggregate(expr: CountStar, _: Compiler) -> Evaluate:
    return itemgetter(expr.slot)


def _is_null(expr: IsNull, compiler: Compiler) -> Evaluate:
    operand = compiler.compile(expr.operand)
    if expr.is_negated:
        return lambda row: operand(row) is not None
    return lambda row: operand(row) is None


def _unary(expr: Unary, compiler: Compiler) -> Evaluate:
    operand, at = compiler.compile(expr.operand), expr.at
    if expr.operator == "NOT":

        def invert(row: Row) -> Any:
            value = operand(row)
            return None if value is None else not check_boolean(value, at)

        return invert
    if expr.operator == "+":
        return operand
    return _placed(lambda row: negate(operand(row)), at)


def _placed(evaluate: Evaluate, at: int) -> Evaluate:
    """Give the faults of `evaluate` their place in the text."""

    def call(row: Row) -> Any:
        try:
            return evaluate(row)
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return call


def check_boolean(value: Any, at: int) -> bool:
    """Return `value` if it is a truth value, or raise Fault."""
    if value is True or value is False:
        return bool(value)
    raise type_error("InvalidArgumentType", f"Expected a truth value, but this is a {type_name(value)}.", at)


def _logic(expr: Logic, compiler: Compiler) -> Evaluate:
    operands, at = compiler.compile_all(expr.operands), expr.at
    if expr.operator == "XOR":
        return _xor(operands, at)
    decides = expr.operator == "OR"  # the value that settles the answer at once

    def test(row: Row) -> Any:
        answer: bool | None = not decides
        for operand in operands:
            value = operand(row)
            if value is decides:
                return decides
            if value is None:
                answer = None
            elif value is not True and value is not False:
                check_boolean(value, at)
        return answer

    return test


def _xor(operands: list[Evaluate], at: int) -> Evaluate:
    def test(row: Row) -> Any:
        values = [operand(row) for operand in operands]
        if None in values:
            return None
        return sum(check_boolean(value, at) for value in values) % 2 == 1

    return test


def _compare(expr: Compare, compiler: Compiler) -> Evaluate:
    operands = compiler.compile_all([expr.first, *(operand for _, operand in expr.rest)])
    tests = [
        _COMPARISONS[operator](operands[number], operands[number + 1]) for number, (operator, _) in enumerate(expr.rest)
    ]
    if len(tests) == 1:
        return tests[0]

    def chain(row: Row) -> Any:
        answer: bool | None = True
        for test in tests:
            value = test(row)
            if value is False:
                return False
            if value is None:
                answer = None
        return answer

    return chain


def _equal(left: Evaluate, right: Evaluate) -> Evaluate:
    def test(row: Row) -> Any:
        one, other = left(row), right(row)
        kind = type(one)
        if kind is type(other):
            if kind in _PLAIN:
                return one == other
            if kind in CONTAINERS:
                charge_comparison(one, row)
        return equals(one, other)

    return test


def _unequal(left: Evaluate, right: Evaluate) -> Evaluate:
    def test(row: Row) -> Any:
        one, other = left(row), right(row)
        kind = type(one)
        if kind is type(other):
            if kind in _PLAIN:
                return one != other
            if kind in CONTAINERS:
                charge_comparison(one, row)
        value = equals(one, other)
        return None if value is None else not value

    return test


def _ordered(fast: Callable[[Any, Any], bool], accepted: tuple[int, ...]) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def make(left: Evaluate, right: Evaluate) -> Evaluate:
        def test(row: Row) -> Any:
            one, other = left(row), right(row)
            kind = type(one)
            if kind is type(other):
                if kind in _ORDERED:
                    return fast(one, other)
                if kind in CONTAINERS:
                    charge_comparison(one, row)
            order = compare(one, other)
            return None if order is None else order != UNORDERED and order in accepted

        return test

    return make


_COMPARISONS: dict[str, Callable[[Evaluate, Evaluate], Evaluate]] = {
    "=": _equal,
    "<>": _unequal,
    "<": _ordered(lambda one, other: one < other, (-1,)),
    "<=": _ordered(lambda one, other: one <= other, (-1, 0)),
    ">": _ordered(lambda one, other: one > other, (1,)),
    ">=": _ordered(lambda one, other: one >= other, (1, 0)),
}


def _binary(expr: Binary, compiler: Compiler) -> Evaluate:
    left, right = compiler.compile(expr.left), compiler.compile(expr.right)
    operator, at = expr.operator, expr.at
    if operator == "IN":
        return _placed(_is_in(left, right), at)
    if operator == "=~":
        return _placed(lambda row: matches(left(row), right(row), row[0]), at)
    if operator in TEXT_TESTS:
        text_test = TEXT_TESTS[operator]
        return _placed(lambda row: text_test(charged(left(row), row), right(row)), at)
    if operator == "+":
        return _placed(_plus(left, right), at)
    compute = ARITHMETIC[operator]

    def evaluate(row: Row) -> Any:
        one, other = left(row), right(row)
        result = compute(one, other)
        return settle(result, operator, one, other, row[0].outside.zones) if isinstance(result, tuple) else result

    return _placed(evaluate, at)


def _is_in(left: Evaluate, right: Evaluate) -> Evaluate:
    def test(row: Row) -> Any:
        value = left(row)
        return is_in(value, charge_search(value, right(row), row))

    return test


def _plus(left: Evaluate, right: Evaluate) -> Evaluate:
    """Return the closure of ``+``, which is mostly between small integers."""

    def evaluate(row: Row) -> Any:
        one, other = left(row), right(row)
        kind = type(one)
        if kind is int and type(other) is int:
            total = one + other
            if MIN_INTEGER <= total <= MAX_INTEGER:
                return total
        elif kind is list or type(other) is list:
            charged(one, row)
            charged(other, row)
        elif kind is str and len(one) > COMPARING:
            row[0].charge(min(len(one) >> 6, CREDIT))
        result = add(one, other)
        return settle(result, "+", one, other, row[0].outside.zones) if isinstance(result, tuple) else result

    return evaluate


def charged(value: Any, row: Row) -> Any:
    """Return a value, and count what going over it costs."""
    kind = type(value)
    if kind is str:
        row[0].charge(len(value) >> 6)
    elif kind in CONTAINERS:
        row[0].charge(_HANDLING + (len(value) >> 2))
    return value


def charge_comparison(value: Any, row: Row) -> None:
    """Count what comparing a list or map with another costs; what has others inside may be of any size."""
    is_small = len(value) <= COMPARING
    if is_small:
        parts = value if type(value) is list else value.values()
        is_small = not any(type(part) in _SIZED and (type(part) is not str or len(part) > COMPARING) for part in parts)
    row[0].charge(_HANDLING + len(value) if is_small else 2 * CREDIT)


def charge_search(value: Any, items: Any, row: Row) -> Any:
    """Count what looking for a value in a list costs, and return the list."""
    if type(value) in CONTAINERS or type(value) is str and len(value) > COMPARING:
        row[0].charge(2 * CREDIT)
    return charged(items, row)


def is_in(value: Any, items: Any) -> bool | None:
    """Return ``value IN items``."""
    if items is None:
        return None
    if type(items) is not list:
        raise type_error("InvalidArgumentType", f"IN needs a list behind it, not a {type_name(items)}.")
    answer: bool | None = False
    for item in items:
        same = equals(value, item)
        if same:
            return True
        if same is None:
            answer = None
    return answer


def _has_labels(expr: HasLabels, compiler: Compiler) -> Evaluate:
    operand, wanted, at = compiler.compile(expr.operand), tuple(expr.labels), expr.at
    first, is_single = wanted[0], len(wanted) == 1

    def test(row: Row) -> Any:
        value = operand(row)
        try:
            return first in value.labels and (is_single or all(label in value.labels for label in wanted))
        except AttributeError:  # no vertex: the rare cases
            pass
        except Fault as fault:
            raise fault.placed(at) from None
        if value is None:
            return None
        if is_edge(value):
            return all(label == value.type for label in wanted)
        raise type_error("InvalidArgumentType", f"A {type_name(value)} has no labels.", at)

    return test


def _call(expr: Call, compiler: Compiler) -> Evaluate:
    if expr.slot >= 0:
        return itemgetter(expr.slot)
    arguments = compiler.compile_all(expr.arguments)
    function = FUNCTIONS[expr.name.lower()]
    if function is FUNCTIONS["id"] and isinstance(expr.arguments[0], Variable):
        return _id_reader(expr.arguments[0].slot, _call_one(function.call, arguments[0], expr.at, is_charged=False))
    is_charged = expr.name.lower() not in AT_ONCE
    if len(arguments) == 1 and not function.takes_run and not function.takes_null:
        return _call_one(function.call, arguments[0], expr.at, is_charged=is_charged)
    return _placed(_call_many(function, arguments, is_charged=is_charged), expr.at)


def _id_reader(slot: int, other: Evaluate) -> Evaluate:
    """Return the closure of ``id(variable)``. other: for what is neither a vertex nor an edge of the state."""

    def read(row: Row) -> Any:
        value = row[slot]
        kind = type(value)
        return value.id if kind is VertexCell or kind is EdgeCell else other(row)

    return read


def _call_one(function: Callable[[Any], Any], argument: Evaluate, at: int, *, is_charged: bool) -> Evaluate:
    sized = _SIZED if is_charged else frozenset[type]()

    def call(row: Row) -> Any:
        value = argument(row)
        if value is None:
            return None
        if type(value) in sized:
            charged(value, row)
        try:
            return function(value)
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return call


def _call_many(function: Function, arguments: list[Evaluate], *, is_charged: bool) -> Evaluate:
    call, takes_run = function.call, function.takes_run
    sized = _SIZED if is_charged else frozenset[type]()
    if function.takes_null and not is_charged:
        return lambda row: call(*[argument(row) for argument in arguments])
    if function.takes_null:
        return lambda row: call(*[charged(argument(row), row) for argument in arguments])

    def evaluate(row: Row) -> Any:
        values = [argument(row) for argument in arguments]
        for value in values:
            if value is None:
                return None
            if type(value) in sized:
                charged(value, row)
        return call(row[0], *values) if takes_run else call(*values)

    return evaluate


def _case(expr: Case, compiler: Compiler) -> Evaluate:
    default = compiler.compile(expr.default) if expr.default is not None else lambda row: None
    branches = [(compiler.compile(test), compiler.compile(value)) for test, value in expr.branches]
    if expr.subject is None:

        def choose(row: Row) -> Any:
            for test, value in branches:
                if test(row) is True:
                    return value(row)
            return default(row)

        return choose
    subject = compiler.compile(expr.subject)

    def match(row: Row) -> Any:
        wanted = charged(subject(row), row)
        for test, value in branches:
            if equals(wanted, test(row)):
                return value(row)
        return default(row)

    return match


# `compile_access` and `compile_collections` add theirs.
COMPILERS: dict[type[Expr], Callable[[Any, Compiler], Evaluate]] = {
    Literal: _literal,
    Constant: _constant,
    Parameter: _parameter,
    Variable: _variable,
    CountStar: _aggregate,
    IsNull: _is_null,
    Unary: _unary,
    Logic: _logic,
    Compare: _compare,
    Binary: _binary,
    HasLabels: _has_labels,
    Call: _call,
    Case: _case,
}
