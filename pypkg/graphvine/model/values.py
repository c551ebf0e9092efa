"""What a property may hold, and how values are checked.

A value is null, a bool, a 64-bit integer, a finite float, text, bytes, a Cypher temporal value, or a flat list of
those. Values are immutable by convention: a list that goes in is copied to a tuple-like list nobody else holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from math import isfinite
from typing import Any

from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import (
    MAX_INTEGER,
    MAX_LABELS,
    MAX_LIST_ELEMENTS,
    MAX_PROPERTIES,
    MAX_VALUE_BYTES,
    MIN_INTEGER,
)
from graphvine.model.ids import check_name
from graphvine.model.temporal import (
    TEMPORAL_TYPES,
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Temporal,
    Time,
    from_python,
)
from graphvine.model.temporal import check as check_temporal

Scalar = None | bool | int | float | str | bytes | Temporal
Value = Scalar | list[Scalar]
# What readers may find in a property: a mergeable map shows as a map of values.
Visible = Value | dict[str, Value]
Properties = dict[str, Value]

# Where values of different types stand in Cypher's ORDER BY; the numbers left out are for what only queries have.
SCALAR_RANKS: dict[type, int] = {
    DateTime: 5,
    LocalDateTime: 6,
    Date: 7,
    Time: 8,
    LocalTime: 9,
    Duration: 10,
    bytes: 11,
    str: 12,
    bool: 13,
    int: 14,
    float: 14,
    type(None): 16,
}

_HUGE = 1.7e308  # floats beyond this are checked one by one
_SHORT = MAX_VALUE_BYTES // 4  # text of this many characters can't be over the limit, whatever its UTF-8 size


def check_value(where: str, value: object) -> Value:
    """Return `value` as the graph stores it, or raise InvalidValue. `where` names the place in the message."""
    kind = type(value)
    if kind is str:
        return _check_text(where, value)  # type: ignore[arg-type]
    if kind is int:
        return _check_integer(where, value)  # type: ignore[arg-type]
    if kind is bool or value is None:
        return value  # type: ignore[return-value]
    if kind is float:
        return _check_float(where, value)  # type: ignore[arg-type]
    if kind is list or kind is tuple:
        return _check_list(where, value)  # type: ignore[arg-type]
    return _check_other(where, value)


def _check_text(where: str, value: str) -> str:
    if len(value) > _SHORT or not value.isascii():
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{where} holds half of a surrogate pair at position {error.start}.") from None
        if size > MAX_VALUE_BYTES:
            raise TooLarge(where, size, MAX_VALUE_BYTES)
    return value


def _check_integer(where: str, value: int) -> int:
    if MIN_INTEGER <= value <= MAX_INTEGER:
        return value
    raise InvalidValue(f"{where} is an integer outside 64 bits. Store it as text, or as a float.")


def _check_float(where: str, value: float) -> float:
    if isfinite(value):
        return value
    raise InvalidValue(f"{where} is {value}. A property holds finite numbers only; use null for 'unknown'.")


def _check_list(where: str, value: Sequence[object]) -> list[Scalar]:
    if len(value) > MAX_LIST_ELEMENTS:
        raise TooLarge(where, len(value), MAX_LIST_ELEMENTS, "elements")
    kinds = set(map(type, value))
    if _TESTS.keys() >= kinds and all(_TESTS[kind]([each for each in value if type(each) is kind]) for kind in kinds):
        return list(value)  # type: ignore[arg-type]
    weight = weigh(value)
    if weight > MAX_LIST_ELEMENTS:
        raise TooLarge(where, weight, MAX_LIST_ELEMENTS, "elements (bytes, dates and times count for 32)")
    elements: list[Scalar] = []
    for element in value:
        if isinstance(element, (list, tuple, dict, set)) and not isinstance(element, TEMPORAL_TYPES):
            raise InvalidValue(f"{where} holds a {type(element).__name__} inside a list. Lists are flat.")
        elements.append(check_value(where, element))  # type: ignore[arg-type]
    return elements


def weigh(value: Sequence[object]) -> int:
    """Return for how many elements a list counts."""
    kinds = list(map(type, value))
    rich = [kind for kind in set(kinds) if not issubclass(kind, (int, float, str, type(None)))]
    return len(value) + (RICH - 1) * sum(map(kinds.count, rich))


# For how many elements one counts that is bytes or a moment: `limits.MAX_LIST_ELEMENTS`.
RICH = 32
# All elements of one type are checked at once. False means only that each must be looked at.
_TESTS: dict[type, Callable[[Sequence[Any]], bool]] = {
    int: lambda value: min(value) >= MIN_INTEGER and max(value) <= MAX_INTEGER,
    float: lambda value: all(map(isfinite, value)),
    str: lambda value: sum(map(len, value)) <= MAX_VALUE_BYTES and all(map(str.isascii, value)),
    bool: lambda _: True,
    type(None): lambda _: True,
}


def _check_other(where: str, value: object) -> Value:
    """The rarer types, and subclasses of the common ones (which are stored as their base)."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        if len(data) > MAX_VALUE_BYTES:
            raise TooLarge(where, len(data), MAX_VALUE_BYTES)
        return data
    if isinstance(value, TEMPORAL_TYPES):
        return _check_temporal(where, value)
    if isinstance(value, (date, time, timedelta)):  # datetime is a date
        return _check_temporal(where, from_python(value))
    if isinstance(value, str):
        return _check_text(where, str.__str__(value))  # an enum's text is its value, not its name
    for base in (int, float, list, tuple):
        if isinstance(value, base):
            return check_value(where, base(value))  # type: ignore[arg-type]
    if isinstance(value, (Mapping, set, frozenset)):
        hint = "Store nested data as vertices and edges, or as JSON text."
    else:
        hint = "A property holds null, true/false, numbers, text, bytes, dates and times, or a flat list of those."
    raise InvalidValue(f"{where} is a {type(value).__name__}. {hint}")


