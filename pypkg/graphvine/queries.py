"""Cypher for `Graph`: runs queries in slices on the event loop, commits what they write, keeps live ones true."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from graphvine.crdt.cells import Cell, Key
from graphvine.crdt.graph import Change
from graphvine.errors import InvalidValue
from graphvine.peer.driver import Driver
from graphvine.peer.tasks import finished, freed, in_turns, read
from graphvine.peer.tasks import paced as pacing
from graphvine.ports import Platform
from graphvine.query.draft import Draft
from graphvine.query.engine import Engine, Execution
from graphvine.query.fault import refusal_of
from graphvine.query.live.query import LiveQueries, LiveQuery
from graphvine.query.results import Counters, PlanNode, Result
from graphvine.query.run import Outside
from graphvine.query.written import Written, written
from graphvine.store.builder import TransactionBuilder
from graphvine.vertex import read_values

T = TypeVar("T")

# Random bytes in the id of a vertex or edge that a query creates: 20 characters of base32.
ID_BYTES = 12


class Rows(list[dict[str, Any]]):
    """The rows of a query, each a dict by column.

    columns: in the order of RETURN. counters: what a query that writes has changed. plan: of EXPLAIN and PROFILE.
    live: with EXPLAIN, how a live query of this text is kept true: ``by deltas``, or ``run again: <why>``.
    """

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.columns: tuple[str, ...] = tuple(result.columns)
        self.counters: Counters = result.counters
        self.plan: PlanNode | None = result.plan
        self.live: str = result.live


# Rows that are made ready in one step.
SLICE_ROWS = 500


def row_steps(result: Result, *, exact: bool = False) -> Generator[None, None, Rows]:
    """Return, in steps, the rows of a result. exact: values as `put` takes them."""
    rows = Rows(result)
    for start in range(0, len(result.rows) if result.columns else 0, SLICE_ROWS):
        values: list[Sequence[object]] = []
        for column in zip(*result.rows[start : start + SLICE_ROWS], strict=True):
            read = yield from read_values(column, exact=exact)
            values.append(read)
        rows += _dicts(result.columns, values)
        yield
    return rows


def _dicts(columns: tuple[str, ...], values: list[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return each row as a dict, one column after the other: that is quicker than one row after the other."""
    dicts: list[dict[str, Any]] = [{columns[0]: value} for value in values[0]]
    for name, column in zip(columns[1:], values[1:], strict=True):
        for each, value in zip(dicts, column, strict=True):
            each[name] = value
    return dicts


def _differ(ours: list[Any], theirs: list[Any]) -> Generator[None, None, bool]:
    """Tell, in steps, whether two lists of rows are different."""
    if len(ours) != len(theirs):
        return True
    for start in range(0, len(ours), SLICE_ROWS):
        if ours[start : start + SLICE_ROWS] != theirs[start : start + SLICE_ROWS]:
            return True
        yield
    return False


