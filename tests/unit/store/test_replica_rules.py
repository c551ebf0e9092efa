"""What a replica holds back, counts, covers and forgets. The laws are in test_replica.py."""

from __future__ import annotations

import pytest
from tests.strategies import NOW, SPACE, WRITERS, copy, live_bytes, picture, transaction

from graphvine.errors import StampTooFar
from graphvine.limits import MAX_DRIFT_MS, MAX_HELD, MAX_HOLD_MS
from graphvine.model.stamp import make_time
from graphvine.model.transaction import MAX_SEQUENCE, VerifiedTransaction, WriterKey
from graphvine.store import replica as replica_module
from graphvine.store import sequence_sums
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica, encode
from graphvine.store.sequence_sums import SequenceSums
from graphvine.store.writer_log import WriterLog


def by_sequence(replica: Replica, key: WriterKey) -> dict[int, int]:
    """What each live sequence of a writer gives to the digest."""
    return {low: total for low, _, total in replica.range_digests(key, 1, MAX_SEQUENCE, singles=10**6, parts=1)}


def put(id_: str = "v", properties: dict | None = None, **header) -> VerifiedTransaction:
    builder = TransactionBuilder()
    builder.put_vertex(id_, properties or {})
    time = header.pop("time", NOW << 16)
    return copy(transaction(builder, time, after=2**57, **header))  # its author has seen everything


def from_future(ahead_ms: int, sequence: int = 1, id_: str = "v") -> VerifiedTransaction:
    return put(id_, sequence=sequence, time=make_time(NOW + ahead_ms))


def test_within_the_drift_bound_it_is_applied_beyond_it_held_and_far_beyond_refused():
    replica = Replica(SPACE)
    assert not replica.must_hold(from_future(MAX_DRIFT_MS), NOW)
    assert replica.must_hold(from_future(MAX_DRIFT_MS + 1), NOW)
    assert replica.must_hold(from_future(MAX_HOLD_MS), NOW)
    with pytest.raises(StampTooFar, match="a stamp 24 hours ahead of our clock"):
        replica.must_hold(from_future(MAX_HOLD_MS + 1), NOW)


def test_held_ones_come_due_each_at_its_time():
    replica = Replica(SPACE)
    late, soon = from_future(90_000, 2), from_future(60_000, 1)
    replica.hold(late)
    replica.hold(soon)
    assert replica.held_count == 2
    assert replica.has(late.id)
    assert not replica.is_news(late)
    assert replica.find(late.id) is late
    assert list(replica.everything()) == [encode(soon), encode(late)]
    assert replica.next_due_ms() == NOW + 30_000
    assert replica.due(NOW + 29_999) == []
    assert replica.due(NOW + 30_000) == [soon]
    assert replica.next_due_ms() == NOW + 60_000
    assert replica.due(NOW + 10**6) == [late]
    assert replica.next_due_ms() is None
    assert not replica.has(late.id)


def test_a_clock_set_back_holds_nothing_that_was_no_future_before():
    replica = Replica(SPACE)
    assert not replica.must_hold(from_future(0), NOW)
    assert not replica.must_hold(from_future(MAX_DRIFT_MS), NOW - 2 * MAX_HOLD_MS)


def test_holding_twice_is_holding_once():
    replica = Replica(SPACE)
    replica.hold(from_future(60_000))
    assert replica.hold(from_future(60_000)) == []
    assert len(replica.due(NOW + 10**6)) == 1
    assert replica.due(NOW + 10**6) == []


def test_the_furthest_ahead_goes_first_when_too_many_are_held():
    replica = Replica(SPACE)
    held = [from_future(60_000 + 10 * n, n) for n in range(1, MAX_HELD + 1)]
    for each in held:
        assert replica.hold(each) == []
    further = from_future(10**6, MAX_HELD + 1)
    assert replica.hold(further) == [further]
    nearer = from_future(40_000, MAX_HELD + 2)
    assert replica.hold(nearer) == [held[-1]]
    assert replica.held_count == MAX_HELD


def test_held_bytes_are_bounded(monkeypatch):
    monkeypatch.setattr(replica_module, "MAX_HELD_BYTES", 10_000)
    replica = Replica(SPACE)
    for number in range(1, 20):
        replica.hold(put("v", {"x": "y" * 1500}, sequence=number, time=make_time(NOW + 60_000 + number)))
    assert 0 < replica.held_count < 7
    assert replica._held_bytes <= 10_000
    replica.due(NOW + 10**6)
    assert replica._held_bytes == 0


