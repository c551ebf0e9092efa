"""A live query, and the table that says which live queries a change concerns."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphvine.query.convert import importing, wanted_of
from graphvine.query.engine import Engine, Execution, Prepared
from graphvine.query.fault import Fault, syntax, to_query_error
from graphvine.query.gradual import copied
from graphvine.query.indexes import IndexInfo
from graphvine.query.live.deltas import Matches, Target, columns_of
from graphvine.query.live.interests import Interest, interests_of, sign_of, touched_by
from graphvine.query.live.outputs import Cut, Outputs
from graphvine.query.live.shape import Shape, shape_of
from graphvine.query.planner import Planner
from graphvine.query.results import Counters, Result
from graphvine.query.run import Run
from graphvine.query.tree import Clause, Create, Delete, Foreach, Merge, Remove, SetClause

Rows = list[tuple[Any, ...]]
# Changes looked at between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 2_000


class LiveQuery:
    """One query whose rows are kept true.

    columns, rows: as they are now. reason: why it is run again after each change that could concern it; '' when it is
    kept by deltas. interests: what it reads.
    """

    def __init__(
        self, engine: Engine, text: str, parameters: Mapping[str, Any] | None = None, prepared: Prepared | None = None
    ) -> None:
        self._engine = engine
        self._text = text
        self._parameters = dict(parameters or {})
        # A tree of our own: the engine may plan its cached one anew at any time.
        self._prepared: Prepared = prepared or engine.prepare_fresh(text)
        if self._prepared.writes or self._prepared.statement.mode:
            at = next((clause.at for clause in _clauses(self._prepared) if isinstance(clause, _WRITING)), 0)
            raise to_query_error(syntax("UnexpectedSyntax", "A live query only reads.", at), text)
        self.columns = self._prepared.columns
        self.rows: Rows = []
        self.interests = interests_of(self._prepared.statement.query)
        shape = shape_of(self._prepared.statement.query)
        self.reason = shape if isinstance(shape, str) else ""
        self._shape = None if isinstance(shape, str) else shape
        self._matches: list[Matches] | None = None
        self._outputs: Outputs | None = None
        self._run: Run | None = None
        # The indexes that the plans of the deltas know of.
        self._indexes: Sequence[IndexInfo] = ()

    @property
    def hits(self) -> int:
        """Vertices and edges looked at so far by deltas."""
        return 0 if self._run is None else self._run.hits

    @property
    def result(self) -> Result:
        """The rows as they are now, in the form of a query's result."""
        return Result(self.columns, self.rows, Counters())

    def start(self) -> Iterator[None]:
        """Find the first rows, in slices. Raises QueryError."""
        if self._shape is None:
            yield from self._run_again()
            return
        engine = self._engine
        self._run = Run(engine.state, {}, engine.outside, engine.limits, engine.procedures)
        try:
            yield from self._sliced(self._begin(self._shape, self._run))
        except Fault as fault:
            self._matches = None
            raise to_query_error(fault, self._text) from None

    def steps(self, changes: Iterable[Any]) -> Iterator[None]:
        """Take in changes of the state (`crdt.graph.Change`) that have happened, in slices. Raises QueryError."""
        if self._matches is None:
            yield from self.start()
            return
        cells = yield from self._concerned(changes)
        if not cells:
            return
        try:
            yield from self._sliced(self._update(self._matches, cells))
        except Fault as fault:
            self._matches = None  # the next change starts anew
            raise to_query_error(fault, self._text) from None

    def _concerned(self, changes: Iterable[Any]) -> Generator[None, None, dict[Any, None]]:
        """Return the cells whose changes could concern this query, in slices."""
        cells: dict[Any, None] = {}
        verdicts: dict[tuple[Any, ...], bool] = {}
        for number, change in enumerate(changes, 1):
            sign = sign_of(change)
            verdict = verdicts.get(sign)
            if verdict is None:
                verdict = verdicts[sign] = not self.interests.isdisjoint(touched_by(change))
            if verdict:
                cells[change.cell] = None
            if not number % SLICE:
                yield
        return cells

    def changed(self, changes: Iterable[Any]) -> Rows | None:
        """Take in changes in one go. Return the rows if they are different now, else None."""
        before = self.rows
        for _ in self.steps(changes):
            pass
        return self.rows if self.rows is not before and self.rows != before else None

    def _begin(self, shapes: list[Shape], run: Run) -> Iterator[None]:
        engine, prepared = self._engine, self._prepared
        run.parameters = yield from importing(
            wanted_of(self._parameters, prepared.parameters), prepared.parameters, run
        )
        self._indexes = engine.indexes.declared()
        planner = Planner(engine.state, engine.indexes, engine.procedures)
        is_all = prepared.statement.query.is_all
        outputs = Outputs(Cut(not is_all, False, 0, None)) if len(shapes) > 1 else None
        matches = []
        for branch, shape in enumerate(shapes):
            columns = columns_of(shape, planner.compiler, run, prepared.width, Target(outputs, branch))
            outputs = outputs or columns.outputs
            matches.append(Matches(shape, planner, run, prepared.width, columns))
            yield from matches[-1].fill()
        assert outputs is not None, "there is a branch"
        self._matches, self._outputs = matches, outputs
        yield from self._take_rows(run)

    def _update(self, matches: list[Matches], cells: Iterable[Any]) -> Iterator[None]:
        run, engine = self._run, self._engine
        assert run is not None, "made by start"
        if self._indexes != engine.indexes.declared():
            self._indexes = engine.indexes.declared()
            for each in matches:
                each.plan(Planner(engine.state, engine.indexes, engine.procedures))
        for each in matches:
            yield from each.update(cells)
        yield from self._take_rows(run)

    def _sliced(self, work: Iterator[None]) -> Iterator[None]:
        run = self._run
        assert run is not None, "made by _begin"
        run.start()
        for _ in work:
            yield None
            run.resume()

    def _take_rows(self, run: Run) -> Iterator[None]:
        outputs = self._outputs
        assert outputs is not None, "made by _begin"
        if outputs.is_changed:
            self.rows = yield from copied(outputs.rows(), run)

    def _run_again(self) -> Iterator[None]:
        yield from self._engine.preparing(self._text)
        execution: Execution = self._engine.execute(self._text, self._parameters)
        yield from execution.steps()
        self.rows = execution.result.rows


