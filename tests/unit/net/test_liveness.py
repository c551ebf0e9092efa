"""Ping, silence, and a tab that was suspended."""

from __future__ import annotations

from graphvine.net.liveness import PING, Liveness
from graphvine.net.params import DEAD_AFTER_S, MAX_CHANCES, MEASURE_EVERY_S, PING_AFTER_S


def alive(now: float = 100.0) -> Liveness:
    """One whose first ping was answered at `now`."""
    liveness = Liveness(now=now)
    assert liveness.wake(now=now) is not None
    liveness.heard(now=now)
    return liveness


def test_it_asks_at_once_to_know_the_round_trip_time() -> None:
    liveness = Liveness(now=5.0)
    ping = liveness.wake(now=5.0)
    assert ping == bytes((PING,)) + (1).to_bytes(8, "big")
    assert liveness.rtt_s is None
    liveness.answered(1, now=5.25)
    assert liveness.rtt_s == 0.25


def test_an_answer_counts_once_and_only_if_asked_for() -> None:
    liveness = Liveness(now=5.0)
    liveness.answered(0, now=5.1)
    liveness.wake(now=5.0)
    liveness.answered(77, now=5.1)
    assert liveness.rtt_s is None
    liveness.answered(1, now=5.1)
    liveness.answered(1, now=9.0)
    assert liveness.rtt_s is not None
    assert liveness.rtt_s < 0.2


def test_round_trip_times_are_smoothed() -> None:
    liveness = alive()
    liveness.answered(1, now=100.1)
    liveness.wake(now=liveness.due)
    liveness.answered(2, now=liveness._pinged_at + 0.5)
    assert liveness.rtt_s is not None
    assert abs(liveness.rtt_s - 0.2) < 1e-9


def test_silence_is_asked_about_then_is_death() -> None:
    liveness = alive(100.0)
    assert liveness.due == 100.0 + PING_AFTER_S
    assert liveness.wake(now=101.0) is None
    assert liveness.wake(now=liveness.due) is not None
    assert liveness.due == 100.0 + DEAD_AFTER_S
    assert liveness.wake(now=104.9) is None
    assert not liveness.is_dead
    assert liveness.wake(now=105.0) is None
    assert liveness.is_dead


def test_anything_heard_is_life() -> None:
    liveness = alive(100.0)
    liveness.wake(now=liveness.due)
    liveness.heard(now=104.0)
    assert liveness.due == 104.0 + PING_AFTER_S
    assert liveness.wake(now=105.0) is None
    assert not liveness.is_dead


def test_a_busy_link_is_measured_now_and_then() -> None:
    liveness = alive(100.0)
    now = 100.0
    pings = 0
    while now < 100.0 + 2.5 * MEASURE_EVERY_S:
        now += 0.5
        if now >= liveness.due:
            pings += liveness.wake(now=now) is not None
        liveness.heard(now=now)
    assert pings == 2


def test_after_a_long_sleep_it_asks_first() -> None:
    liveness = alive(100.0)
    assert liveness.wake(now=5_000.0) is not None
    assert liveness.due == 5_000.0 + DEAD_AFTER_S - PING_AFTER_S


def test_asleep_between_ping_and_judgement_it_asks_again() -> None:
    liveness = alive(100.0)
    assert liveness.wake(now=liveness.due) is not None
    assert liveness.wake(now=5_000.0) is not None
    assert not liveness.is_dead
    assert liveness.wake(now=liveness.due) is None
    assert liveness.is_dead


def test_whoever_is_always_late_still_finds_out() -> None:
    liveness = alive(100.0)
    for _ in range(1 + MAX_CHANCES):
        assert liveness.wake(now=liveness.due + 2.0) is not None
    assert liveness.wake(now=liveness.due + 2.0) is None
    assert liveness.is_dead
