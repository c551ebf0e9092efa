"""Mutual authentication: two honest sides in any order of events, and everybody in between."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.net.link_bench import WALL_MS, key, local_peer, public, verify

from graphvine.effects import Effect, SendMessage, Sign, Verify
from graphvine.errors import BadHandshake, MalformedMessage, ProtocolViolation, RemoteError
from graphvine.net.handshake import (
    CLOCK_SKEW_MS,
    HELLO,
    MAX_HELLO_BYTES,
    PROOF,
    VERSION,
    WELCOME,
    Certificate,
    Handshake,
    Hello,
    LocalPeer,
    certificate_message,
    decode_hello,
    encode_hello,
    proof_message,
)

ALICE, BOB, MALLORY = 1, 2, 3
BINDING = b"the two fingerprints, sorted"
NONCES = {1: b"1" * 32, 2: b"2" * 32, 3: b"3" * 32}


class Party:
    """One side: its handshake, its key, and what it said and asked that is still to be dealt with."""

    def __init__(
        self,
        number: int,
        remote: int,
        *,
        is_initiator: bool,
        binding: bytes = BINDING,
        local: LocalPeer | None = None,
        nonce: bytes | None = None,
    ) -> None:
        self.key = key(number)
        self.handshake = Handshake(
            local or local_peer(number),
            public(key(remote)),
            is_initiator=is_initiator,
            binding=binding,
            nonce=nonce or NONCES[number],
            tokens=itertools.count(1),
            wall_ms=WALL_MS,
        )
        self.said: list[bytes] = []
        self.asked: list[Sign | Verify] = []
        self.note(self.handshake.start())

    def note(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, SendMessage):
                assert (effect.protocol, effect.channel) == (0, 0)
                self.said.append(effect.data)
            else:
                assert isinstance(effect, (Sign, Verify))
                self.asked.append(effect)

    def hear(self, data: bytes) -> None:
        self.note(self.handshake.receive(data))

    def answer(self, index: int = 0) -> None:
        effect = self.asked.pop(index)
        result = self.key.sign(effect.message) if isinstance(effect, Sign) else verify(effect)
        self.note(self.handshake.completed(effect.token, result))

    def answer_all(self) -> None:
        while self.asked:
            self.answer()

    @property
    def state(self) -> str:
        return self.handshake.state


def pair(**right: object) -> tuple[Party, Party]:
    return Party(ALICE, BOB, is_initiator=True), Party(BOB, ALICE, is_initiator=False, **right)  # type: ignore[arg-type]


def steps(left: Party, right: Party) -> Iterator[tuple[Party, str]]:
    """What can happen next, in a fixed order."""
    for party, other in ((left, right), (right, left)):
        if other.said:
            yield party, "hear"
        for index in range(len(party.asked)):
            yield party, f"answer {index}"


def take(left: Party, right: Party, step: tuple[Party, str]) -> None:
    party, what = step
    if what == "hear":
        party.hear((right if party is left else left).said.pop(0))
    else:
        party.answer(int(what.split()[1]))


def run(left: Party, right: Party, dice: random.Random) -> None:
    while choices := list(steps(left, right)):
        take(left, right, dice.choice(choices))


@pytest.mark.parametrize("number", range(300))
def test_two_honest_sides_get_ready_in_any_order_of_events(number: int) -> None:
    left, right = pair()
    run(left, right, random.Random(number))
    assert (left.state, right.state) == ("ready", "ready")
    for party, other in ((left, BOB), (right, ALICE)):
        hello = party.handshake.hello
        assert hello is not None
        assert hello.author == local_peer(other).author
        assert hello.protocols == (1, 2, 3)
        assert hello.tags == (b"tag",)


def test_nothing_is_ready_before_the_other_side_said_welcome() -> None:
    left, right = pair()
    right.hear(left.said.pop(0))
    left.hear(right.said.pop(0))
    right.answer_all()
    left.answer_all()
    right.hear(left.said.pop(0))
    right.answer_all()
    assert right.state == "verified"
    right.handshake.finish()
    assert right.state == "ready"


def test_our_proof_goes_out_before_our_welcome() -> None:
    left, right = pair()
    right.hear(left.said.pop(0))
    left.hear(right.said.pop(0))
    left.answer_all()
    right.hear(left.said.pop(0))  # Its proof, while our own is still being signed.
    for index in (1, 1):
        right.answer(index)
    assert right.said == []
    right.answer()
    assert [data[0] for data in right.said] == [PROOF, WELCOME]


# -- the wire ---------------------------------------------------------------------------------------------------------


def test_what_is_signed_is_as_written_down() -> None:
    assert certificate_message(b"p" * 32, 258) == b"graphvine/certificate/1\0" + b"p" * 32 + bytes([0] * 6 + [1, 2])
    message = proof_message(1, (b"left", b"right"), b"binding")
    assert message.startswith(b"graphvine/link/1\0\x01")
    assert len(message) == 17 + 1 + 3 * 32


def test_each_part_of_the_transcript_counts() -> None:
    base = (1, (b"left", b"right"), b"binding")
    others = [
        (0, (b"left", b"right"), b"binding"),
        (1, (b"right", b"left"), b"binding"),
        (1, (b"leftr", b"ight"), b"binding"),
        (1, (b"left", b"right"), b"bindinh"),
    ]
    assert len({proof_message(*each) for each in [base, *others]}) == 5


def hello(**changes: object) -> Hello:
    bob = local_peer(BOB)
    fields: dict[str, object] = {
        "role": 1,
        "peer": bob.peer,
        "nonce": NONCES[BOB],
        "author": bob.author,
        "expires_ms": bob.certificate.expires_ms,
        "certificate": bob.certificate.signature,
        "protocols": (1, 2),
        "tags": (),
    }
    return Hello(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"role": 2},
        {"role": -1},
        {"peer": b"short"},
        {"nonce": b"n" * 33},
        {"author": b""},
        {"expires_ms": -1},
        {"certificate": b"c" * 63},
        {"protocols": tuple(range(17))},
        {"protocols": (256,)},
        {"tags": (b"t",) * 17},
        {"tags": (b"t" * 33,)},
    ],
)
def test_a_hello_out_of_bounds_is_malformed(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedMessage):
        decode_hello(encode_hello(hello(**changes)))


@pytest.mark.parametrize(
    "data",
    [
        bytes((HELLO,)),
        bytes((HELLO, VERSION)),
        encode_hello(hello()) + b"\0",
        encode_hello(hello())[:-1],
        bytes((HELLO, VERSION)) + b"\x91" * 1_000,
        bytes((HELLO, VERSION)) + bytes(MAX_HELLO_BYTES),
        bytes((HELLO, VERSION)) + msgspec.msgpack.encode({"role": 1}),
    ],
)
def test_a_broken_hello_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_hello(data)


# -- attackers --------------------------------------------------------------------------------------------------------


def refused(party: Party, data: bytes, match: str, error: type[RemoteError] = BadHandshake) -> None:
    with pytest.raises(error, match=match):
        party.hear(data)


@pytest.mark.parametrize("version", [0, VERSION + 1, 255])
def test_an_unknown_version(version: int) -> None:
    left = Party(ALICE, BOB, is_initiator=True)
    data = encode_hello(hello())
    refused(left, data[:1] + bytes((version,)) + data[2:], f"version {version}")


def test_our_own_hello_reflected() -> None:
    left = Party(ALICE, BOB, is_initiator=True)
    refused(left, left.said[0], "that it is us")


def test_another_peer_than_dialled() -> None:
    refused(Party(ALICE, BOB, is_initiator=True), Party(MALLORY, ALICE, is_initiator=False).said[0], "another peer")


def test_the_same_role_twice() -> None:
    refused(Party(ALICE, BOB, is_initiator=True), Party(BOB, ALICE, is_initiator=True).said[0], "same role")


def test_an_expired_certificate() -> None:
    old = local_peer(BOB, expires_ms=WALL_MS - CLOCK_SKEW_MS - 1)
    refused(Party(ALICE, BOB, is_initiator=True), Party(BOB, ALICE, is_initiator=False, local=old).said[0], "expired")


def test_a_certificate_that_expired_within_the_skew_of_clocks() -> None:
    left, right = pair(local=local_peer(BOB, expires_ms=WALL_MS - CLOCK_SKEW_MS))
    run(left, right, random.Random(1))
    assert left.state == "ready"


def bad_answer(left: Party, right: Party, match: str) -> None:
    with pytest.raises(BadHandshake, match=match):
        run(left, right, random.Random(1))
    assert left.state != "ready"


def test_another_peers_certificate() -> None:
    """Mallory shows Bob's certificate, which everybody can see in Bob's hello."""
    bob = local_peer(BOB)
    stolen = LocalPeer(public(key(MALLORY)), bob.author, bob.certificate)
    left = Party(ALICE, MALLORY, is_initiator=True)
    bad_answer(left, Party(MALLORY, ALICE, is_initiator=False, local=stolen), "certificate")


def test_another_author_than_the_one_who_signed() -> None:
    bob = local_peer(BOB)
    left, right = pair(local=LocalPeer(bob.peer, local_peer(MALLORY).author, bob.certificate))
    bad_answer(left, right, "certificate")


def test_a_certificate_made_to_last_longer() -> None:
    bob = local_peer(BOB)
    longer = Certificate(bob.certificate.expires_ms + 1, bob.certificate.signature)
    left, right = pair(local=LocalPeer(bob.peer, bob.author, longer))
    bad_answer(left, right, "certificate")


def test_a_relay_that_swapped_fingerprints() -> None:
    """Two links that end at the relay have two bindings, on either side of it."""
    for binding in (b"another pair of fingerprints", BINDING + b"\0"):
        left, right = pair(binding=binding)
        bad_answer(left, right, "proof")


def test_whoever_has_not_the_key() -> None:
    left, right = pair()
    right.key = key(MALLORY)
    bad_answer(left, right, "proof")


def proof_of(party: Party) -> bytes:
    return next(data for data in party.said if data[0] == PROOF)


def test_a_proof_from_an_earlier_link_replayed() -> None:
    left, right = pair()
    right.hear(left.said[0])
    right.answer_all()
    again = Party(ALICE, BOB, is_initiator=True, nonce=b"9" * 32)
    again.hear(right.said[0])
    again.hear(proof_of(right))
    with pytest.raises(BadHandshake, match="proof"):
        again.answer_all()


def test_our_own_proof_sent_back() -> None:
    left, right = pair()
    left.hear(right.said[0])
    left.answer_all()
    left.hear(proof_of(left))
    with pytest.raises(BadHandshake, match="proof"):
        left.answer_all()


def test_a_proof_for_the_other_role() -> None:
    left, right = pair()
    left.hear(right.said[0])
    swapped = Party(BOB, ALICE, is_initiator=True)
    swapped.note(swapped.handshake.receive(encode_hello(msgspec.structs.replace(decode_hello(left.said[0]), role=1))))
    swapped.answer_all()
    left.hear(proof_of(swapped))
    with pytest.raises(BadHandshake, match="proof"):
        left.answer_all()


@pytest.mark.parametrize(
    "data", [b"", bytes((PROOF,)) + bytes(64), bytes((WELCOME,)), bytes((0,)), bytes((4,)) + bytes(8), bytes((99,))]
)
def test_anything_before_hello(data: bytes) -> None:
    refused(Party(ALICE, BOB, is_initiator=True), data, "at hello", ProtocolViolation)


@pytest.mark.parametrize("data", [bytes((WELCOME,)), encode_hello(hello()), bytes((4,)) + bytes(8)])
def test_anything_but_a_proof_after_hello(data: bytes) -> None:
    left, right = pair()
    left.hear(right.said[0])
    refused(left, data, "at proof", ProtocolViolation)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_proof_of_the_wrong_size(size: int) -> None:
    left, right = pair()
    left.hear(right.said[0])
    refused(left, bytes((PROOF,)) + bytes(size), "proof of", MalformedMessage)


@pytest.mark.parametrize("again", [bytes((PROOF,)) + bytes(64), bytes((WELCOME, 0)), encode_hello(hello())])
def test_anything_twice_or_too_much(again: bytes) -> None:
    left, right = pair()
    left.hear(right.said[0])
    left.hear(bytes((PROOF,)) + bytes(64))
    refused(left, again, "at checking", ProtocolViolation)


def test_two_welcomes() -> None:
    left, right = pair()
    left.hear(right.said[0])
    left.hear(bytes((PROOF,)) + bytes(64))
    left.hear(bytes((WELCOME,)))
    refused(left, bytes((WELCOME,)), "at checking", ProtocolViolation)


@pytest.mark.parametrize("upto", [0, 1, 2])
def test_a_message_before_we_know_who_is_there(upto: int) -> None:
    left, right = pair()
    if upto:
        left.hear(right.said[0])
    if upto == 2:
        left.hear(bytes((PROOF,)) + bytes(64))
    with pytest.raises(ProtocolViolation):
        left.handshake.finish()


def test_answers_that_nobody_asked_for_change_nothing() -> None:
    left, right = pair()
    assert left.handshake.completed(77, True) == []
    left.hear(right.said[0])
    assert left.handshake.completed(77, True) == []
    assert left.state == "proof"


@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([HELLO, PROOF, WELCOME])), max_size=6))
def test_any_bytes_in_any_state(messages: list[bytes | int]) -> None:
    left, right = pair()
    right.hear(left.said[0])
    right.answer_all()
    for message in messages:
        data = (
            message
            if isinstance(message, bytes)
            else next((d for d in right.said if d[0] == message), bytes((message,)))
        )
        try:
            left.hear(data)
            left.answer_all()
        except RemoteError:
            return
