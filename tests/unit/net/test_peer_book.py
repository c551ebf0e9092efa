"""Known peers: back-off, penalties, and a bound."""

from __future__ import annotations

import random
from math import inf

from graphvine.limits import MAX_KNOWN_PEERS, MAX_PENALTY, PENALTY_HALF_LIFE_S
from graphvine.net.params import MAX_FAILURES, MAX_RETRY_S, RETRY_S, SPREAD_S
from graphvine.net.peer_book import PeerBook, rank

BOB = b"b" * 32


def book() -> PeerBook:
    return PeerBook(random.Random(1))


def peer(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_waits_grow_up_to_a_cap_and_then_it_gives_up() -> None:
    peers = book()
    record = peers.note(BOB, now=0.0)
    record.want("webrtc")
    waits = []
    for _ in range(MAX_FAILURES - 1):
        peers.failed(record, now=100.0)
        waits.append(record.retry_at - 100.0)
    for number, wait in enumerate(waits):
        full = min(MAX_RETRY_S, RETRY_S * 2**number)
        assert full / 2 <= wait <= full
    assert len({round(wait / min(MAX_RETRY_S, RETRY_S * 2**number), 6) for number, wait in enumerate(waits)}) > 1
    peers.failed(record, now=100.0)
    assert record.retry_at == inf
    assert not record.via
    assert peers.next_dial() == inf


def test_a_wait_can_have_a_minimum() -> None:
    peers = book()
    record = peers.note(BOB, now=0.0)
    record.want("webrtc")
    peers.failed(record, now=0.0, at_least_s=10.0)
    assert record.retry_at == 10.0


def test_who_is_not_wanted_is_never_dialled() -> None:
    peers = book()
    record = peers.note(BOB, now=0.0)
    peers.failed(record, now=0.0)
    peers.soon(record, now=0.0)
    assert peers.next_dial() == inf


def test_soon_is_soon_but_not_all_at_once() -> None:
    peers = book()
    times = []
    for number in range(20):
        record = peers.note(peer(number), now=0.0)
        record.want("webrtc")
        peers.soon(record, now=5.0)
        times.append(record.retry_at)
    assert all(5.0 <= time <= 5.0 + SPREAD_S for time in times)
    assert len(set(times)) == 20
    assert peers.next_dial() == min(times)
    assert [record.retry_at for record in peers.due(now=6.0)] == sorted(times)
    assert peers.due(now=4.0) == []


def test_kinds_are_tried_in_turn_the_best_first() -> None:
    record = book().note(BOB, now=0.0)
    record.want("webrtc")
    record.want("tab")
    record.want("tab")
    assert record.via == ["tab", "webrtc"]
    kinds = []
    for failures in range(4):
        record.failures = failures
        kinds.append(record.next_kind())
    assert kinds == ["tab", "webrtc", "tab", "webrtc"]
    assert rank("tab") < rank("webrtc") == rank("memory")


def test_penalties_add_up_and_halve() -> None:
    record = book().note(BOB, now=0.0)
    assert not record.penalise(60.0, now=0.0)
    assert abs(record.penalty(now=PENALTY_HALF_LIFE_S) - 30.0) < 1e-9
    assert not record.penalise(60.0, now=PENALTY_HALF_LIFE_S)
    assert record.penalise(10.0, now=PENALTY_HALF_LIFE_S)
    assert record.is_refused(now=PENALTY_HALF_LIFE_S)
    assert not record.is_refused(now=3 * PENALTY_HALF_LIFE_S)


def test_a_penalty_can_not_be_paid_back() -> None:
    record = book().note(BOB, now=0.0)
    record.penalise(MAX_PENALTY, now=0.0)
    assert record.penalise(-1_000.0, now=0.0)


def test_a_clock_that_goes_back_forgives_nothing() -> None:
    record = book().note(BOB, now=100.0)
    record.penalise(50.0, now=100.0)
    assert record.penalty(now=0.0) == 50.0


def test_the_book_is_bounded_and_forgets_the_right_ones() -> None:
    peers = book()
    linked = peers.note(peer(1), now=0.0)
    linked.links = 1
    wanted = peers.note(peer(2), now=0.0)
    wanted.want("webrtc")
    peers.dial_at(wanted, 50.0)
    old = peers.note(peer(3), now=0.0)
    peers.note(peer(4), now=0.0)
    assert peers.note(peer(3), now=1.0) is old
    for number in range(5, MAX_KNOWN_PEERS + 2):
        peers.note(peer(number), now=2.0)
    assert len(peers) == MAX_KNOWN_PEERS
    assert peers.find(peer(4)) is None
    assert peers.find(peer(1)) is linked
    assert peers.find(peer(2)) is wanted
    assert peers.find(peer(3)) is old


def test_a_book_full_of_wishes_gives_up_the_oldest_wish() -> None:
    peers = book()
    for number in range(MAX_KNOWN_PEERS):
        record = peers.note(peer(number), now=0.0)
        record.want("webrtc")
        peers.dial_at(record, float(number))
    peers.note(BOB, now=1.0)
    assert peers.find(peer(0)) is None
    assert len(peers) == MAX_KNOWN_PEERS
    assert peers.next_dial() == 1.0
