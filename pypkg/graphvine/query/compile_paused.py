"""The form that pauses of every kind of expression that can take long (see `parts`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graphvine.query import gradual
from graphvine.query.arithmetic import MAX_LIST
from graphvine.query.compile_collections import DECISIONS, inner_rows_of
from graphvine.query.compile_expressions import Compiler, check_boolean
from graphvine.query.fault import Fault, type_error
from graphvine.query.functions.catalog import FUNCTIONS
from graphvine.query.functions.lists import numbers
from graphvine.query.gradual import Work
from graphvine.query.parts import FEW, FORMS, PRICE, Given, Later, Part, parts_of, unpaused, values_of
from graphvine.query.run import TooLong
from graphvine.query.text_tests import matching
from graphvine.query.tree import (
    Binary,
    Call,
    Case,
    Compare,
    Comprehension,
    Expr,
    ListOf,
    Literal,
    Logic,
    MapOf,
    PatternComprehension,
    PatternTest,
    Quantifier,
    Reduce,
    ShortestPath,
    Slice,
    Subquery,
)
from graphvine.query.values import UNORDERED, Row, type_name

# -- branches ---------------------------------------------------------------------------------------------------------


def _logic(expr: Logic, compiler: Compiler) -> Later | None:
    if expr.operator == "XOR":
        return None
    operands, at = parts_of(expr.operands, compiler), expr.at
    decides = expr.operator == "OR"

    def test(row: Row) -> Work:
        answer: bool | None = not decides
        for operand in operands:
            value = yield from operand.value(row)
            if value is decides:
                return decides
            if value is None:
                answer = None
            else:
                check_boolean(value, at)
        return answer

    return test


def _case(expr: Case, compiler: Compiler) -> Later:
    subject = None if expr.subject is None else Part(expr.subject, compiler)
    default = None if expr.default is None else Part(expr.default, compiler)
    branches = [(Part(test, compiler), Part(value, compiler)) for test, value in expr.branches]

    def choose(row: Row) -> Work:
        wanted = None if subject is None else (yield from subject.value(row))
        for test, value in branches:
            found = yield from test.value(row)
            if found is True if subject is None else (yield from gradual.all_equal(wanted, found, row[0])):
                return (yield from value.value(row))
        return None if default is None else (yield from default.value(row))

    return choose


# -- lists ------------------------------------------------------------------------------------------------------------


def _checked_list(values: Any, at: int) -> Any:
    if values is not None and type(values) is not list:
        raise type_error("InvalidArgumentType", f"Expected a list, but this is a {type_name(values)}.", at)
    return values


def _comprehension(expr: Comprehension, compiler: Compiler) -> Later:
    items, slot, at = Part(expr.items, compiler), expr.slot, expr.at
    test = None if expr.test is None else Part(expr.test, compiler)
    body = None if expr.body is None else Part(expr.body, compiler)

    def build(row: Row) -> Work:
        values = _checked_list((yield from items.value(row)), at)
        if values is None:
            return None
        run, built = row[0], []
        for number, value in enumerate(values):
            if not number % FEW and run.is_due(PRICE):
                yield None
            row[slot] = value
            if test is not None:
                try:
                    answer = test.now(row)
                except TooLong:
                    answer = yield from test.later(row)
                if answer is not True:
                    continue
            if body is not None:
                try:
                    value = body.now(row)
                except TooLong:
                    value = yield from body.later(row)
            built.append(value)
        return built if body is None else (yield from gradual.bounded_list(built, run))

    return build


def _quantifier(expr: Quantifier, compiler: Compiler) -> Later:
    assert expr.test is not None, "refused by the binder"
    items, test, slot, at = Part(expr.items, compiler), Part(expr.test, compiler), expr.slot, expr.at
    decide = DECISIONS[expr.kind]

    def answer(row: Row) -> Work:
        values = _checked_list((yield from items.value(row)), at)
        if values is None:
            return None
        run, holds, unknown = row[0], 0, 0
        for number, value in enumerate(values):
            if not number % FEW and run.is_due(PRICE):
                yield None
            row[slot] = value
            try:
                result = test.now(row)
            except TooLong:
                result = yield from test.later(row)
            if result is None:
                unknown += 1
            elif check_boolean(result, at):
                holds += 1
        return decide(len(values), holds, unknown)

    return answer


def _reduce(expr: Reduce, compiler: Compiler) -> Later:
    start, items, body = parts_of((expr.start, expr.items, expr.body), compiler)
    slot, total_slot, at = expr.slot, expr.total_slot, expr.at

    def fold(row: Row) -> Work:
        values = _checked_list((yield from items.value(row)), at)
        if values is None:
            return None
        run, total = row[0], (yield from start.value(row))
        for number, value in enumerate(values):
            if not number % FEW and run.is_due(PRICE):
                yield None
            row[total_slot], row[slot] = total, value
            try:
                total = body.now(row)
            except TooLong:
                total = yield from body.later(row)
        return total

    return fold


def _slice(expr: Slice, compiler: Compiler) -> Later | None:
    base, low, high = parts_of((expr.base, expr.low or Literal(0), expr.high or Literal(MAX_LIST)), compiler)
    at = expr.at

    def read(row: Row) -> Work:
        whole = yield from base.value(row)
        first = yield from low.value(row)
        last = yield from high.value(row)
        if whole is None or first is None or last is None:
            return None
        if type(whole) is not list or type(first) is not int or type(last) is not int:
            raise type_error("InvalidArgumentType", "A slice is taken from a list, with integers.", at)
        return (yield from gradual.part_of(whole, first, last, row[0]))

    return read


def _list(expr: ListOf, compiler: Compiler) -> Later:
    items = parts_of(expr.items, compiler)

    def build(row: Row) -> Work:
        built = yield from values_of(items, row)
        return (yield from gradual.bounded_list(built, row[0]))

    return build


def _map(expr: MapOf, compiler: Compiler) -> Later:
    entries = [(name, Part(value, compiler)) for name, value in expr.entries]

    def build(row: Row) -> Work:
        built = {}
        for name, value in entries:
            built[name] = yield from value.value(row)
        return (yield from gradual.bounded_list(built, row[0]))

    return build


# -- operators and functions ------------------------------------------------------------------------------------------


def _compare(expr: Compare, compiler: Compiler) -> Later | None:
    operands = parts_of((expr.first, *(operand for _, operand in expr.rest)), compiler)
    signs = [sign for sign, _ in expr.rest]

    def chain(row: Row) -> Work:
        answer: bool | None = True
        left = yield from operands[0].value(row)
        for number, sign in enumerate(signs, start=1):
            right = yield from operands[number].value(row)
            value = yield from _compared(sign, left, right, row)
            if value is False:
                return False
            if value is None:
                answer = None
            left = right
        return answer

    return chain


def _compared(sign: str, left: Any, right: Any, row: Row) -> Work:
    if sign in ("=", "<>"):
        same = yield from gradual.all_equal(left, right, row[0])
        return same if same is None or sign == "=" else not same
    found = yield from gradual.order(left, right, row[0])
    return None if found is None else found != UNORDERED and found in _ACCEPTED[sign]


_ACCEPTED = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}


def _binary(expr: Binary, compiler: Compiler) -> Later | None:
    compute = {"IN": gradual.is_in, "+": gradual.joined, "=~": matching}.get(expr.operator)
    if compute is None:
        return None
    left, right, at = Part(expr.left, compiler), Part(expr.right, compiler), expr.at
    values: list[Any] = []
    plain = compiler.compile(replace(expr, left=Given(values, 0), right=Given(values, 1)))
    is_sum = expr.operator == "+"

    def evaluate(row: Row) -> Work:
        one = yield from left.value(row)
        other = yield from right.value(row)
        if is_sum and type(one) is not list and type(other) is not list:
            values[:] = one, other
            return unpaused(plain, row)
        try:
            return (yield from compute(one, other, row[0]))
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return evaluate


def _range(run: Any, *bounds: Any) -> Work:
    return (yield from gradual.copied(numbers(*bounds), run))


def _reverse(run: Any, value: Any) -> Work:
    if type(value) is list:
        return (yield from gradual.part_of(value, len(value) - 1, -len(value) - 1, run, -1))
    return FUNCTIONS["reverse"].call(value)


def _tail(run: Any, value: Any) -> Work:
    if type(value) is list:
        return (yield from gradual.part_of(value, 1, len(value), run))
    return FUNCTIONS["tail"].call(value)


_GRADUAL: dict[str, Callable[..., Work]] = {
    "range": _range,
    "reverse": _reverse,
    "tail": _tail,
    "split": lambda run, value, mark: gradual.split(value, mark, run),
    "join": lambda run, values, mark: gradual.all_joined(values, mark, run),
    "replace": lambda run, value, old, new: gradual.replaced(value, old, new, run),
}
# Functions of a text or a list whose parts can be given to them one after the other.
_CASES = ("toupper", "upper", "tolower", "lower")
_EACH = tuple(name for name in FUNCTIONS if name.endswith("list"))


def _in_parts(name: str) -> Callable[..., Work] | None:
    if name in _GRADUAL:
        return _GRADUAL[name]
    call = FUNCTIONS[name].call if name in FUNCTIONS else None

    def work(run: Any, value: Any) -> Work:
        assert call is not None, "only made for a function that there is"
        if name in _CASES and type(value) is str:
            return (yield from gradual.cased(call, value, run))
        if name in _EACH and type(value) is list:
            return (yield from gradual.each(call, value, run))
        return call(value)

    return work if name in _CASES or name in _EACH else None


def _call(expr: Call, compiler: Compiler) -> Later | None:
    compute = _in_parts(expr.name.lower())
    if compute is None or expr.slot >= 0:
        return None
    arguments, at = parts_of(expr.arguments, compiler), expr.at

    def call(row: Row) -> Work:
        values = yield from values_of(arguments, row)
        if any(value is None for value in values):
            return None
        try:
            return (yield from compute(row[0], *values))
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return call


# -- patterns and subqueries ------------------------------------------------------------------------------------------


def _rows(expr: Any, compiler: Compiler) -> Later:
    """What is made of the rows of an inner plan."""
    rows = inner_rows_of(expr, compiler)
    body = None if rows.body is None else Part(rows.body, compiler)
    operator, slot, kind = rows.operator, rows.slot, rows.kind

    def work(row: Row) -> Work:
        count, built = 0, []
        for inner in operator.open(row):
            if inner is None:
                yield None
                continue
            count += 1
            if kind == "FIRST":
                return True if slot < 0 else inner[slot]
            if body is not None:
                built.append((yield from body.value(inner)))
            elif slot >= 0:
                built.append(inner[slot])
        if kind == "FIRST":
            return False if slot < 0 else None
        return count if kind == "COUNT" else (yield from gradual.bounded_list(built, row[0]))

    return work


_MORE: dict[type[Expr], Callable[[Any, Compiler], Later | None]] = {
    Logic: _logic,
    Case: _case,
    Comprehension: _comprehension,
    Quantifier: _quantifier,
    Reduce: _reduce,
    Slice: _slice,
    ListOf: _list,
    MapOf: _map,
    Compare: _compare,
    Binary: _binary,
    Call: _call,
    PatternTest: _rows,
    PatternComprehension: _rows,
    Subquery: _rows,
    ShortestPath: _rows,
}
FORMS |= _MORE
