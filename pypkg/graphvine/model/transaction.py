"""A transaction, unchecked and verified as two types.

A transaction is the operations of one author that are signed, applied, stored and sent together. Its signature covers
the header; the header holds the root of a Merkle tree over the encoded operations. An operation that has been
overruled can be replaced by its hash, and whole overruled subtrees by one hash: the rest still verifies.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, NamedTuple

import msgspec

from graphvine.limits import MAX_OPERATIONS
from graphvine.model.ids import KEY_BYTES, WRITER_BYTES

# Children of one inner node of the Merkle tree. 16 keeps the inner hashing below a tenth of hashing the leaves,
# and lets 16 overruled operations, then 256, then 4096 ... collapse into one hash.
TREE_FANOUT = 16

HEADER_VERSION = 1
HASH_BYTES = 32
SIGNATURE_BYTES = 64
MAX_SEQUENCE = 2**53 - 1

# What msgspec checks while it decodes.
_Version = Annotated[int, msgspec.Meta(ge=HEADER_VERSION, le=HEADER_VERSION)]
_Key = Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
_Writer = Annotated[bytes, msgspec.Meta(min_length=WRITER_BYTES, max_length=WRITER_BYTES)]
_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
_Signature = Annotated[bytes, msgspec.Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]
_Sequence = Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQUENCE)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=MAX_OPERATIONS)]
_Natural = Annotated[int, msgspec.Meta(ge=0)]


class Header(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """What the author signs (with the space id in front).

    sequence: 1, 2, 3 ... for each writer. previous: the writer's last sequence before this one; usually
    ``sequence - 1``, and lower when the writer lost its memory of what lay between (after a crash).
    time: hybrid-logical-clock value, see `model.stamp`. count: operations, hidden ones included. root: 32 bytes.
    """

    version: _Version
    author: _Key
    writer: _Writer
    sequence: _Sequence
    previous: _Natural
    time: _Natural
    count: _Count
    root: _Hash


class Hidden(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """A subtree of overruled operations: node `index` of `level` (0: leaves), and its hash."""

    level: int
    index: int
    hash: _Hash


class WriterKey(NamedTuple):
    """One sequence of transactions: an author, and one of its writers."""

    author: bytes
    writer: bytes


Order = tuple[int, bytes, bytes, int, bytes]


class SignedTransaction(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A transaction as it came from the wire: nothing is checked yet but its shape.

    header: the exact bytes that were signed. leaves: encoded operations that are not hidden, in order.
    """

    header: bytes
    signature: _Signature
    leaves: list[bytes]
    hidden: list[Hidden] = []


class VerifiedTransaction(msgspec.Struct, eq=False, gc=False):
    """A transaction whose header is signed by its author and whose operations belong to it.

    Made only by `crypto.signed` (from the wire, or by signing), and by `store.pages` (from our own disk).
    id: SHA-256 of the header. positions: index of each leaf among all `header.count` operations, or None when
    nothing is hidden. hidden: subtrees of overruled operations, in order. order: sorts transactions by stamp: time
    first, then author, writer, sequence, id.
    """

    header: Header
    header_bytes: bytes
    signature: bytes
    leaves: list[bytes]
    hidden: Collection[Hidden]
    positions: list[int] | None
    id: bytes
    order: Order = (0, b"", b"", 0, b"")

    def __post_init__(self) -> None:
        header = self.header
        self.order = (header.time, header.author, header.writer, header.sequence, self.id)

    @property
    def key(self) -> WriterKey:
        """The writer that this transaction continues."""
        return WriterKey(self.header.author, self.header.writer)

    def as_signed(self) -> SignedTransaction:
        """Return the wire form."""
        return SignedTransaction(self.header_bytes, self.signature, self.leaves, list(self.hidden))
