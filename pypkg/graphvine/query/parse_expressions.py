"""Expressions: operators by precedence, then everything that can follow a value.

Source: openCypher 9 grammar, from ``oC_Expression`` to ``oC_Atom``. One loop handles all binary operators, so the depth
of the Python stack is that of the brackets in the text.
"""

from __future__ import annotations

from graphvine.limits import MAX_INTEGER
from graphvine.query.cursor import MAX_EXPRESSION_HEIGHT, Cursor
from graphvine.query.fault import syntax
from graphvine.query.parse_atoms import atom
from graphvine.query.parse_labels import labels
from graphvine.query.tokens import INTEGER, NAME, QUOTED, SYMBOL
from graphvine.query.tree import (
    Binary,
    Compare,
    Element,
    Expr,
    IsNull,
    Literal,
    Logic,
    PropertyOf,
    Slice,
    Unary,
    Variable,
)

_OR, _XOR, _AND, _NOT, _COMPARE, _TEST, _SUM, _PRODUCT, _POWER, _SIGN = range(1, 11)
_WORDS = {"OR": _OR, "XOR": _XOR, "AND": _AND, "IN": _TEST, "IS": _TEST} | dict.fromkeys(
    ("STARTS", "ENDS", "CONTAINS"), _TEST
)
_SYMBOLS = dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), _COMPARE) | {
    "=~": _TEST,
    "+": _SUM,
    "-": _SUM,
    "||": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
    "^": _POWER,
}


def expression(cursor: Cursor) -> Expr:
    """Read one expression."""
    return _operators(cursor, _OR)


def _operators(cursor: Cursor, lowest: int) -> Expr:
    """Read operands joined by operators that bind at least as tightly as `lowest`."""
    outer, cursor.peak = cursor.peak, 0
    cursor.depth += 1
    if cursor.position > cursor.part_ends:
        raise cursor.too_long()
    _check_height(cursor, cursor.depth)
    left = _prefix(cursor)
    height = cursor.peak + 1
    while (strength := _strength(cursor)) >= lowest:
        cursor.peak = 0
        left = _join(cursor, left, strength)
        height = max(height, cursor.peak) + 1
        _check_height(cursor, height)
    cursor.depth -= 1
    cursor.peak = max(outer, height)
    return left


def _check_height(cursor: Cursor, height: int) -> None:
    if height > MAX_EXPRESSION_HEIGHT:
        message = f"This expression is nested more than {MAX_EXPRESSION_HEIGHT} levels deep. Use parameters or WITH."
        raise syntax("UnexpectedSyntax", message, cursor.token.start)


def _strength(cursor: Cursor) -> int:
    """Return how tightly the operator that comes next binds; 0 where none comes."""
    token = cursor.token
    if token.kind == SYMBOL:
        return _SYMBOLS.get(token.text, 0)
    return _WORDS.get(token.word, 0) if token.kind == NAME else 0


def _prefix(cursor: Cursor) -> Expr:
    token = cursor.token
    if token.kind == NAME and token.word == "NOT":
        cursor.advance()
        return Unary("NOT", _operators(cursor, _NOT), at=token.start)
    if token.kind == SYMBOL and token.text in ("-", "+"):
        return _signed(cursor)
    value = postfix(cursor, atom(cursor))
    if isinstance(value, Literal) and type(value.value) is int and value.value > MAX_INTEGER:
        raise syntax("IntegerOverflow", f"The integer {token.text} does not fit into 64 bits.", token.start)
    return value


def _signed(cursor: Cursor) -> Expr:
    sign = cursor.advance()
    token = cursor.token
    if sign.text == "-" and token.kind == INTEGER and not cursor.is_symbol(".", 1) and not cursor.is_symbol("[", 1):
        cursor.advance()
        return Literal(-int(token.value), at=sign.start)  # type: ignore[call-overload]
    return Unary(sign.text, _operators(cursor, _SIGN), at=sign.start)


def _join(cursor: Cursor, left: Expr, strength: int) -> Expr:
    token = cursor.token
    if strength <= _AND:
        return _logic(cursor, left, strength)
    if strength == _COMPARE:
        return _comparison(cursor, left)
    if strength == _TEST:
        return _test(cursor, left)
    cursor.advance()
    operator = "+" if token.text == "||" else token.text
    return Binary(operator, left, _operators(cursor, strength + 1), at=token.start)


def _logic(cursor: Cursor, left: Expr, strength: int) -> Expr:
    token = cursor.token
    operands = [left]
    while cursor.take(token.word):
        operands.append(_operators(cursor, strength + 1))
    return Logic(token.word, operands, at=token.start)


def _comparison(cursor: Cursor, left: Expr) -> Expr:
    at = cursor.token.start
    rest: list[tuple[str, Expr]] = []
    while _strength(cursor) == _COMPARE:
        operator = cursor.advance().text
        rest.append((operator, _operators(cursor, _COMPARE + 1)))
    return Compare(left, rest, at=at)


def _test(cursor: Cursor, left: Expr) -> Expr:
    token = cursor.advance()
    if token.word == "IS":
        return _is(cursor, left, token.start, is_negated=cursor.take("NOT"))
    operator = token.word or token.text
    if operator in ("STARTS", "ENDS"):
        cursor.expect("WITH")
        operator += " WITH"
    return Binary(operator, left, _operators(cursor, _TEST + 1), at=token.start)


def _is(cursor: Cursor, left: Expr, at: int, *, is_negated: bool) -> Expr:
    """Read ``NULL``, or the label expression of ``n IS A|B``."""
    if cursor.take("NULL"):
        return IsNull(left, is_negated, at=at)
    if cursor.is_symbol(":") or cursor.is_word("TYPED"):
        message = "Types are not tested by a predicate: compare valueType(x), or convert: toInteger, toStringOrNull ..."
        raise syntax("UnexpectedSyntax", message, cursor.token.start)
    if cursor.token.kind not in (NAME, QUOTED) or not _may_have_labels(left):
        raise cursor.unexpected("'NULL'")
    test = labels(cursor, left, is_open=True)
    return Unary("NOT", test, at=at) if is_negated else test


def postfix(cursor: Cursor, value: Expr) -> Expr:
    """Read what follows a value: properties, elements, slices, labels."""
    while True:
        token = cursor.token
        if token.kind != SYMBOL:
            return value
        if token.text == ".":
            cursor.advance()
            value = PropertyOf(value, cursor.name("a property name"), at=token.start)
        elif token.text == "[":
            value = _subscript(cursor, value)
        elif token.text == ":" and _may_have_labels(value):
            value = labels(cursor, value)
        else:
            return value
        cursor.peak += 1
        _check_height(cursor, cursor.peak)


def _may_have_labels(value: Expr) -> bool:
    return isinstance(value, (Variable, PropertyOf, Element))


def _subscript(cursor: Cursor, value: Expr) -> Expr:
    at = cursor.expect("[").start
    low = None if cursor.is_symbol("..") else expression(cursor)
    if not cursor.take(".."):
        cursor.expect("]")
        return Element(value, low, at=at) if low is not None else value
    high = None if cursor.is_symbol("]") else expression(cursor)
    cursor.expect("]")
    return Slice(value, low, high, at=at)
