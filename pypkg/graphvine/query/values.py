"""Equality, comparison, order and grouping of values.

Inside the engine a value is None, bool, int, float, str, bytes, list, dict (a map), a temporal value, a vertex or edge
of the graph (compared by identity), or a `Trail`. Four different questions, four functions:

* `equals`: ``a = b``, three-valued.  * `compare`: ``a < b``, three-valued.
* `group_key`: what DISTINCT and grouping take as the same (null is null, NaN is NaN, 1 is 1.0).
* `sort_key`: the total order of ORDER BY.

Source: openCypher CIP2016-06-14, "Define comparability and equality as well as orderability and equivalence".
"""

from __future__ import annotations

from math import isnan
from typing import Any, NamedTuple

from graphvine.model.temporal import (
    SECONDS_PER_DAY,
    TEMPORAL_TYPES,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
    instant,
)
from graphvine.model.values import SCALAR_RANKS
from graphvine.query.fault import limit_error

Row = list[Any]

# Levels of lists and maps inside each other. Python compares and hashes tuples on the C stack, which is small in a tab.
MAX_NESTING = 100
# `compare` says so when both are numbers and one is NaN: neither less, nor equal, nor greater.
UNORDERED = 2
_NAN = ("NaN",)


class Trail(NamedTuple):
    """A path inside the engine: vertices, and the edges between them."""

    vertices: tuple[Any, ...]
    edges: tuple[Any, ...]


def equals(left: Any, right: Any) -> bool | None:
    """Return ``left = right``: None when it is unknown."""
    if left is None or right is None:
        return None
    kind = type(left)
    if kind is type(right):
        if kind is list:
            return _equal_lists(left, right)
        if kind is dict:
            return _equal_maps(left, right)
        if kind is DateTime or kind is Time:
            return instant(left) == instant(right)
        return bool(left == right)
    if kind is int and type(right) is float or kind is float and type(right) is int:
        return bool(left == right)
    return False


def _equal_lists(left: list[Any], right: list[Any]) -> bool | None:
    if len(left) != len(right):
        return False
    answer: bool | None = True
    for one, other in zip(left, right, strict=True):
        same = equals(one, other)
        if same is False:
            return False
        if same is None:
            answer = None
    return answer


def _equal_maps(left: dict[str, Any], right: dict[str, Any]) -> bool | None:
    if left.keys() != right.keys():
        return False
    answer: bool | None = True
    for key, value in left.items():
        same = equals(value, right[key])
        if same is False:
            return False
        if same is None:
            answer = None
    return answer


def compare(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 as `left` is less, equal or greater; None when unknown; UNORDERED next to NaN."""
    if left is None or right is None:
        return None
    kind, other = type(left), type(right)
    if (kind is int or kind is float) and (other is int or other is float):
        if left < right:
            return -1
        return 1 if left > right else 0 if left == right else UNORDERED
    if kind is not other:
        return None
    if kind is list:
        return _compare_lists(left, right)
    if kind is DateTime or kind is Time:
        left, right = instant(left), instant(right)
    elif kind not in _COMPARABLE:
        return 0 if kind is Duration and left == right else None
    return -1 if left < right else 1 if left > right else 0


_COMPARABLE = frozenset((str, bool, bytes, Date, LocalTime, LocalDateTime))


def _compare_lists(left: list[Any], right: list[Any]) -> int | None:
    for one, other in zip(left, right, strict=False):
        order = compare(one, other)
        if order != 0:
            return order
    return (len(left) > len(right)) - (len(left) < len(right))


def group_key(value: Any, depth: int = 0) -> Any:
    """Return a hashable stand-in that is equal for values which DISTINCT takes as the same."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is float:
        return _NAN if isnan(value) else value
    if kind is bool:
        return (bool, value)
    if kind is list or kind is dict:
        return _container_key(value, depth)
    if kind is DateTime or kind is Time:
        return (kind, instant(value), value.offset_s)
    if kind in TEMPORAL_TYPES:
        return (kind, *value)
    return value


def _container_key(value: Any, depth: int) -> Any:
    if depth >= MAX_NESTING:
        raise limit_error("ValueTooDeep", f"A value is nested more than {MAX_NESTING} levels deep.")
    if type(value) is list:
        return (list, *(group_key(element, depth + 1) for element in value))
    return (dict, *((key, group_key(value[key], depth + 1)) for key in sorted(value)))


_RANKS: dict[type, int] = {dict: 0, list: 3, Trail: 4, **SCALAR_RANKS}
_VERTEX_RANK, _EDGE_RANK, _NAN_RANK = 1, 2, 15
_NULL_KEY = (SCALAR_RANKS[type(None)], 0)


def sort_key(value: Any, depth: int = 0) -> tuple[Any, ...]:
    """Return a key that Python sorts as ORDER BY sorts values."""
    if value is None:
        return _NULL_KEY
    kind = type(value)
    rank = _RANKS.get(kind)
    if rank is None:
        rank = _EDGE_RANK if is_edge(value) else _VERTEX_RANK
        return (rank, value.id)
    if rank >= 11:
        return (_NAN_RANK, 0) if kind is float and isnan(value) else (rank, value)
    if rank > 4:
        return (rank, _temporal_key(value))
    if depth >= MAX_NESTING:
        raise limit_error("ValueTooDeep", f"A value is nested more than {MAX_NESTING} levels deep.")
    if kind is list:
        return (rank, [sort_key(element, depth + 1) for element in value])
    if kind is dict:
        return (rank, sorted(value), [sort_key(value[key], depth + 1) for key in sorted(value)])
    return (rank, [sort_key(part) for part in _alternating(value)])


def _alternating(trail: Trail) -> list[Any]:
    parts: list[Any] = [trail.vertices[0]]
    for edge, vertex in zip(trail.edges, trail.vertices[1:], strict=True):
        parts += (edge, vertex)
    return parts


def _temporal_key(value: Any) -> Any:
    if type(value) is Duration:
        # Months have the average length of the Gregorian calendar: 30.436875 days.
        seconds = value.months * 2_629_746 + value.days * SECONDS_PER_DAY + value.seconds
        return (seconds, value.nanos)
    if type(value) in (DateTime, Time):
        return (instant(value), value.offset_s)
    return tuple(value)


def type_name(value: Any) -> str:
    """Return the Cypher name of a value's type, for messages."""
    if value is None:
        return "null"
    names = {
        dict: "Map", list: "List", Trail: "Path", str: "String", bool: "Boolean", int: "Integer", float: "Float",
        bytes: "Bytes",
    }  # fmt: skip
    kind = type(value)
    if kind in names:
        return names[kind]
    if kind in TEMPORAL_TYPES:
        return kind.__name__
    return "Relationship" if is_edge(value) else "Node"


def is_vertex(value: Any) -> bool:
    """Tell whether `value` is a vertex of the graph."""
    return hasattr(type(value), "into")


def is_edge(value: Any) -> bool:
    """Tell whether `value` is an edge of the graph."""
    return hasattr(type(value), "target")
