"""From unchecked to verified: whatever a man in the middle changes, shape or signature no longer holds."""

from __future__ import annotations

import msgspec
import pytest
from tests.strategies import SPACE, hide

from graphvine.codec.operations import encode_operation
from graphvine.codec.transactions import decode_header, decode_transaction, encode_header
from graphvine.crypto.merkle import leaf_hash
from graphvine.crypto.signed import check_shape, from_own_disk, make_draft
from graphvine.errors import MalformedMessage
from graphvine.model.operation import DeleteVertex, PutVertex
from graphvine.model.transaction import Hidden, SignedTransaction, VerifiedTransaction, WriterKey
from graphvine.store.replica import encode
from graphvine.testing.simulated_crypto import SimulatedCrypto

CRYPTO = SimulatedCrypto(1)
ALICE = CRYPTO.key("alice")
OTHER_SPACE = b"o" * 32


def sign(leaves: list[bytes], sequence: int = 1) -> VerifiedTransaction:
    draft = make_draft(SPACE, WriterKey(ALICE.public, b"w" * 8), sequence, sequence - 1, 1 << 16, leaves)
    return draft.signed(CRYPTO.sign_now(ALICE, draft.message))


LEAVES = [encode_operation(PutVertex(f"v{n}", [], {"n": n})) for n in range(20)]
TRANSACTION = sign(LEAVES)
SIGNED = TRANSACTION.as_signed()


def is_accepted(signed: SignedTransaction, space: bytes = SPACE) -> bool:
    """What a receiver does: shape, then signature."""
    try:
        candidate = check_shape(signed, space)
    except MalformedMessage:
        return False
    return CRYPTO.verify_now(candidate.author, candidate.signature, candidate.message)


def test_what_was_signed_is_accepted():
    candidate = check_shape(decode_transaction(encode(TRANSACTION)), SPACE)
    assert is_accepted(SIGNED)
    assert candidate.author == ALICE.public
    assert [operation.id for operation in candidate.operations] == [f"v{n}" for n in range(20)]
    assert candidate.transaction.id == TRANSACTION.id
    assert candidate.transaction.positions is None
    assert candidate.transaction.key == WriterKey(ALICE.public, b"w" * 8)
    assert candidate.transaction.order == TRANSACTION.order


def test_what_is_hidden_is_not_missed():
    hidden = hide(LEAVES, [], range(20), [0, 5], 20)
    shown = [leaf for place, leaf in enumerate(LEAVES) if place not in (0, 5)]
    signed = SignedTransaction(SIGNED.header, SIGNED.signature, shown, hidden)
    assert is_accepted(signed)
    transaction = check_shape(signed, SPACE).transaction
    assert transaction.positions == [1, 2, 3, 4, *range(6, 20)]
    assert transaction.id == TRANSACTION.id
    assert from_own_disk(signed).positions == transaction.positions


def test_another_space_is_not_this_one():
    assert not is_accepted(SIGNED, OTHER_SPACE)


def test_an_altered_operation():
    altered = [*LEAVES[:-1], encode_operation(PutVertex("v19", [], {"n": 20}))]
    assert not is_accepted(SignedTransaction(SIGNED.header, SIGNED.signature, altered))


def test_operations_that_changed_places():
    assert not is_accepted(SignedTransaction(SIGNED.header, SIGNED.signature, LEAVES[::-1]))


def test_an_operation_moved_to_another_transaction():
    other = sign([encode_operation(DeleteVertex("v1"))], 2)
    moved = SignedTransaction(other.header_bytes, other.signature, [LEAVES[0]])
    assert not is_accepted(moved)


def test_operations_left_out_or_added():
    assert not is_accepted(SignedTransaction(SIGNED.header, SIGNED.signature, LEAVES[:-1]))
    assert not is_accepted(SignedTransaction(SIGNED.header, SIGNED.signature, [*LEAVES, LEAVES[0]]))
    assert not is_accepted(SignedTransaction(SIGNED.header, SIGNED.signature, []))
    forged = [Hidden(0, 19, leaf_hash(b"not this"))]
    assert not is_accepted(SignedTransaction(SIGNED.header, SIGNED.signature, LEAVES[:-1], forged))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("author", CRYPTO.key("mallory").public),
        ("writer", b"x" * 8),
        ("sequence", 7),
        ("time", 2 << 16),
    ],
)
def test_an_altered_header(name, value):
    header = msgspec.structs.replace(decode_header(SIGNED.header), **{name: value})
    altered = SignedTransaction(encode_header(header), SIGNED.signature, LEAVES)
    check_shape(altered, SPACE)  # sound in itself ...
    assert not is_accepted(altered)  # ... but not signed


def test_another_encoding_of_the_same_header_is_another_header():
    padded = SIGNED.header.replace(b"\x01\x00\xce", b"\x01\xd1\x00\x00\xce", 1)
    assert padded != SIGNED.header
    assert decode_header(padded) == decode_header(SIGNED.header)
    assert not is_accepted(SignedTransaction(padded, SIGNED.signature, LEAVES))


def test_an_altered_signature():
    wrong = bytes([SIGNED.signature[0] ^ 1]) + SIGNED.signature[1:]
    assert not is_accepted(SignedTransaction(SIGNED.header, wrong, LEAVES))


def test_an_operation_that_is_none_is_refused_even_when_signed():
    with pytest.raises(MalformedMessage, match="not an operation"):
        check_shape(sign([b"\x91\x09"]).as_signed(), SPACE)


def test_own_disk_with_too_few_operations_is_damaged():
    with pytest.raises(MalformedMessage, match="19 operations where the header says 20"):
        from_own_disk(SignedTransaction(SIGNED.header, SIGNED.signature, LEAVES[:-1]))
