"""Our side of a relay connection: joining, coming back, and relays that mean ill."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphvine import limits
from graphvine.effects import Sign
from graphvine.errors import InvalidValue
from graphvine.net import relay_session as rs
from graphvine.net import signal_queue
from graphvine.net import signaling as s
from graphvine.net.relay_effects import (
    CloseSocket,
    IceOffered,
    OpenSocket,
    PeerGone,
    PeerSeen,
    RelayEffect,
    RelayState,
    SendText,
    SignalFailed,
    SignalReceived,
)
from graphvine.net.relay_session import RelaySession

ROOM = "room-of-16-chars"
ME = bytes(range(32))
BOB = b"b" * 32
CAROL = b"c" * 32
NONCE = s.encode_base64url(b"n" * 32)
FIRST, SECOND = "ws://first.example/", "wss://second.example/"


class Bench:
    """A session, the number of its socket, and shorthand for what the relay does to it."""

    def __init__(self, *urls: str, seed: int = 1) -> None:
        self.session = RelaySession(urls or (FIRST,), ROOM, ME, random.Random(seed))
        self.now = 1000.0
        self.socket = 0

    def note(self, effects: list[RelayEffect]) -> list[RelayEffect]:
        for effect in effects:
            if isinstance(effect, OpenSocket):
                assert effect.socket != self.socket
                self.socket = effect.socket
        return effects

    def start(self) -> list[RelayEffect]:
        return self.note(self.session.start(now=self.now))

    def say(self, message: s.FromRelay | str) -> list[RelayEffect]:
        text = message if isinstance(message, str) else s.encode(message)
        return self.note(self.session.receive(self.socket, text, now=self.now))

    def wake(self) -> list[RelayEffect]:
        """Let time pass until the session wants to be woken, and wake it."""
        at = self.session.next_wakeup()
        assert at is not None
        assert at > self.now
        self.now = at
        return self.note(self.session.wake(now=at))

    def open(self) -> list[RelayEffect]:
        return self.note(self.session.opened(self.socket, now=self.now))

    def lose(self, reason: str = "1006") -> list[RelayEffect]:
        return self.note(self.session.closed(self.socket, reason, now=self.now))

    def join(self, *peers: bytes, ice: tuple[s.IceServer, ...] = (), ttl: int = 0) -> list[RelayEffect]:
        self.open()
        sign = [effect for effect in self.say(s.Challenge(nonce=NONCE)) if isinstance(effect, Sign)]
        self.session.completed(sign[0].token, b"s" * 64, now=self.now)
        return self.say(s.Joined(peers=tuple(map(s.peer_id, peers)), ice=ice, ttl=ttl))


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.start()
    return bench


@pytest.fixture
def joined(bench: Bench) -> Bench:
    bench.join()
    assert bench.session.state == "joined"
    return bench


def frames(effects: list[RelayEffect]) -> list[s.FromPeer]:
    return [s.decode_from_peer(effect.text) for effect in effects if isinstance(effect, SendText)]


def states(effects: list[RelayEffect]) -> list[str]:
    return [effect.state for effect in effects if isinstance(effect, RelayState)]


# -- joining ----------------------------------------------------------------------------------------------------------


def test_the_way_in() -> None:
    bench = Bench()
    assert bench.start() == [RelayState("connecting", FIRST), OpenSocket(1, FIRST)]
    assert bench.open() == []
    state, sign = bench.say(s.Challenge(nonce=NONCE))
    assert state == RelayState("challenged", FIRST)
    assert isinstance(sign, Sign)
    assert sign.message == s.join_message(NONCE, ROOM)
    assert not sign.as_author
    effects = bench.session.completed(sign.token, b"s" * 64, now=bench.now)
    assert frames(effects) == [s.Join(1, ROOM, s.peer_id(ME), s.encode_base64url(b"s" * 64))]
    server = s.IceServer(("stun:stun.example",))
    joined = s.Joined(peers=(s.peer_id(BOB),), ice=(server,))
    assert bench.say(joined) == [RelayState("joined", FIRST), IceOffered((server,)), PeerSeen(BOB)]
    assert bench.session.is_joined


def test_the_capability_goes_into_the_first_frame() -> None:
    capability = "body." + s.peer_id(ME)
    session = RelaySession([FIRST], ROOM, ME, random.Random(1), capability=capability)
    session.start(now=0)
    sign = session.receive(1, s.encode(s.Challenge(nonce=NONCE)), now=0)[1]
    assert isinstance(sign, Sign)
    (join,) = frames(session.completed(sign.token, b"s" * 64, now=0))
    assert isinstance(join, s.Join)
    assert join.cap == capability


@pytest.mark.parametrize(
    ("urls", "room", "key"),
    [
        ([], ROOM, ME),
        (["http://relay/"], ROOM, ME),
        (["ws://"], ROOM, ME),
        (["ws://a b/"], ROOM, ME),
        ([FIRST], "short", ME),
        ([FIRST], ROOM, b"short"),
    ],
)
def test_wrong_settings_are_told_at_once(urls: list[str], room: str, key: bytes) -> None:
    with pytest.raises(InvalidValue):
        RelaySession(urls, room, key, random.Random(1))


def test_starting_twice_opens_one_socket(bench: Bench) -> None:
    assert bench.start() == []


def test_stop_leaves_for_good_and_start_comes_back(joined: Bench) -> None:
    assert joined.session.stop(now=joined.now) == [CloseSocket(1), RelayState("disconnected", FIRST, "stopped")]
    assert joined.session.next_wakeup() is None
    assert joined.session.stop(now=joined.now) == []
    assert states(joined.start()) == ["connecting"]
    joined.join()
    assert joined.session.is_joined


def test_stop_while_waiting_for_the_next_attempt(bench: Bench) -> None:
    bench.lose()
    assert bench.session.stop(now=bench.now) == []
    assert bench.session.next_wakeup() is None


def test_a_signature_that_fails_is_a_failed_attempt(bench: Bench) -> None:
    sign = bench.say(s.Challenge(nonce=NONCE))[1]
    assert isinstance(sign, Sign)
    assert states(bench.session.completed(sign.token, None, now=bench.now)) == ["disconnected"]


def test_a_late_signature_of_an_older_attempt_is_ignored(bench: Bench) -> None:
    old = bench.say(s.Challenge(nonce=NONCE))[1]
    bench.lose()
    bench.wake()
    new = bench.say(s.Challenge(nonce=NONCE))[1]
    assert isinstance(old, Sign)
    assert isinstance(new, Sign)
    assert bench.session.completed(old.token, b"s" * 64, now=bench.now) == []
    assert len(frames(bench.session.completed(new.token, b"s" * 64, now=bench.now))) == 1
    assert bench.session.completed(new.token, b"s" * 64, now=bench.now) == []


# -- coming back ------------------------------------------------------------------------------------------------------


def test_it_tries_for_ever_with_a_growing_bounded_wait(bench: Bench) -> None:
    waits = []
    for _ in range(40):
        bench.lose()
        before = bench.now
        assert states(bench.wake()) == ["connecting"]
        waits.append(bench.now - before)
    assert all(wait <= rs.MAX_RETRY_S for wait in waits)
    assert waits[0] <= 2
    assert all(wait >= rs.MAX_RETRY_S / 2 for wait in waits[5:])
    assert len(set(waits[5:])) > 30, "no jitter"


def test_the_relays_are_tried_in_turn_and_quickly_within_a_round() -> None:
    bench = Bench(FIRST, SECOND)
    opened = [effect.url for effect in bench.start() if isinstance(effect, OpenSocket)]
    waits = []
    for _ in range(5):
        bench.lose()
        before = bench.now
        opened += [effect.url for effect in bench.wake() if isinstance(effect, OpenSocket)]
        waits.append(bench.now - before)
    assert opened == [FIRST, SECOND] * 3
    assert max(waits[0::2]) <= rs.NEXT_RELAY_S
    assert min(waits[1::2]) >= 1.0


def test_after_a_good_connection_the_wait_is_short_and_the_first_relay_comes_first() -> None:
    bench = Bench(FIRST, SECOND)
    bench.start()
    for _ in range(9):
        bench.lose()
        bench.wake()
    bench.join()
    bench.now += rs.STABLE_S
    assert bench.lose() == [RelayState("disconnected", SECOND, "1006")]
    before = bench.now
    assert OpenSocket(bench.socket + 1, FIRST) in bench.wake()
    assert bench.now - before <= rs.RETRY_S


def test_a_session_at_a_later_relay_goes_home() -> None:
    bench = Bench(FIRST, SECOND)
    bench.start()
    bench.lose()
    bench.wake()
    bench.join()
    start = bench.now
    effects: list[RelayEffect] = []
    while not states(effects):
        effects = bench.wake()
        if frames(effects) == [s.Ping()]:
            bench.say(s.Pong())
    assert states(effects) == ["disconnected", "connecting"]
    assert OpenSocket(bench.socket, FIRST) in effects
    assert rs.GO_HOME_S / 2 <= bench.now - start <= rs.GO_HOME_S * 1.5
    bench.lose()
    assert OpenSocket(bench.socket + 1, SECOND) in bench.wake()


def test_a_socket_that_never_opens_and_a_relay_that_never_speaks(bench: Bench) -> None:
    before = bench.now
    assert bench.wake() == [CloseSocket(1), RelayState("disconnected", FIRST, "no answer")]
    assert bench.now - before == rs.ANSWER_TIMEOUT_S
    bench.wake()
    bench.now += 1
    bench.open()
    before = bench.now
    assert states(bench.wake()) == ["disconnected"]
    assert bench.now - before == rs.ANSWER_TIMEOUT_S


def test_a_relay_that_never_answers_the_join(bench: Bench) -> None:
    sign = bench.say(s.Challenge(nonce=NONCE))[1]
    assert isinstance(sign, Sign)
    bench.session.completed(sign.token, b"s" * 64, now=bench.now)
    assert states(bench.wake()) == ["disconnected"]


def test_events_of_a_forgotten_socket_are_ignored(joined: Bench) -> None:
    joined.lose()
    assert joined.say(s.Presence(op="join", id=s.peer_id(BOB))) == []
    assert joined.lose() == []
    joined.wake()
    assert joined.session.opened(1, now=joined.now) == []
    assert joined.session.closed(1, "late", now=joined.now) == []
    assert joined.session.receive(1, s.encode(s.Challenge(nonce=NONCE)), now=joined.now) == []
    assert joined.session.state == "connecting"


def test_silence_is_pinged_and_then_given_up(joined: Bench) -> None:
    start = joined.now
    assert frames(joined.wake()) == [s.Ping()]
    assert joined.now == start + rs.PING_AFTER_S
    joined.say(s.Pong())
    assert frames(joined.wake()) == [s.Ping()]
    assert states(joined.wake()) == ["disconnected"]
    assert joined.now == start + 2 * rs.PING_AFTER_S + rs.PONG_TIMEOUT_S


def test_drain_keeps_working_until_its_time_then_goes_to_the_next_relay() -> None:
    bench = Bench(FIRST, SECOND)
    bench.start()
    bench.join(BOB)
    bench.now += rs.STABLE_S
    start = bench.now
    bench.say(s.Pong())
    assert bench.say(s.Drain(after=2.5)) == [RelayState("draining", FIRST)]
    assert bench.say(s.Drain(after=2.5)) == []
    assert len(frames(bench.session.signal(BOB, b"x", now=bench.now))) == 1
    assert bench.say(s.Forwarded(s.peer_id(BOB), "eHg")) == [SignalReceived(BOB, b"xx")]
    effects = bench.wake()
    assert bench.now == start + 2.5
    assert effects[:2] == [CloseSocket(1), RelayState("disconnected", FIRST, "the relay is stopping")]
    assert OpenSocket(2, SECOND) in bench.wake()


# -- peers and signals ------------------------------------------------------------------------------------------------


def test_peers_come_and_go_once(joined: Bench) -> None:
    bob = s.peer_id(BOB)
    assert joined.say(s.Presence(op="join", id=bob)) == [PeerSeen(BOB)]
    assert joined.say(s.Presence(op="join", id=bob)) == []
    assert joined.say(s.Presence(op="leave", id=bob)) == [PeerGone(BOB)]
    assert joined.say(s.Presence(op="leave", id=bob)) == []


def test_after_a_reconnect_peers_are_seen_anew(bench: Bench) -> None:
    bench.join(BOB)
    assert PeerGone(BOB) not in bench.lose()
    bench.wake()
    assert PeerSeen(BOB) in bench.join(BOB, CAROL)


def test_ice_credentials_are_renewed_at_half_their_life(bench: Bench) -> None:
    server = s.IceServer(("turn:turn.example",), "name", "password")
    bench.join(ice=(server,), ttl=40)
    bench.say(s.Pong())
    start, sent = bench.now, []
    while s.Who() not in sent:
        sent = frames(bench.wake())
        bench.say(s.Pong())
    assert bench.now == start + rs.MIN_RENEW_S
    bench.say(s.Joined(peers=(), ice=(server,), ttl=3600))
    start, sent = bench.now, []
    while s.Who() not in sent:
        sent = frames(bench.wake())
        bench.say(s.Pong())
    assert bench.now == start + 1800


def test_a_signal_and_its_fates(joined: Bench) -> None:
    (signal,) = frames(joined.session.signal(BOB, b"sealed", now=joined.now))
    assert signal == s.Signal(s.peer_id(BOB), s.encode_blob(b"sealed"), n=1)
    assert joined.say(s.Ack(n=1)) == []
    assert joined.say(s.Refused(code="offline", n=1)) == [], "already answered"
    joined.session.signal(CAROL, b"sealed", now=joined.now)
    assert joined.say(s.Refused(code="offline", n=2)) == [SignalFailed(CAROL, "offline")]
    assert joined.say(s.Refused(code="big")) == []
    joined.session.signal(CAROL, b"sealed", now=joined.now)
    assert SignalFailed(CAROL, "away") in joined.lose()
    assert joined.session.signal(CAROL, b"sealed", now=joined.now) == [SignalFailed(CAROL, "away")]


def test_a_signal_that_is_too_big_or_no_signal(joined: Bench) -> None:
    too_big = bytes(s.MAX_SIGNAL_BYTES + 1)
    assert joined.session.signal(BOB, too_big, now=joined.now) == [SignalFailed(BOB, "big")]
    with pytest.raises(InvalidValue):
        joined.session.signal(BOB, b"", now=joined.now)
    with pytest.raises(InvalidValue):
        joined.session.signal(b"bob", b"x", now=joined.now)


def test_signals_are_paced_below_what_the_relay_takes(joined: Bench) -> None:
    start = joined.now
    sent = sum(len(frames(joined.session.signal(BOB, b"x", now=start))) for _ in range(200))
    assert sent < s.SIGNALS_BURST
    while sent < 200:
        effects = joined.wake()
        assert effects
        sent += len(frames(effects))
        joined.say(s.Pong())
        assert sent <= s.SIGNALS_BURST + s.SIGNALS_PER_S * (joined.now - start)
    assert joined.now - start < 10


def test_more_signals_than_may_wait_are_refused(joined: Bench) -> None:
    results = [joined.session.signal(BOB, b"x", now=joined.now) for _ in range(400)]
    assert results[-1] == [SignalFailed(BOB, "busy")]
    assert sum(result == [] for result in results) == signal_queue.MAX_QUEUED
    assert joined.lose().count(SignalFailed(BOB, "away")) == 1, "each peer once"


def test_a_relay_that_never_answers_signals_costs_bounded_memory(joined: Bench) -> None:
    lost = 0
    for _ in range(signal_queue.MAX_UNANSWERED + 30):
        joined.now += 0.1
        lost += joined.session.signal(BOB, b"x", now=joined.now).count(SignalFailed(BOB, "lost"))
        joined.say(s.Pong())
    assert lost == 30


# -- a hostile relay --------------------------------------------------------------------------------------------------


def test_a_relay_that_invents_peers_is_believed_up_to_a_bound(joined: Bench) -> None:
    seen = 0
    for number in range(limits.MAX_KNOWN_PEERS + 200):
        joined.now += 0.01
        seen += len(joined.say(s.Presence(op="join", id=s.peer_id(number.to_bytes(32, "big")))))
    assert seen == limits.MAX_KNOWN_PEERS


def test_a_relay_that_floods_is_left(joined: Bench) -> None:
    effects: list[RelayEffect] = []
    count = 0
    while not effects:
        effects = joined.say(s.Pong())
        count += 1
    assert count <= rs.FRAMES_BURST + 1
    assert effects == [CloseSocket(1), RelayState("disconnected", FIRST, "the relay sends too much")]


def test_the_next_relay_is_not_blamed_for_a_flood() -> None:
    bench = Bench(FIRST, SECOND)
    bench.start()
    bench.join()
    while bench.session.is_joined:
        bench.say(s.Pong())
    bench.wake()
    bench.join()
    for _ in range(500):
        bench.say(s.Pong())
    assert bench.session.is_joined


def test_a_relay_that_names_us_is_ignored(joined: Bench) -> None:
    me = s.peer_id(ME)
    assert joined.say(s.Presence(op="join", id=me)) == []
    assert joined.say(s.Forwarded(me, "eHg")) == []
    assert joined.say(s.Joined(peers=(me,))) == [IceOffered(())]


@pytest.mark.parametrize("blob", ["A", "AAAAA", "AB", "AAB"])
def test_a_peer_that_sends_bad_base64_does_not_cost_us_the_relay(joined: Bench, blob: str) -> None:
    assert joined.say(s.Forwarded(s.peer_id(BOB), blob)) == []
    assert joined.session.is_joined


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "x" * 20_000,
        "[" * 16_000,
        '{"t":"peer","op":"join","id":"' + "A" * 42 + 'B"}',
        '{"t":"sig","from":"me","d":"eHg"}',
        '{"t":"hello"}',
        '{"t":"drain","after":1e9}',
        '{"t":"sig","to":"' + "A" * 43 + '","d":"eHg"}',
    ],
)
def test_a_relay_that_sends_nonsense_is_left(joined: Bench, frame: str) -> None:
    effects = joined.say(frame)
    assert effects[0] == CloseSocket(1)
    assert states(effects) == ["disconnected"]
    assert all(len(effect.detail) <= 200 for effect in effects if isinstance(effect, RelayState))


JOINED = s.Joined(peers=())
CHALLENGE = s.Challenge(nonce=NONCE)


@pytest.mark.parametrize("message", [JOINED, s.Drain(after=0), s.Ack(n=1), s.Pong(), s.Forwarded(s.peer_id(BOB), "eA")])
def test_a_relay_that_speaks_out_of_turn_is_left(message: s.FromRelay) -> None:
    bench = Bench()
    bench.start()
    assert states(bench.say(message)) == ["disconnected"], "before the challenge"


def test_a_second_challenge_gets_no_second_signature(bench: Bench, joined: Bench) -> None:
    assert states(joined.say(CHALLENGE)) == ["disconnected"]
    other = Bench()
    other.start()
    other.say(CHALLENGE)
    assert states(other.say(CHALLENGE)) == ["disconnected"]


def test_the_reason_of_a_refused_join_is_told(bench: Bench) -> None:
    bench.say(CHALLENGE)
    effects = bench.say(s.Refused(code="denied"))
    assert RelayState("disconnected", FIRST, "the relay refused us: denied") in effects


@pytest.mark.parametrize("trick", ["drain", "close", "nonsense", "challenge"])
def test_a_relay_cannot_make_us_loop_fast(bench: Bench, trick: str) -> None:
    """However it throws us out right after a good join, attempts grow rarer."""
    start = bench.now
    for _ in range(20):
        bench.join()
        match trick:
            case "drain":
                bench.say(s.Drain(after=0))
                bench.note(bench.session.wake(now=bench.now))
            case "close":
                bench.lose()
            case "nonsense":
                bench.say("nonsense")
            case _:
                bench.say(CHALLENGE)
        assert bench.session.state == "disconnected"
        bench.wake()
    assert bench.now - start > 15 * rs.MAX_RETRY_S / 2


@given(st.lists(st.integers(0, 9), max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_any_course_of_events_leaves_it_able_to_join(events: list[int], dice: random.Random) -> None:
    bench = Bench(FIRST, SECOND, seed=dice.randrange(1000))
    bench.start()
    pending: list[int] = []
    say = [CHALLENGE, JOINED, s.Drain(after=1), s.Presence(op="join", id=s.peer_id(BOB)), s.Ack(n=1)]
    for event in events:
        bench.now += dice.random() * 3
        effects: list[RelayEffect] = []
        if event < 5:
            effects = bench.say(say[event])
        elif event == 5:
            effects = bench.open()
        elif event == 6:
            effects = bench.lose()
        elif event == 7 and pending:
            effects = bench.session.completed(pending.pop(), b"s" * 64, now=bench.now)
        elif event == 8:
            effects = bench.note(bench.session.wake(now=bench.now))
            assert (bench.session.next_wakeup() or 0.0) > bench.now, "the driver would spin"
        elif event == 9:
            effects = bench.session.signal(BOB, b"x", now=bench.now)
        pending += [effect.token for effect in effects if isinstance(effect, Sign)]
        assert bench.session.next_wakeup() is not None, "nothing would ever happen again"
    bench.lose()
    bench.now = max(bench.now, bench.session.next_wakeup() or 0.0)
    bench.note(bench.session.wake(now=bench.now))
    assert states(bench.join(BOB)) == ["joined"]