def test_digests_add_up():
    replica = Replica(SPACE)
    for sequence in (1, 2, 4):
        replica.add(put(f"v{sequence}", sequence=sequence), None, NOW)
    replica.add(put("w", sequence=1, writer=WRITERS[1]), None, NOW)
    assert sum(replica.writer_digests().values()) % 2**256 == replica.digest()
    parts = by_sequence(replica, WRITERS[0])
    assert list(parts) == [1, 2, 4]
    assert sum(parts.values()) % 2**256 == replica.writer_digests()[WRITERS[0]]
    assert replica.range_digest(WRITERS[0], 2, 4) == (parts[2] + parts[4]) % 2**256
    assert by_sequence(replica, WriterKey(b"n" * 32, b"n" * 8)) == {}
    assert replica.range_digest(WriterKey(b"n" * 32, b"n" * 8), 1, 9) == 0
    assert Replica(SPACE).digest() == 0


def test_digests_of_writers_are_kept_and_not_summed_up(monkeypatch):
    replica = Replica(SPACE)
    for sequence in range(1, 9):  # each overrules the one before
        replica.add(put("v", {"n": sequence}, sequence=sequence, time=(NOW + sequence) << 16), None, NOW)
    replica.add(put("w", sequence=1, writer=WRITERS[1]), None, NOW)
    walked = sum(entry.term for entry in replica._logs[WRITERS[0]]) % 2**256
    monkeypatch.setattr(WriterLog, "after", None)  # nobody goes through the transactions
    digests = replica.writer_digests()
    assert digests[WRITERS[0]] == walked
    assert sum(digests.values()) % 2**256 == replica.digest()


def test_digests_of_ranges_are_kept_and_not_summed_up(monkeypatch):
    monkeypatch.setattr(sequence_sums, "BLOCK", 8)
    replica = Replica(SPACE)
    for sequence in range(1, 401):  # every third vertex is written twice
        id_ = f"v{sequence - 1 if sequence % 3 == 0 else sequence}"
        replica.add(put(id_, {"n": sequence}, sequence=sequence, time=(NOW + sequence) << 16), None, NOW)
    terms = {entry.transaction.header.sequence: entry.term for entry in replica._logs[WRITERS[0]]}
    assert len(terms) == 400 - 133
    assert all(terms.values())
    opened = []
    sums_of = SequenceSums._sums_of
    monkeypatch.setattr(SequenceSums, "_sums_of", lambda self, block: opened.append(block) or sums_of(self, block))
    monkeypatch.setattr(WriterLog, "after", None)  # nobody goes through the transactions
    monkeypatch.setattr(WriterLog, "__iter__", None)
    expected = sum(term for sequence, term in terms.items() if 17 <= sequence <= 390) % 2**256
    assert replica.range_digest(WRITERS[0], 17, 390) == expected
    assert len(opened) == 2  # of the blocks, only where the range begins and ends
    parts = list(replica.range_digests(WRITERS[0], 17, 390, singles=16, parts=8))
    assert sum(part.total for part in parts) % 2**256 == expected
    assert len(opened) <= 2 + 2 + 8


def test_a_sequence_signed_twice_is_kept_twice():
    replica = Replica(SPACE)
    left, right = put("a", sequence=1), put("b", sequence=1)
    replica.add(left, None, NOW)
    replica.add(right, None, NOW)
    assert sorted(replica.encoded(WRITERS[0], 1)) == sorted([encode(left), encode(right)])
    assert sorted(replica.state.vertices) == ["a", "b"]
    assert list(by_sequence(replica, WRITERS[0])) == [1]
    assert by_sequence(replica, WRITERS[0])[1] == replica.digest()
    assert replica.encoded(WRITERS[0], 2) == replica.encoded(WRITERS[1], 1) == []


def test_what_is_overruled_leaves_but_stays_known():
    replica = Replica(SPACE)
    first = put("v", {"x": 1}, sequence=1, time=1 << 16)
    replica.add(first, None, NOW)
    size = replica.live_bytes
    replica.add(put("v", {"x": 2}, sequence=2, time=2 << 16), None, NOW)
    assert not replica.has(first.id)
    assert replica.transaction_count == 1
    assert replica.live_bytes == size
    assert replica.vector() == {WRITERS[0]: 2}
    assert replica.find(first.id) is None
    before = live_bytes(replica), picture(replica.state), replica.digest()
    assert replica.add(
        put("v", {"x": 1}, sequence=1, time=1 << 16), None, NOW
    )  # nobody remembers it; it changes nothing again
    assert (live_bytes(replica), picture(replica.state), replica.digest()) == before


