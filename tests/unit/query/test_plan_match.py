from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.shared import graph_of, rows

from graphvine.errors import QueryError
from graphvine.query import plan_match
from graphvine.query.results import PlanNode


def plan_of(text: str, graph: ScenarioGraph) -> list[str]:
    node: PlanNode | None = graph.run("EXPLAIN " + text, {}).plan
    found = []
    while node is not None:
        found.append(f"{node.name} {node.details}".strip())
        node = node.children[0] if node.children else None
    return found[::-1][1:]


@pytest.fixture(scope="module")
def graph() -> ScenarioGraph:
    return graph_of(
        "UNWIND range(1, 100) AS x CREATE (:Many {x: x})",
        "UNWIND range(1, 5) AS x CREATE (:Few {x: x})",
        "MATCH (m:Many), (f:Few) WHERE m.x % 5 + 1 = f.x CREATE (m)-[:IN]->(f)",
        "MATCH (f:Few), (g:Few) WHERE f.x + 1 = g.x CREATE (f)-[:NEXT]->(g)",
    )


def test_the_smaller_end_is_where_it_starts(graph: ScenarioGraph) -> None:
    assert plan_of("MATCH (m:Many)-[:IN]->(f:Few) RETURN m", graph)[:2] == [
        "LabelScan (f:Few)",
        "Expand (m)-[:IN]->(f) m:Many",
    ]


def test_a_known_id_is_where_it_starts(graph: ScenarioGraph) -> None:
    assert plan_of("MATCH (m)-[:IN]->(f {_id: 'x'}) RETURN m", graph)[0] == "IdSeek (f)"
    assert plan_of("MATCH (m)-[:IN]->(f) WHERE id(m) = 'x' RETURN m", graph)[0] == "IdSeek (m)"


def test_one_of_several_labels_is_a_scan_of_these(graph: ScenarioGraph) -> None:
    assert plan_of("MATCH (n:Few|Rare) RETURN n", graph)[0] == "LabelUnionScan (n:Few|Rare)"
    assert plan_of("MATCH (n) WHERE n:Few OR n:Rare RETURN n", graph)[0] == "LabelUnionScan (n:Few|Rare)"
    assert plan_of("MATCH (n:Many) WHERE n:Few|Rare RETURN n", graph)[0] == "LabelUnionScan (n:Few|Rare) n:Many"
    assert plan_of("MATCH (n), (m) WHERE n:Few OR m:Few RETURN n", graph)[0] == "AllVertices (n)"
    assert plan_of("MATCH (n) WHERE n:Few OR n.x = 1 RETURN n", graph)[0] == "AllVertices (n)"
    both = graph_of("CREATE (:A {n: 1}), (:A:B {n: 2}), (:B {n: 3}), (:C {n: 4})")
    assert sorted(row[0] for row in both.run("MATCH (n:A|B|A) RETURN n.n", {}).rows) == [1, 2, 3]
    written = both.run("MATCH (n:A|B) SET n:C WITH n MATCH (m:B|C) RETURN count(m) AS c", {})
    assert written.rows == [(12,)]


def test_a_rare_type_is_scanned_by_its_edges(graph: ScenarioGraph) -> None:
    assert plan_of("MATCH (a)-[r:NEXT]->(b) RETURN a", graph)[0] == "EdgeScan (a)-[r:NEXT]->(b)"


def test_both_ends_known_is_looked_up_between_them(graph: ScenarioGraph) -> None:
    found = plan_of("MATCH (a:Few)-[:NEXT]->(b) WITH a, b MATCH (a)-[:NEXT]->(b) RETURN a", graph)
    assert any(step.startswith("ExpandInto") for step in found)


