"""Links between peers with real keys, simulated transports and simulated time: from dial to death, and attackers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.net.link_bench import WALL_MS, Bench, SeededEntropy, Side, local_peer, verify

from graphvine import effects as e
from graphvine.effects import Effect
from graphvine.errors import InvalidValue
from graphvine.limits import (
    HARD_CONNECTIONS,
    MAX_CONTROL_MESSAGE_BYTES,
    MAX_FRAME_BYTES,
    MAX_PENALTY,
    SEND_QUEUE_HARD_BYTES,
    SEND_QUEUE_SOFT_BYTES,
    SOFT_CONNECTIONS,
)
from graphvine.net import offers, params
from graphvine.net.handshake import BYE, Certificate
from graphvine.net.link import Link
from graphvine.net.links import MAX_REFUSED, Links

MEMORY = {"memory": False}
SIGNALED = {"webrtc": True}
BOTH = {"webrtc": True, "tab": False}
kinds_alike = pytest.mark.parametrize("kinds", [MEMORY, SIGNALED], ids=["direct", "signaled"])


def two(bench: Bench, kinds: dict[str, bool] = MEMORY) -> tuple[Side, Side]:
    """The first has the lower peer id."""
    left, right = bench.side(1, kinds=kinds), bench.side(2, kinds=kinds)
    return (left, right) if left.peer < right.peer else (right, left)


def linked(bench: Bench, kinds: dict[str, bool] = MEMORY) -> tuple[Side, Side]:
    """Two sides with a ready link that the lower one dialled."""
    low, high = two(bench, kinds)
    low.dial(high, next(iter(kinds)))
    bench.run(2.0)
    assert low.ready() == [high.peer]
    assert high.ready() == [low.peer]
    return low, high


def lost(side: Side) -> list[str]:
    return [effect.reason for effect in side.up if isinstance(effect, e.PeerLost)]


# -- from dial to ready -----------------------------------------------------------------------------------------------


@kinds_alike
def test_a_dial_ends_in_a_link_that_both_sides_trust(kinds: dict[str, bool]) -> None:
    bench = Bench()
    low, high = linked(bench, kinds)
    kind = next(iter(kinds))
    (ready,) = high.of(e.PeerReady)
    assert isinstance(ready, e.PeerReady)
    number = 1 if low.peer == local_peer(1).peer else 2
    assert ready == e.PeerReady(low.peer, local_peer(number).author, kind, (1, 2, 3), (b"tag",))
    low.send(high, b"hello")
    high.send(low, b"hi", channel=1, protocol=2)
    bench.run(1.0)
    assert high.of(e.Received) == [e.Received(low.peer, 1, b"hello")]
    assert low.of(e.Received) == [e.Received(high.peer, 2, b"hi")]


@kinds_alike
def test_both_dial_at_once_in_any_order_of_events(kinds: dict[str, bool]) -> None:
    """The lower peer's link stands; nobody is told of a second one."""
    kind = next(iter(kinds))
    for seed in range(200):
        bench = Bench(seed, delay_s=(0.0, 0.2))
        low, high = two(bench, kinds)
        gap = random.Random(seed).choice([0.0, 0.0, 0.01, 0.05, 0.1, 0.2, 0.4])
        for delay, side, other in (
            ((0.0, low, high), (gap, high, low)) if seed % 2 else ((0.0, high, low), (gap, low, high))
        ):
            bench.schedule(delay, lambda side=side, other=other: side.dial(other, kind))  # type: ignore[misc]
        bench.run(8.0)
        assert low.ready() == [high.peer], seed
        assert high.ready() == [low.peer], seed
        assert len(low.links.status(now=bench.now)) == len(high.links.status(now=bench.now)) == 1, seed
        low.send(high, b"still there?")
        bench.run(1.0)
        assert high.received()[-1:] == [b"still there?"], seed
        for side in (low, high):
            assert len(side.of(e.PeerReady)) - len(side.of(e.PeerLost)) == 1, seed
            if gap == 0.0:
                assert len(side.of(e.PeerReady)) == 1, seed


def test_glare_keeps_the_offer_of_the_lower_peer() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    low.dial(high, "webrtc")
    high.dial(low, "webrtc")
    bench.run(3.0)
    (link,) = low.links._table.links()
    assert link.is_initiator
    answers = [offers.decode(data) for _, data in low.signals + high.signals]
    assert sum(isinstance(each, offers.Answer) for each in answers) == 1


def test_a_lost_offer_is_repeated_when_the_other_side_offers() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    bench.is_relay_up = False
    low.dial(high, "webrtc")
    bench.run(1.0)
    bench.is_relay_up = True
    high.dial(low, "webrtc")
    bench.run(2.0)
    assert low.ready() == [high.peer]


def test_dialling_twice_is_dialling_once() -> None:
    bench = Bench()
    low, high = two(bench)
    low.dial(high)
    low.dial(high)
    bench.run(2.0)
    low.dial(high)
    bench.run(2.0)
    assert len(low.links.status(now=bench.now)) == 1
    assert len(low.of(e.PeerReady)) == 1


