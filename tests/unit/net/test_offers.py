"""Signaling payloads, closed and bounded; one session's negotiation."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.effects import AddCandidate, DescribeLink, SendSignal
from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_CANDIDATE_BYTES, MAX_SDP_BYTES
from graphvine.net.offers import (
    MAX_SESSION,
    Answer,
    Bye,
    Candidate,
    EarlyCandidates,
    Negotiation,
    Offer,
    Signal,
    decode,
    encode,
    own_offer_wins,
)
from graphvine.net.params import MAX_CANDIDATES, MAX_EARLY_SESSIONS, MAX_SIGNAL_BYTES

BOB = b"b" * 32
LINK = "webrtc:1"
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"


@pytest.mark.parametrize(
    "message",
    [Offer(0, SDP), Answer(MAX_SESSION, SDP), Candidate(5, "candidate:1 1 udp", "0"), Candidate(5, "", ""), Bye(1, "")],
)
def test_a_message_survives(message: Signal) -> None:
    assert decode(encode(message)) == message


def test_the_bytes_are_as_written_down() -> None:
    assert encode(Offer(1, "v")) == bytes.fromhex("93a16f01a176")
    assert encode(Candidate(2, "", "0")) == bytes.fromhex("94a16302a0a130")


@pytest.mark.parametrize(
    "raw",
    [
        ["x", 1, "v"],
        ["o", 1],
        ["o", 1, "v", "more"],
        ["o", -1, "v"],
        ["o", 2**53, "v"],
        ["o", True, "v"],
        ["o", 1, ""],
        ["o", 1, "v=0\0"],
        ["o", 1, "h\u00e9"],
        ["o", 1, "v" * (MAX_SDP_BYTES + 1)],
        ["o", "1", "v"],
        ["a", 1, b"v"],
        ["c", 1, "c" * (MAX_CANDIDATE_BYTES + 1), "0"],
        ["c", 1, "a\r\nb", "0"],
        ["c", 1, "c", "m" * 33],
        ["b", 1, "r" * 65],
        ["b", 1, "\n"],
        {"o": 1},
        [],
        None,
        "o",
    ],
)
def test_anything_else_is_malformed(raw: object) -> None:
    with pytest.raises(MalformedMessage):
        decode(msgspec.msgpack.encode(raw))


@pytest.mark.parametrize(
    "data", [b"", b"\x91" * 11_000, b"\x93", encode(Offer(1, "v")) + b"\0", bytes(MAX_SIGNAL_BYTES + 1)]
)
def test_nesting_rests_and_size_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_signal_or_malformed(data: bytes) -> None:
    try:
        message = decode(data)
    except MalformedMessage:
        return
    assert decode(encode(message)) == message


def test_exactly_one_of_two_offers_wins() -> None:
    assert own_offer_wins(b"a" * 32, BOB) is not own_offer_wins(BOB, b"a" * 32)


def test_own_candidates_wait_for_the_description() -> None:
    negotiation = Negotiation(7, LINK, BOB, is_initiator=True)
    assert negotiation.repeat() == []
    assert negotiation.candidate("one", "0") == []
    assert negotiation.described("offer", SDP) == [
        SendSignal(BOB, encode(Offer(7, SDP))),
        SendSignal(BOB, encode(Candidate(7, "one", "0"))),
    ]
    assert negotiation.candidate("", "0") == [SendSignal(BOB, encode(Candidate(7, "", "0")))]
    assert negotiation.repeat() == [SendSignal(BOB, encode(Offer(7, SDP)))]


def test_an_answer_is_sent_as_one() -> None:
    assert Negotiation(7, LINK, BOB, is_initiator=False).described("answer", SDP) == [
        SendSignal(BOB, encode(Answer(7, SDP)))
    ]


@pytest.mark.parametrize("size", [MAX_SIGNAL_BYTES, MAX_SDP_BYTES + 1])
def test_a_description_that_no_relay_takes_is_given_up(size: int) -> None:
    assert Negotiation(7, LINK, BOB, is_initiator=True).described("offer", "v" * size) is None


def test_remote_candidates_wait_for_the_description() -> None:
    negotiation = Negotiation(7, LINK, BOB, is_initiator=True)
    assert negotiation.remote_candidate(Candidate(7, "one", "0")) == []
    assert negotiation.remote_described("answer", SDP) == [
        DescribeLink(LINK, "answer", SDP),
        AddCandidate(LINK, "one", "0"),
    ]
    assert negotiation.remote_candidate(Candidate(7, "two", "0")) == [AddCandidate(LINK, "two", "0")]


def test_a_second_description_is_ignored() -> None:
    negotiation = Negotiation(7, LINK, BOB, is_initiator=True)
    negotiation.remote_described("answer", SDP)
    assert negotiation.remote_described("answer", SDP) == []


def test_an_answer_to_an_offer_we_never_made_is_ignored() -> None:
    assert Negotiation(7, LINK, BOB, is_initiator=False).remote_described("answer", SDP) == []


@pytest.mark.parametrize("is_described", [False, True])
def test_candidates_are_bounded(is_described: bool) -> None:
    negotiation = Negotiation(7, LINK, BOB, is_initiator=True)
    effects = negotiation.remote_described("answer", SDP) if is_described else []
    for number in range(MAX_CANDIDATES + 50):
        effects += negotiation.remote_candidate(Candidate(7, str(number), "0"))
    if not is_described:
        effects += negotiation.remote_described("answer", SDP)
    assert sum(isinstance(effect, AddCandidate) for effect in effects) == MAX_CANDIDATES


def test_early_candidates_come_out_once_and_in_order() -> None:
    early = EarlyCandidates()
    early.keep(BOB, Candidate(7, "one", "0"))
    early.keep(BOB, Candidate(8, "other", "0"))
    early.keep(BOB, Candidate(7, "two", "0"))
    assert [each.candidate for each in early.take(BOB, 7)] == ["one", "two"]
    assert early.take(BOB, 7) == []


def test_early_candidates_are_bounded() -> None:
    early = EarlyCandidates()
    for number in range(MAX_CANDIDATES + 10):
        early.keep(BOB, Candidate(7, str(number), "0"))
    assert len(early.take(BOB, 7)) == MAX_CANDIDATES
    for session in range(MAX_EARLY_SESSIONS + 10):
        early.keep(BOB, Candidate(session, "c", "0"))
    kept = [session for session in range(MAX_EARLY_SESSIONS + 10) if early.take(BOB, session)]
    assert kept == list(range(10, MAX_EARLY_SESSIONS + 10))
