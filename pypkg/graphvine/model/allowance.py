"""What somebody may use: so much a second on average, so much at once after a pause (a token bucket). No clock.

Two ways to pay: `take` says no when there is too little; `spend` goes into debt, so that answers wait and do not fail.
"""

from __future__ import annotations

# Rounding may leave an allowance this far short at the very time that `ready_at` or `solvent_at` named.
_TOLERANCE = 1e-6


class Allowance:
    """`per_s` a second, `burst` at once. Starts full. Times are monotonic seconds; one that goes back stands still."""

    __slots__ = ("_at", "_balance", "_burst", "_per_s")

    def __init__(self, per_s: float, burst: float, *, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._balance = burst
        self._at = now

    def take(self, *, now: float, cost: float = 1.0) -> bool:
        """Take `cost` if it is there; tell whether it was."""
        self._refill(now)
        if self._balance < cost - _TOLERANCE:
            return False
        self._balance -= cost
        return True

    def spend(self, cost: float, *, now: float) -> bool:
        """Take `cost`, on credit where it must be. Return False once the debt is larger than the burst."""
        self._refill(now)
        self._balance -= cost
        return self._balance >= -self._burst

    def is_full(self, *, now: float) -> bool:
        """Tell whether it is as good as a new one, and so need not be remembered."""
        self._refill(now)
        return self._balance >= self._burst - _TOLERANCE

    def is_solvent(self, *, now: float) -> bool:
        """Tell whether there is no debt."""
        self._refill(now)
        return self._balance >= -_TOLERANCE

    def ready_at(self, *, now: float, cost: float = 1.0) -> float:
        """Return when `take` will succeed, if nobody takes before; `now` if it would at once."""
        self._refill(now)
        return now + max(0.0, cost - self._balance) / self._per_s

    def solvent_at(self) -> float:
        """Return when there is, or was, no debt."""
        return self._at + max(0.0, -self._balance) / self._per_s

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._balance = min(self._burst, self._balance + (now - self._at) * self._per_s)
            self._at = now
