"""Crypto on the `cryptography` package. Every call takes well under a millisecond, so none leaves the loop's thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ...crypto.points import may_be_honest
from ...errors import InvalidValue, MalformedMessage

_NONCE_BYTES = 12
_TAG_BYTES = 16


class NativeKey:
    """An Ed25519 key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self._public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def public(self) -> bytes:
        """32-byte public key."""
        return self._public


class NativeCrypto:
    """The Crypto port."""

    async def generate_key(self) -> NativeKey:
        """Return a fresh Ed25519 key."""
        return NativeKey(Ed25519PrivateKey.generate())

    async def sign(self, key: Any, message: bytes) -> bytes:
        """Return the 64-byte signature. key: a NativeKey."""
        signature: bytes = key.private.sign(message)
        return signature

    async def verify(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature holds; False too for keys and signatures that are no such thing."""
        return _holds(public_key, signature, message)

    def check(self, public_key: bytes, signature: bytes, message: bytes, answer: Callable[[bool], object], /) -> None:
        """Call `answer` at once with what `verify` returns."""
        answer(_holds(public_key, signature, message))

    async def seal(self, key: bytes, plain: bytes, associated: bytes) -> bytes:
        """Return nonce (12 bytes, random) + AES-256-GCM of `plain`. key: 32 bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + _cipher(key).encrypt(nonce, plain, associated)

    async def open(self, key: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the plain bytes, or raise MalformedMessage when they were not sealed with this key and data."""
        cipher = _cipher(key)
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
            raise MalformedMessage("sealed bytes that are too short")
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
        except InvalidTag:
            raise MalformedMessage("sealed bytes that this key does not open") from None


def _holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    if not may_be_honest(public_key, signature):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _cipher(key: bytes) -> AESGCM:
    if len(key) != 32:
        raise InvalidValue(f"An AES-256 key has 32 bytes, not {len(key)}.")
    return AESGCM(key)
