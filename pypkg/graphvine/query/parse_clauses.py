"""Clauses and whole queries.

Source: openCypher 9 grammar, from ``oC_Cypher`` down to the clauses; subqueries and index commands as in common use.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from graphvine.model.steps import in_one_go
from graphvine.query.constants import folding
from graphvine.query.cursor import Cursor, Grammar
from graphvine.query.fault import syntax
from graphvine.query.parse_atoms import braced_query
from graphvine.query.parse_expressions import expression
from graphvine.query.parse_patterns import path
from graphvine.query.parse_updates import UPDATES, setting, sort_key
from graphvine.query.tokens import END, NAME, tokenizing
from graphvine.query.tree import (
    CallProcedure,
    CallSubquery,
    Clause,
    Create,
    Expr,
    IndexCommand,
    Item,
    Match,
    PathPattern,
    Projection,
    Query,
    Statement,
    Unwind,
    Variable,
)

# Clauses of one query. Each is a step that rows pass through, one inside the other.
MAX_CLAUSES = 300


def parse(text: str) -> Statement:
    """Return the tree of a query text, or raise Fault."""
    return in_one_go(parsing(text))


def parsing(text: str) -> Generator[None, None, Statement]:
    """Do the same in steps: one for each part of the query."""
    tokens = yield from folding((yield from tokenizing(text)))
    cursor = Cursor(text, Grammar(expression, path, query), tokens)
    mode = cursor.advance().word if cursor.is_word("EXPLAIN") or cursor.is_word("PROFILE") else ""
    whole = yield from _query(cursor)
    cursor.take(";")
    if cursor.token.kind != END:
        if cursor.is_symbol(";", -1):
            raise syntax("UnexpectedSyntax", "One query at a time: this is a second one.", cursor.token.start)
        raise cursor.unexpected("a clause")
    return Statement(mode, whole)


def query(cursor: Cursor) -> Query:
    """Read clauses, and further branches behind UNION."""
    return in_one_go(_query(cursor))


def _query(cursor: Cursor) -> Generator[None, None, Query]:
    whole = Query([(yield from _branch(cursor))], at=cursor.token.start)
    kinds: set[bool] = set()
    while cursor.is_word("UNION"):
        at = cursor.advance().start
        kinds.add(cursor.take("ALL"))
        if len(kinds) > 1:
            raise syntax("InvalidClauseComposition", "UNION and UNION ALL can't be mixed in one query.", at)
        if not kinds == {True}:
            cursor.take("DISTINCT")
        whole.branches.append((yield from _branch(cursor)))
        if len(whole.branches) > MAX_CLAUSES:
            raise syntax("UnexpectedSyntax", f"A query has at most {MAX_CLAUSES} branches.", at)
    whole.is_all = kinds == {True}
    return whole


def _branch(cursor: Cursor) -> Generator[None, None, list[Clause]]:
    clauses: list[Clause] = []
    while True:
        cursor.begin_part()
        yield
        token = cursor.token
        reader = _CLAUSES.get(token.word) if token.kind == NAME else None
        if reader is None:
            break
        if clauses and isinstance(clauses[-1], Projection) and clauses[-1].is_return:
            raise cursor.unexpected("nothing behind RETURN")
        in_steps = _IN_STEPS.get(token.word)
        clause = reader(cursor) if in_steps is None else (yield from in_steps(cursor))
        clause.at = token.start
        if isinstance(clause, Create) and clauses and isinstance(clauses[-1], Create):
            clauses[-1].patterns += clause.patterns
            continue
        clauses.append(clause)
        if len(clauses) > MAX_CLAUSES:
            raise syntax("UnexpectedSyntax", f"A query has at most {MAX_CLAUSES} clauses.", token.start)
    if not clauses:
        raise cursor.unexpected("a clause such as MATCH, CREATE or RETURN")
    _check_end(cursor, clauses)
    return clauses


def _check_end(cursor: Cursor, clauses: list[Clause]) -> None:
    last = clauses[-1]
    if cursor.subqueries or not isinstance(last, (Match, Unwind)):
        if not (isinstance(last, Projection) and not last.is_return):
            return
        if cursor.subqueries:
            return
    raise cursor.unexpected("RETURN or a clause that writes")


def _match(cursor: Cursor) -> Clause:
    is_optional = cursor.take("OPTIONAL")
    if is_optional and cursor.is_word("CALL"):
        message = "CALL can't be optional: use CALL { OPTIONAL MATCH ... RETURN ... }."
        raise syntax("UnexpectedSyntax", message, cursor.token.start)
    cursor.expect("MATCH")
    patterns = _patterns(cursor)
    test = expression(cursor) if cursor.take("WHERE") else None
    return Match(is_optional, patterns, test)


def _patterns(cursor: Cursor) -> list[PathPattern]:
    patterns = [path(cursor)]
    while cursor.take(","):
        patterns.append(path(cursor))
    return patterns


def _unwind(cursor: Cursor) -> Clause:
    cursor.expect("UNWIND")
    items = expression(cursor)
    cursor.expect("AS")
    return Unwind(items, cursor.variable())


def _projection(cursor: Cursor) -> Clause:
    is_return = cursor.advance().word == "RETURN"
    is_distinct = cursor.take("DISTINCT")
    has_star = cursor.take("*")
    items: list[Item] = []
    if not has_star or cursor.take(","):
        items.append(_item(cursor))
        while cursor.take(","):
            items.append(_item(cursor))
    order = []
    if cursor.take("ORDER"):
        cursor.expect("BY")
        order.append(sort_key(cursor))
        while cursor.take(","):
            order.append(sort_key(cursor))
    skip = expression(cursor) if cursor.take("SKIP") or cursor.take("OFFSET") else None
    limit = expression(cursor) if cursor.take("LIMIT") else None
    test = expression(cursor) if not is_return and cursor.take("WHERE") else None
    return Projection(is_return, is_distinct, has_star, items, order, skip, limit, test)


def _item(cursor: Cursor) -> Item:
    first = cursor.position
    value = expression(cursor)
    written = cursor.source(first)
    at = cursor.tokens[first].start
    if cursor.take("AS"):
        return Item(value, cursor.variable(), True, at=at)
    if isinstance(value, Variable):
        return Item(value, value.name, True, at=at)
    return Item(value, written, False, at=at)


def _call(cursor: Cursor) -> Clause:
    cursor.expect("CALL")
    if cursor.take("{"):
        return CallSubquery(braced_query(cursor))
    if cursor.is_symbol("("):
        return _scoped_subquery(cursor)
    name = cursor.name("a procedure")
    while cursor.take("."):
        name += "." + cursor.name("a procedure")
    call = CallProcedure(name, _arguments(cursor), None, False, None)
    if cursor.take("YIELD"):
        _yield(cursor, call)
    return call


def _scoped_subquery(cursor: Cursor) -> Clause:
    cursor.expect("(")
    if cursor.take("*", ")", "{"):
        return CallSubquery(braced_query(cursor), imports_all=True)
    imports: list[str] = []
    while not cursor.take(")"):
        if imports:
            cursor.expect(",")
        imports.append(cursor.variable())
    cursor.expect("{")
    return CallSubquery(braced_query(cursor), imports)


def _arguments(cursor: Cursor) -> list[Expr] | None:
    if not cursor.take("("):
        return None
    arguments: list[Expr] = []
    while not cursor.take(")"):
        if arguments:
            cursor.expect(",")
        arguments.append(expression(cursor))
    return arguments


def _yield(cursor: Cursor, call: CallProcedure) -> None:
    if cursor.take("*"):
        call.yields_all = True
        return
    if cursor.take("-"):
        call.outputs = []
        return
    call.outputs = []
    while True:
        field = cursor.variable()
        call.outputs.append((field, cursor.variable() if cursor.take("AS") else field))
        if not cursor.take(","):
            break
    call.test = expression(cursor) if cursor.take("WHERE") else None


def _create(cursor: Cursor) -> Generator[None, None, Clause]:
    cursor.expect("CREATE")
    if cursor.is_word("INDEX") or cursor.is_word("RANGE") and cursor.is_word("INDEX", 1):
        cursor.take("RANGE")
        cursor.expect("INDEX")
        return _create_index(cursor)
    patterns = [path(cursor)]
    while cursor.take(","):
        cursor.begin_part()
        yield
        patterns.append(path(cursor))
    return Create(patterns)


def _create_index(cursor: Cursor) -> Clause:
    """Read what follows ``CREATE INDEX``: ``[name] [IF NOT EXISTS] FOR (n:Label) ON (n.property)``.

    An edge is ``FOR ()-[r:TYPE]-()``. The older ``ON :Label(property)`` is understood, too.
    """
    command = IndexCommand("CREATE")
    if not cursor.is_word("FOR") and not cursor.is_word("IF") and not cursor.is_word("ON"):
        command.name = cursor.name("the name of an index")
    command.is_lenient = cursor.take("IF", "NOT", "EXISTS")
    if cursor.take("ON"):
        return _old_index(cursor, command)
    cursor.expect("FOR", "(")
    variable = _indexed_edge(cursor, command) if cursor.take(")") else _indexed_vertex(cursor, command)
    cursor.expect("ON", "(")
    if cursor.variable() != variable:
        raise syntax("UndefinedVariable", f"The index is for {variable}.", cursor.ahead(-1).start)
    cursor.expect(".")
    command.property = cursor.name("a property name")
    if cursor.is_word(","):
        raise syntax("UnexpectedSyntax", "An index has one property. Make one index for each.", cursor.token.start)
    cursor.expect(")")
    return command


def _indexed_vertex(cursor: Cursor, command: IndexCommand) -> str:
    """Read ``n:Label)``."""
    variable = cursor.variable()
    cursor.expect(":")
    command.label = cursor.name("a label")
    cursor.expect(")")
    return variable


def _indexed_edge(cursor: Cursor, command: IndexCommand) -> str:
    """Read ``-[r:TYPE]-()``, or with an arrow."""
    command.entity = "edge"
    cursor.take("<")
    cursor.expect("-", "[")
    variable = cursor.variable()
    cursor.expect(":")
    command.label = cursor.name("an edge type")
    cursor.expect("]", "-")
    cursor.take(">")
    cursor.expect("(", ")")
    return variable


def _old_index(cursor: Cursor, command: IndexCommand) -> Clause:
    cursor.expect(":")
    command.label = cursor.name("a label")
    cursor.expect("(")
    command.property = cursor.name("a property name")
    cursor.expect(")")
    return command


def _drop(cursor: Cursor) -> Clause:
    cursor.expect("DROP", "INDEX")
    command = IndexCommand("DROP")
    if cursor.take("ON"):
        return _old_index(cursor, command)
    command.name = cursor.name("the name of an index")
    command.is_lenient = cursor.take("IF", "EXISTS")
    return command


def _show(cursor: Cursor) -> Clause:
    cursor.expect("SHOW")
    if not cursor.take("INDEX"):
        cursor.expect("INDEXES")
    return IndexCommand("SHOW")


_CLAUSES: dict[str, Callable[[Cursor], Clause]] = UPDATES | {
    "MATCH": _match,
    "OPTIONAL": _match,
    "UNWIND": _unwind,
    "WITH": _projection,
    "RETURN": _projection,
    "CALL": _call,
    "CREATE": lambda cursor: in_one_go(_create(cursor)),
    "DROP": _drop,
    "SHOW": _show,
}
# Those that may go on for long, with a chance to pause behind each element.
_IN_STEPS: dict[str, Callable[[Cursor], Generator[None, None, Clause]]] = {"CREATE": _create, "SET": setting}
