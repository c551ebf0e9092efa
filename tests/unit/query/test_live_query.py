from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import build, histories
from tests.unit.query.live_world import LiveWorld, QuickEngine
from tests.unit.query.social import outside

from graphvine.crdt.graph import GraphState
from graphvine.errors import QueryError
from graphvine.model.index import IndexInfo
from graphvine.query.live import query as query_module
from graphvine.query.live.interests import sign_of, touched_by
from graphvine.query.run import Limits
from graphvine.store.builder import TransactionBuilder

DELTA_QUERIES = [
    "MATCH (n) RETURN n",
    "MATCH (n:A) RETURN n.x, id(n)",
    "MATCH (n:A) WHERE n.x > 1 RETURN n.x AS x, id(n) AS id ORDER BY x DESC, id",
    "MATCH (n:A) RETURN id(n) AS id, n.x ORDER BY n.x, id LIMIT 2",
    "MATCH (n:A) RETURN id(n) AS id ORDER BY id SKIP 1 LIMIT 2",
    "MATCH (n) RETURN DISTINCT n.x",
    "MATCH (n) RETURN DISTINCT n.x AS x ORDER BY x DESC",
    "MATCH (n:A:B) RETURN id(n), labels(n)",
    "MATCH (a)-[r:K]->(b) RETURN id(a), r.w, id(b)",
    "MATCH (a:A)-[:K]->(b:B) RETURN id(a), b.x",
    "MATCH (a)-[r]-(b) RETURN id(a), type(r), id(b)",
    "MATCH (a)-->(a) RETURN id(a)",
    "MATCH (a)-[r:K]->(b)-[s]->(c) WHERE a.x <> c.x RETURN id(a), id(b), id(c)",
    "MATCH (a)-[:K]->(b)-[:K]->(c)-[:K]->(a) RETURN id(a), id(b), id(c)",
    "MATCH (a)-->(b), (b)-->(c) RETURN id(a), id(c)",
    "MATCH (a:A), (b:B) WHERE a.x = b.x RETURN id(a), id(b)",
    "MATCH p = (a:A)-[:K]->(b) RETURN p",
    "MATCH (n {x: 1}) RETURN id(n)",
    "MATCH ()-[r {w: 1}]->() RETURN r",
    "MATCH (n) RETURN count(*)",
    "MATCH (n:A) RETURN count(n.x), sum(n.x), avg(n.x), min(n.x), max(n.x)",
    "MATCH (n:A) RETURN count(DISTINCT n.x), sum(DISTINCT n.x)",
    "MATCH (n) RETURN n.x AS x, count(*) AS c, sum(n.x) + 1 AS s ORDER BY c DESC, x",
    "MATCH (a)-[r]->(b) RETURN id(a) AS id, count(b) AS degree ORDER BY degree DESC, id LIMIT 2",
    "MATCH (n) RETURN percentileDisc(n.x, 0.5), percentileCont(n.x, 0.3)",
    "MATCH (n) RETURN collect(n.x) AS xs",
    "MATCH (n:A) RETURN n.y AS y, collect(DISTINCT n.x) AS xs ORDER BY y",
    "MATCH (a)-[:K]->(b) RETURN id(a) AS id, collect(b) AS bs, size(collect(b.x)) AS c ORDER BY id LIMIT 3",
    "MATCH (n:A) RETURN n {.x, .y} AS m, keys(n)",
    "MATCH (n) WHERE n:B OR n.y = 2 RETURN id(n)",
    "MATCH (n {_id: 'v1'}) RETURN n.x",
    "MATCH (n:A|B) RETURN id(n), n.x",
    "MATCH (n:!A) RETURN id(n)",
    "MATCH (:A|B)-[r:!K]->(m:%) RETURN type(r), id(m)",
    "MATCH (n) WITH n.x AS x, count(*) AS c WHERE c > 1 RETURN x, c",
    "MATCH (n) WITH n.x AS x, count(*) AS c, sum(n.y) AS s WHERE c > 1 WITH x, c + 1 AS d RETURN x, d ORDER BY d, x",
    "MATCH (n) WITH n AS m, n.x AS x WHERE x > 0 RETURN id(m) AS id, m.y, x ORDER BY x DESC, id LIMIT 2",
    "MATCH (a)-[]->(b) WITH a, b WHERE b.x > 0 WITH a, b.x + 1 AS x WHERE x > 1 RETURN id(a), count(*)",
    "MATCH (n) WITH count(*) AS c WHERE c > 2 RETURN c",
    "MATCH (n) WITH n.y AS y, collect(n.x) AS xs WHERE size(xs) > 1 RETURN DISTINCT y",
    "MATCH (n:A) RETURN id(n) AS id UNION MATCH (n:B) RETURN id(n) AS id",
    "MATCH (n:A) RETURN n.x AS x UNION MATCH (n:B) RETURN n.y AS x UNION MATCH () RETURN 1 AS x",
    "MATCH (n:A) RETURN id(n) AS id, 1 AS c UNION ALL MATCH (n) WITH n.x AS id, count(*) AS c RETURN id, c",
    "MATCH (n) RETURN n.x AS x, size(collect(n.y)) AS ys, stDevP(n.y)",
    "MATCH (n:A) RETURN stDev(n.x), stDevP(DISTINCT n.y)",
]
RERUN_QUERIES = [
    "MATCH (n) OPTIONAL MATCH (n)-[:K]->(m) RETURN id(n), id(m)",
    "MATCH (a:A)-[:K*1..2]->(b) RETURN id(a), id(b)",
    "MATCH (n) WHERE EXISTS { (n)-->(:B) } RETURN id(n)",
    "MATCH (n) WITH n.x AS x, count(*) AS c WITH c, count(*) AS d RETURN c, d",
    "MATCH (n) WITH n ORDER BY n.x LIMIT 2 RETURN id(n)",
    "MATCH (n) WITH DISTINCT n.x AS x RETURN count(x)",
    "MATCH (n:A) RETURN id(n) AS id ORDER BY id LIMIT 1 UNION MATCH (n:B) RETURN id(n) AS id",
    "CALL db.labels() YIELD label RETURN label",
    "MATCH (a:A)-[r:!K]->+(b:!B) RETURN id(a), id(b)",
]

