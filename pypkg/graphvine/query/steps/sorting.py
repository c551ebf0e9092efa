"""The step that sorts rows, or keeps the first of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from graphvine.query.compile_expressions import CONTAINERS
from graphvine.query.gradual import Work, sorting_key_of
from graphvine.query.parts import values_of
from graphvine.query.readers import Reader
from graphvine.query.run import TooLong
from graphvine.query.steps.bound import Bound
from graphvine.query.steps.flow import Count
from graphvine.query.steps.step import Rows, Step, paced
from graphvine.query.values import Row, sort_key

# Rows sorted in one go; larger results are sorted in runs, with a chance to pause in between, and merged in parts of
# about the same size.
SORT_RUN = 4_000

# The keys of a row, and behind them the row.
_Entry = tuple[Any, ...]


class Sort(Step):
    """Sorts rows; with `keep`, only as many of the first as these numbers together. Equal rows stay in order."""

    name = "Sort"

    def __init__(self, child: Step, keys: list[tuple[Reader, bool]], keep: Sequence[Count], **about: Any) -> None:
        super().__init__((child,), **about)
        self.keys = keys
        self.keep = keep
        self._parts = [part for part, _ in keys]
        self._rest = [part.evaluate for part in self._parts[1:]]
        if keep:
            self.name = "Top"

    def _most(self, row: Row) -> Work:
        """Return how many rows are kept, None for all."""
        most = sum((yield from values_of(self.keep, row)))
        # Too many to sort in one go again and again: LIMIT cuts them.
        return most if self.keep and most <= SORT_RUN else None

    def open(self, row: Row) -> Rows:
        """Give the sorted rows."""
        run = row[0]
        most = yield from self._most(row)
        finished: list[list[_Entry]] = []
        current: list[_Entry] = []
        room = SORT_RUN if most is None else 2 * most + 1_000
        first, rest, is_descending = self._parts[0].evaluate, self._rest, self.keys[0][1]
        worst: Any = None
        bound = Bound(most, is_descending=is_descending, is_alone=not rest)
        for outer in bound.rows(self.child.blocks(row), self.keys[0][0]) if self.is_wide else self.child.open(row):
            if outer is None:
                yield None
                continue
            try:
                value = first(outer)
                key = sort_key(value) if type(value) not in CONTAINERS else None
                if worst is not None and key is not None and (key < worst if is_descending else key > worst):
                    continue
                entry: _Entry = (key, *[sort_key(evaluate(outer)) for evaluate in rest], outer)
            except TooLong:
                key = None
            if key is None:
                entry = yield from self._entry(outer, run)
            run.hold_row(len(outer) + 20)
            current.append(entry)
            if len(current) < room:
                continue
            self._sort(current)
            if most is None:
                finished.append(current)
                current = []
            else:
                run.hold(-sum(232 + 8 * len(lost[-1]) for lost in current[most:]))
                del current[most:]
                worst = current[-1][0] if current else None
            if run.tick():
                yield None
        self._sort(current)
        finished.append(current)
        yield from self._merged(finished, run)

    def _entry(self, outer: Row, run: Any) -> Work:
        """Return the keys and the row, where a key takes long."""
        keys = []
        for part in self._parts:
            value = yield from part.value(outer)
            keys.append((yield from sorting_key_of(value, run)))
        return (*keys, outer)

    def _sort(self, entries: list[_Entry]) -> None:
        # From the last key to the first: each sort keeps the order that the later keys made.
        for position, (_, is_descending) in reversed(list(enumerate(self.keys))):
            entries.sort(key=itemgetter(position), reverse=is_descending)

    def _merged(self, runs: list[list[_Entry]], run: Any) -> Rows:
        if len(runs) == 1:
            yield from paced((entry[-1] for entry in runs[0]), run)
            return
        for part in self._parts_in_order(runs):
            self._sort(part)
            yield from paced((entry[-1] for entry in part), run)
            if run.tick():
                yield None

    def _parts_in_order(self, runs: list[list[_Entry]]) -> Iterator[list[_Entry]]:
        """Give the entries of sorted runs in parts: everything in a part comes before everything in the next one.

        Each run looks a few entries ahead; the least of what they see there ends the part. Among equals an earlier run
        comes first, so later runs keep theirs back.
        """
        stride = least_stride = max(SORT_RUN // len(runs), 8)
        while runs := [entries for entries in runs if entries]:
            bounds = [self._key(entries[:stride][-1]) for entries in runs]
            least = min(range(len(runs)), key=bounds.__getitem__)
            ends = self._ends(runs, stride, bounds[least], least)
            size = sum(ends)
            if size > 2 * SORT_RUN and stride > least_stride:
                stride = max(stride // 2, least_stride)
                continue
            if size < SORT_RUN // 2:  # few runs have anything to give: equal keys, or rows that came in order
                stride = min(2 * stride, SORT_RUN)
            part: list[_Entry] = []
            for entries, end in zip(runs, ends, strict=True):
                part += entries[:end]
                del entries[:end]  # little by little: to free a million rows at once takes long
            yield part

    def _ends(self, runs: list[list[_Entry]], stride: int, bound: list[Any], least: int) -> list[int]:
        """Return how many entries of each run belong into a part that ends with `bound`, of the run `least`."""
        ends = []
        for number, entries in enumerate(runs):
            end = min(stride, len(entries))
            if number != least:
                cut = bisect_right if number < least else bisect_left
                end = cut(entries, bound, 0, end, key=self._key)
            ends.append(end)
        return ends

    def _key(self, entry: _Entry) -> list[Any]:
        return [
            Reversed(key) if is_descending else key for key, (_, is_descending) in zip(entry, self.keys, strict=False)
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
