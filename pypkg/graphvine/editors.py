"""Mergeable values inside a transaction: what `tx.counter(...)` and its siblings return.

Each shows the value as this transaction leaves it, and its verbs take effect with the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from graphvine.codec.bodies import element_key
from graphvine.crdt.cells import owner_of
from graphvine.crdt.counter import CounterEdit
from graphvine.crdt.edits import Edit, Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.list import ElementIds, ListEdit, MergedList
from graphvine.crdt.map import MapEdit
from graphvine.crdt.merged import Merged, value_of
from graphvine.crdt.merged_text import base_of
from graphvine.crdt.set import SetEdit
from graphvine.crdt.text_edits import TextEdit, first_bodies
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.ids import check_id, check_name
from graphvine.model.mergeable import Counter, Map, Mergeable, Set, Text
from graphvine.model.values import check_value
from graphvine.store.builder import TransactionBuilder
from graphvine.vertex import read_value

EditKind = TypeVar("EditKind", bound=Edit)


class Desk:
    """Where the editors of one transaction work.

    builder: what it says so far. ids: for new elements of lists. check_open: raises when the transaction is over.
    """

    def __init__(
        self, state: GraphState, builder: TransactionBuilder, ids: ElementIds, check_open: Callable[[], None]
    ) -> None:
        self.state = state
        self.builder = builder
        self.ids = ids
        self.check_open = check_open

    def place(self, vertex: str | None, name: str, edge: str | None) -> Place:
        """Return the place that the arguments of `graph.counter` and its siblings name."""
        name = check_name("A property name", name)
        if (vertex is None) == (edge is None):
            raise InvalidValue("Name either a vertex, or an edge as edge=ID.")
        if vertex is not None:
            return Place(check_id("A vertex id", vertex), name)
        id_ = check_id("An edge id", edge)
        put, cell = self.builder.pending_edge(id_), self.state.edges.get(id_)
        if put is not None:
            return Place(id_, name, Ends(put.type, put.source, put.target))
        if cell is None:
            raise InvalidValue(f"There is no edge {id_!r}. Make it with link() first.")
        return Place(id_, name, Ends(cell.type, cell.source.id, cell.target.id))

    def merged(self, place: Place, kind: int) -> Merged | None:
        """Return what is there before the transaction's own edits."""
        if self.builder.overrules(place):
            return None
        return value_of(self.state.cell_at(place.id, place.ends), place.name, kind)


class Editor(Generic[EditKind]):
    """One value inside a transaction."""

    def __init__(self, desk: Desk, place: Place) -> None:
        self._desk = desk
        self._place = place

    def _begin(self, merged: Merged | None) -> EditKind:
        raise NotImplementedError

    _kind: int

    @property
    def _merged(self) -> Merged | None:
        return self._desk.merged(self._place, self._kind)

    @property
    def _pending(self) -> EditKind | None:
        return self._desk.builder.pending_edit(self._place, self._kind)  # type: ignore[return-value]

    @property
    def _edit(self) -> EditKind:
        self._desk.check_open()
        return self._desk.builder.edit(self._place, self._kind, lambda: self._begin(self._merged))

    def _view(self) -> Any:
        merged = self._merged
        return None if merged is None else merged.view()

    def _check_room(self, what: str, count: int) -> None:
        if count > MAX_SHOWN_ENTRIES:
            raise TooLarge(what, count, MAX_SHOWN_ENTRIES, "entries")


class CounterEditor(Editor[CounterEdit]):
    """A counter inside a transaction."""

    _kind = CounterEdit.kind

    def _begin(self, merged: Merged | None) -> CounterEdit:
        return CounterEdit()

    @property
    def value(self) -> int:
        """What it counts to."""
        pending = self._pending
        return (self._view() or 0) + (0 if pending is None else pending.amount)

    def add(self, amount: int = 1) -> None:
        """Add a number, which may be negative."""
        CounterEdit().add(amount)
        self._edit.add(amount)


class SetEditor(Editor[SetEdit]):
    """A set inside a transaction."""

    _kind = SetEdit.kind

    def _begin(self, merged: Merged | None) -> SetEdit:
        return SetEdit()

    @property
    def value(self) -> list[object]:
        """Its elements: those of the graph in order, then what this transaction adds."""
        elements = {element_key(element): element for element in self._view() or ()}
        pending = self._pending
        for key, (element, is_in) in pending.words.items() if pending else ():
            if is_in:
                elements[key] = element
            else:
                elements.pop(key, None)
        return [read_value(element) for element in elements.values()]

    def add(self, *elements: object) -> None:
        """Add elements."""
        scratch = SetEdit()
        scratch.add(elements)
        known = self._desk.merged(self._place, self._kind)
        self._check_room("A set", (len(known) if known is not None else 0) + len(scratch.words))  # type: ignore[arg-type]
        self._edit.add(elements)

    def discard(self, *elements: object) -> None:
        """Remove elements; those that are not in it stay out."""
        SetEdit().discard(elements)
        self._edit.discard(elements)


