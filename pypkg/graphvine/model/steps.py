"""Work that comes in steps, so that others can have their turn in between."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
# Small values that are looked at in one step: at most 10 ms in a tab.
PART = 2_000


def parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists of at most `PART`."""
    rest = iter(items)
    while part := list(islice(rest, PART)):
        yield part


def in_one_go(steps: Generator[None, None, T]) -> T:
    """Do all steps at once, and return what comes of them."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
