"""Mergeable values for pages: the calls that `site/mergeables.js` makes, turned into verbs of handles and editors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from graphvine.errors import InvalidValue
from graphvine.handles import Transacting
from graphvine.model.mergeable import Counter, List, Map, Mergeable, Set, Text

# The verbs of each kind, which a page may call.
_VERBS: dict[str, tuple[str, ...]] = {
    "counter": ("add",),
    "set": ("add", "discard"),
    "map": ("put", "remove"),
    "list": ("insert", "append", "replace", "delete", "move"),
}
# Those of a text inside a transaction, and how each is an edit: offset, units to delete, text to insert.
_TEXT_VERBS: dict[str, Callable[..., tuple[Any, Any, Any]]] = {
    "insert": lambda at, text: (at, 0, text),
    "delete": lambda at, count=1: (at, count, ""),
    "replace": lambda at, count, text: (at, count, text),
}
# What a page puts into a property to begin a mergeable value, or to add to it: {tag: content}.
_TAGS: dict[str, tuple[type, Callable[[Any], Mergeable]]] = {
    "$counter": (int, Counter),
    "$set": (list, Set),
    "$map": (dict, Map),
    "$list": (list, List),
    "$text": (str, Text),
}


def with_mergeables(properties: Any) -> Any:
    """Return properties of a page with its tagged objects (such as {"$counter": 2}) as mergeable values."""
    if not isinstance(properties, dict):
        return properties
    return {name: _untagged(value) if isinstance(value, dict) else value for name, value in properties.items()}


def _untagged(value: dict[str, Any]) -> Any:
    tag, content = next(iter(value.items())) if len(value) == 1 else ("", None)
    if not tag.startswith("$"):
        return value  # `put` says what is wrong with it
    if tag not in _TAGS:
        raise InvalidValue(f"There is no mergeable value {tag!r}; there are {', '.join(_TAGS)}.")
    kind, make = _TAGS[tag]
    if type(content) is not kind:
        raise InvalidValue(f"{tag} takes {_NAMES[kind]}, not {content!r:.100}.")
    return make(content)


_NAMES: dict[type, str] = {int: "a whole number", list: "an array", dict: "an object", str: "a text"}


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
    if kind == "text":
        return _edit_text(owner, target, name, verb, args)
    value = _value(owner, kind, target, name)
    if verb not in _VERBS[kind]:
        raise InvalidValue(f"A {kind} has no verb {verb!r}; it has {', '.join(_VERBS[kind])}.")
    try:
        return getattr(value, verb)(*args)
    except TypeError as error:
        raise InvalidValue(f"{kind}.{verb}: {error}.") from None


def _edit_text(tx: Any, target: Any, name: str, verb: str, args: list[Any]) -> None:
    """Edit a text inside a transaction. Offsets are in UTF-16 code units."""
    if not isinstance(tx, Transacting):
        raise InvalidValue("Outside of a transaction, open the text with graph.text().")
    if verb not in _TEXT_VERBS:
        raise InvalidValue(f"A text has no verb {verb!r}; in a transaction it has {', '.join(_TEXT_VERBS)}.")
    vertex, name, edge = _property(target, name)
    try:
        edit = _TEXT_VERBS[verb](*args)
    except TypeError as error:
        raise InvalidValue(f"text.{verb}: {error}.") from None
    tx.text(vertex, name, edge=edge).apply([edit], utf16=True)


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
