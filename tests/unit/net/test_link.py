"""What one link does at the wrong time; the rest of it is tested through `Links`."""

from __future__ import annotations

from itertools import count

import pytest
from tests.unit.net.link_bench import WALL_MS, local_peer

from graphvine.effects import SendFrame
from graphvine.net.link import Link
from graphvine.net.params import DIAL_TIMEOUT_S

BOB = local_peer(2).peer


@pytest.fixture
def link() -> Link:
    return Link("memory:1", BOB, "memory", is_initiator=True, negotiation=None, now=100.0)


def test_it_opens_once(link: Link) -> None:
    first = link.opened(bytes(16), local_peer(1), bytes(32), count(1), now=100.0, wall_ms=WALL_MS)
    assert [type(effect) for effect in first] == [SendFrame]
    assert link.opened(bytes(16), local_peer(1), bytes(32), count(1), now=100.0, wall_ms=WALL_MS) == []


def test_answers_before_there_was_a_question(link: Link) -> None:
    assert link.completed(1, True, now=100.0) == []


def test_waking_too_early_changes_nothing(link: Link) -> None:
    assert link.due == 100.0 + DIAL_TIMEOUT_S
    assert link.wake(now=link.due - 0.001) == []
    assert link.ended is None


def test_nothing_is_known_before_it_is_ready(link: Link) -> None:
    assert (link.author, link.protocols, link.tags, link.rtt_s) == (b"", (), (), None)
    link.opened(bytes(16), local_peer(1), bytes(32), count(1), now=100.0, wall_ms=WALL_MS)
    assert (link.author, link.protocols, link.tags) == (b"", (), ())
    assert link.status(now=101.0)[:4] == (BOB, b"", "memory", "securing")
