"""Integers in columns: varints, compressed, with a length that is checked before anything is unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from graphvine.errors import MalformedMessage

# What zlib can gain at most, and so how long an honest column can be.
_MAX_RATIO = 1_032


def pack_integers(values: Iterable[int]) -> bytes:
    """Return non-negative integers as LEB128 varints."""
    out = bytearray()
    append = out.append
    for value in values:
        while value > 127:
            append(value & 127 | 128)
            value >>= 7
        append(value)
    return bytes(out)


def unpack_integers(data: bytes) -> list[int]:
    """Return the varints of a column, or raise MalformedMessage if the last one is cut off or one is over 63 bits."""
    values = []
    value = shift = 0
    for byte in data:
        if byte < 128 and not shift:
            values.append(byte)
        elif byte < 128:
            values.append(value | byte << shift)
            value = shift = 0
        else:
            value |= (byte & 127) << shift
            shift += 7
            if shift > 56:
                raise MalformedMessage("a number in a stored text is too large")
    if shift:
        raise MalformedMessage("a column of a stored text is cut off")
    return values


def compress(data: bytes) -> tuple[int, bytes]:
    """Return the length of `data`, and it compressed."""
    return len(data), zlib.compress(data, 9)


def decompress(length: int, data: bytes) -> bytes:
    """Return what `compress` was given, or raise MalformedMessage. Never unpacks more than `length` says."""
    if length > _MAX_RATIO * len(data):
        raise MalformedMessage("a column of a stored text claims an impossible length")
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(data, length + 1)
    except zlib.error as error:
        raise MalformedMessage(f"a column of a stored text is damaged: {error}") from None
    if len(raw) != length or not unpacker.eof or unpacker.unused_data:
        raise MalformedMessage("a column of a stored text has another length than it claims")
    return raw


def zigzag(value: int) -> int:
    """Return a signed integer as a non-negative one: 0, -1, 1, -2 ... become 0, 1, 2, 3 ..."""
    return value << 1 if value >= 0 else ~(value << 1)


def unzigzag(value: int) -> int:
    """Reverse of `zigzag`."""
    return ~(value >> 1) if value & 1 else value >> 1
