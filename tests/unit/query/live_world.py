"""A small graph that a random history changes, with live queries over it."""

from __future__ import annotations

from typing import Any

from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside

from graphvine.model.index import IndexInfo
from graphvine.query.engine import Engine, Prepared
from graphvine.query.live.query import LiveQueries, LiveQuery
from graphvine.store.builder import TransactionBuilder
from graphvine.store.indexes import Indexes

# Plans by text, and by what they were made for: a plan fits every graph of about the same size.
_PLANS: dict[tuple[str, tuple[object, ...]], Prepared] = {}
_TREES: dict[str, Prepared] = {}


class QuickEngine(Engine):
    """Plans each text once for all graphs of a size, and reads it once for live queries, which plan by themselves.

    To read and plan dozens of queries anew for each small graph takes ten times as long as to run them.
    """

    def prepare(self, text: str) -> Prepared:
        if self.indexes.declared():
            return super().prepare_fresh(text)  # such a plan holds on to the indexes of its graph
        key = (text, self._stamp())
        found = _PLANS.get(key)
        if found is None:
            found = _PLANS[key] = super().prepare_fresh(text)
        return found

    def prepare_fresh(self, text: str) -> Prepared:
        found = _TREES.get(text)
        if found is None:
            found = _TREES[text] = super().prepare_fresh(text)
        return found


class LiveWorld:
    """Changes go in as transactions; every live query gets what concerns it. infos: indexes that are declared."""

    def __init__(self, *infos: IndexInfo) -> None:
        self.graph = ScenarioGraph()
        self.graph.state.changes = []
        self.indexes = Indexes(self.graph.state)
        for info in infos:
            list(self.indexes.declare(info))
        self.engine = QuickEngine(self.graph.state, outside(), indexes=self.indexes)
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
