"""Binds whole queries, clause by clause: each sees the names that the one before leaves."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from graphvine.model.steps import in_one_go
from graphvine.query.bind_expressions import BINDERS, bind, bind_condition
from graphvine.query.bind_patterns import bind_create, bind_match, bind_merge
from graphvine.query.bind_projections import bind_projection
from graphvine.query.fault import Fault, syntax
from graphvine.query.hints import unknown_procedure
from graphvine.query.kinds import ANY, BOOLEAN, INTEGER, LIST, Kind, may_be
from graphvine.query.scope import Env, Frame, Scope, Symbol
from graphvine.query.tree import (
    CallProcedure,
    CallSubquery,
    Clause,
    Create,
    Delete,
    Element,
    Foreach,
    HasLabels,
    IndexCommand,
    Match,
    Merge,
    Projection,
    PropertyOf,
    Query,
    Remove,
    SetClause,
    SetItem,
    Subquery,
    Unwind,
)

_ENTITY = frozenset(("Node", "Relationship"))
_DELETABLE = _ENTITY | {"Path"}


# What SHOW INDEXES gives.
INDEX_COLUMNS = ("name", "label", "property", "entity", "state", "entries", "distinct")


class Binder:
    """Binds the clauses of one query text."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def query(self, query: Query, scope: Scope, *, is_top: bool) -> Scope:
        """Bind every branch of a query that starts with `scope`; return the scope of its result."""
        return in_one_go(self.binding(query, scope, is_top=is_top))

    def binding(self, query: Query, scope: Scope, *, is_top: bool) -> Generator[None, None, Scope]:
        """Do the same in steps: one for each part of the query."""
        after: Scope = {}
        for number, branch in enumerate(query.branches):
            after = yield from self._branch(
                branch, dict(scope), is_only=is_top and len(branch) == 1 == len(query.branches)
            )
            last = branch[-1]
            names = self._result_names(last)
            if number and names != query.columns and sorted(names) != sorted(query.columns):
                message = f"All branches of a UNION give the same columns: {', '.join(query.columns)}."
                raise syntax("DifferentColumnsInUnion", message, last.at)
            if not number:
                query.columns = names
            query.slots.append([after[name].slot for name in query.columns] if names else [])
        if len(query.branches) > 1:
            union = [self.frame.slot() for _ in query.columns]
            query.slots.append(union)
            after = {name: Symbol(slot, ANY) for name, slot in zip(query.columns, union, strict=True)}
        return {name: after[name] for name in query.columns}

    def _result_names(self, last: Clause) -> list[str]:
        if isinstance(last, Projection) and last.is_return:
            return [item.name for item in last.items]
        if isinstance(last, IndexCommand) and last.kind == "SHOW":
            return list(INDEX_COLUMNS)
        if isinstance(last, CallProcedure):
            return [name for _, name in last.outputs or []]
        return []

    def _branch(self, clauses: list[Clause], scope: Scope, *, is_only: bool) -> Generator[None, None, Scope]:
        for clause in clauses:
            yield
            if isinstance(clause, CallProcedure):
                self._call(clause, scope, is_standalone=is_only)
            elif isinstance(clause, Projection):
                scope = bind_projection(clause, scope, self.frame)
            elif isinstance(clause, Create):
                yield from self.create(clause, scope)
            elif isinstance(clause, SetClause):
                yield from self._items(clause.items, scope)
            else:
                _CLAUSES[type(clause)](self, clause, scope)
        return scope

    def _call(self, clause: CallProcedure, scope: Scope, *, is_standalone: bool) -> None:
        procedure = self.frame.procedures.get(clause.name.lower())
        if procedure is None:
            known = [each.name or key for key, each in self.frame.procedures.items()]
            message = unknown_procedure(clause.name, known)
            raise Fault("ProcedureError", "ProcedureNotFound", message, clause.at)
        if clause.arguments is None and not is_standalone:
            message = f"`{clause.name}` needs its arguments in brackets inside a larger query."
            raise syntax("InvalidArgumentPassingMode", message, clause.at)
        if clause.yields_all and not is_standalone:
            raise syntax("UnexpectedSyntax", "YIELD * is only possible when CALL is the whole query.", clause.at)
        self._bind_arguments(clause, procedure, scope)
        fields = dict(procedure.outputs)
        if clause.outputs is None:
            clause.outputs = [(name, name) for name in fields] if is_standalone or clause.yields_all else []
        for field, name in clause.outputs:
            if field not in fields:
                raise syntax("UndefinedVariable", f"`{clause.name}` gives no `{field}`.", clause.at)
            if name in scope:
                raise syntax("VariableAlreadyBound", f"The variable `{name}` is taken already.", clause.at)
            scope[name] = Symbol(self.frame.slot(), fields[field])
            clause.slots.append(scope[name].slot)
            clause.fields.append(field)
        if clause.test is not None:
            bind_condition(clause.test, Env(self.frame, scope, None, True))

    def _bind_arguments(self, clause: CallProcedure, procedure: Any, scope: Scope) -> None:
        if clause.arguments is None:
            for name, _ in procedure.inputs:
                self.frame.parameters.setdefault(name, clause.at)
            return
        kinds = [bind(argument, Env(self.frame, scope)) for argument in clause.arguments]
        if len(kinds) != len(procedure.inputs):
            message = f"`{clause.name}` takes {len(procedure.inputs)} arguments, not {len(kinds)}."
            raise syntax("InvalidNumberOfArguments", message, clause.at)
        for kind, (name, wanted) in zip(kinds, procedure.inputs, strict=True):
            names = frozenset((wanted.name,)) if wanted.name != "Number" else frozenset(("Integer", "Float", "Number"))
            if wanted.name == "Float":
                names |= {"Integer"}
            if wanted.name != "Any" and not may_be(kind, names):
                message = f"`{name}` of `{clause.name}` is a {wanted.name}, not a {kind.name}."
                raise syntax("InvalidArgumentType", message, clause.at)

    def match(self, clause: Match, scope: Scope) -> None:
        """Bind MATCH."""
        env = Env(self.frame, scope)
        bind_match(clause.patterns, env)
        if clause.test is not None:
            bind_condition(clause.test, Env(self.frame, scope, None, True))

    def unwind(self, clause: Unwind, scope: Scope) -> None:
        """Bind UNWIND."""
        kind = bind(clause.items, Env(self.frame, scope))
        clause.slot = self._new(
            clause.variable, clause.at, scope, (kind.element or ANY) if kind.name == "List" else ANY
        )

    def _new(self, name: str, at: int, scope: Scope, kind: Kind) -> int:
        if name in scope:
            raise syntax("VariableAlreadyBound", f"The variable `{name}` is taken already.", at)
        scope[name] = Symbol(self.frame.slot(), kind)
        return scope[name].slot

    def create(self, clause: Create, scope: Scope) -> Generator[None, None, None]:
        """Bind CREATE: each pattern sees the names of those before it."""
        self.frame.writes = True
        env = Env(self.frame, scope)
        for pattern in clause.patterns:
            bind_create([pattern], env)
            yield

    def merge(self, clause: Merge, scope: Scope) -> None:
        """Bind MERGE."""
        self.frame.writes = True
        bind_merge(clause.pattern, Env(self.frame, scope))
        in_one_go(self._items(clause.on_create + clause.on_match, scope))

    def remove(self, clause: Remove, scope: Scope) -> None:
        """Bind REMOVE."""
        in_one_go(self._items(clause.items, scope))

    def _items(self, items: list[SetItem], scope: Scope) -> Generator[None, None, None]:
        """Bind what SET or REMOVE changes."""
        self.frame.writes = True
        env = Env(self.frame, scope)
        for item in items:
            target = item.target.base if isinstance(item.target, (PropertyOf, Element)) else item.target
            kind = bind(target, env)
            if isinstance(item.target, Element):
                bind(item.target.index, env)
            wanted = _ENTITY if item.kind != "LABELS" else frozenset(("Node",))
            if not may_be(kind, wanted):
                message = f"Only vertices and edges can be changed, not a {kind.name}."
                raise syntax("InvalidArgumentType", message, item.at)
            if item.value is not None:
                bind(item.value, env)
            yield

    def delete(self, clause: Delete, scope: Scope) -> None:
        """Bind DELETE."""
        self.frame.writes = True
        for target in clause.targets:
            if isinstance(target, HasLabels):
                raise syntax("InvalidDelete", "DELETE takes a vertex or an edge. Labels go with REMOVE.", target.at)
            kind = bind(target, Env(self.frame, scope))
            if not may_be(kind, _DELETABLE):
                raise syntax("InvalidArgumentType", f"DELETE takes a vertex or an edge, not a {kind.name}.", target.at)

    def foreach(self, clause: Foreach, scope: Scope) -> None:
        """Bind FOREACH."""
        self.frame.writes = True
        kind = bind(clause.items, Env(self.frame, scope))
        if not may_be(kind, frozenset(("List",))):
            raise syntax("InvalidArgumentType", f"FOREACH goes over a list, not a {kind.name}.", clause.at)
        inner = dict(scope)
        clause.slot = self._new(clause.variable, clause.at, inner, kind.element or ANY)
        in_one_go(self._branch(clause.clauses, inner, is_only=False))

    def subquery_call(self, clause: CallSubquery, scope: Scope) -> None:
        """Bind CALL { }: it sees what it imports, and gives its columns."""
        if clause.imports_all:
            names = dict(scope)
        elif clause.imports is None:
            names = dict(scope) if _imports_by_with(clause.query) else {}
        else:
            names = {}
            for name in clause.imports:
                if name not in scope:
                    raise syntax("UndefinedVariable", f"The variable `{name}` is not defined.", clause.at)
                names[name] = scope[name]
        for name, symbol in self.query(clause.query, names, is_top=False).items():
            if name in scope:
                raise syntax("VariableAlreadyBound", f"The variable `{name}` is taken already.", clause.at)
            scope[name] = symbol

    def index(self, clause: IndexCommand, scope: Scope) -> None:
        """Bind an index command, which stands alone."""
        if scope:
            raise syntax("InvalidClauseComposition", "An index command is a query of its own.", clause.at)
        if clause.kind == "SHOW":
            for name in INDEX_COLUMNS:
                scope[name] = Symbol(self.frame.slot(), ANY)
                clause.slots.append(scope[name].slot)