def test_two_edges_to_one_new_vertex_are_followed_at_once(graph: ScenarioGraph) -> None:
    found = plan_of("MATCH (a:Few)-[:NEXT]->(b)-[:NEXT]->(c:Few), (a)-[:NEXT]->(c) RETURN a", graph)
    assert found[:2] == [
        "EdgeScan (a)-[:NEXT]->(b) a:Few",
        "ExpandIntersect (b)-[:NEXT]->(c), (a)-[:NEXT]->(c) c:Few",
    ]


def test_an_id_that_was_looked_up_is_not_tested_again(graph: ScenarioGraph) -> None:
    assert plan_of("MATCH (n:Few {_id: 'x'}) RETURN 1", graph)[:2] == ["IdSeek (n) n:Few", "Project 1"]
    found = plan_of("MATCH (n) WHERE id(n) = 'x' AND id(n) = 'y' RETURN 1", graph)
    assert found[1].startswith("Filter")


def test_rows_that_are_only_counted_are_not_made(graph: ScenarioGraph) -> None:
    assert "CountRows" in plan_of("MATCH (m:Many)-[:IN]->(f) RETURN count(*)", graph)
    assert "CountRows" in plan_of("MATCH (f:Few)<-[r:IN]-(m) RETURN count(r)", graph)
    assert rows("MATCH (m:Many)-[:IN]->(f) RETURN count(*)", graph) == [(100,)]
    assert "CountRows" not in plan_of("MATCH (m:Many)-[:IN]->(f) RETURN count(m.x)", graph)


def test_equal_values_are_joined_by_hash(graph: ScenarioGraph) -> None:
    found = plan_of("MATCH (m:Many), (f:Few) WHERE m.x = f.x RETURN m", graph)
    assert found[:2] == ["LabelScan (f:Few)", "HashJoin (m:Many)"]
    assert sorted(rows("MATCH (m:Many), (f:Few) WHERE m.x = f.x RETURN m.x", graph)) == [(1,), (2,), (3,), (4,), (5,)]


VALUES = [0, 1, 1.0, "1", True, None, float("nan"), [1], [1.0], {"a": 1}]
STORED = st.lists(st.sampled_from([0, 1, 1.0, "1", True, None]), max_size=5)


@settings(max_examples=60, deadline=None)
@given(STORED, STORED, st.lists(st.sampled_from([0, 1, "1", None]), min_size=1, max_size=3))
def test_a_join_gives_what_looking_at_every_pair_gives(left: list[Any], right: list[Any], outer: list[Any]) -> None:
    graph = ScenarioGraph()
    graph.run("UNWIND $l AS x CREATE (:A {x: x})", {"l": left})
    graph.run("UNWIND $r AS x CREATE (:B {x: x})", {"r": right})
    tail = "WHERE a.x = b.x AND b.x <> o RETURN o, id(a), id(b)"
    joined = rows(f"UNWIND $o AS o MATCH (a:A), (b:B) {tail}", graph, o=outer)
    pairs = rows(f"UNWIND $o AS o MATCH (a:A) WITH * MATCH (b:B) WITH * {tail}", graph, o=outer)
    assert sorted(map(repr, joined)) == sorted(map(repr, pairs))


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations_with_replacement(VALUES, 2)))
def test_values_of_every_type_join_as_they_compare(one: Any, other: Any) -> None:
    graph = graph_of("CREATE (:A), (:B)")
    text = "MATCH (a:A), (b:B) WHERE coalesce(a.none, $one) = coalesce(b.none, $other) RETURN 1"
    expected = rows("RETURN $one = $other", graph, one=one, other=other)[0][0] is True
    assert (rows(text, graph, one=one, other=other) == [(1,)]) is expected


@pytest.mark.parametrize("what", ["count(*)", "count(n)", "count(n) + 1"])
def test_counts_are_taken_from_the_graph(graph: ScenarioGraph, what: str) -> None:
    assert plan_of(f"MATCH (n:Few) RETURN {what}", graph)[0] == "CountVertices (n:Few)"
    assert rows(f"MATCH (n:Few) RETURN {what}", graph) == [(6 if "1" in what else 5,)]
    assert rows(f"MATCH (n) RETURN {what}", graph) == [(106 if "1" in what else 105,)]
    assert rows(f"MATCH (n:None) RETURN {what}", graph) == [(1 if "1" in what else 0,)]