def test_wrong_arguments_of_dial() -> None:
    bench = Bench()
    low, high = two(bench)
    for peer, via in ((low.peer, "memory"), (high.peer, "carrier pigeon"), (b"short", "memory")):
        with pytest.raises(InvalidValue):
            low.links.dial(peer, via, now=bench.now)


@kinds_alike
def test_nobody_there(kinds: dict[str, bool]) -> None:
    bench = Bench()
    low, high = two(bench, kinds)
    high.kill()
    low.dial(high, next(iter(kinds)))
    bench.run(params.DIAL_TIMEOUT_S - 0.1)
    assert low.of(e.DialFailed) == []
    bench.run(0.2)
    assert low.of(e.DialFailed) == [e.DialFailed(high.peer, "the peer could not be reached in time", True)]
    assert low.links.status(now=bench.now) == []
    assert low.links.is_known(high.peer)
    bench.run(1_000.0)
    assert len(low.of(e.DialFailed)) == params.MAX_FAILURES
    assert low.of(e.DialFailed)[-1] == e.DialFailed(high.peer, "the peer could not be reached in time", False)
    assert not low.links.is_known(high.peer)
    assert low.links.next_wakeup() is None


def test_the_relay_says_that_nobody_is_there() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    high.kill()
    low.dial(high, "webrtc")
    bench.run(1.0)
    low.perform(low.links.signal_failed(high.peer, "offline", now=bench.now))
    assert low.of(e.DialFailed) == [e.DialFailed(high.peer, "the relay says: offline", True)]


def test_a_failed_signal_does_not_touch_a_ready_link() -> None:
    bench = Bench()
    low, high = linked(bench, SIGNALED)
    low.perform(low.links.signal_failed(high.peer, "offline", now=bench.now))
    assert low.ready() == [high.peer]


def test_no_dial_waits_longer_than_it_must_when_told() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    bench.is_relay_up = False
    low.dial(high, "webrtc")
    bench.run(params.DIAL_TIMEOUT_S * 3)
    bench.is_relay_up = True
    low.perform(low.links.signal_failed(high.peer, "x", now=bench.now))
    low.perform(low.links.retry(now=bench.now))
    bench.run(1.0)
    assert low.ready() == [high.peer]


# -- messages ---------------------------------------------------------------------------------------------------------


def test_ten_megabytes_cross_and_small_ones_pass_them() -> None:
    bench = Bench(bandwidth=2e6)
    low, high = linked(bench)
    data = bytes(range(256)) * 40_000
    low.send(high, data, channel=1)
    low.send(high, b"urgent", channel=0)
    bench.run(1.0)
    assert high.received() == [b"urgent"]
    bench.run(10.0)
    assert high.received() == [b"urgent", data]


def test_drained_follows_each_bulk_message_when_there_is_room() -> None:
    bench = Bench(bandwidth=1e6)
    low, high = linked(bench)
    low.send(high, b"small", channel=1)
    assert low.of(e.Drained) == [e.Drained(high.peer)]
    low.up.clear()
    low.send(high, b"control")
    assert low.up == []
    low.send(high, bytes(SEND_QUEUE_SOFT_BYTES + 500_000), channel=1)
    assert low.up == []
    assert low.links.queued_bytes(high.peer) > SEND_QUEUE_SOFT_BYTES
    bench.run(0.3)
    assert low.up == []
    bench.run(0.4)
    assert low.of(e.Drained) == [e.Drained(high.peer)]
    assert low.links.queued_bytes(high.peer) <= SEND_QUEUE_SOFT_BYTES


