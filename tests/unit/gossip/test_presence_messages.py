from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.gossip.presence_messages import MAX_FACT_BYTES, Fact, check_values, decode, encode, encode_fact
from graphvine.limits import MAX_PRESENCE_BYTES, MAX_PRESENCE_VALUES

FACT = Fact(b"p" * 32, 7, b"a" * 32, 8, b"c" * 64, b"told", {"name": "Ada", "at": 3, "x": 0.5, "on": True, "no": None})


def test_a_fact_comes_back():
    signed = encode_fact(FACT)
    assert decode(encode(signed, b"s" * 64)) == (FACT, signed, b"s" * 64)


def test_goodbye_comes_back():
    fact = msgspec.structs.replace(FACT, values=None)
    assert decode(encode(encode_fact(fact), b"s" * 64))[0] == fact


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(data):
    for each in (data, b"\1" + data):
        try:
            decode(each)
        except MalformedMessage:
            continue


@pytest.mark.parametrize(
    "change",
    [
        {"peer": b"p" * 31},
        {"author": b"a" * 33},
        {"certificate": b"c"},
        {"time_ms": -1},
        {"expires_ms": 2**53 + 1},
        {"told": bytes(1000)},
        {"values": {"": 1}},
        {"values": {"n" * 65: 1}},
        {"values": {"n": [1]}},
        {"values": {str(n): n for n in range(MAX_PRESENCE_VALUES + 1)}},
    ],
)
def test_what_is_out_of_range_is_malformed(change):
    data = encode(encode_fact(msgspec.structs.replace(FACT, **change)), b"s" * 64)
    with pytest.raises(MalformedMessage):
        decode(data)


def test_oversize_and_other_versions_are_refused():
    with pytest.raises(MalformedMessage, match="bytes"):
        decode(b"\1" + bytes(MAX_FACT_BYTES + 100))
    with pytest.raises(MalformedMessage, match="version"):
        decode(b"\2" + encode(encode_fact(FACT), b"s" * 64)[1:])
    with pytest.raises(MalformedMessage):
        decode(encode(encode_fact(msgspec.structs.replace(FACT, values={"n": "x" * MAX_FACT_BYTES})), b"s" * 64))


@pytest.mark.parametrize(
    "values", [[], {"a": []}, {1: 1}, {"": 1}, {"n": 2**70}, {"n": "\ud800"}, {str(n): n for n in range(99)}]
)
def test_what_cannot_be_shown_is_said_at_once(values):
    with pytest.raises(InvalidValue):
        check_values(values)


def test_too_much_text_is_said_with_numbers():
    with pytest.raises(InvalidValue, match=f"{MAX_PRESENCE_BYTES:,}"):
        check_values({"n": "x" * MAX_PRESENCE_BYTES})
    assert check_values({"n": "x" * (MAX_PRESENCE_BYTES - 10)})
