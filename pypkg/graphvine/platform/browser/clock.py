"""Clock, dice and entropy of a page or worker."""

from __future__ import annotations

import random
import time

import js

# What `crypto.getRandomValues` gives at most in one call.
_MAX_RANDOM_BYTES = 65_536


class BrowserClock:
    """The clocks of this page or worker. In Pyodide `time` reads `performance.now` and `Date.now`."""

    def now(self) -> float:
        """Monotonic seconds since the page or worker began; not comparable with another one's."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """Unix epoch milliseconds."""
        return time.time_ns() // 1_000_000


class BrowserEntropy:
    """Bytes from `crypto.getRandomValues`."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        parts = []
        for start in range(0, count, _MAX_RANDOM_BYTES):
            buffer = js.Uint8Array.new(min(_MAX_RANDOM_BYTES, count - start))
            js.crypto.getRandomValues(buffer)
            parts.append(buffer.to_bytes())
        return b"".join(parts)


def make_rng(entropy: BrowserEntropy) -> random.Random:
    """Return dice with a seed of their own. A restored snapshot would else roll the same in every tab."""
    return random.Random(int.from_bytes(entropy.random_bytes(16), "big"))
