"""Where the elements of a list stand: dense keys, so that between two there is always another.

A key is one or more levels, compared as bytes. A level is ``ordinal (4 bytes) tag (4) step (4)``. The tag is the
writer's (random, one for each open graph): whoever writes between the same two elements at the same time gets
another key, whatever arrives first. Elements that follow each other, inserted at once or one by one, share ordinal
and tag and count in `step`, forwards and backwards; so two people who type at one place don't mix, and keys stay
short. A level is added only where ordinals have run out: after 31 halvings of one gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphvine.limits import MAX_POSITION_BYTES

LEVEL_BYTES = 12
_MAX = 2**32
_MIDDLE = 2**31
# Ordinals left free between neighbours at an open end.
_STRIDE = 2**12


def is_position(key: bytes) -> bool:
    """Tell whether these bytes can be a position."""
    return 0 < len(key) <= MAX_POSITION_BYTES and len(key) % LEVEL_BYTES == 0


def run(first: bytes, count: int) -> Iterator[bytes]:
    """Yield the positions of `count` elements that stand together, the first at `first`."""
    stem, step = first[:-4], int.from_bytes(first[-4:], "big")
    for each in range(step, step + count):
        yield stem + each.to_bytes(4, "big")


def shifted(first: bytes, count: int) -> bytes:
    """Return the position `count` steps behind `first` in its run. The run must have that room."""
    return first[:-4] + (int.from_bytes(first[-4:], "big") + count).to_bytes(4, "big")


def has_room(first: bytes, count: int) -> bool:
    """Tell whether a run of `count` elements can begin at this position."""
    return int.from_bytes(first[-4:], "big") + count <= _MAX


def spread(count: int, tag: bytes) -> Iterator[bytes]:
    """Yield short positions, evenly spread, for all elements of a list."""
    first = _MIDDLE - count // 2 * _STRIDE
    for each in range(count):
        yield _level(first + each * _STRIDE, tag)


def between(left: bytes | None, right: bytes | None, tag: bytes, count: int = 1) -> bytes | None:
    """Return where `count` elements may begin to stand between two positions; None when there is no room.

    left, right: positions, or None at an end of the list. tag: 4 bytes of the writer's.
    """
    return _continued(left, right, tag, count) or _new_level(left, right, tag)


def _continued(left: bytes | None, right: bytes | None, tag: bytes, count: int) -> bytes | None:
    """Continue a run of our own, behind `left` or in front of `right`."""
    if left is not None and left[-8:-4] == tag:
        step = int.from_bytes(left[-4:], "big") + 1
        if step + count <= _MAX:
            last = left[:-4] + (step + count - 1).to_bytes(4, "big")
            if right is None or last < right:
                return left[:-4] + step.to_bytes(4, "big")
    if right is not None and right[-8:-4] == tag:
        step = int.from_bytes(right[-4:], "big") - count
        if step >= 0:
            first = right[:-4] + step.to_bytes(4, "big")
            if left is None or left < first:
                return first
    return None


def _new_level(left: bytes | None, right: bytes | None, tag: bytes) -> bytes | None:
    """Find the first level with an ordinal free between the two."""
    path = left or b""
    for depth in range(0, MAX_POSITION_BYTES, LEVEL_BYTES):
        below = path[depth : depth + LEVEL_BYTES]
        above = None if right is None else right[depth : depth + LEVEL_BYTES]
        if above == b"":
            return None  # equal positions, which only strangers make
        low = int.from_bytes(below[:4], "big")
        high = _MAX if above is None else int.from_bytes(above[:4], "big")
        if high - low >= 2:
            return path[:depth] + _level(_choose(low, high), tag)
        if not below and above is not None:
            path += above
        elif above != below:
            right = None  # whatever begins like `left` is smaller already
    return None


def _choose(low: int, high: int) -> int:
    if low == 0 and high == _MAX:
        return _MIDDLE
    if high == _MAX:
        return low + min(_STRIDE, (high - low) // 2)
    if low == 0:
        return high - min(_STRIDE, high // 2)
    return low + (high - low) // 2


def _level(ordinal: int, tag: bytes) -> bytes:
    return ordinal.to_bytes(4, "big") + tag + _MIDDLE.to_bytes(4, "big")
