"""Statements of a Cypher script into transactions: many statements in one, each seeing what those before it wrote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from graphvine.errors import QueryError, TooLarge
from graphvine.files.records import Statement
from graphvine.peer.driver import Driver
from graphvine.queries import Queries
from graphvine.query.draft import Draft
from graphvine.query.draft_changes import counters, write
from graphvine.query.engine import Execution
from graphvine.store.builder import TransactionBuilder
from graphvine.transfer.script_literals import lifting

# One transaction: at most about so many vertices and edges, of about so many characters. To build, sign and merge it is
# not sliced any further, and must not hold a tab for 50 ms.
GROUP_TOUCHED = 1_000
GROUP_CHARACTERS = 256 * 1024


class Script:
    """Runs statements one after another. vertices, edges, transactions: made so far, and on disk."""

    def __init__(self, driver: Driver, queries: Queries, give_turn: Callable[[], Awaitable[None]]) -> None:
        self.vertices = self.edges = self.transactions = 0
        self._driver = driver
        self._queries = queries
        self._give_turn = give_turn
        self._draft: Draft | None = None
        self._group: list[Statement] = []
        self._characters = 0

    async def run(self, statement: Statement) -> None:
        """Run one statement. Raises QueryError; then all before it is in, and nothing of it."""
        try:
            execution = await self._execution(statement)
            if not execution.changes_graph:
                await self.commit()
                self.transactions += 1
                await self._queries.run(statement.text, None)
                return
            await self._queries.finish(execution)
        except QueryError:
            await self._commit_without_the_last()
            raise
        self._group.append(statement)
        self._characters += len(statement.text)
        draft = self._draft
        if draft is not None and (
            draft.deleted_at or len(draft.touched) >= GROUP_TOUCHED or self._characters >= GROUP_CHARACTERS
        ):
            await self.commit()

    async def _execution(self, statement: Statement) -> Execution:
        """Return a statement, ready to run over what the group has written; its plan is that of its kind."""
        if self._draft is None:
            self._draft = self._queries.draft()
        text, values = await self._queries.paced(lifting(statement.text))
        if values:
            with suppress(QueryError):  # a parameter may not stand everywhere; and errors belong to the text as it is
                await self._queries.ready(text)
                return self._queries.execution(text, values, self._draft)
        await self._queries.ready(statement.text)
        return self._queries.execution(statement.text, None, self._draft)

    async def commit(self) -> None:
        """Make one transaction of the statements that wait."""
        draft, group = self._draft, self._group
        self._forget()
        if draft is None or not group:
            return
        try:
            await self._write(draft)
        except TooLarge:
            if len(group) == 1:
                raise
            for statement in group:  # together they are too large: one by one, as if each stood alone
                await self.run(statement)
                await self.commit()

    async def _write(self, draft: Draft) -> None:
        builder = TransactionBuilder()
        await self._queries.paced(write(draft, builder), reads=True)
        finished = builder.finish()
        if finished.operations:
            await self._driver.commit(finished)
            self.transactions += 1
        made = await self._queries.paced(counters(draft), reads=True)
        self.vertices += made.vertices_created
        self.edges += made.edges_created
        await self._give_turn()

    async def _commit_without_the_last(self) -> None:
        """The draft holds half of a statement that failed: write the others again, without it."""
        group = self._group
        self._forget()
        for statement in group:
            execution = await self._execution(statement)
            await self._queries.finish(execution)
            self._group.append(statement)
        await self.commit()

    def _forget(self) -> None:
        self._draft, self._group, self._characters = None, [], 0
