"""Blocks give the rows that rows give, in the same order: on graphs with loops, double edges and odd properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside, social_state
from tests.unit.query.test_cases import CASES, Case, test_language

from graphvine.errors import QueryError
from graphvine.query import plan_wide
from graphvine.query.engine import Engine
from graphvine.query.steps import expands, intersect, scans
from graphvine.store.builder import TransactionBuilder

IDS = [f"v{number}" for number in range(6)]
VALUES = st.sampled_from([None, 0, 1, 2, 1.0, 2.5, -0.5, "a", "b", True, [1], [2]])
VERTICES = st.lists(
    st.tuples(VALUES, VALUES, st.sampled_from([("A",), ("B",), ("A", "B"), ()])), min_size=6, max_size=6
)
EDGES = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from("KL"), st.sampled_from(IDS), st.integers(0, 3)), max_size=14
)

QUERIES = [
    "MATCH (p {_id: 'v0'})-[:K]-()-[:K]-(f) WHERE f <> p RETURN DISTINCT id(f) AS f",
    "MATCH (p {_id: 'v0'})-[:K]->(b)-[:K]->(f) WITH DISTINCT f, b RETURN f.x, id(b)",
    "MATCH (p {_id: 'v0'})-[:K]-(b:A)-[e]-(f) WHERE e.k > 0 RETURN count(DISTINCT f), count(f.x), count(*)",
    "MATCH (p)-[:K|L]-(b) RETURN id(p), collect(b.x), sum(CASE WHEN b.x > 0 THEN 1 ELSE 2 END) ORDER BY id(p)",
    "MATCH (p:A)-[:K]->(b:B) RETURN id(b) AS b, b.x AS x, p.y AS y ORDER BY x DESC LIMIT 3",
    "MATCH (p:A)-[e:K]->(b) RETURN id(b) AS b, b.x AS x, e.k AS k ORDER BY k, x DESC SKIP 1 LIMIT 3",
    "MATCH (p)<-[e:K]-(b:A) RETURN id(b), id(e) ORDER BY b.y LIMIT 2",
    "MATCH (a) RETURN a.x, count(*), min(a.y), max(a.x), collect(DISTINCT a.y)",
    "MATCH (a:A) RETURN DISTINCT a.x, a.y",
    "MATCH (a)-[e]-(b) WITH a, b, e WHERE a.x = b.x OR a.y <> b.y RETURN id(a), e, b, labels(b)",
    "MATCH (a)-[e]->(b) WHERE a.x <> b.x AND e.k >= 1 AND a.y IS NOT NULL RETURN id(e), a.x <> b.y, b:A",
    "MATCH (a)-[:K]->(b)-[:K]->(c), (a)-[:K]->(c) RETURN count(*)",
    "MATCH (a:A)-[:K]-(b)-[:L]-(c:B), (a)-[:K]-(c) RETURN count(*)",
    "MATCH (a)-[:K]->(b)-[:K]->(c)-[:K]->(a) RETURN count(*)",
    "MATCH (x)-[:K]-(a)-[:K]->(b)-[:K]->(c), (a)-[:K]->(c) RETURN count(*)",
    "MATCH (a)-[e:K]->(b)-[f:K]->(c), (a)-[g:K]->(c) RETURN id(a), count(*), collect(id(f))",
    "MATCH (a)-[:K*1..2]-(b)-[:K]-(c) RETURN id(a), id(c), count(*)",
    "MATCH (a)-[:K]->(b) OPTIONAL MATCH (b)-[:L]->(c) OPTIONAL MATCH (c)-[:K]-(d) RETURN id(a), id(c), id(d), c.x",
    "MATCH (a) WHERE a.x > 0 RETURN id(a), a.x + 1 ORDER BY a.x LIMIT 2",
    "MATCH (a) WHERE a.x RETURN id(a)",
    "MATCH (a) RETURN sum(a.x)",
    "MATCH (a:A) RETURN percentileDisc(a.z, 0.5), stdev(a.z)",
    "MATCH (a)-[:K]-(b) WITH a, count(*) AS n ORDER BY n DESC, id(a) LIMIT 2 MATCH (a)--(c) RETURN id(a), n, id(c)",
    "MATCH (a) RETURN [(a)-[:K]->(b) | b.x] AS l, EXISTS { (a)-[:L]->() } AS e, COUNT { (a)--(:A) } AS c",
    "MATCH (a) RETURN id(a), a.z / 0.0 AS q ORDER BY (a.z - 1) / 0.0 DESC LIMIT 2",
    "MATCH (a) RETURN DISTINCT (a.z - 1) / 0.0",
    "MATCH (a:A) WITH collect(a) AS l UNWIND l AS x MATCH (x)-[:K]->(y) RETURN DISTINCT id(y)",
    "MATCH (a:A) RETURN a.x AS x UNION MATCH (b:B) RETURN b.y AS x",
    "MATCH (a:A) CALL { WITH a MATCH (a)-[:K]-(b) RETURN count(b) AS n } RETURN id(a), n",
    "MATCH (a), (b) WHERE a.x = b.x RETURN id(a), id(b)",
    "MATCH p = (a:A)-[:K]->(b) RETURN p, length(p), a, b ORDER BY id(a) LIMIT 4",
]  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    """So small blocks that these graphs fill several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "BLOCK", 3)
        patch.setattr(expands, "CHUNK", 4)
        patch.setattr(intersect, "CHUNK", 4)
        patch.setattr(intersect, "_PART", 3)
        yield


