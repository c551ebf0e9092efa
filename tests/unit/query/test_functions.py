from __future__ import annotations

from typing import Any

import pytest
from tests.unit.query.shared import error, graph_of, rows, value

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("toUpper('aß')", "ASS"),
        ("lTrim('  a ')", "a "),
        ("split('a,b,,c', ',')", ["a", "b", "", "c"]),
        ("split('abc', '')", ["a", "b", "c"]),
        ("substring('hello', 1, 3)", "ell"),
        ("left('abc', 5)", "abc"),
        ("right('abc', 0)", ""),
        ("replace('aaa', 'a', 'b')", "bbb"),
        ("reverse([1, 2])", [2, 1]),
        ("join(['a', 'b'], '-')", "a-b"),
        ("size('añb')", 3),
        ("range(3, 1, -1)", [3, 2, 1]),
        ("range(3, 1)", []),
        ("head([])", None),
        ("last([1, 2])", 2),
        ("tail([1])", []),
        ("coalesce(null, null, 3)", 3),
        ("keys({a: 1, b: null})", ["a", "b"]),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("round(1.25, 1)", 1.3),
        ("round(1.25, 1, 'HALF_EVEN')", 1.2),
        ("ceil(-0.5)", -0.0),
        ("sign(-0.5)", -1),
        ("abs(-3)", 3),
        ("log(0)", float("-inf")),
        ("sqrt(-1)", NAN),
        ("exp(1000)", float("inf")),
        ("toInteger(' 42 ')", 42),
        ("toInteger('1e3')", 1000),
        ("toInteger('9223372036854775808')", None),
        ("toInteger(1e30)", None),
        ("toFloat('.5')", 0.5),
        ("toFloat('1_0')", None),
        ("toBoolean(' TRUE ')", True),
        ("toString(1e21)", "1.0E21"),
        ("toString(0.1)", "0.1"),
        ("toString(date('2020-01-01'))", "2020-01-01"),
        ("toIntegerOrNull([])", None),
        ("toIntegerList(['1', 'x', 2.9])", [1, None, 2]),
        ("isEmpty([])", True),
        ("valueType(1)", "INTEGER"),
        ("exists({a: 1}.a)", True),
        ("{a: 1} {.a, b: 2}", None),
        ("all(x IN [] WHERE false)", True),
        ("any(x IN [null] WHERE x)", None),
        ("single(x IN [1, 1] WHERE x = 1)", False),
        ("none(x IN [1, null] WHERE x = 2)", None),
        ("reduce(s = '', x IN ['a', 'b'] | s + x)", "ab"),
        ("[1, 2, 3, 4][1..-1]", [2, 3]),
        ("[1, 2][null]", None),
        ("[1, 2][0..null]", None),
        ("{a: {b: 1}}['a']['b']", 1),
        ("'abc' =~ '(?i)AB.'", True),
        ("1 =~ 'a'", None),
        ("[x IN [1, 2, 3]]", [1, 2, 3]),
        ("isNaN(0.0 / 0.0)", True),
        ("percentileDisc(3, 0)", 3),
    ],
)
def test_functions(text: str, expected: Any) -> None:
    if text.startswith("{a: 1} {"):
        assert rows("WITH {a: 1} AS m RETURN m {.a, b: 2}") == [({"a": 1, "b": 2},)]
        return
    found = value(text)
    assert found == expected or found != found and expected != expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "kind", "detail", "phase"),
    [
        ("nothing(1)", "SyntaxError", "UnknownFunction", "compile time"),
        ("abs()", "SyntaxError", "InvalidNumberOfArguments", "compile time"),
        ("abs(1, 2)", "SyntaxError", "InvalidNumberOfArguments", "compile time"),
        ("abs('a')", "SyntaxError", "InvalidArgumentType", "compile time"),
        ("abs($word)", "TypeError", "InvalidArgumentType", "runtime"),
        ("substring('a', -1)", "ArgumentError", "NegativeIntegerArgument", "runtime"),
        ("range(1, 2, 0)", "ArgumentError", "NumberOutOfRange", "runtime"),
        ("toInteger([])", "TypeError", "InvalidArgumentValue", "runtime"),
        ("count(DISTINCT count(1))", "SyntaxError", "NestedAggregation", "compile time"),
        ("[x IN [1] | count(x)]", "SyntaxError", "InvalidAggregation", "compile time"),
        ("count(rand())", "SyntaxError", "NonConstantExpression", "compile time"),
        ("percentileCont(1, 2)", "ArgumentError", "NumberOutOfRange", "runtime"),
        ("9223372036854775807 + 1", "ArithmeticError", "IntegerOverflow", "runtime"),
        ("sum(9223372036854775807)", None, None, None),
        ("abs(-9223372036854775807 - 1)", "ArithmeticError", "IntegerOverflow", "runtime"),
        ("$list['a']", "TypeError", "InvalidArgumentType", "runtime"),
        ("{a: 1}[$number]", "TypeError", "MapElementAccessByNonString", "runtime"),
        ("(1).a", "TypeError", "InvalidArgumentType", "compile time"),
        ("1 IN 2", "SyntaxError", "InvalidArgumentType", "compile time"),
        ("NOT 1", "SyntaxError", "InvalidArgumentType", "compile time"),
        ("none(x IN ['a'] WHERE x % 2 = 0)", "SyntaxError", "InvalidArgumentType", "compile time"),
    ],
)
def test_errors(text: str, kind: str | None, detail: str | None, phase: str | None) -> None:
    parameters = {"word": "a", "list": [1], "number": 1}
    if kind is None:
        assert value(text, **parameters) == 2**63 - 1
        return
    found = error(f"RETURN {text}", **parameters)
    assert (found.kind, found.detail, found.phase) == (kind, detail, phase)
    assert found.line == 1
    assert found.column > 0


