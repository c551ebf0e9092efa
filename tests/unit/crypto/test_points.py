from __future__ import annotations

import pytest

from graphvine.crypto.points import is_small_order, may_be_honest

PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME
HONEST = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The addition law of the curve (RFC 8032, section 5.1.4, in affine form)."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME)
    return x % PRIME, y % PRIME


def x_of(y: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    root = pow(square, (PRIME + 3) // 8, PRIME)
    return root if root * root % PRIME == square else root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME


def test_the_table_is_the_whole_subgroup_of_order_eight() -> None:
    y = int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little")
    point = (x_of(y), y)
    seen = [(0, 1)]
    while (following := add(seen[-1], point)) != (0, 1):
        seen.append(following)
    assert len(seen) == 8
    for _, y in seen:
        for spelling in (y, y + PRIME):
            if spelling < 2**255:
                for sign in (0, 1 << 255):
                    assert is_small_order((spelling | sign).to_bytes(32, "little"))


@pytest.mark.parametrize("flip", range(0, 256, 17))
def test_honest_points_pass(flip: int) -> None:
    assert not is_small_order((int.from_bytes(HONEST, "little") ^ (1 << flip)).to_bytes(32, "little"))


def test_both_points_and_both_lengths_count() -> None:
    small = bytes(32)
    assert may_be_honest(HONEST, HONEST + small)
    assert not may_be_honest(small, HONEST + small)
    assert not may_be_honest(HONEST, small + HONEST)
    assert not may_be_honest(HONEST[:31], HONEST + small)
    assert not may_be_honest(HONEST, HONEST + small + b"x")
