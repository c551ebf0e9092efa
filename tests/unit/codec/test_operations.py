"""Operations: bytes that come back, and any other bytes are a message or MalformedMessage."""

from __future__ import annotations

import enum
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext
from tests.names import shown
from tests.strategies import any_name, any_value, int64

from graphvine.codec.bodies import encode_counter, encode_set
from graphvine.codec.operations import (
    MAX_OPERATION_BYTES,
    decode_operation,
    decode_own_operation,
    encode_operation,
    make_tame,
    slices,
)
from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import MAX_LABELS, MAX_LIST_ELEMENTS, MAX_MERGE_BYTES, MAX_PROPERTIES
from graphvine.model.operation import COUNTER, SET, DeleteEdge, DeleteVertex, MergeEdge, MergeVertex, PutEdge, PutVertex
from graphvine.model.temporal import Date
from graphvine.model.values import RICH, check_value, weigh

name_lists = st.lists(any_name, max_size=3)
properties = st.dictionaries(any_name, any_value, max_size=4)
times = st.one_of(st.just(0), st.integers(0, 2**64 - 1))
operations = st.one_of(
    st.builds(PutVertex, any_name, name_lists, properties, name_lists, name_lists, times),
    st.builds(PutEdge, any_name, any_name, any_name, any_name, properties, name_lists, times),
    st.builds(DeleteVertex, any_name),
    st.builds(DeleteEdge, any_name),
    st.builds(MergeVertex, any_name, any_name, st.just(COUNTER), st.builds(encode_counter, int64)),
    st.builds(
        MergeEdge, any_name, any_name, any_name, any_name, any_name, st.just(COUNTER), st.builds(encode_counter, int64)
    ),
)
pack = msgspec.msgpack.encode


@given(operations)
def test_bytes_come_back(operation):
    data = encode_operation(operation)
    assert decode_operation(data) == operation
    assert decode_own_operation(data) == operation


def test_encoding_leaves_the_operation_alone():
    operation = PutVertex("v", [], {"a": b"x", "b": [Date(1)]})
    encode_operation(operation)
    assert operation.properties == {"a": b"x", "b": [Date(1)]}


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        (PutVertex("a", ["L"], {"x": 1}), "9700a16191a14c81a17801909000"),
        (PutVertex("a", [], {"b": b"\1", "d": [Date(1)]}, ["r"], ["U"]),
         "9700a1619082a162d40001a16491d7010000000000000001" + "91a17291a15500"),
        (PutEdge("e", "T", "a", "b", {"x": None}), "9801a165a154a161a16281a178c09000"),
        (PutVertex("a", after=2**57), "9700a161908090" + "90cf0200000000000000"),
        (DeleteVertex("a"), "9202a161"),
        (DeleteEdge("e"), "9203a165"),
        (MergeVertex("a", "n", COUNTER, encode_counter(-1)), "9504a161a16e01c401ff"),
        (MergeEdge("e", "T", "a", "b", "n", COUNTER, encode_counter(2)), "9805a165a154a161a162a16e01c40102"),
    ],
)  # fmt: skip
def test_the_layout_never_changes(operation, data):
    assert encode_operation(operation).hex() == data
    assert decode_operation(bytes.fromhex(data)) == operation


@given(st.binary(max_size=200))
def test_any_bytes_are_an_operation_or_malformed(data):
    for decode in (decode_operation, decode_own_operation):
        with suppress(MalformedMessage):
            decode(data)


