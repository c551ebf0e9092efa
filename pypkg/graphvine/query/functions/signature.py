"""What a function or an aggregate is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from graphvine.query.fault import Fault, type_error
from graphvine.query.kinds import ANY, Kind
from graphvine.query.values import type_name

TEXT = frozenset(("String",))
NUMBERS = frozenset(("Integer", "Float", "Number"))
INTEGERS = frozenset(("Integer",))
LISTS = frozenset(("List",))
ENTITIES = frozenset(("Node", "Relationship"))


class Function(NamedTuple):
    """A function.

    call: gets the arguments, with the Run in front if `takes_run`. takes_null: it is called although one is null.
    """

    call: Callable[..., Any]
    least: int
    most: int
    accepts: tuple[frozenset[str] | None, ...] = ()
    returns: Kind = ANY
    takes_run: bool = False
    takes_null: bool = False


class Aggregate(NamedTuple):
    """An aggregate. make: gives a fresh collector. skips_null: nulls don't reach it."""

    make: Callable[[], Any]
    least: int
    most: int
    accepts: tuple[frozenset[str] | None, ...] = ()
    returns: Kind = ANY
    skips_null: bool = True


def wrong(name: str, value: Any, wanted: str) -> Fault:
    """Return the error of an argument with the wrong type."""
    return type_error("InvalidArgumentValue", f"`{name}` takes {wanted}, not a {type_name(value)}.")
