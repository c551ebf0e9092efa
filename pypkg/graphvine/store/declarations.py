"""How declared indexes lie on disk: one small record each, so that two tabs never overwrite each other's.

::

    i/<name>   version: 1 byte | CRC-32: 4 bytes, big-endian | [name, label, property, entity] in MessagePack

Declarations belong to this device: other peers neither get them nor need them (docs/decisions/0014-*.md).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from graphvine.errors import StorageDamaged
from graphvine.limits import MAX_NAME_BYTES
from graphvine.model.index import IndexInfo
from graphvine.store.pages import checked_body, with_checksum

DECLARATIONS = b"i/"


class _Declaration(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    name: str
    label: str
    property: str
    entity: Literal["vertex", "edge"]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Declaration)


def declaration_key(name: str) -> bytes:
    """Return the key of the index with a name."""
    return DECLARATIONS + name.encode()


def pack_declaration(info: IndexInfo) -> bytes:
    """Return the bytes of a declared index."""
    return with_checksum(_encoder.encode(list(info)))


def unpack_declaration(key: bytes, value: bytes) -> IndexInfo:
    """Return a stored declaration, or raise StorageDamaged."""
    try:
        found = _decoder.decode(checked_body(key, value))
    except msgspec.MsgspecError as error:
        raise StorageDamaged(key, str(error)) from None
    info = IndexInfo(found.name, found.label, found.property, found.entity)
    if declaration_key(info.name) != key or not all(0 < len(part.encode()) <= MAX_NAME_BYTES for part in info):
        raise StorageDamaged(key, "a part is out of range")
    return info
