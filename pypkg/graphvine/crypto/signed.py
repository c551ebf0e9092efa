"""From unchecked to verified. There is one way from `SignedTransaction` to `VerifiedTransaction`: through here.

The signature check itself is asynchronous in a browser, so verification comes in two halves: `check_shape` does all
that needs no key and says what must be verified; `as_verified` is called once the signature was found good.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from hashlib import sha256

import msgspec

from graphvine.codec.operations import decode_operation, slices
from graphvine.codec.transactions import decode_header, encode_header, signed_bytes
from graphvine.crypto.merkle import leaf_hash, root_of, root_over, root_with_hidden, visible_positions
from graphvine.errors import MalformedMessage
from graphvine.model.operation import Operation
from graphvine.model.steps import in_one_go
from graphvine.model.transaction import HEADER_VERSION, Header, SignedTransaction, VerifiedTransaction, WriterKey


class Candidate(msgspec.Struct, eq=False, gc=False):
    """A transaction that is sound in itself; only its signature is still to be checked.

    message, signature, author: what to verify. operations: its leaves, decoded and checked.
    """

    transaction: VerifiedTransaction
    operations: list[Operation]
    message: bytes

    @property
    def author(self) -> bytes:
        """32-byte key that must have signed."""
        return self.transaction.header.author

    @property
    def signature(self) -> bytes:
        """64 bytes."""
        return self.transaction.signature


# Operations checked between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 1_000


def check_shape(signed: SignedTransaction, space: bytes) -> Candidate:
    """Check everything but the signature, or raise MalformedMessage. space: 32-byte id."""
    return in_one_go(check_steps(signed, space))


def check_steps(signed: SignedTransaction, space: bytes) -> Generator[None, None, Candidate]:
    """Do what `check_shape` does in slices of at most `SLICE` operations."""
    header, leaves = decode_header(signed.header), signed.leaves
    if not signed.hidden and len(leaves) != header.count:
        raise MalformedMessage(f"{len(leaves)} operations where the header says {header.count}")
    hashes: list[bytes] = []
    operations: list[Operation] = []
    if len(leaves) == 1:
        hashes.append(leaf_hash(leaves[0]))
        operations.append(decode_operation(leaves[0]))
    else:
        for start, end in slices(leaves, SLICE):
            if start:
                yield
            part = leaves[start:end]
            hashes += map(leaf_hash, part)
            operations += map(decode_operation, part)
    positions: list[int] | None = None
    if signed.hidden:
        root, positions = root_with_hidden(hashes, signed.hidden, header.count)
    else:
        root = root_over(hashes)
    if root != header.root:
        raise MalformedMessage("operations that do not belong to the signed header")
    transaction = _assemble(header, signed, positions)
    return Candidate(transaction, operations, signed_bytes(space, signed.header))


def from_own_disk(signed: SignedTransaction) -> VerifiedTransaction:
    """Return a transaction that we verified before we stored it. Raises MalformedMessage on damage."""
    header = decode_header(signed.header)
    positions: list[int] | None = None
    if signed.hidden:
        positions = visible_positions(signed.hidden, header.count)
        if len(positions) != len(signed.leaves):
            raise MalformedMessage(f"{len(signed.leaves)} operations where {len(positions)} belong")
    elif len(signed.leaves) != header.count:
        raise MalformedMessage(f"{len(signed.leaves)} operations where the header says {header.count}")
    return _assemble(header, signed, positions)


def _assemble(header: Header, signed: SignedTransaction, positions: list[int] | None) -> VerifiedTransaction:
    id_ = sha256(signed.header).digest()
    return VerifiedTransaction(
        header, signed.header, signed.signature, signed.leaves, list(signed.hidden), positions, id_
    )


class Draft(msgspec.Struct, eq=False, gc=False):
    """A transaction of our own, ready to be signed. message: what the author must sign."""

    header: Header
    header_bytes: bytes
    leaves: list[bytes]
    message: bytes

    def signed(self, signature: bytes) -> VerifiedTransaction:
        """Return the finished transaction. The signature is ours, so it is not checked again."""
        id_ = sha256(self.header_bytes).digest()
        return VerifiedTransaction(self.header, self.header_bytes, signature, self.leaves, [], None, id_)


def make_draft(
    space: bytes,
    key: WriterKey,
    sequence: int,
    previous: int,
    time: int,
    leaves: Sequence[bytes],
    root: bytes | None = None,
) -> Draft:
    """Return the draft of our next transaction. root: over `leaves`, if it is known."""
    root = root_of(leaves) if root is None else root
    header = Header(HEADER_VERSION, key.author, key.writer, sequence, previous, time, len(leaves), root)
    header_bytes = encode_header(header)
    return Draft(header, header_bytes, list(leaves), signed_bytes(space, header_bytes))
