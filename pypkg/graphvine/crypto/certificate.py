"""An author's word that a peer key speaks for the author: what links and presence show each other.

It is signed over ``"graphvine/certificate/1" 0x00, peer (32 bytes), expires (8 bytes, big-endian, Unix time in ms)``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

CERTIFICATE_CONTEXT: Final = b"graphvine/certificate/1\0"
# Clocks of phones are seconds to minutes apart; a certificate that ended so recently still holds.
CLOCK_SKEW_MS: Final = 10 * 60_000


class Certificate(NamedTuple):
    """See the module. expires_ms: Unix epoch. signature: of `certificate_message`, 64 bytes."""

    expires_ms: int
    signature: bytes


def certificate_message(peer: bytes, expires_ms: int) -> bytes:
    """Return what an author signs to let `peer` (32-byte key) speak for it."""
    return CERTIFICATE_CONTEXT + peer + expires_ms.to_bytes(8, "big")