def _check_temporal(where: str, value: Temporal) -> Temporal:
    try:
        check_temporal(value)
    except InvalidValue as error:
        raise InvalidValue(f"{where} holds {error}.") from None
    return value


def check_properties(owner: str, properties: object) -> Properties:
    """Return a checked copy of `properties`, or raise InvalidValue naming the path ``owner.name``."""
    if properties is None:
        return {}
    if not isinstance(properties, Mapping):
        raise InvalidValue(f"Properties of {owner} must be a dict, not {type(properties).__name__}.")
    if len(properties) > MAX_PROPERTIES:
        raise TooLarge(f"Operation on {owner}", len(properties), MAX_PROPERTIES, "properties")
    if are_plain(properties):
        return dict(properties)
    checked: Properties = {}
    for name, value in properties.items():
        checked[check_name(f"A property name of {owner}", name)] = check_value(f"{owner}.{name}", value)
    return checked


def are_plain(properties: Mapping[str, object]) -> bool:
    """Tell quickly whether every name was checked before and every value is short and of a common type.

    The hot path of bulk writes and of sync; False means only that the thorough check must look.
    """
    for name, value in properties.items():
        if type(name) is not str or (name not in _known_names and not _learn_name(name)):
            return False
        kind = type(value)
        if kind is str:
            if len(value) > _SHORT or not value.isascii():  # type: ignore[arg-type, attr-defined]
                return False
        elif kind is int:
            if not MIN_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]
                return False
        elif kind is float:
            if not -_HUGE < value < _HUGE:  # type: ignore[operator]
                return False
        elif kind is not bool and value is not None:
            return False
    return True


def are_known_names(names: Iterable[str]) -> bool:
    """Tell quickly whether every name (all are text) was checked before; if not, try to learn them."""
    return _known_names.issuperset(names) or all(name in _known_names or _learn_name(name) for name in names)


# A memo of names that passed `check_name`: applications use few. Bounded; which names are in it changes no result.
_known_names: set[str] = set()
_MAX_KNOWN_NAMES = 4096


def _learn_name(name: str) -> bool:
    try:
        check_name("A name", name)
    except InvalidValue:
        return False
    if len(_known_names) < _MAX_KNOWN_NAMES:
        _known_names.add(name)
    return True


def check_labels(owner: str, labels: object) -> list[str]:
    """Return checked labels in the given order without repeats, or raise InvalidValue."""
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise InvalidValue(f"Labels of {owner} must be a list of text, for example ['Person'].")
    what = f"A label of {owner}"
    checked = list(
        dict.fromkeys(
            label if type(label) is str and label in _known_names else check_name(what, label) for label in labels
        )
    )
    if len(checked) > MAX_LABELS:
        raise TooLarge(f"Vertex {owner}", len(checked), MAX_LABELS, "labels")
    return checked
