"""The Merkle tree: any subset may be hidden and the rest verifies; whoever cheats gets another root or is refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import hide

from graphvine.crypto import merkle as merkle_module
from graphvine.crypto.merkle import leaf_hash, root_of, root_with_hidden
from graphvine.errors import MalformedMessage
from graphvine.model.transaction import Hidden


def hashes(leaves: list[bytes]) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in leaves]


def leaves_of(count: int) -> list[bytes]:
    return [b"leaf %d" % index for index in range(count)]


def hide_all(count: int, places: list[int]) -> tuple[list[bytes], list[Hidden]]:
    leaves = leaves_of(count)
    hidden = hide(leaves, [], range(count), places, count)
    gone = set(places)
    return [leaf for index, leaf in enumerate(leaves) if index not in gone], hidden


def test_the_hashes_never_change():
    assert leaf_hash(b"a") == sha256(b"\0a").digest()
    assert root_of([b"a"]) == leaf_hash(b"a")
    assert root_of([b"a", b"b"]) == sha256(b"\1" + leaf_hash(b"a") + leaf_hash(b"b")).digest()
    seventeen = leaves_of(17)
    left = sha256(b"\1" + b"".join(map(leaf_hash, seventeen[:16]))).digest()
    right = sha256(b"\1" + leaf_hash(seventeen[16])).digest()
    assert root_of(seventeen) == sha256(b"\1" + left + right).digest()


subsets = st.integers(1, 300).flatmap(
    lambda count: st.tuples(st.just(count), st.lists(st.integers(0, count - 1), unique=True, max_size=count))
)


@given(subsets)
def test_whatever_is_hidden_the_root_stays(case):
    count, places = case
    shown, hidden = hide_all(count, places)
    root, positions = root_with_hidden(hashes(shown), hidden, count)
    assert root == root_of(leaves_of(count))
    assert positions == [index for index in range(count) if index not in set(places)]


@given(subsets, st.randoms(use_true_random=False))
def test_hiding_in_steps_ends_like_hiding_at_once(case, dice):
    """What is left of a transaction does not depend on the order in which its operations were overruled."""
    count, places = case
    _, at_once = hide_all(count, places)
    dice.shuffle(places)
    leaves, positions, hidden = leaves_of(count), list(range(count)), []
    while places:
        size = dice.randint(1, len(places))
        batch, places = places[:size], places[size:]
        hidden = hide(leaves, hidden, positions, batch, count)
    assert hidden == at_once


def test_whole_families_collapse():
    assert hide_all(16, list(range(16)))[1] == [Hidden(1, 0, root_of(leaves_of(16)))]
    assert [(node.level, node.index) for node in hide_all(300, list(range(300)))[1]] == [(3, 0)]
    assert [(node.level, node.index) for node in hide_all(300, list(range(256)))[1]] == [(2, 0)]
    assert [(node.level, node.index) for node in hide_all(300, list(range(288, 300)))[1]] == [(1, 18)]
    assert [(node.level, node.index) for node in hide_all(1, [0])[1]] == [(0, 0)]
    assert [(node.level, node.index) for node in hide_all(20, [0, 17])[1]] == [(0, 0), (0, 17)]


def test_hidden_nodes_come_in_the_order_of_their_operations():
    nodes = hide_all(300, [*range(32, 48), 3, 299, *range(256, 272)])[1]
    assert [(node.level, node.index) for node in nodes] == [(0, 3), (1, 2), (1, 16), (0, 299)]


# -- the attacker ------------------------------------------------------------------------------------------------------

HASH = b"x" * 32


@pytest.mark.parametrize(
    ("hidden", "count"),
    [
        ([Hidden(0, 1, HASH), Hidden(0, 0, HASH)], 4),  # backwards
        ([Hidden(0, 1, HASH), Hidden(0, 1, HASH)], 4),  # twice
        ([Hidden(1, 0, HASH), Hidden(0, 3, HASH)], 20),  # overlapping
        ([Hidden(0, 3, HASH), Hidden(1, 0, HASH)], 20),  # overlapping, the other way round
        ([Hidden(0, 4, HASH)], 4),  # outside
        ([Hidden(1, 2, HASH)], 20),
        ([Hidden(0, -1, HASH)], 4),
        ([Hidden(-1, 0, HASH)], 4),
        ([Hidden(0, 2**63, HASH)], 4),
        ([Hidden(1, 0, HASH)], 1),  # above the root
        ([Hidden(2, 0, HASH)], 5),
        ([Hidden(3, 0, HASH)], 256),
        ([Hidden(2**62, 0, HASH)], 5),
        ([Hidden(9, 0, HASH)], 100_000),
    ],
)
def test_hidden_nodes_that_are_no_part_of_the_tree_are_refused(hidden, count):
    with pytest.raises(MalformedMessage, match="hidden operations that overlap, go backwards or lie outside"):
        root_with_hidden([HASH] * 3, hidden, count)


@pytest.mark.parametrize("change", [-1, 1])
def test_the_number_of_leaves_must_be_right(change):
    shown, hidden = hide_all(20, [3, 7])
    with pytest.raises(MalformedMessage, match="operations where"):
        root_with_hidden(hashes(shown[:-1] if change < 0 else [*shown, b"more"]), hidden, 20)


@given(subsets.filter(lambda case: len(case[1]) < case[0]), st.data())
def test_a_forged_or_moved_leaf_gives_another_root(case, data):
    count, places = case
    shown, hidden = hide_all(count, places)
    place = data.draw(st.integers(0, len(shown) - 1))
    forged = [*shown]
    forged[place] = b"forged"
    assert root_with_hidden(hashes(forged), hidden, count)[0] != root_of(leaves_of(count))
    moved = [*shown[place:], *shown[:place]]
    if moved != shown:
        assert root_with_hidden(hashes(moved), hidden, count)[0] != root_of(leaves_of(count))


@given(subsets.filter(lambda case: case[1]), st.data())
def test_a_forged_hash_gives_another_root(case, data):
    count, places = case
    shown, hidden = hide_all(count, places)
    place = data.draw(st.integers(0, len(hidden) - 1))
    node = hidden[place]
    hidden[place] = Hidden(node.level, node.index, HASH)
    assert root_with_hidden(hashes(shown), hidden, count)[0] != root_of(leaves_of(count))


def test_a_node_can_not_be_presented_as_a_leaf():
    """The bytes below an inner node, given as one operation, don't hash to it: leaves and nodes are kept apart."""
    leaves = leaves_of(17)
    fake = b"".join(map(leaf_hash, leaves[:16]))
    assert root_of([fake, leaves[16]]) != root_of(leaves)
    assert leaf_hash(fake) != root_of(leaves[:16])


