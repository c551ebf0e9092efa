"""Who is there? Mutual authentication, bound to the very link it runs on. Before anything else is said.

These are messages of protocol 0 on channel 0 (see `frames`); the first byte is the kind::

    1 hello     version (1 byte), MessagePack [role, peer, nonce, author, expires, certificate, protocols, tags]
    2 proof     signature (64 bytes)
    3 welcome   nothing
    4 ping, 5 pong: see `liveness`
    6 bye       reason (at most 64 bytes of UTF-8)

Both sides say hello at once, answer the other's hello with a proof, and a good proof with a welcome. A link is ready
when the other's proof was good and its welcome has come (or any other message: channels don't wait for each other).

    role          0 initiator, 1 responder of the link
    peer          Ed25519 key of the tab or process; must be the peer id that we dialled, or that dialled us
    nonce         32 random bytes
    author        Ed25519 key of the person
    expires       Unix time in ms until which the certificate holds
    certificate   the author's signature: "graphvine/certificate/1" 0x00, peer, expires (8 bytes, big-endian)
    protocols     what the peer speaks (at most 16 numbers below 256)
    tags          opaque: what the peer has (at most 16, of at most 32 bytes)
    signature     the peer's: "graphvine/link/1" 0x00, role of the signer (1 byte),
                  SHA-256(initiator's hello), SHA-256(responder's hello), SHA-256(binding)

**binding** comes from the transport: for WebRTC the two DTLS fingerprints, sorted. A relay that puts itself in the
middle by swapping fingerprints makes two links with two bindings, and no proof for one is good for the other. The role
keeps a proof from being sent back, the nonces keep it from being used again, a certificate is good for one peer only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec

from graphvine.crypto.certificate import CLOCK_SKEW_MS, Certificate, certificate_message
from graphvine.effects import Effect, SendMessage, Sign, Verify
from graphvine.errors import BadHandshake, MalformedMessage, ProtocolViolation

VERSION: Final = 1
HELLO: Final = 1
PROOF: Final = 2
WELCOME: Final = 3
BYE: Final = 6

LINK_CONTEXT: Final = b"graphvine/link/1\0"
MAX_HELLO_BYTES: Final = 2 * 1024
NONCE_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

State = Literal["hello", "proof", "checking", "verified", "ready"]

Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Signature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
Protocols = Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=255)], ...], msgspec.Meta(max_length=16)]
Tags = Annotated[tuple[Annotated[bytes, msgspec.Meta(max_length=32)], ...], msgspec.Meta(max_length=16)]


@dataclass(frozen=True, slots=True)
class LocalPeer:
    """What we say about ourselves. peer, author: 32-byte keys."""

    peer: bytes
    author: bytes
    certificate: Certificate
    protocols: tuple[int, ...] = (1, 2, 3)
    tags: tuple[bytes, ...] = ()


class Hello(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """First word of each side; the module's docstring has the fields."""

    role: Annotated[int, msgspec.Meta(ge=0, le=1)]
    peer: Key
    nonce: Key
    author: Key
    expires_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    certificate: Signature
    protocols: Protocols
    tags: Tags


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Hello)


def proof_message(signer_role: int, hellos: tuple[bytes, bytes], binding: bytes) -> bytes:
    """Return what a peer signs. hellos: whole messages, the initiator's first. binding: of the link."""
    digests = (sha256(part).digest() for part in (*hellos, binding))
    return LINK_CONTEXT + bytes((signer_role,)) + b"".join(digests)


def encode_hello(hello: Hello) -> bytes:
    """Return the whole message."""
    return bytes((HELLO, VERSION)) + _encoder.encode(hello)


def decode_hello(data: bytes) -> Hello:
    """Return the hello in a whole message, or raise MalformedMessage, or BadHandshake for a version not ours."""
    if not 2 <= len(data) <= MAX_HELLO_BYTES:
        raise MalformedMessage(f"a hello of {len(data):,} bytes")
    if data[1] != VERSION:
        raise BadHandshake(f"the peer speaks version {data[1]}, we speak {VERSION}")
    try:
        return _decoder.decode(data[2:])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedMessage(f"not a hello: {error}") from None


