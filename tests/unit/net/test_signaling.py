"""Frames between peer and relay: what passes, and what an attacker tries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import InvalidValue, MalformedMessage, TooLarge
from graphvine.net import signaling as s

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PEER = s.peer_id(bytes(range(32)))
ROOM = "a-room_of_16char"
Decode = Callable[[str], object]

peers = st.binary(min_size=32, max_size=32).map(s.peer_id)
rooms = st.text(ALPHABET, min_size=16, max_size=64)
blobs = st.binary(min_size=1, max_size=200).map(s.encode_blob)
numbers = st.none() | st.integers(0, 2**32 - 1)
signatures = st.binary(min_size=64, max_size=64).map(s.encode_base64url)
capabilities = st.none() | st.builds(lambda a, b: f"{a}.{b}", st.text(ALPHABET, min_size=1, max_size=512), peers)
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=250)
ice = st.builds(
    s.IceServer,
    st.lists(printable.map("turn:{}".format), min_size=1, max_size=8).map(tuple),
    st.none() | printable,
    st.none() | printable,
)

from_peer = st.one_of(
    st.builds(s.Join, st.integers(0, 65_535), rooms, peers, signatures, capabilities),
    st.builds(s.Signal, peers, blobs, numbers),
    st.builds(s.Who),
    st.builds(s.Ping),
)
from_relay = st.one_of(
    st.builds(s.Challenge, peers),
    st.builds(
        s.Joined,
        st.lists(peers, max_size=50).map(tuple),
        st.lists(ice, max_size=2).map(tuple),
        st.integers(0, s.MAX_TTL_S),
    ),
    st.builds(s.Presence, st.sampled_from(["join", "leave"]), peers),
    st.builds(s.Forwarded, peers, blobs),
    st.builds(s.Ack, numbers.filter(lambda n: n is not None)),
    st.builds(
        s.Refused, st.sampled_from(["offline", "rate", "big", "denied", "malformed", "full", "version"]), numbers
    ),
    st.builds(s.Drain, st.floats(0, s.MAX_DRAIN_S)),
    st.builds(s.Pong),
)


@given(from_peer)
def test_peer_frames_survive_the_trip(message: s.FromPeer) -> None:
    assert s.decode_from_peer(s.encode(message)) == message


@given(from_relay)
def test_relay_frames_survive_the_trip(message: s.FromRelay) -> None:
    assert s.decode_from_relay(s.encode(message)) == message


def test_the_words_on_the_wire() -> None:
    signal = s.Signal(to=PEER, blob="abc", n=7)
    assert s.encode(signal) == f'{{"t":"sig","to":"{PEER}","d":"abc","n":7}}'
    assert s.encode(s.Forwarded(sender=PEER, blob="abc")) == f'{{"t":"sig","from":"{PEER}","d":"abc"}}'
    assert s.encode(s.Presence(op="join", id=PEER)) == f'{{"t":"peer","op":"join","id":"{PEER}"}}'
    assert s.encode(s.Refused(code="offline")) == '{"t":"error","code":"offline"}'
    assert s.encode(s.Drain(after=1.5)) == '{"t":"drain","after":1.5}'


def test_the_largest_honest_frames_fit() -> None:
    signal = s.Signal(to=PEER, blob=s.encode_blob(b"\xff" * s.MAX_SIGNAL_BYTES), n=2**32 - 1)
    assert s.decode_from_peer(s.encode(signal)) == signal
    forwarded = s.Forwarded(sender=PEER, blob=signal.blob)
    assert s.decode_from_relay(s.encode(forwarded)) == forwarded
    server = s.IceServer(("turn:turn.example.org:3478?transport=udp",) * 3, "1799999999:0123456789abcdef", "x" * 28)
    joined = s.Joined(peers=(PEER,) * 50, ice=(server,) * 16, ttl=3600)
    assert s.decode_from_relay(s.encode(joined)) == joined


@pytest.fixture(params=[s.decode_from_peer, s.decode_from_relay], ids=["peer", "relay"])
def decode(request: pytest.FixtureRequest) -> Decode:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"t":null}',
        '{"t":"nonsense"}',
        '{"t":["sig"]}',
        '{"t":"pong","x":1}',
        '{"t":"ping","x":1}',
        '{"t":"ping"}{"t":"ping"}',
        '{"t":"ping"',
        "\x00",
        '{"t":"pon\ud800"}',
        '{"t":"pong","\\ud800":1}',
        '{"t":"é"}',
        "NaN",
        "9" * 5_000,
    ],
)
def test_anything_else_is_malformed(decode: Decode, frame: str) -> None:
    with pytest.raises(MalformedMessage):
        decode(frame)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_any_text_is_a_message_or_malformed(frame: str) -> None:
    for decode in (s.decode_from_peer, s.decode_from_relay):
        try:
            decode(frame)
        except MalformedMessage:
            continue


@given(from_peer, st.data())
def test_a_damaged_frame_is_a_message_or_malformed(message: s.FromPeer, data: st.DataObject) -> None:
    frame = s.encode(message)
    at = data.draw(st.integers(0, len(frame) - 1))
    damaged = frame[:at] + data.draw(st.text(max_size=3)) + frame[at + 1 :]
    try:
        s.decode_from_peer(damaged)
    except MalformedMessage:
        return


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"t":"pong","a":[', '{"a":[[', '{"t":"ping","peers":'])
def test_deep_nesting_never_reaches_the_json_decoder(
    decode: Decode, opening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreachable:
        def decode(self, _: str) -> object:
            raise AssertionError("the recursive decoder saw a deeply nested frame")

    monkeypatch.setattr(s, "_peer_decoder", Unreachable())
    monkeypatch.setattr(s, "_relay_decoder", Unreachable())
    with pytest.raises(MalformedMessage, match="brackets"):
        decode(opening * (s.MAX_FRAME_BYTES // len(opening)))


def test_a_frame_over_the_limit_is_malformed(decode: Decode) -> None:
    frame = '{"t":"ping"}' if decode is s.decode_from_peer else '{"t":"pong"}'
    padding = " " * (s.MAX_FRAME_BYTES - len(frame))
    decode(frame + padding)
    with pytest.raises(MalformedMessage, match="limit"):
        decode(frame + padding + " ")


@pytest.mark.parametrize(
    "message",
    [
        s.Signal(to=PEER, blob="a" * 16_001),
        s.Signal(to=PEER, blob=""),
        s.Signal(to=PEER, blob="a=="),
        s.Signal(to=PEER, blob="a+/"),
        s.Signal(to=PEER, blob="abc\n"),
        s.Signal(to=PEER, blob="abc", n=-1),
        s.Signal(to=PEER, blob="abc", n=2**32),
        s.Signal(to=PEER[:-1], blob="abc"),
        s.Signal(to=PEER + "\n", blob="abc"),
        s.Join(1, "a" * 15, PEER, "A" * 86),
        s.Join(1, "a" * 65, PEER, "A" * 86),
        s.Join(1, ROOM + "\n", PEER, "A" * 86),
        s.Join(1, ROOM + " ", PEER, "A" * 86),
        s.Join(-1, ROOM, PEER, "A" * 86),
        s.Join(1, ROOM, PEER, "A" * 85),
        s.Join(1, ROOM, PEER, "A" * 85 + "B"),
        s.Join(1, ROOM, PEER, "A" * 86, cap="nodot"),
        s.Join(1, ROOM, PEER, "A" * 86, cap="a" * 513 + "." + PEER),
    ],
)
def test_peer_values_out_of_bounds(message: s.FromPeer) -> None:
    with pytest.raises(MalformedMessage):
        s.decode_from_peer(s.encode(message))


@pytest.mark.parametrize(
    "message",
    [
        s.Joined(peers=(PEER,) * 51),
        s.Joined(peers=(), ice=(s.IceServer(("stun:x",)),) * 17),
        s.Joined(peers=(), ice=(s.IceServer(()),)),
        s.Joined(peers=(), ice=(s.IceServer(("stun:x",) * 9),)),
        s.Joined(peers=(), ice=(s.IceServer(("javascript:alert(1)",)),)),
        s.Joined(peers=(), ice=(s.IceServer(("stun:a b",)),)),
        s.Joined(peers=(), ice=(s.IceServer(("turn:x",), username="a" * 257),)),
        s.Joined(peers=(), ttl=s.MAX_TTL_S + 1),
        s.Drain(after=-0.1),
        s.Drain(after=601),
        s.Challenge(nonce="short"),
        s.Presence(op="join", id="x"),
    ],
)
def test_relay_values_out_of_bounds(message: s.FromRelay) -> None:
    with pytest.raises(MalformedMessage):
        s.decode_from_relay(s.encode(message))


def test_one_side_does_not_speak_the_words_of_the_other() -> None:
    with pytest.raises(MalformedMessage):
        s.decode_from_peer(s.encode(s.Forwarded(sender=PEER, blob="abc")))
    with pytest.raises(MalformedMessage):
        s.decode_from_relay(s.encode(s.Signal(to=PEER, blob="abc")))


@given(st.binary(min_size=32, max_size=32))
def test_a_key_has_exactly_one_id(key: bytes) -> None:
    identity = s.peer_id(key)
    assert s.public_key(identity) == key
    last = ALPHABET.index(identity[-1])
    for bits in (1, 2, 3):  # the three other spellings that a lenient decoder takes for the same key
        twin = identity[:-1] + ALPHABET[last ^ bits]
        with pytest.raises(MalformedMessage):
            s.public_key(twin)
        with pytest.raises(MalformedMessage):
            s.decode_from_peer(s.encode(s.Signal(to=twin, blob="abc")))


@pytest.mark.parametrize("text", ["", "AAAA", "A" * 86, "A" * 42, "é" * 43, "A" * 42 + "=", "A" * 42 + "\n"])
def test_a_peer_id_of_another_length_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessage):
        s.public_key(text)


def test_local_mistakes_are_told_apart() -> None:
    with pytest.raises(InvalidValue):
        s.peer_id(b"short")
    with pytest.raises(InvalidValue):
        s.encode_blob(b"")
    with pytest.raises(TooLarge):
        s.encode_blob(bytes(s.MAX_SIGNAL_BYTES + 1))
    with pytest.raises(InvalidValue):
        s.check_join("short", None)
    with pytest.raises(InvalidValue):
        s.check_join(ROOM, "no capability")
    s.check_join(ROOM, None)
    s.check_join(ROOM, "body." + PEER)


@given(st.tuples(peers, rooms), st.tuples(peers, rooms))
def test_a_signature_fits_one_nonce_and_room_only(a: tuple[str, str], b: tuple[str, str]) -> None:
    assert (s.join_message(*a) == s.join_message(*b)) == (a == b)
    assert s.join_message(*a).startswith(s.JOIN_CONTEXT)
