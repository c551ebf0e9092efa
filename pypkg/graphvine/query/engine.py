"""The query engine: text in, rows out, in slices.

::

    engine = Engine(state, Outside(now_ms=..., clock=..., random=..., new_id=...))
    execution = engine.execute("MATCH (p:Person) WHERE p.age > $min RETURN p.name", {"min": 20})
    for _ in execution.steps():     # each turn holds the thread for about `limits.slice_s`
        ...                         # let others run
    execution.result.rows
    for _ in execution.writing(builder):    # what a query that writes wants to change: one transaction
        ...

The state may change between two slices: the query then sees a part of the change. Whoever needs more starts it anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphvine.errors import QueryError
from graphvine.model.steps import in_one_go
from graphvine.query.bind_clauses import Binder
from graphvine.query.convert import Exporter, imported_at_once, importing, wanted_of
from graphvine.query.draft import Draft
from graphvine.query.draft_changes import check, counters, write
from graphvine.query.explain import counted, plan_node
from graphvine.query.fault import Fault, limit_error, to_query_error
from graphvine.query.functions.aggregates import AGGREGATES
from graphvine.query.functions.catalog import FUNCTIONS
from graphvine.query.gradual import Work
from graphvine.query.indexes import IndexCommand, NoIndexes, PropertyIndexes
from graphvine.query.live.shape import shape_of
from graphvine.query.parse_clauses import parsing
from graphvine.query.plan_wide import mark
from graphvine.query.planner import Planner
from graphvine.query.procedures import BUILT_IN, Procedure
from graphvine.query.results import Counters, Result
from graphvine.query.run import Limits, Outside, Run, TooLong
from graphvine.query.scope import Frame
from graphvine.query.steps.step import Step
from graphvine.query.tree import Statement

# Texts whose plans are kept.
MAX_PLANS = 256


@dataclass(slots=True)
class Prepared:
    """A query text, ready to run. stamp: what the plan was made for; another one means to plan again."""

    text: str
    statement: Statement
    step: Step
    columns: tuple[str, ...]
    slots: list[int]
    width: int
    parameters: dict[str, int]
    writes: bool
    stamp: tuple[object, ...]


class Engine:
    """Runs Cypher over one graph."""

    def __init__(
        self,
        state: Any,
        outside: Outside,
        *,
        indexes: PropertyIndexes | None = None,
        procedures: Mapping[str, Procedure] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.state = state
        self.outside = outside
        self.indexes = indexes or NoIndexes()
        self.procedures = BUILT_IN | {name.lower(): value for name, value in (procedures or {}).items()}
        self.limits = limits or Limits()
        self._plans: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str) -> Prepared:
        """Return the plan of a text, from the cache if the graph still has about the same size, or raise QueryError."""
        return in_one_go(self.preparing(text))

    def preparing(self, text: str) -> Generator[None, None, Prepared]:
        """Do the same in slices. What it returns is in the cache until the state may change again."""
        known = self._plans.get(text)
        stamp = self._stamp()
        if known is not None and known.stamp == stamp:
            self._plans.move_to_end(text)
            return known
        prepared = yield from self.preparing_fresh(text)
        self._plans[text] = prepared
        if len(self._plans) > MAX_PLANS:
            self._plans.popitem(last=False)
        return prepared

    def prepare_fresh(self, text: str) -> Prepared:
        """Return a plan that nobody else has, or raise QueryError."""
        return in_one_go(self.preparing_fresh(text))

    def preparing_fresh(self, text: str) -> Generator[None, None, Prepared]:
        """Do the same in slices."""
        try:
            while True:
                prepared = yield from self._sliced(self._preparing(text, self._stamp()))
                if prepared.stamp == self._stamp():
                    return prepared
        except Fault as fault:
            raise to_query_error(fault, text) from None
        except RecursionError:
            message = "This query is nested too deep."
            raise QueryError("SyntaxError", "UnexpectedSyntax", message) from None

    def _stamp(self) -> tuple[object, ...]:
        state = self.state
        sizes = (len(state.vertices).bit_length() // 2, len(state.edges).bit_length() // 2, len(state.by_type))
        return (*sizes, tuple(self.indexes.declared()))

    def _sliced(self, steps: Generator[None, None, Prepared]) -> Generator[None, None, Prepared]:
        """Pause only at the end of each slice."""
        clock = self.outside.clock
        ends = clock() + self.limits.slice_s
        while True:
            try:
                next(steps)
            except StopIteration as done:
                prepared: Prepared = done.value
                return prepared
            if clock() > ends:
                yield
                ends = clock() + self.limits.slice_s

    def _preparing(self, text: str, stamp: tuple[object, ...]) -> Generator[None, None, Prepared]:
        statement = yield from parsing(text)
        frame = Frame(FUNCTIONS, AGGREGATES, self.procedures)
        yield from Binder(frame).binding(statement.query, {}, is_top=True)
        planner = Planner(self.state, self.indexes, self.procedures)
        planner.is_reading = not frame.writes
        step, slots = yield from planner.planning(statement.query)
        if planner.is_reading:
            mark(step)
        columns = tuple(statement.query.columns)
        return Prepared(text, statement, step, columns, slots, frame.width, frame.parameters, frame.writes, stamp)

    def execute(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        draft: Draft | None = None,
    ) -> Execution:
        """Return one execution of a query, not started, or raise QueryError.

        draft: what queries before it wrote, and nobody has committed yet: this one sees it, and adds to it.
        """
        return Execution(self, self.prepare(text), parameters or {}, limits or self.limits, draft)

    def run(self, text: str, parameters: Mapping[str, Any] | None = None, *, builder: Any = None) -> Result:
        """Run a query in one go. `builder` takes its changes; without one a query that writes changes nothing."""
        execution = self.execute(text, parameters)
        for _ in execution.steps():
            pass
        if builder is not None:
            execution.write(builder)
        return execution.result


class Execution:
    """One run of a query. result: complete once `steps` has ended. commands: index changes that it asks for."""

    def __init__(
        self,
        engine: Engine,
        prepared: Prepared,
        parameters: Mapping[str, Any],
        limits: Limits,
        draft: Draft | None = None,
    ) -> None:
        self._engine = engine
        self._prepared = prepared
        self._is_shared = draft is not None
        self.draft = (draft or Draft(engine.state)) if prepared.writes else None
        self.result = Result(prepared.columns, [], Counters())
        self._run = Run(self.draft or engine.state, {}, engine.outside, limits, engine.procedures)
        try:
            self._run.parameters = wanted_of(parameters, prepared.parameters)
        except Fault as fault:
            raise to_query_error(fault, prepared.text) from None

    @property
    def commands(self) -> list[IndexCommand]:
        """Index changes that the query asks for."""
        return self._run.commands

    @property
    def changes_graph(self) -> bool:
        """Whether the query has a clause that writes."""
        return self._prepared.writes

    def cancel(self) -> None:
        """End the query at its next look at the clock, with a QueryError."""
        self._run.is_cancelled = True

    def steps(self) -> Iterator[None]:
        """Run the query; each turn is one slice. Raises QueryError."""
        mode = self._prepared.statement.mode
        step = self._prepared.step
        if mode == "EXPLAIN":
            self.result = self.result._replace(plan=plan_node(step, is_counted=False), live=self._live())
            return
        if mode == "PROFILE":
            fresh = yield from self._engine.preparing_fresh(self._prepared.text)
            step = counted(fresh.step)
        try:
            yield from self._rows(step)
            if self.draft is not None:
                yield from self._sliced(self._conclude(self.draft))
        except Fault as fault:
            raise to_query_error(fault, self._prepared.text) from None
        except RecursionError:
            message = "A value is nested too deep."
            raise QueryError("ResourceError", "ValueTooDeep", message, phase="runtime") from None
        if mode == "PROFILE":
            self.result = self.result._replace(plan=plan_node(step, is_counted=True))

    def _conclude(self, draft: Draft) -> Iterator[None]:
        """Check what was written, and count it; a draft of many queries is counted by whoever shares it."""
        if draft.deleted_at or not self._is_shared:
            yield from check(draft)
        if not self._is_shared:
            made = yield from counters(draft)
            self.result = self.result._replace(counters=made)

    def _sliced(self, work: Iterator[None]) -> Iterator[None]:
        """Do work that could pause very often; pause at the end of each slice."""
        run = self._run
        run.resume()
        for _ in work:
            if run.tick():
                yield None
                run.resume()

    def _live(self) -> str:
        shape = shape_of(self._prepared.statement.query)
        if self._prepared.writes:
            return "not possible: the query writes"
        return f"run again: {shape}" if isinstance(shape, str) else "by deltas"

    def _rows(self, step: Step) -> Iterator[None]:
        run, prepared = self._run, self._prepared
        run.start()
        start: list[Any] = [None] * prepared.width
        start[0] = run
        rows, slots, most = self.result.rows, prepared.slots, run.limits.max_rows
        exporter = Exporter(run)
        small = imported_at_once(run.parameters, prepared.parameters, run)
        if small is None:
            small = yield from self._resumed(importing(run.parameters, prepared.parameters, run))
        run.parameters = small
        if step.is_wide and slots:
            yield from self._wide(step, start, exporter)
            return
        export = exporter.row
        for row in step.open(start):
            if row is None:
                yield None
                run.resume()
                continue
            if slots:
                values = [row[slot] for slot in slots]
                try:
                    rows.append(export(values))
                except TooLong:
                    exported = yield from self._resumed(exporter.exporting(values))
                    rows.append(tuple(exported))
                if not len(rows) & 63 and run.tick():
                    yield None
                    run.resume()
                if len(rows) > most:
                    raise _too_many(most)

    def _wide(self, step: Step, start: list[Any], exporter: Exporter) -> Iterator[None]:
        """Take the rows in blocks."""
        run, rows, slots = self._run, self.result.rows, self._prepared.slots
        for block in step.blocks(start):
            if block is not None:
                for some in exporter.rows([block.column(slot) for slot in slots]):
                    rows += some or ()
                    if len(rows) > run.limits.max_rows:
                        raise _too_many(run.limits.max_rows)
                    if some is None or run.tick():
                        yield None
                        run.resume()
            else:
                yield None
                run.resume()

    def _resumed(self, work: Work) -> Work:
        """Do work that pauses when it has to, and return what comes of it."""
        while True:
            try:
                next(work)
            except StopIteration as done:
                return done.value
            yield None
            self._run.resume()

    def writing(self, builder: Any) -> Iterator[None]:
        """Tell a `TransactionBuilder` what the query changes, in slices."""
        if self.draft is None:
            return
        try:
            yield from self._sliced(write(self.draft, builder))
        except Fault as fault:
            raise to_query_error(fault, self._prepared.text) from None

    def write(self, builder: Any) -> None:
        """Do the same in one go."""
        for _ in self.writing(builder):
            pass


def _too_many(most: int) -> Fault:
    return limit_error("RowLimit", f"The query has more than {most:,} rows. Use LIMIT.")
