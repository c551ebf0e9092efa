"""Sums of floats that don't depend on the order, and that a value can be taken out of again; and their spread.

Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997): the sum is kept as parts that don't
overlap, which together are exact.
"""

from __future__ import annotations

from math import fsum, isfinite, sqrt


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


class ExactSpread:
    """How far numbers lie apart: their sum and the sum of their squares, exact, as integers in units of 2^-bits."""

    __slots__ = ("bits", "count", "odd", "squares", "sum")

    def __init__(self) -> None:
        self.bits = self.count = self.odd = self.sum = self.squares = 0

    def add(self, value: float, sign: int = 1) -> None:
        """Add a number; with sign -1 take it out again."""
        self.count += sign
        if type(value) is float and not isfinite(value):
            self.odd += sign
            return
        whole, parts = value.as_integer_ratio()
        shift = parts.bit_length() - 1
        if shift > self.bits:
            self.sum <<= shift - self.bits
            self.squares <<= 2 * (shift - self.bits)
            self.bits = shift
        whole <<= self.bits - shift
        self.sum += sign * whole
        self.squares += sign * whole * whole

    def deviation(self, bias: int) -> float:
        """Return the standard deviation, of a sample with bias 1 and of a population with 0; 0 of too few numbers."""
        count = self.count
        if count <= bias:
            return 0.0
        if self.odd:
            return float("nan")
        try:
            variance = (count * self.squares - self.sum * self.sum) / ((count * (count - bias)) << (2 * self.bits))
        except OverflowError:
            return float("inf")
        return sqrt(variance)
