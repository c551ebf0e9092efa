"""Signals on their way to the relay."""

from __future__ import annotations

import pytest

from graphvine.errors import InvalidValue
from graphvine.net import signal_queue
from graphvine.net import signaling as s
from graphvine.net.signal_queue import SignalQueue

BOB, CAROL = b"b" * 32, b"c" * 32


def test_first_in_first_out_with_growing_numbers() -> None:
    queue = SignalQueue()
    queue.restart(now=0)
    assert queue.next_wakeup(now=0) is None
    for peer in (BOB, CAROL, BOB):
        assert queue.put(peer, "eHg")
    frames, lost = queue.take(now=0)
    signals = [s.decode_from_peer(frame) for frame in frames]
    assert signals == [s.Signal(s.peer_id(peer), "eHg", n) for n, peer in enumerate((BOB, CAROL, BOB), 1)]
    assert lost == []
    assert queue.answered(2) == CAROL
    assert queue.answered(2) is None
    assert queue.answered(99) is None
    assert queue.clear() == [BOB]
    assert queue.answered(1) is None


def test_what_waits_goes_later_and_a_restart_fills_the_bucket() -> None:
    queue = SignalQueue()
    queue.restart(now=0)
    assert sum(queue.put(BOB, "eHg") for _ in range(400)) == signal_queue.MAX_QUEUED
    first, _ = queue.take(now=0)
    assert len(first) < s.SIGNALS_BURST
    ready = queue.next_wakeup(now=0)
    assert ready is not None
    assert ready > 0
    assert len(queue.take(now=ready)[0]) == 1
    queue.restart(now=ready)
    assert len(queue.take(now=ready)[0]) == len(first)


def test_a_key_of_a_wrong_length_is_refused_at_once() -> None:
    with pytest.raises(InvalidValue):
        SignalQueue().put(b"short", "eHg")
