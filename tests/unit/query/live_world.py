"""A small graph that a random history changes, with live queries over it."""

from __future__ import annotations

from typing import Any

from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside

from graphvine.model.index import IndexInfo
from graphvine.query.engine import Engine
from graphvine.query.live.query import LiveQueries, LiveQuery
from graphvine.store.builder import TransactionBuilder
from graphvine.store.indexes import Indexes


class LiveWorld:
    """Changes go in as transactions; every live query gets what concerns it. infos: indexes that are declared."""

    def __init__(self, *infos: IndexInfo) -> None:
        self.graph = ScenarioGraph()
        self.graph.state.changes = []
        self.indexes = Indexes(self.graph.state)
        for info in infos:
            list(self.indexes.declare(info))
        self.engine = Engine(self.graph.state, outside(), indexes=self.indexes)
        self.queries = LiveQueries()
        self.live: list[LiveQuery] = []

    def open(self, text: str, parameters: dict[str, Any] | None = None) -> LiveQuery:
        query = LiveQuery(self.engine, text, parameters)
        for _ in query.start():
            pass
        self.queries.add(query)
        self.live.append(query)
        return query

    def put(self, builder: TransactionBuilder) -> dict[LiveQuery, Any]:
        """Apply one transaction; return the new rows of the queries that it changed."""
        self.graph.apply(builder)
        return self.flush()

    def cypher(self, text: str, parameters: dict[str, Any] | None = None) -> dict[LiveQuery, Any]:
        builder = TransactionBuilder()
        self.engine.run(text, parameters, builder=builder)
        return self.put(builder) if len(builder) else {}

    def flush(self) -> dict[LiveQuery, Any]:
        changes, self.graph.state.changes = self.graph.state.changes or [], []
        self.indexes.update(changes)
        answers = {query: query.changed(part) for query, part in self.queries.affected(changes).items()}
        return {query: rows for query, rows in answers.items() if rows is not None}
