"""Keys, signatures and sealing for simulations: deterministic, quick, on any Python. Not secret, but no kinder either.

A signature is an HMAC under a secret that only this object knows by public key: nobody signs for a key that it does not
hold, a changed byte anywhere fails, and keys or signatures of the wrong length are simply false.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from graphvine.errors import MalformedMessage

_NONCE_BYTES = 12
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class SimulatedKey:
    """A private key that can't be read, only used."""

    public: bytes


class SimulatedCrypto:
    """The `Crypto` port, and the same verbs without waiting. One object is one world of keys."""

    def __init__(self, seed: int) -> None:
        self._seed = b"%d" % seed
        self._secrets: dict[bytes, bytes] = {}
        self._nonces = 0

    def key(self, name: str) -> SimulatedKey:
        """Return the key called `name`: always the same one."""
        secret = hashlib.sha256(b"secret/" + self._seed + b"/" + name.encode()).digest()
        public = hashlib.sha256(b"public/" + secret).digest()
        self._secrets[public] = secret
        return SimulatedKey(public)

    def sign_now(self, key: SimulatedKey, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return hmac.digest(self._secrets[key.public], message, "sha512")

    def verify_now(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature holds."""
        secret = self._secrets.get(public_key)
        return secret is not None and hmac.compare_digest(hmac.digest(secret, message, "sha512"), signature)

    async def generate_key(self) -> SimulatedKey:
        """Return another key at each call."""
        return self.key(f"generated-{len(self._secrets)}")

    async def sign(self, key: SimulatedKey, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self.sign_now(key, message)

    async def verify(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature holds."""
        return self.verify_now(public_key, signature, message)

    def check(self, public_key: bytes, signature: bytes, message: bytes, answer: Callable[[bool], object], /) -> None:
        """Call `answer` at once."""
        answer(self.verify_now(public_key, signature, message))

    async def seal(self, key: bytes, plain: bytes, associated: bytes) -> bytes:
        """Return nonce + sealed bytes."""
        self._nonces += 1
        nonce = self._nonces.to_bytes(_NONCE_BYTES, "big")
        sealed = _mask(key, nonce, plain)
        return nonce + sealed + _tag(key, nonce, sealed, associated)

    async def open(self, key: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the plain bytes, or raise MalformedMessage."""
        nonce, body, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES or not hmac.compare_digest(_tag(key, nonce, body, associated), tag):
            raise MalformedMessage("sealed with another key, or for something else")
        return _mask(key, nonce, body)


def _mask(key: bytes, nonce: bytes, data: bytes) -> bytes:
    stream = hashlib.shake_256(key + nonce).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def _tag(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    message = len(associated).to_bytes(8, "big") + associated + nonce + sealed
    return hmac.digest(key, message, "sha256")[:_TAG_BYTES]
