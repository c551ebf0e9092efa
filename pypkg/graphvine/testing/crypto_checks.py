"""What every Crypto and IdentityStore must do. Vectors: RFC 8032 section 7.1; McGrew and Viega's AES-GCM paper."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from ..errors import MalformedMessage
from ..ports import Crypto
from .storage_checks import expect

Check = Callable[[Crypto], Awaitable[None]]

# (public key, message, signature) of RFC 8032, tests 1 to 3.
RFC_8032: Final = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)
# The order of the group: adding it to S makes a second spelling of the same signature, which must not pass.
GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493

# (public key, message, signature) of cases 1 and 2 of "Taming the many EdDSAs", both true by the bare equation.
SMALL_ORDER_KEY: Final = (
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
    "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
)
SMALL_ORDER_R: Final = (
    "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
    "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
)

# AES-256-GCM, test case 16: key, nonce, plain, associated data, cipher + tag.
GCM_KEY: Final = "feffe9928665731c6d6a8f9467308308" * 2
GCM_NONCE: Final = "cafebabefacedbaddecaf888"
GCM_PLAIN: Final = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a31"
    "8a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
GCM_ASSOCIATED: Final = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
GCM_SEALED: Final = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b"
)


async def check_a_signature_holds(crypto: Crypto) -> None:
    """Sign and verify; signatures are deterministic."""
    key = await crypto.generate_key()
    expect(len(key.public) == 32, "a public key of 32 bytes")
    for message in (b"", b"hello", bytes(100_000)):
        signature = await crypto.sign(key, message)
        expect(len(signature) == 64, "a signature of 64 bytes")
        expect(await crypto.verify(key.public, signature, message), "our own signature holds")
        expect(await crypto.sign(key, message) == signature, "the same message, the same signature")


async def check_known_signatures(crypto: Crypto) -> None:
    """The vectors of RFC 8032."""
    for public, message, signature in RFC_8032:
        parts = bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message)
        expect(await crypto.verify(*parts), f"RFC 8032 vector {public[:8]}")
        expect(not await crypto.verify(parts[0], parts[1], parts[2] + b"x"), "another message")


async def check_forgeries_are_false(crypto: Crypto) -> None:
    """One bit anywhere, another key, another message: False and no error."""
    key, other = await crypto.generate_key(), await crypto.generate_key()
    expect(key.public != other.public, "two keys differ")
    message = b"pay bob 10"
    signature = await crypto.sign(key, message)
    for place in (0, 31, 32, 63):
        forged = bytearray(signature)
        forged[place] ^= 1
        expect(not await crypto.verify(key.public, bytes(forged), message), f"bit flipped in byte {place}")
    expect(not await crypto.verify(other.public, signature, message), "another author")
    expect(not await crypto.verify(key.public, signature, b"pay bob 99"), "another message")


async def check_nonsense_is_false(crypto: Crypto) -> None:
    """Keys and signatures of any length or no sense at all: False, never an error."""
    key = await crypto.generate_key()
    signature = await crypto.sign(key, b"m")
    for length in (0, 1, 31, 33, 64):
        expect(not await crypto.verify(bytes(length), signature, b"m"), f"a key of {length} bytes")
    for length in (0, 1, 32, 63, 65, 1000):
        expect(not await crypto.verify(key.public, bytes(length), b"m"), f"a signature of {length} bytes")
    for public in (b"\xff" * 32, b"\x02" + bytes(31), b"\x7f" * 32):
        expect(not await crypto.verify(public, signature, b"m"), "bytes that are no key of this signature")


async def check_a_signature_has_one_spelling(crypto: Crypto) -> None:
    """S and S + L would both satisfy the equation: only the smaller may pass (RFC 8032, 5.1.7)."""
    key = await crypto.generate_key()
    signature = await crypto.sign(key, b"m")
    scalar = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    expect(not await crypto.verify(key.public, signature[:32] + scalar.to_bytes(32, "little"), b"m"), "S + L")


async def check_points_of_small_order_are_refused(crypto: Crypto) -> None:
    """Implementations disagree about them, and peers must not (see `crypto.points`).

    The first holds for every message by the bare equation; the second is "Taming the many EdDSAs", case 1.
    """
    identity = (1).to_bytes(32, "little")
    expect(not await crypto.verify(identity, identity + bytes(32), b"anything"), "the neutral point as key")
    public, message, signature = SMALL_ORDER_KEY
    parts = bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message)
    expect(not await crypto.verify(*parts), "a key of small order")
    public, message, signature = SMALL_ORDER_R
    parts = bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message)
    expect(not await crypto.verify(*parts), "a signature that begins with a point of small order")


async def check_sealing(crypto: Crypto) -> None:
    """What was sealed opens, each time with another nonce; anything else is MalformedMessage."""
    key, other = bytes(range(32)), bytes(32)
    for plain in (b"", b"secret", bytes(50_000)):
        sealed = await crypto.seal(key, plain, b"context")
        expect(len(sealed) == len(plain) + 28, "nonce and tag")
        expect(await crypto.open(key, sealed, b"context") == plain, "opens again")
        expect(await crypto.seal(key, plain, b"context") != sealed, "a nonce is used once")
    sealed = await crypto.seal(key, b"secret", b"context")
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    wrong = [(key, flipped, b"context"), (other, sealed, b"context"), (key, sealed, b"else")]
    wrong += [(key, sealed[:length], b"context") for length in (0, 11, 12, 27, len(sealed) - 1)]
    for parts in wrong:
        try:
            await crypto.open(*parts)
        except MalformedMessage:
            continue
        raise AssertionError("opened what was never sealed so")


async def check_known_sealed_bytes(crypto: Crypto) -> None:
    """The layout is nonce, cipher text, tag: what one platform seals the other opens."""
    sealed = bytes.fromhex(GCM_NONCE + GCM_SEALED)
    plain = await crypto.open(bytes.fromhex(GCM_KEY), sealed, bytes.fromhex(GCM_ASSOCIATED))
    expect(plain == bytes.fromhex(GCM_PLAIN), "AES-256-GCM test case 16")


CHECKS: Final[tuple[Check, ...]] = (
    check_a_signature_holds,
    check_known_signatures,
    check_forgeries_are_false,
    check_nonsense_is_false,
    check_a_signature_has_one_spelling,
    check_points_of_small_order_are_refused,
    check_sealing,
    check_known_sealed_bytes,
)
