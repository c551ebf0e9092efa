"""Literals become parameters where they are data, and nowhere else; what comes out means what the engine would read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import strategies
from tests.unit.transfer.test_formats import cypher_value

from graphvine.files.cypher_script import literal
from graphvine.files.records import Warnings
from graphvine.model.temporal import Date
from graphvine.transfer.script_literals import MAX_DEPTH, lift

# (statement, what is left of it, the values)
LIFTED = [
    ("CREATE (:P {name: 'Ann', age: 3})", "CREATE (:P {name: $_0 , age: $_1 })", ["Ann", 3]),
    (
        'MATCH (a {_id: "x"}) SET a.n = -1.5e3, a.m = 2',
        "MATCH (a {_id: $_0 }) SET a.n = $_1 , a.m = $_2 ",
        ["x", -1500.0, 2],
    ),
    ("UNWIND [{a: 1,\n b: [true, NULL]}] AS r RETURN r", "UNWIND $_0\nAS r RETURN r", [[{"a": 1, "b": [True, None]}]]),
    ("UNWIND [date('2020-02-03')] AS d RETURN d", "UNWIND $_0 AS d RETURN d", [[Date(18295)]]),
    (r"RETURN 'it\'s \u00e4'", "RETURN $_0 ", ["it's ä"]),
    ("CREATE (:P {price: '5 $', n: -1000000000000000000})", "CREATE (:P {price: $_0 , n: $_1 })", ["5 $", -(10**18)]),
    ("UNWIND [1, x] AS r SET r.a = 'b'", "UNWIND [1, x] AS r SET r.a = $_0 ", ["b"]),
]
LEFT = [
    "MATCH (a)-[:X*1..3]->(b) RETURN a LIMIT 5",
    "RETURN 1 // it's 'nothing'",
    "CREATE (:`it's`) /* {a: 'b'} */",
    "RETURN $given",
    "UNWIND [1, 99999999999999999999] AS x RETURN x",
    "UNWIND [1e999] AS x RETURN x",
    "UNWIND [0x1F, 1.] AS x RETURN x",
    "UNWIND [{a:1, a:2}] AS x RETURN x",
    "UNWIND [1 AS x RETURN x",
    r"RETURN '\q'",
    "UNWIND " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1) + " AS x RETURN x",
]


@pytest.mark.parametrize(("statement", "text", "values"), LIFTED)
def test_data_becomes_parameters(statement, text, values):
    lifted, found = lift(statement)
    assert lifted.replace("  ", " ") == text.replace("  ", " ")
    assert [(type(value), value) for value in found.values()] == [(type(value), value) for value in values]
    assert lifted.count("\n") == statement.count("\n")


@pytest.mark.parametrize("statement", LEFT)
def test_what_is_no_plain_literal_stays(statement):
    assert lift(statement) == (statement, {})


@given(st.lists(strategies.any_value, max_size=4))
def test_what_our_scripts_write_is_read_exactly(values):
    wanted = [cypher_value(value) for value in values if value is not None]
    lifted, found = lift(f"UNWIND {literal(values, Warnings())} AS x RETURN x")
    assert lifted.split() == ["UNWIND", "$_0", "AS", "x", "RETURN", "x"]
    assert repr(found["_0"]) == repr(wanted)
