"""Who may join, and what a joined peer gets to reach others: signatures, capability tokens, TURN credentials.

A **capability** is ``body.mac``: `body` is base64url of the JSON ``{"room", "exp", "peer"?}``, `mac` is base64url of
HMAC-SHA256(room key, body). The room key is HMAC-SHA256(master secret, "room:" + room): a relay needs only its
master secret and keeps no list, and whoever holds the key of one room can mint tokens for that room alone.

**TURN credentials** follow coturn's ``use-auth-secret``: the user name is ``<unix expiry>:<id>``, the password
base64 of HMAC-SHA1(secret, user name).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graphvine.crypto.points import may_be_honest
from graphvine.errors import MalformedMessage
from graphvine.net import signaling


class CapabilityBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a capability says. exp: Unix seconds. peer: the only peer id that may use it; anybody if absent."""

    room: signaling.RoomId
    exp: int
    peer: signaling.PeerId | None = None


def room_key(master: bytes, room: str) -> bytes:
    """Return the key that mints capabilities for one room."""
    return hmac.digest(master, b"room:" + room.encode("ascii"), hashlib.sha256)


def mint(key: bytes, body: CapabilityBody) -> str:
    """Return a capability token."""
    text = signaling.encode_base64url(msgspec.json.encode(body))
    return f"{text}.{signaling.encode_base64url(hmac.digest(key, text.encode('ascii'), hashlib.sha256))}"


def turn_credentials(secret: bytes, peer: str, expires: int) -> tuple[str, str]:
    """Return user name and password, good until `expires` (Unix seconds). The name doesn't show the peer's key."""
    name = f"{expires}:{hashlib.sha256(peer.encode('ascii')).hexdigest()[:16]}"
    return name, base64.b64encode(hmac.digest(secret, name.encode("ascii"), hashlib.sha1)).decode("ascii")


@dataclass(frozen=True)
class Admission:
    """The operator's policy, and the only part of the relay that looks at the wall clock.

    capability_master: if set, joins need a capability. turn_secret: shared with the TURN servers.
    """

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: bytes = b""
    turn_ttl_s: int = 3600
    capability_master: bytes = b""
    unix_s: Callable[[], float] = time.time

    def check(self) -> None:
        """Raise ValueError if a peer would refuse what these settings make it say."""
        if self.turn_urls and not self.turn_secret:
            raise ValueError("TURN servers are given, but no secret for them: set GRAPHVINE_RELAY_TURN_SECRET.")
        some_peer = signaling.peer_id(bytes(32))
        joined = self.joined(some_peer, (some_peer,) * signaling.MAX_PEERS_TOLD)
        try:
            signaling.decode_from_relay(signaling.encode(joined))
        except MalformedMessage as error:
            raise ValueError(f"These STUN or TURN servers can't be told to peers: {error}.") from None

    def is_admitted(self, join: signaling.Join, message: bytes) -> bool:
        """Say whether `join` proves its key by a signature of `message`, and has the capability it needs."""
        public_key = signaling.public_key(join.peer_key)
        signature = signaling.decode_base64url(join.signature)
        if not may_be_honest(public_key, signature):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return not self.capability_master or self._has_capability(join)

    def joined(self, peer: str, peers: tuple[str, ...]) -> signaling.Joined:
        """Return the greeting of `peer`, with fresh TURN credentials."""
        ice = [signaling.IceServer(urls=(url,)) for url in self.stun_urls]
        if not self.turn_urls:
            return signaling.Joined(peers=peers, ice=tuple(ice))
        name, password = turn_credentials(self.turn_secret, peer, int(self.unix_s()) + self.turn_ttl_s)
        ice.append(signaling.IceServer(urls=self.turn_urls, username=name, credential=password))
        return signaling.Joined(peers=peers, ice=tuple(ice), ttl=self.turn_ttl_s)

    def _has_capability(self, join: signaling.Join) -> bool:
        if join.cap is None:
            return False
        text, _, mac = join.cap.partition(".")
        expected = hmac.digest(room_key(self.capability_master, join.room), text.encode("ascii"), hashlib.sha256)
        if not hmac.compare_digest(signaling.encode_base64url(expected), mac):
            return False
        try:
            body = msgspec.json.decode(signaling.decode_base64url(text), type=CapabilityBody)
        except (MalformedMessage, msgspec.DecodeError):
            return False
        return body.room == join.room and body.exp > self.unix_s() and body.peer in (None, join.peer_key)
