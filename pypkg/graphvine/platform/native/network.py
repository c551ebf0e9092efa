"""The Network port of CPython, which hears of no such thing: relay and links come back by their back-off alone."""

from __future__ import annotations

from collections.abc import Callable


class NativeNetwork:
    """Never calls back."""

    def watch(self, on_back: Callable[[], None]) -> Callable[[], None]:
        """Return what ends it."""
        return lambda: None
