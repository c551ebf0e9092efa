"""The syntax tree of Cypher.

Two expressions compare equal when they are written alike: places and what the binder adds don't count. The binder
(`query.bind_*`) fills `slot` fields: where in a row a variable or an aggregate lives.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# The name of a vertex or an edge without one, in the conditions that its pattern holds. No text can write it.
UNNAMED = ""


def _hidden(default: int = -1) -> int:
    value: int = field(default=default, compare=False)
    return value


@dataclass(slots=True, kw_only=True)
class Expr:
    """Any expression. at: offset of its first character, or of its operator."""

    at: int = _hidden()


@dataclass(slots=True)
class Literal(Expr):
    """null, a bool, a number or text."""

    value: object


@dataclass(slots=True)
class Constant(Expr):
    """A long list of literals, read as one. data: its value and its type; the same only as itself."""

    data: object

    def __eq__(self, other: object) -> bool:
        """Long lists are not compared: two are two."""
        return self is other


@dataclass(slots=True)
class Parameter(Expr):
    """``$name``."""

    name: str


@dataclass(slots=True)
class Variable(Expr):
    """A name. slot: where its value is in a row."""

    name: str
    slot: int = _hidden()


@dataclass(slots=True)
class PropertyOf(Expr):
    """``base.name``."""

    base: Expr
    name: str


@dataclass(slots=True)
class Element(Expr):
    """``base[index]``."""

    base: Expr
    index: Expr


@dataclass(slots=True)
class Slice(Expr):
    """``base[low..high]``."""

    base: Expr
    low: Expr | None
    high: Expr | None


@dataclass(slots=True)
class ListOf(Expr):
    """``[1, 2]``."""

    items: list[Expr]


@dataclass(slots=True)
class MapOf(Expr):
    """``{a: 1}``."""

    entries: list[tuple[str, Expr]]


@dataclass(slots=True)
class Unary(Expr):
    """``-x``, ``+x`` or ``NOT x``."""

    operator: str
    operand: Expr


@dataclass(slots=True)
class Binary(Expr):
    """Arithmetic, text tests and IN: the operator in upper case, ``STARTS WITH`` included."""

    operator: str
    left: Expr
    right: Expr


@dataclass(slots=True)
class Logic(Expr):
    """AND, OR or XOR over two or more operands."""

    operator: str
    operands: list[Expr]


@dataclass(slots=True)
class Compare(Expr):
    """``a < b <= c``: every neighbouring pair must hold."""

    first: Expr
    rest: list[tuple[str, Expr]]


@dataclass(slots=True)
class IsNull(Expr):
    """``x IS NULL`` or ``x IS NOT NULL``."""

    operand: Expr
    is_negated: bool


@dataclass(slots=True)
class HasLabels(Expr):
    """``n:A:B``."""

    operand: Expr
    labels: list[str]


@dataclass(slots=True)
class Call(Expr):
    """A function or aggregate. name: as written. slot: where an aggregate's result is, -1 for a plain function."""

    name: str
    arguments: list[Expr]
    is_distinct: bool = False
    slot: int = _hidden()


@dataclass(slots=True)
class CountStar(Expr):
    """``count(*)``."""

    slot: int = _hidden()


@dataclass(slots=True)
class Case(Expr):
    """``CASE subject WHEN .. THEN .. ELSE .. END``; without subject the WHENs are conditions."""

    subject: Expr | None
    branches: list[tuple[Expr, Expr]]
    default: Expr | None


@dataclass(slots=True)
class Comprehension(Expr):
    """``[variable IN items WHERE test | body]``."""

    variable: str
    items: Expr
    test: Expr | None
    body: Expr | None
    slot: int = _hidden()


@dataclass(slots=True)
class Quantifier(Expr):
    """``all(variable IN items WHERE test)``; kind: ALL, ANY, NONE or SINGLE."""

    kind: str
    variable: str
    items: Expr
    test: Expr | None
    slot: int = _hidden()


@dataclass(slots=True)
class Reduce(Expr):
    """``reduce(total = start, variable IN items | body)``."""

    total: str
    start: Expr
    variable: str
    items: Expr
    body: Expr
    total_slot: int = _hidden()
    slot: int = _hidden()


@dataclass(slots=True)
class MapProjection(Expr):
    """``n {.name, .*, other: 1, variable}``. entries: ('.', name), ('*', '') or (key, expression)."""

    base: Variable
    entries: list[tuple[str, str | Expr]]


@dataclass(slots=True)
class VertexPattern:
    """``(variable:Label {properties} WHERE test)``. slot: of the variable, or a hidden one."""

    variable: str | None
    labels: list[str]
    properties: Expr | None
    test: Expr | None = None
    at: int = _hidden()
    slot: int = _hidden()
    is_bound: bool = field(default=False, compare=False)


@dataclass(slots=True)
class EdgePattern:
    """``-[variable:TYPE*low..high {properties}]->``. direction: 1 right, -1 left, 0 either.

    length: None for one edge; else (low, high), high None without end.
    """

    variable: str | None
    types: list[str]
    direction: int
    properties: Expr | None
    length: tuple[int, int | None] | None
    test: Expr | None = None
    at: int = _hidden()
    slot: int = _hidden()
    is_bound: bool = field(default=False, compare=False)


@dataclass(slots=True)
class PathPattern:
    """``variable = (a)-[]->(b)``. vertices has one element more than edges. kind: '', 'SHORTEST' or 'ALLSHORTEST'."""

    variable: str | None
    vertices: list[VertexPattern]
    edges: list[EdgePattern]
    kind: str = ""
    at: int = _hidden()
    slot: int = _hidden()

    def parts(self) -> list[VertexPattern | EdgePattern]:
        """Return the vertices, then the edges."""
        return [*self.vertices, *self.edges]


