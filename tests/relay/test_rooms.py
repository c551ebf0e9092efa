"""The rooms machine: who hears what, and what attackers get."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.relay.rooms_bench import OTHER_ROOM, ROOM, SIGNATURE, Bench, nonce, peer

from graphvine.net import signaling as s
from graphvine_relay.effects import Close
from graphvine_relay.limits import Limits


@pytest.fixture
def bench() -> Bench:
    return Bench()


# -- joining ----------------------------------------------------------------------------------------------------------


def test_challenge_then_verify_then_greeting(bench: Bench) -> None:
    alice = bench.join(1)
    assert bench.clients[alice].take() == [s.Challenge(nonce(alice))]
    assert bench.clients[alice].greetings == [()]
    (verify,) = bench.verified
    assert verify.join.peer_key == peer(1)
    assert verify.message == s.join_message(nonce(alice), ROOM)
    bob = bench.join(2)
    assert bench.clients[bob].greetings == [(peer(1),)]
    assert bench.clients[alice].take() == [s.Presence("join", peer(2))]
    bench.close(bob)
    assert bench.clients[alice].take() == [s.Presence("leave", peer(2))]


def test_a_bad_signature_stays_outside(bench: Bench) -> None:
    alice = bench.join(1)
    bench.clients[alice].take()
    bench.is_admitted = False
    mallory = bench.join(1)
    assert bench.clients[mallory].closed == s.CLOSE_DENIED
    assert bench.clients[mallory].take()[-1] == s.Refused("denied")
    assert bench.clients[alice].closed is None, "a stranger can't throw out whose key it does not have"
    assert bench.rooms.counters.denied == 1


def test_the_same_key_replaces_its_ghost(bench: Bench) -> None:
    ghost, bob = bench.join(1), bench.join(2)
    bench.clients[bob].take()
    alice = bench.join(1)
    assert bench.clients[ghost].closed == s.CLOSE_REPLACED
    assert bench.clients[bob].take() == [s.Presence("leave", peer(1)), s.Presence("join", peer(1))]
    bench.signal(bob, 1)
    assert s.Forwarded(peer(2), "eHg") in bench.clients[alice].take()
    bench.close(ghost)  # the shell reports the end of the ghost's socket later
    assert bench.clients[bob].take() == []
    bench.signal(bob, 1)
    assert s.Forwarded(peer(2), "eHg") in bench.clients[alice].take()


def test_the_same_key_in_another_room_is_no_ghost(bench: Bench) -> None:
    first = bench.join(1)
    bench.join(1, OTHER_ROOM)
    assert bench.clients[first].closed is None


def test_another_version_is_told_so(bench: Bench) -> None:
    connection = bench.open()
    bench.say(connection, s.Join(2, ROOM, peer(1), SIGNATURE))
    assert bench.clients[connection].take()[-1] == s.Refused("version")
    assert bench.clients[connection].closed == s.CLOSE_VERSION


@pytest.mark.parametrize("first", [s.Who(), s.Ping(), s.Signal(peer(2), "eHg"), "nonsense", "[" * 16_000, "x" * 20_000])
def test_the_first_frame_must_be_a_join(bench: Bench, first: s.FromPeer | str) -> None:
    connection = bench.open()
    bench.say(connection, first)
    assert bench.clients[connection].closed == s.CLOSE_MALFORMED
    assert bench.rooms.gauges()["connections"] == 0


@pytest.mark.parametrize("later", [s.Join(1, OTHER_ROOM, peer(1), SIGNATURE), "nonsense"])
def test_nonsense_and_a_second_join_end_the_connection(bench: Bench, later: s.FromPeer | str) -> None:
    alice = bench.join(1)
    bench.say(alice, later)
    assert bench.clients[alice].closed == s.CLOSE_MALFORMED
    assert bench.rooms.gauges()["rooms"] == 0


def test_nothing_may_be_said_while_the_signature_is_checked(bench: Bench) -> None:
    connection = bench.open()
    join = s.encode(s.Join(1, ROOM, peer(1), SIGNATURE))
    bench.rooms.receive(connection, join, now=bench.now)  # the Verify is not answered yet
    bench.say(connection, join)
    assert bench.clients[connection].closed == s.CLOSE_MALFORMED
    assert bench.rooms.completed(connection, True) == [], "too late"
    assert bench.rooms.completed(99, True) == []


def test_who_does_not_join_in_time_is_closed(bench: Bench) -> None:
    first = bench.open()
    bench.now += 3
    second, third = bench.open(), bench.join(3)
    assert bench.rooms.next_wakeup() == 1005
    bench.now = 1004.9
    bench.wake()
    assert bench.clients[first].closed is None
    bench.now = 1005
    bench.wake()
    assert bench.clients[first].closed == s.CLOSE_TIMEOUT
    assert bench.clients[second].closed is None
    bench.now = bench.rooms.next_wakeup() or 0
    bench.wake()
    assert bench.clients[second].closed == s.CLOSE_TIMEOUT
    assert bench.clients[third].closed is None
    assert bench.rooms.next_wakeup() is None
    assert bench.rooms.counters.timed_out == 2


# -- forwarding -------------------------------------------------------------------------------------------------------


def test_a_signal_reaches_its_peer_with_the_proven_sender(bench: Bench) -> None:
    alice, bob, carol = bench.join(1), bench.join(2), bench.join(3)
    for connection in (alice, bob, carol):
        bench.clients[connection].take()
    bench.signal(alice, 2, n=7)
    assert bench.clients[bob].take() == [s.Forwarded(peer(1), "eHg")]
    assert bench.clients[alice].take() == [s.Ack(7)]
    bench.signal(alice, 2)
    assert bench.clients[alice].take() == [], "no number, no receipt"
    assert bench.clients[carol].take() == []


def test_absent_peers_and_oneself_are_offline(bench: Bench) -> None:
    alice = bench.join(1)
    bench.clients[alice].take()
    bench.signal(alice, 2, n=1)
    bench.signal(alice, 1, n=2)
    bench.signal(alice, 2)
    assert bench.clients[alice].take() == [s.Refused("offline", 1), s.Refused("offline", 2), s.Refused("offline")]


def test_nothing_crosses_from_one_room_into_another(bench: Bench) -> None:
    alice = bench.join(1)
    mallory = bench.join(66, OTHER_ROOM)
    assert bench.clients[mallory].greetings == [()]
    for connection in (alice, mallory):
        bench.clients[connection].take()
    bench.signal(mallory, 1, n=1)
    bench.say(mallory, s.Who())
    bench.close(mallory)
    assert bench.clients[mallory].take() == [s.Refused("offline", 1)]
    assert bench.clients[mallory].greetings == [(), ()]
    assert bench.clients[alice].take() == []


def test_ping_is_answered(bench: Bench) -> None:
    alice = bench.join(1)
    bench.clients[alice].take()
    bench.say(alice, s.Ping())
    assert bench.clients[alice].take() == [s.Pong()]


# -- limits -----------------------------------------------------------------------------------------------------------


def test_a_burst_of_120_gets_60_through_and_the_connection_lives(bench: Bench) -> None:
    alice, bob = bench.join(1), bench.join(2)
    bench.clients[alice].take()
    bench.clients[bob].take()
    for n in range(120):
        bench.signal(alice, 2, n=n)
    answers = bench.clients[alice].take()
    assert answers == [s.Ack(n) for n in range(60)] + [s.Refused("rate", n) for n in range(60, 120)]
    assert len(bench.clients[bob].take()) == 60
    bench.now += 1
    bench.signal(alice, 2, n=120)
    assert bench.clients[alice].take() == [s.Ack(120)]


def test_who_never_stops_flooding_is_closed(bench: Bench) -> None:
    alice = bench.join(1)
    for _ in range(60 + Limits().refusals):
        bench.say(alice, s.Ping())
    assert bench.clients[alice].closed is None
    bench.say(alice, s.Ping())
    assert bench.clients[alice].closed == s.CLOSE_RATE


def test_asking_for_peers_costs_more(bench: Bench) -> None:
    alice = bench.join(1)
    for _ in range(20):
        bench.say(alice, s.Who())
    assert len(bench.clients[alice].greetings) == 1 + 60 / Limits().who_cost


def test_all_connections_of_an_address_share_a_bucket() -> None:
    bench = Bench(Limits(address_frames_per_s=10, address_frames_burst=70))
    one, two, else_where = bench.join(1), bench.join(2), bench.join(3, address="198.51.100.1")
    for connection in (one, two, else_where):
        bench.clients[connection].take()
        for _ in range(50):
            bench.say(connection, s.Ping())
    served = [bench.clients[number].take().count(s.Pong()) for number in (one, two, else_where)]
    assert served == [50, 20, 50]


def test_a_big_frame_is_refused_and_counted(bench: Bench) -> None:
    alice = bench.join(1)
    bench.clients[alice].take()
    for _ in range(61):
        bench.say(alice, "x" * (s.MAX_FRAME_BYTES + 1))
    assert bench.clients[alice].take() == [s.Refused("big")] * 60 + [s.Refused("rate")]
    assert bench.rooms.counters.too_big == 61


def test_connections_of_an_address_and_of_all_are_bounded() -> None:
    bench = Bench(Limits(connections=5, connections_per_address=3))
    same = [bench.open("192.0.2.1") for _ in range(4)]
    assert [bench.clients[number].closed for number in same] == [None, None, None, s.CLOSE_BUSY]
    others = [bench.open(f"198.51.100.{n}") for n in range(3)]
    assert [bench.clients[number].closed for number in others] == [None, None, s.CLOSE_BUSY]
    bench.close(same[0])
    assert bench.clients[bench.open("192.0.2.1")].closed is None
    assert bench.rooms.counters.turned_away == 2


def test_dialling_too_often_is_refused() -> None:
    bench = Bench(Limits(dials_per_s=1, dials_burst=3))
    for _ in range(3):
        bench.close(bench.open())
    assert bench.clients[bench.open()].closed == s.CLOSE_BUSY
    bench.now += 1
    assert bench.clients[bench.open()].closed is None


def test_a_room_is_bounded_but_lets_its_ghosts_return() -> None:
    bench = Bench(Limits(room_peers=3))
    members = [bench.join(number) for number in range(3)]
    late = bench.join(3)
    assert bench.clients[late].closed == s.CLOSE_FULL
    assert bench.clients[late].take()[-1] == s.Refused("full")
    back = bench.join(1)
    assert bench.clients[back].closed is None
    assert bench.clients[members[1]].closed == s.CLOSE_REPLACED


def test_a_join_in_a_large_room_costs_a_bounded_number_of_frames() -> None:
    bench = Bench(Limits(connections_per_address=2000, dials_burst=2000))
    for number in range(300):
        bench.join(number)
    for client in bench.clients.values():
        client.take()
    newcomer = bench.join(999)
    told = [number for number, client in bench.clients.items() if number != newcomer and client.take()]
    assert len(told) == s.MAX_PEERS_TOLD
    assert bench.clients[newcomer].view == {bench.clients[number].peer for number in told}
    bench.say(newcomer, s.Who())
    assert len(bench.clients[newcomer].greetings[1]) == s.MAX_PEERS_TOLD
    assert bench.clients[newcomer].greetings[0] != bench.clients[newcomer].greetings[1]
    bench.close(newcomer)
    assert all(peer(999) not in client.view for client in bench.alive())


# -- drain ------------------------------------------------------------------------------------------------------------


def test_drain_asks_then_closes_everybody(bench: Bench) -> None:
    members = [bench.join(number) for number in range(20)]
    waiting = bench.open()
    for client in bench.clients.values():
        client.take()
    bench.drain()
    assert bench.clients[waiting].closed == s.CLOSE_AWAY
    farewells = [bench.clients[number].take() for number in members]
    afters = [message.after for (message,) in farewells if isinstance(message, s.Drain)]
    assert len(set(afters)) > 15, "not all at once"
    assert all(0 <= after <= Limits().drain_s for after in afters)
    assert bench.clients[bench.open()].closed == s.CLOSE_BUSY
    bench.signal(members[0], 1, n=1)
    assert bench.clients[members[0]].take() == [s.Ack(1)], "still at work"
    bench.drain()
    assert bench.clients[members[2]].take() == [], "said once"
    assert bench.rooms.next_wakeup() == bench.now + Limits().drain_s
    bench.now += Limits().drain_s
    bench.wake()
    assert {bench.clients[number].closed for number in members} == {s.CLOSE_AWAY}
    assert bench.rooms.next_wakeup() is None
    bench.close(members[0])
    bench.signal(members[1], 2)


# -- any course of events ---------------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(["join", "other", "leave", "signal", "who", "bad", "wait"]), st.integers(0, 5)),
    max_size=60,
)


@given(steps)
@settings(max_examples=200, deadline=None)
def test_what_peers_know_is_always_true(course: list[tuple[str, int]]) -> None:
    """In rooms smaller than a sample, everybody knows exactly the others; no signal leaves its room."""
    bench = Bench()
    for verb, number in course:
        open_now = [n for n, client in bench.clients.items() if client.closed is None]
        chosen = open_now[number % len(open_now)] if open_now else None
        match verb:
            case "join":
                bench.join(number)
            case "other":
                bench.join(number, OTHER_ROOM)
            case "wait":
                bench.now += number
                bench.wake()
            case "leave" if chosen is not None:
                bench.close(chosen)
            case "signal" if chosen is not None:
                bench.signal(chosen, number, n=number)
            case "who" if chosen is not None:
                bench.say(chosen, s.Who())
            case "bad" if chosen is not None:
                bench.say(chosen, "bad")
        check_views(bench)
    for connection in bench.clients:
        bench.close(connection)
    gauges = bench.rooms.gauges()
    assert (gauges["connections"], gauges["peers"], gauges["rooms"]) == (0, 0, 0)


def check_views(bench: Bench) -> None:
    for client in bench.alive():
        others = {other.peer for other in bench.alive() if other.room == client.room and other is not client}
        assert client.view == others
        senders = {message.sender for message in client.inbox if isinstance(message, s.Forwarded)}
        assert senders <= {other.peer for other in bench.clients.values() if other.room == client.room}


def test_frames_of_unknown_connections_are_ignored(bench: Bench) -> None:
    assert bench.rooms.receive(5, s.encode(s.Ping()), now=0) == []
    assert bench.rooms.close(5) == []


def test_the_same_seed_gives_the_same_effects() -> None:
    def run() -> list[tuple[str, ...]]:
        bench = Bench(dataclasses.replace(Limits(), connections_per_address=500), seed=3)
        return [bench.clients[bench.join(number)].greetings[0] for number in range(100)]

    assert run() == run()


def test_refused_connections_leave_no_trace() -> None:
    bench = Bench(Limits(connections=0))
    assert bench.rooms.open(1, "a", nonce(1), now=0) == [Close(1, s.CLOSE_BUSY, "busy")]
    assert bench.rooms.gauges()["addresses"] == 0
