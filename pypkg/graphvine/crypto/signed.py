"""From unchecked to verified. There is one way from `SignedTransaction` to `VerifiedTransaction`: through here.

The signature check itself is asynchronous in a browser, so verification comes in two halves: `check_shape` does all
that needs no key and says what must be verified; `as_verified` is called once the signature was found good.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from graphvine.codec.operations import decode_operation
from graphvine.codec.transactions import decode_header, encode_header, signed_bytes
from graphvine.crypto.merkle import root_of, root_with_hidden
from graphvine.errors import MalformedMessage
from graphvine.model.operation import Operation
from graphvine.model.transaction import HEADER_VERSION, Header, SignedTransaction, VerifiedTransaction, WriterKey


class Candidate(NamedTuple):
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


def check_shape(signed: SignedTransaction, space: bytes) -> Candidate:
    """Check everything but the signature, or raise MalformedMessage. space: 32-byte id."""
    header = decode_header(signed.header)
    positions: list[int] | None = None
    if signed.hidden:
        root, positions = root_with_hidden(signed.leaves, signed.hidden, header.count)
    elif len(signed.leaves) == header.count:
        root = root_of(signed.leaves)
    else:
        raise MalformedMessage(f"{len(signed.leaves)} operations where the header says {header.count}")
    if root != header.root:
        raise MalformedMessage("operations that do not belong to the signed header")
    operations = [decode_operation(leaf) for leaf in signed.leaves]
    transaction = _assemble(header, signed, positions)
    return Candidate(transaction, operations, signed_bytes(space, signed.header))


def from_own_disk(signed: SignedTransaction) -> VerifiedTransaction:
    """Return a transaction that we verified before we stored it. Raises MalformedMessage on damage."""
    header = decode_header(signed.header)
    positions: list[int] | None = None
    if signed.hidden:
        _, positions = root_with_hidden(signed.leaves, signed.hidden, header.count)
    elif len(signed.leaves) != header.count:
        raise MalformedMessage(f"{len(signed.leaves)} operations where the header says {header.count}")
    return _assemble(header, signed, positions)


def _assemble(header: Header, signed: SignedTransaction, positions: list[int] | None) -> VerifiedTransaction:
    id_ = sha256(signed.header).digest()
    return VerifiedTransaction(
        header, signed.header, signed.signature, signed.leaves, list(signed.hidden), positions, id_
    )


class Draft(NamedTuple):
    """A transaction of our own, ready to be signed. message: what the author must sign."""

    header: Header
    header_bytes: bytes
    leaves: list[bytes]
    message: bytes

    def signed(self, signature: bytes) -> VerifiedTransaction:
        """Return the finished transaction. The signature is ours, so it is not checked again."""
        unchecked = SignedTransaction(self.header_bytes, signature, self.leaves, [])
        return _assemble(self.header, unchecked, None)


def make_draft(space: bytes, key: WriterKey, sequence: int, previous: int, time: int, leaves: Sequence[bytes]) -> Draft:
    """Return the draft of our next transaction."""
    header = Header(HEADER_VERSION, key.author, key.writer, sequence, previous, time, len(leaves), root_of(leaves))
    header_bytes = encode_header(header)
    return Draft(header, header_bytes, list(leaves), signed_bytes(space, header_bytes))
