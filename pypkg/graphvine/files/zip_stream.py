"""A zip read from front to back, in chunks: the bytes of each file in it, as they come.

What a zip says of itself at its end is not waited for. Encrypted files, other methods than deflate, and files stored
without a size in front are refused. Nothing grows beyond a chunk, however well it is packed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from graphvine.errors import FileError
from graphvine.files.records import cut_off

SIGNATURE = b"PK\x03\x04"
# Bytes of output made in one step.
STEP_BYTES = 64 * 1024
_HEADER = struct.Struct("<4sHHHHHIIIHH")
_DIRECTORY, _END = b"PK\x01\x02", b"PK\x05\x06"
_LATER = 8  # flag: sizes and checksum come behind the file
_ENCRYPTED = 1


class Piece(NamedTuple):
    """Some bytes of a file in the zip. is_last: it ends here."""

    name: str
    data: bytes
    is_last: bool


class ZipStream:
    """Takes a zip apart."""

    def __init__(self) -> None:
        self._buffer = b""
        self._stage = "header"
        self._name = ""
        self._left = self._flags = self._checksum = self._sum = 0
        self._inflate: zlib._Decompress | None = None
        self._tail = b""

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield what is there with this chunk. Raises FileError."""
        self._buffer += data
        while True:
            if self._stage == "data":
                yield from self._data()
            if self._stage == "data" or not self._advance():
                return

    def finish(self) -> None:
        """The zip ends here. Raises FileError when it was cut off."""
        end = self._tail.rfind(_END)
        comment = int.from_bytes(self._tail[end + 20 : end + 22], "little")
        if self._stage != "directory" or end < 0 or len(self._tail) < end + 22 + comment:
            raise cut_off("a zip")

    def _advance(self) -> bool:
        if self._stage == "descriptor":
            return self._descriptor()
        if self._stage == "directory":
            self._tail = (self._tail + self._buffer)[-66_000:]
            self._buffer = b""
            return False
        return self._header()

    def _header(self) -> bool:
        mark = self._buffer[:4]
        if mark in (_DIRECTORY, _END):
            self._stage = "directory"
            return True
        if len(mark) == 4 and mark != SIGNATURE:
            raise FileError("The zip is damaged: a file should begin here.")
        if len(self._buffer) < _HEADER.size:
            return False
        _, _, flags, method, _, _, checksum, packed, _, name, extra = _HEADER.unpack_from(self._buffer)
        size = _HEADER.size + name + extra
        if len(self._buffer) < size:
            return False
        self._name = self._buffer[_HEADER.size : _HEADER.size + name].decode("utf-8", "replace")
        if flags & _ENCRYPTED or method not in (0, 8) or (method == 0 and flags & _LATER):
            raise FileError(f"{self._name!r} in the zip is encrypted, or packed in a way that can't be read here.")
        self._flags, self._checksum, self._left, self._sum = flags, checksum, packed, 0
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if method == 8 else None
        self._buffer = self._buffer[size:]
        self._stage = "data"
        return True

    def _data(self) -> Iterator[Piece]:
        if self._inflate is None:
            data, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
            self._left -= len(data)
            self._sum = zlib.crc32(data, self._sum)
            if not self._left:
                self._end_file()
            yield Piece(self._name, data, not self._left)
            return
        while self._buffer or self._inflate.unconsumed_tail:
            try:
                data = self._inflate.decompress(self._buffer, STEP_BYTES)
            except zlib.error:
                raise FileError(f"{self._name!r} in the zip is damaged.") from None
            self._buffer = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            self._sum = zlib.crc32(data, self._sum)
            if self._inflate.eof:
                self._end_file()
                yield Piece(self._name, data, is_last=True)
                return
            if data:
                yield Piece(self._name, data, is_last=False)
            elif not self._buffer:
                return

    def _end_file(self) -> None:
        if self._flags & _LATER:
            self._stage = "descriptor"
        else:
            self._check(self._checksum)

    def _descriptor(self) -> bool:
        """Sizes and checksum behind a file: with or without a mark, with sizes of 4 or of 8 bytes."""
        if len(self._buffer) < 28:
            return False
        start = 4 if self._buffer.startswith(b"PK\x07\x08") else 0
        checksum = int.from_bytes(self._buffer[start : start + 4], "little")
        end = next((start + size for size in (12, 20) if self._buffer[start + size :][:2] == b"PK"), 0)
        if not end:
            raise FileError(f"The zip is damaged behind {self._name!r}.")
        self._buffer = self._buffer[end:]
        self._check(checksum)
        return True

    def _check(self, checksum: int) -> None:
        self._stage = "header"
        if checksum != self._sum:
            raise FileError(f"{self._name!r} in the zip is damaged: its checksum is wrong.")
