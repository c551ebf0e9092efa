"""The step that sorts rows, or keeps the first of them."""

from __future__ import annotations

from heapq import merge
from typing import Any

from graphvine.query.compile_expressions import CONTAINERS, Evaluate
from graphvine.query.readers import Reader
from graphvine.query.steps.bound import Bound
from graphvine.query.steps.step import Rows, Step, paced
from graphvine.query.values import Row, sort_key

# Rows sorted in one go; larger results are sorted in runs, with a chance to pause in between, and merged.
SORT_RUN = 4_000


# The keys of a row, and the row.
_Entry = tuple[list[Any], Row]


class Sort(Step):
    """Sorts rows; with `keep`, only as many of the first as that gives. Equal rows stay in order."""

    name = "Sort"

    def __init__(self, child: Step, keys: list[tuple[Reader, bool]], keep: Evaluate | None, **about: Any) -> None:
        super().__init__((child,), **about)
        self.keys = keys
        self.keep = keep
        if keep is not None:
            self.name = "Top"

    def open(self, row: Row) -> Rows:
        """Give the sorted rows."""
        run = row[0]
        most = None if self.keep is None else self.keep(row)
        if most is not None and most > SORT_RUN:
            most = None  # too many to sort in one go again and again; LIMIT cuts them
        finished: list[list[_Entry]] = []
        current: list[_Entry] = []
        room = SORT_RUN if most is None else 2 * most + 1_000
        first, is_descending = self.keys[0][0].evaluate, self.keys[0][1]
        others = [key.evaluate for key, _ in self.keys[1:]]
        worst: Any = None
        bound = Bound(most, is_descending=is_descending, is_alone=not others)
        for outer in bound.rows(self.child.blocks(row), self.keys[0][0]) if self.is_wide else self.child.open(row):
            if outer is None:
                yield None
                continue
            value = first(outer)
            if type(value) in CONTAINERS and run.tick():
                yield None
            key = sort_key(value)
            if worst is not None and (key < worst if is_descending else key > worst):
                continue
            run.hold_row(len(outer) + 20)
            current.append(([key, *[sort_key(evaluate(outer)) for evaluate in others]], outer))
            if len(current) < room:
                continue
            self._sort(current)
            if most is None:
                finished.append(current)
                current = []
            else:
                run.hold(-sum(232 + 8 * len(lost) for _, lost in current[most:]))
                del current[most:]
                worst = current[-1][0][0] if current else None
            if run.tick():
                yield None
        self._sort(current)
        finished.append(current)
        yield from self._merged(finished, run)

    def _sort(self, entries: list[_Entry]) -> None:
        # From the last key to the first: each sort keeps the order that the later keys made.
        for position, (_, is_descending) in reversed(list(enumerate(self.keys))):
            entries.sort(key=lambda entry, position=position: entry[0][position], reverse=is_descending)  # type: ignore[misc]

    def _merged(self, runs: list[list[_Entry]], run: Any) -> Rows:
        if len(runs) == 1:
            yield from paced((outer for _, outer in runs[0]), run)
        else:
            yield from paced((outer for _, outer in merge(*runs, key=self._key)), run)

    def _key(self, entry: _Entry) -> list[Any]:
        return [
            Reversed(key) if is_descending else key for key, (_, is_descending) in zip(entry[0], self.keys, strict=True)
        ]


class Reversed:
    """Sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: Reversed) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and bool(self.key == other.key)

    __hash__ = None  # type: ignore[assignment]