IDS = ["v0", "v1", "v2", "v3"]
EDGES = ["e0", "e1", "e2", "e3"]
ENDS = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS))
NUMBERS = st.sampled_from([0, 1, 2, 0.1, 0.7, -1e16, None])
STEPS = st.one_of(
    st.tuples(st.just("vertex"), st.sampled_from(IDS), NUMBERS, st.lists(st.sampled_from("AB"), max_size=2)),
    st.tuples(st.just("property"), st.sampled_from(IDS), st.sampled_from("xy"), NUMBERS),
    st.tuples(st.just("unlabel"), st.sampled_from(IDS), st.sampled_from("AB")),
    st.tuples(st.just("remove"), st.sampled_from(IDS), st.sampled_from("xy")),
    st.tuples(st.just("edge"), st.sampled_from(EDGES), st.sampled_from("KL"), ENDS, st.sampled_from([1, 2])),
    st.tuples(st.just("delete vertex"), st.sampled_from(IDS)),
    st.tuples(st.just("delete edge"), st.sampled_from(EDGES)),
)  # fmt: skip


def put(builder: TransactionBuilder, step: tuple[Any, ...]) -> None:
    kind, id_, *rest = step
    if kind == "vertex":
        builder.put_vertex(id_, {"x": rest[0]}, rest[1])
    elif kind == "property":
        builder.put_vertex(id_, {rest[0]: rest[1]})
    elif kind == "unlabel":
        builder.put_vertex(id_, unlabelled=[rest[0]])
    elif kind == "remove":
        builder.put_vertex(id_, removed=[rest[0]])
    elif kind == "edge":
        source, target = rest[1]
        builder.put_edge(f"{id_}{rest[0]}{source}{target}", rest[0], source, target, {"w": rest[2]})
    elif kind == "delete vertex":
        builder.delete_vertex(id_)
    else:
        builder.delete_edge(id_)


def comparable(value: Any) -> Any:
    """Lists without their order: `collect` gives its values in any."""
    return sorted(map(repr, value)) if isinstance(value, list) else value


def same(query: str, live: list[Any], fresh: list[Any]) -> bool:
    if "collect(" in query:
        live, fresh = ([tuple(map(comparable, row)) for row in rows] for rows in (live, fresh))
    if "ORDER BY" in query:
        return live == fresh
    return len(live) == len(fresh) and all(live.count(row) == fresh.count(row) for row in live)


@settings(max_examples=70, deadline=None)
@given(st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=1, max_size=12))
def test_live_rows_equal_a_fresh_run_after_any_history(history: list[list[tuple[Any, ...]]]) -> None:
    world = LiveWorld()
    live = [world.open(query) for query in DELTA_QUERIES + RERUN_QUERIES]
    for transaction in history:
        builder = TransactionBuilder()
        for step in transaction:
            put(builder, step)
        if not len(builder):
            continue
        world.put(builder)
        fresh = QuickEngine(world.graph.state, outside())
        for query, text in zip(live, DELTA_QUERIES + RERUN_QUERIES, strict=True):
            expected = fresh.run(text).rows
            assert same(text, query.rows, expected), (text, query.rows, expected)


