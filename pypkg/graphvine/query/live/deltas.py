"""Keeps the matches of a query, and changes only those that hold a changed vertex or edge.

For each element of the pattern there is a plan that starts from it: a cell that has changed is put at each place that
it could have, and the plan finds the matches around it. What this costs depends on the neighbourhood of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from graphvine.model.steps import in_one_go
from graphvine.query.compile_expressions import Compiler
from graphvine.query.convert import Exporter
from graphvine.query.fault import Fault, limit_error
from graphvine.query.functions.catalog import aggregate
from graphvine.query.gradual import Work, sorting_key_of
from graphvine.query.live.outputs import Cut, Output, Outputs
from graphvine.query.live.shape import Shape, element_slots
from graphvine.query.live.stages import Stages
from graphvine.query.live.totals import Total, make_total
from graphvine.query.parts import Part, parts_of, values_of
from graphvine.query.planner import Planner
from graphvine.query.run import TooLong
from graphvine.query.steps.flow import Count
from graphvine.query.steps.sorting import Reversed
from graphvine.query.steps.step import Argument, Step
from graphvine.query.tree import Call, CountStar
from graphvine.query.values import Row, group_key, sort_key

# The cells of a match, vertices first.
MatchKey = tuple[Any, ...]


class Matches:
    """All matches of a pattern, by the cells that they hold."""

    def __init__(
        self, shape: Shape, planner: Planner, run: Any, width: int, columns: RowColumns | GroupColumns
    ) -> None:
        vertices, edges = element_slots(shape.match)
        self._slots = [*vertices, *edges]
        self._run = run
        self._width = width
        self._columns = columns
        self._known: dict[MatchKey, None] = {}
        self._by_cell: dict[Any, dict[MatchKey, None]] = {}
        self._shape = shape
        self.plan(planner)

    def plan(self, planner: Planner) -> None:
        """Plan with the indexes and counts of now. What is known stays."""
        shape = self._shape
        vertices, edges = element_slots(shape.match)
        self._all = self._plan(shape, planner, frozenset())
        self._from_vertex = [(slot, self._plan(shape, planner, frozenset((slot,)))) for slot in vertices]
        self._from_edge = [(slot, self._plan(shape, planner, frozenset((slot,)))) for slot in edges]

    @staticmethod
    def _plan(shape: Shape, planner: Planner, seeded: frozenset[int]) -> Step:
        return planner.match(shape.match.patterns, shape.match.test, Argument(), seeded)

    def fill(self) -> Iterator[None]:
        """Find all matches, in slices."""
        yield from self._find(self._all, self._empty())
        yield from self._columns.settle()

    def update(self, cells: Iterable[Any]) -> Iterator[None]:
        """Take in that cells have changed, come or gone, in slices."""
        touched, run = list(cells), self._run
        for cell in touched:
            for key in list(self._by_cell.get(cell, ())):
                if run.is_due(64):
                    yield None
                self._forget(key)
        graph = self._run.graph
        for cell in touched:
            is_edge = hasattr(cell, "target")
            present = (graph.edges if is_edge else graph.vertices).get(cell.id)
            if present is not cell:
                continue
            for slot, plan in self._from_edge if is_edge else self._from_vertex:
                row = self._empty()
                row[slot] = cell
                yield from self._find(plan, row)
        yield from self._columns.settle()

    def _empty(self) -> Row:
        row: Row = [None] * self._width
        row[0] = self._run
        return row

    def _find(self, plan: Step, start: Row) -> Iterator[None]:
        slots, known, run = self._slots, self._known, self._run
        for row in plan.open(start):
            if row is None:
                yield None
                continue
            key = tuple([row[slot] for slot in slots])
            if key in known:
                continue
            if len(known) >= run.limits.max_rows:
                raise limit_error("RowLimit", f"A live query holds at most {run.limits.max_rows:,} matches.")
            try:
                found = self._columns.read(row)
            except TooLong:
                found = yield from self._columns.reading(row)
            known[key] = None
            for cell in key:
                self._by_cell.setdefault(cell, {})[key] = None
            if found is not None:
                yield from self._columns.add(key, *found)

    def _forget(self, key: MatchKey) -> None:
        del self._known[key]
        for cell in dict.fromkeys(key):
            keys = self._by_cell[cell]
            del keys[key]
            if not keys:
                del self._by_cell[cell]
        self._columns.remove(key)

    def __len__(self) -> int:
        return len(self._known)


class Target:
    """Where rows go, and under which names. outputs: of a UNION, shared by its branches; branch: which one it is."""

    def __init__(self, outputs: Outputs | None = None, branch: int = 0) -> None:
        self.outputs = outputs
        self.branch = branch


class _Tail:
    """What follows the columns: WHERE, more projections, and ORDER BY, SKIP, LIMIT and DISTINCT of the last."""

    def __init__(self, shape: Shape, compiler: Compiler, run: Any, target: Target) -> None:
        last = (shape.after or [shape.projection])[-1]
        self._stages = Stages(shape.after, compiler, shape.projection)
        self._slots = shape.slots
        self._keys = [(Part(key.expression, compiler), key.is_descending) for key in last.order]
        self._run = run
        self._branch = target.branch
        start: Row = [run]
        skip, limit = (
            None if expr is None else in_one_go(Count(expr, compiler).value(start)) for expr in (last.skip, last.limit)
        )
        cut = Cut(last.is_distinct, bool(last.order), skip or 0, limit)
        self.outputs = target.outputs if target.outputs is not None else Outputs(cut)

    def hide(self, key: Any) -> None:
        """Take a row out of the result; nothing happens when it is not in it."""
        self.outputs.remove((self._branch, key))

    def show(self, key: Any, row: Row) -> Iterator[None]:
        """Put a computed row into the result."""
        try:
            shown = self._stages.apply(row)
        except TooLong:
            shown = yield from self._stages.applying(row)
        if shown is not None:
            yield from self._export(key, shown)

    def _export(self, key: Any, row: Row) -> Iterator[None]:
        exporter, values = Exporter(self._run), [row[slot] for slot in self._slots]
        sort_keys = []
        try:
            shown: Output = exporter.row(values)
            sort_keys = [_directed(sort_key(part.now(row)), down) for part, down in self._keys]
        except TooLong:
            exported = yield from exporter.exporting(values)
            shown = tuple(exported)
            sort_keys = []
            for part, down in self._keys:
                value = yield from part.value(row)
                sort_keys.append(_directed((yield from sorting_key_of(value, self._run)), down))
        self.outputs.add((self._branch, key), sort_keys, shown)


def _directed(key: Any, is_descending: bool) -> Any:
    return Reversed(key) if is_descending else key


# A row behind what comes before the columns, and what was computed of it.
Found = tuple[Row, list[Any]]


class _Columns:
    """What is computed of each match. parts: in the order of the values."""

    def __init__(self, shape: Shape, compiler: Compiler, parts: list[Part]) -> None:
        self._before = Stages(shape.before, compiler)
        self._parts = parts

    def read(self, row: Row) -> Found | None:
        """Return what is needed of a match, None where a WHERE does not take it. Raises TooLong."""
        inner = self._before.apply(row)
        return None if inner is None else (inner, [part.now(inner) for part in self._parts])

    def reading(self, row: Row) -> Work:
        """Return the same, with pauses."""
        inner = yield from self._before.applying(row)
        if inner is None:
            return None
        values = yield from values_of(self._parts, inner)
        return inner, values


class RowColumns(_Columns):
    """Each match is a row."""

    def __init__(self, shape: Shape, compiler: Compiler, run: Any, target: Target) -> None:
        items = shape.projection.items
        super().__init__(shape, compiler, parts_of([item.expression for item in items], compiler))
        self._slots = [item.slot for item in items]
        self._tail = _Tail(shape, compiler, run, target)
        self.outputs = self._tail.outputs

    def add(self, key: MatchKey, row: Row, values: list[Any]) -> Iterator[None]:
        """Take in a match."""
        inner = row[:]
        for slot, value in zip(self._slots, values, strict=True):
            inner[slot] = value
        return self._tail.show(key, inner)

    def remove(self, key: MatchKey) -> None:
        """Let a match go."""
        self._tail.hide(key)

    def settle(self) -> Iterator[None]:
        """All changes are in."""
        return iter(())


class _Group:
    """One group: its totals, and the rows of its matches."""

    __slots__ = ("rows", "totals")

    def __init__(self, totals: list[Total]) -> None:
        self.totals = totals
        self.rows: dict[MatchKey, Row] = {}


class GroupColumns(_Columns):
    """Matches are grouped and aggregated; rows of groups that changed are made anew once all changes are in."""

    def __init__(self, shape: Shape, compiler: Compiler, run: Any, target: Target) -> None:
        projection = shape.projection
        arguments = [argument for call in projection.aggregates for argument in getattr(call, "arguments", ())]
        parts = parts_of([*[item.expression for item in projection.grouped], *arguments], compiler)
        super().__init__(shape, compiler, parts)
        self._keys = [item.slot for item in projection.grouped]
        grouped = {id(item) for item in projection.grouped}
        rest = [item for item in projection.items if id(item) not in grouped]
        self._rest = [(item.slot, Part(item.expression, compiler)) for item in rest]
        self._calls = [_call_of(call) for call in projection.aggregates]
        self._tail = _Tail(shape, compiler, run, target)
        self.outputs = self._tail.outputs
        self._groups: dict[Any, _Group] = {}
        self._memberships: dict[MatchKey, tuple[Any, list[Any]]] = {}
        self._dirty: dict[Any, None] = {}
        self._run = run

    def begin(self, width: int) -> None:
        """Without grouping keys there is one group from the start, also of nothing."""
        if not self._keys:
            start: Row = [None] * width
            start[0] = self._run
            self._groups[()] = self._new_group()
            self._groups[()].rows[()] = start
            self._dirty[()] = None

    def _new_group(self) -> _Group:
        return _Group([make_total(call.name, aggregate(call.name), is_distinct=call.is_once) for call in self._calls])

    def add(self, key: MatchKey, row: Row, given: list[Any]) -> Iterator[None]:
        """Take in a match. given: its keys, then the arguments of the aggregates."""
        inner, at = row[:], len(self._keys)
        for slot, value in zip(self._keys, given, strict=False):
            inner[slot] = value
        name = tuple([group_key(value) for value in given[:at]])
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = self._new_group()
        values: list[Any] = []
        for _, _, count, *_ in self._calls:
            values.append(None if not count else given[at] if count == 1 else (given[at], given[at + 1]))
            at += count
        for total, call, value in zip(group.totals, self._calls, values, strict=True):
            if call.name == "*" or not _is_null(value):
                call.placed(total.add, value)
        group.rows[key] = inner
        self._memberships[key] = (name, values)
        self._dirty[name] = None
        return iter(())

    def remove(self, key: MatchKey) -> None:
        """Let a match go."""
        if key not in self._memberships:
            return  # a WHERE did not take it
        name, values = self._memberships.pop(key)
        group = self._groups[name]
        for total, call, value in zip(group.totals, self._calls, values, strict=True):
            if call.name == "*" or not _is_null(value):
                total.remove(value)
        del group.rows[key]
        self._dirty[name] = None

    def settle(self) -> Iterator[None]:
        """Make the rows of the groups that changed."""
        while self._dirty:
            name = next(iter(self._dirty))
            del self._dirty[name]
            if self._run.is_due(64):
                yield None
            self._tail.hide(name)
            group = self._groups[name]
            row = next(iter(group.rows.values()), None)
            if row is None:
                del self._groups[name]
                continue
            inner = row[:]
            for call, total in zip(self._calls, group.totals, strict=True):
                inner[call.slot] = call.placed(total.result)
            for slot, part in self._rest:
                inner[slot] = yield from part.value(inner)
            yield from self._tail.show(name, inner)


class _Aggregate(NamedTuple):
    """An aggregate. arity: how many arguments it has. is_once: each different value counts once."""

    slot: int
    name: str
    arity: int
    is_once: bool
    at: int

    def placed(self, work: Callable[..., Any], *values: Any) -> Any:
        """Do some of its work; what it refuses gets its place."""
        try:
            return work(*values)
        except Fault as fault:
            raise fault.placed(self.at) from None


def _call_of(call: Call | CountStar) -> _Aggregate:
    if isinstance(call, CountStar):
        return _Aggregate(call.slot, "*", 0, False, call.at)
    return _Aggregate(call.slot, call.name.lower(), len(call.arguments), call.is_distinct, call.at)


def _is_null(value: Any) -> bool:
    return value is None or type(value) is tuple and value[0] is None


def columns_of(shape: Shape, compiler: Compiler, run: Any, width: int, target: Target) -> RowColumns | GroupColumns:
    """Return what makes the rows of a branch."""
    if not shape.projection.aggregates:
        return RowColumns(shape, compiler, run, target)
    columns = GroupColumns(shape, compiler, run, target)
    columns.begin(width)
    return columns
