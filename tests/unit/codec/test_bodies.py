"""Bodies of merge operations from strangers: any bytes are one of their kind or are refused; nothing is too much."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext
from tests.names import shown
from tests.strategies import bodies

from graphvine.codec import bodies as bodies_module
from graphvine.codec.bodies import check_body, decode_list, decode_map, decode_set, read_list, read_map, read_set
from graphvine.codec.operations import decode_operation, encode_operation
from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import MAX_ELEMENT_BYTES, MAX_ENTRY_BYTES, MAX_MERGE_BYTES, MAX_MERGE_ENTRIES
from graphvine.model.operation import COUNTER, KIND_NAMES, LIST, MAP, SET, MergeVertex

pack = msgspec.msgpack.encode
AT = bytes(12)
MANY = list(range(MAX_MERGE_ENTRIES + 1))


@given(bodies)
def test_every_good_body_passes_and_comes_back(kind_and_body):
    kind, body = kind_and_body
    check_body(kind, body)
    operation = MergeVertex("v", "n", kind, body)
    assert decode_operation(encode_operation(operation)) == operation


@given(st.sampled_from(sorted(KIND_NAMES)), st.binary(max_size=120))
def test_any_bytes_are_a_body_or_malformed(kind, body):
    with suppress(MalformedMessage):
        decode_operation(encode_operation(MergeVertex("v", "n", kind, body)))


@given(bodies, st.data())
def test_flipped_bits_are_a_body_or_malformed(kind_and_body, data):
    kind, body = kind_and_body
    bit = data.draw(st.integers(0, 8 * len(body) - 1))
    flipped = bytearray(body)
    flipped[bit // 8] ^= 1 << bit % 8
    with suppress(MalformedMessage):
        decode_operation(encode_operation(MergeVertex("v", "n", kind, bytes(flipped))))


@pytest.mark.parametrize("kind", sorted(KIND_NAMES))
@pytest.mark.parametrize("nest", [b"\x91", b"\x81\xa1a", b"\xdd\x00\x00\x00\x01"])
def test_deep_nesting_is_refused_without_recursion(kind, nest):
    with pytest.raises(MalformedMessage):
        decode_operation(encode_operation(MergeVertex("v", "n", kind, nest * 100_000)))


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (COUNTER, 2**63),
        (COUNTER, True),
        (COUNTER, None),
        (SET, []),
        (SET, [[1]]),
        (SET, [[1], [], []]),
        (SET, [MANY, []]),
        (SET, [MANY[1:], [1]]),
        (SET, [[[1]], []]),
        (SET, [[2**63], []]),
        (SET, [[float("nan")], []]),
        (SET, [[b"raw"], []]),
        (SET, [["x" * MAX_ELEMENT_BYTES], []]),
        (SET, [[], ["x" * MAX_ELEMENT_BYTES]]),
        (SET, [[Ext(9, b"")], []]),
        (MAP, [{}]),
        (MAP, [{"": 1}, []]),
        (MAP, [{5: 1}, []]),
        (MAP, [{"k" * 257: 1}, []]),
        (MAP, [{"k": {}}, []]),
        (MAP, [{"k": [[1]]}, []]),
        (MAP, [{"k": "x" * MAX_ENTRY_BYTES}, []]),
        (MAP, [{}, [""]]),
        (MAP, [{}, [5]]),
        (MAP, [{f"k{n}": n for n in MANY}, []]),
        (MAP, [{}, [f"k{n}" for n in MANY]]),
        (LIST, [[], [], []]),
        (LIST, [[[1, AT, MANY]], [], [], []]),
        (LIST, [[[n, AT, []] for n in MANY], [], [], []]),
        (LIST, [[], [], [], MANY]),
        (LIST, [[[1, AT, [[1]]]], [], [], []]),
        (LIST, [[[1, AT, ["x" * MAX_ENTRY_BYTES]]], [], [], []]),
        (LIST, [[[1, b"", [1]]], [], [], []]),
        (LIST, [[[1, bytes(13), [1]]], [], [], []]),
        (LIST, [[[1, bytes(12 * 41), [1]]], [], [], []]),
        (LIST, [[[1, b"\xff" * 12, [1, 2]]], [], [], []]),
        (LIST, [[[-1, AT, [1]]], [], [], []]),
        (LIST, [[[2**64 - 1, AT, [1]]], [], [], []]),
        (LIST, [[], [[-1, 1]], [], []]),
        (LIST, [[], [[1, [1]]], [], []]),
        (LIST, [[], [], [[1, bytes(13)]], []]),
        (LIST, [[], [], [[-1, AT]], []]),
        (LIST, [[], [], [], [-1]]),
        (99, 1),
    ],
    ids=lambda parts: shown(parts)[:40],
)
def test_every_part_of_a_stranger_s_body_is_checked(kind, parts):
    body = pack(parts)
    with pytest.raises((ValueError, InvalidValue, msgspec.MsgspecError)):
        check_body(kind, body)
    with pytest.raises(MalformedMessage):
        decode_operation(encode_operation(MergeVertex("v", "n", kind, body)))


def test_a_body_that_is_too_long_is_not_even_looked_at():
    with pytest.raises(InvalidValue, match="a merge of 1,048,577 bytes"):
        check_body(SET, bytes(MAX_MERGE_BYTES + 1))


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (SET, [["x" * 300, 5, None], [True, 1.5]]),
        (SET, [[Ext(0, b"bytes"), 1], []]),
        (MAP, [{"k": 1, "l": "x" * 300, "é": [1, "a"]}, ["gone"]]),
        (MAP, [{"k": Ext(0, b"bytes"), "l": [Ext(0, b"more")]}, []]),
        (MAP, [{"k" * 256: 2**63 - 1}, []]),
        (LIST, [[[1, AT, [1, "x" * 300]]], [[9, True]], [[8, AT]], [7]]),
        (LIST, [[[1, AT, [Ext(0, b"bytes")]]], [], [], []]),
    ],
    ids=lambda parts: shown(parts)[:40],
)
def test_what_is_checked_quickly_reads_as_what_is_checked_thoroughly(kind, parts):
    body = pack(parts)
    check_body(kind, body)
    decode, read = {SET: (decode_set, read_set), MAP: (decode_map, read_map), LIST: (decode_list, read_list)}[kind]
    thorough, quick = decode(body), read(body)
    if kind == SET:
        assert quick == thorough
    elif kind == MAP:
        assert (quick.put, quick.removed) == (thorough.put, thorough.removed)
    else:
        for part in ("runs", "replaced", "moved"):
            assert list(map(tuple, getattr(quick, part))) == list(map(tuple, getattr(thorough, part)))
        assert quick.deleted == thorough.deleted


@given(bodies)
def test_every_good_body_reads_alike(kind_and_body):
    kind, body = kind_and_body
    if kind == SET:
        assert read_set(body) == decode_set(body)
    elif kind == MAP:
        assert read_map(body) == decode_map(body)


@pytest.mark.parametrize("count", [1, 50])
def test_what_is_simple_together_is_good_one_by_one(count: int) -> None:
    """The quick look at very many values lets nothing through that the thorough one refuses."""
    good: list[object] = [1, -(2**63), 2**63 - 1, 1.5, "x", "\u4e2d" * 64, b"y" * 64, None, True, ""]
    assert bodies_module.are_simple(good * count)
    assert [bodies_module.check_item("A list", each) for each in good] == good
    for bad in (
        2**63,
        -(2**63) - 1,
        float("nan"),
        float("inf"),
        "\ud800",
        "x" * 65,
        b"y" * 65,
        [1],
        (1,),
        {},
        object(),
    ):
        assert not bodies_module.are_simple([*good * count, bad]), bad
        assert not bodies_module.are_simple([bad] * count), bad
    assert not bodies_module.are_short(["a", "\ud83d", "\ude00"]), "halves that meet where texts are joined are halves"
