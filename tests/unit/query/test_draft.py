from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.shared import error, graph_of, rows
from tests.unit.query.social import outside

from graphvine.query.engine import Engine
from graphvine.query.results import Counters
from graphvine.store.builder import TransactionBuilder


def test_a_query_sees_its_own_writes() -> None:
    graph = graph_of("CREATE (:A {x: 1})-[:K]->(:B)")
    text = """
        MATCH (a:A)-[k:K]->(b) DELETE k CREATE (a)-[:L {w: 1}]->(c:C {x: 9}) SET b:D, a.x = null REMOVE b:B
        WITH a, b, c MATCH (n) RETURN labels(n) AS l, n.x AS x, size([(n)-->(m) | m]) AS out ORDER BY l
    """
    assert rows(text, graph) == [(["A"], None, 1), (["C"], 9, 0), (["D"], None, 0)]


def test_clauses_read_before_they_write() -> None:
    graph = graph_of("CREATE (:A), (:A)")
    assert rows("MATCH (a:A) CREATE (b:A) RETURN count(*)", graph) == [(2,)]
    assert rows("MATCH (n:A) RETURN count(n)", graph) == [(4,)]


def test_limit_cuts_rows_but_not_writes() -> None:
    graph = ScenarioGraph()
    assert rows("UNWIND [1, 2, 3] AS x CREATE (n:A {x: x}) RETURN n.x LIMIT 0", graph) == []
    assert rows("MATCH (n:A) RETURN count(n)", graph) == [(3,)]


def test_only_what_changed_becomes_operations() -> None:
    graph = graph_of("CREATE (:A {_id: 'a', x: 1, y: 2})-[:K {w: 1}]->(:B {_id: 'b'})")
    builder = TransactionBuilder()
    engine = Engine(graph.state, outside())
    engine.run("MATCH (a:A)-[k]->(b) SET a.x = 1, a.y = 3, k.w = 1, b:C REMOVE b:B, a.x", builder=builder)
    (first, second) = builder.operations()
    assert (first.id, first.properties, first.removed) == ("a", {"y": 3}, ["x"])  # type: ignore[union-attr]
    assert (second.id, second.labels, second.unlabelled) == ("b", ["C"], ["B"])  # type: ignore[union-attr]


def test_what_others_change_between_two_slices_is_not_written_over() -> None:
    graph = graph_of("CREATE (:A {_id: 'a', x: 1, y: 2})")
    builder = TransactionBuilder()
    execution = Engine(graph.state, outside()).execute("MATCH (a:A) SET a.x = 5")
    for _ in execution.steps():
        pass
    others = TransactionBuilder()
    others.put_vertex("a", {"y": 7})
    graph.apply(others)
    execution.write(builder)
    (operation,) = builder.operations()
    assert (operation.properties, operation.removed) == ({"x": 5}, [])  # type: ignore[union-attr]


def test_what_is_made_and_deleted_again_leaves_nothing() -> None:
    graph = ScenarioGraph()
    builder = TransactionBuilder()
    result = Engine(graph.state, outside()).run("CREATE (a)-[k:K]->(b) DELETE k, a, b", builder=builder)
    assert len(builder) == 0
    assert result.counters == Counters()


def test_setting_all_properties_from_a_map_and_from_a_vertex() -> None:
    graph = graph_of("CREATE (:A {x: 1, y: 2}), (:B {z: 3})")
    assert rows("MATCH (a:A) SET a = {y: 5, w: null} RETURN properties(a)", graph) == [({"y": 5},)]
    assert rows("MATCH (a:A), (b:B) SET a += b, a += {y: null} RETURN properties(a)", graph) == [({"z": 3},)]


def test_an_explicit_id() -> None:
    graph = ScenarioGraph()
    assert rows("CREATE (n:A {_id: 'ada', x: 1}) RETURN id(n), n._id, keys(n)", graph) == [("ada", "ada", ["x"])]
    assert rows("MERGE (n:A {_id: 'ada'}) ON MATCH SET n.y = 2 RETURN n.y", graph) == [(2,)]
    assert rows("MATCH (n) WHERE id(n) IN ['ada', 'bob'] RETURN n.x", graph) == [(1,)]
    assert error("CREATE ({_id: 'ada'})", graph).kind == "ConstraintValidationFailed"
    assert error("MATCH (n) SET n._id = 'eve'", graph).kind == "ArgumentError"
    assert error("CREATE ({_id: 1})", graph).kind == "TypeError"


