"""Patterns that close a circle: what ExpandIntersect finds and counts is what looking at every edge finds."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside

from graphvine.query.engine import Engine
from graphvine.query.run import Limits
from graphvine.store.builder import TransactionBuilder

IDS = ["a", "b", "c", "d"]
EDGES = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from("KL"), st.sampled_from(IDS)), max_size=9)
TRIANGLES = [
    ("(a)-[r:K]->(b)-[s:K]->(c), (a)-[t:K]->(c)", [("K", 1), ("K", 1), ("K", 1)]),
    ("(a)-[r:K]->(b)-[s:L]->(c), (a)<-[t:K]-(c)", [("K", 1), ("L", 1), ("K", -1)]),
    ("(a)-[r:K]-(b)-[s]-(c), (a)-[t:K]-(c)", [("K", 0), ("", 0), ("K", 0)]),
    ("(a)-[r]-(b)<-[s:K]-(c), (a)-[t]->(c)", [("", 0), ("K", -1), ("", 1)]),
]


def graph_of(edges: list[tuple[str, str, str]]) -> Engine:
    graph = ScenarioGraph()
    builder = TransactionBuilder()
    for number, id_ in enumerate(IDS):
        builder.put_vertex(id_, {}, ["Even"] if number % 2 == 0 else [])
    for number, (source, type_, target) in enumerate(edges):
        builder.put_edge(f"e{number}", type_, source, target)
    graph.apply(builder)
    return Engine(graph.state, outside())


def steps_of(edges: list[tuple[str, str, str]], type_: str, direction: int) -> list[tuple[str, str, str]]:
    """Every way to go along one edge: from, edge, to."""
    ways = []
    for number, (source, kind, target) in enumerate(edges):
        if kind == type_ or not type_:
            if direction >= 0:
                ways.append((source, f"e{number}", target))
            if direction < 0 or direction == 0 and source != target:
                ways.append((target, f"e{number}", source))
    return ways


def expected(edges: list[tuple[str, str, str]], sides: list[tuple[str, int]], label: str) -> list[Any]:
    found = []
    for one, two, three in itertools.product(*(steps_of(edges, *side) for side in sides)):
        meets = one[2] == two[0] and three[0] == one[0] and three[2] == two[2]
        if meets and len({one[1], two[1], three[1]}) == 3 and (not label or two[2] in "ac"):
            found.append((one[0], one[2], two[2], one[1], two[1], three[1]))
    return sorted(found)


@pytest.mark.parametrize(("pattern", "sides"), TRIANGLES)
@pytest.mark.parametrize("label", ["", ":Even"])
@settings(max_examples=60, deadline=None)
@given(edges=EDGES)
def test_a_triangle_is_found_once_for_each_way_to_match_it(
    pattern: str, sides: list[tuple[str, int]], label: str, edges: list[tuple[str, str, str]]
) -> None:
    engine = graph_of(edges)
    match = f"MATCH {pattern.replace('(c),', f'(c{label}),')}"
    names = "id(a), id(b), id(c), id(r), id(s), id(t)"
    rows = sorted(engine.run(f"{match} RETURN {names}").rows)
    assert rows == expected(edges, sides, label)
    assert engine.run(f"{match} RETURN count(*)").rows == [(len(rows),)]


@settings(max_examples=60, deadline=None)
@given(edges=EDGES)
def test_two_edges_to_one_vertex_may_start_at_the_same(edges: list[tuple[str, str, str]]) -> None:
    engine = graph_of(edges)
    text = "MATCH (a) MATCH (b) MATCH (a)-[r:K]->(c)<-[s:K]-(b) RETURN {}"
    rows = engine.run(text.format("id(a), id(b), id(c), id(r), id(s)")).rows
    ways = steps_of(edges, "K", 1)
    pairs = [(x[0], y[0], x[2], x[1], y[1]) for x in ways for y in ways if x[2] == y[2] and x[1] != y[1]]
    assert sorted(rows) == sorted(pairs)
    assert engine.run(text.format("count(*)")).rows == [(len(pairs),)]


def test_a_hub_is_asked_and_not_read() -> None:
    """Counted in vertices and edges looked at: a neighbour with 5,000 edges costs what the small side has."""
    graph = ScenarioGraph()
    graph.run("CREATE (h:Hub {_id: 'h'}), (p:P {_id: 'p'}) CREATE (p)-[:K]->(h)", {})
    graph.run("MATCH (h:Hub) UNWIND range(1, 5000) AS x CREATE (h)-[:K]->(:Many {x: x})", {})
    graph.run("MATCH (p:P), (m:Many {x: 7}) CREATE (p)-[:K]->(m)", {})
    engine = Engine(graph.state, outside())
    plan = engine.run("PROFILE MATCH (p:P)-[:K]->(h:Hub)-[:K]->(m), (p)-[:K]->(m) RETURN m.x")
    assert plan.rows == [(7,)]
    assert plan.plan is not None
    assert plan.plan.hits is not None
    assert plan.plan.hits < 50


def test_counting_can_pause() -> None:
    engine = graph_of([("a", "K", "b"), ("b", "K", "c"), ("a", "K", "c")] * 12)
    engine.limits = Limits(slice_s=0.0)
    execution = engine.execute("MATCH (a)-[:K]->(b)-[:K]->(c), (a)-[:K]->(c) RETURN count(*)")
    assert sum(1 for _ in execution.steps()) > 0
    assert execution.result.rows == [(12**3,)]


def test_profile_counts_rows_that_were_never_made() -> None:
    engine = graph_of([("a", "K", "b"), ("b", "K", "c"), ("a", "K", "c")])
    result = engine.run("PROFILE MATCH (a)-[:K]->(b)-[:K]->(c), (a)-[:K]->(c) RETURN count(*)")
    assert result.rows == [(1,)]
    assert "ExpandIntersect" in str(result.plan)
    line = next(line for line in str(result.plan).splitlines() if "ExpandIntersect" in line)
    assert "rows=1" in line
