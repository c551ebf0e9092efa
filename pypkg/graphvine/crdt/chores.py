"""Work that one operation causes in many places, done in slices before the next operation.

Deleting a vertex kills its edges, and a plain write over a large map lets go of every entry: one operation of a few
bytes, and the work of a hundred thousand. What can grow like that is a *chore*: an iterator that does a little at a
time. Nobody reads the state before all of a transaction is applied, so nobody sees half a chore.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

# Units of work between two chances for the caller to let others run: some milliseconds in a tab. A unit is about what
# it takes to put a vertex.
UNITS = 500
# Entries of tables that are freed in the time of a unit.
FREED_PER_UNIT = 10
# Entries that are freed in one step.
FREED = 1_000


def emptied(*tables: dict[Any, Any]) -> Iterator[int]:
    """Empty tables that nobody needs any more; yield how much work each part was. To free a large one takes long."""
    for table in tables:
        while table:
            count = min(FREED, len(table))
            for _ in range(count):
                table.popitem()
            yield count // FREED_PER_UNIT


class Chores:
    """What is left to do, in order. units: work done since others had a turn."""

    __slots__ = ("_waiting", "units")

    def __init__(self) -> None:
        self.units = 0
        self._waiting: deque[Iterator[int]] = deque()

    def add(self, work: Iterator[int]) -> None:
        """Do this before the next operation. work: yields the units of each piece, after doing it."""
        self._waiting.append(work)

    @property
    def is_due(self) -> bool:
        """Whether there is something to do before the next operation."""
        return bool(self._waiting) or self.units >= UNITS

    def do(self) -> Iterator[None]:
        """Do everything, in slices of about `UNITS`."""
        yield from self._rest()
        while self._waiting:
            for units in self._waiting[0]:
                self.units += units
                yield from self._rest()
            self._waiting.popleft()

    def _rest(self) -> Iterator[None]:
        if self.units >= UNITS:
            self.units = 0
            yield
