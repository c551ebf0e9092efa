"""How far an export or import is, what came of it, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from graphvine.peer.driver import Driver
from graphvine.ports import Clock

# Seconds of work before others get a turn.
SLICE_S = 0.01


class Progress(NamedTuple):
    """How far it is.

    done, total: vertices and edges looked at, for an export; bytes of the file, for an import (total 0: not known).
    bytes: of the file, so far. vertices, edges: taken in so far, for an import.
    """

    done: int
    total: int
    bytes: int
    vertices: int = 0
    edges: int = 0

    @property
    def fraction(self) -> float:
        """0 to 1, or 0 where nobody knows."""
        return min(1.0, self.done / self.total) if self.total else 0.0


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written. warnings: what the format can't carry, with how often it was met."""

    format: str
    vertices: int
    edges: int
    bytes: int
    warnings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that was read.

    vertices, edges: taken in, new or not (for an archive: how many more there are than before). transactions: that it
    took, or that an archive brought and were news. known: transactions of an archive that were here already.
    """

    format: str
    vertices: int
    edges: int
    transactions: int
    bytes: int
    known: int = 0
    warnings: dict[str, int] = field(default_factory=dict)


class Turns:
    """Lets others have their turn when a slice of work is over."""

    def __init__(self, driver: Driver, clock: Clock) -> None:
        self._driver = driver
        self._clock = clock
        self._ends = clock.now() + SLICE_S
        self._has_paused = False

    async def give(self) -> None:
        """Wait for a moment if the slice is over; afterwards the state may be read."""
        if self._clock.now() >= self._ends:
            self.end()
            await asyncio.sleep(0)
            await self.begin()

    async def pause(self) -> None:
        """Wait for a moment in which nothing is applied if the slice is over. Only while the state may be read."""
        if self._clock.now() < self._ends:
            return
        inbox = self._driver.peer.inbox
        self._has_paused = True
        inbox.hold_off()
        try:
            await asyncio.sleep(0)
        finally:
            inbox.let_in()
        self._ends = self._clock.now() + SLICE_S

    def end(self) -> None:
        """Let come in what had to wait for a pause. Call it before anything that may take long, and at the end."""
        if self._has_paused:
            self._has_paused = False
            if self._driver.peer.inbox.has_work:
                self._driver.go_on()

    async def begin(self) -> None:
        """Begin a slice, as after something that took its time."""
        self.end()
        if not self._driver.peer.inbox.is_open:
            await self._driver.readable()
        self._ends = self._clock.now() + SLICE_S
