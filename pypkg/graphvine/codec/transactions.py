"""Transactions to bytes and back: MessagePack arrays of closed types.

::

    transaction = [header: bin, signature: bin(64), leaves: [bin ...], hidden: [[level, index, hash: bin(32)] ...]]
    header      = [1, author: bin(32), writer: bin(8), sequence, previous, time, count, root: bin(32)]
    signed      = "graphvine/transaction/1\\0" + space id (32 bytes) + header
"""

from __future__ import annotations

import msgspec

from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_OPERATIONS, MAX_TRANSACTION_BYTES
from graphvine.model.ids import KEY_BYTES, WRITER_BYTES
from graphvine.model.stamp import MAX_TIME
from graphvine.model.transaction import HEADER_VERSION, Header, SignedTransaction

HASH_BYTES = 32
SIGNATURE_BYTES = 64
MAX_SEQUENCE = 2**53 - 1

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
    if not _in_range(header):
        raise MalformedMessage("a transaction header with a part out of range")
    return header


def _in_range(header: Header) -> bool:
    return (
        header.version == HEADER_VERSION
        and len(header.author) == KEY_BYTES
        and len(header.writer) == WRITER_BYTES
        and len(header.root) == HASH_BYTES
        and 0 <= header.previous < header.sequence <= MAX_SEQUENCE
        and 0 < header.time <= MAX_TIME
        and 0 < header.count <= MAX_OPERATIONS
    )


def encode_transaction(transaction: SignedTransaction) -> bytes:
    """Return the wire and disk form of a transaction."""
    return _encoder.encode(transaction)


def decode_transaction(data: bytes) -> SignedTransaction:
    """Return an unchecked transaction of the right shape, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_TRANSACTION_BYTES:
        raise MalformedMessage(f"a transaction of {len(data):,} bytes")
    try:
        transaction = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedMessage(f"not a transaction: {error}") from None
    if len(transaction.signature) != SIGNATURE_BYTES:
        raise MalformedMessage("a signature of the wrong length")
    if any(len(node.hash) != HASH_BYTES for node in transaction.hidden):
        raise MalformedMessage("a hidden hash of the wrong length")
    return transaction
