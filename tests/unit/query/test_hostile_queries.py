"""Queries that are meant to hang or fill a tab: each ends with a clear error, soon after its limit."""

from __future__ import annotations

import time

import pytest
from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside

from graphvine.errors import QueryError
from graphvine.query.engine import Engine
from graphvine.query.run import Limits

TOTAL_S = 0.4
# One step of an expression, such as comparing two lists of 100,000 elements, may come after the last look at the clock.
PATIENCE_S = 2.5
LARGE = "range(1, 100000)"
HOSTILE = {
    "cartesian product": ("MATCH (a), (b), (c), (d) RETURN count(*)", "TimeLimit"),
    "cartesian product, kept": ("MATCH (a), (b), (c) RETURN collect([a, b, c])", "TimeLimit|MemoryLimit"),
    "huge range": ("RETURN range(1, 9223372036854775807)", "ListTooLong"),
    "ranges in ranges": ("UNWIND range(1, 2000000) AS x UNWIND range(1, 2000000) AS y RETURN count(*)", "TimeLimit"),
    "paths without an end": ("MATCH p = (:A {x: 1})-[:K*]-() RETURN count(p)", "TimeLimit"),
    "paths in an expression": ("MATCH (a:A) RETURN size([(a)-[:K*]-() | 1])", "TimeLimit"),
    "text by doubling": ("RETURN reduce(s = 'a', i IN range(1, 64) | s + s)", "TextTooLong"),
    "list by doubling": ("RETURN size(reduce(s = [1], i IN range(1, 64) | s + s))", "ListTooLong"),
    "list by sharing": ("RETURN reduce(s = [1], i IN range(1, 90) | [s, s])", "ListTooLong"),
    "lists in lists": ("RETURN reduce(s = [], i IN range(1, 100000) | [s])", "ValueTooDeep"),
    "deep expression": ("RETURN " + "(" * 5000 + "1" + ")" * 5000, "UnexpectedSyntax"),
    "deep list": ("RETURN " + "[" * 5000 + "]" * 5000, "UnexpectedSyntax"),
    "deep subqueries": ("CALL { " * 800 + "RETURN 1 AS x" + " } RETURN x" * 800, "UnexpectedSyntax"),
    "regular expression": ("MATCH (a:A) WHERE a.t =~ '(a+)+\\\\1b' RETURN count(*)", "InvalidArgumentValue"),
    "small lists in small lists": (
        "RETURN any(a IN range(1, 500) WHERE any(b IN range(1, 500) WHERE any(c IN range(1, 500) WHERE false)))",
        "TimeLimit",
    ),
    "tiny lists, deep": ("RETURN " + "any(x IN [1, 2, 3] WHERE " * 60 + "false" + ")" * 60, "TimeLimit"),
    "large lists compared": (f"WITH {LARGE} AS l RETURN all(x IN range(1, 100000) WHERE l = l)", "TimeLimit"),
    "large lists searched": (f"WITH {LARGE} AS l RETURN none(x IN {LARGE} WHERE -x IN l)", "TimeLimit"),
    "large lists sliced": (f"WITH {LARGE} AS l RETURN size([i IN {LARGE} WHERE size(l[1..]) = 0])", "TimeLimit"),
    "large lists grouped": (f"WITH {LARGE} AS l MATCH (a), (b) RETURN l, count(*)", "TimeLimit"),
    "large lists made distinct": (f"WITH {LARGE} AS l MATCH (a), (b) WITH DISTINCT l RETURN 1", "TimeLimit"),
    "large lists sorted": (f"WITH {LARGE} AS l MATCH (a), (b) WITH l ORDER BY l RETURN 1", "TimeLimit|MemoryLimit"),
    "long texts searched": (
        "WITH reduce(s = 'a', i IN range(1, 21) | s + s) AS s RETURN all(x IN range(1, 9999) WHERE NOT s CONTAINS 'b')",
        "TimeLimit",
    ),
    "creating without end": ("UNWIND range(1, 2000000) AS x CREATE (:Z {x: x})", "TimeLimit|MemoryLimit"),
    "a collection of everything": ("MATCH (a), (b), (c) RETURN collect(a.x + b.x + c.x)", "TimeLimit|MemoryLimit"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    graph = ScenarioGraph()
    graph.run("UNWIND range(1, 300) AS x CREATE (:A {x: x, t: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'})", {})
    graph.run("MATCH (a:A), (b:A) WHERE a.x % 30 = b.x % 30 AND a <> b CREATE (a)-[:K]->(b)", {})
    limits = Limits(total_s=TOTAL_S, memory_bytes=64 * 1024 * 1024)
    return Engine(graph.state, outside(clock=time.process_time), limits=limits)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_ends_with_a_clear_error_within_its_limit(engine: Engine, name: str) -> None:
    text, detail = HOSTILE[name]
    start = time.process_time()
    with pytest.raises(QueryError) as caught:
        engine.run(text)
    assert time.process_time() - start < TOTAL_S + PATIENCE_S
    assert caught.value.detail in detail.split("|")
    assert engine.run("RETURN 1").rows == [(1,)]


def test_a_query_is_cancelled_inside_a_long_expression(engine: Engine) -> None:
    execution = engine.execute("RETURN any(a IN range(1, 2000) WHERE any(b IN range(1, 2000) WHERE false))")
    execution.cancel()
    with pytest.raises(QueryError, match="cancelled"):
        list(execution.steps())