class Handshake:
    """One side of one handshake.

    remote: the peer id that must be on the other side. nonce: 32 fresh random bytes. tokens: numbers for effects.
    wall_ms: Unix epoch; certificates that expired before it don't count.
    """

    def __init__(
        self,
        own: LocalPeer,
        remote: bytes,
        *,
        is_initiator: bool,
        binding: bytes,
        nonce: bytes,
        tokens: Iterator[int],
        wall_ms: int,
    ) -> None:
        self.state: State = "hello"
        self.hello: Hello | None = None
        self._own = own
        self._remote = remote
        self._role = 0 if is_initiator else 1
        self._binding = binding
        self._tokens = tokens
        self._wall_ms = wall_ms
        certificate = own.certificate
        self._own_hello = encode_hello(
            Hello(
                self._role,
                own.peer,
                nonce,
                own.author,
                certificate.expires_ms,
                certificate.signature,
                own.protocols,
                own.tags,
            )
        )
        self._remote_hello = b""
        self._sign_token = 0
        self._is_welcome = False
        self._unchecked: dict[int, str] = {}

    def start(self) -> list[Effect]:
        """Say hello."""
        return [SendMessage(self._remote, 0, self._own_hello)]

    def receive(self, data: bytes) -> list[Effect]:
        """Take a hello, proof or welcome. Raises MalformedMessage, BadHandshake, ProtocolViolation."""
        kind = data[0] if data else -1
        if kind == HELLO and self.state == "hello":
            return self._take_hello(data)
        if kind == PROOF and self.state == "proof":
            return self._take_proof(data)
        if kind == WELCOME and self.state in ("checking", "verified", "ready") and self._is_first_welcome(data):
            self._is_welcome = True
            if self.state == "verified":
                self.finish()
            return []
        raise ProtocolViolation(f"message {kind} while the handshake is at {self.state}")

    def _is_first_welcome(self, data: bytes) -> bool:
        """It may come after the handshake is over: a message on the other channel can overtake it."""
        return not self._is_welcome and len(data) == 1

    def finish(self) -> None:
        """The other side counts us as verified: it said so, or it talks to us as if."""
        if self.state != "verified":
            raise ProtocolViolation(f"a message before the handshake was over, at {self.state}")
        self.state = "ready"

    def completed(self, token: int, result: object) -> list[Effect]:
        """Take the answer to a Sign or Verify effect. Raises BadHandshake."""
        if token == self._sign_token and isinstance(result, bytes):
            self._sign_token = 0
            return [SendMessage(self._remote, 0, bytes((PROOF,)) + result), *self._welcome()]
        what = self._unchecked.pop(token, None)
        if what is None:
            return []
        if result is not True:
            raise BadHandshake(f"the {what} does not hold")
        return self._welcome()

    def _take_hello(self, data: bytes) -> list[Effect]:
        hello = decode_hello(data)
        if hello.peer == self._own.peer:
            raise BadHandshake("the peer says that it is us")
        if hello.peer != self._remote:
            raise BadHandshake("another peer than the one of this link")
        if hello.role == self._role:
            raise BadHandshake("both sides claim the same role")
        if hello.expires_ms + CLOCK_SKEW_MS < self._wall_ms:
            raise BadHandshake("the author's certificate has expired")
        self.hello = hello
        self._remote_hello = data
        self.state = "proof"
        self._sign_token = next(self._tokens)
        return [
            Sign(self._sign_token, proof_message(self._role, self._hellos(), self._binding)),
            self._check(
                "certificate", hello.author, hello.certificate, certificate_message(hello.peer, hello.expires_ms)
            ),
        ]

    def _take_proof(self, data: bytes) -> list[Effect]:
        if len(data) != 1 + SIGNATURE_BYTES:
            raise MalformedMessage(f"a proof of {len(data):,} bytes")
        self.state = "checking"
        message = proof_message(1 - self._role, self._hellos(), self._binding)
        return [self._check("proof", self._remote, data[1:], message)]

    def _check(self, what: str, key: bytes, signature: bytes, message: bytes) -> Verify:
        token = next(self._tokens)
        self._unchecked[token] = what
        return Verify(token, key, signature, message)

    def _welcome(self) -> list[Effect]:
        if self.state != "checking" or self._unchecked or self._sign_token:
            return []
        self.state = "ready" if self._is_welcome else "verified"
        return [SendMessage(self._remote, 0, bytes((WELCOME,)))]

    def _hellos(self) -> tuple[bytes, bytes]:
        if self._role == 0:
            return self._own_hello, self._remote_hello
        return self._remote_hello, self._own_hello
