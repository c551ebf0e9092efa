"""The archive: whole or refused, and every way of being wrong has a place and a word."""

from __future__ import annotations

from hashlib import sha256

import pytest

from graphvine.errors import FileError
from graphvine.files import archive
from graphvine.files.archive import About, ArchiveReader, End, Page
from graphvine.limits import PAGE_BYTES
from graphvine.model.transaction import WriterKey

ABOUT = About(b"s" * 32, "wiki", 2, 3, 4)
VECTOR = {WriterKey(b"a" * 32, b"w" * 8): 7}


def written(transactions: list[bytes]) -> bytes:
    return b"".join(archive.write(ABOUT, transactions, lambda: VECTOR))


def read(data: bytes, step: int = 0) -> list[archive.Part]:
    reader, parts = ArchiveReader(), []
    for start in range(0, len(data), step or max(1, len(data))):
        parts += reader.feed(data[start : start + (step or len(data))])
    reader.finish()
    return parts


@pytest.mark.parametrize("step", [0, 1, 7, 4096])
def test_what_is_written_is_read_in_chunks_of_any_size(step):
    about, page, end = read(written([b"one", b"two"]), step)
    assert about == ABOUT
    assert page == Page([b"one", b"two"])
    assert isinstance(end, End)
    assert (end.transactions, end.vector) == (2, VECTOR)


def test_an_empty_space_has_an_archive():
    assert [type(part) for part in read(written([]))] == [About, End]


def test_a_large_block_is_hashed_bit_by_bit(monkeypatch):
    monkeypatch.setattr(archive, "HASHED_BYTES", 1_000)
    hashed = []

    class Counting:
        def __init__(self, data=b""):
            self.inner = sha256(data)

        def update(self, data):
            hashed.append(len(data))
            self.inner.update(data)

        def digest(self):
            return self.inner.digest()

    monkeypatch.setattr(archive, "sha256", Counting)
    large = bytes(range(256)) * 100
    chunks = list(archive.write(ABOUT, [large, b"small"], lambda: VECTOR))
    assert max(hashed) <= 1_000
    assert chunks.count(b"") == len(large) // 1_000
    hashed.clear()
    about, page, end = read(b"".join(chunks), 700)
    assert page.transactions == [large, b"small"]
    assert end.transactions == 2
    assert max(hashed) <= 1_400


def test_pages_are_of_a_size():
    parts = read(written([bytes(PAGE_BYTES // 2 + 1)] * 3))
    assert [len(part.transactions) for part in parts if isinstance(part, Page)] == [1, 1, 1]


def test_every_cut_is_noticed():
    data = written([b"one", b"two"])
    for size in range(len(data)):
        with pytest.raises(FileError, match="cut off"):
            read(data[:size])


def test_every_wrong_byte_is_noticed():
    data = written([b"one", b"two"])
    for at in range(len(data)):
        with pytest.raises(FileError):
            read(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])


def test_something_behind_the_end_is_noticed():
    with pytest.raises(FileError, match="behind the end"):
        read(written([b"one"]) + b"x")


def test_a_newer_format_says_what_to_do():
    with pytest.raises(FileError, match="Update Graphvine"):
        read(archive.MAGIC + b"\x02")


def block(kind: int, part: object) -> bytes:
    return archive._block(kind, part)  # type: ignore[arg-type]


HEAD = archive.MAGIC + b"\x01"
FIRST = HEAD + block(archive.ABOUT, ABOUT)


@pytest.mark.parametrize(
    "data",
    [
        HEAD + block(archive.PAGE, Page([b"x"])),
        HEAD + block(archive.ABOUT, About(b"short", "wiki", 0, 0, 0)),
        HEAD + block(archive.ABOUT, About(b"s" * 32, "wiki", -1, 0, 0)),
        FIRST + block(archive.ABOUT, ABOUT),
        FIRST + block(9, Page([])),
        FIRST + block(archive.END, End(1, [], sha256(FIRST).digest())),
        FIRST + block(archive.END, End(0, [], bytes(32))),
        FIRST + block(archive.END, End(0, [archive._Seen(b"a", b"w" * 8, 1)], sha256(FIRST).digest())),
        FIRST + block(archive.END, End(0, [archive._Seen(b"a" * 32, b"w", 1)], sha256(FIRST).digest())),
        FIRST + block(archive.END, End(0, [archive._Seen(b"a" * 32, b"w" * 8, -1)], sha256(FIRST).digest())),
        FIRST + archive._BLOCK.pack(archive.PAGE, 2**31, 0),
    ],
)
def test_blocks_that_do_not_belong_there_are_refused_at_once(data):
    with pytest.raises(FileError, match=r"damaged here.*\(byte \d+\)"):
        list(ArchiveReader().feed(data))