def test_whoever_reads_too_slowly_is_hung_up_on() -> None:
    bench = Bench(bandwidth=1e3)
    low, high = linked(bench)
    piece = bytes(8 * 1024 * 1024)
    for _ in range(SEND_QUEUE_HARD_BYTES // len(piece)):
        low.send(high, piece, channel=1)
    assert lost(low) == []
    low.send(high, piece, channel=1)
    assert lost(low) == ["the peer reads too slowly"]
    low.send(high, piece, channel=1)


def test_a_transport_that_is_stuck_is_given_up() -> None:
    """Pings still cross: only the bulk channel hangs. (Seen in Chromium.)"""
    bench = Bench()
    low, high = linked(bench)
    transport = low.transports["memory"]
    send = transport.send
    transport.send = lambda link, channel, data: 65_536 if channel else send(link, channel, data)  # type: ignore[method-assign]
    low.send(high, bytes(1_000_000), channel=1)
    bench.run(params.STALL_S - 0.5)
    assert lost(low) == []
    bench.run(1.0)
    assert lost(low) == ["the transport takes no more data"]


def test_a_slow_transport_is_not_stuck() -> None:
    bench = Bench(bandwidth=20_000.0)
    low, high = linked(bench)
    low.send(high, bytes(2_000_000), channel=1)
    bench.run(110.0)
    assert high.received() == [bytes(2_000_000)]
    assert lost(low) == lost(high) == []


def test_a_large_control_message_takes_the_bulk_channel() -> None:
    bench = Bench()
    low, high = linked(bench)
    low.send(high, bytes(MAX_CONTROL_MESSAGE_BYTES), channel=0)
    low.send(high, bytes(MAX_CONTROL_MESSAGE_BYTES + 1), channel=0)
    bench.run(3.0)
    assert sorted(map(len, high.received())) == [MAX_CONTROL_MESSAGE_BYTES, MAX_CONTROL_MESSAGE_BYTES + 1]
    assert low.ready() == [high.peer]


def test_messages_to_strangers_are_dropped() -> None:
    bench = Bench()
    low, high = two(bench)
    assert low.links.send(high.peer, 1, b"hello", now=bench.now) == []
    low.dial(high)
    assert low.links.send(high.peer, 1, b"hello", now=bench.now) == []
    assert low.links.queued_bytes(high.peer) == 0


def test_status_says_how_we_are_linked() -> None:
    bench = Bench(delay_s=(0.05, 0.05))
    low, high = linked(bench)
    low.send(high, bytes(1_000))
    bench.run(8.0)
    (status,) = low.links.status(now=bench.now)
    assert (status.peer, status.kind, status.state) == (high.peer, "memory", "ready")
    assert status.author == local_peer(1 if high.peer == local_peer(1).peer else 2).author
    assert status.rtt_ms is not None
    assert 99.0 < status.rtt_ms < 102.0
    assert status.bytes_out > 1_000
    assert status.bytes_in > 200
    assert 9.0 < status.since_s < 10.0


# -- life and death ---------------------------------------------------------------------------------------------------


def test_an_idle_link_lives_and_wakes_only_for_pings() -> None:
    bench = Bench()
    low, high = linked(bench)
    bench.wakes.clear()
    bench.run(150.0)
    assert low.ready() == [high.peer]
    assert 100.0 <= sum(bench.wakes.values()) <= 2 * 150.0 / params.PING_AFTER_S


def test_a_killed_peer_is_noticed_within_the_time() -> None:
    bench = Bench()
    low, high = linked(bench)
    bench.run(4.0)
    high.kill()
    bench.run(params.DEAD_AFTER_S - params.PING_AFTER_S - 0.2)
    assert lost(low) == []
    bench.run(params.PING_AFTER_S + 0.4)
    assert lost(low) == ["the peer has fallen silent"]


def test_a_good_link_that_breaks_is_dialled_again_at_once() -> None:
    bench = Bench()
    low, high = linked(bench)
    bench.run(params.STABLE_S)
    bench.network.cut(low.peer, high.peer)
    bench.run(3.0)
    bench.network.heal()
    bench.run(4.0)
    assert low.ready() == [high.peer]
    assert lost(low) == ["the peer has fallen silent"]
    low.send(high, b"again")
    bench.run(1.0)
    assert high.received() == [b"again"]


def test_long_after_a_partition_both_find_each_other() -> None:
    bench = Bench()
    low, high = linked(bench)
    bench.network.cut(low.peer, high.peer)
    bench.run(60.0)
    assert low.ready() == []
    bench.network.heal()
    bench.run(60.0)
    assert low.ready() == [high.peer]
    assert high.ready() == [low.peer]


def test_a_suspended_tab_asks_before_it_gives_up() -> None:
    """No timer runs for a minute; the frames that came meanwhile are delivered after the first wake."""
    bench = Bench()
    low, high = linked(bench)
    bench.run(5.0)
    link = low.links._table.links()[0]
    asleep_until = bench.now + 60.0
    effects = low.links.wake(now=asleep_until)
    assert any(isinstance(effect, e.SendFrame) for effect in effects)
    assert link.ended is None
    assert low.links.wake(now=asleep_until + 3.0) == []
    low.links.link_frame(link.name, 0, b"\x00\x01sync", now=asleep_until + 3.1)
    assert low.links.next_wakeup() == asleep_until + 3.1 + params.PING_AFTER_S


def test_a_hang_up_is_told_and_respected() -> None:
    bench = Bench()
    low, high = linked(bench)
    bench.run(params.STABLE_S)
    high.hang_up(low, "too many")
    bench.run(2.0)
    assert lost(high) == ["too many"]
    assert lost(low) == ["the peer said bye: too many"]
    bench.run(params.AFTER_BYE_S - 3.0)
    assert low.links.status(now=bench.now) == []
    bench.run(params.QUIET_S - params.AFTER_BYE_S)
    assert low.ready() == []
    bench.run(120.0)
    assert low.ready() == [high.peer]


def test_a_hang_up_ends_a_dial_as_well() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    low.dial(high, "webrtc")
    bench.run(0.05)
    low.hang_up(high)
    bench.run(60.0)
    for side, other in ((low, high), (high, low)):
        assert side.links.status(now=bench.now) == []
        assert not side.links.is_known(other.peer)


def test_a_dial_overrules_an_earlier_hang_up() -> None:
    bench = Bench()
    low, high = linked(bench)
    high.hang_up(low)
    bench.run(1.0)
    high.dial(low)
    bench.run(2.0)
    assert high.ready() == [low.peer]


def test_stop_ends_everything() -> None:
    bench = Bench()
    low, high = linked(bench)
    third = bench.side(3)
    low.dial(third)
    low.perform(low.links.stop("closing", now=bench.now))
    bench.run(3.0)
    assert low.links.status(now=bench.now) == []
    assert low.links.next_wakeup() is None
    assert lost(low) == ["closing"]
    assert lost(high) == ["the peer said bye: closing"]


# -- one peer, several links ------------------------------------------------------------------------------------------


@kinds_alike
def test_a_peer_that_lost_its_state_replaces_its_link(kinds: dict[str, bool]) -> None:
    bench = Bench()
    low, high = linked(bench, kinds)
    kind = next(iter(kinds))
    high.kill()
    reborn = bench.side(1 if high.peer == local_peer(1).peer else 2, kinds=kinds)
    reborn.links._rng = random.Random(77)
    reborn.dial(low, kind)
    bench.run(1.0)
    assert low.ready() == [reborn.peer]
    assert reborn.ready() == [low.peer]
    assert lost(low) == ["replaced by a newer link"]
    assert [type(effect) for effect in low.up] == [e.PeerReady, e.PeerLost, e.PeerReady]
    low.send(reborn, b"welcome back")
    bench.run(1.0)
    assert reborn.received() == [b"welcome back"]
    bench.run(10.0)
    assert len(low.links.status(now=bench.now)) == 1


def test_an_offer_does_not_touch_a_ready_link_until_it_is_proven() -> None:
    bench = Bench()
    low, high = linked(bench, SIGNALED)
    forged = offers.encode(offers.Offer(123, "v=0"))
    low.perform(low.links.signal(high.peer, forged, now=bench.now))
    low.perform(low.links.signal(high.peer, offers.encode(offers.Bye(123, "x")), now=bench.now))
    bench.run(params.DIAL_TIMEOUT_S + 1.0)
    assert low.ready() == [high.peer]
    assert lost(low) == []


def test_a_tab_link_is_preferred() -> None:
    bench = Bench()
    low, high = two(bench, BOTH)
    _share(low, high)
    low.dial(high, "webrtc")
    bench.run(2.0)
    low.dial(high, "tab")
    bench.run(2.0)
    for side, other in ((low, high), (high, low)):
        (status,) = side.links.status(now=bench.now)
        assert (status.peer, status.kind, status.state) == (other.peer, "tab", "ready")
        assert [type(effect) for effect in side.up] == [e.PeerReady, e.PeerLost, e.PeerReady]


def test_no_worse_link_beside_a_tab_link() -> None:
    bench = Bench()
    low, high = two(bench, BOTH)
    _share(low, high)
    low.dial(high, "tab")
    bench.run(2.0)
    low.dial(high, "webrtc")
    high.perform(high.links.signal(low.peer, offers.encode(offers.Offer(5, "v=0")), now=bench.now))
    assert high.signals[-1] == (low.peer, offers.encode(offers.Bye(5, "we have a better link")))
    bench.run(2.0)
    assert [status.kind for status in low.links.status(now=bench.now)] == ["tab"]
    assert len(low.of(e.PeerReady)) == 1


@pytest.mark.parametrize("number", range(20))
def test_both_kinds_at_once_end_in_one(number: int) -> None:
    bench = Bench(number, delay_s=(0.0, 0.1))
    low, high = two(bench, BOTH)
    _share(low, high)
    for side, other in ((low, high), (high, low)):
        side.dial(other, "webrtc")
        side.dial(other, "tab")
    bench.run(4.0)
    for side in (low, high):
        assert [(status.kind, status.state) for status in side.links.status(now=bench.now)] == [("tab", "ready")]


def _share(low: Side, high: Side) -> None:
    """Put the transports of a kind on one network."""
    for kind, transport in high.transports.items():
        transport._network = low.transports[kind]._network
        transport._network._transports[high.peer] = transport


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_we_dial_no_more_than_a_few_at_once_and_no_more_than_the_soft_limit() -> None:
    bench = Bench()
    hub = bench.side(1)
    others = [bench.side(number) for number in range(10, 10 + SOFT_CONNECTIONS + 4)]
    for other in others:
        hub.dial(other)
    assert len(hub.links.status(now=bench.now)) == params.MAX_DIALS
    bench.run(20.0)
    assert len(hub.ready()) == SOFT_CONNECTIONS == hub.links.count
    bench.wakes.clear()
    bench.run(1.0)
    assert bench.wakes[hub.peer] < 40  # Whom we can't dial yet doesn't keep us busy.
    for peer in hub.ready()[:4]:
        bench.sides[peer].hang_up(hub)
    bench.run(20.0)
    assert len(hub.ready()) == SOFT_CONNECTIONS


def test_newcomers_are_refused_at_the_hard_limit() -> None:
    bench = Bench()
    hub = bench.side(1, kinds=SIGNALED)
    others = [bench.side(number, kinds=SIGNALED) for number in range(10, 10 + HARD_CONNECTIONS + 3)]
    for other in others:
        other.dial(hub, "webrtc")
        bench.run(1.0)
    assert hub.links.count == HARD_CONNECTIONS
    assert "the peer said bye: full" in [effect.reason for effect in others[-1].of(e.DialFailed)]  # type: ignore[attr-defined]


def test_offers_beyond_the_rate_are_ignored() -> None:
    bench = Bench()
    hub = bench.side(1, kinds=SIGNALED)
    opened = 0
    for number in range(500):
        sender = number.to_bytes(32, "big")
        effects = hub.links.signal(sender, offers.encode(offers.Offer(number, "v=0")), now=bench.now)
        opened += sum(isinstance(effect, e.OpenLink) for effect in effects)
    assert opened == params.MAX_ACCEPTS
    assert hub.links.count == params.MAX_ACCEPTS
    later = bench.now + params.DIAL_TIMEOUT_S
    hub.links.wake(now=later)
    assert hub.links.count == 0


def test_offered_links_beyond_the_rate_are_closed() -> None:
    bench = Bench()
    hub = bench.side(1)
    effects: list[Effect] = []
    for number in range(100):
        effects += hub.links.link_offered(f"memory:in:{number}", number.to_bytes(32, "big"), now=bench.now)
    assert hub.links.count == params.MAX_ACCEPTS
    assert len(effects) == 100 - params.MAX_ACCEPTS
    assert all(isinstance(effect, e.CloseLink) for effect in effects)


def test_an_offered_link_with_a_strange_name_is_closed() -> None:
    bench = Bench()
    low, high = linked(bench)
    own = low.links._table.links()[0].name
    assert low.links.link_offered(own, b"x" * 32, now=bench.now) == []
    for name, peer in (("pigeon:in:1", high.peer), ("memory:in:9", low.peer), ("memory:in:9", b"x")):
        assert low.links.link_offered(name, peer, now=bench.now) == [e.CloseLink(name, "not expected")]


# -- signaling --------------------------------------------------------------------------------------------------------


def offered(session: int = 5) -> tuple[Bench, Side, Side]:
    """The high one has an offer of the low one, and has not answered yet."""
    bench = Bench()
    low, high = two(bench, SIGNALED)
    high.perform(high.links.signal(low.peer, offers.encode(offers.Offer(session, "memory 7 offer")), now=bench.now))
    assert high.links.count == 1
    return bench, low, high


def test_a_repeated_offer_is_answered_once() -> None:
    bench, low, high = offered()
    again = offers.encode(offers.Offer(5, "memory 7 offer"))
    assert high.links.signal(low.peer, again, now=bench.now) == []
    bench.run(params.DIAL_TIMEOUT_S + 1.0)
    assert high.links.count == 0
    assert high.links.signal(low.peer, again, now=bench.now) == []


def test_a_newer_offer_replaces_an_older_one() -> None:
    bench, low, high = offered()
    effects = high.links.signal(low.peer, offers.encode(offers.Offer(6, "v=0")), now=bench.now)
    assert [type(effect) for effect in effects] == [e.CloseLink, e.OpenLink, e.DescribeLink]
    assert high.links.count == 1


def test_a_bye_ends_its_session_and_no_other() -> None:
    bench, low, high = offered()
    assert high.links.signal(low.peer, offers.encode(offers.Bye(6, "x")), now=bench.now) == []
    effects = high.links.signal(low.peer, offers.encode(offers.Bye(5, "x")), now=bench.now)
    assert [type(effect) for effect in effects] == [e.CloseLink, e.DialFailed]


def test_a_bye_that_overtook_its_offer_counts() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    high.links.signal(low.peer, offers.encode(offers.Offer(1, "v=0")), now=bench.now)
    high.links.signal(low.peer, offers.encode(offers.Bye(5, "x")), now=bench.now)
    assert high.links.signal(low.peer, offers.encode(offers.Offer(5, "v=0")), now=bench.now) == []


def test_candidates_may_overtake_the_offer() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    assert high.links.signal(low.peer, offers.encode(offers.Candidate(5, "c", "0")), now=bench.now) == []
    effects = high.links.signal(low.peer, offers.encode(offers.Offer(5, "v=0")), now=bench.now)
    assert [type(effect) for effect in effects] == [e.OpenLink, e.DescribeLink, e.AddCandidate]
    assert high.links.signal(low.peer, offers.encode(offers.Candidate(6, "c", "0")), now=bench.now) == []


def test_candidates_of_a_session_that_is_over_are_not_kept() -> None:
    bench, low, high = offered()
    high.links.signal(low.peer, offers.encode(offers.Bye(5, "x")), now=bench.now)
    high.links.signal(low.peer, offers.encode(offers.Candidate(5, "c", "0")), now=bench.now)
    assert high.links._early.take(low.peer, 5) == []


@pytest.mark.parametrize("message", [offers.Answer(99, "v=0"), offers.Candidate(99, "c", "0"), offers.Bye(99, "x")])
def test_what_belongs_to_no_session_is_ignored(message: offers.Signal) -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    low.dial(high, "webrtc")
    assert low.links.signal(high.peer, offers.encode(message), now=bench.now) == []
    assert low.links.count == 1


def test_signals_from_nowhere_are_ignored() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    offer = offers.encode(offers.Offer(1, "v=0"))
    assert low.links.signal(low.peer, offer, now=bench.now) == []
    assert low.links.signal(b"short", offer, now=bench.now) == []
    assert low.links.signal(high.peer, b"garbage", now=bench.now) == []
    deaf = Links(local_peer(1), MEMORY, rng=random.Random(1), entropy=SeededEntropy(1))
    assert deaf.signal(high.peer, offer, now=bench.now) == []


def test_a_description_that_is_too_long_ends_the_dial() -> None:
    bench = Bench()
    low, high = two(bench, SIGNALED)
    (opened,) = low.links.dial(high.peer, "webrtc", now=bench.now)
    assert isinstance(opened, e.OpenLink)
    effects = low.links.link_described(opened.link, "offer", "v" * 20_000, now=bench.now)
    assert [type(effect) for effect in effects] == [e.CloseLink, e.DialFailed]


# -- attackers on a link ----------------------------------------------------------------------------------------------


def only_link(side: Side) -> str:
    (link,) = side.links._table.links()
    return link.name


def test_a_mistake_on_a_proven_link_costs_points_and_the_link() -> None:
    bench = Bench()
    low, high = linked(bench)
    low.link_frame(only_link(low), 0, b"\xff\xff")
    assert low.of(e.Penalise) == [e.Penalise(high.peer, 50.0, "a frame of unknown kind 255")]
    assert lost(low) == ["a frame of unknown kind 255"]
    assert low.links.is_known(high.peer)


def test_penalties_add_up_to_a_hang_up_that_lasts() -> None:
    bench = Bench()
    low, high = linked(bench)
    low.perform(low.links.penalise(high.peer, MAX_PENALTY - 1, "a", now=bench.now))
    assert low.ready() == [high.peer]
    low.perform(low.links.penalise(high.peer, 2.0, "the last straw", now=bench.now))
    assert lost(low) == ["the last straw"]
    high.perform(high.links.retry(now=bench.now))
    bench.run(200.0)
    assert low.ready() == []
    assert low.links.dial(high.peer, "memory", now=bench.now) == []
    bench.run(200.0)
    low.dial(high)
    bench.run(3.0)
    assert low.ready() == [high.peer]


def test_a_mistake_on_an_unproven_link_costs_the_peer_nothing() -> None:
    """Anybody could make it in that peer's name."""
    bench = Bench()
    low, high = two(bench)
    low.dial(high)
    while not low.links.status(now=bench.now) or low.links.status(now=bench.now)[0].state != "securing":
        bench.run(0.001)
    low.link_frame(only_link(low), 0, b"\xff\xff")
    assert low.of(e.Penalise) == []
    assert [type(effect) for effect in low.up] == [e.DialFailed]
    record = low.links._book.find(high.peer)
    assert record is not None
    assert record.penalty(now=bench.now) == 0.0


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x01a message of sync",
        b"\x00\x00\x04" + bytes(8),
        b"\x01\x01" + (20_000).to_bytes(4, "big") + bytes(MAX_FRAME_BYTES - 6),
        b"\x00\x00",
    ],
    ids=["message", "ping", "large", "empty"],
)
def test_nothing_but_a_handshake_on_a_new_link(frame: bytes) -> None:
    bench = Bench()
    low, high = two(bench)
    effects = low.links.link_offered("memory:in:1", high.peer, now=bench.now)
    effects += low.links.link_opened("memory:in:1", bytes(16), now=bench.now, wall_ms=WALL_MS)
    assert [type(effect) for effect in effects] == [e.SendFrame]
    effects = low.links.link_frame("memory:in:1", 0, frame, now=bench.now)
    assert [type(effect) for effect in effects] == [e.CloseLink, e.DialFailed]


