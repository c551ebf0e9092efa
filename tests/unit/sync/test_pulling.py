"""The asking half, against remote peers that answer wrongly."""

from __future__ import annotations

import pytest
from tests.unit.sync.kit import Bench, Writer, add, converse, everything, replica_of, tell_all

from graphvine.errors import MalformedMessage, RemoteError
from graphvine.model.transaction import WriterKey
from graphvine.sync import params
from graphvine.sync.messages import (
    MAX_PARTS,
    Ack,
    AskRanges,
    AskWriters,
    Batch,
    Check,
    Cover,
    Done,
    Have,
    Part,
    Range,
    RangeDigests,
    Want,
    WriterDigest,
    WriterDigests,
    decode,
    encode,
    to_digest,
)
from graphvine.sync.pulling import FalseRange, StreamOutOfOrder, UnaskedAnswer, WindowOverrun

ANNA, BORIS = Writer("anna"), Writer("boris")
DIFFERENT = Check(to_digest(1), is_reply=True)


def asking(*transactions: bytes) -> tuple[Bench, int]:
    """A session that has just sent its vector, and the number of its question."""
    bench = Bench(replica_of(*transactions))
    (have,) = bench.tell(DIFFERENT)
    assert isinstance(have, Have)
    return bench, have.number


def digging(*transactions: bytes) -> tuple[Bench, AskRanges]:
    """A session in a deep round that asks for ranges of ANNA's; the remote peer claims to have something else."""
    bench, number = asking(*transactions)
    bench.tell(Done(number, 0, [], to_digest(1)))
    bench.now = bench.session.next_wakeup() or 0.0
    (have,) = bench.tell(DIFFERENT)
    (ask,) = bench.tell(Done(have.number, 0, [], to_digest(1)))
    assert isinstance(ask, AskWriters)
    (ranges,) = bench.tell(WriterDigests(ask.number, [WriterDigest(*ANNA.key, to_digest(1))]))
    assert isinstance(ranges, AskRanges)
    return bench, ranges


# -- covers -----------------------------------------------------------------------------------------------------------


def test_covers_count_only_when_every_earlier_batch_is_applied():
    bench, number = asking()
    first, second = ANNA.transaction(5, {"a": 1}), ANNA.transaction(9, {"b": 1})
    bench.tell(Batch(number, 0, [first], [Cover(*ANNA.key, 5)]))
    bench.tell(Batch(number, 1, [second], [Cover(*ANNA.key, 9)]))
    bench.tell(Done(number, 2, [Cover(*ANNA.key, 9)], to_digest(1)))
    late = bench.delivered.pop(0)
    assert bench.apply() == []
    assert bench.replica.vector() == {}
    add(bench.replica, *late.transactions)
    heard = bench.said(bench.session.applied(late.token, is_complete=True, fresh=1, now=bench.now))
    assert heard[0] == Ack(number, 1)
    assert bench.replica.vector() == {ANNA.key: 9}


def test_after_a_refused_transaction_the_stream_is_not_believed_any_more():
    bench, number = asking()
    add(bench.replica, ANNA.transaction(9, {"a": 1}))
    bench.tell(Batch(number, 0, [b"rubbish"], [Cover(*ANNA.key, 5)]))
    bench.tell(Batch(number, 1, [ANNA.transaction(8, {"b": 1})], [Cover(*ANNA.key, 8)]))
    bench.tell(Done(number, 2, [Cover(*ANNA.key, 9)], to_digest(1)))
    assert bench.apply(refuse=True) == [Ack(number, 0)]
    bench.apply()
    assert bench.replica.vector() == {}


def test_a_later_stream_is_believed_again():
    bench, number = asking()
    bench.tell(Batch(number, 0, [b"rubbish"], []))
    bench.apply(refuse=True)
    bench.tell(Done(number, 1, [], to_digest(1)))
    bench.now += 1.0
    (have,) = bench.tell(DIFFERENT)
    bench.tell(Batch(have.number, 0, [ANNA.transaction(4, {"a": 1})], [Cover(*ANNA.key, 4)]))
    bench.apply()
    assert bench.replica.vector() == {ANNA.key: 4}


