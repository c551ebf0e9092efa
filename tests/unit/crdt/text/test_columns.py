from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.crdt.text.columns import compress, decompress, pack_integers, unpack_integers, unzigzag, zigzag
from graphvine.errors import MalformedMessage


@given(st.lists(st.integers(0, 2**62)))
def test_integers_come_back(values: list[int]) -> None:
    assert unpack_integers(pack_integers(values)) == values


@given(st.integers(-(2**60), 2**60))
def test_signed_integers_come_back(value: int) -> None:
    assert zigzag(value) >= 0
    assert unzigzag(zigzag(value)) == value


@pytest.mark.parametrize("data", [b"\x80", b"\x01\xff", b"\xff" * 9 + b"\x01", b"\x80" * 1000])
def test_bad_varints_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        unpack_integers(data)


def test_columns_come_back() -> None:
    data = b"abc" * 1000
    length, packed = compress(data)
    assert decompress(length, packed) == data
    assert decompress(*compress(b"")) == b""


def test_a_column_never_unpacks_more_than_it_claims() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(MalformedMessage, match="another length"):
        decompress(1_000, bomb)
    with pytest.raises(MalformedMessage, match="impossible"):
        decompress(2**40, bomb)


@pytest.mark.parametrize("change", ["cut", "longer", "claims less", "claims more", "garbage"])
def test_damaged_columns_are_refused(change: str) -> None:
    length, packed = compress(bytes(range(200)))
    length, packed = {
        "cut": (length, packed[:-1]),
        "longer": (length, packed + b"x"),
        "claims less": (length - 1, packed),
        "claims more": (length + 1, packed),
        "garbage": (length, b"\x00" + packed[1:]),
    }[change]
    with pytest.raises(MalformedMessage):
        decompress(length, packed)
