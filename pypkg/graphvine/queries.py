"""Cypher for `Graph`: runs queries in slices on the event loop, commits what they write, keeps live ones true."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

from graphvine.crdt.graph import Change
from graphvine.errors import QueryError
from graphvine.peer.driver import Driver
from graphvine.ports import Platform
from graphvine.query.engine import Engine, Execution
from graphvine.query.results import Counters, PlanNode, Result
from graphvine.query.run import Outside
from graphvine.store.builder import TransactionBuilder
from graphvine.vertex import read_value

# Random bytes in the id of a vertex or edge that a query creates: 20 characters of base32.
ID_BYTES = 12


class Rows(list[dict[str, Any]]):
    """The rows of a query, each a dict by column.

    columns: in the order of RETURN. counters: what a query that writes has changed. plan: of EXPLAIN and PROFILE.
    """

    def __init__(self, result: Result) -> None:
        columns = result.columns
        super().__init__(dict(zip(columns, map(read_value, row), strict=True)) for row in result.rows)
        self.columns: tuple[str, ...] = tuple(columns)
        self.counters: Counters = result.counters
        self.plan: PlanNode | None = result.plan


class Queries:
    """The query engine of one open graph."""

    def __init__(self, driver: Driver, platform: Platform) -> None:
        self._driver = driver
        entropy, clock = platform.entropy, platform.clock

        def new_id() -> str:
            return base64.b32encode(entropy.random_bytes(ID_BYTES)).decode().lower().rstrip("=")

        outside = Outside(now_ms=clock.wall_ms, clock=clock.now, random=platform.rng, new_id=new_id)
        self._engine = Engine(driver.peer.replica.state, outside)

    async def run(self, text: str, parameters: Mapping[str, Any] | None) -> Rows:
        """Run one query. One that writes is one transaction, durable when this returns."""
        await self._driver.readable()
        execution = self._engine.execute(text, parameters)
        await self._finish(execution)
        if execution.commands:
            raise QueryError(
                "ProcedureError", "NotSupported", "Property indexes can't be declared yet.", phase="runtime"
            )
        if execution.changes_graph:
            builder = TransactionBuilder()
            execution.write(builder)
            await self._driver.commit(builder.finish())
        return Rows(execution.result)

    async def _finish(self, execution: Execution) -> None:
        try:
            for _ in execution.steps():
                await asyncio.sleep(0)
                await self._driver.readable()
        except asyncio.CancelledError:
            execution.cancel()
            raise

    async def live(self, text: str, parameters: Mapping[str, Any] | None) -> AsyncIterator[Rows]:
        """Yield the rows now, and again whenever a change, ours or remote, has made them different."""
        if self._engine.prepare(text).writes:
            raise QueryError("SyntaxError", "InvalidClauseComposition", "A live query can't write.")
        changed = asyncio.Event()

        def note(changes: list[Change], author: bytes, *, is_local: bool) -> None:
            changed.set()

        self._driver.listen(note)
        try:
            rows = await self.run(text, parameters)
            yield rows
            while True:
                await changed.wait()
                changed.clear()
                fresh = await self.run(text, parameters)
                if fresh != rows:
                    rows = fresh
                    yield rows
        finally:
            self._driver.stop_listening(note)