def test_whoever_never_proves_anything_is_dropped() -> None:
    bench = Bench()
    low, high = two(bench)
    low.links.link_offered("memory:in:1", high.peer, now=bench.now)
    low.links.link_opened("memory:in:1", bytes(16), now=bench.now, wall_ms=WALL_MS)
    assert low.links.next_wakeup() == bench.now + params.HANDSHAKE_TIMEOUT_S
    assert low.links.wake(now=bench.now + params.HANDSHAKE_TIMEOUT_S - 0.1) == []
    effects = low.links.wake(now=bench.now + params.HANDSHAKE_TIMEOUT_S)
    assert effects[0] == e.CloseLink("memory:in:1", "the peer did not prove who it is in time")


def test_a_man_in_the_middle_is_found_out() -> None:
    """He joins two links, so that each side sees another binding."""
    bench = Bench()
    low, high = two(bench)
    low.links.link_offered("memory:in:1", high.peer, now=bench.now)
    high.perform(high.links.dial(low.peer, "memory", now=bench.now))
    name = only_link(high)
    pipes = {low.peer: (high, name), high.peer: (low, "memory:in:1")}
    waiting = [
        (low, low.links.link_opened("memory:in:1", b"fingerprints, one", now=bench.now, wall_ms=WALL_MS)),
        (high, high.links.link_opened(name, b"fingerprints, two", now=bench.now, wall_ms=WALL_MS)),
    ]
    ends: list[str] = []
    while waiting:
        side, effects = waiting.pop(0)
        for effect in effects:
            if isinstance(effect, e.SendFrame):
                other, link = pipes[side.peer]
                waiting.append((other, other.links.link_frame(link, effect.channel, effect.data, now=bench.now)))
            elif isinstance(effect, e.Sign):
                signature = side.key.sign(effect.message)
                waiting.append((side, side.links.completed(effect.token, signature, now=bench.now)))
            elif isinstance(effect, e.Verify):
                waiting.append((side, side.links.completed(effect.token, verify(effect), now=bench.now)))
            elif isinstance(effect, e.CloseLink):
                ends.append(effect.reason)
            else:
                assert isinstance(effect, e.DialFailed)
    assert ends == ["the proof does not hold"] * 2
    assert low.links.refused == {high.peer: "the proof does not hold"}
    assert high.links.refused == {low.peer: "the proof does not hold"}


