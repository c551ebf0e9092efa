"""The law: the state, and what is left of the transactions, is a pure function of the set of transactions."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from graphvine.codec.transactions import decode_transaction
from graphvine.crdt.graph import GraphState
from graphvine.crypto.signed import check_shape
from graphvine.errors import RemoteError
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica, encode

SPACE = b"s" * 32
NOW = 1_000_000
WRITERS = [WriterKey(bytes([author]) * 32, bytes([author]) * 8) for author in (1, 2)]

vertex_ids = st.sampled_from(["a", "b", "c"])
edge_ids = st.sampled_from(["e", "f"])
names = st.sampled_from(["x", "y"])
values = st.one_of(st.integers(0, 2), st.sampled_from(["p", "q"]), st.none())
labels = st.lists(st.sampled_from(["L", "M"]), max_size=2)
steps = st.one_of(
    st.tuples(
        st.just("put"), vertex_ids, st.dictionaries(names, values, max_size=2), labels, st.lists(names, max_size=1), labels
    ),
    st.tuples(
        st.just("link"), edge_ids, st.sampled_from(["T", "U"]), vertex_ids, vertex_ids,
        st.dictionaries(names, values, max_size=2), st.lists(names, max_size=1),
    ),
    st.tuples(st.just("delete"), vertex_ids),
    st.tuples(st.just("unlink"), edge_ids),
)
histories = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.lists(steps, min_size=1, max_size=4)), max_size=7)


def build(history: list[tuple[int, int, list[tuple]]]) -> list[VerifiedTransaction]:
    """Sign a history (author, clock step, steps) without keys; stamps of the two authors collide often."""
    from graphvine.crypto.signed import make_draft

    made, sequences, times = [], [0, 0], [NOW << 16, NOW << 16]
    for author, step, parts in history:
        builder = TransactionBuilder()
        for kind, *arguments in parts:
            try:
                if kind == "put":
                    id_, properties, added, removed, gone = arguments
                    builder.put_vertex(id_, properties, added, removed=removed, unlabelled=gone)
                elif kind == "link":
                    id_, type_, source, target, properties, removed = arguments
                    builder.put_edge(id_, type_, source, target, properties, removed=removed)
                elif kind == "delete":
                    builder.delete_vertex(*arguments)
                else:
                    builder.delete_edge(*arguments)
            except ValueError:
                raise
            except Exception as error:  # one id, two edges in one transaction: refused by the builder
                assert "another edge" in str(error)
        leaves = builder.finish().leaves
        if not leaves:
            continue
        times[author] += 1 + step
        sequences[author] += 1
        sequence = sequences[author]
        draft = make_draft(SPACE, WRITERS[author], sequence, sequence - 1, times[author], leaves)
        made.append(draft.signed(b"S" * 64))
    return made


def copy(transaction: VerifiedTransaction) -> VerifiedTransaction:
    """The same transaction as another replica would get it from the wire."""
    return check_shape(decode_transaction(encode(transaction)), SPACE).transaction


def replay(transactions: list[VerifiedTransaction]) -> Replica:
    replica = Replica(SPACE)
    for transaction in transactions:
        replica.add(copy(transaction), None, NOW + 10)
    return replica


def picture(state: GraphState) -> object:
    """Everything that a reader can see, in a canonical order."""
    vertices = {
        id_: (cell.labels, sorted(cell.properties.items(), key=repr)) for id_, cell in sorted(state.vertices.items())
    }
    edges = {
        id_: (edge.type, edge.source.id, edge.target.id, sorted(edge.properties.items(), key=repr))
        for id_, edge in sorted(state.edges.items())
    }
    adjacency = sorted(
        (cell.id, type_, edge.id, other.id)
        for cell in state.vertices.values()
        for type_, members in cell.out.items()
        for edge, other in members.items()
    )
    backward = sorted(
        (other.id, type_, edge.id, cell.id)
        for cell in state.vertices.values()
        for type_, members in cell.into.items()
        for edge, other in members.items()
    )
    assert adjacency == backward
    by_label = {label: sorted(members) for label, members in sorted(state.by_label.items())}
    by_type = {type_: sorted(edge.id for edge in members) for type_, members in sorted(state.by_type.items())}
    return vertices, edges, adjacency, by_label, by_type


def live_bytes(replica: Replica) -> list[bytes]:
    return sorted(replica.everything())


@settings(max_examples=400, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_state_is_a_function_of_the_set(history: list, dice: random.Random) -> None:
    transactions = build(history)
    shuffled = transactions + dice.sample(transactions, len(transactions) // 2)
    dice.shuffle(shuffled)
    left, right = replay(transactions), replay(shuffled)
    assert picture(left.state) == picture(right.state)
    assert left.digest() == right.digest()
    assert live_bytes(left) == live_bytes(right)


@settings(max_examples=400, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_what_is_left_makes_the_same_state(history: list, dice: random.Random) -> None:
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
def test_operations_that_somebody_hid_come_back(history: list, dice: random.Random) -> None:
    """A peer that hides live operations is healed by any honest one."""
    from graphvine.crypto.merkle import hide

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
