"""A table that is always in order, in blocks: a change moves a few hundred pointers, however many items there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain
from typing import Any, Generic, TypeVar

from graphvine.crdt.chores import FREED_PER_UNIT

Item = TypeVar("Item")

# Items of a block at most; a full one is halved, and one with less than an eighth joins the one before it.
BLOCK = 1_024


class Ordered(Generic[Item]):
    """Items by keys that can be compared; kept in the order of the keys."""

    __slots__ = ("_items", "_keys", "_lasts", "_size")

    def __init__(self) -> None:
        self._keys: list[list[Any]] = []
        self._items: list[list[Item]] = []
        self._lasts: list[Any] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def keys(self, most: int | None = None) -> list[Any]:
        """Return the keys in order: the first `most`, or all."""
        return _first(self._keys, most)

    def items(self, most: int | None = None) -> list[Item]:
        """Return the items in the order of their keys: the first `most`, or all."""
        return _first(self._items, most)

    def blocks(self, most: int) -> Iterator[tuple[list[Any], list[Item]]]:
        """Yield the first `most` keys and their items, block by block. Nothing may change meanwhile."""
        for keys, items in zip(self._keys, self._items, strict=True):
            if most <= 0:
                return
            yield keys[:most], items[:most]
            most -= len(keys)

    def let_go(self) -> Iterator[int]:
        """Forget everything, in steps; yield how much work each was."""
        while self._keys:
            count = len(self._keys.pop())
            self._items.pop()
            self._size -= count
            yield count // FREED_PER_UNIT
        self._lasts.clear()

    def key_at(self, index: int) -> Any:
        """Return the key at an index, which must be in range."""
        for keys in self._keys:
            if index < len(keys):
                return keys[index]
            index -= len(keys)
        raise IndexError(index)

    def put(self, key: Any, item: Item) -> None:
        """Insert or replace an item."""
        lasts = self._lasts
        if not lasts:
            self._keys, self._items, self._lasts, self._size = [[key]], [[item]], [key], 1
            return
        at = bisect_left(lasts, key)
        if at == len(lasts):
            at -= 1
            lasts[at] = key
        keys, items = self._keys[at], self._items[at]
        place = bisect_left(keys, key)
        if place < len(keys) and keys[place] == key:
            items[place] = item
            return
        keys.insert(place, key)
        items.insert(place, item)
        self._size += 1
        if len(keys) > BLOCK:
            self._halve(at)

    def _halve(self, at: int) -> None:
        keys, items = self._keys[at], self._items[at]
        # Keys that come in order only ever fill the last block: leave the others full.
        middle = BLOCK if at == len(self._keys) - 1 else BLOCK // 2
        self._keys[at : at + 1] = [keys[:middle], keys[middle:]]
        self._items[at : at + 1] = [items[:middle], items[middle:]]
        self._lasts.insert(at, keys[middle - 1])

    def remove(self, key: Any) -> None:
        """Remove an item, if it is here."""
        at = bisect_left(self._lasts, key)
        if at == len(self._lasts):
            return
        keys, items = self._keys[at], self._items[at]
        place = bisect_left(keys, key)
        if keys[place] != key:
            return
        del keys[place], items[place]
        self._size -= 1
        if keys:
            self._lasts[at] = keys[-1]
            if len(keys) >= BLOCK // 8 or not at or len(self._keys[at - 1]) >= BLOCK // 2:
                return
            self._keys[at - 1] += keys
            self._items[at - 1] += items
            self._lasts[at - 1] = keys[-1]
        del self._keys[at], self._items[at], self._lasts[at]


def _first(blocks: list[list[Any]], most: int | None) -> list[Any]:
    if most is None:
        return list(chain.from_iterable(blocks))
    found: list[Any] = []
    for block in blocks:
        found += block if len(found) + len(block) <= most else block[: most - len(found)]
        if len(found) >= most:
            break
    return found