def test_aggregates() -> None:
    text = """
        UNWIND [3, 1, null, 2, 2] AS x
        RETURN count(*), count(x), count(DISTINCT x), sum(x), avg(x), min(x), max(x), collect(DISTINCT x), stDevP(x),
               percentileDisc(x, 0.5), percentileCont(x, 0.25)
    """
    assert rows(text) == [(5, 4, 3, 8, 2.0, 1, 3, [3, 1, 2], 0.5**0.5, 2, 1.75)]
    empty = "UNWIND [] AS x RETURN count(*), sum(x), avg(x), min(x), collect(x), stDev(x), percentileDisc(x, 0.5)"
    assert rows(empty) == [(0, 0, None, None, [], 0.0, None)]
    assert rows("UNWIND [] AS x RETURN x, count(*)") == []


def test_functions_of_the_clock_agree_within_a_statement() -> None:
    text = "RETURN datetime() = datetime(), timestamp() = datetime().epochMillis, date() = date(datetime())"
    assert rows(text) == [(True, True, True)]


def test_functions_of_paths_and_edges() -> None:
    graph = graph_of("CREATE (:A {x: 1})-[:K {w: 2}]->(:B {x: 2})")
    text = """
        MATCH p = (a:A)-[k]-(b) RETURN length(p), [n IN nodes(p) | n.x], [r IN relationships(p) | r.w], startNode(k).x,
        endNode(k).x, type(k), labels(b), properties(k), a:A AND k:K
    """
    assert rows(text, graph) == [(1, [1, 2], [2], 1, 2, "K", ["B"], {"w": 2}, True)]


