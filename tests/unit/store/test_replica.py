"""The law: the state, and what is left of the transactions, is a pure function of the set of transactions."""

from __future__ import annotations

import random
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import (
    NOW,
    SPACE,
    History,
    build,
    copy,
    hide,
    histories,
    hostile_histories,
    live_bytes,
    picture,
    replay,
)

from graphvine.codec.transactions import decode_transaction
from graphvine.crypto.signed import check_shape
from graphvine.store.replica import Replica


@settings(max_examples=400, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_state_is_a_function_of_the_set(history: History, dice: random.Random) -> None:
    transactions = build(history)
    shuffled = transactions + dice.sample(transactions, len(transactions) // 2)
    dice.shuffle(shuffled)
    left, right = replay(transactions), replay(shuffled)
    assert picture(left.state) == picture(right.state)
    assert left.digest() == right.digest()
    assert live_bytes(left) == live_bytes(right)


@settings(max_examples=100, deadline=None)
@given(hostile_histories, st.randoms(use_true_random=False))
def test_whatever_strangers_sign_there_is_one_state(history: History, dice: random.Random) -> None:
    """Texts that contradict themselves, deletes, resets and re-creations: in any order, and from what is left of it."""
    transactions = build(history)
    shuffled = dice.sample(transactions, len(transactions))
    left, right = replay(transactions), replay(shuffled)
    compacted = [check_shape(decode_transaction(data), SPACE).transaction for data in left.everything()]
    dice.shuffle(compacted)
    for other in (right, replay(compacted)):
        assert picture(left.state) == picture(other.state)
        assert left.digest() == other.digest()
        assert live_bytes(left) == live_bytes(other)


@settings(max_examples=400, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_what_is_left_makes_the_same_state(history: History, dice: random.Random) -> None:
    """Dropping what is overruled, on either side and at any moment, changes nothing that anybody can see."""
    transactions = build(history)
    whole = replay(transactions)
    half = replay(dice.sample(transactions, len(transactions) // 2))
    compacted = [check_shape(decode_transaction(data), SPACE).transaction for data in whole.everything()]
    dice.shuffle(compacted)
    for transaction in compacted:
        half.add(transaction, None, NOW + 10)
    assert picture(half.state) == picture(whole.state)
    assert half.digest() == whole.digest()
    assert picture(replay(compacted).state) == picture(whole.state)


@settings(max_examples=200, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_operations_that_somebody_hid_come_back(history: History, dice: random.Random) -> None:
    """A peer that hides live operations is healed by any honest one."""
    transactions = build(history)
    whole = replay(transactions)
    victim = Replica(SPACE)
    for data in whole.everything():
        liar = check_shape(decode_transaction(data), SPACE).transaction
        positions = liar.positions or list(range(liar.header.count))
        places = dice.sample(range(len(liar.leaves)), dice.randint(0, len(liar.leaves)))
        liar.hidden = hide(liar.leaves, liar.hidden, positions, places, liar.header.count)
        liar.positions = [index for place, index in enumerate(positions) if place not in places]
        liar.leaves = [leaf for place, leaf in enumerate(liar.leaves) if place not in places]
        if liar.leaves:
            victim.add(copy(liar), None, NOW + 10)
    for data in whole.everything():
        victim.add(check_shape(decode_transaction(data), SPACE).transaction, None, NOW + 10)
    assert picture(victim.state) == picture(whole.state)
    assert victim.digest() == whole.digest()


def test_an_operation_that_loses_one_register_may_still_win_another() -> None:
    """A write whose property has lost already, and whose removal of a label counts, is kept in every order."""
    history: History = [
        (0, 0, [("put", "c", {"y": 0}, [], [], ["L"])]),
        (0, 0, [("put", "c", {}, [], ["y"], [])]),
        (0, 1, [("put", "a", {}, [], [], []), ("put", "c", {"x": 0, "y": 0}, [], [], [])]),
    ]
    replicas = [replay(list(order)) for order in permutations(build(history))]
    assert {replica.transaction_count for replica in replicas} == {3}
    assert len({replica.digest() for replica in replicas}) == 1
