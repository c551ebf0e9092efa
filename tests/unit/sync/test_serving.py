"""The answering half, asked by honest peers and by greedy ones."""

from __future__ import annotations

import pytest
from tests.unit.sync.kit import REMOTE, Bench, Writer, add, replica_of, tell_all

from graphvine.codec.transactions import decode_header, decode_transaction
from graphvine.sync import params
from graphvine.sync.messages import (
    Ack,
    AskRanges,
    AskWriters,
    Batch,
    Check,
    Cover,
    Done,
    Have,
    Range,
    RangeDigests,
    Want,
    decode,
    from_digest,
    to_digest,
    to_vector,
)
from graphvine.sync.messages import encode as encode_message
from graphvine.sync.serving import FalseAck, TooManyQuestions

ANNA, BORIS = Writer("anna"), Writer("boris")


def header_of(encoded):
    return decode_header(decode_transaction(encoded).header)


def sequences(messages):
    return [
        header_of(item).sequence for message in messages if isinstance(message, Batch) for item in message.transactions
    ]


def drain(bench, messages):
    """Acknowledge until the stream is over; return all of it."""
    everything, at = list(messages), 0
    while at < len(everything):
        if isinstance(everything[at], Batch):
            everything += bench.tell(Ack(everything[at].number, everything[at].index))
        at += 1
    return everything


def test_a_stream_is_what_the_vector_lacks_and_ends_with_covers_and_digest():
    bench = Bench(replica_of(*ANNA.many(5)))
    (batch, done) = bench.tell(Have(7, [Cover(*ANNA.key, 3)]))
    assert sequences([batch]) == [4, 5]
    assert (batch.number, batch.index) == (7, 0)
    assert batch.covers == [Cover(*ANNA.key, 5)]
    assert done == Done(7, 1, [Cover(*ANNA.key, 5)], to_digest(bench.replica.digest()))


def test_overruled_sequences_are_covered_though_nothing_of_them_is_sent():
    bench = Bench(replica_of(*[ANNA.transaction(n, {"same": n}) for n in range(1, 8)]))
    (batch, done) = bench.tell(Have(1, []))
    assert sequences([batch]) == [7]
    assert done.covers == [Cover(*ANNA.key, 7)]


def test_a_sequence_beyond_a_gap_of_ours_is_sent_but_the_gap_is_not_covered():
    bench = Bench(replica_of(ANNA.transaction(1, {"a": 1}), ANNA.transaction(5, {"b": 1})))
    (batch, done) = bench.tell(Have(1, []))
    assert sequences([batch]) == [1, 5]
    assert batch.covers == done.covers == [Cover(*ANNA.key, 1)]


def test_a_vector_that_claims_more_than_we_have_gets_nothing():
    bench = Bench(replica_of(*ANNA.many(5)))
    (done,) = bench.tell(Have(1, [Cover(*ANNA.key, 2**53 - 1), Cover(*BORIS.key, 2**53 - 1)]))
    assert done.covers == []


def test_batches_keep_to_their_size_and_a_larger_transaction_travels_alone():
    big = ANNA.transaction(4, {"big": "y" * 100_000})
    bench = Bench(replica_of(*ANNA.many(3, size=10_000), big, *BORIS.many(20, size=10_000)))
    batches = [message for message in drain(bench, bench.tell(Have(1, []))) if isinstance(message, Batch)]
    sizes = [sum(map(len, batch.transactions)) for batch in batches]
    assert sum(len(batch.transactions) for batch in batches) == 24
    assert [len(batch.transactions) for batch in batches if big in batch.transactions] == [1]
    assert all(size <= params.BATCH_BYTES for size in sizes if size < 100_000)
    assert [batch.index for batch in batches] == list(range(len(batches)))


def test_a_batch_has_a_bounded_number_of_transactions():
    bench = Bench(replica_of(*ANNA.many(600)))
    params_bytes = params.BATCH_BYTES
    try:
        params.BATCH_BYTES = 2**30  # type: ignore[misc]
        batches = [message for message in drain(bench, bench.tell(Have(1, []))) if isinstance(message, Batch)]
    finally:
        params.BATCH_BYTES = params_bytes  # type: ignore[misc]
    assert [len(batch.transactions) for batch in batches] == [
        params.BATCH_TRANSACTIONS,
        600 - params.BATCH_TRANSACTIONS,
    ]