def test_whom_we_refused_is_remembered_within_bounds_until_it_proves_itself() -> None:
    bench = Bench()
    low, high = two(bench)
    for stranger in [high.peer, *(bytes([number]) * 32 for number in range(MAX_REFUSED))]:
        assert low.links.refused.keys() <= {high.peer, *(bytes([number]) * 32 for number in range(MAX_REFUSED))}
        name = f"memory:in:{stranger.hex()}"
        low.links.link_offered(name, stranger, now=bench.now)
        low.links.link_opened(name, b"some fingerprints", now=bench.now, wall_ms=WALL_MS)
        low.links.link_frame(name, 0, b"\x00\x00\x01\xff", now=bench.now)
        assert "version 255" in low.links.refused[stranger]
    assert len(low.links.refused) == MAX_REFUSED
    assert high.peer not in low.links.refused
    low.links.refused[high.peer] = "the proof does not hold"
    low.perform(low.links.dial(high.peer, "memory", now=bench.now))
    bench.run(5.0)
    assert high.peer not in low.links.refused


def test_a_transport_without_a_binding_is_not_trusted() -> None:
    bench = Bench()
    low, high = two(bench)
    low.links.link_offered("memory:in:1", high.peer, now=bench.now)
    effects = low.links.link_opened("memory:in:1", b"short", now=bench.now, wall_ms=WALL_MS)
    assert [type(effect) for effect in effects] == [e.CloseLink, e.DialFailed]


