"""Long lists of literals are read as one, and mean what their elements mean."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tck.graph import ScenarioGraph
from tests.unit.query.social import outside
from tests.unit.query.test_slices import MOST_UNITS, REFERENCE_S, unit_s

from graphvine.errors import QueryError
from graphvine.model.steps import in_one_go
from graphvine.query import constants
from graphvine.query.constants import folding
from graphvine.query.engine import Engine
from graphvine.query.parse_clauses import parse
from graphvine.query.run import Limits
from graphvine.query.tokens import DATA, PAUSE, Token, tokenize, tokenizing
from graphvine.query.tree import Constant, Projection

LITERALS = st.sampled_from(
    "1 -2 1.5 -0.5 9223372036854775807 -9223372036854775808 9223372036854775808 'a' \"b\\n\" true FALSE null x x.y $p"
    " date('2020-01-01') datetime('2020-01-01T00:00Z') time('10:00') duration('P1D') date('no') date() 1+1 -x (1) -"
    " [1][0] [1,2][1] {a:1}.a count(*)".split()
)
NAMES = st.sampled_from(["a", "b", "`c d`", "match"])
VALUES = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda some: f"[{', '.join(some)}]"),
        st.lists(st.tuples(NAMES, inner), max_size=3).map(
            lambda some: "{" + ", ".join(f"{name}: {value}" for name, value in some) + "}"
        ),
    ),
    max_leaves=12,
)
FRAMES = st.sampled_from(
    [
        "WITH 7 AS x RETURN {} AS r",
        "UNWIND {} AS r RETURN r",
        "WITH {{y: 3}} AS x RETURN [{}][0] AS r, 3 IN {}",
        "WITH [1, 2, 3] AS x RETURN x[{}] AS r",
        "WITH {} AS x RETURN [y IN x | y] AS r, size(x), x[0..2]",
        "WITH 1 AS x CREATE (n {{a: {}}}) RETURN n.a AS r",
        "RETURN {} + {} = {} AS r",
    ]
)


def answer(text: str, from_tokens: int) -> str:
    engine = Engine(ScenarioGraph().state, outside())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "FROM_TOKENS", from_tokens)
        try:
            return repr(engine.run(text, {"p": 5}).rows)
        except QueryError as error:
            return f"{error.kind} {error.detail} {error.line} {error.column}"


@given(FRAMES, VALUES)
@settings(max_examples=150, deadline=None)
def test_data_means_what_its_elements_mean(frame: str, value: str) -> None:
    text = frame.format(*[value] * 3)
    assert answer(text, 0) == answer(text, 10**9)


def folded(text: str) -> list[Token]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "FROM_TOKENS", 0)
        return in_one_go(folding(tokenize(text)))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("RETURN [1, -2.5, 'a', [null], {b: true}]", [[1, -2.5, "a", [None], {"b": True}]]),
        ("RETURN [{a: [1]}, n, {b: [1, 2]}]", [{"a": [1]}, [1, 2]]),
        ("RETURN l[1]", []),
        ("MATCH (n {a: 1}) RETURN n", []),
        ("RETURN [1, 9223372036854775808]", []),
        ("RETURN [{a: 1, a: 2}, 3]", []),
        ("RETURN [1, 2,]", []),
        ("RETURN [datetime('2020-01-01T00:00'), 1]", []),
    ],
)
def test_what_is_data(text: str, values: list[Any]) -> None:
    assert [token.value.value for token in folded(text) if token.kind == DATA] == values  # type: ignore[attr-defined]


def test_a_short_text_stays_as_it_is() -> None:
    assert not any(token.kind == DATA for token in in_one_go(folding(tokenize("RETURN [1, 2, 3]"))))


def test_a_long_list_is_one_expression_whose_type_is_known() -> None:
    statement = parse(f"RETURN [{', '.join(['1'] * 2_000)}] AS l")
    (clause,) = statement.query.branches[0]
    assert isinstance(clause, Projection)
    assert isinstance(clause.items[0].expression, Constant)
    engine = Engine(ScenarioGraph().state, outside())
    with pytest.raises(QueryError, match="Integer"):
        engine.run(f"RETURN [{', '.join(['1'] * 2_000)}]['a']")


def test_tokens_come_and_go_in_steps() -> None:
    text = f"RETURN [{', '.join(['1'] * 20_000)}]"
    steps = tokenizing(text)
    count = 0
    try:
        while True:
            next(steps)
            count += 1
    except StopIteration as done:
        tokens = done.value
    assert count >= 40_000 // PAUSE
    assert len(list(folding(tokens))) >= 40_000 // PAUSE


# What a text may hold: each is read and planned with a chance to pause every few milliseconds.
LARGE = {
    "numbers": f"UNWIND [{', '.join(map(str, range(49_000)))}] AS x RETURN count(x)",
    "maps": "UNWIND ["
    + ", ".join(f"{{a: {n}, b: date('2020-01-01')}}" for n in range(7_000))
    + "] AS x RETURN count(x)",
    "texts": "MATCH (n) WHERE n.x IN [" + ", ".join(f"'v{n}'" for n in range(40_000)) + "] RETURN count(n)",
    "one text": "RETURN size('" + r"a line\n" * 120_000 + "')",
    "creates": " ".join(f"CREATE (n{n}:P {{name: 'a', x: {n}}})" for n in range(5_000)),
    "one create": "CREATE " + ", ".join(f"(n{n}:P {{name: 'a', x: {n}}})" for n in range(5_000)),
    "settings": "MATCH (n) SET " + ", ".join(f"n.x{n} = {n}" for n in range(10_000)),
    "branches": " UNION ALL ".join(f"MATCH (n:P) WHERE n.x = {n} RETURN n.y AS y" for n in range(300)),
    "merges": " ".join(f"MERGE (n{n}:P {{name: 'a'}})" for n in range(300)),
    "a long pattern": "MATCH " + "-[:K]->".join(f"(n{n}:P)" for n in range(150)) + " RETURN 1",
    "many conditions": "MATCH (n) WHERE " + " AND ".join(f"n.x <> {n}" for n in range(400)) + " RETURN n",
    "many choices": "MATCH (n) WHERE " + " OR ".join(f"n.x = {n}" for n in range(490)) + " RETURN n",
    "columns and keys": "MATCH (n) RETURN "
    + ", ".join(f"n.x{n} AS c{n}" for n in range(250))
    + " ORDER BY "
    + ", ".join(f"n.y{n}" for n in range(300)),
}


@pytest.fixture
def no_collector() -> Iterator[None]:
    """As in test_slices: an older Python's collector stops for all of it, which is not our work."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.skipif(not hasattr(time, "thread_time"), reason="WebAssembly does not tell the time of a thread")