def graph_of(vertices: list[Any], edges: list[Any]) -> ScenarioGraph:
    graph = ScenarioGraph()
    builder = TransactionBuilder()
    for number, (id_, (x, y, labels)) in enumerate(zip(IDS, vertices, strict=True)):
        about = {"x": x, "y": y, "z": number}
        builder.put_vertex(id_, {name: value for name, value in about.items() if value is not None}, labels)
    for number, (source, type_, target, weight) in enumerate(edges):
        builder.put_edge(f"e{number}", type_, source, target, {"k": weight} if weight else {})
    graph.apply(builder)
    return graph


def answer(graph: ScenarioGraph, text: str, wide_from: float) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_wide, "WIDE_FROM", wide_from)
        try:
            return repr(Engine(graph.state, outside()).run(text).rows)
        except QueryError as error:
            return f"{error.kind} {error.detail}"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", QUERIES)
@given(VERTICES, EDGES)
@settings(max_examples=25, deadline=None)
def test_blocks_give_what_rows_give(text: str, vertices: list[Any], edges: list[Any]) -> None:
    graph = graph_of(vertices, edges)
    assert answer(graph, text, 0.0) == answer(graph, text, 1e9)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_holds_in_blocks_too(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_wide, "WIDE_FROM", 0.0)
    test_language(case)


def test_profile_counts_the_same_rows_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of([(1, 2, ("A",))] * 6, [(a, "K", b, 1) for a, b in zip(IDS, [*IDS[1:], "v0"], strict=True)])
    for text in QUERIES:
        if "LIMIT" in text or "WHERE a.x RETURN" in text:
            continue  # rows stop at the limit and blocks don't; no plan comes out of an error
        counts = []
        for wide_from in (0.0, 1e9):
            monkeypatch.setattr(plan_wide, "WIDE_FROM", wide_from)
            plan = Engine(graph.state, outside()).run(f"PROFILE {text}").plan
            assert plan is not None
            counts.append([line.split("hits=")[0] for line in str(plan).splitlines() if "+Argument" not in line])
        assert counts[0] == counts[1], text


def test_what_changes_the_graph_never_runs_in_blocks() -> None:
    engine = Engine(social_state(50), outside())
    assert not engine.prepare("MATCH (p:Person)-[:KNOWS]->(q) SET q.seen = true RETURN q").step.is_wide
    assert engine.prepare("MATCH (p:Person)-[:KNOWS]->(q) RETURN q").step.is_wide
    assert not engine.prepare("MATCH (p {_id: 'p1'}) RETURN p.name").step.is_wide
