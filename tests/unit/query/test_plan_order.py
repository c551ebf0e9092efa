"""Plans over real indexes: which step is used, and that no answer changes because of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.query.live_world import LiveWorld
from tests.unit.query.social import outside
from tests.unit.query.test_live_query import DELTA_QUERIES, RERUN_QUERIES, STEPS, put, same

from graphvine.model.index import IndexInfo
from graphvine.query.engine import Engine
from graphvine.query.results import PlanNode
from graphvine.store.builder import TransactionBuilder

INFOS = [
    IndexInfo("ax", "A", "x"),
    IndexInfo("bx", "B", "x"),
    IndexInfo("as", "A", "s"),
    IndexInfo("kw", "K", "w", "edge"),
]


def plan_of(engine: Engine, text: str) -> list[str]:
    node: PlanNode | None = engine.run("EXPLAIN " + text).plan
    found = []
    while node is not None:
        found.append(f"{node.name} {node.details}".strip())
        node = node.children[0] if node.children else None
    return found[::-1][1:]


@pytest.fixture(scope="module")
def world() -> LiveWorld:
    made = LiveWorld(*INFOS)
    made.cypher("UNWIND range(1, 200) AS x CREATE (:A {x: x, s: 's' + x, y: x % 3}), (:B {x: x})")
    made.cypher("MATCH (a:A), (b:B) WHERE a.x = b.x CREATE (a)-[:K {w: a.x}]->(b)")
    return made


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("MATCH (n:A {x: 3}) RETURN n.x", "IndexSeek (n:A(x) =)"),
        ("MATCH (n:A) WHERE n.x IN [3, 4] RETURN n.x", "IndexSeek (n:A(x) IN)"),
        ("MATCH (n:A) WHERE n.x > 195 RETURN n.x", "IndexSeek (n:A(x) >)"),
        ("MATCH (n:A) WHERE n.x >= 3 AND n.x < 6 RETURN n.x", "IndexSeek (n:A(x) >= and <)"),
        ("MATCH (n:A) WHERE 3 <= n.x < 6 RETURN n.x", "IndexSeek (n:A(x) >= and <)"),
        ("MATCH (n:A) WHERE n.s STARTS WITH 's19' RETURN n.x", "IndexSeek (n:A(s) STARTS WITH)"),
        ("MATCH (n:A) RETURN n.x ORDER BY n.x LIMIT 3", "IndexOrder (n:A) x"),
        ("MATCH (n:A) RETURN n.y, n.x AS v ORDER BY v DESC LIMIT 3", "IndexOrder (n:A) x DESC"),
        ("MATCH (n:A) WHERE n.x < 50 RETURN n.s ORDER BY n.x DESC LIMIT 3", "IndexOrder (n:A(x) <) x DESC"),
        ("MATCH (n:A) WHERE n.y = 1 RETURN n.s ORDER BY n.x SKIP 2 LIMIT 3", "IndexOrder (n:A) x"),
        ("MATCH (n:A) WITH n ORDER BY n.x DESC LIMIT 5 RETURN collect(n.x)", "IndexOrder (n:A) x DESC"),
        ("MATCH ()-[k:K {w: 7}]->(b) RETURN b.x", "EdgeIndexSeek ()-[k:K]->(b):K(w) ="),
        ("MATCH (a)-[k:K]-(b) WHERE k.w > 198 RETURN a.x, b.x", "EdgeIndexSeek (a)-[k:K]-(b):K(w) >"),
        ("MATCH (a:A)<-[k:K]-(b) WHERE k.w < 3 RETURN a.x, b.x", "EdgeIndexSeek (a)<-[k:K]-(b):K(w) <"),
    ],
)
def test_the_index_is_used_and_changes_no_answer(world: LiveWorld, text: str, first: str) -> None:
    assert plan_of(world.engine, text)[0].removesuffix(" a:A") == first
    if "ORDER BY" in text:
        assert not any(step.split()[0] in ("Sort", "Top") for step in plan_of(world.engine, text))
    plain = Engine(world.graph.state, outside()).run(text).rows
    found = world.engine.run(text).rows
    assert found == plain if "ORDER BY" in text else sorted(found) == sorted(plain)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:A) RETURN n.x ORDER BY n.y LIMIT 3",
        "MATCH (n:A) RETURN n.x ORDER BY n.x, n.y LIMIT 3",
        "MATCH (n:A) RETURN n.x ORDER BY n.x + 1 LIMIT 3",
        "MATCH (n:B)<-[:K]-(m:A) WHERE n.x = 3 RETURN m.x ORDER BY m.x LIMIT 3",
        "MATCH (n:A) RETURN n.x AS x, count(*) ORDER BY x LIMIT 3",
        "MATCH (n:A) WITH n LIMIT 10 RETURN n.x ORDER BY n.x",
        "UNWIND [2, 1] AS i MATCH (n:A) RETURN n.x, i ORDER BY n.x LIMIT 3",
        "MATCH (n) RETURN n.x ORDER BY n.x LIMIT 3",
        "MATCH (n:A) SET n.z = 1 RETURN n.x ORDER BY n.x LIMIT 3",
    ],
)
def test_where_it_does_not_help_it_is_sorted(world: LiveWorld, text: str) -> None:
    assert any(step.split()[0] in ("Sort", "Top") for step in plan_of(world.engine, text))


def test_only_as_much_of_the_index_is_read_as_is_needed(world: LiveWorld) -> None:
    plan = world.engine.run("PROFILE MATCH (n:A) RETURN n.x ORDER BY n.x DESC LIMIT 3").plan
    while plan is not None and plan.name != "IndexOrder":
        plan = plan.children[0]
    assert plan is not None
    assert plan.rows is not None
    assert plan.rows <= 4


VALUES = st.sampled_from([0, 1, 1.0, 2.5, -1, "a", "ab", "b", True, False, None, [1], [1, 2]])
BOUNDS = st.one_of(VALUES, st.floats(allow_nan=True))


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, max_size=8), BOUNDS, BOUNDS, st.booleans(), st.booleans())
def test_ranges_and_orders_of_any_values_give_the_same_rows(
    stored: list[Any], low: Any, high: Any, is_down: bool, writes: bool
) -> None:
    world = LiveWorld(*INFOS)
    world.cypher("UNWIND range(0, size($values) - 1) AS i CREATE (:A {x: $values[i], i: i})", {"values": stored})
    plain = Engine(world.graph.state, world.engine.outside)
    order = "DESC" if is_down else ""
    parameters = {"low": low, "high": high}
    prefix = "MATCH (m:A {i: 0}) SET m.x = 1 CREATE (:A {x: 2, i: 99}) WITH count(*) AS c " if writes else ""
    for test in ("n.x >= $low", "n.x < $high", "$low < n.x <= $high", "n.x = $low", "n.x IN [$low, $high]"):
        text = f"{prefix}MATCH (n:A) WHERE {test} RETURN n.i AS i"
        found, wanted = (sorted(engine.run(text, parameters).rows) for engine in (world.engine, plain))
        assert found == wanted, text
        text = f"MATCH (n:A) WHERE {test} RETURN n.x AS x ORDER BY x {order}"
        assert world.engine.run(text, parameters).rows == plain.run(text, parameters).rows, text
    text = f"MATCH (n:A) RETURN n.x AS x ORDER BY x {order}"
    assert world.engine.run(text).rows == plain.run(text).rows


INDEXED_QUERIES = [
    "MATCH (n:A) WHERE n.x >= 1 RETURN id(n), n.x",
    "MATCH (n:A {x: 1}) RETURN id(n)",
    "MATCH (n:A) RETURN n.x AS x ORDER BY x",
    "MATCH (n:A) RETURN n.x AS x ORDER BY x DESC LIMIT 2",
    "MATCH (n:A) WHERE 0 < n.x < 2 RETURN n.x AS x ORDER BY x DESC",
    "MATCH (a)-[r:K {w: 1}]->(b) RETURN id(a), id(b)",
    "MATCH (a)-[r:K]-(b:B) WHERE r.w > 1 RETURN id(a), id(b)",
    "MATCH (a:A) OPTIONAL MATCH (b:B) WHERE b.x = a.x RETURN id(a), id(b)",
    "MATCH (a:A) WHERE EXISTS { MATCH (b:B {x: a.x}) } RETURN id(a)",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_live_rows_over_indexes_equal_a_fresh_run_without_any(history: list[list[tuple[Any, ...]]]) -> None:
    world = LiveWorld(*INFOS)
    texts = INDEXED_QUERIES + DELTA_QUERIES + RERUN_QUERIES
    live = [world.open(text) for text in texts]
    for transaction in history:
        builder = TransactionBuilder()
        for step in transaction:
            put(builder, step)
        if not len(builder):
            continue
        world.put(builder)
        fresh = Engine(world.graph.state, outside())
        for query, text in zip(live, texts, strict=True):
            expected = fresh.run(text).rows
            assert same(text, query.rows, expected), (text, query.rows, expected)
            assert same(text, world.engine.run(text).rows, expected), text
