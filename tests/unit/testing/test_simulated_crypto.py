"""The simulated keys are no kinder than real ones."""

from __future__ import annotations

import pytest

from graphvine.errors import MalformedMessage
from graphvine.testing.simulated_crypto import SimulatedCrypto, SimulatedKey

CRYPTO = SimulatedCrypto(1)


def test_a_name_is_one_key_and_a_seed_is_one_world():
    assert CRYPTO.key("a") == CRYPTO.key("a") != CRYPTO.key("b")
    assert SimulatedCrypto(2).key("a") != CRYPTO.key("a")


def test_signatures_hold_for_their_key_and_message_only():
    key, message = CRYPTO.key("a"), b"message"
    signature = CRYPTO.sign_now(key, message)
    assert len(signature) == 64
    assert CRYPTO.verify_now(key.public, signature, message)
    assert not CRYPTO.verify_now(key.public, signature, b"other")
    assert not CRYPTO.verify_now(CRYPTO.key("b").public, signature, message)
    assert not CRYPTO.verify_now(key.public, signature[:-1] + b"\0", message)
    assert not CRYPTO.verify_now(key.public, signature[:-1], message)
    assert not CRYPTO.verify_now(b"no key", signature, message)


def test_nobody_signs_for_a_public_key_alone():
    with pytest.raises(KeyError):
        CRYPTO.sign_now(SimulatedKey(b"p" * 32), b"message")


def test_the_port_does_the_same():
    async def story():
        key, other = await CRYPTO.generate_key(), await CRYPTO.generate_key()
        assert key != other
        assert await CRYPTO.verify(key.public, await CRYPTO.sign(key, b"m"), b"m")
        sealed = await CRYPTO.seal(b"k" * 32, b"plain", b"for")
        assert sealed != await CRYPTO.seal(b"k" * 32, b"plain", b"for")
        assert await CRYPTO.open(b"k" * 32, sealed, b"for") == b"plain"
        for wrong in (
            (b"j" * 32, sealed, b"for"),
            (b"k" * 32, sealed, b"against"),
            (b"k" * 32, sealed[:-1], b"for"),
            (b"k" * 32, b"", b"for"),
        ):
            with pytest.raises(MalformedMessage):
                await CRYPTO.open(*wrong)

    # Nothing in it ever waits, so the first step is the last.
    with pytest.raises(StopIteration):
        story().send(None)
