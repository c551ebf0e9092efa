"""The values an expression is made of: literals, variables, calls, brackets of all kinds, CASE, subqueries."""

from __future__ import annotations

from collections.abc import Callable

from graphvine.query.cursor import MAX_SUBQUERY_DEPTH, Cursor
from graphvine.query.fault import syntax
from graphvine.query.tokens import DATA, FLOAT, INTEGER, NAME, NO_NUMBER, PARAMETER, QUOTED, STRING, SYMBOL
from graphvine.query.tree import (
    Call,
    Case,
    Comprehension,
    Constant,
    CountStar,
    Expr,
    ListOf,
    Literal,
    MapOf,
    MapProjection,
    Match,
    Parameter,
    PatternComprehension,
    PatternTest,
    Quantifier,
    Query,
    Reduce,
    ShortestPath,
    Subquery,
    Variable,
)

_CONSTANTS: dict[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}


def atom(cursor: Cursor) -> Expr:
    """Read one value with nothing behind it."""
    token = cursor.token
    if token.kind in (INTEGER, FLOAT, STRING):
        cursor.advance()
        return Literal(token.value, at=token.start)
    if token.kind == PARAMETER:
        cursor.advance()
        return Parameter(str(token.value), at=token.start)
    if token.kind == SYMBOL:
        return _bracket(cursor)
    if token.kind in (NAME, QUOTED):
        return _word(cursor)
    if token.kind == DATA:
        cursor.advance()
        return Constant(token.value, at=token.start)
    if token.kind == NO_NUMBER:
        raise syntax("InvalidNumberLiteral", f"{token.text[:40]!r} is not a number.", token.start)
    raise cursor.unexpected("an expression")


def _bracket(cursor: Cursor) -> Expr:
    token = cursor.token
    if token.text == "(":
        if starts_pattern(cursor):
            return PatternTest(cursor.grammar.path(cursor), at=token.start)
        cursor.advance()
        was, cursor.bar_ends = cursor.bar_ends, False
        value = cursor.grammar.expression(cursor)
        cursor.expect(")")
        cursor.bar_ends = was
        return value
    if token.text == "[":
        return _square(cursor)
    if token.text == "{":
        return map_literal(cursor)
    raise cursor.unexpected("an expression")


def starts_pattern(cursor: Cursor, steps: int = 0) -> bool:
    """Tell whether the ``(`` that is `steps` ahead opens a vertex with an edge behind it."""
    if not cursor.is_symbol("(", steps):
        return False
    inside = steps + 1
    if cursor.is_variable(inside):
        inside += 1
    if (
        not any(cursor.is_symbol(text, inside) for text in (")", ":", "{"))
        and not cursor.is_word("WHERE", inside)
        and not cursor.ahead(inside).kind == PARAMETER
    ):
        return False
    after = cursor.partner(cursor.position + steps) - cursor.position + 1
    if cursor.is_symbol("<", after):
        after += 1
    return cursor.is_symbol("-", after) and (cursor.is_symbol("-", after + 1) or cursor.is_symbol("[", after + 1))


def _square(cursor: Cursor) -> Expr:
    at = cursor.expect("[").start
    if cursor.is_variable() and cursor.is_word("IN", 1):
        variable, items, test = _filtered(cursor, bar_ends=True)
        body = cursor.grammar.expression(cursor) if cursor.take("|") else None
        cursor.expect("]")
        return Comprehension(variable, items, test, body, at=at)
    named = cursor.is_variable() and cursor.is_symbol("=", 1)
    if starts_pattern(cursor, 2 if named else 0):
        return _pattern_comprehension(cursor, at)
    return ListOf(_items(cursor, "]"), at=at)


def _pattern_comprehension(cursor: Cursor, at: int) -> Expr:
    variable = None
    if cursor.is_symbol("=", 1):
        variable = cursor.variable()
        cursor.expect("=")
    pattern = cursor.grammar.path(cursor)
    pattern.variable = variable
    test = _condition(cursor, bar_ends=True)
    cursor.expect("|")
    body = cursor.grammar.expression(cursor)
    cursor.expect("]")
    return PatternComprehension(pattern, test, body, at=at)