@dataclass(slots=True)
class PatternTest(Expr):
    """``(a)-->(b)`` as a condition."""

    pattern: PathPattern


@dataclass(slots=True)
class PatternComprehension(Expr):
    """``[p = (a)-->(b) WHERE test | body]``."""

    pattern: PathPattern
    test: Expr | None
    body: Expr
    slot: int = _hidden()
    is_gathered: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Subquery(Expr):
    """``EXISTS { .. }``, ``COUNT { .. }`` or ``COLLECT { .. }``.

    slot: for its value, where the planner lets a step of its own compute it (is_gathered).
    """

    kind: str
    query: Query
    slot: int = _hidden()
    is_gathered: bool = field(default=False, compare=False)


@dataclass(slots=True)
class ShortestPath(Expr):
    """``shortestPath((a)-[*]->(b))`` as a value."""

    pattern: PathPattern
    slot: int = _hidden()


@dataclass(slots=True)
class Clause:
    """Any clause. at: offset of its keyword."""

    at: int = field(default=-1, compare=False, kw_only=True)


@dataclass(slots=True)
class Match(Clause):
    """``[OPTIONAL] MATCH patterns WHERE test``."""

    is_optional: bool
    patterns: list[PathPattern]
    test: Expr | None


@dataclass(slots=True)
class Unwind(Clause):
    """``UNWIND items AS variable``."""

    items: Expr
    variable: str
    slot: int = _hidden()


@dataclass(slots=True)
class Item:
    """One column. name: alias, or the text as written. is_named: an alias was given, or it is a plain variable."""

    expression: Expr
    name: str
    is_named: bool
    at: int = _hidden()
    slot: int = _hidden()


@dataclass(slots=True)
class SortKey:
    """One ORDER BY element."""

    expression: Expr
    is_descending: bool


@dataclass(slots=True)
class Projection(Clause):
    """``WITH`` or ``RETURN``. has_star: ``*`` came first.

    The binder adds: aggregates: every aggregate call of its items and order; grouped: items without any.
    """

    is_return: bool
    is_distinct: bool
    has_star: bool
    items: list[Item]
    order: list[SortKey]
    skip: Expr | None
    limit: Expr | None
    test: Expr | None
    aggregates: list[Call | CountStar] = field(default_factory=list, compare=False)
    grouped: list[Item] = field(default_factory=list, compare=False)


@dataclass(slots=True)
class Create(Clause):
    """``CREATE patterns``."""

    patterns: list[PathPattern]


@dataclass(slots=True)
class SetItem:
    """One change. kind: ``=`` and ``+=`` (target a property, an element by name, or a variable), ``LABELS``."""

    kind: str
    target: Expr
    value: Expr | None
    labels: list[str]
    at: int = _hidden()


@dataclass(slots=True)
class SetClause(Clause):
    """``SET items``."""

    items: list[SetItem]


@dataclass(slots=True)
class Remove(Clause):
    """``REMOVE n.name, n:Label``: items of kind ``=`` without value, or ``LABELS``."""

    items: list[SetItem]


@dataclass(slots=True)
class Delete(Clause):
    """``[DETACH] DELETE targets``."""

    is_detach: bool
    targets: list[Expr]


@dataclass(slots=True)
class Merge(Clause):
    """``MERGE pattern ON CREATE SET .. ON MATCH SET ..``."""

    pattern: PathPattern
    on_create: list[SetItem]
    on_match: list[SetItem]


@dataclass(slots=True)
class Foreach(Clause):
    """``FOREACH (variable IN items | clauses)``."""

    variable: str
    items: Expr
    clauses: list[Clause]
    slot: int = _hidden()


@dataclass(slots=True)
class CallProcedure(Clause):
    """``CALL name(arguments) YIELD ..``.

    arguments: None when no parentheses were written. outputs: (field, variable) pairs; None without YIELD.
    """

    name: str
    arguments: list[Expr] | None
    outputs: list[tuple[str, str]] | None
    yields_all: bool
    test: Expr | None
    slots: list[int] = field(default_factory=list, compare=False)
    fields: list[str] = field(default_factory=list, compare=False)


@dataclass(slots=True)
class CallSubquery(Clause):
    """``CALL { query }``.

    imports: names in ``CALL (a, b) { .. }``, None for the older form. imports_all: ``CALL (*) { .. }``.
    """

    query: Query
    imports: list[str] | None = None
    imports_all: bool = False


@dataclass(slots=True)
class IndexCommand(Clause):
    """``CREATE INDEX``, ``DROP INDEX`` or ``SHOW INDEXES``. kind: CREATE, DROP or SHOW. label: or an edge type."""

    kind: str
    name: str | None = None
    label: str = ""
    property: str = ""
    entity: str = "vertex"
    is_lenient: bool = False
    slots: list[int] = field(default_factory=list, compare=False)


@dataclass(slots=True)
class Query:
    """One or more branches joined by UNION. columns: of the result, filled by the binder."""

    branches: list[list[Clause]]
    is_all: bool = False
    at: int = _hidden()
    columns: list[str] = field(default_factory=list, compare=False)
    slots: list[list[int]] = field(default_factory=list, compare=False)


@dataclass(slots=True)
class Statement:
    """A whole text. mode: '', EXPLAIN or PROFILE."""

    mode: str
    query: Query