def test_the_window_bounds_the_bytes_under_way_and_acknowledgements_open_it():
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    first = bench.tell(Have(1, []))
    size = sum(len(item) for batch in first for item in batch.transactions)
    assert params.WINDOW_BYTES <= size < params.WINDOW_BYTES + params.BATCH_BYTES
    assert bench.said(bench.session.drained(now=bench.now)) == []
    more = bench.tell(Ack(1, 4))
    assert 3 <= len(more) <= 5
    assert sequences(drain(bench, [*first, *more])) == list(range(1, 301))
    assert bench.session.status().sent == 300


def test_the_window_bounds_the_signatures_that_wait_at_the_other_side():
    bench = Bench(replica_of(*ANNA.many(3_000)))
    first = bench.tell(Have(1, []))
    assert params.WINDOW_TRANSACTIONS <= len(sequences(first)) < params.WINDOW_TRANSACTIONS + params.BATCH_TRANSACTIONS
    assert sequences(drain(bench, first)) == list(range(1, 3_001))


def test_a_huge_transaction_may_exceed_the_window_alone():
    huge = ANNA.transaction(2, {"huge": "y" * 3_000_000})
    bench = Bench(replica_of(ANNA.transaction(1, {"a": 1}), huge, ANNA.transaction(3, {"b": 1})))
    first = bench.tell(Have(1, []))
    assert sequences(first) == [1, 2]
    assert sequences(bench.tell(Ack(1, 1))) == [3]


def test_writing_while_a_stream_runs_does_not_break_it():
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    stream = bench.tell(Have(1, []))
    for n in range(301, 311):
        add(bench.replica, ANNA.transaction(n, {f"{ANNA.author.public.hex()[:6]}-{n - 300}": "new"}))
    rest = sequences(drain(bench, stream))
    assert set(range(11, 301)) <= set(rest)


def test_a_false_acknowledgement_is_a_violation():
    bench = Bench(replica_of(*ANNA.many(5)))
    bench.tell(Have(1, []))
    with pytest.raises(FalseAck):
        bench.tell(Ack(1, 2))


def test_an_acknowledgement_of_another_stream_is_ignored():
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    bench.tell(Have(1, []))
    bench.tell(Have(2, []))
    assert bench.tell(Ack(1, 3)) == []


def test_an_acknowledgement_without_a_stream_is_ignored():
    assert Bench(replica_of()).tell(Ack(1, 3)) == []


def test_one_stream_at_a_time():
    """An attacker asks again and again, and never reads: what waits for it does not add up."""
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    for number in range(1, 6):
        bench.tell(Have(number, []))
    stream = bench.session._serving._stream
    assert stream.number == 5
    assert stream.size < params.WINDOW_BYTES + params.BATCH_BYTES


def test_asking_for_the_same_again_and_again_is_slowed_down():
    """An attacker acknowledges everything and asks from the start, for ever: it gets a bounded rate."""
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    drain(bench, bench.tell(Have(1, [])))
    served = 0
    for number in range(2, 30):
        for message in drain(bench, bench.tell(Have(number, []))):
            served += sum(map(len, message.transactions)) if isinstance(message, Batch) else 0
    assert served < (params.QUESTIONS_BURST + 10) * params.BATCH_BYTES
    due = bench.session._serving.next_wakeup()
    assert due is not None
    assert due > bench.now


def test_what_waits_for_allowance_goes_on_by_itself():
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    drain(bench, bench.tell(Have(1, [])))
    number = 2
    while (due := bench.session._serving.next_wakeup()) is None:
        drain(bench, bench.tell(Have(number, [])))
        number += 1
    assert bench.wake_at(due - 0.001) == []
    assert isinstance(bench.wake_at(due)[0], Batch)


def test_new_transactions_are_never_slowed_down():
    bench = Bench(replica_of())
    got = 0
    for number in range(1, 61):
        for n in range(number * 10 - 9, number * 10 + 1):
            add(bench.replica, ANNA.transaction(n, {f"v{n}": "x" * 40_000}))
        asked = Have(number, to_vector({ANNA.key: got}))
        got = max(sequences(drain(bench, bench.tell(asked))))
        assert got == number * 10
        bench.now += 0.2


