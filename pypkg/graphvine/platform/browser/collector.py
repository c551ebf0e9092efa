"""Short pauses for Python's garbage collection in a tab.

A graph is millions of objects that stay. The collector looks at them again and again, and the more there are the
longer it takes: with 100,000 vertices, single pauses of 100 to 200 ms were measured. So whenever a collection took too
long, what it looked at is set aside (`gc.freeze`): the next ones see only what came later. Objects that nobody refers
to any more are freed at once as ever; only rings of them, if they are set aside first, wait until a graph is closed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

# Seconds of one collection after which everything there is set aside: well below the 50 ms that a step may take.
TOO_LONG_S = 0.01


class Collector:
    """Watches the collections from `start` to `stop`. now: monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = 0.0

    def start(self) -> None:
        """Begin. What is there by now, Python's own modules, stays."""
        gc.freeze()
        gc.callbacks.append(self._on_collection)

    def stop(self) -> None:
        """End, and let everything be collected again."""
        if self._on_collection in gc.callbacks:
            gc.callbacks.remove(self._on_collection)
        gc.unfreeze()

    def release(self) -> None:
        """A graph is closed: look for garbage among what was set aside, too."""
        gc.unfreeze()
        gc.collect()

    def _on_collection(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = self._now()
        elif self._now() - self._began > TOO_LONG_S:
            gc.freeze()
