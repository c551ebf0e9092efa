"""Mergeable values for pages: the calls that `site/mergeables.js` makes, turned into verbs of handles and editors."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from graphvine.errors import InvalidValue

# The verbs of each kind, which a page may call.
_VERBS: dict[str, tuple[str, ...]] = {
    "counter": ("add",),
    "set": ("add", "discard"),
    "map": ("put", "remove"),
    "list": ("insert", "append", "replace", "delete", "move"),
}


def _value(owner: Any, kind: str, target: Any, name: str) -> Any:
    """Return the handle, or in a transaction the editor. target: a vertex id, or {edge: id}."""
    if kind not in _VERBS:
        raise InvalidValue(f"There is no mergeable value of kind {kind!r}; there are {', '.join(_VERBS)}.")
    vertex, name, edge = _property(target, name)
    return getattr(owner, kind)(vertex, name, edge=edge)


def _property(target: Any, name: str) -> tuple[str | None, str, str | None]:
    if isinstance(target, str):
        return target, name, None
    if not isinstance(target, dict) or list(target) != ["edge"]:
        raise InvalidValue("Name a vertex by its id, or an edge as {edge: id}.")
    return None, name, target["edge"]


def merge(owner: Any, kind: str, target: Any, name: str, verb: str, args: list[Any]) -> Any:
    """Call a verb of a value of a graph (and get what to await), or of a transaction."""
    value = _value(owner, kind, target, name)
    if verb not in _VERBS[kind]:
        raise InvalidValue(f"A {kind} has no verb {verb!r}; it has {', '.join(_VERBS[kind])}.")
    try:
        return getattr(value, verb)(*args)
    except TypeError as error:
        raise InvalidValue(f"{kind}.{verb}: {error}.") from None


async def read(graph: Any, kind: str, target: Any, name: str) -> Any:
    """Return what a value is now."""
    return _value(graph, kind, target, name).value


async def why(graph: Any, target: Any, name: str) -> dict[str, Any]:
    """Return why a property is what it is: the fields of `graphvine.Why`, and `text`, all of it in words."""
    vertex, name, edge = _property(target, name)
    found = await graph.why(vertex, name, edge=edge)
    return {**{field.name: getattr(found, field.name) for field in fields(found)}, "text": str(found)}


async def losers(graph: Any, target: Any, name: str) -> Any:
    """Return the concurrent writes that lost a property."""
    vertex, name, edge = _property(target, name)
    return await graph.losers(vertex, name, edge=edge)