@given(operations, st.data())
def test_truncated_and_flipped_bytes(operation, data):
    whole = encode_operation(operation)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MalformedMessage):
        decode_operation(whole[:cut])
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    flipped = bytearray(whole)
    flipped[bit // 8] ^= 1 << bit % 8
    try:
        changed = decode_operation(bytes(flipped))
    except MalformedMessage:
        return
    for value in getattr(changed, "properties", {}).values():
        check_value("v", value)
    assert encode_operation(changed)


@pytest.mark.parametrize(
    "prefix",
    ["", "9600", "9602", "9600a161", "9600a16190", "9600a1619081a178", "9600a1619081a17891", "9600a1619080", "93"],
)
@pytest.mark.parametrize("nest", [b"\x91", b"\x81\xa1a", b"\xdd\x00\x00\x00\x01"])
def test_deep_nesting_is_refused_without_recursion(prefix, nest):
    with pytest.raises(MalformedMessage):
        decode_operation(bytes.fromhex(prefix) + nest * 100_000)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [0],
        [6, "a"],
        [4, "a"],
        [4, "a", "n", 1],
        [4, "", "n", 1, b"\1"],
        [4, "a", "", 1, b"\1"],
        [4, "a", "n", 0, b"\1"],
        [4, "a", "n", 99, b"\1"],
        [4, "a", "n", 1, b""],
        [4, "a", "n", 1, b"\1\1"],
        [4, "a", "n", 1, "\1"],
        [4, "a", "n", 1, pack(2**63)],
        [4, "a", "n", 1, pack("1")],
        [4, "a", "n", 1, pack(1.5)],
        [4, "a", "n", 1, bytes(MAX_MERGE_BYTES + 1)],
        [5, "e", "T", "a", "b", "n", 1],
        [5, "e", "", "a", "b", "n", 1, b"\1"],
        [5, "e", "T", "", "b", "n", 1, b"\1"],
        [5, "e", "T", "a", "", "n", 1, b"\1"],
        [-1, "a"],
        ["0", "a"],
        [0, 5],
        [0, ""],
        [0, "x" * 513],
        [2, ""],
        [3, "x" * 513],
        [2, "a", "b"],
        [0, "a", [], {}, [], [], []],
        [0, "a", [], {}, [], [], -1],
        [0, "a", [], {}, [], [], 1.5],
        [0, "a", [], {}, [], [], 0, 0],
        [1, "e", "T", "a", "b", {}, [], -1],
        [0, "a", ["x" * 257]],
        [0, "a", [""]],
        [0, "a", [5]],
        [0, "a", [f"L{n}" for n in range(MAX_LABELS + 1)]],
        [0, "a", [], {}, [], [f"L{n}" for n in range(MAX_LABELS + 1)]],
        [0, "a", [], {}, [], [""]],
        [0, "a", [], {"": 1}],
        [0, "a", [], {5: 1}],
        [0, "a", [], {"x" * 257: 1}],
        [0, "a", [], {"x": 2**63}],
        [0, "a", [], {"x": [2**63]}],
        [0, "a", [], {"x": float("nan")}],
        [0, "a", [], {"x": float("inf")}],
        [0, "a", [], {"x": float("-inf")}],
        [0, "a", [], {"x": [float("inf")]}],
        [0, "a", [], {"x": {}}],
        [0, "a", [], {"x": [[]]}],
        [0, "a", [], {"x": b"raw bytes"}],
        [0, "a", [], {"x": Ext(7, b"")}],
        [0, "a", [], {"x": Ext(-1, b"\0\0\0\0")}],
        [0, "a", [], {"x": Ext(1, b"")}],
        [0, "a", [], {"x": [Ext(1, b"\x7f" + bytes(7))]}],
        [0, "a", [], {f"p{n}": n for n in range(MAX_PROPERTIES + 1)}],
        [0, "a", [], {}, [f"p{n}" for n in range(MAX_PROPERTIES + 1)]],
        [0, "a", [], {}, [""]],
        [1, "e", "", "a", "b"],
        [1, "e", "T", "", "b"],
        [1, "e", "T", "a", ""],
        [1, "e", "T", "a"],
        [1, "e", "T", "a", "b", {"x": 2**63}],
        [1, "e", "T", "a", "b", {}, [5]],
    ],
    ids=lambda parts: shown(parts)[:50],
)
def test_every_part_of_a_stranger_s_operation_is_checked(parts):
    with pytest.raises(MalformedMessage, match="not an operation"):
        decode_operation(pack(parts))


def test_an_operation_that_is_too_long_is_not_even_looked_at():
    data = pack([0, "a", [], {"x": "y" * MAX_OPERATION_BYTES}])
    with pytest.raises(MalformedMessage, match="an operation of 4,"):
        decode_operation(data)


def test_own_operations_that_are_damaged_are_refused():
    for data in (b"", pack([0, "a", [], {"x": Ext(9, b"")}]), pack([7])):
        with pytest.raises(MalformedMessage):
            decode_own_operation(data)


@pytest.mark.parametrize("number", ["ca7fc00000", "caff800000", "cb7ff8000000000001", "cbfff0000000000000"])
def test_no_form_of_a_number_that_is_none_gets_through(number):
    with pytest.raises(MalformedMessage):
        decode_operation(bytes.fromhex("9600a16190" + "81a178" + number + "9090"))


