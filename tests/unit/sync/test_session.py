"""Two honest sessions always end up with the union, whatever each began with; and they are quiet afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sync.kit import Bench, Writer, add, converse, everything, replica_of

from graphvine.sync import params
from graphvine.sync.messages import Ack, AskWriters, Batch, Check, Done, Have, WriterDigests, to_digest

ANNA, BORIS = Writer("anna"), Writer("boris")
POOL = [writer.transaction(n, {f"v{n % 3}": n, f"w{n}": n}) for writer in (ANNA, BORIS) for n in range(1, 6)]
# A fork: the same sequence signed twice. And a gap that its own writer says was never filled.
POOL += [ANNA.transaction(3, {"fork": 1}), BORIS.transaction(9, {"v1": 9}, previous=5)]
picks = st.lists(st.sampled_from(POOL), unique=True)


def settle(left: Bench, right: Bench) -> None:
    """Talk until it is quiet, then again as time passes: repairs wait for a later round."""
    converse(left, right)
    for _ in range(12):
        if left.replica.digest() == right.replica.digest():
            return
        for bench, other in ((left, right), (right, left)):
            now = bench.session.next_wakeup()
            assert now is not None
            bench.started = bench.wake_at(max(now, bench.now))
            other.started = []
            converse(bench, other)


@given(picks, picks)
def test_both_end_with_the_union(ours, theirs):
    left, right = Bench(replica_of(*ours)), Bench(replica_of(*theirs))
    settle(left, right)
    union = replica_of(*ours, *(item for item in theirs if item not in ours))
    assert everything(left.replica) == everything(right.replica) == everything(union)
    assert left.replica.digest() == right.replica.digest() == union.digest()


def test_equal_sets_cost_two_small_messages_and_no_vector():
    left, right = Bench(replica_of(*POOL)), Bench(replica_of(*POOL))
    assert [type(message) for message in left.started] == [Check]
    assert left.tell(right.started[0]) == []
    assert right.tell(left.started[0]) == []
    assert left.session.status().state == right.session.status().state == "converged"


def test_a_newcomer_gets_everything_and_status_says_so():
    left, right = Bench(replica_of(*ANNA.many(10))), Bench(replica_of())
    assert left.session.status() == ("connecting", 0, 0)
    converse(left, right)
    assert right.session.status() == ("converged", 0, 10)
    assert left.session.status() == ("converged", 10, 0)


def test_status_while_data_flows():
    left, right = Bench(replica_of(*ANNA.many(10))), Bench(replica_of())
    have = right.tell(left.started[0])
    assert right.session.status().state == "receiving"
    left.tell(right.started[0])
    stream = left.tell(have[0])
    assert [type(message) for message in stream] == [Batch, Done]
    assert left.session.status().state == "receiving"
    left.tell(Done(1, 0, [], to_digest(0)))
    assert left.session.status().state == "sending"
    left.tell(Ack(have[0].number, 0))
    assert left.session.status().state == "waiting"


def test_an_unchanged_pair_checks_again_after_10_to_20_seconds():
    bench = Bench(replica_of(*POOL))
    for _ in range(20):
        bench.tell(Check(to_digest(bench.replica.digest()), is_reply=True))
        due = bench.session.next_wakeup()
        assert bench.now + 10 <= due <= bench.now + 20
        assert bench.wake_at(due - 0.01) == []
        assert bench.wake_at(due) == [Check(to_digest(bench.replica.digest()), is_reply=False)]


def test_a_check_that_wants_an_answer_gets_one_and_an_answer_gets_none():
    bench = Bench(replica_of(*POOL))
    digest = to_digest(bench.replica.digest())
    assert bench.tell(Check(digest, is_reply=False)) == [Check(digest, is_reply=True)]
    assert bench.tell(Check(digest, is_reply=True)) == []


def test_a_nudge_brings_the_next_look_forward_and_never_puts_it_off():
    bench = Bench(replica_of(*POOL))
    bench.session.nudge(at=bench.now + 1.0)
    bench.session.nudge(at=bench.now + 5.0)
    assert bench.session.next_wakeup() == bench.now + 1.0


def test_digests_that_never_match_cost_less_and_less():
    """An attacker claims another digest each time it is asked; it has nothing to give."""
    bench = Bench(replica_of(*ANNA.many(5)))
    asked = 0
    lie = 1

    def answer(messages):
        nonlocal asked, lie
        while messages:
            message = messages.pop(0)
            lie += 1
            if isinstance(message, Have):
                asked += 1
                messages += bench.tell(Done(message.number, 0, [], to_digest(lie)))
            elif isinstance(message, AskWriters):
                bench.now += 31  # ... and here it is silent.
                bench.wake_at(bench.now)
            elif isinstance(message, Check) and not message.is_reply:
                messages += bench.tell(Check(to_digest(lie), is_reply=True))

    answer(bench.tell(Check(to_digest(lie), is_reply=True)))
    while bench.now < 3_700:
        due = bench.session.next_wakeup()
        assert due is not None
        answer(bench.wake_at(max(due, bench.now)))
    # An hour of lies: a vector every ten seconds, as anybody may ask us for a comparison.
    assert asked < 3_600 / params.CHECK_S + 20


def test_deep_rounds_back_off_to_minutes():
    bench = Bench(replica_of(*ANNA.many(5)))
    deep_at = []

    def answer(messages):
        while messages:
            message = messages.pop(0)
            if isinstance(message, Have):
                messages += bench.tell(Done(message.number, 0, [], to_digest(1)))
            elif isinstance(message, AskWriters):
                deep_at.append(bench.now)
                messages += bench.tell(WriterDigests(message.number, []))
            elif isinstance(message, Check) and not message.is_reply:
                messages += bench.tell(Check(to_digest(1), is_reply=True))

    answer(bench.tell(Check(to_digest(1), is_reply=True)))
    while bench.now < 4_000:
        answer(bench.wake_at(max(bench.session.next_wakeup(), bench.now)))
    gaps = [later - earlier for earlier, later in zip(deep_at, deep_at[1:], strict=False)]
    assert 3 <= len(deep_at) <= 25
    assert gaps[-1] >= params.MAX_BACKOFF_S


def test_a_remote_peer_that_falls_silent_ends_the_round_and_is_asked_again_later():
    bench = Bench(replica_of())
    assert [type(message) for message in bench.tell(Check(to_digest(1), is_reply=True))] == [Have]
    due = bench.session.next_wakeup()
    assert due == bench.now + params.ANSWER_S
    assert bench.wake_at(due - 0.01) == []
    bench.wake_at(due)
    assert not bench.session.is_pulling
    assert bench.session.next_wakeup() > due


def test_our_own_slowness_is_not_taken_for_silence():
    bench = Bench(replica_of())
    (have,) = bench.tell(Check(to_digest(1), is_reply=True))
    bench.tell(Batch(have.number, 0, ANNA.many(1), []))
    assert bench.session.next_wakeup() is None
    assert bench.wake_at(bench.now + 1_000) == []
    assert bench.apply() == [Ack(have.number, 0)]
    assert bench.session.next_wakeup() == bench.now + params.ANSWER_S


def test_gossip_meanwhile_does_not_confuse_a_stream():
    source = ANNA.many(20)
    left, right = Bench(replica_of(*source)), Bench(replica_of())
    have = right.tell(left.started[0])
    newest = ANNA.transaction(21, {"late": 21})
    add(right.replica, source[4], newest)
    add(left.replica, newest)
    for message in left.tell(have[0]):
        right.tell(message)
    right.apply()
    assert right.replica.vector() == {ANNA.key: 21}
    assert everything(right.replica) == everything(left.replica)


@pytest.mark.parametrize("token", [-1, 99])
def test_an_answer_to_a_delivery_of_another_time_is_ignored(token):
    bench = Bench(replica_of())
    assert bench.session.applied(token, is_complete=True, fresh=1, now=bench.now) == []


def test_what_is_overruled_on_arrival_is_no_progress_and_does_not_keep_us_busy():
    """The remote peer has an old value live, and sends it each time we ask; it is news each time, for a moment."""
    old, new = ANNA.transaction(1, {"v": 1}), BORIS.transaction(2, {"v": 2})
    bench = Bench(replica_of(new))
    asked_at = []

    def answer(messages):
        while messages:
            message = messages.pop(0)
            if isinstance(message, Have):
                asked_at.append(bench.now)
                bench.tell(Batch(message.number, 0, [old], []))
                bench.tell(Done(message.number, 1, [], to_digest(1)))
                messages += bench.apply()
            elif isinstance(message, AskWriters):
                messages += bench.tell(WriterDigests(message.number, []))
            elif isinstance(message, Check) and not message.is_reply:
                messages += bench.tell(Check(to_digest(1), is_reply=True))

    answer(bench.tell(Check(to_digest(1), is_reply=True)))
    while bench.now < 160:
        answer(bench.wake_at(max(bench.session.next_wakeup(), bench.now)))
    assert len(asked_at) < 20


def test_while_the_remote_peer_pulls_a_difference_starts_no_round():
    bench = Bench(replica_of(*ANNA.many(3)))
    bench.tell(Have(1, []))
    assert bench.tell(Check(to_digest(1), is_reply=True)) == []
    bench.tell(Ack(1, 0))
    assert [type(message) for message in bench.tell(Check(to_digest(1), is_reply=True))] == [Have]
