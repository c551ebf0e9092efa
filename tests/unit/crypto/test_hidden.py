"""What is hidden of a transaction depends on which operations are, not on the order; and one more costs little."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphvine.crypto import hidden as hidden_module
from graphvine.crypto.hidden import HiddenTree
from graphvine.crypto.merkle import leaf_hash, root_over, root_with_hidden
from graphvine.model.transaction import TREE_FANOUT, Hidden

cases = st.integers(1, 300).flatmap(
    lambda count: st.tuples(st.just(count), st.lists(st.integers(0, count - 1), unique=True, max_size=count))
)


def hash_of(index: int) -> bytes:
    return leaf_hash(b"%d" % index)


def tree_of(count: int, indexes: list[int]) -> HiddenTree:
    tree = HiddenTree(count)
    for index in indexes:
        tree.hide(index, hash_of(index))
    return tree


@given(cases, st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_the_rest_still_verifies(case, dice):
    count, indexes = case
    tree = tree_of(count, indexes)
    shuffled = list(indexes)
    dice.shuffle(shuffled)
    other = HiddenTree(count)
    for index in shuffled:
        other.hide(index, hash_of(index))
        if dice.random() < 0.3:
            other.term()  # asked in between or not
    assert list(tree) == list(other)
    assert tree.term() == other.term() == HiddenTree(count, list(tree)).term()
    assert len(tree) == len(list(tree))
    assert all(node in tree for node in tree)
    assert Hidden(0, 0, b"?" * 32) not in tree
    shown = [hash_of(index) for index in range(count) if index not in set(indexes)]
    root, positions = root_with_hidden(shown, list(tree), count)
    assert root == root_over([hash_of(index) for index in range(count)])
    assert positions == [index for index in range(count) if index not in set(indexes)]


@given(cases, cases)
def test_other_operations_other_number(left, right):
    one, other = (tree_of(300, indexes) for _, indexes in (left, right))
    assert (one.term() == other.term()) == (set(left[1]) == set(right[1]))


def test_one_more_costs_a_few_hashes_however_many_are_hidden(monkeypatch):
    count = 20_000
    tree = tree_of(count, list(range(0, count, 2)))
    tree.term()
    calls = []
    real = hidden_module.node_hash
    monkeypatch.setattr(hidden_module, "node_hash", lambda children: calls.append(1) or real(children))
    for index in range(1, 2 * TREE_FANOUT, 2):
        tree.hide(index, hash_of(index))
    assert len(calls) == 2
    assert len(tree._changed) <= 2 * TREE_FANOUT
