"""Lists and maps inside each other: how many levels and how many values a query may make."""

from __future__ import annotations

from typing import Any

from graphvine.query.arithmetic import MAX_LIST
from graphvine.query.fault import limit_error
from graphvine.query.values import MAX_NESTING


def bounded(value: Any) -> Any:
    """Return a list or map with containers inside, if it is neither too deep nor too large, or raise Fault.

    Parts may be shared, so a small value can stand for an exponentially large one: every way down counts, but each
    part of a level is looked at once.
    """
    left = MAX_LIST
    level: dict[int, tuple[Any, int]] = {id(value): (value, 1)}
    for _ in range(MAX_NESTING):
        inner: dict[int, tuple[Any, int]] = {}
        for container, ways in level.values():
            left -= len(container) * ways
            if left < 0:
                raise limit_error("ListTooLong", f"A value holds at most {MAX_LIST:,} others.")
            for element in container.values() if type(container) is dict else container:
                if type(element) is list or type(element) is dict:
                    inner[id(element)] = (element, ways + inner.get(id(element), (None, 0))[1])
        if not inner:
            return value
        level = inner
    raise limit_error("ValueTooDeep", f"A value is nested more than {MAX_NESTING} levels deep.")


def has_container(values: Any) -> bool:
    """Tell whether a list or a map is among `values`."""
    for value in values:
        if type(value) is list or type(value) is dict:
            return True
    return False