def test_a_frame_before_the_link_is_open_ends_it() -> None:
    bench = Bench()
    low, high = two(bench)
    low.links.link_offered("memory:in:1", high.peer, now=bench.now)
    effects = low.links.link_frame("memory:in:1", 0, b"\x00\x00\x01", now=bench.now)
    assert e.CloseLink("memory:in:1", "the transport gave a frame before it was open") in effects


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x01", b"\x02" + bytes(64), b"\x03", b"\x04", b"\x05" + bytes(9), bytes((BYE,)) + bytes(65), b"\x63"],
)
def test_own_messages_that_make_no_sense_on_a_ready_link(payload: bytes) -> None:
    bench = Bench()
    low, high = linked(bench)
    low.link_frame(only_link(low), 0, b"\x00\x00" + payload)
    assert len(low.of(e.Penalise)) == 1
    assert low.ready() == []


def test_a_bye_says_only_what_can_be_shown() -> None:
    bench = Bench()
    low, high = linked(bench)
    low.link_frame(only_link(low), 0, b"\x00\x00" + bytes((BYE,)) + b"\x1b[31m\xff!")
    assert lost(low) == ["the peer said bye: ?[31m\ufffd!"]


def test_pings_that_nobody_reads_the_answers_of_cost_no_memory() -> None:
    bench = Bench()
    low, high = linked(bench)
    name = only_link(low)
    for number in range(20_000):
        low.links.link_frame(name, 0, b"\x00\x00\x04" + number.to_bytes(8, "big"), now=bench.now)
    assert low.links.queued_bytes(high.peer) < 100


