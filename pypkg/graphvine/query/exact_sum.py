"""Sums of floats that don't depend on the order, and that a value can be taken out of again.

Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997): the sum is kept as parts that don't
overlap, which together are exact.
"""

from __future__ import annotations

from math import fsum, isfinite


class ExactSum:
    """The exact sum of integers and floats."""

    __slots__ = ("floats", "parts", "special", "whole")

    def __init__(self) -> None:
        self.whole = 0
        self.floats = 0
        self.parts: list[float] = []
        self.special: dict[str, int] = {}

    def add(self, value: float, sign: int = 1) -> None:
        """Add a number; with sign -1 take it out again."""
        if type(value) is int:
            self.whole += sign * value
            return
        self.floats += sign
        if not isfinite(value):
            name = repr(value)
            self.special[name] = self.special.get(name, 0) + sign
            return
        self._grow(sign * value)

    def _grow(self, value: float) -> None:
        parts = self.parts
        kept = 0
        for part in parts:
            if abs(value) < abs(part):
                value, part = part, value
            high = value + part
            low = part - (high - value)
            if low:
                parts[kept] = low
                kept += 1
            value = high
        parts[kept:] = [value] if value else []

    def total(self) -> float:
        """Return the sum: an integer when only integers were added. NaN and infinities as floats add them."""
        if not self.floats:
            return self.whole
        odd = [float(name) for name, count in self.special.items() if count > 0]
        if odd:
            return sum(odd)
        try:
            return fsum([*self.parts, self.whole])
        except OverflowError:
            return float("inf") if sum(self.parts) > 0 else float("-inf")
