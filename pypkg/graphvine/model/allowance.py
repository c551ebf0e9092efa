"""What a remote peer may use of us: a token bucket that can go into debt, so that answers wait instead of failing."""

from __future__ import annotations


class Allowance:
    """`per_s` a second, `burst` at once. Starts full. Times are monotonic seconds; one that goes back stands still."""

    __slots__ = ("_at", "_balance", "_burst", "_per_s")

    def __init__(self, per_s: float, burst: float, *, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._balance = burst
        self._at = now

    def spend(self, cost: float, *, now: float) -> bool:
        """Take `cost`, on credit where it must be. Return False once the debt is larger than the burst."""
        self._refill(now)
        self._balance -= cost
        return self._balance >= -self._burst

    def is_solvent(self, *, now: float) -> bool:
        """Tell whether there is no debt."""
        self._refill(now)
        return self._balance >= -1e-6

    def solvent_at(self) -> float:
        """Return when there is, or was, no debt."""
        return self._at + max(0.0, -self._balance) / self._per_s

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._balance = min(self._burst, self._balance + (now - self._at) * self._per_s)
            self._at = now