def test_far_too_many_questions_are_a_violation():
    bench = Bench(replica_of(*ANNA.many(5)))
    with pytest.raises(TooManyQuestions):
        tell_all(bench, [AskWriters(number) for number in range(int(3 * params.QUESTIONS_BURST))])


def test_far_too_many_checks_are_a_violation():
    bench = Bench(replica_of(*ANNA.many(5)))
    same = Check(to_digest(bench.replica.digest()), is_reply=False)
    with pytest.raises(TooManyQuestions):
        tell_all(bench, [same] * int(3 * params.QUESTIONS_BURST))


def test_an_honest_pace_is_no_violation():
    bench = Bench(replica_of(*ANNA.many(5)))
    for number in range(1_000):
        assert bench.tell(AskWriters(number))
        bench.now += 0.11


def test_wanted_sequences_come_with_their_forks_and_without_covers():
    fork = ANNA.transaction(2, {"fork": 1})
    own = ANNA.many(3)
    bench = Bench(replica_of(*own, fork))
    (batch, done) = bench.tell(Want(1, *ANNA.key, [2, 3, 9]))
    assert sorted(batch.transactions) == sorted([own[1], fork, own[2]])
    assert batch.covers == done.covers == []


def test_few_sequences_are_named_one_by_one():
    bench = Bench(replica_of(*ANNA.many(9)))
    (answer,) = bench.tell(AskRanges(1, *ANNA.key, [Range(2, 4), Range(8, 100)]))
    assert isinstance(answer, RangeDigests)
    assert [(part.low, part.high) for part in answer.parts] == [(2, 2), (3, 3), (4, 4), (8, 8), (9, 9)]
    expected = [bench.replica.range_digest(ANNA.key, n, n) for n in (2, 3, 4, 8, 9)]
    assert len(set(expected)) == 5
    assert [from_digest(part.digest) for part in answer.parts] == expected


def test_many_sequences_are_summed_in_parts_that_fill_the_range():
    bench = Bench(replica_of(*ANNA.many(1_000)))
    (answer,) = bench.tell(AskRanges(1, *ANNA.key, [Range(1, 5_000)]))
    parts = answer.parts
    assert len(parts) <= params.PARTS
    assert parts[0].low == 1
    assert parts[-1].high == 5_000
    assert all(right.low == left.high + 1 for left, right in zip(parts, parts[1:], strict=False))
    for part in parts:
        total = sum(bench.replica.range_digest(ANNA.key, n, n) for n in range(part.low, part.high + 1))
        assert from_digest(part.digest) == total % 2**256


def test_ranges_of_a_writer_that_we_never_heard_of_are_empty():
    (answer,) = Bench(replica_of()).tell(AskRanges(1, *ANNA.key, [Range(1, 10)]))
    assert answer.parts == []


def test_streams_are_bulk_and_questions_are_not():
    bench = Bench(replica_of(*ANNA.many(5)))
    effects = bench.session.receive(encode_message(Have(1, [])), now=bench.now)
    assert [effect.channel for effect in effects] == [1, 1]
    effects = bench.session.receive(encode_message(Check(to_digest(1), is_reply=False)), now=bench.now)
    assert [(effect.channel, type(decode(effect.data)), effect.peer) for effect in effects] == [(0, Check, REMOTE)]


def test_a_question_that_waits_ends_the_stream_before_it():
    bench = Bench(replica_of(*ANNA.many(300, size=10_000)))
    drain(bench, bench.tell(Have(1, [])))
    number = 2
    while bench.session._serving.next_wakeup() is None:
        drain(bench, bench.tell(Have(number, [])))
        number += 1
    bench.now = bench.session._serving.next_wakeup()
    stream = bench.wake_at(bench.now)
    assert isinstance(stream[0], Batch)
    bench.tell(Have(number, []))
    bench.now += 100.0
    assert bench.said(bench.session._serving.ack(Ack(stream[0].number, stream[0].index), now=bench.now)) == []