@pytest.mark.parametrize("channel", [-1, 2, 7])
def test_a_channel_that_does_not_exist(channel: int) -> None:
    bench = Bench()
    low, high = linked(bench)
    low.link_frame(only_link(low), channel, b"\x00\x01x")
    assert low.ready() == []
    assert len(low.of(e.Penalise)) == 1


def test_events_of_links_that_are_gone_are_ignored() -> None:
    bench = Bench()
    links = bench.side(1).links
    now = bench.now
    assert links.link_described("memory:9", "offer", "v", now=now) == []
    assert links.link_candidate("memory:9", "c", "0") == []
    assert links.link_opened("memory:9", bytes(16), now=now, wall_ms=WALL_MS) == []
    assert links.link_frame("memory:9", 0, b"\x00\x01x", now=now) == []
    assert links.link_sent("memory:9", 0, 5, 5, now=now) == []
    assert links.link_drained("memory:9", 0, now=now) == []
    assert links.link_closed("memory:9", "x", now=now) == []
    assert links.completed(9, True, now=now) == []
    assert links.signal_failed(b"x" * 32, "offline", now=now) == []
    assert links.hang_up(b"x" * 32, "x", now=now) == []


def test_a_link_that_the_transport_lost_is_lost() -> None:
    bench = Bench()
    low, high = linked(bench)
    low.perform(low.links.link_sent(only_link(low), 0, 10, -1, now=bench.now))
    assert lost(low) == ["the transport has closed it"]


def test_bulk_may_overtake_the_welcome() -> None:
    """Channels don't wait for each other: a message of the other side says as much as its welcome does."""
    bench = Bench()
    low, high = two(bench)
    held: list[bytes] = []
    send = high.transports["memory"].send

    def hold_welcome(link: str, channel: int, data: bytes) -> int:
        if data == b"\x00\x00\x03":
            held.append(data)
            return 0
        return send(link, channel, data)

    high.transports["memory"].send = hold_welcome  # type: ignore[method-assign]
    low.dial(high)
    bench.run(1.0)
    assert (low.ready(), high.ready()) == ([], [low.peer])
    high.send(low, bytes(100_000), channel=1)
    bench.run(1.0)
    assert [type(effect) for effect in low.up] == [e.PeerReady, e.Received]
    assert low.received() == [bytes(100_000)]
    send(only_link(high), 0, held[0])
    bench.run(1.0)
    assert low.ready() == [high.peer], "the welcome is late, not wrong"
    send(only_link(high), 0, held[0])
    bench.run(1.0)
    assert lost(low) == ["message 3 while the handshake is at ready"]