def test_another_count_gives_another_root():
    shown, hidden = hide_all(32, list(range(16)))
    assert root_with_hidden(hashes(shown), hidden, 32)[0] == root_of(leaves_of(32))
    with pytest.raises(MalformedMessage):
        root_with_hidden(hashes(shown), hidden, 33)
    with pytest.raises(MalformedMessage):
        root_with_hidden(hashes(shown), hidden, 31)


@given(
    st.integers(1, 600),
    st.lists(st.builds(Hidden, st.integers(-1, 5), st.integers(-1, 40), st.just(HASH)), max_size=4),
    st.integers(0, 40),
)
def test_any_claim_is_a_root_or_malformed(count, hidden, shown):
    try:
        root, positions = root_with_hidden(hashes(leaves_of(shown)), hidden, count)
    except MalformedMessage:
        return
    assert len(root) == 32
    assert len(positions) == shown


def test_inner_nodes_are_hashed_in_slices(monkeypatch):
    hashes = [bytes([number]) * 32 for number in range(200)]
    at_once = merkle_module.root_over(hashes)
    hashed = []
    real = merkle_module.node_hash
    monkeypatch.setattr(merkle_module, "SLICE", 4)
    monkeypatch.setattr(merkle_module, "node_hash", lambda children: hashed.append(1) or real(children))
    most, before = 0, 0

    def watched():
        root = yield from merkle_module.root_steps(hashes)
        found.append(root)

    found: list[bytes] = []
    for _ in watched():
        most, before = max(most, len(hashed) - before), len(hashed)
    assert found == [at_once]
    assert 0 < most <= 4
    assert len(hashed) - before <= 4
