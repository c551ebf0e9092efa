"""Any bytes: a message or MalformedMessage."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import MalformedMessage
from graphvine.gossip.messages import Publish, decode, encode
from graphvine.gossip.params import MAX_GOSSIP_BYTES


@given(st.binary(min_size=1, max_size=300))
def test_a_message_survives_the_trip(transaction):
    assert decode(encode(Publish(transaction))).transaction == transaction


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_malformed(data):
    for prefix in (b"", b"\x01", b"\x01\x92\x00"):
        try:
            decode(prefix + data)
        except MalformedMessage:
            pass


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02" + encode(Publish(b"t"))[1:],
        encode(Publish(b"t"))[:-1],
        encode(Publish(b"t")) + b"\x00",
        encode(Publish(b"")),
        b"\x01" + msgspec.msgpack.encode([1, b"t"]),
        b"\x01" + msgspec.msgpack.encode([0, b"t", 1]),
        b"\x01" + msgspec.msgpack.encode([0, "t"]),
        b"\x01" + b"\x91" * 100_000,
        encode(Publish(bytes(MAX_GOSSIP_BYTES + 1))),
        bytes([1]) * (MAX_GOSSIP_BYTES + 1_000),
    ],
    ids=range(11),
)
def test_what_is_out_of_bounds_is_malformed(data):
    with pytest.raises(MalformedMessage):
        decode(data)


def test_the_largest_message_passes():
    assert len(decode(encode(Publish(bytes(MAX_GOSSIP_BYTES)))).transaction) == MAX_GOSSIP_BYTES
