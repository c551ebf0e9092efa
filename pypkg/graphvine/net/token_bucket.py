"""A token bucket: so many a second on average, so many at once after a pause. No clock."""

from __future__ import annotations

# Rounding may leave a bucket this far short at the very time that `ready_at` named.
_TOLERANCE = 1e-6


class TokenBucket:
    """Starts full. `now` is monotonic seconds; a clock that goes back is taken as standing still."""

    __slots__ = ("_at", "_burst", "_per_s", "_tokens")

    def __init__(self, per_s: float, burst: float, *, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._at = now

    def take(self, *, now: float, cost: float = 1.0) -> bool:
        """Take `cost` tokens if they are there; say whether they were."""
        self._refill(now)
        if self._tokens < cost - _TOLERANCE:
            return False
        self._tokens -= cost
        return True

    def is_full(self, *, now: float) -> bool:
        """Say whether the bucket is as good as a new one, and so need not be remembered."""
        self._refill(now)
        return self._tokens >= self._burst - _TOLERANCE

    def ready_at(self, *, now: float, cost: float = 1.0) -> float:
        """Return when `take` will succeed, if nobody takes before; `now` if it would at once."""
        self._refill(now)
        return now + max(0.0, cost - self._tokens) / self._per_s

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
            self._at = now