def test_covers_that_lie_invent_neither_writers_nor_sequences():
    """They would otherwise spread to everybody, and fill every vector up to its bound."""
    bench, number = asking(ANNA.transaction(1, {"a": 1}))
    invented = [Cover(b"%032d" % n, b"writer..", 5) for n in range(1_000)]
    bench.tell(Done(number, 0, [Cover(*ANNA.key, 2**53 - 1), *invented], to_digest(1)))
    assert bench.replica.vector() == {ANNA.key: 1}
    assert bench.replica.last_sequence(WriterKey(b"%032d" % 0, b"writer..")) == 0


def test_covers_that_hide_transactions_are_found_out_by_digest():
    """An attacker gives only the last one and says that is all; an honest peer has the others."""
    own = ANNA.many(40)
    bench, number = asking()
    bench.tell(Batch(number, 0, [own[-1]], [Cover(*ANNA.key, 40)]))
    bench.apply()
    assert bench.replica.vector() == {ANNA.key: 40}
    honest, victim = Bench(replica_of(*own)), Bench(bench.replica)
    talk(victim, honest)
    assert everything(victim.replica) == everything(honest.replica)


def test_thousands_of_hidden_transactions_come_back():
    """More than one message may name: parts, ranges, and several rounds."""
    own = ANNA.many(2_500)
    bench, number = asking(*[item for n, item in enumerate(own) if n % 3 == 0])
    bench.tell(Done(number, 0, [Cover(*ANNA.key, 2_500)], to_digest(1)))
    honest, victim = Bench(replica_of(*own)), Bench(bench.replica)
    assert victim.replica.vector() == {ANNA.key: 2_500}
    talk(victim, honest)
    assert everything(victim.replica) == everything(honest.replica)


def talk(left: Bench, right: Bench, times: int = 6) -> None:
    """Let two sessions talk, with pauses."""
    converse(left, right)
    for _ in range(times):
        for bench, other in ((left, right), (right, left)):
            bench.started = bench.wake_at(max(bench.session.next_wakeup() or 0.0, bench.now))
            other.started = []
            converse(bench, other)


# -- streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [1, 7])
def test_a_stream_with_a_piece_missing_is_a_violation(index):
    bench, number = asking()
    with pytest.raises(StreamOutOfOrder):
        bench.tell(Batch(number, index, ANNA.many(1), []))


def test_a_piece_twice_or_after_the_end_is_a_violation():
    bench, number = asking()
    bench.tell(Batch(number, 0, ANNA.many(1), []))
    with pytest.raises(StreamOutOfOrder):
        bench.tell(Batch(number, 0, ANNA.many(1), []))
    bench, number = asking()
    bench.tell(Batch(number, 0, ANNA.many(1), []))
    bench.tell(Done(number, 1, [], to_digest(1)))
    with pytest.raises(StreamOutOfOrder):
        bench.tell(Batch(number, 2, ANNA.many(1), []))


def test_endless_batches_without_acknowledgement_are_a_violation():
    bench, number = asking()
    filler = [b"x" * 60_000]
    with pytest.raises(WindowOverrun):
        tell_all(bench, [Batch(number, index, filler, []) for index in range(100)])
    assert sum(len(delivery.transactions) for delivery in bench.delivered) * 60_000 < 2 * params.WINDOW_BYTES


def test_endless_small_transactions_without_acknowledgement_are_a_violation():
    bench, number = asking()
    with pytest.raises(WindowOverrun):
        tell_all(bench, [Batch(number, index, [b"x"] * params.BATCH_TRANSACTIONS, []) for index in range(100)])
    waiting = sum(len(delivery.transactions) for delivery in bench.delivered)
    assert waiting < params.WINDOW_TRANSACTIONS + params.BATCH_TRANSACTIONS