def test_merging_one_edge_in_two_places_makes_one_edge() -> None:
    left, right = ScenarioGraph(), ScenarioGraph()
    for graph in (left, right):
        graph.run("CREATE (:A {_id: 'a'}), (:B {_id: 'b'})", {})
        graph.run("MATCH (a:A), (b:B) MERGE (a)-[:K]->(b)", {})
    assert list(left.state.edges) == list(right.state.edges)
    left.run("MATCH (a:A), (b:B) MERGE (a)-[:K {w: 1}]->(b)", {})
    assert len(left.state.edges) == 2


def test_deleting_with_edges_left_is_refused_at_the_end() -> None:
    graph = graph_of("CREATE (:A)-[:K]->(:B)")
    assert error("MATCH (a:A) DELETE a", graph).detail == "DeleteConnectedNode"
    rows("MATCH (a:A) DELETE a WITH a MATCH ()-[k]->() DELETE k", graph)
    assert rows("MATCH (n) RETURN labels(n)", graph) == [(["B"],)]


def test_deleted_things_can_not_be_read() -> None:
    graph = graph_of("CREATE (:A {x: 1})-[:K {w: 1}]->(:B)")
    for read in ("a.x", "labels(a)", "k.w", "keys(a)", "a {.*}", "properties(k)"):
        assert error(f"MATCH (a)-[k]->(b) DETACH DELETE a RETURN {read}", graph).detail == "DeletedEntityAccess"
    assert rows("MATCH (a)-[k]->(b) DETACH DELETE a RETURN type(k)", graph) == [("K",)]


def test_values_that_a_property_can_not_hold_are_refused() -> None:
    for bad in ("{a: 1}", "[{a: 1}]", "[[1]]", "[1, null]", "0.0 / 0.0", "n"):
        assert error(f"CREATE (n) SET n.x = {bad}").detail == "InvalidPropertyType"


def test_procedures_see_the_draft() -> None:
    graph = graph_of("CREATE (:A)-[:K]->(:B {x: 1})")
    text = "MATCH (b:B) DETACH DELETE b CREATE (:C)-[:L]->() WITH 1 AS one CALL db.labels() YIELD label RETURN label"
    assert rows(text, graph) == [("A",), ("C",)]
    assert rows("CALL db.relationshipTypes()", graph) == [("L",)]


WRITES = [
    "MATCH (n:A) SET n.x = coalesce(n.x, 0) + 1",
    "MATCH (n:A) WITH n ORDER BY n.x LIMIT 1 DETACH DELETE n",
    "MATCH (n:B) SET n:A REMOVE n:B",
    "CREATE (:A {x: 1})-[:K]->(:B {x: 2})",
    "MATCH (a:A), (b:B) WITH a, b LIMIT 2 MERGE (a)-[:K]->(b)",
    "MATCH ()-[k:K]->() WITH k LIMIT 1 DELETE k",
    "MATCH (a)-[k:K]->(b) SET k.w = a.x, b.y = a.x",
    "UNWIND [1, 2, 3] AS x MERGE (n:A {x: x}) ON CREATE SET n.new = true ON MATCH SET n.old = true",
    "MATCH (n) WHERE n.y IS NOT NULL REMOVE n.y, n:A",
]


def shape(graph: Any) -> Any:
    vertices = {cell.id: (cell.labels, cell.properties) for cell in graph.vertices.values()}
    edges = {(cell.id, cell.type, cell.source.id, cell.target.id): cell.properties for cell in graph.edges.values()}
    around = {
        cell.id: [sorted((edge.id, other.id) for members in side.values() for edge, other in members.items())
                  for side in (cell.out, cell.into)]
        for cell in graph.vertices.values()
    }  # fmt: skip
    labels = {label: sorted(graph.by_label[label]) for label in graph.by_label}
    types = {type_: sorted(edge.id for edge in graph.by_type[type_]) for type_ in graph.by_type}
    return vertices, edges, around, labels, types


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(WRITES), max_size=6))
def test_the_draft_shows_what_the_state_will_be(history: list[str]) -> None:
    """Whatever a query does, what it sees at its end is what everybody sees after its transaction."""
    graph = ScenarioGraph()
    for text in history:
        execution = Engine(graph.state, graph.outside).execute(text)
        list(execution.steps())
        assert execution.draft is not None
        seen = shape(execution.draft)
        builder = TransactionBuilder()
        execution.write(builder)
        if len(builder):
            graph.apply(builder)
        assert seen == shape(graph.state), text