@pytest.mark.parametrize("text", DELTA_QUERIES)
def test_simple_queries_are_kept_by_deltas(text: str) -> None:
    world = LiveWorld()
    assert world.open(text).reason == ""
    assert world.engine.run("EXPLAIN " + text).live == "by deltas"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MATCH (n) OPTIONAL MATCH (n)-->(m) RETURN n, m", "OPTIONAL MATCH"),
        ("OPTIONAL MATCH (n) RETURN n", "OPTIONAL MATCH"),
        ("MATCH (n) MATCH (m) RETURN n, m", "more than one MATCH"),
        ("MATCH (n) UNWIND [1, 2] AS x RETURN n, x", "UNWIND"),
        ("CALL db.labels() YIELD label RETURN label", "CALL of a procedure"),
        ("MATCH (n) CALL { WITH n RETURN n.x AS x } RETURN x", "CALL of a subquery"),
        ("RETURN 1 AS x", "it does not begin with MATCH"),
        ("MATCH (n) WITH DISTINCT n.x AS x RETURN x", "ORDER BY, SKIP, LIMIT or DISTINCT before the end"),
        ("MATCH (n) WITH n ORDER BY n.x LIMIT 1 RETURN n", "ORDER BY, SKIP, LIMIT or DISTINCT before the end"),
        ("MATCH (a)-[*]->(b) RETURN b", "a path of variable length"),
        ("MATCH (n) WHERE EXISTS { (n)-->() } RETURN n", "a pattern or subquery inside an expression"),
        ("MATCH (n) RETURN n, rand()", "rand() changes by itself"),
    ],
)
def test_what_deltas_do_not_know_is_named(text: str, reason: str) -> None:
    world = LiveWorld()
    assert world.open(text).reason == reason
    assert world.engine.run("EXPLAIN " + text).live == f"run again: {reason}"


@pytest.mark.parametrize("text", RERUN_QUERIES)
def test_the_others_are_run_again_and_explain_says_why(text: str) -> None:
    world = LiveWorld()
    reason = world.open(text).reason
    assert reason
    assert world.engine.run("EXPLAIN " + text).live == f"run again: {reason}"


def test_a_change_is_reported_once_to_the_queries_it_concerns() -> None:
    world = LiveWorld()
    people = world.open("MATCH (p:Person) RETURN p.name AS name ORDER BY name")
    cities = world.open("MATCH (c:City) RETURN c.name")
    assert world.cypher("CREATE (:Person {name: 'Ada'})") == {people: [("Ada",)]}
    assert world.cypher("CREATE (:City {name: 'Bern'}), (:City {name: 'Ulm'})") == {cities: [("Bern",), ("Ulm",)]}
    assert world.cypher("MATCH (p:Person) SET p.age = 36") == {}
    assert people.result.dicts() == [{"name": "Ada"}]


def test_an_unrelated_change_concerns_nobody() -> None:
    world = LiveWorld()
    for number in range(100):
        world.open(f"MATCH (n:Label{number})-[:T{number}]->() RETURN n.p{number}")
    world.graph.run("CREATE (:Other {q: 1})-[:R]->()", {})
    assert world.queries.affected(world.graph.state.changes or []) == {}


def test_a_removed_query_hears_nothing() -> None:
    world = LiveWorld()
    query = world.open("MATCH (n) RETURN count(n)")
    world.queries.remove(query)
    world.queries.remove(query)
    assert world.cypher("CREATE ()") == {}
    assert query.rows == [(0,)]


def test_a_change_that_breaks_the_query_is_an_error_and_the_next_one_starts_anew() -> None:
    world = LiveWorld()
    query = world.open("MATCH (n:A) RETURN 10 / n.x AS y")
    with pytest.raises(QueryError) as caught:
        world.cypher("CREATE (:A {x: 0})")
    assert caught.value.detail == "DivisionByZero"
    world.cypher("MATCH (n:A) SET n.x = 5")
    assert query.rows == [(2,)]


def test_parameters_stay_those_of_the_start() -> None:
    world = LiveWorld()
    query = world.open("MATCH (n:A) WHERE n.x > $least RETURN n.x", {"least": 1})
    world.cypher("UNWIND range(0, 3) AS x CREATE (:A {x: x})")
    assert sorted(query.rows) == [(2,), (3,)]


def test_a_query_that_writes_can_not_be_live() -> None:
    with pytest.raises(QueryError, match="only reads") as caught:
        LiveWorld().open("MATCH (n) CREATE (m) RETURN n")
    assert caught.value.column == 11


