"""The disk format: golden bytes, any flipped bit is noticed, what is newer is refused, what can be saved is saved."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import SPACE, WRITERS, copy, picture, transaction

from graphvine.codec.transactions import decode_transaction
from graphvine.crypto.signed import check_shape, from_own_disk
from graphvine.errors import StorageDamaged
from graphvine.limits import PAGE_BYTES
from graphvine.model.transaction import WriterKey
from graphvine.store import pages
from graphvine.store.builder import TransactionBuilder
from graphvine.store.pages import WriterSlot
from graphvine.store.replica import Replica, encode

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
KEY = b"t/r/somewhere"
parts = st.lists(st.binary(max_size=40), max_size=5)
vectors = st.dictionaries(
    st.builds(WriterKey, st.binary(min_size=32, max_size=32), st.binary(min_size=8, max_size=8)),
    st.integers(1, 2**53 - 1),
    max_size=4,
)


@given(parts)
def test_pages_come_back(transactions):
    assert list(pages.unpack(KEY, pages.pack(transactions))) == transactions


@given(vectors)
def test_vectors_come_back(vector):
    assert pages.unpack_vector(pages.pack_vector(vector)) == vector


def test_slots_come_back_and_old_ones_have_no_clock():
    slot = WriterSlot(b"a" * 32, b"w" * 8, 64, 1_780_000_000_000)
    assert pages.unpack_slot(b"w/\0", pages.pack_slot(slot)) == slot
    short = msgspec.msgpack.encode([b"a" * 32, b"w" * 8, 64])
    from zlib import crc32

    old = b"\1" + crc32(short).to_bytes(4, "big") + short
    assert pages.unpack_slot(b"w/\0", old) == WriterSlot(b"a" * 32, b"w" * 8, 64, 0)


def test_keys_sort_by_number_inside_their_prefix():
    assert pages.page_key(1) == b"t/p/" + bytes(7) + b"\1"
    assert pages.record_key(b"12345678", 256) == b"t/r/12345678" + bytes(6) + b"\1\0"
    assert pages.page_key(255) < pages.page_key(256)
    assert pages.page_key(2**64 - 1).startswith(pages.PAGES)


def salvage(value: bytes) -> tuple[list[bytes], bool]:
    saved = []
    try:
        for data in pages.unpack(KEY, value):
            saved.append(data)  # noqa: PERF402
    except StorageDamaged:
        return saved, True
    return saved, False


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5), st.data())
def test_any_flipped_bit_is_noticed(transactions, data):
    value = bytearray(pages.pack(transactions))
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    value[bit // 8] ^= 1 << bit % 8
    saved, is_damaged = salvage(bytes(value))
    assert is_damaged
    assert all(each in transactions for each in saved)
    position, frames = 5, []
    for each in transactions:
        frames.append((position, position + 8 + len(each)))
        position += 8 + len(each)
    hit = next((place for place, (start, end) in enumerate(frames) if start <= bit // 8 < end), None)
    if hit is not None:
        assert saved[:hit] == transactions[:hit]
        if bit // 8 >= frames[hit][0] + 4:  # not the length: those behind it can be read
            assert saved == transactions[:hit] + transactions[hit + 1 :]


@given(parts, st.data())
def test_any_torn_write_is_noticed(transactions, data):
    value = pages.pack(transactions)
    ends = [5]
    for each in transactions:
        ends.append(ends[-1] + 8 + len(each))
    cut = data.draw(st.one_of(st.integers(0, len(value)), st.sampled_from(ends)))
    saved, is_damaged = salvage(value[:cut])
    assert is_damaged == (cut < len(value))
    assert saved == transactions[: len(saved)]


@pytest.mark.parametrize("version", [0, 3, 6, 130, 255])
def test_a_version_that_nobody_wrote_is_damage_and_the_rest_of_the_value_is_read(version):
    value = pages.pack([b"one", b"two"])
    assert salvage(bytes([version]) + value[1:]) == ([b"one", b"two"], True)
    for unpack in (
        lambda value: list(pages.unpack(KEY, value)),
        pages.unpack_vector,
        lambda v: pages.unpack_slot(KEY, v),
    ):
        for damaged in (b"", bytes([version]) + bytes(20), bytes([version]) + b"whatever"):
            with pytest.raises(StorageDamaged):
                unpack(damaged)


@given(vectors, st.data())
def test_any_flipped_bit_of_a_vector_or_slot_is_noticed(vector, data):
    slot = pages.pack_slot(WriterSlot(b"a" * 32, b"w" * 8, 64, 5))
    for value, unpack in (
        (pages.pack_vector(vector), pages.unpack_vector),
        (slot, lambda v: pages.unpack_slot(KEY, v)),
    ):
        bit = data.draw(st.integers(0, 8 * len(value) - 1))
        flipped = bytearray(value)
        flipped[bit // 8] ^= 1 << bit % 8
        if flipped[0] != 1:  # version 1 of these is read as well
            with pytest.raises(StorageDamaged):
                unpack(bytes(flipped))


@pytest.mark.parametrize(
    "slot",
    [
        WriterSlot(b"a" * 31, b"w" * 8, 0),
        WriterSlot(b"a" * 32, b"w" * 9, 0),
        WriterSlot(b"a" * 32, b"w" * 8, -1),
        WriterSlot(b"a" * 32, b"w" * 8, 2**53),
    ],
)
def test_slots_that_nobody_wrote(slot):
    with pytest.raises(StorageDamaged, match="a part is out of range"):
        pages.unpack_slot(KEY, pages.pack_slot(slot))


def test_a_good_checksum_over_nonsense():
    from zlib import crc32

    value = b"\1" + crc32(b"\xc1").to_bytes(4, "big") + b"\xc1"
    for unpack in (pages.unpack_vector, lambda v: pages.unpack_slot(KEY, v)):
        with pytest.raises(StorageDamaged):
            unpack(value)


@given(st.lists(st.integers(1, PAGE_BYTES * 2), max_size=8))
def test_pages_are_about_as_large_as_they_should_be(sizes):
    transactions = [bytes(size) for size in sizes]
    groups = list(pages.split_into_pages(transactions))
    assert [each for group in groups for each in group] == transactions
    assert all(group for group in groups)
    assert all(sum(map(len, group)) <= PAGE_BYTES or len(group) == 1 for group in groups)
    for left, right in zip(groups, groups[1:], strict=False):
        assert sum(map(len, left)) + len(right[0]) > PAGE_BYTES


# -- golden bytes ------------------------------------------------------------------------------------------------------


def golden_replica() -> Replica:
    """Two transactions, of which the second overrules an operation of the first."""
    first, second = TransactionBuilder(), TransactionBuilder()
    first.put_vertex("alice", {"name": "Alice", "age": 30, "raw": b"\0\xff", "tags": ["a", None, 1.5]}, ["Person"])
    first.put_vertex("bob", {"name": "Bob"})
    first.put_edge("e", "KNOWS", "alice", "bob", {"since": 2024})
    second.put_vertex("bob", {"name": "Robert"})
    replica = Replica(SPACE)
    replica.add(copy(transaction(first, 1_000_000 << 16, after=0)), None, 1_000_000)
    replica.add(copy(transaction(second, 1_000_001 << 16, writer=WRITERS[1], after=1_000_000 << 16)), None, 1_000_000)
    return replica


def test_version_2_is_written_as_ever_and_both_are_read_forever():
    replica = golden_replica()
    page = pages.pack(replica.everything())
    vector = pages.pack_vector(replica.vector())
    slot = pages.pack_slot(WriterSlot(WRITERS[0].author, WRITERS[0].writer, 64, 1_000_000))
    for name, value in (("page-2.hex", page), ("vector-2.hex", vector), ("slot-2.hex", slot)):
        assert (VECTORS / name).read_text().split() == [value.hex()], f"{name}: the format changed"
    for version in (1, 2):
        check_golden_page(replica, bytes.fromhex((VECTORS / f"page-{version}.hex").read_text()))
        golden = bytes.fromhex((VECTORS / f"vector-{version}.hex").read_text())
        assert pages.unpack_vector(golden) == replica.vector()
        golden = bytes.fromhex((VECTORS / f"slot-{version}.hex").read_text())
        assert pages.unpack_slot(KEY, golden).reserved == 64


def check_golden_page(replica: Replica, page: bytes) -> None:
    again = Replica(SPACE)
    for data in pages.unpack(KEY, page):
        again.add(from_own_disk(decode_transaction(data)), None, 1_000_000)
        check_shape(decode_transaction(data), SPACE)
    assert picture(again.state) == picture(replica.state)
    assert again.digest() == replica.digest()
    assert again.state.vertices["bob"].properties == {"name": "Robert"}
    assert [encode(each.transaction) for each in again._entries.values()] == list(replica.everything())
