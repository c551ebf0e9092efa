"""The rows of a live query: in order, each different one once if asked for, and cut by SKIP and LIMIT."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from graphvine.query.values import group_key

Output = tuple[Any, ...]


class Cut(NamedTuple):
    """Which rows are shown. limit: None for all."""

    is_distinct: bool
    is_sorted: bool
    skip: int
    limit: int | None


class Outputs:
    """Rows by key. is_changed: since `rows` was asked for last.

    Adding and removing cost the logarithm of their number, and moving pointers when they are sorted.
    """

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._rows: dict[Any, tuple[list[Any], Output]] = {}
        self._order: list[tuple[list[Any], int, Any]] = []
        self._places: dict[Any, tuple[list[Any], int, Any]] = {}
        self._counts: dict[Any, dict[Any, None]] = {}
        self._next = 0
        self.is_changed = True

    def add(self, key: Any, sort_keys: list[Any], row: Output) -> None:
        """Add a row. key: names it; sort_keys: sort ascending."""
        self._rows[key] = (sort_keys, row)
        if self._cut.is_distinct:
            same = self._counts.setdefault(group_key(list(row)), {})
            same[key] = None
            if len(same) > 1:
                return
        self._show(key, sort_keys)

    def remove(self, key: Any) -> None:
        """Remove a row; nothing happens when there is none."""
        found = self._rows.pop(key, None)
        if found is None:
            return
        self._hide(key)
        if self._cut.is_distinct:
            name = group_key(list(found[1]))
            same = self._counts[name]
            del same[key]
            if not same:
                del self._counts[name]
            elif (heir := next(iter(same))) not in self._places:
                self._show(heir, self._rows[heir][0])

    def _show(self, key: Any, sort_keys: list[Any]) -> None:
        self._next += 1
        self.is_changed = True
        entry = (sort_keys if self._cut.is_sorted else [], self._next, key)
        self._places[key] = entry
        if self._cut.is_sorted:
            insort(self._order, entry, key=_comparable)

    def _hide(self, key: Any) -> None:
        entry = self._places.pop(key, None)
        self.is_changed = self.is_changed or entry is not None
        if entry is not None and self._cut.is_sorted:
            del self._order[bisect_left(self._order, _comparable(entry), key=_comparable)]

    def rows(self) -> Iterator[Output]:
        """Give the rows that are shown, in order."""
        cut = self._cut
        self.is_changed = False
        end = None if cut.limit is None else cut.skip + cut.limit
        if cut.is_sorted:
            return (self._rows[key][1] for _, _, key in islice(self._order, cut.skip, end))
        return (self._rows[key][1] for key in islice(self._places, cut.skip, end))

    def __len__(self) -> int:
        return len(self._rows)


def _comparable(entry: tuple[list[Any], int, Any]) -> tuple[list[Any], int]:
    return entry[0], entry[1]
