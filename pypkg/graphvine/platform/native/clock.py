"""Clock, dice and entropy of this process."""

from __future__ import annotations

import os
import random
import time


class NativeClock:
    """The clocks of this machine."""

    def now(self) -> float:
        """Monotonic seconds; not comparable with another process's."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """Unix epoch milliseconds."""
        return time.time_ns() // 1_000_000


class NativeEntropy:
    """Bytes from the operating system."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        return os.urandom(count)


def make_rng(entropy: NativeEntropy) -> random.Random:
    """Return dice with a seed of their own."""
    return random.Random(int.from_bytes(entropy.random_bytes(16), "big"))
