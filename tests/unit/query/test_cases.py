"""What queries mean, case by case: the files in `cases/`.

GIVEN <query that makes the graph>, PARAMETERS <map> (both hold for the next query: GIVEN until the next GIVEN),
then a query, and below it ``=>`` and its rows: cells stand between ``|``, rows between ``||``; IN ORDER, NOTHING,
or ERROR type: phase: detail.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.tck.expected import matches, parse_value
from tests.tck.graph import ScenarioGraph
from tests.unit.query.shared import graph_of
from tests.unit.query.social import outside

from graphvine.errors import QueryError
from graphvine.query.compile_expressions import Compiler
from graphvine.query.engine import Engine
from graphvine.query.parts import Part, can_be_long
from graphvine.query.run import Limits, Run, TooLong
from graphvine.query.tree import Expr
from graphvine.query.values import Row
from graphvine.store.builder import TransactionBuilder

FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))


class Case(NamedTuple):
    name: str
    given: str
    parameters: dict[str, Any]
    query: str
    expected: str


def read_cases(file: Path) -> list[Case]:
    cases: list[Case] = []
    given, parameters, query = "", "{}", ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("GIVEN"):
            given = line.removeprefix("GIVEN").strip()
        elif line.startswith("PARAMETERS {"):
            parameters = line.removeprefix("PARAMETERS ")
        elif line.startswith("  => "):
            expected = line.removeprefix("  => ")
            cases.append(Case(f"{file.stem}:{number}", given, parse_value(parameters), query, expected))
            parameters = "{}"
        elif line and not line.startswith("#"):
            query = line
    return cases


CASES = [case for file in FILES for case in read_cases(file)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_language(case: Case) -> None:
    check(case)


def test_every_expression_means_the_same_where_it_has_to_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The language again, with every expression that can pause begun anew in the form that does, wherever it can."""
    begun_anew = 0
    make = Part.__init__

    def make_long(part: Part, expr: Expr, compiler: Compiler) -> None:
        make(part, expr, compiler)
        compute = part.now

        def give_up(row: Row) -> Any:
            nonlocal begun_anew
            if not row[0].can_pause:
                return compute(row)
            begun_anew += 1
            raise TooLong

        if can_be_long(expr):
            part.now = give_up

    monkeypatch.setattr(Part, "__init__", make_long)
    monkeypatch.setattr(Run, "is_due", lambda _run, _work: True)
    for case in CASES:
        check(case)
    assert begun_anew > 1_000


def check(case: Case) -> None:
    graph = graph_of(case.given) if case.given else ScenarioGraph()
    if case.expected.startswith("ERROR "):
        with pytest.raises(QueryError) as caught:
            graph.run(case.query, case.parameters)
        _check_error(caught.value, case)
        return
    actual = [list(row) for row in graph.run(case.query, case.parameters).rows]
    is_ordered = case.expected.startswith("IN ORDER ")
    text = case.expected.removeprefix("IN ORDER ")
    expected = [] if text == "NOTHING" else [[parse_value(cell) for cell in _cells(row)] for row in text.split(" || ")]
    assert len(actual) == len(expected), actual
    if not is_ordered:
        actual = _in_order_of(expected, actual)
    assert all(matches(one, row) for one, row in zip(expected, actual, strict=True)), (case.name, actual)


def _in_order_of(expected: list[Any], actual: list[Any]) -> list[Any]:
    """Return `actual` with each row moved to where an equal one is expected, as far as there is one."""
    left, found = list(actual), []
    for one in expected:
        place = next((number for number, row in enumerate(left) if matches(one, row)), 0)
        found.append(left.pop(place))
    return found


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split(" | ")]


def _check_error(error: QueryError, case: Case) -> None:
    kind, phase, detail = case.expected.removeprefix("ERROR ").split(": ")
    assert (error.kind, detail) == (kind, detail if detail == "*" else error.detail), str(error)
    assert phase in ("any", error.phase), str(error)
    if error.kind != "ParameterMissing":
        assert error.line == 1
        assert "^" in str(error)


TOKENS = re.compile(r"\w+|'[^']*'|\s+|.", re.DOTALL)


@pytest.mark.parametrize("dice", [random.Random(seed) for seed in range(4)], ids=range(4))
def test_a_mangled_query_is_an_answer_or_an_error_with_its_place(dice: random.Random) -> None:
    """Words of our queries taken away, doubled, swapped and mixed: nothing but a QueryError ever comes out."""
    queries = [case.query for case in CASES]
    words = [word for query in queries for word in TOKENS.findall(query) if word.strip()]
    graph = graph_of("CREATE (:A {x: 1, n: 'a'})-[:X {k: 1}]->(:B {x: 2})-[:Y]->(:A {x: 3})")
    for _ in range(300):
        query = _mangled(TOKENS.findall(dice.choice(queries)), words, dice)
        engine = Engine(graph.state, outside(), limits=Limits(total_s=0.5))
        assert _is_answer_or_placed_error(engine, query), query


def _is_answer_or_placed_error(engine: Engine, query: str) -> bool:
    try:
        engine.run(query, {}, builder=TransactionBuilder())
    except QueryError as error:
        return error.line > 0 or error.detail in ("MissingParameter", "TimeLimit")
    except Exception as crash:
        raise AssertionError(repr(query)) from crash
    return True


def _mangled(tokens: list[str], words: list[str], dice: random.Random) -> str:
    for _ in range(dice.choice((1, 1, 2, 3))):
        at, deed = dice.randrange(len(tokens)), dice.randrange(4)
        if deed == 0 and len(tokens) > 1:
            del tokens[at]
        elif deed == 1:
            tokens.insert(at, dice.choice(words))
        elif deed == 2:
            tokens[at] = dice.choice(words)
        else:
            other = dice.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


@pytest.mark.parametrize("verb", ["EXPLAIN", "PROFILE"])
def test_every_query_can_be_explained(verb: str) -> None:
    for case in CASES:
        if case.expected.startswith("ERROR ") or case.query.startswith("MATCH (n) DELETE"):
            continue
        graph = graph_of(case.given) if case.given else ScenarioGraph()
        result = graph.run(f"{verb} {case.query}", case.parameters)
        assert result.plan is not None, case.query
