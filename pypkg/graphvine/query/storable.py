"""Names and ids that a query stores, checked where they stand in its text, so that an error shows the place."""

from __future__ import annotations

from graphvine.errors import InvalidValue
from graphvine.model.ids import check_id, check_name
from graphvine.model.values import are_known_names
from graphvine.query.fault import argument_error, syntax


def storable_names(what: str, names: tuple[str, ...], at: int) -> tuple[str, ...]:
    """Return names that are written in the text, or raise Fault while it is compiled. what: such as "A label"."""
    try:
        for name in names:
            check_name(what, name)
    except InvalidValue as error:
        raise syntax("InvalidName", str(error), at) from None
    return names


def storable_property(name: str, at: int) -> None:
    """Raise Fault if no property can have a name that came up while the query ran."""
    if are_known_names((name,)):
        return
    try:
        check_name("A property name", name)
    except InvalidValue as error:
        raise argument_error("InvalidName", str(error), at) from None


def storable_id(what: str, id_: str, at: int) -> str:
    """Return an id that a pattern gives, or raise Fault. what: such as "A vertex id"."""
    try:
        return check_id(what, id_)
    except InvalidValue as error:
        raise argument_error("InvalidArgumentValue", str(error), at) from None
