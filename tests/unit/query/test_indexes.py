from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.shared import error, graph_of, rows
from tests.unit.query.social import outside

from graphvine.model.index import IndexState
from graphvine.query.engine import Engine
from graphvine.query.indexes import IndexCommand, IndexInfo
from graphvine.query.results import PlanNode
from graphvine.query.values import compare, equals
from graphvine.store.builder import TransactionBuilder


class ScanningIndexes:
    """Answers like an index, by looking at every vertex of the committed state; counts how often it is asked."""

    def __init__(self, state: Any, *infos: IndexInfo) -> None:
        self.state = state
        self.infos = infos
        self.asked: list[str] = []

    def declared(self) -> Sequence[IndexInfo]:
        return self.infos

    def states(self) -> Sequence[IndexState]:
        return [IndexState(info, "ready", 0, 0) for info in self.infos]

    def _members(self, index: IndexInfo, what: str) -> list[Any]:
        self.asked.append(what)
        if index.entity == "edge":
            return list(self.state.by_type.get(index.label, ()))
        return list(self.state.by_label.get(index.label, {}).values())

    def equal(self, index: IndexInfo, value: Any) -> Iterable[Any]:
        name = index.property
        return [cell for cell in self._members(index, "equal") if equals(cell.properties.get(name), value)]

    def between(self, index: IndexInfo, low: Any, high: Any) -> Iterable[Any]:
        name = index.property
        return [
            cell
            for cell in self._members(index, "between")
            if (low is None or compare(cell.properties.get(name), low) in (0, 1))
            and (high is None or compare(cell.properties.get(name), high) in (-1, 0))
        ]

    def prefix(self, index: IndexInfo, prefix: str) -> Iterable[Any]:
        name = index.property
        return [cell for cell in self._members(index, "prefix") if str(cell.properties.get(name)).startswith(prefix)]

    def ordered(
        self, index: IndexInfo, sort_key: Any, *, is_descending: bool, low: Any = None, high: Any = None
    ) -> Iterable[Any]:
        cells = self._members(index, "ordered")
        return sorted(cells, key=lambda cell: sort_key(cell.properties.get(index.property)), reverse=is_descending)

    def counts(self, index: IndexInfo) -> tuple[int, int]:
        return 1, 1


INFO = IndexInfo("by_x", "A", "x")


def indexed(graph: ScenarioGraph) -> tuple[Engine, ScanningIndexes]:
    indexes = ScanningIndexes(graph.state, INFO)
    return Engine(graph.state, outside(), indexes=indexes), indexes


def people(count: int = 200) -> ScenarioGraph:
    return graph_of(f"UNWIND range(1, {count}) AS x CREATE (:A {{x: x, s: 's' + x}}), (:B {{x: x}})")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("MATCH (n:A {x: 3}) RETURN n.x", "equal"),
        ("MATCH (n:A) WHERE n.x = $p RETURN n.x", "equal"),
        ("MATCH (n:A) WHERE 3 = n.x RETURN n.x", "equal"),
        ("MATCH (n:A) WHERE n.x IN [3, 4, null] RETURN n.x", "equal"),
        ("MATCH (n:A) WHERE n.x > 195 RETURN n.x", "between"),
        ("MATCH (n:A) WHERE 3 > n.x RETURN n.x", "between"),
        ("MATCH (n:A) WHERE 3 <= n.x < 5 RETURN n.x", "between"),
        ("MATCH (m:B {x: 7}) MATCH (n:A) WHERE n.x = m.x RETURN n.x", "equal"),
        ("UNWIND [1, 2] AS y MATCH (n:A {x: y}) RETURN n.x", "equal"),
    ],
)
def test_an_index_is_used_and_changes_no_answer(text: str, asked: str) -> None:
    graph = people()
    engine, indexes = indexed(graph)
    found = engine.run(text, {"p": 5}).rows
    assert asked in indexes.asked
    assert sorted(found) == sorted(Engine(graph.state, outside()).run(text, {"p": 5}).rows)


def test_a_prefix_uses_the_index() -> None:
    graph = people()
    indexes = ScanningIndexes(graph.state, IndexInfo("by_s", "A", "s"))
    found = Engine(graph.state, outside(), indexes=indexes).run("MATCH (n:A) WHERE n.s STARTS WITH 's19' RETURN n.x")
    assert indexes.asked == ["prefix"]
    assert len(found.rows) == 11


