"""Crypto on WebCrypto: Ed25519 signatures and AES-256-GCM, with private keys that even this page can't read.

The scalar checks of RFC 8032 are the browser's; lengths and points of small order are refused here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import js

from ...crypto.points import may_be_honest
from ...errors import InvalidValue, MalformedMessage, UnsupportedPlatform
from .answers import Answer, asker
from .ffi import JsException, is_missing, member_or_none, to_bytes, to_object, to_uint8array

_ED25519 = "Ed25519"
_NONCE_BYTES = 12
_TAG_BYTES = 16
# Public keys kept ready for `verify`: importing one costs about as much as using it.
_MAX_CACHED_KEYS = 512

_NO_CRYPTO = (
    "This page was not loaded over a secure connection, so the browser gives it no cryptography. "
    "Open it over https, or from 127.0.0.1."
)
_NO_ED25519 = (
    "This browser can't make Ed25519 signatures. Update it (Chrome or Edge 137, Firefox 129, Safari 17, or newer)."
)


@dataclass(frozen=True, slots=True)
class BrowserKey:
    """An Ed25519 key pair. pair: the CryptoKeyPair, its private half not extractable."""

    public: bytes
    pair: Any


class WebCrypto:
    """The Crypto port. Raises UnsupportedPlatform at once where the page has no WebCrypto."""

    def __init__(self) -> None:
        self._subtle = subtle_crypto()
        self._asker = asker()
        self._public_keys: OrderedDict[bytes, Any] = OrderedDict()

    async def generate_key(self) -> BrowserKey:
        """Return a fresh Ed25519 key. Raises UnsupportedPlatform where the browser has no Ed25519."""
        try:
            pair = await self._subtle.generateKey(_ED25519, False, to_object(usages=["sign", "verify"]).usages)
        except JsException:
            raise UnsupportedPlatform(_NO_ED25519) from None
        return await browser_key(pair)

    async def sign(self, key: Any, message: bytes) -> bytes:
        """Return the 64-byte signature. key: a BrowserKey."""
        if self._asker is not None:
            signed = Answer()
            self._asker.sign(key.pair.privateKey, to_uint8array(message), signed.give)
            if (signature := await signed) is not None:
                return to_bytes(signature)
        return to_bytes(await self._subtle.sign(_ED25519, key.pair.privateKey, to_uint8array(message)))

    async def verify(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature holds; False too for keys and signatures that are no such thing."""
        if not may_be_honest(public_key, signature):
            return False
        try:
            key = self._public_keys.get(public_key) or await self._import_public(public_key)
            return bool(await self._subtle.verify(_ED25519, key, to_uint8array(signature), to_uint8array(message)))
        except JsException:  # 32 bytes that are no point of the curve
            return False

    def check(self, public_key: bytes, signature: bytes, message: bytes, answer: Callable[[bool], object], /) -> None:
        """Call `answer` with what `verify` returns, at once or when the browser knows."""
        key = self._public_keys.get(public_key)
        if key is None or self._asker is None:
            checking = asyncio.ensure_future(self.verify(public_key, signature, message))
            checking.add_done_callback(lambda done: answer(not done.cancelled() and done.result()))
        elif may_be_honest(public_key, signature):
            self._asker.verify(key, to_uint8array(signature), to_uint8array(message), answer)
        else:
            answer(False)

    async def _import_public(self, public_key: bytes) -> Any:
        usages = to_object(usages=["verify"]).usages
        key = await self._subtle.importKey("raw", to_uint8array(public_key), _ED25519, True, usages)
        self._public_keys[public_key] = key
        if len(self._public_keys) > _MAX_CACHED_KEYS:
            self._public_keys.popitem(last=False)
        return key

    async def seal(self, key: bytes, plain: bytes, associated: bytes) -> bytes:
        """Return nonce (12 bytes, random) + AES-256-GCM of `plain`. key: 32 bytes."""
        nonce = js.crypto.getRandomValues(js.Uint8Array.new(_NONCE_BYTES))
        secret = await self._import_secret(key, "encrypt")
        return to_bytes(nonce) + to_bytes(
            await self._subtle.encrypt(_gcm(nonce, associated), secret, to_uint8array(plain))
        )

    async def open(self, key: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the plain bytes, or raise MalformedMessage when they were not sealed with this key and data."""
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
            raise MalformedMessage("sealed bytes that are too short")
        nonce = to_uint8array(sealed[:_NONCE_BYTES])
        secret = await self._import_secret(key, "decrypt")
        try:
            return to_bytes(
                await self._subtle.decrypt(_gcm(nonce, associated), secret, to_uint8array(sealed[_NONCE_BYTES:]))
            )
        except JsException:
            raise MalformedMessage("sealed bytes that this key does not open") from None

    async def _import_secret(self, key: bytes, usage: str) -> Any:
        if len(key) != 32:
            raise InvalidValue(f"An AES-256 key has 32 bytes, not {len(key)}.")
        return await self._subtle.importKey(
            "raw", to_uint8array(key), "AES-GCM", False, to_object(usages=[usage]).usages
        )


def subtle_crypto() -> Any:
    """Return `crypto.subtle`, or raise UnsupportedPlatform: a page over plain http has none."""
    crypto = member_or_none(js.globalThis, "crypto")
    subtle = None if crypto is None else member_or_none(crypto, "subtle")
    if subtle is None:
        raise UnsupportedPlatform(_NO_CRYPTO)
    return subtle


async def browser_key(pair: Any) -> BrowserKey:
    """Return the key of a CryptoKeyPair."""
    if is_missing(pair):
        raise InvalidValue("There is no key here.")
    return BrowserKey(to_bytes(await subtle_crypto().exportKey("raw", pair.publicKey)), pair)


def _gcm(nonce: Any, associated: bytes) -> Any:
    parameters = js.Object.new()
    parameters.name = "AES-GCM"
    parameters.iv = nonce
    parameters.additionalData = to_uint8array(associated)
    return parameters
