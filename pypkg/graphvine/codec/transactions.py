"""Transactions to bytes and back: MessagePack arrays of closed types.

::

    transaction = [header: bin, signature: bin(64), leaves: [bin ...], hidden: [[level, index, hash: bin(32)] ...]]
    header      = [1, author: bin(32), writer: bin(8), sequence, previous, time, count, root: bin(32)]
    signed      = "graphvine/transaction/1\\0" + space id (32 bytes) + header
"""

from __future__ import annotations

import msgspec

from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_TRANSACTION_BYTES
from graphvine.model.stamp import MAX_TIME
from graphvine.model.transaction import Header, SignedTransaction

_encoder = msgspec.msgpack.Encoder()
_header_decoder = msgspec.msgpack.Decoder(Header)
_decoder = msgspec.msgpack.Decoder(SignedTransaction)


def signed_bytes(space: bytes, header: bytes) -> bytes:
    """Return what the author's signature covers."""
    return b"graphvine/transaction/1\0" + space + header


def encode_header(header: Header) -> bytes:
    """Return the bytes of a header."""
    return _encoder.encode(header)


def decode_header(data: bytes) -> Header:
    """Return the header if every part is in range, or raise MalformedMessage."""
    try:
        header = _header_decoder.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedMessage(f"not a transaction header: {error}") from None
    if header.previous < header.sequence and 0 < header.time <= MAX_TIME:
        return header
    raise MalformedMessage("a transaction header with a part out of range")


def encode_transaction(transaction: SignedTransaction) -> bytes:
    """Return the wire and disk form of a transaction."""
    return _encoder.encode(transaction)


def decode_transaction(data: bytes) -> SignedTransaction:
    """Return an unchecked transaction of the right shape, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_TRANSACTION_BYTES:
        raise MalformedMessage(f"a transaction of {len(data):,} bytes")
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedMessage(f"not a transaction: {error}") from None
