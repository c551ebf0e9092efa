"""What a peer and a relay say to each other: version 1 of the signaling protocol.

One WebSocket is one peer in one room. Every frame is one JSON object in ASCII text, at most `MAX_FRAME_BYTES` long,
whose member ``t`` names its type. The types are closed: an unknown member, a wrong alphabet, a value out of
bounds or deep nesting is `MalformedMessage`, on either side. The relay imports this very file.

::

    relay                                   peer
    challenge{nonce}              ->                              at connect
                                  <-        join{v, room, peer_key, signature, cap?}    within 5 s
    joined{peers, ice, ttl}       ->                              or error{code} and the socket is closed
    peer{op: join|leave, id}      ->
                                  <-        sig{to, d, n?}
    ack{n} or error{code, n}      ->                              only when n was given (errors also without)
    sig{from, d}                  ->                              to the other peer
                                  <-        who                   answered by another joined{...}
                                  <-        ping                  answered by pong
    drain{after}                  ->                              go elsewhere after so many seconds

**Room** is 16 to 64 characters of base64url. A relay knows nothing else about a space; derive it by a one-way
function from something that members know.

**Peer id** is base64url (no padding, 43 characters) of the peer's 32-byte Ed25519 public key: the key itself and not
a hash of it, because then the id alone is enough to check a signature, for the relay at `join` and for the other
peer at its handshake, and `join` can't carry an id and a key that disagree. Only the canonical spelling is
accepted, so one key has one id. The signature covers `join_message`, which names the protocol, the relay's nonce
and the room: it can't be replayed on another connection, in another room, or as a signature of something else.
A second `join` with the same key and room replaces the first, whose socket is closed with `CLOSE_REPLACED`.

**d** is a sealed blob in base64url. The relay forwards it unseen, within the room only.
"""

from __future__ import annotations

import base64
from typing import Annotated, Final, Literal

import msgspec

from ..errors import InvalidValue, MalformedMessage, TooLarge

VERSION: Final = 1
# What a signature over `join_message` begins with; no other protocol of ours signs bytes that begin so.
JOIN_CONTEXT: Final = b"graphvine/relay/1"

# -- bounds -----------------------------------------------------------------------------------------------------------

# Characters (which are bytes: frames are ASCII) of one frame, either way. An offer has about 1 KiB.
MAX_FRAME_BYTES: Final = 16 * 1024
# Bytes of one sealed blob: with base64 16,000 characters, which leaves 384 for the rest of the frame.
MAX_SIGNAL_BYTES: Final = 12_000
# Brackets and braces in one frame. `joined` with 16 ICE servers has 38. JSON is decoded recursively even where it
# is skipped, and nesting of a few thousand kills Pyodide for good; this test comes first and is two memchr loops.
MAX_BRACKETS: Final = 64
# Peers named in one `joined`: enough to fill every connection a peer may have.
MAX_PEERS_TOLD: Final = 50
# ICE servers in one `joined`, and addresses of each.
MAX_ICE_SERVERS: Final = 16
MAX_ICE_URLS: Final = 8
# Signals that a relay takes from one connection: so many a second, and so many at once after a pause. A peer
# paces itself by the same two numbers.
SIGNALS_PER_S: Final = 20.0
SIGNALS_BURST: Final = 60.0
# Seconds that a new connection has to send a good `join`.
JOIN_TIMEOUT_S: Final = 5.0
# Seconds that `drain` may ask a peer to wait.
MAX_DRAIN_S: Final = 600.0
# Seconds that ICE credentials may be said to last.
MAX_TTL_S: Final = 7 * 24 * 3600

# -- close codes of the WebSocket -------------------------------------------------------------------------------------

CLOSE_AWAY: Final = 1001  # the relay stops
CLOSE_BINARY: Final = 1003  # frames are text
CLOSE_BUSY: Final = 1013  # no room for another connection, or this one reads too slowly
CLOSE_MALFORMED: Final = 4400
CLOSE_DENIED: Final = 4401
CLOSE_FULL: Final = 4403
CLOSE_TIMEOUT: Final = 4408
CLOSE_REPLACED: Final = 4409
CLOSE_VERSION: Final = 4426
CLOSE_RATE: Final = 4429