def _imports_by_with(query: Query) -> bool:
    return all(isinstance(branch[0], Projection) and not branch[0].is_return for branch in query.branches)


def _subquery(expr: Subquery, env: Env) -> Kind:
    expr.slot = env.frame.slot()
    had_writes = env.frame.writes
    env.frame.writes = False
    binder = Binder(env.frame)
    after = binder.query(expr.query, env.scope, is_top=False)
    if env.frame.writes:
        message = f"{expr.kind} {{ }} only reads; a clause that writes can't be inside."
        raise syntax("InvalidClauseComposition", message, expr.at)
    env.frame.writes = had_writes
    if expr.kind == "COLLECT":
        if len(after) != 1:
            raise syntax("UnexpectedSyntax", "COLLECT { } returns exactly one column.", expr.at)
        return LIST
    return BOOLEAN if expr.kind == "EXISTS" else INTEGER


_CLAUSES: dict[type[Clause], Callable[[Binder, Any, Scope], None]] = {
    Match: Binder.match,
    Unwind: Binder.unwind,
    Merge: Binder.merge,
    Remove: Binder.remove,
    Delete: Binder.delete,
    Foreach: Binder.foreach,
    CallSubquery: Binder.subquery_call,
    IndexCommand: Binder.index,
}
BINDERS[Subquery] = _subquery
