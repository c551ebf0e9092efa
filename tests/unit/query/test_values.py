from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.query.shared import graph_of, rows, value

from graphvine.model.temporal import Date, DateTime, Duration, LocalDateTime, LocalTime, Time
from graphvine.query.fault import Fault
from graphvine.query.values import MAX_NESTING, UNORDERED, compare, equals, group_key, sort_key

NAN = float("nan")
SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        1.0,
        -1,
        2**60,
        0.5,
        NAN,
        float("inf"),
        "",
        "a",
        "b",
        Date(0),
        Date(1),
        LocalTime(0),
        Time(3_600_000_000_000, 3600),
        Time(0, 0),
        LocalDateTime(0, 0),
        DateTime(0, 3_600_000_000_000, 3600),
        DateTime(0, 0, 0),
        Duration(0, 1, 0, 0),
        Duration(0, 0, 86400, 0),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_equality_is_symmetric(left: Any, right: Any) -> None:
    assert equals(left, right) is equals(right, left)


@given(VALUES, VALUES)
def test_comparison_turns_round(left: Any, right: Any) -> None:
    order, turned = compare(left, right), compare(right, left)
    assert (order, turned) in [(None, None), (UNORDERED, UNORDERED), (-1, 1), (1, -1), (0, 0)]
    if order == 0:
        assert equals(left, right) is not False


@given(st.lists(VALUES, max_size=6))
def test_sorting_is_a_total_order(values: list[Any]) -> None:
    keys = [sort_key(value) for value in values]
    assert sorted(keys[1:] + keys[:1]) == sorted(keys)
    for one in keys:
        for other in keys:
            assert (one < other) + (one > other) + (one == other) == 1


@given(VALUES, VALUES)
def test_sorting_agrees_with_comparison(left: Any, right: Any) -> None:
    order = compare(left, right)
    if order in (-1, 1) and not isinstance(left, (list, Duration)):
        assert (sort_key(left) < sort_key(right)) is (order == -1)


@given(VALUES, VALUES)
def test_grouping_is_equality_where_that_is_known(left: Any, right: Any) -> None:
    same = equals(left, right)
    if same is False and not _has_nan(left):
        if not (isinstance(left, (Time, DateTime)) and type(left) is type(right)):
            assert group_key(left) != group_key(right)
    if group_key(left) == group_key(right):
        assert hash(group_key(left)) == hash(group_key(right))
        assert same is not False or _has_nan(left)


def _has_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_nan, value.values()))
    if type(value) is list:
        return any(map(_has_nan, value))
    return isinstance(value, float) and value != value


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (1, "1", False),
        (None, None, None),
        (NAN, NAN, False),
        ([1], [1.0], True),
        ([1, None], [1, 2], None),
        ([1, None], [2, 2], False),
        ([1], [1, None], False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": None}, {"a": 1}, None),
        ({"a": 1}, {"b": 1}, False),
        (Date(5), LocalTime(5), False),
        (DateTime(0, 0, 0), DateTime(0, 3600 * 10**9, 3600), True),
        (2**53, float(2**53), True),
        (2**53 + 1, float(2**53), False),
    ],
)
def test_equality(left: Any, right: Any, same: bool | None) -> None:
    assert equals(left, right) is same


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (1, 2.5, -1),
        (1, "a", None),
        (NAN, 1, UNORDERED),
        ([1, 2], [1, 3], -1),
        ([1], [1, 0], -1),
        ([None], [1], None),
        ([1, None], [2], -1),
        (False, True, -1),
        ("b", "a", 1),
        ({}, {}, None),
        (Duration(1, 0, 0, 0), Duration(0, 30, 0, 0), None),
    ],
)
def test_comparison(left: Any, right: Any, order: int | None) -> None:
    assert compare(left, right) == order


def test_types_sort_in_the_documented_order() -> None:
    graph = graph_of("CREATE (:A)-[:K]->(:B)")
    text = """
        MATCH p = (a:A)-[k]->() UNWIND [null, 0.0 / 0.0, 1.5, 1, true, 'a', duration('P1D'),
        date('2020-01-01'), p, [1], k, a,
        {x: 1}] AS v RETURN v ORDER BY v
    """
    found = [type(row[0]).__name__ for row in rows(text, graph)]
    assert found == [
        "dict",
        "Vertex",
        "Edge",
        "list",
        "Path",
        "Date",
        "Duration",
        "str",
        "bool",
        "int",
        "float",
        "float",
        "NoneType",
    ]


def test_too_deep_a_value_is_refused_and_breaks_nothing() -> None:
    deep: Any = functools.reduce(lambda inner, _: [inner], range(MAX_NESTING + 5), 1)
    for key in (sort_key, group_key):
        with pytest.raises(Fault):
            key(deep)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 % -3", 1),
        ("-7 % 3", -1),
        ("7.5 % 2", 1.5),
        ("1.0 / 0", float("inf")),
        ("2 ^ 0.5", 2**0.5),
        ("10 ^ 400", float("inf")),
        ("(-8.0) ^ (1.0 / 3)", NAN),
        ("'a' + 1", "a1"),
        ("1.5 + 'a'", "1.5a"),
        ("1 + [2]", [1, 2]),
        ("[1] + [2]", [1, 2]),
        ("null + [1]", None),
        ("1 + null", None),
        ("-(-1)", 1),
        ("'x' || 'y'", "xy"),
    ],
)
def test_arithmetic(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected or found != found and expected != expected
    assert type(found) is type(expected)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300), max_size=8))
def test_sums_do_not_depend_on_the_order(values: list[float]) -> None:
    text = "UNWIND $values AS x RETURN sum(x), avg(x)"
    assert rows(text, values=values) == rows(text, values=values[::-1])