def test_applied_batches_make_room_for_more():
    bench, number = asking()
    for index in range(100):
        bench.tell(Batch(number, index, [b"x" * 60_000], []))
        assert bench.apply(refuse=True) == [Ack(number, index)]


@pytest.mark.parametrize(
    "answer",
    [
        Batch(1, 0, [b"x"], []),
        Done(1, 0, [], to_digest(1)),
        WriterDigests(1, []),
        RangeDigests(1, *ANNA.key, []),
    ],
)
def test_an_answer_that_nobody_asked_for_is_a_violation(answer):
    bench = Bench(replica_of())
    with pytest.raises(UnaskedAnswer):
        bench.tell(answer)


def test_the_wrong_kind_of_answer_is_a_violation():
    bench, number = asking()
    with pytest.raises(UnaskedAnswer):
        bench.tell(WriterDigests(number, []))


def test_a_few_late_answers_are_forgiven_and_a_flood_of_them_is_not():
    bench, number = asking()
    bench.wake_at(bench.now + params.ANSWER_S)
    stray = Batch(number, 0, [b"x"], [])
    for _ in range(20):
        assert bench.tell(stray) == []
    assert bench.delivered == []
    with pytest.raises(UnaskedAnswer):
        tell_all(bench, [stray] * 1_000)


# -- deeper -----------------------------------------------------------------------------------------------------------


def test_only_what_our_vector_already_claims_is_looked_into():
    bench, ranges = digging(*ANNA.many(3))
    assert ranges.ranges == [Range(1, 3)]


def test_writers_that_agree_or_that_our_vector_does_not_have_are_left_to_streams():
    bench, number = asking(*ANNA.many(3))
    bench.tell(Done(number, 0, [], to_digest(1)))
    bench.now = bench.session.next_wakeup() or 0.0
    (have,) = bench.tell(DIFFERENT)
    (ask,) = bench.tell(Done(have.number, 0, [], to_digest(1)))
    same = to_digest(bench.replica.writer_digests()[ANNA.key])
    heard = bench.tell(WriterDigests(ask.number, [WriterDigest(*ANNA.key, same), WriterDigest(*BORIS.key, same)]))
    assert [type(message) for message in heard] == [Check]


def test_a_differing_sequence_is_wanted_once_and_not_again_for_the_same_claim():
    """An attacker claims a digest that nobody can reach: it makes us fetch once, not for ever."""
    bench, ranges = digging(*ANNA.many(3))
    claim = [Part(2, 2, to_digest(99))]
    (want,) = bench.tell(RangeDigests(ranges.number, *ANNA.key, claim))
    assert isinstance(want, Want)
    assert want.sequences == [2]
    bench.tell(Done(want.number, 0, [], to_digest(1)))
    bench.now += 2.0
    (have,) = bench.tell(DIFFERENT)
    (ask,) = bench.tell(Done(have.number, 0, [], to_digest(1)))
    (ranges,) = bench.tell(WriterDigests(ask.number, [WriterDigest(*ANNA.key, to_digest(1))]))
    heard = bench.tell(RangeDigests(ranges.number, *ANNA.key, claim))
    assert [type(message) for message in heard] == [Check]


def test_claims_remembered_are_bounded():
    bench, ranges = digging(*ANNA.many(3))
    pull = bench.session._pull
    for n in range(params.MAX_FETCHED + 50):
        assert pull._is_new_claim(ANNA.key, Part(n, n, to_digest(n)))
    assert len(pull._fetched) == params.MAX_FETCHED


def test_an_unequal_part_is_asked_for_again_in_smaller_parts():
    bench, ranges = digging(*ANNA.many(10))
    parts = [Part(1, 5, to_digest(5)), Part(6, 10, to_digest(6))]
    (deeper,) = bench.tell(RangeDigests(ranges.number, *ANNA.key, parts))
    assert deeper.ranges == [Range(1, 5), Range(6, 10)]


