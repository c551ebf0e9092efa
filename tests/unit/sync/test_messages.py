"""Any bytes: a message or MalformedMessage; and every message survives the trip."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_MESSAGE_BYTES, MAX_WRITERS
from graphvine.model.transaction import WriterKey
from graphvine.sync import params
from graphvine.sync.messages import (
    Ack,
    AskRanges,
    AskWriters,
    Batch,
    Check,
    Cover,
    Done,
    Have,
    Part,
    Range,
    RangeDigests,
    Want,
    WriterDigest,
    WriterDigests,
    decode,
    encode,
    from_digest,
    to_digest,
    to_vector,
)

A, W, D = b"a" * 32, b"w" * 8, b"d" * 32
MESSAGES = [
    Check(D, True),
    Have(1, [Cover(A, W, 7)]),
    Have(0, []),
    Batch(1, 0, [b"t"], [Cover(A, W, 2**53 - 1)]),
    Done(1, 2, [], D),
    Ack(1, 0),
    AskWriters(3),
    WriterDigests(3, [WriterDigest(A, W, D)]),
    AskRanges(4, A, W, [Range(1, 2)]),
    RangeDigests(4, A, W, [Part(1, 1, D)]),
    Want(5, A, W, [1, 2]),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_survives_the_trip(message):
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(data):
    for prefix in (b"", b"\x01"):
        try:
            decode(prefix + data)
        except MalformedMessage:
            pass


@given(st.sampled_from(MESSAGES), st.integers(0, 400), st.integers(0, 255), st.integers(0, 400))
def test_a_message_with_a_wrong_byte_or_cut_off_is_a_message_or_malformed(message, place, byte, length):
    data = bytearray(encode(message))
    data[place % len(data)] = byte
    for bad in (bytes(data), encode(message)[: length % len(data)]):
        try:
            decode(bad)
        except MalformedMessage:
            pass


def raw(*parts: object) -> bytes:
    return b"\x01" + msgspec.msgpack.encode(list(parts))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x02" + encode(AskWriters(1))[1:],
        encode(AskWriters(1)) + b"\x00",
        raw(10, 1),
        raw(5, -1),
        raw(5, 2**53),
        raw(5, 1, 1),
        raw(0, b"short", True),
        raw(1, 1, [[A, W, 0]]),
        raw(1, 1, [[A[:31], W, 1]]),
        raw(1, 1, [[A, W + b"x", 1]]),
        raw(1, 1, [[A, W, 1], [A, W, 2]]),
        raw(2, 1, 0, [], []),
        raw(2, 1, 0, [b""], []),
        raw(2, 1, 0, [b"t"] * (params.BATCH_TRANSACTIONS + 1), []),
        raw(7, 1, A, W, []),
        raw(7, 1, A, W, [[1, 2]] * (params.RANGES_PER_ASK + 1)),
        raw(9, 1, A, W, []),
        raw(9, 1, A, W, list(range(1, params.WANTS_PER_ASK + 2))),
        raw(9, 1, A, W, [0]),
        b"\x01" + b"\x91" * 100_000,
        b"\x01" + b"\x93\x01\x01" + b"\x91" * 100_000,
        b"\x01\xdd\xff\xff\xff\xff",
        bytes([1]) * (MAX_MESSAGE_BYTES + 1),
    ],
    ids=range(25),
)
def test_what_is_out_of_bounds_is_malformed(data):
    with pytest.raises(MalformedMessage):
        decode(data)


def test_a_vector_with_more_writers_than_anybody_has_is_malformed():
    entries = [[b"%032d" % n, W, 1] for n in range(MAX_WRITERS + 1)]
    with pytest.raises(MalformedMessage):
        decode(raw(1, 1, entries))
    assert len(decode(raw(1, 1, entries[:-1])).vector) == MAX_WRITERS


def test_a_vector_leaves_out_writers_of_whom_nothing_is_complete_and_those_above_the_limit():
    assert to_vector({WriterKey(A, W): 0}) == []
    assert len(to_vector({WriterKey(b"%032d" % n, W): 1 for n in range(MAX_WRITERS + 5)})) == MAX_WRITERS


@given(st.integers(0, 2**256 - 1))
def test_digests_survive_the_trip(value):
    assert from_digest(to_digest(value)) == value
