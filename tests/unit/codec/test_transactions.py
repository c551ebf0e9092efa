"""Transactions: bytes that come back, and any other bytes are a message or MalformedMessage."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.codec import transactions
from graphvine.codec.transactions import (
    decode_header,
    decode_transaction,
    encode_header,
    encode_transaction,
    signed_bytes,
)
from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_OPERATIONS
from graphvine.model.stamp import MAX_TIME
from graphvine.model.transaction import MAX_SEQUENCE, Header, Hidden, SignedTransaction

keys = st.binary(min_size=32, max_size=32)
headers = st.builds(
    lambda author, writer, pair, time, count, root: Header(1, author, writer, pair[1] + 1, pair[0], time, count, root),
    keys,
    st.binary(min_size=8, max_size=8),
    st.tuples(st.integers(0, MAX_SEQUENCE - 1), st.integers(0, MAX_SEQUENCE - 1)).map(sorted),
    st.integers(1, MAX_TIME),
    st.integers(1, MAX_OPERATIONS),
    keys,
)
signed = st.builds(
    SignedTransaction,
    st.binary(max_size=50),
    st.binary(min_size=64, max_size=64),
    st.lists(st.binary(max_size=10), max_size=4),
    st.lists(st.builds(Hidden, st.integers(0, 9), st.integers(0, 2**40), keys), max_size=4),
)
GOOD = Header(1, b"a" * 32, b"w" * 8, 2, 1, 1 << 16, 1, b"r" * 32)
pack = msgspec.msgpack.encode


@given(headers)
def test_headers_come_back(header):
    assert decode_header(encode_header(header)) == header


@given(signed)
def test_transactions_come_back(transaction):
    assert decode_transaction(encode_transaction(transaction)) == transaction


def test_the_layout_never_changes():
    assert encode_header(GOOD).hex() == "9801c420" + "61" * 32 + "c408" + "77" * 8 + "0201ce0001000001c420" + "72" * 32
    whole = SignedTransaction(b"h", b"s" * 64, [b"leaf"], [Hidden(1, 2, b"x" * 32)])
    assert encode_transaction(whole).hex() == (
        "94c40168c440" + "73" * 64 + "91c4046c656166" + "91930102c420" + "78" * 32
    )
    assert signed_bytes(b"S" * 32, b"header") == b"graphvine/transaction/1\0" + b"S" * 32 + b"header"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(data):
    for decode in (decode_header, decode_transaction):
        try:
            decode(data)
        except MalformedMessage:
            pass


@given(signed, headers, st.data())
def test_truncated_bytes_are_malformed(transaction, header, data):
    for whole, decode in (
        (encode_transaction(transaction), decode_transaction),
        (encode_header(header), decode_header),
    ):
        with pytest.raises(MalformedMessage):
            decode(whole[: data.draw(st.integers(0, len(whole) - 1))])
        with pytest.raises(MalformedMessage):
            decode(whole + b"\0")


@given(signed, headers, st.data())
def test_flipped_bits_are_another_message_or_malformed(transaction, header, data):
    for whole, decode in (
        (encode_transaction(transaction), decode_transaction),
        (encode_header(header), decode_header),
    ):
        bit = data.draw(st.integers(0, 8 * len(whole) - 1))
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            assert decode(bytes(flipped)) != decode(whole)
        except MalformedMessage:
            pass


@pytest.mark.parametrize("nest", [b"\x91", b"\x81\xc0", b"\xdd\x00\x00\x00\x01"])
@pytest.mark.parametrize(
    "prefix", [b"", b"\x94", b"\x94\xc4\x01h\xc4\x01s", b"\x94\xc4\x01h\xc4\x01s\x90", b"\x98\x01"]
)
def test_deep_nesting_is_refused_without_recursion(prefix, nest):
    for decode in (decode_header, decode_transaction):
        with pytest.raises(MalformedMessage):
            decode(prefix + nest * 100_000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 0),
        ("version", 2),
        ("author", b"a" * 31),
        ("author", b"a" * 33),
        ("writer", b"w" * 7),
        ("writer", b"w" * 9),
        ("sequence", 0),
        ("sequence", 1),  # not above `previous`
        ("sequence", MAX_SEQUENCE + 1),
        ("sequence", -1),
        ("previous", 2),
        ("previous", -1),
        ("time", 0),
        ("time", -5),
        ("count", 0),
        ("count", -1),
        ("count", MAX_OPERATIONS + 1),
        ("root", b"r" * 31),
        ("root", b""),
    ],
)
def test_every_part_of_a_stranger_s_header_is_checked(name, value):
    header = msgspec.structs.replace(GOOD, **{name: value})
    with pytest.raises(MalformedMessage, match="a transaction header"):
        decode_header(encode_header(header))


@pytest.mark.parametrize("time", [2**64, -(2**63) - 1])
def test_times_have_64_bits(time):
    parts = list(msgspec.structs.astuple(GOOD))
    data = (
        pack(parts).replace(pack(1 << 16), b"\xc7\x09\x01" + bytes(9))
        if time > 0
        else pack([*parts[:5], 0.5, *parts[6:]])
    )
    with pytest.raises(MalformedMessage, match="not a transaction header"):
        decode_header(data)


def test_headers_with_more_or_less_are_refused():
    parts = list(msgspec.structs.astuple(GOOD))
    for wrong in (parts[:-1], [*parts, 0]):
        with pytest.raises(MalformedMessage, match="not a transaction header"):
            decode_header(pack(wrong))


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_has_64_bytes(size):
    with pytest.raises(MalformedMessage, match="not a transaction: .* of length"):
        decode_transaction(pack([b"h", bytes(size), [], []]))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_has_32_bytes(size):
    good, wrong = [0, 0, bytes(32)], [0, 1, bytes(size)]
    with pytest.raises(MalformedMessage, match="not a transaction: .* of length"):
        decode_transaction(pack([b"h", bytes(64), [], [good, wrong]]))


def test_a_transaction_that_is_too_long_is_not_even_looked_at(monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRANSACTION_BYTES", 1000)
    with pytest.raises(MalformedMessage, match="a transaction of 1,0"):
        decode_transaction(pack([b"h", bytes(64), [bytes(1000)], []]))