class Text(str):
    """Text, and more."""

    __slots__ = ()


class Color(enum.Enum):
    """What msgspec would write as its value."""

    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        2**63,
        2**64,
        -(2**63) - 1,
        "\ud800",
        "x" * 600,
        Text("x"),
        b"x",
        [1],
        Color.RED,
    ],
    ids=lambda value: shown(value)[:20],
)
def test_what_must_be_looked_at_closely_is_not_encoded_at_sight(value):
    assert make_tame("a", [], {"x": value}) is None


@pytest.mark.parametrize("name", ["", "x" * 257, "\ud800", 5, Color.RED])
def test_names_are_looked_at_as_well(name):
    assert make_tame("a", [], {name: 1}) is None
    assert make_tame("", [], {"x": 1}) is None


@given(any_name, st.dictionaries(any_name, any_value, max_size=4))
def test_what_is_encoded_at_sight_is_encoded_as_ever(id_, values):
    operation = PutVertex(id_, [], {name: check_value("x", value) for name, value in values.items()})
    made = make_tame(id_, [], operation.properties)
    assert made is None or made == (operation, encode_operation(operation))


def test_slices_hold_fewer_merges_than_puts():
    put, count = encode_operation(PutVertex("v")), encode_operation(MergeVertex("v", "n", COUNTER, b"\1"))
    heavy = encode_operation(MergeVertex("v", "n", SET, encode_set(list(range(200)), [])))
    assert list(slices([put] * 25, 10)) == [(0, 10), (10, 20), (20, 25)]
    assert list(slices([heavy] * 3, 1_000)) == [(0, 3)]
    many = list(slices([put] * 500 + [heavy] * 100 + [put] * 400, 1_000))
    assert [end for _, end in many] == [start for start, _ in many[1:]] + [1_000]
    assert many[0][0] == 0
    assert all(end - start <= 8 for start, end in many if start >= 510 and end <= 600)
    assert len(list(slices([count] * 1_000, 1_000))) <= 10
    assert list(slices([heavy * 50], 10)) == [(0, 1)]  # one operation is never cut
    assert list(slices([], 10)) == []


def test_slices_hold_few_bytes():
    """A put of a thousand properties is as much work as hundreds of small ones."""
    small = encode_operation(PutVertex("v"))
    wide = encode_operation(PutVertex("v", [], {f"property {n}": n for n in range(1_000)}))
    parts = list(slices([wide] * 300, 1_000))
    assert max(end - start for start, end in parts) * len(wide) <= 1_000 * 128
    assert [end for _, end in parts] == [*(start for start, _ in parts[1:]), 300]
    assert list(slices([small] * 1_500, 1_000)) == [(0, 1_000), (1_000, 1_500)]


def test_one_operation_holds_a_bounded_number_of_elements():
    """4 MB could be lists of four million small numbers, and looking at each takes seconds."""
    most = MAX_LIST_ELEMENTS
    for lists in (
        [[1] * most],
        [[1] * (most // 2), ["a"] * (most // 2)],
        [[1, "a"] * (most // 2)],
        [[1.5] * 9, [None]],
    ):
        put = PutVertex("v", [], {f"l{n}": values for n, values in enumerate(lists)})
        assert decode_operation(encode_operation(put)) == put
    few = [Date(1)] * (most // RICH)
    assert decode_operation(encode_operation(PutVertex("v", [], {"l": few}))).properties == {"l": few}
    for lists in ([[1] * most, [1]], [[1] * 10] * 7_000, [few, [Date(1)]], [[1] * (most + 1)]):
        for put in (
            PutVertex("v", [], {f"l{n}": values for n, values in enumerate(lists[:1_000])}),
            PutEdge("e", "T", "a", "b", {f"l{n}": values for n, values in enumerate(lists[:1_000])}),
        ):
            if sum(map(weigh, put.properties.values())) > most:
                with pytest.raises(MalformedMessage, match="elements|dates"):
                    decode_operation(encode_operation(put))


@given(st.lists(st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=3))))
def test_a_list_that_is_checked_at_once_is_checked_as_well(values):
    def one_by_one():
        return [check_value("x", value) for value in values]

    try:
        expected = one_by_one()
    except InvalidValue:
        with pytest.raises(InvalidValue):
            check_value("x", values)
    else:
        assert check_value("x", values) == expected