def test_beyond_gives_what_a_vector_lacks_oldest_first():
    replica = Replica(SPACE)
    mine = [put(f"a{n}", sequence=n, time=(2 * n) << 16) for n in (1, 2, 3)]
    yours = [put(f"b{n}", sequence=n, time=(2 * n + 1) << 16, writer=WRITERS[1]) for n in (1, 2)]
    for each in (*yours, *mine):
        replica.add(each, None, NOW)
    assert list(replica.beyond({})) == [encode(each) for each in (mine[0], yours[0], mine[1], yours[1], mine[2])]
    assert list(replica.beyond({WRITERS[0]: 2, WRITERS[1]: 7})) == [encode(mine[2])]


def test_a_cover_goes_no_further_than_what_was_signed():
    replica = Replica(SPACE)
    replica.add(put(sequence=5), None, NOW)
    replica.cover(WRITERS[0], 10**9)
    assert replica.vector_of(WRITERS[0]) == 5
    replica.cover(WRITERS[1], 10**9)  # a writer of whom we never saw anything
    assert replica.vector() == {WRITERS[0]: 5}
    assert replica.vector_of(WRITERS[1]) == replica.last_sequence(WRITERS[1]) == 0


def test_our_own_disk_is_believed():
    replica = Replica(SPACE)
    replica.restore({WRITERS[0]: 7})
    assert replica.vector() == {WRITERS[0]: 7}
    assert replica.last_sequence(WRITERS[0]) == 7


def test_what_we_write_is_newer_than_what_was_applied():
    replica = Replica(SPACE)
    replica.add(put(time=make_time(NOW + 20_000, 5)), None, NOW)
    draft = replica.draft(WRITERS[1], 9, [b"leaf"], replica.clock.tick(NOW))
    assert draft.header.time == make_time(NOW + 20_000, 6)
    assert (draft.header.sequence, draft.header.previous) == (9, 0)


def test_the_same_again_is_no_news():
    replica = Replica(SPACE)
    assert replica.add(put(), None, NOW)
    assert not replica.add(put(), None, NOW)


def test_writers_of_whom_nothing_is_left_are_forgotten(monkeypatch):
    """Keys cost a stranger nothing: without a bound, each one that ever wrote would be remembered forever."""
    monkeypatch.setattr(replica_module, "MAX_WRITERS", 20)
    replica = Replica(SPACE)
    replica._prune_at = 20
    own = WriterKey(b"o" * 32, b"o" * 8)
    replica.draft(own, 1, [b"leaf"], NOW)
    replica.restore({own: 3})
    for number in range(1, 200):
        stranger = WriterKey(b"k" * 30 + number.to_bytes(2, "big"), b"w" * 8)
        replica.add(put("v", {"x": number}, writer=stranger, time=number << 16), None, NOW)
    assert len(replica._logs) <= 21
    assert replica.state.vertices["v"].properties == {"x": 199}
    assert replica.last_sequence(own) == 3
    live = [
        put(f"w{n}", writer=WriterKey(b"k" * 30 + n.to_bytes(2, "big"), b"x" * 8), time=n << 16) for n in range(1, 60)
    ]
    for each in live:
        replica.add(each, None, NOW)
    assert len(replica.writer_digests()) == 60  # of whom something is left, nobody is forgotten


def test_nobody_may_read_before_the_last_slice(monkeypatch):
    from graphvine.crdt import graph

    monkeypatch.setattr(graph, "SLICE", 2)
    builder = TransactionBuilder()
    for number in range(5):
        builder.put_vertex(f"v{number}")
    replica = Replica(SPACE)
    steps = replica.steps(copy(transaction(builder, 1 << 16)), None, NOW)
    assert len(list(steps)) == 2
    assert replica.transaction_count == 1
    assert replica.digest() != 0


def test_who_goes_through_the_transactions_meets_what_comes_meanwhile_once():
    replica = Replica(SPACE)
    first = [put(f"v{n}", {"n": n}, sequence=n, time=(NOW + n) << 16) for n in range(1, 6)]
    for each in first:
        replica.add(each, None, NOW)
    held = from_future(60_000, 50, "w")
    replica.hold(held)
    walk = replica.transactions()
    met = [next(walk)]
    late = [put("v2", {"n": n}, sequence=n, time=(NOW + n) << 16) for n in (6, 7, 8)]  # each overrules the one before
    for each in late:
        replica.add(each, None, NOW)
    (due,) = replica.due(NOW + 10**6)
    replica.add(due, None, NOW + 10**6)
    met += [next(walk) for _ in range(5)]
    last = put("v9", {"n": 9}, sequence=9, time=(NOW + 9) << 16)
    replica.add(last, None, NOW)
    met += walk
    ids = [each.id for each in met]
    assert len(set(ids)) == len(ids)
    assert {each.id for each in (*first, held, late[-1], last)} == set(ids)
    assert list(walk) == []
