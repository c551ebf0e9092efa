"""What a property may hold; and for all else a message that names the place and says what to do."""

from __future__ import annotations

import enum
import math
from collections import UserDict, namedtuple
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.names import shown
from tests.strategies import any_name, any_value

from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_INTEGER, MAX_LABELS, MAX_LIST_ELEMENTS, MAX_PROPERTIES, MAX_VALUE_BYTES, MIN_INTEGER
from graphvine.model import values
from graphvine.model.temporal import Date, DateTime, Duration, LocalTime
from graphvine.model.values import are_plain, check_labels, check_properties, check_value


@given(any_value)
def test_what_the_graph_holds_is_kept_as_it_is(value):
    kept = check_value("v.x", value)
    assert kept == value
    assert type(kept) is type(value)


def test_lists_are_copied():
    given_list = [1, 2]
    kept = check_value("v.x", given_list)
    given_list.append(3)
    assert kept == [1, 2]


NESTED = "v.x holds a {} inside a list. Lists are flat."
Point = namedtuple("Point", "x y")


class Names(list):
    pass


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "v.x is nan. A property holds finite numbers only; use null for 'unknown'."),
        (math.inf, "v.x is inf. A property holds finite numbers only; use null for 'unknown'."),
        (-math.inf, "v.x is -inf. A property holds finite numbers only; use null for 'unknown'."),
        ([1.0, math.nan], "v.x is nan. A property holds finite numbers only; use null for 'unknown'."),
        (MAX_INTEGER + 1, "v.x is an integer outside 64 bits. Store it as text, or as a float."),
        (MIN_INTEGER - 1, "v.x is an integer outside 64 bits. Store it as text, or as a float."),
        (10**400, "v.x is an integer outside 64 bits. Store it as text, or as a float."),
        ("a\ud800", "v.x holds half of a surrogate pair at position 1."),
        (["\udfff"], "v.x holds half of a surrogate pair at position 0."),
        ([[1]], NESTED.format("list")),
        ([(1,)], NESTED.format("tuple")),
        ([{}], NESTED.format("dict")),
        ([{1}], NESTED.format("set")),
        ([Names([1])], NESTED.format("Names")),
        ([Point(1, 2)], NESTED.format("Point")),
        ({}, "v.x is a dict. Store nested data as vertices and edges, or as JSON text."),
        (UserDict(), "v.x is a UserDict. Store nested data as vertices and edges, or as JSON text."),
        ({1}, "v.x is a set. Store nested data as vertices and edges, or as JSON text."),
        (frozenset(), "v.x is a frozenset. Store nested data as vertices and edges, or as JSON text."),
        (Date(10**13), "v.x holds a day outside the years -999,999,999 to 999,999,999."),
        (Date("today"), "v.x holds a part that is no 64-bit integer."),
        (LocalTime(-1), "v.x holds nanoseconds out of range."),
        (Duration(2**63, 0, 0, 0), "v.x holds a part that is no 64-bit integer."),
        (Duration(0, 0, 0, 1_000_000_000), "v.x holds nanoseconds out of range."),
        (DateTime(0, 0, 0, "ü"), "v.x holds a zone name that is not 64 or fewer ASCII characters."),
        (DateTime(0, 0, 0, 5), "v.x holds a zone name that is not 64 or fewer ASCII characters."),
        (datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=20))), "v.x holds an offset of more than 18 hours."),
    ],
    ids=shown,
)
def test_what_the_graph_can_not_hold_is_named(value, message):
    with pytest.raises(InvalidValue) as caught:
        check_value("v.x", value)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [object(), Decimal(1), Fraction(1, 2), 1j, print, int, range(3), ...], ids=shown)
def test_other_types_are_named_with_what_would_do(value):
    with pytest.raises(InvalidValue, match=rf"^v\.x is a {type(value).__name__}\. A property holds null, true/false"):
        check_value("v.x", value)