@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("name", LARGE)
def test_a_large_text_is_read_in_many_steps_of_which_none_is_long(name: str) -> None:
    engine = Engine(ScenarioGraph().state, outside(clock=time.thread_time), limits=Limits(slice_s=0.0, total_s=3600))
    shares = []
    for _ in range(5):  # a busy machine makes some steps longer: one quiet run is proof
        longest, before = 0.0, time.thread_time()
        for _ in engine.preparing_fresh(LARGE[name]):
            now = time.thread_time()
            longest, before = max(longest, now - before), time.thread_time()
        longest = max(longest, time.thread_time() - before)
        shares.append(longest / max(unit_s(), REFERENCE_S))
        if shares[-1] < MOST_UNITS:
            break
    assert min(shares) < MOST_UNITS, shares


LONG = {
    "choices": "MATCH (n) WHERE " + " OR ".join(["n.x = $p"] * 1_000) + " RETURN n",
    "a list": "RETURN [" + ", ".join(["$p"] * 2_000) + "]",
    "labels": "MATCH (n" + ":A" * 3_100 + ") RETURN n",
    "a pattern": "CREATE " + "-[:K]->".join(["(:P)"] * 1_000),
    "a subquery": "RETURN COUNT { MATCH (m) WHERE " + " OR ".join(["m.x = $p"] * 1_000) + " RETURN 1 }",
    "inner clauses": "FOREACH (x IN [1] | " + "CREATE (:P {x: x}) " * 1_000 + ")",
    "inner patterns": "CALL { CREATE " + ", ".join(["(:P)"] * 1_000) + "}",
}


@pytest.mark.parametrize("name", LONG)
def test_a_part_that_can_not_be_read_in_steps_has_a_limit(name: str) -> None:
    engine = Engine(ScenarioGraph().state, outside())
    with pytest.raises(QueryError, match=r"One clause has at most 3,000 .* as a parameter .*line 1, column"):
        engine.run(LONG[name], {"p": 1})


def test_star_has_a_limit() -> None:
    engine = Engine(ScenarioGraph().state, outside())
    with pytest.raises(QueryError, match=r"`\*` stands for at most 3,000 variables"):
        engine.run("CREATE " + ", ".join(f"(n{n})" for n in range(3_001)) + " WITH * RETURN 1")


def test_many_properties_are_set_in_one_clause() -> None:
    graph = ScenarioGraph()
    graph.run("CREATE (n) SET " + ", ".join(f"n.x{n} = {n}" for n in range(900)), {})
    (vertex,) = graph.state.vertices.values()
    assert vertex.properties["x899"] == 899
