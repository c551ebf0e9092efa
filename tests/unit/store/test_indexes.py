"""The law: whatever comes in whatever order, an index equals one that is built afterwards."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import NOW, SPACE, History, build, copy, histories

from graphvine import limits
from graphvine.errors import InvalidValue
from graphvine.model.index import IndexInfo
from graphvine.model.transaction import VerifiedTransaction
from graphvine.peer.inbox import Inbox
from graphvine.query.values import sort_key
from graphvine.store.builder import TransactionBuilder
from graphvine.store.indexes import SLICE, Indexes
from graphvine.store.replica import Replica

INFOS = [
    IndexInfo("lx", "L", "x"),
    IndexInfo("ly", "L", "y"),
    IndexInfo("mx", "M", "x"),
    IndexInfo("tx", "T", "x", "edge"),
    IndexInfo("uy", "U", "y", "edge"),
]


def declare(indexes: Indexes, *infos: IndexInfo) -> None:
    for info in infos:
        for _ in indexes.declare(info):
            pass


def take_in(replica: Replica, transactions: list[VerifiedTransaction], *, is_watched: bool = False) -> None:
    """Apply as a peer does. is_watched: somebody listens, so changes are told one by one."""
    inbox = Inbox(replica)
    inbox.is_watched = is_watched
    for transaction in transactions:
        inbox.submit(copy(transaction), None, is_durable=True)
        while inbox.has_work:
            inbox.work(NOW + 10)


def pictures(indexes: Indexes) -> dict[str, object]:
    return {index.info.name: (index.is_ready, index.picture()) for index in indexes._by_place.values()}


def rebuilt(replica: Replica) -> dict[str, object]:
    indexes = Indexes(replica.state)
    declare(indexes, *INFOS)
    return pictures(indexes)


@settings(max_examples=200, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_after_any_history_in_any_order_indexes_equal_a_rebuild(history: History, dice: random.Random) -> None:
    transactions = build(history)
    transactions += dice.sample(transactions, len(transactions) // 2)
    dice.shuffle(transactions)
    replica = Replica(SPACE)
    declare(replica.indexes, *INFOS)
    for transaction in transactions:
        take_in(replica, [transaction], is_watched=dice.random() < 0.5)
        assert pictures(replica.indexes) == rebuilt(replica)


@settings(max_examples=200, deadline=None)
@given(histories, histories, st.integers(0, 4))
def test_what_happens_while_an_index_is_built_is_in_it(before: History, during: History, at: int) -> None:
    replica = Replica(SPACE)
    take_in(replica, build(before))
    steps = [replica.indexes.declare(info) for info in INFOS]
    transactions = build(before + during)[len(build(before)) :]
    take_in(replica, transactions[:at])
    for each in steps:
        list(each)
    take_in(replica, transactions[at:])
    assert pictures(replica.indexes) == rebuilt(replica)


def filled(count: int) -> Replica:
    replica = Replica(SPACE)
    builder = TransactionBuilder()
    for number in range(count):
        builder.put_vertex(f"v{number}", {"x": number, "y": f"name {number % 10}"}, ["L"])
    take_in(replica, [transaction_of(builder)])
    return replica


def transaction_of(builder: TransactionBuilder, time: int = 1) -> VerifiedTransaction:
    from tests.strategies import transaction

    return transaction(builder, (NOW << 16) + time, sequence=time, previous=time - 1)


def test_building_is_sliced_and_an_index_is_used_only_when_it_is_whole() -> None:
    replica = filled(4 * SLICE)
    steps = replica.indexes.declare(INFOS[0])
    assert next(steps, "over") is None
    assert replica.indexes.declared() == ()
    assert replica.indexes.states()[0].state == "building"
    assert len(list(steps)) == 3  # and one that began
    assert replica.indexes.declared() == (INFOS[0],)
    assert replica.indexes.states()[0] == (INFOS[0], "ready", 4 * SLICE, 4 * SLICE)


def calls(work: Any) -> int:
    """How many Python functions `work` calls: a measure that no other program on the machine disturbs."""
    count = 0

    def profile(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def cost_of_one_change(size: int) -> int:
    replica = filled(size)
    declare(replica.indexes, *INFOS)
    builder = TransactionBuilder()
    builder.put_vertex("v7", {"x": -1}, ["L"])
    changed = transaction_of(builder, 2)
    return calls(lambda: take_in(replica, [changed]))


def test_a_change_costs_what_it_changes_and_not_what_there_is() -> None:
    assert cost_of_one_change(4_000) <= cost_of_one_change(40) + 5


def test_without_an_index_nobody_collects_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    replica = filled(3)
    monkeypatch.setattr(Indexes, "update", lambda *_: pytest.fail("nobody asked"))
    seen: list[object] = []
    take = replica.state._apply_operation
    monkeypatch.setattr(
        replica.state, "_apply_operation", lambda *args: (seen.append(replica.state.changes), take(*args))[1]
    )
    builder = TransactionBuilder()
    builder.put_vertex("v1", {"x": 1})
    take_in(replica, [transaction_of(builder, 2)])
    declare(replica.indexes, INFOS[0])
    replica.indexes.drop(INFOS[0])
    builder = TransactionBuilder()
    builder.put_vertex("v1", {"x": 2})
    take_in(replica, [transaction_of(builder, 3)])
    assert seen == [None, None]


def test_plans_that_use_a_dropped_index_still_find_everything() -> None:
    replica = filled(5)
    indexes = replica.indexes
    every = {f"v{number}" for number in range(5)}
    for found in (
        indexes.equal(INFOS[0], 3),
        indexes.between(INFOS[0], 3, None),
        indexes.prefix(INFOS[1], "name"),
        indexes.ordered(INFOS[0], sort_key, is_descending=True, low=3),
    ):
        assert {cell.id for cell in found} == every
    assert [cell.id for cell in indexes.ordered(INFOS[0], sort_key, is_descending=True)] == [
        "v4",
        "v3",
        "v2",
        "v1",
        "v0",
    ]
    assert indexes.counts(INFOS[0]) == (0, 0)


def test_look_ups() -> None:
    replica = filled(30)
    declare(replica.indexes, *INFOS)
    look = replica.indexes
    assert [cell.id for cell in look.equal(INFOS[0], 3.0)] == ["v3"]
    assert [cell.id for cell in look.between(INFOS[0], 28, None)] == ["v28", "v29"]
    assert sorted(cell.id for cell in look.prefix(INFOS[1], "name 4")) == ["v14", "v24", "v4"]
    assert [cell.id for cell in look.ordered(INFOS[0], sort_key, is_descending=True, high=1)] == ["v1", "v0"]
    assert look.counts(INFOS[1]) == (30, 10)
    assert list(look.equal(INFOS[2], 3)) == []


def test_declaring_twice_changes_nothing_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    indexes = Indexes(filled(2).state)
    declare(indexes, INFOS[0])
    before = pictures(indexes)
    declare(indexes, IndexInfo("other", "L", "x"))
    assert pictures(indexes) == before
    for number in range(limits.MAX_INDEXES - 1):
        declare(indexes, IndexInfo(f"i{number}", "L", f"p{number}"))
    with pytest.raises(InvalidValue, match="Drop one"):
        indexes.declare(IndexInfo("more", "L", "more"))
    with pytest.raises(InvalidValue):
        indexes.declare(IndexInfo("more", "", "more"))