def test_retry_can_mean_one_peer() -> None:
    bench = Bench()
    low, high = two(bench)
    third = bench.side(3)
    for other in (high, third):
        other.kill()
        low.dial(other)
    bench.run(params.DIAL_TIMEOUT_S + 0.1)
    effects = low.links.retry(third.peer, now=bench.now)
    assert [effect.peer for effect in effects if isinstance(effect, e.OpenLink)] == [third.peer]


def test_stop_forgets_whom_we_wait_to_dial() -> None:
    bench = Bench()
    low, high = two(bench)
    high.kill()
    low.dial(high)
    bench.run(params.DIAL_TIMEOUT_S + 0.1)
    assert low.links.next_wakeup() is not None
    low.perform(low.links.stop("closing", now=bench.now))
    assert low.links.next_wakeup() is None
    assert not low.links.is_known(high.peer)


def test_a_worse_link_that_gets_ready_later_is_closed() -> None:
    """The other side had it under way when the tab link got ready, and both got there."""
    bench = Bench()
    low, high = two(bench, BOTH)
    _share(low, high)
    high.dial(low, "webrtc")
    bench.run(1.0)
    low.dial(high, "tab")
    bench.run(1.0)
    (tab,) = low.links._table.links()
    worse = Link("webrtc:77", high.peer, "webrtc", is_initiator=False, negotiation=None, now=bench.now)
    low.links._add(worse)
    worse.state = "ready"
    effects = low.links._promote(worse, [], bench.now)
    assert effects[-1] == e.CloseLink("webrtc:77", "replaced")
    assert low.links._table.links() == [tab]


def test_a_new_certificate_is_used_from_then_on() -> None:
    bench = Bench()
    low, high = two(bench)
    expired = local_peer(1 if low.peer == local_peer(1).peer else 2, expires_ms=1)
    good = low.links._own.certificate
    low.links.renew(expired.certificate)
    low.dial(high)
    bench.run(0.9)
    assert high.ready() == []
    low.links.renew(Certificate(*good))
    bench.run(5.0)
    assert high.ready() == [low.peer]


# -- anything at any time ---------------------------------------------------------------------------------------------

frames = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(lambda tail: b"\x00\x00" + tail),
    st.binary(max_size=40).map(lambda tail: b"\x00\x01" + tail),
    st.builds(lambda kind, tail: bytes((0, 0, kind)) + tail, st.integers(0, 6), st.binary(max_size=80)),
    st.just(b"\x01\x01" + (40_000).to_bytes(4, "big") + bytes(MAX_FRAME_BYTES - 6)),
)
signals = st.one_of(
    st.binary(max_size=30),
    st.builds(offers.Offer, st.integers(0, 3), st.just("v=0")).map(offers.encode),
    st.builds(offers.Answer, st.integers(0, 3), st.just("v=0")).map(offers.encode),
    st.builds(offers.Candidate, st.integers(0, 3), st.just("c"), st.just("0")).map(offers.encode),
    st.builds(offers.Bye, st.integers(0, 3), st.just("x")).map(offers.encode),
)
events = st.one_of(
    st.tuples(st.just("frame"), st.integers(0, 1), frames),
    st.tuples(st.just("signal"), st.integers(0, 1), signals),
    st.tuples(st.just("run"), st.integers(0, 2), st.just(b"")),
    st.tuples(st.just("dial"), st.integers(0, 1), st.just(b"")),
    st.tuples(st.just("close"), st.integers(0, 1), st.just(b"")),
)


@given(st.integers(0, 5), st.lists(events, max_size=12))
def test_any_bytes_in_any_state_are_handled(seed: int, script: list[tuple[str, int, bytes]]) -> None:
    """Whatever one side is fed, it raises nothing, keeps to its bounds, and can be reached again afterwards."""
    bench = Bench(seed)
    low, high = two(bench, SIGNALED)
    for what, number, data in script:
        names = [link.name for link in low.links._table.links()] or ["webrtc:1"]
        if what == "frame":
            low.link_frame(names[-1], number, data)
        elif what == "signal":
            low.perform(low.links.signal(high.peer, data, now=bench.now))
        elif what == "run":
            bench.run((0.02, 0.3, 4.0)[number])
        elif what == "dial":
            (low, high)[number].dial((high, low)[number], "webrtc")
        else:
            low.perform(low.links.link_closed(names[0], "x", now=bench.now))
        assert low.links.count <= 1
        ready = len(low.of(e.PeerReady)) - len(low.of(e.PeerLost))
        assert ready == len(low.ready()) <= 1
    for _ in range(30):
        if low.ready():
            break
        high.dial(low, "webrtc")
        bench.run(60.0)
    assert low.ready() == [high.peer]
