"""From each older layout to the next: one step for each version, tried in order. Pure; `peer.upgrade` runs it.

To add a version: raise `pages.FORMAT`, let `pages` read both, add the step from the last version here, and keep a whole
storage of the last version in `tests/vectors/store-<version>.json`.
"""

from __future__ import annotations

from collections.abc import Callable

from graphvine.errors import StorageDamaged
from graphvine.store.pages import COUNTED, FORMAT, PAGES, RECORDS, unpack


def upgraded(key: bytes, value: bytes) -> bytes | None:
    """Return a value of the storage in the newest layout, or None when it is fine as it is.

    What is damaged stays as it is: nothing in it may be lost.
    """
    if not value or value[0] >= FORMAT or not key.startswith((PAGES, RECORDS)):
        return None
    try:
        before = list(unpack(key, value))
        made = value
        while made[0] < FORMAT:
            made = _STEPS[made[0]](key, made)
    except StorageDamaged:
        return None
    if list(unpack(key, made)) != before:
        raise AssertionError(f"the upgrade of {key!r} would lose something")
    return made


def _count_frames(key: bytes, value: bytes) -> bytes:
    """Version 2 says how many frames a page has."""
    count = sum(1 for _ in unpack(key, value))
    return bytes([COUNTED]) + count.to_bytes(4, "big") + value[1:]


_STEPS: dict[int, Callable[[bytes, bytes], bytes]] = {1: _count_frames}
