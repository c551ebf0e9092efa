"""Live rows while peers write at once: older writes that come late, deletes that race, ids that come back."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.query.live_world import LiveWorld, QuickEngine
from tests.unit.query.social import outside
from tests.unit.query.test_live_query import DELTA_QUERIES, RERUN_QUERIES, STEPS, put, same

from graphvine.codec.operations import encode_operation
from graphvine.model.transaction import Header, VerifiedTransaction
from graphvine.store.builder import TransactionBuilder

PARAMETERS = {"least": 1, "label": "A", "ids": ["v0", "v2"], "skip": 1, "limit": 2}
WITH_PARAMETERS = [
    "MATCH (n:A) WHERE n.x >= $least RETURN id(n) AS id, n.x ORDER BY id SKIP $skip LIMIT $limit",
    "MATCH (a)-[r:K]->(b) WHERE id(a) IN $ids RETURN id(a), r.w, b.x",
    "MATCH (n {x: $least}) RETURN count(*), collect(id(n))",
    "MATCH (n) WHERE $label IN labels(n) RETURN DISTINCT n.y AS y ORDER BY y DESC",
    "MATCH (a)-[:K]->(b)-[:L]->(c)<-[:K]-(d) WHERE a.x = $least RETURN id(b), count(DISTINCT d), max(c.x), min(d.y)",
    "MATCH (a:A)-[:K]->(b), (a)-[:L]->(b) RETURN id(a), id(b)",
    "MATCH (a)-[:K]->(b)-[:K]->(c), (a)-[:K]->(c) RETURN avg(b.x), collect(DISTINCT id(c))",
]
QUERIES = [*((text, None) for text in DELTA_QUERIES + RERUN_QUERIES), *((text, PARAMETERS) for text in WITH_PARAMETERS)]


class Peers:
    """Transactions of several authors at times of their choice, in the order in which they happen to arrive."""

    def __init__(self) -> None:
        self.world = LiveWorld()
        self.sequence = 0

    def arrive(self, author: int, time: int, steps: list[tuple[Any, ...]]) -> None:
        builder = TransactionBuilder()
        for step in steps:
            put(builder, step)
        operations = builder.operations()
        if not operations:
            return
        self.sequence += 1
        leaves = [encode_operation(operation) for operation in operations]
        key, number = bytes([author]) * 32, self.sequence
        header = Header(1, key, b"w" * 8, number, number - 1, time << 16, len(leaves), bytes(32))
        id_ = hashlib.sha256(str(number).encode()).digest()
        self.world.graph.state.apply(VerifiedTransaction(header, b"", b"", leaves, [], None, id_), operations)


ARRIVALS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.lists(STEPS, min_size=1, max_size=4), st.booleans()),
    min_size=1,
    max_size=14,
)


@settings(max_examples=70, deadline=None)
@given(ARRIVALS)
def test_live_rows_equal_a_fresh_run_in_whatever_order_peers_are_heard(arrivals: list[Any]) -> None:
    """A query may also be slow, and take in the changes of several transactions at once."""
    peers = Peers()
    live = [peers.world.open(text, parameters) for text, parameters in QUERIES]
    for number, (author, time, steps, is_read) in enumerate(arrivals, start=1):
        peers.arrive(author, time, steps)
        if not is_read and number < len(arrivals):
            continue
        peers.world.flush()
        fresh = QuickEngine(peers.world.graph.state, outside())
        for query, (text, parameters) in zip(live, QUERIES, strict=True):
            expected = fresh.run(text, parameters).rows
            assert same(text, query.rows, expected), (text, query.rows, expected)


def test_every_query_with_parameters_is_kept_by_deltas() -> None:
    world = LiveWorld()
    assert [world.open(text, PARAMETERS).reason for text in WITH_PARAMETERS] == [""] * len(WITH_PARAMETERS)


def test_rows_that_stay_the_same_are_not_made_again() -> None:
    world = LiveWorld()
    world.cypher("UNWIND range(1, 5) AS x CREATE (:A {x: x})")
    query = world.open("MATCH (n:A) WHERE n.x > 3 RETURN count(*)")
    before = query.rows
    assert world.cypher("MATCH (n:A {x: 1}) SET n.x = 2") == {}
    assert query.rows is before


def test_equal_values_of_different_types_are_taken_back_as_themselves() -> None:
    """1 and 1.0 are one value to DISTINCT; the one that was counted is the one that goes."""
    world = LiveWorld()
    query = world.open("MATCH (n:A) RETURN sum(DISTINCT n.x), collect(DISTINCT n.x), max(DISTINCT n.x)")
    world.cypher("CREATE (:A {_id: 'a', x: 1}), (:A {_id: 'b', x: 1.0}), (:A {_id: 'c', x: 3})")
    world.cypher("MATCH (n {_id: 'a'}) DELETE n")
    world.cypher("MATCH (n {_id: 'b'}) DELETE n")
    assert query.rows == [(3, [3], 3)]
