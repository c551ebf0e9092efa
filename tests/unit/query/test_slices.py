"""No query holds the thread for long, whatever it does with large values, many rows or hubs.

Each runs with a slice of no length, so that it pauses wherever it can. What it does from one pause to the next is all
that a tab can be held for beyond the length of a slice. That is measured in units (decision 16): a loop of 100,000
additions, which takes 11 ms in a tab on the reference machine, and 5 ms in this Python.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside

from graphvine.errors import QueryError
from graphvine.query.engine import Engine
from graphvine.query.run import Limits
from graphvine.store.builder import TransactionBuilder

# 50 ms, less the 12 of a slice, are 3.4 units. A Python that is quicker at loops may be no quicker at what C does, so
# there a unit counts as long as on the reference machine.
MOST_UNITS, REFERENCE_S = 3.4, 0.005
ATTEMPTS = 5
MANY, LARGE = "range(1, 200000)", "range(1, 400000)"
TEXT = "WITH reduce(s = 'aé', i IN range(1, 19) | s + s) AS s"
LONG = "WITH reduce(s = 'ab', i IN range(1, 17) | s + s) AS s"
SUM = f"reduce(s = 0, x IN {MANY} | s + x)"
QUERIES = {
    "reduce": (f"RETURN {SUM}", 20_000_100_000),
    "comprehension": (f"RETURN size([x IN {MANY} WHERE x % 4 = 0 | x * 2])", 50_000),
    "comprehensions inside each other": ("RETURN size([x IN range(1, 500) | [y IN range(1, 500) | y]])", 500),
    "quantifier": (f"RETURN all(x IN {MANY} WHERE x > 0)", True),
    "range": (f"RETURN size({LARGE})", 400_000),
    "search": (f"WITH {LARGE} AS l RETURN -1 IN l", False),
    "search in a condition": (f"WITH {LARGE} AS l MATCH (a:A {{x: 7}}) WHERE -a.x IN l RETURN count(*)", 0),
    "equal lists": (f"WITH {LARGE} AS l, {LARGE} AS m RETURN l = m", True),
    "equal nested lists": (f"WITH {MANY} AS l, {MANY} AS m RETURN [[l]] = [[m]] AND {{a: l}} = {{a: m}}", True),
    "ordered lists": (f"WITH {LARGE} AS l, {LARGE} AS m RETURN l < m", False),
    "joined lists": (f"WITH {LARGE} AS l RETURN size(l + l)", 800_000),
    "parts of lists": (f"WITH {LARGE} AS l RETURN size(tail(reverse(l))) + size(l[1..399999])", 799_997),
    "maps": ("RETURN size([x IN range(1, 40000) | {a: x, b: [x]}])", 40_000),
    "capitals": (f"{TEXT} RETURN size(toUpper(s + s))", 2_097_152),
    "small letters": ("WITH reduce(s = 'aΣ', i IN range(1, 20) | s + s) AS s RETURN size(toLower(s))", 2_097_152),
    "replaced text": (f"{TEXT} RETURN size(replace(s, 'a', 'bc'))", 1_572_864),
    "joined texts": ("RETURN size(join([x IN range(1, 300000) | 'ab'], '-'))", 899_999),
    "long texts to numbers": (
        "WITH reduce(s = ' 1', i IN range(1, 16) | s + s) AS s RETURN size(toFloatList([x IN range(1, 2000) | s]))",
        2_000,
    ),
    "regular expression": (f"{TEXT} RETURN s =~ '.*.*.*x'", False),
    "count of rows": (f"UNWIND [1, 2] AS x RETURN x SKIP {SUM} - 20000100000 + 1", 2),
    "key of a join": (
        "MATCH (a:A {x: 1}), (b:A) WHERE b.x + size([y IN range(1, 9000) | y]) = a.x + 9001 RETURN b.x",
        2,
    ),
    "split text": (f"{TEXT} RETURN size(split(s, 'a')) + size(split(s, ''))", 524_289 + 1_048_576),
    "in a branch": (f"RETURN CASE WHEN true OR {SUM} > 0 THEN {SUM} ELSE 0 END", 20_000_100_000),
    "in a key": (f"UNWIND [1, 2] AS n RETURN count(n) + 0 * max({SUM}) AS c ORDER BY {SUM}", 2),
    "subquery in a branch": ("MATCH (a:A {x: 1}) RETURN CASE a.x WHEN 1 THEN COUNT { MATCH (b:A), (c:A) } END", 90_000),
    "pattern in an expression": (
        "MATCH (a:A {x: 1}) RETURN [y IN [1] | size([(a)-[:K]->(b)-[:K]->(c)-[:K]->(d) | d.x])][0]",
        84,
    ),
    "sorted rows": ("UNWIND range(1, 100000) AS x WITH x ORDER BY x % 1013 DESC, x RETURN collect(x)[0]", 1012),
    "sorted the other way round": ("UNWIND range(1, 100000) AS x WITH x ORDER BY -x RETURN collect(x)[0]", 100_000),
    "sorted by few keys": ("UNWIND range(1, 100000) AS x WITH x ORDER BY x % 3 RETURN collect(x)[1]", 6),
    "sorted lists": ("UNWIND range(1, 9) AS x WITH [x] + range(1, 20000) AS l ORDER BY l DESC RETURN count(l)", 9),
    "distinct lists": ("UNWIND range(1, 5) AS x WITH DISTINCT range(1, 50000) AS l RETURN count(l)", 1),
    "distinct numbers": ("UNWIND range(1, 600000) AS x RETURN count(DISTINCT x)", 600_000),
    "distinct rows": ("UNWIND range(1, 400000) AS x WITH DISTINCT x, x % 3 AS y RETURN count(x)", 400_000),
    "distinct long texts": (f"{LONG} UNWIND range(1, 200) AS x RETURN count(DISTINCT s + x)", 200),
    "groups of long texts": (
        f"{LONG} UNWIND range(1, 400) AS x WITH s + x % 200 AS k, count(*) AS n RETURN count(k)",
        200,
    ),
    "groups of lists": ("UNWIND range(1, 9) AS x WITH range(1, 50000) AS l, count(*) AS n RETURN n", 9),
    "groups": ("UNWIND range(1, 100000) AS x WITH x % 50000 AS k, count(*) AS n RETURN count(k)", 50_000),
    "collected": ("UNWIND range(1, 100000) AS x RETURN size(collect([x]))", 100_000),
    "percentile of many": ("UNWIND range(1, 600000) AS x RETURN percentileDisc(x, 0.5)", 300_000),
    "percentile": ("UNWIND range(1, 100000) AS x RETURN percentileDisc(x % 7919, 0.5)", 3846),
    "greatest list": (f"UNWIND [1, 2] AS x RETURN size(max([x] + {MANY}))", 200_001),
    "all shortest paths with a condition": (
        "MATCH p = allShortestPaths((a:A {x: 1})-[:K*..5]-(b:A {x: 31})) WHERE all(n IN nodes(p) WHERE n.x <> 61)"
        " AND length(p) > 2 RETURN count(p) = 42",
        True,
    ),
    "paths of any length": ("MATCH (a:A {x: 1})-[:K*1..4]-(b) RETURN count(b) > 1000", True),
    "parameters": ("UNWIND $rows AS r RETURN sum(r.a)", 1_249_975_000),
    "a large result": (f"RETURN {MANY} AS l", list(range(1, 200_001))),
    "hub deleted": ("MATCH (h:Hub) DETACH DELETE h", None),
    "edges of a hub deleted": ("MATCH (h:Hub)-[r]->() DELETE r, h", None),
    "edges of a hub changed": ("MATCH (h:Hub)-[r]->() SET r.x = 1", None),
    "many changed": ("MATCH (a:Leaf) SET a.y = a.x + 1, a:Seen", None),
    "many created": ("UNWIND range(1, 50000) AS x CREATE (:N {x: x})", None),
    "large values set": ("MATCH (a:A) WITH a LIMIT 5 SET a.l = [x IN range(1, 60000) | x]", None),
    "for each": ("MATCH (a:A {x: 1}) FOREACH (x IN range(1, 50000) | SET a.y = x)", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    graph = ScenarioGraph()
    graph.run("UNWIND range(1, 300) AS x CREATE (:A {x: x})", {})
    graph.run("MATCH (a:A), (b:A) WHERE a.x % 30 = b.x % 30 AND a.x < b.x CREATE (a)-[:K]->(b)", {})
    graph.run("CREATE (:Hub) WITH 1 AS one UNWIND range(1, 20000) AS x CREATE (:Leaf {x: x})", {})
    graph.run("MATCH (h:Hub), (l:Leaf) CREATE (h)-[:LEADS]->(l)", {})
    limits = Limits(slice_s=0.0, total_s=3600)
    return Engine(graph.state, outside(clock=time.thread_time), limits=limits)


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """A tab's Python collects garbage little by little; an older one stops for all of it, which is not our work."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def unit_s() -> float:
    """Return the shortest of five, in seconds."""
    return min(map(loop_s, range(5)))


