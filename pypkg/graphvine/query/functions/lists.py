"""Functions of lists and maps."""

from __future__ import annotations

from typing import Any

from graphvine.query.arithmetic import MAX_LIST
from graphvine.query.fault import argument_error, limit_error, type_error
from graphvine.query.functions.signature import LISTS, TEXT, Function
from graphvine.query.kinds import ANY, BOOLEAN, INTEGER, LIST, list_of
from graphvine.query.values import Trail, equals, type_name


def _items(name: str, value: Any) -> list[Any]:
    if type(value) is not list:
        raise type_error("InvalidArgumentType", f"`{name}` takes a list, not a {type_name(value)}.")
    return value


def _size(value: Any) -> int:
    if type(value) not in (list, str, dict):
        raise type_error("InvalidArgumentType", f"`size` takes a list or text, not a {type_name(value)}.")
    return len(value)


def _head(value: Any) -> Any:
    return _items("head", value)[0] if value else None


def _last(value: Any) -> Any:
    return _items("last", value)[-1] if value else None


def numbers(start: Any, end: Any, step: Any = 1) -> range:
    """Return the numbers of ``range(start, end, step)``, not made yet, or raise Fault."""
    for bound in (start, end, step):
        if type(bound) is not int:
            raise argument_error("InvalidArgumentType", f"`range` takes integers, not a {type_name(bound)}.")
    if step == 0:
        raise argument_error("NumberOutOfRange", "The step of `range` can't be zero.")
    if (end - start) // step >= MAX_LIST:
        raise limit_error("ListTooLong", f"A list has at most {MAX_LIST:,} elements.")
    return range(start, end + (1 if step > 0 else -1), step)


def _range(run: Any, *bounds: Any) -> list[int]:
    found = numbers(*bounds)
    run.charge(len(found) >> 2)
    return list(found)


def _null_if(value: Any, other: Any) -> Any:
    return None if equals(value, other) is True else value


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _is_empty(value: Any) -> bool:
    if type(value) not in (list, str, dict):
        raise type_error("InvalidArgumentType", f"`isEmpty` takes a list, a map or text, not a {type_name(value)}.")
    return not value


def _nodes(value: Any) -> list[Any]:
    return list(_trail("nodes", value).vertices)


def _relationships(value: Any) -> list[Any]:
    return list(_trail("relationships", value).edges)


def _length(value: Any) -> int:
    return len(_trail("length", value).edges)


def _trail(name: str, value: Any) -> Trail:
    if type(value) is not Trail:
        raise type_error("InvalidArgumentType", f"`{name}` takes a path, not a {type_name(value)}.")
    return value


_PATHS = frozenset(("Path",))
LIST_FUNCTIONS: dict[str, Function] = {
    "size": Function(_size, 1, 1, (LISTS | TEXT,), INTEGER),
    "length": Function(_length, 1, 1, (_PATHS,), INTEGER),
    "nodes": Function(_nodes, 1, 1, (_PATHS,), LIST),
    "relationships": Function(_relationships, 1, 1, (_PATHS,), LIST),
    "rels": Function(_relationships, 1, 1, (_PATHS,), LIST),
    "head": Function(_head, 1, 1, (LISTS,), ANY),
    "last": Function(_last, 1, 1, (LISTS,), ANY),
    "tail": Function(lambda value: _items("tail", value)[1:], 1, 1, (LISTS,), LIST),
    "range": Function(_range, 2, 3, (), list_of(INTEGER), takes_run=True),
    "nullif": Function(_null_if, 2, 2, (), ANY, takes_null=True),
    "coalesce": Function(_coalesce, 1, 1000, (), ANY, takes_null=True),
    "isempty": Function(_is_empty, 1, 1, (LISTS | TEXT | {"Map"},), BOOLEAN),
}
