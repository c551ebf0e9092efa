"""Sequences of numbers that behave like text: to follow where each element of a document comes from.

A `str` of code points is the fastest mutable-by-slicing array of integers that Python has, and finding one in it runs
at the speed of C. It ends at 1,114,112 numbers; beyond that the same is done with tuples.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.sequence import INSERT, Content
from graphvine.model.steps import in_one_go

_CODE_POINTS = 0x110000
# Runs of events that one step looks at: a few milliseconds in a tab.
STEP_ROWS = 1_024

Numbers = str | tuple[object, ...]


def empty_for(limit: int) -> Numbers:
    """Return the empty sequence of a kind that can hold all numbers below `limit`."""
    return "" if limit <= _CODE_POINTS else ()


def numbered(start: int, end: int, empty: Numbers) -> Numbers:
    """Return the numbers from `start` up to `end`."""
    if isinstance(empty, str):
        return chr(start) if end - start == 1 else "".join(map(chr, range(start, end)))
    return tuple(range(start, end))


def integers(numbers: Numbers) -> Iterable[int]:
    """Return a sequence's numbers as integers."""
    return map(ord, numbers) if isinstance(numbers, str) else numbers  # type: ignore[return-value]


def shadow(log: OpLog[Content], by_event: bool) -> tuple[OpLog[Any], int]:
    """Return a log that does the same as `log` with a number for each inserted element, and how many those are.

    by_event: the numbers are those of the events; else the elements are counted in the order of their events.
    """
    return in_one_go(shadow_steps(log, by_event))


def shadow_steps(log: OpLog[Content], by_event: bool) -> Generator[None, None, tuple[OpLog[Any], int]]:
    """Do what `shadow` does in steps. More events may come meanwhile."""
    empty = empty_for(log.size)
    twin: OpLog[Any] = OpLog(empty)
    twin.start, twin.kind, twin.pos, twin.size = list(log.start), list(log.kind), list(log.pos), log.size
    inserted = 0
    for row, (kind, count) in enumerate(zip(twin.kind, log.lengths(), strict=True)):
        if kind == INSERT:
            first = twin.start[row] if by_event else inserted
            twin.content.append(numbered(first, first + count, empty))
            inserted += count
        else:
            twin.content.append(empty)
        if not (row + 1) % STEP_ROWS:
            yield
    return twin, inserted
