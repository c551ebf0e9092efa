"""Room for links: what makes us wait with a dial, and what a peer that wants in is told."""

from __future__ import annotations

import random

import pytest

from graphvine.limits import HARD_CONNECTIONS, SOFT_CONNECTIONS
from graphvine.net.admission import may_dial, refusal
from graphvine.net.link import Link
from graphvine.net.link_table import LinkTable
from graphvine.net.params import MAX_ACCEPTS, MAX_DIALS
from graphvine.net.peer_book import PeerBook, PeerRecord


def peer(number: int) -> bytes:
    return number.to_bytes(32, "big")


def link(number: int, kind: str = "webrtc", *, is_initiator: bool = True, is_ready: bool = False) -> Link:
    made = Link(f"{kind}:{number}", peer(number), kind, is_initiator=is_initiator, negotiation=None, now=0.0)
    if is_ready:
        made.state = "ready"
    return made


def table_of(*links: Link) -> LinkTable:
    table = LinkTable()
    for each in links:
        table.add(each)
        if each.state == "ready":
            table.promote(each)
    return table


def record() -> PeerRecord:
    return PeerBook(random.Random(0)).note(peer(999), now=0.0)


def test_few_are_dialled_at_once() -> None:
    dials = [link(number) for number in range(MAX_DIALS)]
    assert may_dial(table_of(*dials[:-1]))
    assert not may_dial(table_of(*dials))
    assert may_dial(table_of(*[link(number, is_initiator=False) for number in range(MAX_DIALS)]))


def test_nobody_is_dialled_above_the_soft_bound() -> None:
    links = [link(number, is_ready=True) for number in range(SOFT_CONNECTIONS)]
    assert may_dial(table_of(*links[:-1]))
    assert not may_dial(table_of(*links))


def test_the_soft_bound_is_no_reason_to_refuse_and_the_hard_one_is() -> None:
    links = [link(number, is_ready=True) for number in range(HARD_CONNECTIONS)]
    assert refusal(table_of(*links[:-1]), record(), "webrtc", None, now=0.0) == ""
    assert refusal(table_of(*links), record(), "webrtc", None, now=0.0) == "full"


def test_whoever_has_a_link_may_replace_it_when_we_are_full() -> None:
    links = [link(number, is_ready=True) for number in range(HARD_CONNECTIONS)]
    known = record()
    known.links = 1
    assert refusal(table_of(*links), known, "webrtc", None, now=0.0) == ""


def test_a_penalised_peer_is_refused_until_its_points_are_gone() -> None:
    bad = record()
    bad.penalise(1000.0, now=0.0)
    assert refusal(table_of(), bad, "webrtc", None, now=1.0) == "not now"
    assert refusal(table_of(), bad, "webrtc", None, now=1e6) == ""


@pytest.mark.parametrize(
    ("ready", "wanted", "said"), [("tab", "webrtc", "we have a better link"), ("webrtc", "tab", "")]
)
def test_a_worse_link_is_refused_and_a_better_one_is_not(ready: str, wanted: str, said: str) -> None:
    assert refusal(table_of(link(999, ready, is_ready=True)), record(), wanted, None, now=0.0) == said


def test_few_are_let_in_at_once_but_one_may_take_the_place_of_its_own() -> None:
    coming = [link(number, is_initiator=False) for number in range(MAX_ACCEPTS)]
    assert refusal(table_of(*coming[:-1]), record(), "webrtc", None, now=0.0) == ""
    assert refusal(table_of(*coming), record(), "webrtc", None, now=0.0) == "busy"
    assert refusal(table_of(*coming), record(), "webrtc", coming[0], now=0.0) == ""
