from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.shared import error, rows, value

from graphvine.errors import QueryError
from graphvine.query.engine import Engine


def test_an_error_shows_the_line_with_a_caret_under_the_place() -> None:
    found = error("MATCH (n)\nRETURN n.name,\n       m.age")
    assert (found.kind, found.detail, found.phase) == ("SyntaxError", "UndefinedVariable", "compile time")
    assert (found.line, found.column) == (3, 8)
    assert str(found).splitlines()[-2:] == ["         m.age", "         ^"]


def test_a_habit_from_elsewhere_gets_a_hint() -> None:
    assert "'<>'" in str(error("RETURN 1 != 2"))


def test_a_runtime_error_has_a_place_too() -> None:
    found = error("UNWIND [1, 0] AS x\nRETURN 1 / x")
    assert (found.kind, found.detail, found.phase, found.line, found.column) == (
        "ArithmeticError", "DivisionByZero", "runtime", 2, 10,
    )  # fmt: skip


def test_a_long_line_is_cut_around_the_place() -> None:
    found = error("RETURN " + "1 + " * 90 + "m")
    line, caret = str(found).splitlines()[-2:]
    assert len(line) < 110
    assert line[caret.index("^")] == "m"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 64.0),
        ("-2 ^ 2", 4.0),
        ("10 - 4 - 3", 3),
        ("NOT true OR true", True),
        ("true OR false AND false", True),
        ("true XOR true OR true", True),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("1 IN [1] = true", True),
        ("[1, 2] + 3 = [1, 2, 3]", True),
        ("'a' + 'b' STARTS WITH 'ab'", True),
        ("{a: [1, {b: 2}]}.a[1].b", 2),
        ("[x IN [1, 2, 3] WHERE x > 1 | x * 10][0]", 20),
        ("CASE 1 WHEN 1 THEN 'end' END", "end"),
        ("-9223372036854775808", -(2**63)),
        ("`a b`.c", 1),
    ],
)
def test_precedence(text: str, expected: object) -> None:
    if text.startswith("`"):
        assert rows("WITH {c: 1} AS `a b` RETURN `a b`.c") == [(expected,)]
    else:
        assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "RETURN", "RETURN 1 +", "RETURN (1", "RETURN [1, ]", "RETURN {a 1}", "MATCH (n)", "MATCH (n RETURN n",
        "MATCH (a)-[r->(b) RETURN r", "RETURN 1 RETURN 2", "WITH 1 AS x", "UNWIND [1] AS x",
        "FOREACH (x IN [1] | RETURN x)",
        "RETURN 1; RETURN 2", "SET n.x = 1 RETURN", "MATCH (n) SET n", "RETURN CASE END",
        "CREATE INDEX FOR (n:A) ON (m.x)",
        "RETURN 1 AS", "CALL { RETURN 1 AS x", "RETURN reduce(x = 1, y IN [1])",
    ],
)  # fmt: skip
def test_what_is_no_query_is_a_syntax_error(text: str) -> None:
    assert error(text).kind == "SyntaxError"


@pytest.mark.parametrize(
    "text",
    [
        "RETURN " + "(" * 5000 + "1" + ")" * 5000,
        "RETURN " + "[" * 5000 + "]" * 5000,
        "RETURN " + "{a:" * 5000 + "1" + "}" * 5000,
        "RETURN " + "NOT " * 5000 + "true",
        "RETURN " + "-" * 5000 + "x",
        "RETURN " + " + ".join(["1"] * 5000),
        "RETURN " + "x" + ".a" * 5000,
        "RETURN " + "x" + "[0]" * 5000,
        "RETURN " + "abs(" * 5000 + "1" + ")" * 5000,
        "RETURN " + "CASE WHEN true THEN " * 3000 + "1" + " END" * 3000,
        "MATCH (n) WHERE " + "EXISTS { MATCH (n) WHERE " * 500 + "true" + "}" * 500 + " RETURN n",
        "FOREACH (x IN [1] | " * 500 + "CREATE ()" + ")" * 500,
        "CALL { " * 500 + "RETURN 1 AS x" + "}" * 500 + " RETURN 1",
        "RETURN 1 " + "UNION RETURN 1 " * 5000,
        "WITH 1 AS x " * 5000 + "RETURN 1",
        "MATCH " + "(" * 5000 + "a",
        "RETURN [" + "({a: [" * 200,
    ],
)
def test_a_hostile_text_is_refused_and_nothing_breaks(text: str) -> None:
    assert error(text).kind == "SyntaxError"


def test_long_flat_queries_are_fine() -> None:
    assert value(" AND ".join(["true"] * 1_400)) is True
    assert len(value("[" + ", ".join(map(str, range(20_000))) + "]")) == 20_000
    graph = ScenarioGraph()
    rows(" ".join(f"CREATE (:A {{x: {number}}})" for number in range(1_000)), graph)
    assert rows("MATCH (n:A) RETURN count(n)", graph) == [(1000,)]


WORDS = (
    "MATCH OPTIONAL WHERE RETURN WITH UNWIND AS CREATE MERGE SET REMOVE DELETE ORDER BY SKIP LIMIT UNION ALL CASE "
    "WHEN THEN ELSE END NOT AND OR IN IS NULL count( collect( [ ] ( ) { } : , . .. | - > < = + * / $p n m x 1 2.5 'a' "
    "-[ ]-> -- --> (n) (m:A) [r:K*1..2] EXISTS { } reduce( all( none( shortestPath( n.x `q`"
).split()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.text(alphabet="(){}[]<>-=:|.,*'\"`/\\$ aA1\n", max_size=40))
def test_any_text_is_a_query_or_a_query_error(anything: str, marks: str) -> None:
    graph = ScenarioGraph()
    engine = Engine(graph.state, graph.outside)
    for text in (anything, marks, "RETURN " + anything, "MATCH " + marks, "RETURN " + marks):
        with suppress(QueryError):
            engine.prepare(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_any_words_are_a_query_or_a_query_error(words: list[str]) -> None:
    graph = ScenarioGraph()
    engine = Engine(graph.state, graph.outside)
    with suppress(QueryError):
        engine.run(" ".join(words), {"p": 1})
