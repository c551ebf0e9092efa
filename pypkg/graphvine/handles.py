"""Mergeable values of an open graph: what `graph.counter(...)` and its siblings return.

Each verb is a transaction of its own, on disk when it returns. For several at once use the same verbs on a transaction:
``async with graph.transaction() as tx: tx.counter("post", "likes").add(1)``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from graphvine.editors import CounterEditor, Desk, ListEditor, MapEditor, SetEditor, TextEditor
from graphvine.peer.tasks import in_turns

EditorKind = TypeVar("EditorKind", bound=CounterEditor | SetEditor | MapEditor | ListEditor)
# Begins a transaction: its editor of the value, and what commits it.
Begin = Callable[[], tuple[EditorKind, Callable[[], Awaitable[None]]]]


class Handle(Generic[EditorKind]):
    """A mergeable value of an open graph."""

    def __init__(self, begin: Begin[EditorKind]) -> None:
        self._begin = begin

    def _now(self) -> EditorKind:
        return self._begin()[0]


class CounterHandle(Handle[CounterEditor]):
    """A counter of an open graph: ``await graph.counter("post", "likes").add(1)``."""

    @property
    def value(self) -> int:
        """What it counts to; 0 when it is not there."""
        return self._now().value

    async def add(self, amount: int = 1) -> None:
        """Add a number, which may be negative."""
        counter, commit = self._begin()
        counter.add(amount)
        await commit()


class SetHandle(Handle[SetEditor]):
    """A set of an open graph: ``await graph.set("post", "tags").add("python", "graphs")``."""

    @property
    def value(self) -> list[object]:
        """Its elements in order (that of Cypher's ORDER BY); none when it is not there."""
        return self._now().value

    async def add(self, *elements: object) -> None:
        """Add elements."""
        chosen, commit = self._begin()
        await in_turns(chosen.add_steps(elements))
        await commit()

    async def discard(self, *elements: object) -> None:
        """Remove elements; those that are not in it stay out."""
        chosen, commit = self._begin()
        await in_turns(chosen.discard_steps(elements))
        await commit()


class MapHandle(Handle[MapEditor]):
    """A map of an open graph: ``await graph.map("shirt", "sizes").put({"M": 3})``."""

    @property
    def value(self) -> dict[str, object]:
        """Its entries in the order of their keys; none when it is not there."""
        return self._now().value

    async def put(self, entries: Mapping[str, object]) -> None:
        """Put entries; the others stay."""
        chosen, commit = self._begin()
        await in_turns(chosen.put_steps(entries))
        await commit()

    async def remove(self, *keys: str) -> None:
        """Remove entries by their keys."""
        chosen, commit = self._begin()
        await in_turns(chosen.remove_steps(keys))
        await commit()


class ListHandle(Handle[ListEditor]):
    """A list of an open graph: ``await graph.list("trip", "stops").append("Vienna")``.

    An index may count from the end (-1 is the last element).
    """

    @property
    def value(self) -> list[object]:
        """Its elements in order; none when it is not there."""
        return self._now().value

    async def insert(self, index: int, *elements: object) -> None:
        """Insert elements before the one at `index`."""
        chosen, commit = self._begin()
        await in_turns(chosen.insert_steps(index, elements))
        await commit()

    async def append(self, *elements: object) -> None:
        """Insert elements at the end."""
        chosen, commit = self._begin()
        await in_turns(chosen.insert_steps(None, elements))
        await commit()

    async def replace(self, index: int, element: object) -> None:
        """Write another value into the element at `index`."""
        chosen, commit = self._begin()
        chosen.replace(index, element)
        await commit()

    async def delete(self, index: int, count: int = 1) -> None:
        """Delete `count` elements from `index` on."""
        chosen, commit = self._begin()
        chosen.delete(index, count)
        await commit()

    async def move(self, index: int, to: int) -> None:
        """Move the element at `index` so that it stands at `to` afterwards."""
        chosen, commit = self._begin()
        chosen.move(index, to)
        await commit()


class TransactionValues:
    """The mergeable values of a transaction. Name a vertex and a property, or a property and ``edge=ID``."""

    def _desk(self) -> Desk:
        raise NotImplementedError

    def counter(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> CounterEditor:
        """Return a counter, to read and to add to."""
        desk = self._desk()
        return CounterEditor(desk, desk.place(vertex, name, edge))

    def set(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> SetEditor:
        """Return a set, to read and to change."""
        desk = self._desk()
        return SetEditor(desk, desk.place(vertex, name, edge))

    def map(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> MapEditor:
        """Return a map, to read and to change."""
        desk = self._desk()
        return MapEditor(desk, desk.place(vertex, name, edge))

    def list(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> ListEditor:
        """Return a list, to read and to change."""
        desk = self._desk()
        return ListEditor(desk, desk.place(vertex, name, edge))

    def text(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> TextEditor:
        """Return a text, to read and to edit: ``tx.text("note", "body").insert(0, "Hello")``."""
        desk = self._desk()
        return TextEditor(desk, desk.place(vertex, name, edge))


class Transacting(AbstractAsyncContextManager["Transacting", None], TransactionValues):
    """A transaction, as far as the values of a graph need one."""


class GraphValues:
    """The mergeable values of a graph. Name a vertex and a property, or a property and ``edge=ID``."""

    def transaction(self) -> Transacting:
        """Begin a transaction."""
        raise NotImplementedError

    def counter(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> CounterHandle:
        """Return a counter: a number that everybody can add to at once.

        ``await graph.counter("post", "likes").add(1)``; ``graph.counter("post", "likes").value``
        """
        return CounterHandle(lambda: _begin(tx := self.transaction(), tx.counter(vertex, name, edge=edge)))

    def set(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> SetHandle:
        """Return a set: single values, each at most once. ``await graph.set("post", "tags").add("python")``."""
        return SetHandle(lambda: _begin(tx := self.transaction(), tx.set(vertex, name, edge=edge)))

    def map(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> MapHandle:
        """Return a map: values by text keys. ``await graph.map("shirt", "sizes").put({"M": 3})``."""
        return MapHandle(lambda: _begin(tx := self.transaction(), tx.map(vertex, name, edge=edge)))

    def list(self, vertex: str | None = None, name: str = "", *, edge: str | None = None) -> ListHandle:
        """Return a list: single values in an order. ``await graph.list("trip", "stops").append("Vienna")``."""
        return ListHandle(lambda: _begin(tx := self.transaction(), tx.list(vertex, name, edge=edge)))


def _begin(tx: Transacting, editor: EditorKind) -> tuple[EditorKind, Callable[[], Awaitable[None]]]:
    async def commit() -> None:
        await tx.__aexit__(None, None, None)

    return editor, commit
