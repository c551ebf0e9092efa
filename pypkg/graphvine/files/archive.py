"""The archive of a space: every signed transaction that still decides something, in one file that can be checked.

::

    archive = "GRAPHVINE" | version: 1 byte (1) | block ...
    block   = kind: 1 byte | length: 4 bytes big-endian | CRC-32 of the body: 4 bytes | body
    kind 1  = about: MessagePack [space id: bin(32), space name, transactions, vertices, edges], the first block
    kind 2  = page: MessagePack [encoded transaction: bin ...]
    kind 3  = end: MessagePack [transactions, [[author: bin(32), writer: bin(8), sequence] ...],
              SHA-256 of all bytes before this block], the last block

The counts of the first block are those at the start; those of the end are exact. A file without its end is cut off.
The signatures cover the space id, so an archive restores its own space and no other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from zlib import crc32

import msgspec

from graphvine.errors import FileError
from graphvine.files.records import cut_off
from graphvine.limits import MAX_TRANSACTION_BYTES, MAX_WRITERS, PAGE_BYTES
from graphvine.model.ids import KEY_BYTES, WRITER_BYTES
from graphvine.model.transaction import MAX_SEQUENCE, WriterKey
from graphvine.store.pages import split_into_pages

MAGIC = b"GRAPHVINE"
VERSION = 1
ABOUT, PAGE, END = 1, 2, 3
# A page has one transaction of any size, or several that fit one page; a version vector is bounded as on the wire.
MAX_BLOCK_BYTES = max(MAX_TRANSACTION_BYTES + 2 * PAGE_BYTES, MAX_WRITERS * 64)

_BLOCK = struct.Struct(">BII")
# Bytes that are hashed in one step: some milliseconds in a tab, where one block of the largest size takes 150.
HASHED_BYTES = 1024 * 1024


class About(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What an archive holds. space: 32-byte id. name: of the space. The counts are those when it was begun."""

    space: bytes
    name: str
    transactions: int
    vertices: int
    edges: int


class Page(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Some encoded transactions, unchecked."""

    transactions: list[bytes]


class _Seen(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    author: bytes
    writer: bytes
    sequence: int


class End(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The end of an archive. transactions: how many there were. seen: the version vector. digest: of the file."""

    transactions: int
    seen: list[_Seen]
    digest: bytes

    @property
    def vector(self) -> dict[WriterKey, int]:
        """Up to which sequence the archive knows everything of each writer."""
        return {WriterKey(entry.author, entry.writer): entry.sequence for entry in self.seen}


Part = About | Page | End

_encoder = msgspec.msgpack.Encoder()
_about_decoder = msgspec.msgpack.Decoder(About)
_page_decoder = msgspec.msgpack.Decoder(Page)
_end_decoder = msgspec.msgpack.Decoder(End)


def write(about: About, transactions: Iterable[bytes], vector: Callable[[], dict[WriterKey, int]]) -> Iterator[bytes]:
    """Yield the blocks of an archive, and empty chunks: chances to let others run.

    vector: called after the last transaction was taken.
    """
    head = MAGIC + bytes([VERSION]) + _block(ABOUT, about)
    digest, count = sha256(head), 0
    yield head
    for page in split_into_pages(transactions):
        block = _block(PAGE, Page(page))
        view = memoryview(block)
        for start in range(0, len(block), HASHED_BYTES):
            digest.update(view[start : start + HASHED_BYTES])
            if start + HASHED_BYTES < len(block):
                yield b""
        count += len(page)
        yield block
    seen = [_Seen(*key, sequence) for key, sequence in vector().items()]
    yield _block(END, End(count, seen, digest.digest()))


def _block(kind: int, part: Part) -> bytes:
    body = _encoder.encode(part)
    return _BLOCK.pack(kind, len(body), crc32(body)) + body


class ArchiveReader:
    """Takes an archive apart. Every byte of it may be wrong, cut off or made to harm."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._digest = sha256()
        self._hashed = 0  # bytes at the start of the buffer that the digest has
        self.offset = 0
        self._count = 0
        self._stage = "magic"

    def feed(self, data: bytes) -> Iterator[Part]:
        """Yield the parts that are complete with this chunk. Raises FileError."""
        self._buffer += data
        if self._stage == "magic":
            if len(self._buffer) <= len(MAGIC):
                return
            self._check_magic()
        while True:
            part = self._next()
            if part is None:
                self._hash_ahead()
                return
            yield part

    def _hash_ahead(self) -> None:
        """Take what has come of an unfinished block into the digest: all of a large one at once would take long."""
        if len(self._buffer) >= _BLOCK.size and self._buffer[0] != END:
            self._hash_up_to(len(self._buffer))

    def _hash_up_to(self, size: int) -> None:
        with memoryview(self._buffer) as view:
            self._digest.update(view[self._hashed : size])
        self._hashed = size

    def finish(self) -> None:
        """The file ends here. Raises FileError when it was cut off."""
        if self._stage != "end" or self._buffer:
            raise cut_off("the archive, before its end mark")

    def _check_magic(self) -> None:
        if not self._buffer.startswith(MAGIC):
            raise FileError("This is no Graphvine archive: it begins with something else.")
        version = self._buffer[len(MAGIC)]
        if version != VERSION:
            raise FileError(
                f"This archive has format {version}; this version of Graphvine reads {VERSION}. Update Graphvine."
            )
        self._consume(len(MAGIC) + 1)
        self._stage = "about"

    def _consume(self, size: int) -> None:
        self._hash_up_to(size)
        self._hashed = 0
        del self._buffer[:size]
        self.offset += size

    def _next(self) -> Part | None:
        if self._stage == "end":
            if self._buffer:
                raise FileError("There is something behind the end of the archive.", offset=self.offset)
            return None
        if len(self._buffer) < _BLOCK.size:
            return None
        kind, length, checksum = _BLOCK.unpack_from(self._buffer)
        if length > MAX_BLOCK_BYTES or kind != {"about": ABOUT}.get(self._stage, kind):
            raise self._damaged()
        if len(self._buffer) < _BLOCK.size + length:
            return None
        body = bytes(self._buffer[_BLOCK.size : _BLOCK.size + length])
        if crc32(body) != checksum:
            raise self._damaged()
        part = self._decode(kind, body)
        self._consume(_BLOCK.size + length)
        return part

    def _decode(self, kind: int, body: bytes) -> Part:
        try:
            if self._stage == "about":
                self._stage = "pages"
                return _checked_about(_about_decoder.decode(body))
            if kind == PAGE:
                page = _page_decoder.decode(body)
                self._count += len(page.transactions)
                return page
            if kind == END:
                self._stage = "end"
                return self._checked_end(_end_decoder.decode(body))
        except (msgspec.MsgspecError, ValueError):
            pass
        raise self._damaged()

    def _checked_end(self, end: End) -> End:
        if end.transactions != self._count or end.digest != self._digest.digest() or len(end.seen) > MAX_WRITERS:
            raise ValueError("another file's end")
        for entry in end.seen:
            if len(entry.author) != KEY_BYTES or len(entry.writer) != WRITER_BYTES:
                raise ValueError("no writer")
            if not 0 <= entry.sequence <= MAX_SEQUENCE:
                raise ValueError("no sequence")
        return end

    def _damaged(self) -> FileError:
        return FileError(
            "The archive is damaged here. What came before is whole; import another copy to get the rest.",
            offset=self.offset,
        )


def _checked_about(about: About) -> About:
    if len(about.space) != KEY_BYTES or min(about.transactions, about.vertices, about.edges) < 0:
        raise ValueError("no space")
    return about