def test_shortest_paths() -> None:
    graph = graph_of(
        "CREATE (a {x: 1})-[:K]->(b {x: 2})-[:K]->(c {x: 3}), (a)-[:K]->(d {x: 4})-[:K]->(c), (c)-[:L]->(e {x: 5})"
    )
    ends = "MATCH (a {x: 1}), (c {x: 3}), (e {x: 5}) "
    assert rows(ends + "MATCH p = shortestPath((a)-[:K*]->(c)) RETURN length(p)", graph) == [(2,)]
    assert len(rows(ends + "MATCH p = allShortestPaths((a)-[:K*]->(c)) RETURN p", graph)) == 2
    assert rows(ends + "MATCH p = shortestPath((a)-[:K*]->(e)) RETURN p", graph) == []
    assert rows(ends + "MATCH p = shortestPath((e)-[*]-(a)) RETURN length(p)", graph) == [(3,)]
    assert rows(ends + "MATCH p = shortestPath((a)-[*..1]-(c)) RETURN p", graph) == []
    assert rows(
        ends
        + "MATCH p = shortestPath((a)-[*]->(c)) WHERE none(n IN nodes(p) WHERE n.x = 2) RETURN [n IN nodes(p) | n.x]",
        graph,
    ) == [([1, 4, 3],)]
    assert rows(ends + "MATCH p = shortestPath((a)-[*0..]->(a)) RETURN length(p)", graph) == [(0,)]
    assert rows(ends + "RETURN length(shortestPath((a)-[*]->(e)))", graph) == [(3,)]


def test_paths_of_variable_length() -> None:
    graph = graph_of("CREATE (a {x: 1})-[:K {w: 1}]->(b {x: 2})-[:K {w: 2}]->(c {x: 3})-[:K {w: 1}]->(a)")
    assert rows("MATCH ({x: 1})-[r*2]->(n) RETURN n.x, [e IN r | e.w]", graph) == [(3, [1, 2])]
    assert sorted(rows("MATCH ({x: 1})-[*0..]->(n) RETURN n.x", graph)) == [(1,), (1,), (2,), (3,)]
    assert rows("MATCH ({x: 1})-[*..5 {w: 1}]->(n) RETURN n.x", graph) == [(2,)]
    assert rows("MATCH (n)-[*2]->({x: 1}) RETURN n.x", graph) == [(2,)]
    assert rows("MATCH p = (:Nothing)-[*]->() RETURN p", graph) == []
    assert rows("MATCH ()-[rs*2]->() WITH rs LIMIT 1 MATCH (a)-[rs*]->(b) RETURN size(rs)", graph) == [(2,)]


def test_subqueries() -> None:
    graph = graph_of(
        "UNWIND range(1, 3) AS x CREATE (:A {x: x})", "MATCH (a:A {x: 1}), (b:A {x: 2}) CREATE (a)-[:K]->(b)"
    )
    assert rows("MATCH (a:A) WHERE EXISTS { (a)-->() } RETURN a.x", graph) == [(1,)]
    assert rows("MATCH (a:A) WHERE NOT EXISTS { MATCH (a)--(b) WHERE b.x > a.x } RETURN a.x ORDER BY a.x", graph) == [
        (2,),
        (3,),
    ]
    assert rows("MATCH (a:A) RETURN a.x, COUNT { (a)--() } AS c ORDER BY a.x", graph) == [(1, 1), (2, 1), (3, 0)]
    assert rows("MATCH (a:A {x: 1}) RETURN COLLECT { MATCH (a)-->(b) RETURN b.x }", graph) == [([2],)]
    text = """
        MATCH (a:A) CALL { WITH a MATCH (a)-->(b) RETURN count(b) AS c UNION ALL WITH a RETURN -a.x AS c } RETURN a.x, c
    """
    assert sorted(rows(text, graph)) == [(1, -1), (1, 1), (2, -2), (2, 0), (3, -3), (3, 0)]
    assert rows("CALL { RETURN 1 AS x } RETURN x", graph) == [(1,)]
    rows("MATCH (a:A) CALL { WITH a CREATE (:B {x: a.x}) }", graph)
    assert rows("MATCH (b:B) RETURN count(b)", graph) == [(3,)]
