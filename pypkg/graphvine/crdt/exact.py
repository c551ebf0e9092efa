"""What a vertex or an edge holds, in the form that a write takes back: mergeable values as what began them.

Readers see a counter as a number and a text as text, which is what they want, until they write it somewhere: then the
number would be a plain one, whose newest write wins. Here it is a `Counter`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from graphvine.crdt.cells import Cell
from graphvine.model.mergeable import Counter, List, Map, Mergeable, Set, Text
from graphvine.model.operation import COUNTER, LIST, MAP, SET, TEXT
from graphvine.model.steps import in_one_go
from graphvine.model.temporal import TEMPORAL_TYPES

_MAKE: dict[int, Callable[[Any], Mergeable]] = {COUNTER: Counter, SET: Set, MAP: Map, LIST: List, TEXT: Text}


# What holds other values, and what may be shared with readers.
CONTAINERS: frozenset[type] = frozenset({list, dict})
_FLAT: frozenset[Any] = frozenset({str, int, float, bool, bytes, type(None), *TEMPORAL_TYPES})
# Values that are copied one by one in one step: a few milliseconds in a tab.
SLICE = 500


def exact_properties(cell: Cell) -> dict[str, object]:
    """Return the properties of a cell as `put` takes them. Shares nothing mutable with it."""
    return in_one_go(exact_steps(cell))


def exact_steps(cell: Cell, most: int = SLICE) -> Generator[None, None, dict[str, object]]:
    """Do what `exact_properties` does, in steps of `most` values. Nothing may be applied meanwhile."""
    merged = cell.merged or {}
    found: dict[str, object] = {}
    size = 0
    for name, value in cell.properties.items():
        mine = size_of(value)
        size += mine
        if size > most and found:
            size = mine
            yield
        copied = (yield from copy_steps(value, list, _FLAT, most)) if type(value) in CONTAINERS else value
        found[name] = _MAKE[merged[name].seen()[0]](copied) if name in merged else copied
    return found


def as_mergeable(kind: int, seen: object) -> Mergeable:
    """Return what begins a mergeable value that readers see as `seen`."""
    is_map = type(seen) is dict
    return _MAKE[kind](in_one_go(copy_steps(seen, list, _FLAT, SLICE)) if is_map else seen)


def size_of(value: object) -> int:
    """Return how many values there are to copy."""
    return 1 + len(value) if type(value) in CONTAINERS else 1  # type: ignore[arg-type]


def copy_steps(
    value: Any, read: Callable[[Any], object], flat: frozenset[Any], most: int
) -> Generator[None, None, Any]:
    """Copy a list or a map in steps of `most` values, or at the speed of C where all are of the types in `flat`.

    read: copies each of the others.
    """
    values = value if type(value) is list else value.values()
    if flat.issuperset(map(type, values)):
        return value.copy()
    found: list[object] = []
    size = 0
    for each in values:
        mine = size_of(each)
        size += mine
        if size > most and found:
            size = mine
            yield
        found.append(each if type(each) in flat else read(each))
    return found if type(value) is list else dict(zip(value, found, strict=True))
