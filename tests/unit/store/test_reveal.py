"""One transaction seen twice with different operations hidden: the sum of both sights, applied once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import NOW, SPACE, hide, picture, transaction

from graphvine.codec.transactions import decode_transaction
from graphvine.crypto.signed import check_shape
from graphvine.model.transaction import SignedTransaction, VerifiedTransaction
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica, encode
from graphvine.store.reveal import fresh_operations

COUNT = 40


def whole() -> VerifiedTransaction:
    builder = TransactionBuilder()
    for number in range(COUNT):
        builder.put_vertex(f"v{number:02}", {"n": number})
    return transaction(builder, NOW << 16)


def showing(shown: set[int]) -> VerifiedTransaction:
    """The transaction as a peer would get it that hides everything else."""
    full = whole()
    hidden = hide(full.leaves, [], range(COUNT), [place for place in range(COUNT) if place not in shown], COUNT)
    leaves = [leaf for place, leaf in enumerate(full.leaves) if place in shown]
    return check_shape(SignedTransaction(full.header_bytes, full.signature, leaves, hidden), SPACE).transaction


shown_sets = st.sets(st.integers(0, COUNT - 1), min_size=1)


@settings(max_examples=200)
@given(st.lists(shown_sets, min_size=1, max_size=4))
def test_sights_add_up_whatever_their_order(sights):
    replicas = []
    for order in (sights, sights[::-1]):
        replica = Replica(SPACE)
        for shown in order:
            replica.add(showing(shown), None, NOW)
        replicas.append(replica)
    left, right = replicas
    union = set().union(*sights)
    assert sorted(left.state.vertices) == [f"v{n:02}" for n in sorted(union)]
    assert picture(left.state) == picture(right.state)
    assert left.digest() == right.digest()
    (encoded,) = left.everything()
    root = check_shape(decode_transaction(encoded), SPACE)  # what is left still verifies
    assert len(root.operations) == len(union)
    if union == set(range(COUNT)):
        assert not root.transaction.hidden


def test_what_shows_nothing_new_is_no_news():
    replica = Replica(SPACE)
    replica.add(showing({1, 2}), None, NOW)
    entry = replica._entries[whole().id]
    assert fresh_operations(entry, showing({2})) == {}
    assert list(fresh_operations(entry, showing({2, 3}))) == [3]
    assert not replica.add(showing({1}), None, NOW)
    assert replica.add(showing({3}), None, NOW)


def test_what_we_know_to_be_overruled_is_not_fresh():
    replica = Replica(SPACE)
    replica.add(showing({1, 2}), None, NOW)
    builder = TransactionBuilder()
    builder.put_vertex("v01", {"n": -1})
    replica.add(transaction(builder, (NOW << 16) + 1, sequence=2), None, NOW)
    assert not replica.add(showing({1, 2}), None, NOW)
    assert replica.state.vertices["v01"].properties == {"n": -1}


def test_an_operation_that_comes_to_light_late_loses_against_what_is_newer():
    replica = Replica(SPACE)
    replica.add(showing({1}), None, NOW)
    builder = TransactionBuilder()
    builder.put_vertex("v05", {"n": -5})
    builder.delete_vertex("v06")
    replica.add(transaction(builder, (NOW << 16) + 1, sequence=2), None, NOW)
    replica.add(showing(set(range(COUNT))), None, NOW)
    assert replica.state.vertices["v05"].properties == {"n": -5}
    assert "v06" not in replica.state.vertices
    assert len(replica.state.vertices) == COUNT - 1
    encoded = encode(replica._entries[whole().id].transaction)
    assert len(check_shape(decode_transaction(encoded), SPACE).operations) == COUNT - 2