class Queries:
    """The query engine of one open graph."""

    def __init__(self, driver: Driver, platform: Platform) -> None:
        self._driver = driver
        entropy, clock = platform.entropy, platform.clock
        self._clock = clock

        def new_id() -> str:
            return base64.b32encode(entropy.random_bytes(ID_BYTES)).decode().lower().rstrip("=")

        outside = Outside(clock.wall_ms, clock.now, platform.rng, new_id, zones=platform.zones)
        replica = driver.peer.replica
        self._engine = Engine(replica.state, outside, indexes=replica.indexes)
        self._live = LiveQueries()
        self._news: dict[LiveQuery, _News] = {}
        self._is_closed = False

    def close(self) -> None:
        """End every live query."""
        self._is_closed = True
        for news in self._news.values():
            news.arrived.set()

    async def run(
        self,
        text: str,
        parameters: Mapping[str, Any] | None,
        on_write: Callable[[list[Written]], object] | None = None,
        *,
        exact: bool = False,
    ) -> Rows:
        """Run one query. One that writes is one transaction, durable when this returns."""
        await self._driver.readable()
        await self.ready(text)
        execution = self._engine.execute(text, parameters)
        await self.finish(execution)
        try:
            await self._apply(execution, on_write)
        except InvalidValue as error:
            raise refusal_of(error) from None
        rows = await self.paced(row_steps(execution.result, exact=exact))
        await self.paced(freed(execution.result.rows))
        return rows

    async def _apply(self, execution: Execution, on_write: Callable[[list[Written]], object] | None) -> None:
        """Do what a query that has run wants to change."""
        for command in execution.commands:
            indexes = self._driver.indexes
            await (indexes.create(command.index) if command.kind == "CREATE" else indexes.drop(command.index))
        if execution.changes_graph:
            builder = TransactionBuilder()
            await self._slices(execution.writing(builder))
            if on_write is not None and execution.draft is not None:
                on_write(await read(self._driver, written(execution.draft)))
            await self._driver.commit(await finished(builder))

    def draft(self) -> Draft:
        """Return the graph as it is, for queries that write into one transaction."""
        return Draft(self._driver.peer.replica.state)

    async def ready(self, text: str) -> None:
        """Read and plan a query, in slices: `execution` finds the plan, if nobody else runs in between."""
        await self._slices(self._engine.preparing(text))

    def execution(self, text: str, parameters: Mapping[str, Any] | None, draft: Draft) -> Execution:
        """Return one of many queries that share a draft, for `finish`, or raise QueryError."""
        return self._engine.execute(text, parameters, draft=draft)

    async def finish(self, execution: Execution) -> None:
        """Run a query to its end, in slices."""
        try:
            for _ in execution.steps():
                await asyncio.sleep(0)
                await self._driver.readable()
        except asyncio.CancelledError:
            execution.cancel()
            raise

    async def live(
        self, text: str, parameters: Mapping[str, Any] | None, *, exact: bool = False
    ) -> AsyncIterator[Rows]:
        """Yield the rows now, and again whenever a change, ours or remote, has made them different."""
        await self._driver.readable()
        prepared = await read(self._driver, self._engine.preparing_fresh(text))
        query = LiveQuery(self._engine, text, parameters, prepared)
        news = self._watch(query)
        try:
            await self._slices(query.start())
            rows = query.rows
            yield await self.paced(row_steps(query.result, exact=exact))
            while True:
                await news.arrived.wait()
                news.arrived.clear()
                if self._is_closed:
                    return
                await self._driver.readable()
                changes, news.changes = news.changes, {}
                await self._slices(query.steps(changes.values()))
                if query.rows is not rows and await self.paced(_differ(query.rows, rows)):
                    rows = query.rows
                    yield await self.paced(row_steps(query.result, exact=exact))
        finally:
            self._forget(query)

    def _watch(self, query: LiveQuery) -> _News:
        if not self._news:
            self._driver.listen(self._tell)
        self._live.add(query)
        news = self._news[query] = _News()
        return news

    def _forget(self, query: LiveQuery) -> None:
        self._live.remove(query)
        if self._news.pop(query, None) is not None and not self._news:
            self._driver.stop_listening(self._tell)

    def _tell(self, changes: list[Change], author: bytes, *, is_local: bool) -> None:
        """Give each live query the changes that could concern it; the others cost nothing."""
        for query, concerning in self._live.affected(changes).items():
            news = self._news[query]
            for change in concerning:
                news.changes.setdefault((change.cell, change.key), change)
            news.arrived.set()

    async def paced(self, steps: Generator[None, None, T], *, reads: bool = False) -> T:
        """Run work to its end; others get a turn whenever a slice is over. reads: it looks at the state."""
        slices = pacing(steps, self._clock)
        return await (read(self._driver, slices) if reads else in_turns(slices))

    async def _slices(self, steps: Iterator[None]) -> None:
        for _ in steps:
            await asyncio.sleep(0)
            await self._driver.readable()


class _News:
    """What a live query has not taken in yet: the first change of each place since then, however slow the reader."""

    def __init__(self) -> None:
        self.changes: dict[tuple[Cell, Key | None], Change] = {}
        self.arrived = asyncio.Event()