@pytest.mark.parametrize(
    "text", ["MATCH (n:B {x: 3}) RETURN n", "MATCH (n:A {s: 's3'}) RETURN n", "MATCH (n {x: 3}) RETURN n"]
)
def test_an_index_of_something_else_is_not_used(text: str) -> None:
    engine, indexes = indexed(people(20))
    engine.run(text)
    assert indexes.asked == []


def names(plan: PlanNode | None) -> list[str]:
    found = []
    while plan is not None:
        found.append(plan.name)
        plan = plan.children[0] if plan.children else None
    return found


def test_a_plan_that_knew_no_index_is_made_anew() -> None:
    graph = people(20)
    indexes = ScanningIndexes(graph.state)
    engine = Engine(graph.state, outside(), indexes=indexes)
    text = "EXPLAIN MATCH (n:A {x: 3}) RETURN n.x"
    assert "IndexSeek" not in names(engine.run(text).plan)
    indexes.infos = (INFO,)
    assert "IndexSeek" in names(engine.run(text).plan)


def test_an_index_sees_what_the_query_itself_wrote() -> None:
    graph = people(5)
    engine, _ = indexed(graph)
    builder = TransactionBuilder()
    text = """
        MATCH (n:A {x: 3}) SET n.x = 30
        WITH n MATCH (o:A {x: 4}) DETACH DELETE o
        CREATE (:A {x: 31})
        WITH n MATCH (m:A) WHERE m.x IN [3, 4, 30, 31] RETURN m.x ORDER BY m.x
    """
    assert engine.run(text, builder=builder).rows == [(30,), (31,)]


def test_merge_over_an_index_makes_each_vertex_once() -> None:
    graph = people(5)
    engine, indexes = indexed(graph)
    builder = TransactionBuilder()
    engine.run("UNWIND [1, 7, 7, 8] AS x MERGE (:A {x: x})", builder=builder)
    assert indexes.asked
    graph.apply(builder)
    assert rows("MATCH (n:A) RETURN count(n), count(DISTINCT n.x)", graph) == [(7, 7)]


VALUES = st.sampled_from([0, 1, 1.0, 2.5, "a", "ab", True, None])


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=6), VALUES, st.sampled_from(["=", "<", "<=", ">", ">=", "STARTS WITH"]))
def test_with_and_without_an_index_the_rows_are_the_same(stored: list[Any], wanted: Any, operator: str) -> None:
    graph = ScenarioGraph()
    graph.run("UNWIND $values AS x CREATE (:A {x: x})", {"values": stored})
    engine, _ = indexed(graph)
    text = f"MATCH (n:A) WHERE n.x {operator} $wanted RETURN id(n) ORDER BY id(n)"
    plain = Engine(graph.state, outside()).run(text, {"wanted": wanted}).rows
    assert engine.run(text, {"wanted": wanted}).rows == plain


def commands(engine: Engine, text: str) -> list[IndexCommand]:
    execution = engine.execute(text)
    list(execution.steps())
    return execution.commands


def test_index_commands_are_effects() -> None:
    graph = ScenarioGraph()
    bare = Engine(graph.state, outside())
    created = [IndexCommand("CREATE", INFO, False)]
    assert commands(bare, "CREATE INDEX by_x FOR (n:A) ON (n.x)") == created
    assert commands(bare, "CREATE INDEX FOR (n:A) ON (n.x)") == [
        IndexCommand("CREATE", IndexInfo("A_x", "A", "x"), False)
    ]
    assert commands(bare, "CREATE INDEX ON :A(x)")[0].index.property == "x"
    engine, _ = indexed(graph)
    assert commands(engine, "DROP INDEX by_x") == [IndexCommand("DROP", INFO, False)]
    assert commands(engine, "CREATE INDEX by_x IF NOT EXISTS FOR (n:A) ON (n.x)") == []
    assert commands(engine, "DROP INDEX other IF EXISTS") == []
    assert engine.run("SHOW INDEXES").rows == [("by_x", "A", "x", "vertex", "ready", 0, 0)]


def test_index_commands_that_can_not_be_done_are_errors() -> None:
    assert error("DROP INDEX nothing").detail == "IndexNotFound"
    assert error("WITH 1 AS x CREATE INDEX FOR (n:A) ON (n.x)").detail == "InvalidClauseComposition"
