"""How transactions lie on disk.

A *record* (one commit) and a *page* (many commits, packed later) have one format::

    value = version: 1 byte (2) | number of frames: 4 bytes big-endian | frame ...
    frame = length: 4 bytes big-endian | CRC-32 of the bytes: 4 bytes | an encoded transaction

Keys of a space::

    format                     version of the whole layout; while an upgrade is under way, the old one and the new one
    t/p/<8 bytes number>       pages
    t/r/<8 bytes tab><8 bytes number>   records
    t/v                        version vector when the pages were packed
    w/<1 byte slot>            a writer slot: writer id, and sequences reserved for it
    i/<name>                   a declared index (`store.declarations`)

Version 1 had no number of frames, so a value cut off between two frames was not noticed. It is still read
(`store.upgrades` rewrites it).

The key ``format`` alone tells a newer layout: it is written before any value of that layout. So a value with a version
that nobody wrote is a damaged one, and what its checksums still vouch for is read.

One scan of ``t/`` is one consistent snapshot of the graph.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from zlib import crc32

import msgspec

from graphvine.errors import StorageDamaged
from graphvine.limits import PAGE_BYTES
from graphvine.model.ids import KEY_BYTES, WRITER_BYTES
from graphvine.model.transaction import MAX_SEQUENCE, WriterKey

FORMAT = 2
FORMAT_KEY = b"format"
TRANSACTIONS = b"t/"
PAGES = b"t/p/"
RECORDS = b"t/r/"
VECTOR_KEY = b"t/v"
WRITERS = b"w/"

# From this version on a page says how many frames it has.
COUNTED = 2

_FRAME = struct.Struct(">II")
_COUNT = struct.Struct(">I")


def page_key(number: int) -> bytes:
    """Return the key of a page."""
    return PAGES + number.to_bytes(8, "big")


def records_of(tab: bytes) -> bytes:
    """Return what the keys of a tab's records begin with. tab: 8 bytes that no other tab or process uses."""
    return RECORDS + tab


def record_key(tab: bytes, number: int) -> bytes:
    """Return the key of a record."""
    return records_of(tab) + number.to_bytes(8, "big")


def pack(transactions: Iterable[bytes]) -> bytes:
    """Return one record or page that holds these encoded transactions."""
    parts = [b""]
    for data in transactions:
        parts += (_FRAME.pack(len(data), crc32(data)), data)
    parts[0] = bytes([FORMAT]) + _COUNT.pack(len(parts) // 2)
    return b"".join(parts)


def unpack(key: bytes, value: bytes) -> Iterator[bytes]:
    """Yield the encoded transactions of a record or page.

    Raises StorageDamaged when the version, a length or a checksum is wrong, after all that can be saved.
    """
    if not value:
        raise StorageDamaged(key, "it is empty")
    is_known = 1 <= value[0] <= FORMAT
    position = start = 1 if is_known and value[0] < COUNTED else 1 + _COUNT.size
    view = memoryview(value)
    count = broken = 0
    while position < len(value):
        if position + _FRAME.size > len(value):
            raise StorageDamaged(key, f"cut off at byte {position}")
        length, checksum = _FRAME.unpack_from(value, position)
        position += _FRAME.size
        data = bytes(view[position : position + length])
        if len(data) != length:
            raise StorageDamaged(key, f"cut off at byte {position}")
        if crc32(data) == checksum:
            yield data
        else:
            broken = broken or position
        position += length
        count += 1
    if broken:
        raise StorageDamaged(key, f"wrong checksum at byte {broken}")
    if not is_known:
        raise StorageDamaged(key, f"{value[0]} is no version of this storage")
    if start > 1 and (len(value) < start or count != _COUNT.unpack_from(value, 1)[0]):
        raise StorageDamaged(key, f"{count} parts, which is not what its beginning says")


def split_into_pages(transactions: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Group encoded transactions into pages of about `PAGE_BYTES`; a larger transaction has a page of its own."""
    page: list[bytes] = []
    size = 0
    for data in transactions:
        if page and size + len(data) > PAGE_BYTES:
            yield page
            page, size = [], 0
        page.append(data)
        size += len(data)
    if page:
        yield page


class _VectorEntry(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    author: bytes
    writer: bytes
    sequence: int


_encoder = msgspec.msgpack.Encoder()
_vector_decoder = msgspec.msgpack.Decoder(list[_VectorEntry])


def pack_vector(vector: dict[WriterKey, int]) -> bytes:
    """Return the bytes of a version vector, with version byte and checksum."""
    body = _encoder.encode([_VectorEntry(*key, sequence) for key, sequence in vector.items()])
    return with_checksum(body)


def unpack_vector(value: bytes) -> dict[WriterKey, int]:
    """Return a stored version vector, or raise StorageDamaged."""
    body = checked_body(VECTOR_KEY, value)
    try:
        entries = _vector_decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise StorageDamaged(VECTOR_KEY, str(error)) from None
    return {WriterKey(entry.author, entry.writer): entry.sequence for entry in entries}


class WriterSlot(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """One tab's place among the writers of this author on this device.

    reserved: sequences up to here may have been used by a session whose last writes did not reach the disk. wall_ms:
    the wall clock then; what was written before is no future, even if the clock is set back.
    """

    author: bytes
    writer: bytes
    reserved: int
    wall_ms: int = 0


_slot_decoder = msgspec.msgpack.Decoder(WriterSlot)


def pack_slot(slot: WriterSlot) -> bytes:
    """Return the bytes of a writer slot, with version byte and checksum."""
    return with_checksum(_encoder.encode(slot))


def unpack_slot(key: bytes, value: bytes) -> WriterSlot:
    """Return a stored writer slot, or raise StorageDamaged."""
    try:
        slot = _slot_decoder.decode(checked_body(key, value))
    except msgspec.MsgspecError as error:
        raise StorageDamaged(key, str(error)) from None
    if len(slot.author) != KEY_BYTES or len(slot.writer) != WRITER_BYTES or not 0 <= slot.reserved <= MAX_SEQUENCE:
        raise StorageDamaged(key, "a part is out of range")
    return slot


def with_checksum(body: bytes) -> bytes:
    """Return a small value with version byte and checksum before it."""
    return bytes([FORMAT]) + crc32(body).to_bytes(4, "big") + body


def checked_body(key: bytes, value: bytes) -> bytes:
    """Return what `with_checksum` was given, or raise StorageDamaged."""
    body = value[5:]
    if len(value) < 5 or not 1 <= value[0] <= FORMAT or crc32(body) != int.from_bytes(value[1:5], "big"):
        raise StorageDamaged(key, "wrong checksum")
    return body
