"""Work that comes in steps, so that others can have their turn in between."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def in_one_go(steps: Generator[None, None, T]) -> T:
    """Do all steps at once, and return what comes of them."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
