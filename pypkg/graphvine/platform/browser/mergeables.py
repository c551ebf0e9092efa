"""Mergeable values for pages: the calls that `site/mergeables.js` makes, turned into verbs of handles and editors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any

from graphvine.errors import InvalidValue
from graphvine.handles import Transacting
from graphvine.platform.browser.tags import properties_from_page, to_page, values_from_page
from graphvine.why import Write

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
    given = list(map(properties_from_page, args)) if (kind, verb) == ("map", "put") else values_from_page(args)
    try:
        return getattr(value, verb)(*given)
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


async def why(graph: Any, target: Any, name: str, exact: bool = False) -> dict[str, Any]:
    """Return why a property is what it is: the fields of `graphvine.Why`, and `text`, all of it in words."""
    vertex, name, edge = _property(target, name)
    found = await graph.why(vertex, name, edge=edge, exact=exact)
    answer = {**{field.name: getattr(found, field.name) for field in fields(found)}, "text": str(found)}
    if exact:
        answer |= {"value": to_page(found.value), "winner": found.winner and _write(found.winner)}
        answer |= {part: _writes(answer[part]) for part in ("losers", "overruling", "contributions")}
    return answer


async def losers(graph: Any, target: Any, name: str, exact: bool = False) -> Any:
    """Return the concurrent writes that lost a property."""
    vertex, name, edge = _property(target, name)
    found = await graph.losers(vertex, name, edge=edge, exact=exact)
    return _writes(found) if exact else found


def _writes(writes: Iterable[Write]) -> list[Write]:
    return list(map(_write, writes))


def _write(write: Write) -> Write:
    """What a write put, as a page takes it. What it merged is told in plain values."""
    return replace(write, value=to_page(write.value))