@pytest.mark.parametrize("text", ["MATCH (n:Few {x: 1}) RETURN count(n)", "MATCH (n:Few:Many) RETURN count(*)",
    "MATCH (n:Few) RETURN count(n.x)", "MATCH (n:Few) RETURN count(DISTINCT n)", "MATCH (n:Few) RETURN n.x, count(*)",
    "UNWIND [1, 2] AS y MATCH (n:Few) RETURN count(n)", "MATCH (n:Few) RETURN count(*), count(n.x)"])  # fmt: skip
def test_other_counts_are_counted(graph: ScenarioGraph, text: str) -> None:
    assert "CountVertices" not in str(graph.run("EXPLAIN " + text, {}).plan)


def test_a_count_sees_what_the_query_wrote(graph: ScenarioGraph) -> None:
    own = graph_of("CREATE (:A), (:A), (:B)")
    text = "MATCH (b:B) DELETE b CREATE (:A) WITH 1 AS one MATCH (n:A) WITH count(n) AS a MATCH (m) RETURN a, count(m)"
    assert rows(text, own) == [(3, 3)]


def test_edges_of_one_match_are_different(graph: ScenarioGraph) -> None:
    loop = graph_of("CREATE (a:A)-[:K]->(a), (a)-[:K]->(:B)")
    assert rows("MATCH (x)-[r]->(y)-[s]->(z) RETURN count(*)", loop) == [(1,)]
    assert rows("MATCH (x)-[r]->(y), (z)-[s]->(w) RETURN count(*)", loop) == [(2,)]
    assert rows("MATCH (x)-[r]->(y) MATCH (z)-[s]->(w) RETURN count(*)", loop) == [(4,)]
    assert rows("MATCH (x)-[r]-(y) RETURN count(*)", loop) == [(3,)]
    assert rows("MATCH (x:A)-[r]-(x) RETURN count(*)", loop) == [(1,)]
    assert rows("MATCH ()-[r]->() MATCH (x)-[r]->(y)-[s]->(z) RETURN count(*)", loop) == [(1,)]


def test_vertices_that_nothing_connects_are_weighed_once_each(
    graph: ScenarioGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way to start is looked for once, however many others are found before it: a hundred took 1.5 seconds."""
    asked: list[int] = []
    seeks = plan_match.seeks
    monkeypatch.setattr(plan_match, "seeks", lambda slot, *rest: asked.append(slot) or seeks(slot, *rest))
    steps = plan_of(f"MATCH {', '.join(f'(a{i}:Few {{x: {i}}})' for i in range(100))} RETURN 1 AS one", graph)
    assert sum("a" in step for step in steps) >= 100
    assert len(asked) == len(set(asked)) == 100


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("MATCH (a)" + "-->()" * 150 + " RETURN a", id="a path"),
        pytest.param("MATCH " + ", ".join("()" for _ in range(301)) + " RETURN 1 AS one", id="vertices"),
        pytest.param("MERGE (a)" + "-[:T]->()" * 150, id="merge"),
        pytest.param("MATCH (a) WHERE " + " AND ".join(["$p"] * 1001) + " RETURN a", id="conditions"),
    ],
)
def test_a_pattern_that_would_take_long_to_plan_is_refused_at_its_place(graph: ScenarioGraph, text: str) -> None:
    with pytest.raises(QueryError, match=r"One MATCH has at most .*line 1, column") as refused:
        graph.run(text, {})
    assert (refused.value.kind, refused.value.phase) == ("SyntaxError", "compile time")


def test_the_largest_pattern_is_planned(graph: ScenarioGraph) -> None:
    assert plan_of("MATCH (a)" + "-->()" * 149 + " WHERE a.x = 1 RETURN a", graph)