def _items(cursor: Cursor, closing: str) -> list[Expr]:
    """Read expressions between commas up to `closing`."""
    items: list[Expr] = []
    if cursor.take(closing):
        return items
    while True:
        items.append(cursor.grammar.expression(cursor))
        if cursor.take(closing):
            return items
        if not cursor.take(","):
            raise cursor.unexpected(f"',' or {closing!r}")


def _condition(cursor: Cursor, *, bar_ends: bool) -> Expr | None:
    """Read ``[WHERE test]``. bar_ends: a `|` in it ends it, so that alternative labels need brackets."""
    if not cursor.take("WHERE"):
        return None
    was, cursor.bar_ends = cursor.bar_ends, bar_ends
    test = cursor.grammar.expression(cursor)
    cursor.bar_ends = was
    return test


def _filtered(cursor: Cursor, *, bar_ends: bool = False) -> tuple[str, Expr, Expr | None]:
    """Read ``variable IN items [WHERE test]``."""
    variable = cursor.variable()
    cursor.expect("IN")
    items = cursor.grammar.expression(cursor)
    return variable, items, _condition(cursor, bar_ends=bar_ends)


def map_literal(cursor: Cursor) -> Expr:
    """Read ``{name: value, ...}``."""
    at = cursor.expect("{").start
    entries: list[tuple[str, Expr]] = []
    while not cursor.take("}"):
        if entries:
            cursor.expect(",")
        name = cursor.name("a key")
        cursor.expect(":")
        entries.append((name, cursor.grammar.expression(cursor)))
    return MapOf(entries, at=at)


def _word(cursor: Cursor) -> Expr:
    token = cursor.token
    if token.kind == NAME:
        if token.word in _CONSTANTS and not cursor.is_symbol("(", 1):
            cursor.advance()
            return Literal(_CONSTANTS[token.word], at=token.start)
        special = _SPECIAL.get(token.word)
        if special is not None:
            found = special(cursor)
            if found is not None:
                return found
    name = _call_name(cursor)
    if name is not None:
        return _call(cursor, name)
    if not cursor.is_variable():
        raise cursor.unexpected("an expression")
    cursor.advance()
    variable = Variable(str(token.value), at=token.start)
    if cursor.is_symbol("{"):
        return _map_projection(cursor, variable)
    return variable


def _call_name(cursor: Cursor) -> str | None:
    """Read ``name`` or ``namespace.name`` if a ``(`` follows; else read nothing."""
    steps = 0
    while cursor.ahead(steps).kind in (NAME, QUOTED):
        if cursor.is_symbol("(", steps + 1):
            name = "".join(cursor.advance().text for _ in range(steps + 1))
            cursor.advance()
            return name
        if not cursor.is_symbol(".", steps + 1):
            return None
        steps += 2
    return None


def _call(cursor: Cursor, name: str) -> Expr:
    at = cursor.ahead(-2).start
    if name.lower() == "count" and cursor.is_symbol("*"):
        cursor.advance()
        cursor.expect(")")
        return CountStar(at=at)
    is_distinct = cursor.take("DISTINCT")
    return Call(name, _items(cursor, ")"), is_distinct, at=at)


def _map_projection(cursor: Cursor, base: Variable) -> Expr:
    at = cursor.expect("{").start
    entries: list[tuple[str, str | Expr]] = []
    while not cursor.take("}"):
        if entries:
            cursor.expect(",")
        entries.append(_projected(cursor))
    return MapProjection(base, entries, at=at)


def _projected(cursor: Cursor) -> tuple[str, str | Expr]:
    if cursor.take("."):
        return ("*", "") if cursor.take("*") else (".", cursor.name("a property name"))
    token = cursor.token
    name = cursor.name("a key")
    if cursor.take(":"):
        return name, cursor.grammar.expression(cursor)
    return name, Variable(name, at=token.start)


