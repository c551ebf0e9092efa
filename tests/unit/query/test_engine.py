from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.tck.graph import ScenarioGraph
from tests.unit.query.shared import error, graph_of, rows
from tests.unit.query.social import outside

from graphvine.errors import QueryError
from graphvine.query.engine import Engine
from graphvine.query.results import Edge, Path, Vertex
from graphvine.query.run import Limits
from graphvine.query.steps import scans
from graphvine.store.builder import TransactionBuilder


class Watch:
    """A clock that goes on by a millisecond each time it is read."""

    def __init__(self) -> None:
        self.reads = itertools.count()

    def __call__(self) -> float:
        return next(self.reads) / 1000


def crowd(count: int) -> ScenarioGraph:
    return graph_of(f"UNWIND range(1, {count}) AS x CREATE (:A {{x: x}})")


def engine_of(graph: ScenarioGraph, **limits: Any) -> Engine:
    return Engine(graph.state, outside(clock=Watch()), limits=Limits(**limits))


SLOW = [
    "MATCH (a), (b) RETURN count(*)",
    "MATCH (a) WHERE a.x < 0 RETURN a",
    "UNWIND range(1, 5000) AS x WITH x WHERE x < 0 RETURN x",
    "MATCH (a) RETURN a.x ORDER BY a.x",
    "MATCH (a) RETURN a.x ORDER BY a.x DESC LIMIT 3",
    "MATCH (a) RETURN DISTINCT a.x % 3",
    "MATCH (a) RETURN a.x, count(*)",
    "MATCH (a) WHERE EXISTS { MATCH (b) WHERE b.x < 0 } RETURN a",
    "MATCH (a) OPTIONAL MATCH (b) WHERE b.x = a.x RETURN a, b",
    "MATCH (a) RETURN COUNT { MATCH (b) WHERE b.x < a.x } AS c",
    "MATCH (a) WITH [(a)--(b) | b.x] AS l, EXISTS { MATCH (b) WHERE b.x < 0 } AS e RETURN sum(size(l))",
    "MATCH (a) RETURN sum(COUNT { MATCH (b) WHERE b.x < 0 })",
    "MATCH (a) CALL { MATCH (b) RETURN count(b) AS c } RETURN c",
    "UNWIND range(1, 500) AS x CREATE (:B {x: x})",
    "UNWIND range(1, 50) AS x MERGE (:A {x: -x})",
    "MATCH (a) SET a.y = 1",
    "FOREACH (x IN range(1, 500) | CREATE (:B))",
    "MATCH (a) RETURN a.x UNION MATCH (a) RETURN a.x",
]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the graph were larger: one block holds as many vertices as are looked at between two looks at the clock."""
    monkeypatch.setattr(scans, "BLOCK", 32)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("text", SLOW)
def test_long_work_is_sliced(text: str) -> None:
    """With a clock that moves at each look, a slice ends after as many looks as it has milliseconds."""
    execution = engine_of(crowd(300), slice_s=0.003, total_s=1e9).execute(text)
    slices = sum(1 for _ in execution.steps())
    assert slices >= 2


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("text", SLOW)
def test_a_query_that_takes_too_long_is_ended(text: str) -> None:
    execution = engine_of(crowd(300), total_s=0.003).execute(text)
    with pytest.raises(QueryError) as caught:
        list(execution.steps())
    assert (caught.value.kind, caught.value.detail) == ("ResourceError", "TimeLimit")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("text", SLOW)
def test_a_query_can_be_cancelled_between_slices(text: str) -> None:
    execution = engine_of(crowd(300), slice_s=0.001, total_s=1e9).execute(text)
    steps = execution.steps()
    next(steps)
    execution.cancel()
    with pytest.raises(QueryError) as caught:
        list(steps)
    assert caught.value.detail == "Cancelled"


LONG = "reduce(a = 0, x IN range(1, 50000) | a + x)"


def test_time_inside_one_expression_counts_too() -> None:
    execution = engine_of(crowd(1), total_s=0.003).execute("RETURN reduce(a = 0, x IN range(1, 100000) | a + x)")
    with pytest.raises(QueryError, match="seconds"):
        list(execution.steps())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"UNWIND [1, 2, 3] AS x RETURN x SKIP {LONG} - 1250025000 + 2", [(3,)]),
        (f"UNWIND [3, 2, 1] AS x RETURN x ORDER BY x SKIP 1 LIMIT {LONG} - 1250025000 + 1", [(2,)]),
        (f"MATCH (a) WHERE id(a) = 'v' + ({LONG} - 1250025000 + 7) RETURN id(a)", [("v7",)]),
        ("MATCH (a) WHERE id(a) IN [x IN range(1, 100000) | 'v' + x] RETURN count(a)", [(300,)]),
        ("MATCH (a), (b) WHERE a.n = 1 AND b.n + size(range(1, 20000)) = a.n + 20001 RETURN b.n", [(2,)]),
        (f"MATCH (a {{n: 1}})-[:K*1..2 {{w: {LONG} - 1250025000}}]->(b) RETURN count(b)", [(0,)]),
        (f"MATCH p = shortestPath((a {{n: 1}})-[:K*..2 {{w: {LONG}}}]->(b {{n: 2}})) RETURN count(p)", [(0,)]),
    ],
)
def test_an_expression_pauses_wherever_it_stands(text: str, expected: list[Any]) -> None:
    graph = graph_of("UNWIND range(1, 300) AS x CREATE (:A {_id: 'v' + x, n: x})")
    graph.run("MATCH (a {n: 1}), (b {n: 2}) CREATE (a)-[:K {w: 1}]->(b)", {})
    execution = engine_of(graph, slice_s=0.001, total_s=1e9).execute(text)
    assert sum(1 for _ in execution.steps()) >= 10
    assert execution.result.rows == expected


def test_rows_have_a_limit() -> None:
    engine = engine_of(crowd(100), max_rows=99, total_s=100)
    assert len(engine.run("MATCH (n) RETURN n LIMIT 99").rows) == 99
    with pytest.raises(QueryError, match="more than 99 rows"):
        engine.run("MATCH (n) RETURN n")


@pytest.mark.parametrize(
    "text",
    [
        "UNWIND range(1, 100000) AS x RETURN collect(x)",
        "UNWIND range(1, 100000) AS x RETURN DISTINCT x",
        "UNWIND range(1, 100000) AS x RETURN x, count(*)",
        "UNWIND range(1, 100000) AS x WITH x ORDER BY x RETURN count(*)",
        "UNWIND range(1, 100000) AS x CREATE ()",
        "UNWIND range(1, 100000) AS x RETURN 'some text'",
    ],
)
def test_memory_has_a_limit(text: str) -> None:
    engine = engine_of(ScenarioGraph(), memory_bytes=1_000_000, total_s=1000)
    with pytest.raises(QueryError) as caught:
        engine.run(text)
    assert caught.value.detail == "MemoryLimit"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("RETURN reduce(s = 'aaaaaaaa', x IN range(1, 60) | s + s)", "TextTooLong"),
        ("RETURN reduce(s = [1], x IN range(1, 60) | s + s)", "ListTooLong"),
        ("RETURN reduce(s = [1], x IN range(1, 60) | [s, s])", "ListTooLong"),
        ("RETURN reduce(s = 1, x IN range(1, 5000) | [s])", "ValueTooDeep"),
        ("RETURN reduce(s = 1, x IN range(1, 5000) | {a: s})", "ValueTooDeep"),
        ("RETURN range(1, 1000000000000)", "ListTooLong"),
        ("RETURN replace('aaaaaaaaaa', 'a', '" + "b" * 1_000 + "')", None),
        ("RETURN '" + "a" * 40 + "' =~ '(a+)+b'", None),
        ("RETURN '" + "a" * 40 + "' =~ '(a|a)*\\\\1b'", "InvalidArgumentValue"),
        ("RETURN 'a' =~ '['", "InvalidArgumentValue"),
    ],
)
def test_values_that_would_explode_are_refused(text: str, detail: str | None) -> None:
    if detail is None:
        assert rows(text)
    else:
        assert error(text).detail == detail


def test_plans_are_kept_by_text_and_made_anew_when_the_graph_has_grown() -> None:
    graph = crowd(10)
    engine = engine_of(graph)
    first = engine.prepare("MATCH (n:A) RETURN n")
    assert engine.prepare("MATCH (n:A) RETURN n") is first
    graph.run("UNWIND range(1, 1000) AS x CREATE (:B)", {})
    assert engine.prepare("MATCH (n:A) RETURN n") is not first


def test_the_plan_cache_is_bounded() -> None:
    engine = engine_of(ScenarioGraph())
    first = engine.prepare("RETURN 0")
    for number in range(1, 300):
        engine.prepare(f"RETURN {number}")
    assert engine.prepare("RETURN 0") is not first


def test_explain_runs_nothing_and_profile_counts() -> None:
    graph = crowd(10)
    engine = engine_of(graph, total_s=100)
    explained = engine.run("EXPLAIN MATCH (n:A) WHERE n.x > 5 CREATE (:B) RETURN n.x")
    assert explained.rows == []
    assert explained.plan is not None
    assert explained.plan.rows is None
    assert "LabelScan (n:A)" in str(explained.plan)
    assert "not possible" in explained.live
    profiled = engine.run("PROFILE MATCH (n:A) WHERE n.x > 5 RETURN n.x").plan
    assert profiled is not None
    counts = {}
    node = profiled
    while node.children:
        counts[node.name] = (node.rows, node.hits)
        node = node.children[0]
    assert counts["LabelScan"] == (10, 10)
    assert counts["Filter"][0] == 5
    assert len(engine.run("MATCH (n:A) WHERE n.x > 5 RETURN n.x").rows) == 5


def test_results_are_values_of_their_own() -> None:
    graph = graph_of("CREATE (:A {_id: 'a', x: 1})-[:K {w: 2}]->(:B {_id: 'b'})")
    ((vertex, edge, path, listed),) = rows("MATCH p = (a:A)-[k]->(b) RETURN a, k, p, [a, {k: k}]", graph)
    assert vertex == Vertex("a", ("A",), {"x": 1})
    assert (edge.type, edge.source, edge.target, edge["w"]) == ("K", "a", "b", 2)
    assert isinstance(edge, Edge)
    assert path == Path((vertex, Vertex("b", ("B",), {})), (edge,))
    assert len(path) == 1
    assert listed == [vertex, {"k": edge}]
    graph.run("MATCH (a:A) SET a.x = 2", {})
    assert vertex["x"] == 1


def test_results_come_as_dicts_too() -> None:
    assert ScenarioGraph().run("RETURN 1 AS a, 'x' AS b", {}).dicts() == [{"a": 1, "b": "x"}]


def test_a_vertex_from_a_result_can_be_a_parameter() -> None:
    graph = crowd(3)
    ((vertex,),) = rows("MATCH (n {x: 2}) RETURN n", graph)
    assert rows("WITH $n AS n MATCH (n) RETURN n.x", graph, n=vertex) == [(2,)]


@pytest.mark.parametrize("bad", [2**63, object(), {1: 2}, {"a": {1}}, [[[object()]]]])
def test_parameters_that_cypher_can_not_hold_are_refused(bad: object) -> None:
    assert error("RETURN $p", p=bad).kind == "TypeError"


def test_a_parameter_that_is_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    assert "levels deep" in str(error("RETURN $p", p=deep))


def test_a_missing_parameter_is_named() -> None:
    found = error("RETURN $who")
    assert (found.kind, found.detail) == ("ParameterMissing", "MissingParameter")
    assert "$who" in str(found)


def test_a_query_without_a_builder_changes_nothing() -> None:
    graph = crowd(1)
    Engine(graph.state, outside()).run("MATCH (n) DETACH DELETE n")
    assert rows("MATCH (n) RETURN count(n)", graph) == [(1,)]


def test_a_failing_query_leaves_no_operations() -> None:
    graph = crowd(3)
    builder = TransactionBuilder()
    with pytest.raises(QueryError):
        Engine(graph.state, outside()).run("MATCH (n) SET n.y = 1 / (n.x - 3)", builder=builder)
    assert len(builder) == 0
