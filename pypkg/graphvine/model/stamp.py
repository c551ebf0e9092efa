"""Hybrid logical clock: stamps that follow the wall clock but never go back.

Source: Kulkarni et al., "Logical Physical Clocks" (2014). A `time` is ``wall_ms << 16 | counter``, one integer, because
it is compared once for each property that arrives; the author and the writer of the transaction break ties.
"""

from __future__ import annotations

from collections.abc import Callable

from graphvine.limits import MAX_DRIFT_MS

COUNTER_BITS = 16
MAX_COUNTER = (1 << COUNTER_BITS) - 1
MAX_TIME = (1 << 64) - 1


def make_time(wall_ms: int, counter: int = 0) -> int:
    """Return the time value of `wall_ms` (Unix epoch milliseconds) and `counter` (0..65535)."""
    return wall_ms << COUNTER_BITS | counter


def time_wall_ms(time: int) -> int:
    """Return the Unix epoch milliseconds inside a time value."""
    return time >> COUNTER_BITS


class HybridClock:
    """Mints times that are strictly increasing, even when the wall clock is set back.

    `now_ms` arguments are Unix epoch milliseconds of the wall clock at the call. last: the largest time minted or
    applied. wall_ms: the largest reading of our own wall clock: what was no future once never becomes one.

    A clock that once ran far ahead and was set right again would otherwise mint times that everybody holds or refuses
    until then. So where `last` lies beyond the drift bound, what we write takes the wall clock's time again, but for
    what overrules something newer (`tick`).
    """

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.wall_ms = 0
        self._behind = 0

    def wall(self, now_ms: int) -> int:
        """Return the wall clock's reading, or the largest one before, if it has been set back since."""
        self.wall_ms = max(self.wall_ms, now_ms)
        return self.wall_ms

    def tick(self, now_ms: int, newest: Callable[[], int] | None = None) -> int:
        """Return a new time: the wall clock's, or one step after the largest time seen.

        newest: gives the largest time of what the write overrules; asked only when the wall clock was set back.
        """
        time = max(self.last + 1, make_time(self.wall(now_ms)))
        if newest is not None and is_ahead(time, now_ms):
            self._behind = max(self._behind + 1, make_time(now_ms))
            time = max(self._behind, newest() + 1)
        self.last = max(self.last, time)
        return time

    def observe(self, time: int) -> None:
        """Take in the time of a transaction that is applied: what we write next is newer."""
        self.last = max(self.last, time)


def is_ahead(time: int, now_ms: int) -> bool:
    """Tell whether `time` lies beyond the drift bound, as seen by a wall clock that shows `now_ms`."""
    return time_wall_ms(time) > now_ms + MAX_DRIFT_MS
