"""Ways to find a vertex without looking at all of them: what the conditions of a MATCH allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.compile_expressions import Compiler
from graphvine.query.draft import Draft
from graphvine.query.gradual import Work
from graphvine.query.indexes import IndexInfo, PropertyIndexes
from graphvine.query.parse_labels import one_of
from graphvine.query.parts import FEW, PRICE, Part
from graphvine.query.run import TooLong
from graphvine.query.steps.sources import (
    ALL_VERTICES,
    Source,
    by_id,
    by_ids,
    by_label,
    by_labels,
    looked_up,
    looked_up_one_by_one,
)
from graphvine.query.tree import Binary, Call, Compare, Constant, Expr, HasLabels, ListOf, Logic, PropertyOf, Variable
from graphvine.query.values import Row, sort_key
from graphvine.query.walk import slots

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(slots=True)
class Condition:
    """One part of WHERE that stands by itself. needs: slots of this MATCH that must be filled before it can run.

    slots: all that it reads. is_plain: there is no subquery in it.
    """

    expression: Expr
    needs: frozenset[int]
    slots: frozenset[int]
    is_plain: bool
    is_done: bool = False


class Span(NamedTuple):
    """A part of an index, from `low` to `high` (None: no bound)."""

    info: IndexInfo
    low: Part | None = None
    high: Part | None = None

    def source(self, find: Callable[[Any, Any], Iterable[Any]]) -> Source:
        """Return the source that finds what lies between the ends. A bound that is null has nothing inside."""
        has_low, has_high = self.low is not None, self.high is not None

        def found(_: Row, *ends: Any) -> Iterable[Any]:
            if any(end is None for end in ends):
                return ()
            return find(ends[0] if has_low else None, ends[-1] if has_high else None)

        return looked_up([part for part in (self.low, self.high) if part is not None], found)


class Seek(NamedTuple):
    """A way to find the vertices (or edges) of one slot. rows: expected. span: when they can come in order.

    meets, label: a condition, and a label, that whatever it finds meets for certain.
    """

    rows: float
    name: str
    details: str
    source: Source
    span: Span | None = None
    meets: Condition | None = None
    label: str | None = None


class _Bound(NamedTuple):
    """``slot.property operator value``. property: None when it is about the id.

    whole: the condition, if it says no more.
    """

    property: str | None
    operator: str
    value: Expr
    whole: Condition | None = None


def conjuncts(expr: Expr | None) -> list[Expr]:
    """Return the parts of a condition that must all hold."""
    if expr is None:
        return []
    if isinstance(expr, Logic) and expr.operator == "AND":
        return [part for operand in expr.operands for part in conjuncts(operand)]
    return [expr]


def seeks(
    slot: int,
    labels: list[str],
    conditions: list[Condition],
    known: set[int],
    compiler: Compiler,
    graph: Any,
    indexes: PropertyIndexes,
) -> list[Seek]:
    """Return the ways to find the vertices of a slot, from what is known. conditions: those that read the slot."""
    found = [label_scan(label, graph) for label in labels]
    bounds = _usable(slot, conditions, known)
    for bound in bounds:
        if bound.property is None:
            found += _by_id(bound, compiler)
    found += _index_seeks(bounds, "vertex", labels, compiler, indexes)
    found += [seek for condition in conditions for seek in _union_scans(condition, slot, graph)]
    return [*found, Seek(float(len(graph.vertices)), "AllVertices", "", ALL_VERTICES)]


def label_scan(label: str, graph: Any) -> Seek:
    """Return the way through all vertices with a label."""
    members = graph.by_label.get(label)
    rows = float(len(members) if members else 0)
    return Seek(rows, "LabelScan", f":{label}", by_label(label), label=label)


def _union_scans(condition: Condition, slot: int, graph: Any) -> list[Seek]:
    """Return the way through all vertices with one of several labels, where a condition asks for that (``n:A|B``)."""
    expr = condition.expression
    wanted = one_of(expr) if isinstance(expr, Logic) and not condition.is_done else None
    if wanted is None or any(each.slot != slot for each in _labelled(expr)):
        return []
    labels = list(dict.fromkeys(wanted))
    rows = float(sum(len(graph.by_label.get(label) or ()) for label in labels))
    return [Seek(rows, "LabelUnionScan", f":{'|'.join(labels)}", by_labels(labels), meets=condition)]


def _labelled(expr: Expr) -> list[Variable]:
    """Return what the tests of labels in an OR are about; a variable without a place for anything else."""
    tests = expr.operands if isinstance(expr, Logic) else []
    nothing = Variable("")
    return [
        test.operand if isinstance(test, HasLabels) and isinstance(test.operand, Variable) else nothing
        for test in tests
    ]


def edge_seeks(
    slot: int,
    types: list[str],
    conditions: list[Condition],
    known: set[int],
    compiler: Compiler,
    indexes: PropertyIndexes,
) -> list[Seek]:
    """Return the ways to find the edges of a slot by an index: only where they have one type."""
    if len(set(types)) != 1:
        return []
    return _index_seeks(_usable(slot, conditions, known), "edge", types[:1], compiler, indexes)


def _usable(slot: int, conditions: list[Condition], known: set[int]) -> list[_Bound]:
    """Return what the conditions say about a slot in terms of what is known."""
    found: list[_Bound] = []
    for condition in conditions:
        if not condition.needs - known - {slot}:
            bounds = [each for each in _bounds(condition.expression, slot) if slot not in slots(each.value)]
            found += [each._replace(whole=condition) for each in bounds] if len(bounds) == 1 else bounds
    return found


def _bounds(expr: Expr, slot: int) -> list[_Bound]:
    """Return what a condition says about the vertex of a slot."""
    if isinstance(expr, Compare):
        found = []
        left = expr.first
        for operator, right in expr.rest:
            if operator in _FLIPPED:
                for side, sign, value in ((left, operator, right), (right, _FLIPPED[operator], left)):
                    is_about, name = _subject(side, slot)
                    if is_about:
                        found.append(_Bound(name, sign, value))
            left = right
        return found
    if isinstance(expr, Binary) and expr.operator in ("IN", "STARTS WITH"):
        is_about, name = _subject(expr.left, slot)
        return [_Bound(name, expr.operator, expr.right)] if is_about else []
    return []


def _subject(expr: Expr, slot: int) -> tuple[bool, str | None]:
    """Tell whether `expr` is the id or a property of the vertex, and which property."""
    if isinstance(expr, PropertyOf) and isinstance(expr.base, Variable) and expr.base.slot == slot:
        return True, None if expr.name == ID_PROPERTY else expr.name
    if isinstance(expr, Call) and expr.name.lower() in ("id", "elementid"):
        argument = expr.arguments[0]
        return isinstance(argument, Variable) and argument.slot == slot, None
    return False, None


def _by_id(bound: _Bound, compiler: Compiler) -> list[Seek]:
    value = Part(bound.value, compiler)
    if bound.operator == "=":
        return [Seek(0.5, "IdSeek", "", by_id(value), meets=bound.whole)]
    return [Seek(4.0, "IdSeek", "IN", by_ids(value), meets=bound.whole)] if bound.operator == "IN" else []


def _index_seeks(
    bounds: list[_Bound], entity: str, labels: list[str], compiler: Compiler, indexes: PropertyIndexes
) -> list[Seek]:
    found: list[Seek] = []
    for index in indexes.declared():
        if index.entity == entity and index.label in labels:
            found += _seeks_of(index, [each for each in bounds if each.property == index.property], compiler, indexes)
    return found


def _seeks_of(index: IndexInfo, bounds: list[_Bound], compiler: Compiler, indexes: PropertyIndexes) -> list[Seek]:
    """Return the ways to use one index: by equality, by a prefix, and by all bounds of a range together."""
    entries, distinct = indexes.counts(index)
    each = max(entries / max(distinct, 1), 0.6)
    found: list[Seek] = []
    ends: dict[str, _Bound] = {}
    for bound in bounds:
        if bound.operator in ("=", "IN", "STARTS WITH"):
            found.append(_point_seek(index, bound, each, entries, compiler, indexes))
        else:
            ends.setdefault(bound.operator[0], bound)
    if ends:
        low, high = ends.get(">"), ends.get("<")
        span = Span(
            index,
            None if low is None else Part(low.value, compiler),
            None if high is None else Part(high.value, compiler),
        )
        rows = max(entries * (0.1 if low and high else 0.3), each)
        shown = " and ".join(end.operator for end in (low, high) if end is not None)
        found.append(_seek(rows, index, shown, span.source(lambda low, high: indexes.between(index, low, high)), span))
    return found


def _point_seek(
    index: IndexInfo, bound: _Bound, each: float, entries: int, compiler: Compiler, indexes: PropertyIndexes
) -> Seek:
    value = Part(bound.value, compiler)
    if bound.operator == "=":
        return _seek(each, index, "=", looked_up([value], lambda _, wanted: _equal(indexes, index, wanted)))
    if bound.operator == "IN":
        count = _length(bound.value)
        return _seek(each * count, index, "IN", looked_up_one_by_one(value, lambda _, one: indexes.equal(index, one)))
    rows = max(entries * 0.05, each)
    return _seek(rows, index, "STARTS WITH", looked_up([value], lambda _, wanted: _starting(indexes, index, wanted)))


def _length(expr: Expr) -> int:
    if isinstance(expr, Constant):
        return len(expr.data.value)  # type: ignore[attr-defined]
    return len(expr.items) if isinstance(expr, ListOf) else 4


def _seek(rows: float, index: IndexInfo, operator: str, find: Source, span: Span | None = None) -> Seek:
    details = f":{index.label}({index.property}) {operator}"
    return Seek(rows, "IndexSeek", details, _overlaid(find, index), span, label=index.label)


def _equal(indexes: PropertyIndexes, index: IndexInfo, wanted: Any) -> Iterable[Any]:
    return () if wanted is None else indexes.equal(index, wanted)


def _starting(indexes: PropertyIndexes, index: IndexInfo, wanted: Any) -> Iterable[Any]:
    return indexes.prefix(index, wanted) if type(wanted) is str else ()


def in_order(span: Span, indexes: PropertyIndexes, *, is_descending: bool) -> Source:
    """Return the vertices of a part of an index in the order of ORDER BY. Not for a draft."""
    index = span.info

    def find(low: Any, high: Any) -> Iterable[Any]:
        found = indexes.ordered(index, sort_key, low=low, high=high, is_descending=is_descending)
        return (cell for cell in found if index.label in cell.labels)

    return span.source(find)


def _overlaid(source: Source, index: IndexInfo) -> Source:
    """Let an index of the committed state serve a draft too: what the query has touched is looked at one by one.

    The index may give too much; the condition itself is tested again behind it.
    """
    is_edge, label = index.entity == "edge", index.label

    def has_label(entity: Any) -> bool:
        return entity is not None and (entity.type == label if is_edge else label in entity.labels)

    def now(row: Row) -> Iterable[Any]:
        if isinstance(row[0].graph, Draft):
            raise TooLong
        return (cell for cell in source.now(row) if has_label(cell))

    def later(row: Row) -> Work:
        graph, run = row[0].graph, row[0]
        cells = yield from source.cells(row)
        if not isinstance(graph, Draft):
            return (cell for cell in cells if has_label(cell))
        look = graph.find_edge if is_edge else graph.find_vertex
        found: dict[str, Any] = {}
        for number, cell in enumerate(list(cells), start=1):
            if not number % FEW and run.is_due(PRICE):
                yield None
            found[cell.id] = look(cell.id)
        found |= {entity.id: entity for entity in (graph.touched_edges() if is_edge else graph.touched_vertices())}
        return [entity for entity in found.values() if has_label(entity)]

    return Source(now, later)
