"""What the binder knows about the type of an expression before it runs."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A type. element: of a list."""

    name: str
    element: Kind | None = None


ANY, NULL, BOOLEAN, INTEGER, FLOAT, NUMBER, STRING, MAP, VERTEX, EDGE, PATH, POINT = (
    Kind(name)
    for name in (
        "Any", "Null", "Boolean", "Integer", "Float", "Number", "String", "Map", "Node", "Relationship", "Path",
        "Point",
    )
)  # fmt: skip
DATE, TIME, LOCAL_TIME, DATE_TIME, LOCAL_DATE_TIME, DURATION = (
    Kind(name) for name in ("Date", "Time", "LocalTime", "DateTime", "LocalDateTime", "Duration")
)
TEMPORAL = frozenset(("Date", "Time", "LocalTime", "DateTime", "LocalDateTime", "Duration"))
NUMERIC = frozenset(("Integer", "Float", "Number"))
LIST = Kind("List", ANY)


def list_of(element: Kind) -> Kind:
    """Return the type of a list of `element`."""
    return Kind("List", element)


def is_known(kind: Kind) -> bool:
    """Tell whether the type is fixed before the query runs."""
    return kind.name not in ("Any", "Null")


def may_be(kind: Kind, names: frozenset[str]) -> bool:
    """Tell whether a value of `kind` may be of one of the types `names` (null always may)."""
    return kind.name in names or not is_known(kind) or kind.name == "Number" and not names.isdisjoint(NUMERIC)


def join(left: Kind, right: Kind) -> Kind:
    """Return the type that covers both."""
    if left == right or right.name == "Null":
        return left
    if left.name == "Null":
        return right
    if left.name in NUMERIC and right.name in NUMERIC:
        return NUMBER
    if left.name == right.name == "List":
        return list_of(join(left.element or ANY, right.element or ANY))
    return ANY


def kind_of(value: object) -> Kind:
    """Return the type of a literal."""
    if value is None:
        return NULL
    return {bool: BOOLEAN, int: INTEGER, float: FLOAT, str: STRING}.get(type(value), ANY)
