"""Signatures, capabilities and TURN credentials."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graphvine.crypto.points import SMALL_ORDER_Y
from graphvine.net import signaling as s
from graphvine_relay.admission import Admission, CapabilityBody, mint, room_key, turn_credentials

SMALL_ORDER_KEYS = [y[:31] + bytes((y[31] | sign,)) for y in sorted(SMALL_ORDER_Y) for sign in (0, 0x80)]
ROOM, OTHER_ROOM = "room-of-16-chars", "another-16-chars"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PEER = s.peer_id(KEY.public_key().public_bytes_raw())
OTHER_PEER = s.peer_id(bytes(32))
MESSAGE = s.join_message(s.encode_base64url(bytes(32)), ROOM)
MASTER = b"master secret"
NOW = 1_800_000_000


def admits(capability: str | None, *, master: bytes = MASTER) -> bool:
    admission = Admission(capability_master=master, unix_s=lambda: float(NOW))
    join = s.Join(1, ROOM, PEER, s.encode_base64url(KEY.sign(MESSAGE)), capability)
    return admission.is_admitted(join, MESSAGE)


def double(x: int, y: int) -> tuple[int, int]:
    """Add a point of Curve25519 in Edwards form to itself."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime)
    product = d * x * x * y * y
    return 2 * x * y * pow(1 + product, -1, prime) % prime, (y * y + x * x) * pow(1 - product, -1, prime) % prime


def decode_point(key: bytes) -> tuple[int, int]:
    prime = 2**255 - 19
    y = int.from_bytes(key, "little") % 2**255 % prime
    square = (y * y - 1) * pow(-121665 * pow(121666, -1, prime) * y * y + 1, -1, prime) % prime
    x = pow(square, (prime + 3) // 8, prime)
    if (x * x - square) % prime:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    assert (x * x - square) % prime == 0, "not on the curve"
    return x, y


def test_the_keys_of_small_order_are_just_these() -> None:
    """Each times eight is the neutral element; there are eight such points."""
    points = set()
    for key in SMALL_ORDER_KEYS:
        x, y = decode_point(key)
        points |= {(x, y), (-x % (2**255 - 19), y)}
        assert double(*double(*double(x, y))) == (0, 1)
    assert len(points) == 8


def test_a_key_of_small_order_admits_nobody() -> None:
    """One fixed signature holds for a part of all messages, whoever makes it."""
    forged = s.encode_base64url(b"\x01" + bytes(63))
    for key in SMALL_ORDER_KEYS:
        for number in range(16):
            message = s.join_message(s.encode_base64url(number.to_bytes(32, "big")), ROOM)
            assert not Admission().is_admitted(s.Join(1, ROOM, s.peer_id(key), forged), message)


def test_without_a_master_secret_the_signature_is_enough() -> None:
    assert admits(None, master=b"")
    assert not admits(None)


def test_a_capability_opens_its_room_to_its_peer_in_its_time() -> None:
    key = room_key(MASTER, ROOM)
    assert admits(mint(key, CapabilityBody(ROOM, NOW + 1)))
    assert admits(mint(key, CapabilityBody(ROOM, NOW + 1, PEER)))
    assert not admits(mint(key, CapabilityBody(ROOM, NOW)))
    assert not admits(mint(key, CapabilityBody(ROOM, NOW + 1, OTHER_PEER)))
    assert not admits(mint(key, CapabilityBody(OTHER_ROOM, NOW + 1)))
    assert not admits(mint(room_key(MASTER, OTHER_ROOM), CapabilityBody(ROOM, NOW + 1)))
    assert not admits(mint(room_key(b"another secret", ROOM), CapabilityBody(ROOM, NOW + 1)))


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 300, b'{"room":1}', b'{"room":"room-of-16-chars","exp":1e99}'])
def test_a_signed_body_that_is_none_is_no_capability(body: bytes) -> None:
    text = s.encode_base64url(body)
    mac = hmac.digest(room_key(MASTER, ROOM), text.encode(), hashlib.sha256)
    assert not admits(f"{text}.{s.encode_base64url(mac)}")


def test_a_changed_capability_is_none() -> None:
    capability = mint(room_key(MASTER, ROOM), CapabilityBody(ROOM, NOW + 1))
    for at in range(0, len(capability), 7):
        changed = capability[:at] + ("A" if capability[at] != "A" else "B") + capability[at + 1 :]
        assert not admits(changed)


def test_turn_credentials_are_what_coturn_expects() -> None:
    name, password = turn_credentials(b"S", PEER, 1_800_000_000)
    assert name.startswith("1800000000:")
    assert PEER not in name
    assert password == base64.b64encode(hmac.new(b"S", name.encode(), hashlib.sha1).digest()).decode()


@pytest.mark.parametrize(
    "admission",
    [
        Admission(turn_urls=("turn:turn.example",)),
        Admission(stun_urls=("stun.example",)),
        Admission(stun_urls=("stun:a b",)),
        Admission(stun_urls=("stun:x",) * 17),
        Admission(turn_urls=("turn:x",) * 9, turn_secret=b"S"),
    ],
)
def test_settings_that_peers_would_refuse_are_refused_at_start(admission: Admission) -> None:
    with pytest.raises(ValueError, match="TURN"):
        admission.check()


def test_good_settings_pass() -> None:
    Admission().check()
    Admission(stun_urls=("stun:x",), turn_urls=("turn:y", "turns:z:443?transport=tcp"), turn_secret=b"S").check()