def test_what_an_aggregate_refuses_has_its_place() -> None:
    world = LiveWorld()
    world.cypher("CREATE (:A {x: 9223372036854775807, s: 'text'}), (:A {x: 1})")
    for text in ("MATCH (n:A) RETURN 1 + sum(n.x)", "MATCH (n:A) RETURN 1 + sum(n.s)"):
        with pytest.raises(QueryError) as caught:
            world.open(text)
        assert caught.value.column == text.index("sum(") + 1


def test_a_live_query_with_too_many_matches_is_refused() -> None:
    world = LiveWorld()
    world.engine.limits = Limits(max_rows=3)
    world.open("MATCH (n) RETURN n")
    with pytest.raises(QueryError, match="at most 3 matches"):
        world.cypher("UNWIND range(1, 4) AS x CREATE ()")


def test_the_work_of_a_change_does_not_grow_with_the_graph() -> None:
    """Counted in vertices and edges looked at, not in time."""
    looked_at = []
    for size in (50, 500):
        world = LiveWorld()
        world.graph.run(f"UNWIND range(1, {size}) AS x CREATE (:A {{x: x}})-[:K]->(:B {{x: x}})", {})
        world.flush()
        query = world.open("MATCH (a:A)-[:K]->(b:B) WHERE a.x < 10 RETURN a.x, b.x")
        before = query.hits
        world.cypher("MATCH (b:B {x: 3}) SET b.x = 4")
        assert (3, 4) in query.rows
        looked_at.append(query.hits - before)
    assert looked_at[0] == looked_at[1] < 20


@given(histories, st.randoms(use_true_random=False))
def test_changes_of_one_sign_touch_the_same(history, dice) -> None:
    """So asking once for all of them is enough."""
    transactions = build(history)
    dice.shuffle(transactions)
    state = GraphState()
    touched: dict[object, list[object]] = {}
    for each in transactions:
        state.changes = changes = []
        state.apply(each)
        for change in changes:
            assert touched.setdefault(sign_of(change), touched_by(change)) == touched_by(change)


def test_thousands_of_new_vertices_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = LiveWorld()
    people = world.open("MATCH (p:Person) WHERE p.n < 2 RETURN p.n AS n ORDER BY n")
    asked: list[object] = []
    monkeypatch.setattr(query_module, "touched_by", lambda change: asked.append(change) or touched_by(change))
    builder = TransactionBuilder()
    for number in range(5_000):
        builder.put_vertex(f"v{number}", {"n": number}, ["Person"])
        builder.put_edge(f"e{number}", "KNOWS", f"v{number}", "v0")
    assert world.put(builder) == {people: [(0,), (1,)]}
    assert len(asked) <= 3  # new people and new edges for the table, and for the one query that is concerned


def test_an_open_query_uses_an_index_from_when_it_is_there_until_it_is_dropped() -> None:
    world = LiveWorld()
    world.cypher("UNWIND range(1, 500) AS x CREATE (:B {x: x}) CREATE (:A {x: x + 500})")
    query = world.open("MATCH (a:A), (b:B) WHERE a.x = b.x RETURN a.x AS x")
    info = IndexInfo("b_x", "B", "x")

    def work_of(x: int) -> int:
        before = query.hits
        world.cypher("CREATE (:A {x: $x})", {"x": x})
        assert (x,) in query.rows
        return query.hits - before

    assert work_of(1) > 400
    list(world.indexes.declare(info))
    assert work_of(2) < 20
    world.indexes.drop(info)
    assert work_of(3) > 400
    list(world.indexes.declare(info))
    assert work_of(4) < 20
    assert sorted(query.rows) == [(1,), (2,), (3,), (4,)]


@given(st.lists(st.one_of(STEPS, st.sampled_from(["declare", "drop"])), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_live_rows_equal_a_fresh_run_while_indexes_come_and_go(history: list[Any]) -> None:
    info = IndexInfo("a_x", "A", "x")
    world = LiveWorld(info)
    texts = [
        "MATCH (n:A) WHERE n.x > 1 RETURN n.x AS x, id(n) AS id ORDER BY x DESC, id",
        "MATCH (n:A {x: 1}) RETURN id(n)",
        "MATCH (b:B), (a:A) WHERE a.x = b.x RETURN id(a), id(b)",
    ]
    live = [world.open(text) for text in texts]
    for step in history:
        if step == "declare":
            list(world.indexes.declare(info))
        elif step == "drop":
            world.indexes.drop(info)
        else:
            builder = TransactionBuilder()
            put(builder, step)
            world.put(builder)
        fresh = QuickEngine(world.graph.state, outside())
        for query, text in zip(live, texts, strict=True):
            assert same(text, query.rows, fresh.run(text).rows), text