# -- values -----------------------------------------------------------------------------------------------------------

# The last character of 32 bytes in base64url carries four bits, of 64 bytes two: any other has a second spelling.
_ID_PATTERN = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z"
_SIGNATURE_PATTERN = r"^[A-Za-z0-9_-]{85}[AQgw]\Z"
_BLOB_PATTERN = r"^[A-Za-z0-9_-]+\Z"
_CAPABILITY_PATTERN = r"^[A-Za-z0-9_-]{1,512}\.[A-Za-z0-9_-]{43}\Z"
_ICE_URL_PATTERN = r"^(stun|stuns|turn|turns):[!-~]{1,250}\Z"

PeerId = Annotated[str, msgspec.Meta(pattern=_ID_PATTERN)]
Nonce = Annotated[str, msgspec.Meta(pattern=_ID_PATTERN)]
RoomId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{16,64}\Z")]
Signature = Annotated[str, msgspec.Meta(pattern=_SIGNATURE_PATTERN)]
Capability = Annotated[str, msgspec.Meta(pattern=_CAPABILITY_PATTERN)]
Blob = Annotated[str, msgspec.Meta(pattern=_BLOB_PATTERN, max_length=MAX_SIGNAL_BYTES * 4 // 3)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
IceUrl = Annotated[str, msgspec.Meta(pattern=_ICE_URL_PATTERN)]
Credential = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,256}\Z")]
Code = Literal["offline", "rate", "big", "denied", "malformed", "full", "version"]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="t"):
    """Base of all frames."""


class Challenge(_Message, tag="challenge", frozen=True):
    """First word of the relay. nonce: 32 random bytes, new for every connection."""

    nonce: Nonce


class Join(_Message, tag="join", frozen=True):
    """First word of a peer. v: protocol version. cap: capability token, for relays that ask for one."""

    v: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    room: RoomId
    peer_key: PeerId
    signature: Signature
    cap: Capability | None = None


class IceServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One entry of `RTCConfiguration.iceServers`."""

    urls: Annotated[tuple[IceUrl, ...], msgspec.Meta(min_length=1, max_length=MAX_ICE_URLS)]
    username: Credential | None = None
    credential: Credential | None = None


class Joined(_Message, tag="joined", frozen=True):
    """Answer to `Join` and `Who`.

    peers: others in the room, a random sample if there are many. ttl: seconds that `ice` is good for; 0 is for ever.
    """

    peers: Annotated[tuple[PeerId, ...], msgspec.Meta(max_length=MAX_PEERS_TOLD)]
    ice: Annotated[tuple[IceServer, ...], msgspec.Meta(max_length=MAX_ICE_SERVERS)] = ()
    ttl: Annotated[int, msgspec.Meta(ge=0, le=MAX_TTL_S)] = 0


class Presence(_Message, tag="peer", frozen=True):
    """Another peer came into the room, or one that we were told of left it."""

    op: Literal["join", "leave"]
    id: PeerId


class Signal(_Message, tag="sig", frozen=True, rename={"blob": "d"}):
    """From a peer: forward `blob` to peer `to`. n: if given, the relay answers with `Ack` or `Refused`."""

    to: PeerId
    blob: Blob
    n: Number | None = None


class Forwarded(_Message, tag="sig", frozen=True, rename={"sender": "from", "blob": "d"}):
    """From the relay: what `sender`, whose key the relay has checked, wants us to see."""

    sender: PeerId
    blob: Blob


class Ack(_Message, tag="ack", frozen=True):
    """Signal `n` was handed to the socket of its peer. Not that it was read."""

    n: Number


class Refused(_Message, tag="error", frozen=True):
    """Signal `n`, or (without n) a frame or the whole connection, was refused."""

    code: Code
    n: Number | None = None


class Drain(_Message, tag="drain", frozen=True):
    """The relay is about to stop: leave it after so many seconds (different for each peer)."""

    after: Annotated[float, msgspec.Meta(ge=0, le=MAX_DRAIN_S)]


class Who(_Message, tag="who", frozen=True):
    """Ask for another `Joined`: a new sample of peers, new ICE credentials."""


class Ping(_Message, tag="ping", frozen=True):
    """Is anybody there? (A page can't see the pings of the WebSocket protocol itself.)"""


class Pong(_Message, tag="pong", frozen=True):
    """Yes."""


FromPeer = Join | Signal | Who | Ping
FromRelay = Challenge | Joined | Presence | Forwarded | Ack | Refused | Drain | Pong

_peer_decoder: msgspec.json.Decoder[FromPeer] = msgspec.json.Decoder(FromPeer)
_relay_decoder: msgspec.json.Decoder[FromRelay] = msgspec.json.Decoder(FromRelay)
_encoder = msgspec.json.Encoder()


def _check_frame(frame: str) -> None:
    if len(frame) > MAX_FRAME_BYTES:
        raise MalformedMessage(f"a relay frame of {len(frame):,} bytes; the limit is {MAX_FRAME_BYTES:,}")
    if not frame.isascii():
        raise MalformedMessage("a relay frame that is not ASCII")
    if frame.count("[") + frame.count("{") > MAX_BRACKETS:
        raise MalformedMessage("a relay frame with too many brackets")


def decode_from_peer(frame: str) -> FromPeer:
    """Return what a peer said, or raise MalformedMessage."""
    _check_frame(frame)
    try:
        return _peer_decoder.decode(frame)
    except msgspec.DecodeError as error:
        raise MalformedMessage(f"not a frame of a peer: {error}") from None


def decode_from_relay(frame: str) -> FromRelay:
    """Return what a relay said, or raise MalformedMessage."""
    _check_frame(frame)
    try:
        return _relay_decoder.decode(frame)
    except msgspec.DecodeError as error:
        raise MalformedMessage(f"not a frame of a relay: {error}") from None


def encode(message: FromPeer | FromRelay) -> str:
    """Return the frame. It is checked on decoding only: build messages from checked values."""
    return _encoder.encode(message).decode("ascii")


def check_join(room: str, capability: str | None) -> None:
    """Raise InvalidValue if a relay would refuse this room id or this capability for its form."""
    try:
        msgspec.convert(room, RoomId)
        msgspec.convert(capability, Capability | None)
    except msgspec.ValidationError as error:
        raise InvalidValue(f"A relay won't take this room id or capability: {error}.") from None


def join_message(nonce: str, room: str) -> bytes:
    """Return the bytes that a peer signs: context, 32 bytes of nonce, room. No two pairs give the same bytes."""
    return JOIN_CONTEXT + decode_base64url(nonce) + room.encode("ascii")


def peer_id(public_key: bytes) -> str:
    """Return the peer id of a 32-byte Ed25519 public key."""
    if len(public_key) != 32:
        raise InvalidValue(f"An Ed25519 public key has 32 bytes, not {len(public_key)}.")
    return encode_base64url(public_key)


def public_key(peer_id: str) -> bytes:
    """Return the 32-byte Ed25519 public key in a peer id, or raise MalformedMessage."""
    key = decode_base64url(peer_id)
    if len(key) != 32:
        raise MalformedMessage(f"a peer id of {len(key)} bytes")
    return key


def encode_blob(blob: bytes) -> str:
    """Return the ``d`` of a sealed blob of 1..`MAX_SIGNAL_BYTES` bytes; InvalidValue or TooLarge if it is not."""
    if not blob:
        raise InvalidValue("A signal can't be empty.")
    if len(blob) > MAX_SIGNAL_BYTES:
        raise TooLarge("A signal", len(blob), MAX_SIGNAL_BYTES)
    return encode_base64url(blob)


def encode_base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Return the bytes of canonical base64url without padding, or raise MalformedMessage."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:  # binascii.Error is one; so is text that is not ASCII
        raise MalformedMessage("not base64url") from None
    if encode_base64url(data) != text:
        raise MalformedMessage("base64url in a form that is not canonical")
    return data
