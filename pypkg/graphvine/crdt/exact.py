"""What a vertex or an edge holds, in the form that a write takes back: mergeable values as what began them.

Readers see a counter as a number and a text as text, which is what they want, until they write it somewhere: then the
number would be a plain one, whose newest write wins. Here it is a `Counter`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphvine.crdt.cells import Cell
from graphvine.model.mergeable import Counter, List, Map, Mergeable, Set, Text
from graphvine.model.operation import COUNTER, LIST, MAP, SET, TEXT
from graphvine.model.values import Properties

_MAKE: dict[int, Callable[[Any], Mergeable]] = {COUNTER: Counter, SET: Set, MAP: Map, LIST: List, TEXT: Text}


def exact_properties(cell: Cell, part: Properties | None = None) -> dict[str, object]:
    """Return the properties of a cell, or a part of them, as `put` takes them. Shares nothing mutable with it."""
    merged = cell.merged
    properties = cell.properties if part is None else part
    if merged is None:
        return {name: _copy(value) for name, value in properties.items()}
    return {
        name: as_mergeable(merged[name].seen()[0], value) if name in merged else _copy(value)
        for name, value in properties.items()
    }


def as_mergeable(kind: int, seen: object) -> Mergeable:
    """Return what begins a mergeable value that readers see as `seen`."""
    return _MAKE[kind](_copy(seen))


def _copy(value: object) -> object:
    if type(value) is list:
        return list(value)
    if isinstance(value, Mapping):
        return {name: _copy(each) for name, each in value.items()}
    return value