def loop_s(_: int) -> float:
    begin, total = time.thread_time(), 0
    for number in range(100_000):
        total += number
    return time.thread_time() - begin


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_pauses_often_enough(engine: Engine, name: str) -> None:
    text, expected = QUERIES[name]
    longest = []
    for _ in range(ATTEMPTS):  # a machine that is busy makes some steps longer: one quiet run is proof
        unit, step = unit_s(), longest_step_s(engine, text, expected)
        longest.append(step / max(unit, unit_s(), REFERENCE_S))
        if longest[-1] < MOST_UNITS:
            break
    assert longest[-1] < MOST_UNITS, longest


def longest_step_s(engine: Engine, text: str, expected: Any) -> float:
    rows = [{"a": number, "b": [number], "c": "text"} for number in range(50_000)]
    execution = engine.execute(text, {"rows": rows})
    longest, before = 0.0, time.thread_time()
    for _ in execution.steps():
        longest, before = longest_of(longest, before)
    longest, before = longest_of(longest, before)
    if execution.changes_graph:
        builder = TransactionBuilder()
        for _ in execution.writing(builder):
            longest, before = longest_of(longest, before)
        longest, _ = longest_of(longest, before)
        assert len(builder) > 0
    else:
        assert execution.result.rows == [(expected,)]
    return longest


def longest_of(longest: float, before: float) -> tuple[float, float]:
    now = time.thread_time()
    return max(longest, now - before), time.thread_time()


def test_the_time_limit_and_a_cancelled_query_are_query_errors_while_changes_are_told(engine: Engine) -> None:
    execution = engine.execute("UNWIND range(1, 100) AS x CREATE (:N {x: x})")
    for _ in execution.steps():
        pass
    execution.cancel()
    with pytest.raises(QueryError, match="cancelled"):
        execution.write(TransactionBuilder())
