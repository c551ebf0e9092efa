"""What peers say about who is here: one version byte, then MessagePack ``[fact: bin, signature: bin(64)]``.

::

    fact      = [peer: bin(32), time, author: bin(32), expires, certificate: bin(64), told: bin, values]
    values    = {name: nil | bool | int | float | text} or nil
    signature = of the peer: "graphvine/presence/1" 0x00, space (32 bytes), fact

``time`` is Unix time in ms of whoever speaks, larger in each of its facts. ``expires`` and ``certificate`` are those of
the link handshake: the author's word for the peer key. ``told`` holds the first 4 bytes of each peer that gets the fact
from its maker: nobody passes it on to those. Values of nil say goodbye.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import HARD_CONNECTIONS, MAX_PRESENCE_BYTES, MAX_PRESENCE_VALUES

VERSION: Final = 1
CONTEXT: Final = b"graphvine/presence/1\0"
# Bytes of a peer's id in `told`.
SHORT: Final = 4
MAX_FACT_BYTES: Final = MAX_PRESENCE_BYTES + 256 + SHORT * 2 * HARD_CONNECTIONS

_PREFIX = bytes([VERSION])
_Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Signature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
_Time = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
PresenceValue = None | bool | int | float | str
Values = dict[str, PresenceValue]
_Values = Annotated[dict[_Name, PresenceValue], msgspec.Meta(max_length=MAX_PRESENCE_VALUES)]


class Fact(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What one peer says of itself. See the module."""

    peer: _Key
    time_ms: _Time
    author: _Key
    expires_ms: _Time
    certificate: _Signature
    told: Annotated[bytes, msgspec.Meta(max_length=SHORT * 2 * HARD_CONNECTIONS)]
    values: _Values | None


class Message(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """An encoded fact and the peer's signature."""

    fact: Annotated[bytes, msgspec.Meta(max_length=MAX_FACT_BYTES)]
    signature: _Signature


_encoder = msgspec.msgpack.Encoder()
_message_decoder = msgspec.msgpack.Decoder(Message)
_fact_decoder = msgspec.msgpack.Decoder(Fact)


def encode_fact(fact: Fact) -> bytes:
    """Return the bytes that are signed."""
    return _encoder.encode(fact)


def encode(fact: bytes, signature: bytes) -> bytes:
    """Return the wire form."""
    return _PREFIX + _encoder.encode(Message(fact, signature))


def decode(data: bytes) -> tuple[Fact, bytes, bytes]:
    """Return (fact, its bytes, signature), or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_FACT_BYTES + 80:
        raise MalformedMessage(f"a presence message of {len(data):,} bytes")
    if data[:1] != _PREFIX:
        raise MalformedMessage(f"a presence message of version {data[0] if data else 'none'}")
    try:
        message = _message_decoder.decode(memoryview(data)[1:])
        fact = _fact_decoder.decode(message.fact)
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedMessage(f"not a presence message: {error}") from None
    return fact, message.fact, message.signature


def check_values(values: object) -> Values:
    """Return values that may be shown to others, or raise InvalidValue."""
    if not isinstance(values, dict):
        raise InvalidValue("Presence is a dict of names and plain values.")
    try:
        checked: Values = msgspec.convert(values, _Values)
        size = len(_encoder.encode(checked))
    except (msgspec.ValidationError, OverflowError, UnicodeEncodeError) as error:
        raise InvalidValue(
            f"Presence holds at most {MAX_PRESENCE_VALUES} names (of 1 to 64 characters), each with null, a bool, "
            f"a number or text: {error}"
        ) from None
    if size > MAX_PRESENCE_BYTES:
        raise InvalidValue(
            f"Presence takes at most {MAX_PRESENCE_BYTES:,} bytes, not {size:,}. Keep it to what changes often."
        )
    return checked


def short(peer: bytes) -> bytes:
    """Return a peer's id as it stands in `told`."""
    return peer[:SHORT]
