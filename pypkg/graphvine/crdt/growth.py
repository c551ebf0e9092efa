"""Tables that are about to grow, one at a time.

A dict that is full is copied into a larger one at the next insert: some 50 ms for a million entries, and that can't be
cut. But tables that get an entry each from the same operations are full at the same one. So each is made to grow a
little earlier, and others have a turn in between.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator
from typing import Any

# Entries of a table whose growth is felt. Below 22,000 a place takes less than what is said here.
LARGE = 40_000
# Bytes of a table for each of its places: more than it takes, less than it takes when it is twice as large. That is
# 15 to 20 or 30 to 40 with pointers of 8 bytes, 9 to 12 or 19 to 24 with pointers of 4.
_BYTES_PER_PLACE = 7 * struct.calcsize("P") // 2
_FILLER = "\0filler"


def grow_apart(main: Iterable[dict[Any, Any]], others: Iterable[dict[Any, Any]], soon: int) -> Iterator[None]:
    """Let tables grow that would grow while they get `soon` more entries. Pauses after each.

    Nobody may go through a table meanwhile. others: those that don't grow unless one of the main ones does.
    """
    due = [table for table in main if len(table) > LARGE and _entries_left(table) < soon]
    if due:
        due += [table for table in others if len(table) > LARGE and _entries_left(table) < soon]
    for table in due:
        _grow(table)
        yield


def _entries_left(table: dict[Any, Any]) -> int:
    """Return how many entries a table without holes takes before it is copied.

    CPython fills two thirds of the places, whose number is a power of two.
    """
    size = len(table)
    bits = (size + size // 2).bit_length()
    if (2 << bits) // 3 < size:
        bits += 1
    if sys.getsizeof(table) > _BYTES_PER_PLACE << bits:
        bits += 1
    return (2 << bits) // 3 - size


def _grow(table: dict[Any, Any]) -> None:
    """Use up the places that are left: what is inserted and deleted takes one and gives none back."""
    before = sys.getsizeof(table)
    for _ in range(_entries_left(table) + 1):
        table[_FILLER] = None
        del table[_FILLER]
        if sys.getsizeof(table) != before:
            return
