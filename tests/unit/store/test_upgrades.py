from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import FormatTooNew, StorageDamaged
from graphvine.store import pages, upgrades
from graphvine.store.upgrades import upgraded

KEY = pages.page_key(1)
TRANSACTIONS = st.lists(st.binary(max_size=30), max_size=5)


def as_version_1(value: bytes) -> bytes:
    """The same page as version 1 wrote it."""
    return b"\1" + value[5:]


@given(TRANSACTIONS)
def test_an_old_page_becomes_a_new_one_with_the_same_transactions(transactions: list[bytes]) -> None:
    old = as_version_1(pages.pack(transactions))
    assert list(pages.unpack(KEY, old)) == transactions
    assert upgraded(KEY, old) == pages.pack(transactions)


@given(TRANSACTIONS)
def test_what_is_new_already_is_left_alone(transactions: list[bytes]) -> None:
    assert upgraded(KEY, pages.pack(transactions)) is None
    assert upgraded(pages.VECTOR_KEY, b"\1whatever") is None


@given(TRANSACTIONS.filter(bool), st.data())
def test_what_is_damaged_is_left_alone(transactions: list[bytes], data: st.DataObject) -> None:
    old = bytearray(as_version_1(pages.pack(transactions)))
    bit = data.draw(st.integers(8, 8 * len(old) - 1))
    old[bit // 8] ^= 1 << bit % 8
    made = upgraded(KEY, bytes(old))
    if made is not None:  # the bit made a frame empty or longer in a way that its checksum allows: never seen
        assert list(pages.unpack(KEY, made)) == list(pages.unpack(KEY, bytes(old)))
    else:
        with pytest.raises((StorageDamaged, FormatTooNew)):
            list(pages.unpack(KEY, bytes(old)))
    assert upgraded(KEY, b"") is None


def test_a_step_that_would_lose_something_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    old = as_version_1(pages.pack([b"a", b"b"]))
    monkeypatch.setitem(upgrades._STEPS, 1, lambda key, value: pages.pack([b"a"]))
    with pytest.raises(AssertionError, match="lose"):
        upgraded(KEY, old)