_WRITING = (Create, Merge, SetClause, Remove, Delete, Foreach)


def _clauses(prepared: Prepared) -> list[Clause]:
    return [clause for branch in prepared.statement.query.branches for clause in branch]


class LiveQueries:
    """All live queries of a graph, by what they read: asking about a change costs a few look-ups, however many."""

    def __init__(self) -> None:
        self._by_interest: dict[Interest, dict[LiveQuery, None]] = {}

    def add(self, query: LiveQuery) -> None:
        """Begin to report changes to a query."""
        for interest in sorted(query.interests):
            self._by_interest.setdefault(interest, {})[query] = None

    def remove(self, query: LiveQuery) -> None:
        """Report nothing more to a query. Safe to call twice."""
        for interest in sorted(query.interests):
            queries = self._by_interest.get(interest)
            if queries is not None:
                queries.pop(query, None)
                if not queries:
                    del self._by_interest[interest]

    def affected(self, changes: Iterable[Any]) -> dict[LiveQuery, list[Any]]:
        """Return the queries that some changes could concern, each with those changes, in order."""
        found: dict[LiveQuery, list[Any]] = {}
        readers: dict[tuple[Any, ...], tuple[LiveQuery, ...]] = {}
        for change in changes:
            sign = sign_of(change)
            queries = readers.get(sign)
            if queries is None:
                queries = readers[sign] = self._readers_of(touched_by(change))
            for query in queries:
                found.setdefault(query, []).append(change)
        return found

    def _readers_of(self, interests: Iterable[Interest]) -> tuple[LiveQuery, ...]:
        queries: dict[LiveQuery, None] = {}
        for interest in interests:
            queries.update(self._by_interest.get(interest, {}))
        return tuple(queries)
