"""A transaction, unchecked and verified as two types.

A transaction is the operations of one author that are signed, applied, stored and sent together. Its signature covers
the header; the header holds the root of a Merkle tree over the encoded operations. An operation that has been
overruled can be replaced by its hash, and whole overruled subtrees by one hash: the rest still verifies.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

# Children of one inner node of the Merkle tree. 16 keeps the inner hashing below a tenth of hashing the leaves,
# and lets 16 overruled operations, then 256, then 4096 ... collapse into one hash.
TREE_FANOUT = 16

HEADER_VERSION = 1


class Header(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """What the author signs (with the space id in front).

    sequence: 1, 2, 3 ... for each writer. previous: the writer's last sequence before this one; usually
    ``sequence - 1``, and lower when the writer lost its memory of what lay between (after a crash).
    time: hybrid-logical-clock value, see `model.stamp`. count: operations, hidden ones included. root: 32 bytes.
    """

    version: int
    author: bytes
    writer: bytes
    sequence: int
    previous: int
    time: int
    count: int
    root: bytes


class Hidden(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """A subtree of overruled operations: node `index` of `level` (0: leaves), and its hash."""

    level: int
    index: int
    hash: bytes


class WriterKey(NamedTuple):
    """One sequence of transactions: an author, and one of its writers."""

    author: bytes
    writer: bytes


class SignedTransaction(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A transaction as it came from the wire: nothing is checked yet but its shape.

    header: the exact bytes that were signed. leaves: encoded operations that are not hidden, in order.
    """

    header: bytes
    signature: bytes
    leaves: list[bytes]
    hidden: list[Hidden] = []


class VerifiedTransaction:
    """A transaction whose header is signed by its author and whose operations belong to it.

    Made only by `crypto.signed` (from the wire, or by signing), and by `store.pages` (from our own disk).
    id: SHA-256 of the header. positions: index of each leaf among all `header.count` operations, or None when
    nothing is hidden. hidden: subtrees of overruled operations, in order. order: sorts transactions by stamp: time
    first, then author, writer, sequence, id.
    """

    __slots__ = ("header", "header_bytes", "hidden", "id", "leaves", "order", "positions", "signature")

    def __init__(
        self,
        header: Header,
        header_bytes: bytes,
        signature: bytes,
        leaves: list[bytes],
        hidden: Collection[Hidden],
        positions: list[int] | None,
        id_: bytes,
    ) -> None:
        self.header = header
        self.header_bytes = header_bytes
        self.signature = signature
        self.leaves = leaves
        self.hidden = hidden
        self.positions = positions
        self.id = id_
        self.order = (header.time, header.author, header.writer, header.sequence, id_)

    @property
    def key(self) -> WriterKey:
        """The writer that this transaction continues."""
        return WriterKey(self.header.author, self.header.writer)

    def as_signed(self) -> SignedTransaction:
        """Return the wire form."""
        return SignedTransaction(self.header_bytes, self.signature, self.leaves, list(self.hidden))
