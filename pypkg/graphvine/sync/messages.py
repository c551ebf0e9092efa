"""What two peers say to each other for anti-entropy: one version byte, then a MessagePack array ``[kind, ...]``.

::

    check  = [0, digest: bin(32), is_reply]                            this is my set; is_reply asks for none back
    have   = [1, number, [[author, writer, sequence] ...]]             this is what I have: stream what I lack
    batch  = [2, number, index, [transaction: bin ...], covers]        answer to have and want, index 0, 1, 2 ...
    done   = [3, number, index, covers, digest]                        ... and its end
    ack    = [4, number, index]                                        batches up to `index` are dealt with
    ask_writers    = [5, number]
    writer_digests = [6, number, [[author, writer, digest] ...]]
    ask_ranges     = [7, number, author, writer, [[low, high] ...]]
    range_digests  = [8, number, author, writer, [[low, high, digest] ...]]
    want           = [9, number, author, writer, [sequence ...]]
    covers = [[author, writer, sequence] ...]

`number` names a question; its answer repeats it. A digest is a 256-bit sum, big-endian. Ranges hold both their ends.
A *cover* says: of this writer, all up to `sequence` has been sent, or is overruled, or was in the vector asked with.
Questions travel on channel 0, streams and long messages on channel 1; nothing relies on the order between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, NamedTuple

import msgspec

from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_MESSAGE_BYTES, MAX_TRANSACTION_BYTES, MAX_WRITERS
from graphvine.model.transaction import WriterKey
from graphvine.sync.params import BATCH_TRANSACTIONS, PARTS, RANGES_PER_ASK, SINGLES, WANTS_PER_ASK

VERSION: Final = 1
MAX_SEQUENCE: Final = 2**53 - 1
DIGEST_BYTES: Final = 32
# One answer to `ask_ranges` names at most so many parts.
MAX_PARTS: Final = RANGES_PER_ASK * max(SINGLES, PARTS)

Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQUENCE)]
Sequence = Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQUENCE)]
Author = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Writer = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
Digest = Annotated[bytes, msgspec.Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)]
Encoded = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_TRANSACTION_BYTES)]


class Cover(NamedTuple):
    """One entry of a vector or of covers: everything of a writer up to `sequence`."""

    author: Author
    writer: Writer
    sequence: Sequence


class WriterDigest(NamedTuple):
    """The sum over all live operations of a writer."""

    author: Author
    writer: Writer
    digest: Digest


class Range(NamedTuple):
    """Sequences from `low` to `high`, both included."""

    low: Sequence
    high: Sequence


class Part(NamedTuple):
    """The sum over the live operations of a range."""

    low: Sequence
    high: Sequence
    digest: Digest


Vector = Annotated[list[Cover], msgspec.Meta(max_length=MAX_WRITERS)]


class _Message(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, tag_field="kind"):
    """Base of all messages."""


class Check(_Message, tag=0, frozen=True):
    """Our digest, to compare. is_reply: no answer is wanted."""

    digest: Digest
    is_reply: bool


class Have(_Message, tag=1, frozen=True):
    """Our version vector: stream what it lacks."""

    number: Number
    vector: Vector


class Batch(_Message, tag=2, frozen=True):
    """A piece of a stream."""

    number: Number
    index: Number
    transactions: Annotated[list[Encoded], msgspec.Meta(min_length=1, max_length=BATCH_TRANSACTIONS)]
    covers: Vector


class Done(_Message, tag=3, frozen=True):
    """The end of a stream. digest: the sender's, at that moment."""

    number: Number
    index: Number
    covers: Vector
    digest: Digest


class Ack(_Message, tag=4, frozen=True):
    """Batches up to `index` are applied or refused: more may come."""

    number: Number
    index: Number


class AskWriters(_Message, tag=5, frozen=True):
    """Tell me the digest of each writer."""

    number: Number


class WriterDigests(_Message, tag=6, frozen=True):
    """The digest of each writer with live operations."""

    number: Number
    digests: Annotated[list[WriterDigest], msgspec.Meta(max_length=MAX_WRITERS)]


class AskRanges(_Message, tag=7, frozen=True):
    """Tell me what lies in these ranges of one writer."""

    number: Number
    author: Author
    writer: Writer
    ranges: Annotated[list[Range], msgspec.Meta(min_length=1, max_length=RANGES_PER_ASK)]


class RangeDigests(_Message, tag=8, frozen=True):
    """Sums of the parts of the ranges asked for: single sequences where few are live, else up to 32 parts."""

    number: Number
    author: Author
    writer: Writer
    parts: Annotated[list[Part], msgspec.Meta(max_length=MAX_PARTS)]


class Want(_Message, tag=9, frozen=True):
    """Stream exactly these sequences of one writer, forks included."""

    number: Number
    author: Author
    writer: Writer
    sequences: Annotated[list[Sequence], msgspec.Meta(min_length=1, max_length=WANTS_PER_ASK)]


Question = Have | AskWriters | AskRanges | Want
Answer = Batch | Done | WriterDigests | RangeDigests
Message = Question | Answer | Check | Ack

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_PREFIX = bytes([VERSION])


def encode(message: Message) -> bytes:
    """Return the wire form."""
    return _PREFIX + _encoder.encode(message)


def decode(data: bytes) -> Message:
    """Return the message, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise MalformedMessage(f"a sync message of {len(data):,} bytes")
    if data[:1] != _PREFIX:
        raise MalformedMessage(f"a sync message of version {data[0] if data else 'none'}")
    try:
        message = _decoder.decode(memoryview(data)[1:])
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedMessage(f"not a sync message: {error}") from None
    if isinstance(message, Have) and len(from_vector(message.vector)) != len(message.vector):
        raise MalformedMessage("a vector that names a writer twice")
    return message


def to_vector(sequences: Mapping[WriterKey, int] | Iterable[tuple[WriterKey, int]]) -> list[Cover]:
    """Return the wire form of a vector or of covers; at most `MAX_WRITERS` entries of sequence 1 and more."""
    pairs = sequences.items() if isinstance(sequences, Mapping) else sequences
    return [Cover(key.author, key.writer, sequence) for key, sequence in pairs if sequence > 0][:MAX_WRITERS]


def from_vector(entries: list[Cover]) -> dict[WriterKey, int]:
    """Return the vector as a table."""
    return {WriterKey(author, writer): sequence for author, writer, sequence in entries}


def to_digest(value: int) -> bytes:
    """Return the 32 bytes of a digest."""
    return value.to_bytes(DIGEST_BYTES, "big")


def from_digest(data: bytes) -> int:
    """Return the number that 32 bytes stand for."""
    return int.from_bytes(data, "big")