def _case(cursor: Cursor) -> Expr | None:
    at = cursor.expect("CASE").start
    cursor.case_depth += 1
    subject = None if cursor.is_word("WHEN") else cursor.grammar.expression(cursor)
    branches: list[tuple[Expr, Expr]] = []
    while cursor.take("WHEN"):
        tests = [cursor.grammar.expression(cursor)]
        while subject is not None and cursor.take(","):
            tests.append(cursor.grammar.expression(cursor))
        cursor.expect("THEN")
        value = cursor.grammar.expression(cursor)
        branches += [(test, value) for test in tests]
    if not branches:
        raise cursor.unexpected("WHEN")
    default = cursor.grammar.expression(cursor) if cursor.take("ELSE") else None
    cursor.expect("END")
    cursor.case_depth -= 1
    return Case(subject, branches, default, at=at)


def _quantifier(cursor: Cursor) -> Expr | None:
    if not (cursor.is_symbol("(", 1) and cursor.is_variable(2) and cursor.is_word("IN", 3)):
        return None
    token = cursor.advance()
    cursor.expect("(")
    variable, items, test = _filtered(cursor)
    cursor.expect(")")
    return Quantifier(token.word, variable, items, test, at=token.start)


def _reduce(cursor: Cursor) -> Expr | None:
    if not (cursor.is_symbol("(", 1) and cursor.is_variable(2) and cursor.is_symbol("=", 3)):
        return None
    at = cursor.advance().start
    cursor.expect("(")
    total = cursor.variable()
    cursor.expect("=")
    start = cursor.grammar.expression(cursor)
    cursor.expect(",")
    variable = cursor.variable()
    cursor.expect("IN")
    items = cursor.grammar.expression(cursor)
    cursor.expect("|")
    body = cursor.grammar.expression(cursor)
    cursor.expect(")")
    return Reduce(total, start, variable, items, body, at=at)


def _subquery(cursor: Cursor) -> Expr | None:
    if not cursor.is_symbol("{", 1):
        return None
    token = cursor.advance()
    cursor.expect("{")
    query = braced_query(cursor)
    return Subquery(token.word, query, at=token.start)


def braced_query(cursor: Cursor) -> Query:
    """Read a query, or a bare pattern with WHERE, and the ``}`` behind it."""
    cursor.subqueries += 1
    if cursor.subqueries > MAX_SUBQUERY_DEPTH:
        message = f"Subqueries are nested more than {MAX_SUBQUERY_DEPTH} levels deep."
        raise syntax("UnexpectedSyntax", message, cursor.token.start)
    case_depth, cursor.case_depth = cursor.case_depth, 0
    bar_ends, cursor.bar_ends = cursor.bar_ends, False
    if cursor.is_symbol("(") or cursor.is_symbol("=", 1):
        query = Query([[_bare_match(cursor)]])
    else:
        query = cursor.grammar.query(cursor)
    cursor.expect("}")
    cursor.case_depth = case_depth
    cursor.bar_ends = bar_ends
    cursor.subqueries -= 1
    return query


def _bare_match(cursor: Cursor) -> Match:
    at = cursor.token.start
    patterns = [cursor.grammar.path(cursor)]
    while cursor.take(","):
        patterns.append(cursor.grammar.path(cursor))
    test = cursor.grammar.expression(cursor) if cursor.take("WHERE") else None
    return Match(False, patterns, test, at=at)


def _shortest(cursor: Cursor) -> Expr | None:
    if not cursor.is_symbol("(", 1):
        return None
    at = cursor.token.start
    return ShortestPath(cursor.grammar.path(cursor), at=at)


_SPECIAL: dict[str, Callable[[Cursor], Expr | None]] = {
    "CASE": _case,
    "ALL": _quantifier,
    "ANY": _quantifier,
    "NONE": _quantifier,
    "SINGLE": _quantifier,
    "REDUCE": _reduce,
    "EXISTS": _subquery,
    "COUNT": _subquery,
    "COLLECT": _subquery,
    "SHORTESTPATH": _shortest,
    "ALLSHORTESTPATHS": _shortest,
}