@pytest.mark.parametrize(
    "parts",
    [
        [Part(1, 10, to_digest(5))],  # not divided: for ever the same question
        [Part(11, 11, to_digest(5))],
        [Part(5, 11, to_digest(5))],
        [Part(6, 5, to_digest(5))],
        [Part(5, 5, to_digest(5)), Part(5, 5, to_digest(6))],
        [Part(5, 6, to_digest(5)), Part(1, 2, to_digest(6))],
        [Part(1, 6, to_digest(5)), Part(6, 10, to_digest(6))],
    ],
)
def test_parts_that_do_not_divide_the_range_are_a_violation(parts):
    bench, ranges = digging(*ANNA.many(10))
    with pytest.raises(FalseRange):
        bench.tell(RangeDigests(ranges.number, *ANNA.key, parts))


def test_the_longest_answer_costs_a_bounded_number_of_looks_at_our_own():
    """An attacker names as many single sequences as a message holds, each of them different."""
    bench, ranges = digging(*ANNA.many(2_000))
    ((low, high),) = ranges.ranges
    width = (high - low + 1) // params.RANGES_PER_ASK
    starts = range(low, low + width * params.RANGES_PER_ASK, width)
    parts = [Part(start, start + width - 1, to_digest(7)) for start in starts]
    (deeper,) = bench.tell(RangeDigests(ranges.number, *ANNA.key, parts))
    each = MAX_PARTS // params.RANGES_PER_ASK
    claims = [Part(at, at, to_digest(at)) for asked in deeper.ranges for at in range(asked.low, asked.low + each)]
    assert len(claims) == MAX_PARTS
    looks = []
    look = bench.replica.range_digest
    bench.replica.range_digest = lambda *args: looks.append(args) or look(*args)
    (want,) = bench.tell(RangeDigests(deeper.number, *ANNA.key, claims))
    assert isinstance(want, Want)
    assert len(looks) == MAX_PARTS <= 1_024
    with pytest.raises(MalformedMessage):
        decode(encode(RangeDigests(deeper.number, *ANNA.key, [*claims, Part(high, high, to_digest(1))])))


def test_a_range_in_more_parts_than_we_would_make_is_a_violation():
    """An attacker makes us sum up as many ranges as a message holds."""
    bench, ranges = digging(*ANNA.many(1_000))
    parts = [Part(at, at + 1, to_digest(at)) for at in range(1, 1_000, 2)]
    with pytest.raises(FalseRange):
        bench.tell(RangeDigests(ranges.number, *ANNA.key, parts[: params.PARTS + 1]))
    bench, ranges = digging(*ANNA.many(1_000))
    (deeper,) = bench.tell(RangeDigests(ranges.number, *ANNA.key, parts[: params.PARTS]))
    assert isinstance(deeper, AskRanges)


def test_ranges_of_another_writer_are_a_violation():
    bench, ranges = digging(*ANNA.many(10))
    with pytest.raises(FalseRange):
        bench.tell(RangeDigests(ranges.number, *BORIS.key, []))


def test_a_remote_peer_that_always_differs_is_asked_a_bounded_number_of_questions():
    """An attacker halves every range for ever; the round ends all the same."""
    bench, ask = digging(ANNA.transaction(2**40, {"a": 1}, previous=0))
    questions = 0
    while isinstance(ask, AskRanges | Want):
        if isinstance(ask, Want):
            ask = bench.tell(Done(ask.number, 0, [], to_digest(1)))[0]
            continue
        questions += 1
        parts = []
        for low, high in ask.ranges:
            middle = (low + high) // 2
            halves = [(low, middle), (middle + 1, high)] if low < high else [(low, high)]
            parts += [Part(*half, to_digest(questions)) for half in halves]
        ask = bench.tell(RangeDigests(ask.number, *ANNA.key, parts))[0]
    assert questions <= params.ASKS_PER_ROUND


def test_every_violation_costs_points():
    for error in (UnaskedAnswer, StreamOutOfOrder, WindowOverrun, FalseRange):
        assert issubclass(error, RemoteError)
        assert error.penalty > 0
