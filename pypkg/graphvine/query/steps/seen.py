"""Which keys have come already: a set that grows in small steps.

Python's set moves all that it holds when it grows: with a million keys that holds a tab for 100 ms. So from some size
on there are many sets. They get unequal shares of the keys, so that they don't all grow at the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Keys of one set, before there are many.
FIRST = 8_192
# How many sets there are then. The largest gets twice as many keys as the smallest: a set doubles when it grows.
SETS = 32
# Numbers in a row are spread evenly by a prime.
_PRIME = 2_039


def _shares() -> list[int]:
    """Return the number of the set of each remainder."""
    weights = [2 ** (number / SETS) for number in range(SETS)]
    ends = [round(_PRIME * sum(weights[: number + 1]) / sum(weights)) for number in range(SETS)]
    return [next(number for number, end in enumerate(ends) if place < end) for place in range(_PRIME)]


_SHARES = _shares()


class Seen:
    """Keys that have come."""

    __slots__ = ("_all", "_sets")

    def __init__(self) -> None:
        self._all: set[Any] = set()
        self._sets: list[set[Any]] = []

    def __len__(self) -> int:
        return len(self._all) + sum(map(len, self._sets))

    def add(self, key: Any) -> bool:
        """Note a key; return whether it was not there before."""
        if self._sets:
            keys = self._sets[_SHARES[hash(key) % _PRIME]]
        else:
            keys = self._all
            if len(keys) >= FIRST:
                self._divide()
                return self.add(key)
        if key in keys:
            return False
        keys.add(key)
        return True

    def fresh(self, keys: list[Any]) -> list[Any]:
        """Note some keys; return those that come for the first time, each once, in order."""
        if self._sets:
            sets = [self._sets[_SHARES[hash(key) % _PRIME]] for key in keys]
            found: dict[Any, None] = {}
            for key, seen in zip(keys, sets, strict=True):
                if key not in seen:
                    seen.add(key)
                    found[key] = None
            return list(found)
        fresh = [key for key in dict.fromkeys(keys) if key not in self._all]
        self._all.update(fresh)
        if len(self._all) > FIRST:
            self._divide()
        return fresh

    def emptied(self) -> Iterator[None]:
        """Forget all keys, with a chance to pause after each set: a million of them take long to free."""
        self._all.clear()
        while self._sets:
            self._sets.pop().clear()
            yield None

    def _divide(self) -> None:
        self._sets = [set() for _ in range(SETS)]
        for key in self._all:
            self._sets[_SHARES[hash(key) % _PRIME]].add(key)
        self._all = set()
