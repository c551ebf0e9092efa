"""Time and dice of one simulated peer."""

from __future__ import annotations

import random
from collections.abc import Callable

# Where wall clocks start: some day in 2026, in Unix epoch milliseconds.
EPOCH_MS = 1_780_000_000_000


class SimulatedClock:
    """The `Clock` port over a world's time.

    start: what the monotonic clock showed when the world began. skew_ms: how far the wall clock is ahead.
    """

    def __init__(self, world_now: Callable[[], float], start: float = 0.0, skew_ms: int = 0) -> None:
        self._world_now = world_now
        self.start = start
        self.skew_ms = skew_ms

    def now(self) -> float:
        """Monotonic seconds."""
        return self.start + self._world_now()

    def wall_ms(self) -> int:
        """Unix epoch milliseconds."""
        return EPOCH_MS + int(self._world_now() * 1000) + self.skew_ms


class SimulatedRng:
    """The `Rng` port from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def random(self) -> float:
        """Return a float in [0, 1)."""
        return self._random.random()

    def randrange(self, stop: int) -> int:
        """Return an integer in [0, stop)."""
        return self._random.randrange(stop)
