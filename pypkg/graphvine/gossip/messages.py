"""What peers say to each other for gossip: one version byte, then a MessagePack array ``[0, transaction: bin]``."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from graphvine.errors import MalformedMessage
from graphvine.gossip.params import MAX_GOSSIP_BYTES

VERSION: Final = 1

_PREFIX = bytes([VERSION])
_MAX_BYTES = MAX_GOSSIP_BYTES + 16


class Publish(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, tag_field="kind", tag=0):
    """One encoded transaction."""

    transaction: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_GOSSIP_BYTES)]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Publish)


def encode(message: Publish) -> bytes:
    """Return the wire form."""
    return _PREFIX + _encoder.encode(message)


def decode(data: bytes) -> Publish:
    """Return the message, or raise MalformedMessage. Works on any bytes."""
    if len(data) > _MAX_BYTES:
        raise MalformedMessage(f"a gossip message of {len(data):,} bytes")
    if data[:1] != _PREFIX:
        raise MalformedMessage(f"a gossip message of version {data[0] if data else 'none'}")
    try:
        return _decoder.decode(memoryview(data)[1:])
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedMessage(f"not a gossip message: {error}") from None
