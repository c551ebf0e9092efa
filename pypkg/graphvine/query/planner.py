"""Bound clauses to the steps that run them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

# Imported for what they add to the tables of the compiler and the binder.
from graphvine.model.steps import in_one_go
from graphvine.query import compile_collections as compile_collections
from graphvine.query import compile_paused as compile_paused
from graphvine.query.compile_expressions import Compiler
from graphvine.query.functions.catalog import aggregate
from graphvine.query.indexes import IndexCommand, IndexInfo, PropertyIndexes
from graphvine.query.parts import Part, parts_of
from graphvine.query.plan_counts import counted
from graphvine.query.plan_match import MatchPlanner, Steps
from graphvine.query.plan_order import SortedProperty, first_in_order, sorted_property, use_index_order
from graphvine.query.plan_seeks import conjuncts
from graphvine.query.plan_writes import plan_create, plan_delete, plan_foreach, plan_merge, plan_update
from graphvine.query.procedures import Procedure
from graphvine.query.readers import reader
from graphvine.query.steps.collecting import Column
from graphvine.query.steps.commands import IndexList, IndexStep
from graphvine.query.steps.flow import CallProcedure as CallProcedureStep
from graphvine.query.steps.flow import Count, Distinct, Filter, Limit, Project, Skip, Unwind
from graphvine.query.steps.grouping import Group
from graphvine.query.steps.sorting import Sort
from graphvine.query.steps.step import Argument, Step
from graphvine.query.steps.subplans import Apply, Gather, Optional, SemiApply, Union
from graphvine.query.storable import storable_names
from graphvine.query.tree import (
    Call,
    CallProcedure,
    CallSubquery,
    Clause,
    CountStar,
    Create,
    Delete,
    Expr,
    Foreach,
    Match,
    Merge,
    Parameter,
    PathPattern,
    PatternComprehension,
    PatternTest,
    Projection,
    Query,
    Remove,
    SetClause,
    Subquery,
    Unary,
    Variable,
)
from graphvine.query.tree import IndexCommand as IndexClause
from graphvine.query.tree import (
    Unwind as UnwindClause,
)
from graphvine.query.walk import unconditional


class Planner:
    """Plans one query against the counts and indexes of a graph. is_reading: the query changes nothing."""

    def __init__(self, graph: Any, indexes: PropertyIndexes, procedures: Mapping[str, Procedure]) -> None:
        self.graph = graph
        self.indexes = indexes
        self.procedures = procedures
        self.compiler = Compiler(self)
        self.is_reading = False
        self.wanted: SortedProperty | None = None

    def planning(self, query: Query) -> Generator[None, None, tuple[Step, list[int]]]:
        """Return, in steps, the plan of a query, starting from the outer row, and the slots of its columns."""
        branches: list[Step] = []
        for clauses in query.branches:
            branch = yield from self._clauses(clauses, Argument())
            branches.append(branch)
        if len(branches) == 1:
            return branches[0], query.slots[0]
        estimate = sum(each.estimate for each in branches)
        target = query.slots[-1]
        step: Step = Union(branches, query.slots[:-1], target, estimate=estimate)
        if not query.is_all:
            step = Distinct(step, target, estimate=estimate)
        return step, target

    def clauses(self, clauses: list[Clause], step: Step) -> Step:
        """Return the plan of clauses on top of a step."""
        return in_one_go(self._clauses(clauses, step))

    def _clauses(self, clauses: list[Clause], step: Step) -> Steps:
        for clause, following in zip(clauses, [*clauses[1:], None], strict=True):
            self.wanted = first_in_order(following) if self.is_reading else None
            made = _CLAUSES[type(clause)](self, clause, step)
            step = made if isinstance(made, Step) else (yield from made)
            yield
        return step

    def subquery(self, query: Query) -> tuple[Step, list[int]]:
        """Return the plan of a subquery inside an expression."""
        return in_one_go(self.planning(query))

    def pattern(self, patterns: list[PathPattern], test: Expr | None) -> Step:
        """Return the plan of patterns inside an expression."""
        return self.match(patterns, test, Argument())

    def match(
        self,
        patterns: list[PathPattern],
        test: Expr | None,
        step: Step,
        seeded: frozenset[int] = frozenset(),
        wanted: SortedProperty | None = None,
    ) -> Step:
        """Return the plan of MATCH on top of a step."""
        return in_one_go(self.matching(patterns, test, step, seeded, wanted))

    def matching(
        self,
        patterns: list[PathPattern],
        test: Expr | None,
        step: Step,
        seeded: frozenset[int] = frozenset(),
        wanted: SortedProperty | None = None,
    ) -> Steps:
        """Do the same in steps."""
        return MatchPlanner(patterns, test, self.compiler, self.graph, self.indexes, seeded, wanted).planning(step)

    def filtered(self, step: Step, test: Expr | None) -> Step:
        """Return a step that keeps the rows for which a condition holds."""
        for part in conjuncts(test):
            step = self._condition(step, part)
        return step

    def _condition(self, step: Step, expr: Expr) -> Step:
        is_negated = isinstance(expr, Unary) and expr.operator == "NOT"
        inner = expr.operand if isinstance(expr, Unary) and is_negated else expr
        if isinstance(inner, PatternTest):
            return SemiApply(step, self.pattern([inner.pattern], None), is_negated=is_negated, estimate=step.estimate)
        if isinstance(inner, Subquery) and inner.kind == "EXISTS":
            return SemiApply(step, self.subquery(inner.query)[0], is_negated=is_negated, estimate=step.estimate)
        return Filter(step, reader(expr, self.compiler), expr.at, estimate=step.estimate * 0.3)

    # -- clauses ------------------------------------------------------------------------------------------------------

    def _match(self, clause: Match, step: Step) -> Steps:
        if not clause.is_optional:
            wanted, self.wanted = self.wanted, None
            return (yield from self.matching(clause.patterns, clause.test, step, wanted=wanted))
        inner = yield from self.matching(clause.patterns, clause.test, Argument())
        known: set[int] = set()
        fresh: dict[int, None] = {}
        for pattern in clause.patterns:
            for part in pattern.parts():
                if part.is_bound and part.slot not in fresh:
                    known.add(part.slot)
                elif part.slot not in known:
                    fresh[part.slot] = None
            fresh[pattern.slot] = None
        return Optional(step, inner, list(fresh), estimate=step.estimate * max(inner.estimate, 1.0))

    def _unwind(self, clause: UnwindClause, step: Step) -> Step:
        step = self.gathered(step, [clause.items])
        items = Part(clause.items, self.compiler)
        return Unwind(step, items, clause.slot, details=clause.variable, estimate=step.estimate * 10)

    def _projection(self, clause: Projection, step: Step) -> Step:
        if clause.aggregates:
            step = self._group(clause, step)
        else:
            step = self._computed(clause, step)
        if clause.is_distinct:
            step = Distinct(step, [item.slot for item in clause.items], estimate=step.estimate)
        step = self._cut(clause, step)
        return self.filtered(step, clause.test)

    def gathered(self, step: Step, exprs: list[Expr]) -> Step:
        """Let steps of their own compute the subqueries in some expressions, so that they can pause."""
        for expr in exprs:
            for found in unconditional(expr):
                step = self._gather(step, found)
        return step

    def _gather(self, step: Step, expr: Subquery | PatternComprehension) -> Step:
        if isinstance(expr, Subquery):
            inner, columns = self.subquery(expr.query)
            read = Part(Variable("", columns[0]), self.compiler) if expr.kind == "COLLECT" else None
            kind = expr.kind
        else:
            inner, kind = self.pattern([expr.pattern], expr.test), "COLLECT"
            read = Part(expr.body, self.compiler)
        expr.is_gathered = True
        return Gather(step, inner, kind, expr.slot, read, estimate=step.estimate)

    def _computed(self, clause: Projection, step: Step) -> Step:
        step = self.gathered(step, [item.expression for item in clause.items])
        fresh = [item for item in clause.items if not _is_in_place(item.expression, item.slot)]
        if not fresh:
            return step
        columns = [(item.slot, reader(item.expression, self.compiler)) for item in fresh]
        return Project(step, columns, details=", ".join(item.name for item in fresh), estimate=step.estimate)

    def _group(self, clause: Projection, step: Step) -> Step:
        step = self.gathered(step, [item.expression for item in clause.grouped])
        step = self.gathered(step, [part for call in clause.aggregates for part in getattr(call, "arguments", ())])
        keys = [(item.slot, reader(item.expression, self.compiler)) for item in clause.grouped]
        columns = [self._column(call) for call in clause.aggregates]
        names = ", ".join(item.name for item in clause.grouped)
        estimate = max(step.estimate**0.5, 1.0) if keys else 1.0
        step = counted(step, clause) or Group(step, keys, columns, details=names, estimate=estimate)
        grouped = {id(item) for item in clause.grouped}
        rest = [(item.slot, reader(item.expression, self.compiler)) for item in clause.items if id(item) not in grouped]
        return Project(step, rest, estimate=estimate)

    def _column(self, call: Call | CountStar) -> Column:
        if isinstance(call, CountStar):
            return Column(call.slot, aggregate("*"), [], False, call.at)
        arguments = [reader(argument, self.compiler) for argument in call.arguments]
        found = aggregate(call.name)
        return Column(call.slot, found, arguments, call.is_distinct, call.at, hasattr(found.make(), "values"))

    def _cut(self, clause: Projection, step: Step) -> Step:
        skip, limit = (None if expr is None else Count(expr, self.compiler) for expr in (clause.skip, clause.limit))
        if clause.order and not self._ordered_by_index(clause, step):
            keys = [(reader(key.expression, self.compiler), key.is_descending) for key in clause.order]
            keep = [count for count in (skip, limit) if count is not None] if limit is not None else []
            step = Sort(step, keys, keep, estimate=step.estimate)
        if skip is not None:
            step = Skip(step, skip, estimate=step.estimate)
        if limit is not None:
            step = Limit(step, limit, estimate=min(step.estimate, 100.0))
        return step

    def _ordered_by_index(self, clause: Projection, step: Step) -> bool:
        """Let the scan that everything starts from give its vertices in order, where an index can."""
        if not self.is_reading or clause.aggregates or len(clause.order) != 1:
            return False
        key = clause.order[0]
        return use_index_order(step, sorted_property(key.expression, clause), key.is_descending, self.indexes)

    def _call(self, clause: CallProcedure, step: Step) -> Step:
        procedure = self.procedures[clause.name.lower()]
        arguments = clause.arguments
        if arguments is None:
            arguments = [Parameter(name, at=clause.at) for name, _ in procedure.inputs]
        positions = {name: number for number, (name, _) in enumerate(procedure.outputs)}
        columns = [(positions[name], slot) for name, slot in zip(clause.fields, clause.slots, strict=True)]
        compiled = parts_of(arguments, self.compiler)
        step = CallProcedureStep(step, procedure, compiled, columns, details=clause.name, estimate=step.estimate * 10)
        return self.filtered(step, clause.test)

    def _call_subquery(self, clause: CallSubquery, step: Step) -> Steps:
        inner, columns = yield from self.planning(clause.query)
        return Apply(step, inner, gives_rows=bool(columns), estimate=step.estimate * max(inner.estimate, 1.0))

    def _index(self, clause: IndexClause, step: Step) -> Step:
        if clause.kind == "SHOW":
            return IndexList(step, self.indexes, clause.slots)
        prefix = "edge_" if clause.entity == "edge" else ""
        name = clause.name or f"{prefix}{clause.label}_{clause.property}"
        if clause.kind == "CREATE":
            storable_names("A name of an index", (clause.label, clause.property, name), clause.at)
        index = IndexInfo(name, clause.label, clause.property, clause.entity)
        return IndexStep(step, IndexCommand(clause.kind, index, clause.is_lenient), self.indexes, clause.at)

    def _create(self, clause: Create, step: Step) -> Steps:
        return plan_create(self, clause, step)

    def _merge(self, clause: Merge, step: Step) -> Step:
        return plan_merge(self, clause, step)

    def _update(self, clause: SetClause | Remove, step: Step) -> Steps:
        return plan_update(self, clause, step)

    def _delete(self, clause: Delete, step: Step) -> Step:
        return plan_delete(self, clause, step)

    def _foreach(self, clause: Foreach, step: Step) -> Step:
        return plan_foreach(self, clause, step)


def _is_in_place(expr: Expr, slot: int) -> bool:
    return isinstance(expr, Variable) and expr.slot == slot


_CLAUSES: dict[type[Clause], Callable[[Planner, Any, Step], Step | Steps]] = {
    Match: Planner._match,
    UnwindClause: Planner._unwind,
    Projection: Planner._projection,
    CallProcedure: Planner._call,
    CallSubquery: Planner._call_subquery,
    Create: Planner._create,
    Merge: Planner._merge,
    SetClause: Planner._update,
    Remove: Planner._update,
    Delete: Planner._delete,
    Foreach: Planner._foreach,
    IndexClause: Planner._index,
}