class MapEditor(Editor[MapEdit]):
    """A map inside a transaction."""

    _kind = MapEdit.kind

    def _begin(self, merged: Merged | None) -> MapEdit:
        return MapEdit()

    @property
    def value(self) -> dict[str, object]:
        """Its entries."""
        entries = dict(self._view() or {})
        pending = self._pending
        if pending is not None:
            entries.update(pending.entries)
            for key in pending.removed:
                entries.pop(key, None)
        return {key: read_value(value) for key, value in entries.items()}

    def put(self, entries: Mapping[str, object]) -> None:
        """Put entries; the others stay."""
        scratch = MapEdit()
        scratch.put(entries)
        known = self._desk.merged(self._place, self._kind)
        self._check_room("A map", (len(known) if known is not None else 0) + len(scratch.entries))  # type: ignore[arg-type]
        self._edit.put(entries)

    def remove(self, *keys: str) -> None:
        """Remove entries by their keys."""
        MapEdit().remove(keys)
        self._edit.remove(keys)


class ListEditor(Editor[ListEdit]):
    """A list inside a transaction. An index may count from the end (-1 is the last element)."""

    _kind = ListEdit.kind

    def _begin(self, merged: Merged | None) -> ListEdit:
        return ListEdit(merged if isinstance(merged, MergedList) else None, self._desk.ids)

    @property
    def value(self) -> list[object]:
        """Its elements in order."""
        pending = self._pending
        elements = (self._view() or []) if pending is None else pending.elements
        return [read_value(element) for element in elements]

    def insert(self, index: int, *elements: object) -> None:
        """Insert elements before the one at `index`."""
        self._edit.insert(index, elements)

    def append(self, *elements: object) -> None:
        """Insert elements at the end."""
        edit = self._edit
        edit.insert(len(edit.elements), elements)

    def replace(self, index: int, element: object) -> None:
        """Write another value into the element at `index`."""
        self._edit.replace(index, element)

    def delete(self, index: int, count: int = 1) -> None:
        """Delete `count` elements from `index` on."""
        self._edit.delete(index, count)

    def move(self, index: int, to: int) -> None:
        """Move the element at `index` so that it stands at `to` afterwards."""
        self._edit.move(index, to)


def split(properties: object, ids: ElementIds) -> tuple[dict[str, object], dict[str, Mergeable]]:
    """Return the plain and the (checked) mergeable ones of the properties that somebody puts."""
    if not isinstance(properties, Mapping):
        return {}, {}
    mergeable = {name: value for name, value in properties.items() if isinstance(value, Mergeable)}
    for name, value in mergeable.items():
        check_name("A property name", name)
        _check(value, ids)
    return {name: value for name, value in properties.items() if name not in mergeable}, mergeable


def _check(value: Mergeable, ids: ElementIds) -> None:
    if isinstance(value, Counter):
        CounterEdit().add(value.amount)
    elif isinstance(value, Set):
        SetEdit().add(value.elements)
    elif isinstance(value, Map):
        MapEdit().put(value.entries)
    elif isinstance(value, Text):
        if not isinstance(check_value("A text", value.content), str):
            raise InvalidValue(f"A text begins with text, not {value.content!r:.100}.")
    else:
        ListEdit(None, ids).insert(0, value.elements)


def merge_in(desk: Desk, entity: Place, mergeable: Mapping[str, Mergeable]) -> None:
    """Merge what somebody put as properties into the values that are there. entity: any place in it."""
    for name, value in mergeable.items():
        place = entity._replace(name=name)
        if isinstance(value, Counter):
            CounterEditor(desk, place).add(value.amount)
        elif isinstance(value, Set):
            SetEditor(desk, place).add(*value.elements)
        elif isinstance(value, Map):
            MapEditor(desk, place).put(value.entries)
        elif isinstance(value, Text):
            begin_text(desk, place, value.content)
        else:
            ListEditor(desk, place).append(*value.elements)


def begin_text(desk: Desk, place: Place, content: str) -> None:
    """Write a text where none is yet. What is plain there, by this transaction or before, gives way to it."""
    builder = desk.builder
    if builder.pending_edit(place, TextEdit.kind) is not None or desk.merged(place, TextEdit.kind) is not None:
        return
    put = builder.pending_vertex(place.id) if place.ends is None else builder.pending_edge(place.id)
    if put is not None and place.name in put.properties:
        put.properties[place.name] = ""  # what was there before goes all the same
    cell = None if builder.overrules(place) else desk.state.cell_at(place.id, place.ends)
    barrier = owner_of(cell, place.name) if cell is not None else None
    base = base_of(barrier, place.name) if barrier is not None else None
    ready = first_bodies(desk.ids.take(1), base, content)
    if ready:
        builder.edit(place, TextEdit.kind, TextEdit).ready += ready