@pytest.mark.parametrize(
    ("value", "size", "limit"),
    [
        ("x" * (MAX_VALUE_BYTES + 1), MAX_VALUE_BYTES + 1, MAX_VALUE_BYTES),
        ("é" * (MAX_VALUE_BYTES // 2 + 1), MAX_VALUE_BYTES + 2, MAX_VALUE_BYTES),
        (bytes(MAX_VALUE_BYTES + 1), MAX_VALUE_BYTES + 1, MAX_VALUE_BYTES),
        (["x" * (MAX_VALUE_BYTES + 1)], MAX_VALUE_BYTES + 1, MAX_VALUE_BYTES),
        ([0] * (MAX_LIST_ELEMENTS + 1), MAX_LIST_ELEMENTS + 1, MAX_LIST_ELEMENTS),
    ],
    ids=["ascii", "umlauts", "bytes", "in a list", "list"],
)
def test_what_is_too_large_says_by_how_much(value, size, limit):
    with pytest.raises(TooLarge) as caught:
        check_value("v.x", value)
    assert (caught.value.size, caught.value.limit) == (size, limit)
    assert str(caught.value).startswith("v.x has ")


def test_the_largest_values_are_held():
    assert check_value("v", "x" * MAX_VALUE_BYTES)
    assert check_value("v", bytes(MAX_VALUE_BYTES))
    assert check_value("v", [0] * MAX_LIST_ELEMENTS)
    assert check_value("v", MAX_INTEGER) == 2**63 - 1
    assert check_value("v", MIN_INTEGER) == -(2**63)
    assert check_value("v", 1.7976931348623157e308) == 1.7976931348623157e308


class Color(str, enum.Enum):  # noqa: UP042
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Ratio(float):
    pass


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (Ratio(0.5), 0.5),
        ((1, "a"), [1, "a"]),
        (Names([1]), [1]),
        (Point(1, 2), [1, 2]),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        ([bytearray(b"ab"), Color.RED], [b"ab", "red"]),
        (date(1970, 1, 2), Date(1)),
        ([time(0, 0, 1)], [LocalTime(1_000_000_000)]),
    ],
    ids=shown,
)
def test_relatives_are_stored_as_the_plain_thing(value, stored):
    kept = check_value("v.x", value)
    assert kept == stored
    assert type(kept) is type(stored)


def test_properties_are_a_checked_copy():
    mine = {"a": 1, "b": [1]}
    kept = check_properties("v", mine)
    assert kept == mine
    assert kept is not mine
    assert kept["b"] is not mine["b"]
    assert check_properties("v", None) == {}
    assert check_properties("v", UserDict(a=1)) == {"a": 1}


def test_plain_properties_are_copied_too():
    mine = {"plain": 1}
    assert check_properties("v", mine) is not mine


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ([("a", 1)], "Properties of v must be a dict, not list."),
        ("a", "Properties of v must be a dict, not str."),
        ({1: 1}, "A property name of v must be text, not int."),
        ({"": 1}, "A property name of v is empty. Give it at least one character."),
        ({"a\ud800": 1}, "A property name of v holds half of a surrogate pair at position 1."),
        ({"ok": 1, "x": math.nan}, "v.x is nan. A property holds finite numbers only; use null for 'unknown'."),
    ],
    ids=shown,
)
def test_bad_properties_are_named_with_their_path(properties, message):
    with pytest.raises(InvalidValue) as caught:
        check_properties("v", properties)
    assert str(caught.value) == message


def test_too_many_properties():
    assert len(check_properties("v", {f"p{n}": n for n in range(MAX_PROPERTIES)})) == MAX_PROPERTIES
    with pytest.raises(TooLarge, match="Operation on v has 1,025 properties"):
        check_properties("v", {f"p{n}": n for n in range(MAX_PROPERTIES + 1)})


def test_names_of_a_text_subclass_become_plain_text():
    check_properties("v", {"red": 1})  # now it is a known name
    kept = check_properties("v", {Color.RED: 1})
    assert [type(name) for name in kept] == [str]
    assert [type(label) for label in check_labels("v", [Color.RED])] == [str]


@given(st.dictionaries(any_name, any_value, max_size=5))
def test_the_quick_check_lets_nothing_pass_that_the_thorough_one_changes(properties):
    if are_plain(properties):
        assert {name: check_value(name, value) for name, value in properties.items()} == properties


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, math.nan, math.inf, -math.inf, "é", "x" * MAX_VALUE_BYTES, [1], b"", Date(0), object()],
)
def test_the_quick_check_leaves_the_rest_to_the_thorough_one(value):
    assert not are_plain({"x": value})


def test_the_memo_of_names_is_bounded(monkeypatch):
    monkeypatch.setattr(values, "_known_names", set())
    monkeypatch.setattr(values, "_MAX_KNOWN_NAMES", 10)
    for number in range(20):
        assert are_plain({f"name {number}": number})
    assert len(values._known_names) == 10


def test_labels_keep_their_order_once_each():
    assert check_labels("v", ["B", "A", "B"]) == ["B", "A"]
    assert check_labels("v", (label for label in ("A",))) == ["A"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("Person", "Labels of v must be a list of text, for example ['Person']."),
        (5, "Labels of v must be a list of text, for example ['Person']."),
        ([5], "A label of v must be text, not int."),
        ([["A"]], "A label of v must be text, not list."),
        ([""], "A label of v is empty. Give it at least one character."),
    ],
    ids=shown,
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(InvalidValue) as caught:
        check_labels("v", labels)
    assert str(caught.value) == message


def test_too_many_labels():
    assert len(check_labels("v", [f"L{n}" for n in range(MAX_LABELS)] * 2)) == MAX_LABELS
    with pytest.raises(TooLarge, match="Vertex v has 65 labels"):
        check_labels("v", [f"L{n}" for n in range(MAX_LABELS + 1)])
