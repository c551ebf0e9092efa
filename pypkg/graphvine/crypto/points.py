"""Points of Curve25519 that no honest Ed25519 key or signature has.

With a public key of small order one signature fits many messages. Some implementations refuse such points and some
don't (W3C Web Cryptography Level 2 asks for it, RFC 8032 does not), so a signature made with one would be good at one
peer and bad at the next, and their graphs would differ for ever. Every `Crypto` refuses them by this one table.

Source: Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020), table 1.
"""

from __future__ import annotations

_PRIME = 2**255 - 19
# The y coordinates of the eight points of small order; 0 and 1 also in their second spelling, at or above the prime.
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER_Y = frozenset(
    y.to_bytes(32, "little") for y in (0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _ORDER_8, _PRIME - _ORDER_8)
)


def is_small_order(point: bytes) -> bool:
    """Tell whether these 32 bytes are a point of order 1, 2, 4 or 8, whatever its sign bit says."""
    return point[:31] + bytes((point[31] & 0x7F,)) in SMALL_ORDER_Y


def may_be_honest(public_key: bytes, signature: bytes) -> bool:
    """Tell whether key and signature have the right lengths, and neither point is of small order."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    return not is_small_order(public_key) and not is_small_order(signature[:32])
