"""ORDER BY without sorting: where an index can give the first vertices of a plan in the order that is asked for."""

from __future__ import annotations

from typing import NamedTuple

from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.indexes import IndexInfo, PropertyIndexes
from graphvine.query.plan_seeks import Span, in_order
from graphvine.query.steps.expands import Expand, ExpandInto, ExpandVariable
from graphvine.query.steps.flow import Distinct, Filter, Project
from graphvine.query.steps.intersect import ExpandIntersect
from graphvine.query.steps.joins import JoinScan
from graphvine.query.steps.known import KnownEdge, MakeTrail
from graphvine.query.steps.scans import Scan
from graphvine.query.steps.step import Argument, Step
from graphvine.query.steps.subplans import Gather, Optional, SemiApply
from graphvine.query.tree import Clause, Expr, Projection, PropertyOf, Variable

# Steps that give their rows in the order in which they get them.
_KEEPS_ORDER = (
    Distinct, Expand, ExpandInto, ExpandIntersect, ExpandVariable, Filter, Gather, JoinScan, KnownEdge, MakeTrail,
    Optional, Project, SemiApply,
)  # fmt: skip


class SortedProperty(NamedTuple):
    """What ORDER BY asks for: a property of the vertex in a slot."""

    slot: int
    name: str


def sorted_property(expr: Expr, clause: Projection) -> SortedProperty | None:
    """Return the property that a sort key stands for, directly or as the name of a column."""
    if isinstance(expr, Variable):
        expr = next((item.expression for item in clause.items if item.slot == expr.slot), expr)
    if isinstance(expr, PropertyOf) and isinstance(expr.base, Variable) and expr.name != ID_PROPERTY:
        return SortedProperty(expr.base.slot, expr.name)
    return None


def first_in_order(clause: Clause | None) -> SortedProperty | None:
    """Return the property by which a clause sorts, if it asks for the first rows only."""
    if not isinstance(clause, Projection) or clause.aggregates or clause.limit is None or len(clause.order) != 1:
        return None
    return sorted_property(clause.order[0].expression, clause)


def use_index_order(step: Step, wanted: SortedProperty | None, is_descending: bool, indexes: PropertyIndexes) -> bool:
    """Let the scan at the bottom of a plan read an index in order. Tell whether that was possible."""
    bottom = step
    while isinstance(bottom, _KEEPS_ORDER):
        bottom = bottom.child
    if wanted is None or not isinstance(bottom, Scan) or not isinstance(bottom.child, Argument):
        return False
    span = _span_of(bottom, wanted.name, indexes) if bottom.slot == wanted.slot else None
    if span is None:
        return False
    bottom.name = "IndexOrder"
    bottom.source = in_order(span, indexes, is_descending=is_descending)
    bottom.details += f" {wanted.name}{' DESC' if is_descending else ''}"
    return True


def _span_of(scan: Scan, name: str, indexes: PropertyIndexes) -> Span | None:
    """Return the part of an index on `name` that holds what the scan gives."""
    if isinstance(scan.span, Span):
        return scan.span if scan.span.info.property == name else None
    found: list[IndexInfo] = [index for index in indexes.declared() if index[1:] == (scan.label, name, "vertex")]
    return Span(found[0]) if found else None
