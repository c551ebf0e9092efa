"""The network is back: what a relay session does then, in each of its states."""

from __future__ import annotations

from tests.unit.net.test_relay_session import FIRST, SECOND, Bench, frames, states

from graphvine.net import relay_session as rs
from graphvine.net import signaling as s
from graphvine.net.relay_effects import CloseSocket, OpenSocket, RelayEffect


def hurry(bench: Bench) -> list[RelayEffect]:
    return bench.note(bench.session.hurry(now=bench.now))


def started(*urls: str) -> Bench:
    bench = Bench(*urls)
    bench.start()
    return bench


def test_a_wait_ends_at_the_preferred_relay_with_a_fresh_back_off() -> None:
    bench = started(FIRST, SECOND)
    for _ in range(13):
        bench.lose()
        bench.wake()
    bench.lose()
    assert bench.session.next_wakeup() > bench.now + 5
    assert hurry(bench)[-1] == OpenSocket(bench.socket, FIRST)
    bench.lose()
    assert bench.session.next_wakeup() <= bench.now + rs.NEXT_RELAY_S


def test_an_attempt_that_hangs_is_begun_again_and_a_fresh_one_goes_on() -> None:
    bench = started()
    bench.now += rs.FRESH_S / 2
    assert hurry(bench) == []
    bench.now += rs.FRESH_S
    effects = hurry(bench)
    assert CloseSocket(1) in effects
    assert states(effects) == ["disconnected", "connecting"]
    assert hurry(bench) == [], "said twice, done once"


def test_a_relay_that_answers_keeps_us_and_a_silent_one_loses_us_soon() -> None:
    bench = started()
    bench.join()
    assert frames(hurry(bench)) == [s.Ping()]
    assert hurry(bench) == []
    assert bench.session.next_wakeup() == bench.now + rs.HURRIED_PONG_S
    bench.say(s.Pong())
    assert bench.session.next_wakeup() == bench.now + rs.PING_AFTER_S
    hurry(bench)
    assert states(bench.wake()) == ["disconnected"]
    assert bench.session.next_wakeup() <= bench.now + rs.RETRY_S * 2


def test_who_does_not_want_a_relay_gets_none() -> None:
    bench = Bench()
    assert hurry(bench) == []
    bench.start()
    bench.session.stop(now=bench.now)
    assert hurry(bench) == []
