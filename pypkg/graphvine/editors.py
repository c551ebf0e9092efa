"""Mergeable values inside a transaction: what `tx.counter(...)` and its siblings return.

Each shows the value as this transaction leaves it, and its verbs take effect with the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from graphvine.codec.bodies import element_key
from graphvine.crdt.cells import owner_of
from graphvine.crdt.counter import CounterEdit, check_amount
from graphvine.crdt.edits import Edit, Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.list import ElementIds, ListEdit, MergedList
from graphvine.crdt.map import MapEdit, MergedMap, check_entries, check_keys
from graphvine.crdt.merged import Merged, value_of
from graphvine.crdt.merged_text import MergedText, base_of
from graphvine.crdt.set import MergedSet, SetEdit, check_elements, name_elements
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import TEXT as WIRE
from graphvine.crdt.text_edits import TextEdit, checked_edits, edits_from_utf16, session_of
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.ids import check_id, check_name
from graphvine.model.mergeable import Counter, Map, Mergeable, Set, Text
from graphvine.model.operation import PutEdge, PutVertex
from graphvine.model.steps import PART, in_one_go
from graphvine.model.values import Properties, check_value
from graphvine.store.builder import TransactionBuilder
from graphvine.vertex import read_properties, read_value

EditKind = TypeVar("EditKind", bound=Edit)
# What somebody puts to begin a mergeable value; of a map, its entries as they were checked.
Checked = tuple[Mergeable, Properties]


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
        return value_of(self.state.find(place.id, place.ends), place.name, kind)


class Editor(Generic[EditKind]):
    """One value inside a transaction."""

    def __init__(self, desk: Desk, place: Place) -> None:
        self._desk = desk
        self._place = place

    _kind: int

    def _begin(self) -> EditKind:
        """Begin what the transaction says about the value."""
        raise NotImplementedError

    @property
    def _merged(self) -> Merged | None:
        return self._desk.merged(self._place, self._kind)

    @property
    def _pending(self) -> EditKind | None:
        return self._desk.builder.pending_edit(self._place, self._kind)  # type: ignore[return-value]

    @property
    def _edit(self) -> EditKind:
        desk = self._desk
        desk.check_open()
        return desk.builder.edit(self._place, self._kind, self._begin)

    def _view(self) -> Any:
        merged = self._merged
        return None if merged is None else merged.view()


class CounterEditor(Editor[CounterEdit]):
    """A counter inside a transaction."""

    _kind = CounterEdit.kind

    def _begin(self) -> CounterEdit:
        return CounterEdit()

    @property
    def value(self) -> int:
        """What it counts to."""
        pending = self._pending
        return (self._view() or 0) + (0 if pending is None else pending.amount)

    def add(self, amount: int = 1) -> None:
        """Add a number, which may be negative."""
        check_amount(amount)
        self._edit.add(amount)


class SetEditor(Editor[SetEdit]):
    """A set inside a transaction."""

    _kind = SetEdit.kind

    def _begin(self) -> SetEdit:
        return SetEdit()

    @property
    def value(self) -> list[object]:
        """Its elements: those of the graph in order, then what this transaction adds."""
        pending = self._pending
        if pending is None:
            return read_value(self._view() or [])  # type: ignore[return-value]
        elements = {element_key(element): element for element in self._view() or ()}
        for key, (element, is_in) in pending.words.items():
            if is_in:
                elements[key] = element
            else:
                elements.pop(key, None)
        return [read_value(element) for element in elements.values()]

    def add(self, *elements: object) -> None:
        """Add elements."""
        in_one_go(self.add_steps(elements))

    def add_steps(self, elements: Sequence[object]) -> Generator[None, None, None]:
        """Do what `add` does, in steps."""
        checked = yield from check_elements(elements)
        merged = self._merged
        known = len(merged) if isinstance(merged, MergedSet) else 0
        if len(checked) + known > MAX_SHOWN_ENTRIES:
            checked = yield from name_elements(elements)  # some may be there twice
            if len(checked) + known > MAX_SHOWN_ENTRIES:
                raise TooLarge("A set", len(checked) + known, MAX_SHOWN_ENTRIES, "entries")
        self._edit.say(checked, is_in=True)

    def discard(self, *elements: object) -> None:
        """Remove elements; those that are not in it stay out."""
        in_one_go(self.discard_steps(elements))

    def discard_steps(self, elements: Sequence[object]) -> Generator[None, None, None]:
        """Do what `discard` does, in steps."""
        self._edit.say((yield from check_elements(elements)), is_in=False)


class MapEditor(Editor[MapEdit]):
    """A map inside a transaction."""

    _kind = MapEdit.kind

    def _begin(self) -> MapEdit:
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
        return read_properties(entries)

    def put(self, entries: Mapping[str, object]) -> None:
        """Put entries; the others stay."""
        in_one_go(self.put_steps(entries))

    def put_steps(self, entries: Mapping[str, object]) -> Generator[None, None, None]:
        """Do what `put` does, in steps."""
        self.put_checked((yield from check_entries(entries)))

    def put_checked(self, checked: Properties) -> None:
        """Put what `check_entries` returned."""
        known = self._merged
        count = len(checked) + (len(known) if isinstance(known, MergedMap) else 0)
        if count > MAX_SHOWN_ENTRIES:
            raise TooLarge("A map", count, MAX_SHOWN_ENTRIES, "entries")
        self._edit.put_checked(checked)

    def remove(self, *keys: str) -> None:
        """Remove entries by their keys."""
        in_one_go(self.remove_steps(keys))

    def remove_steps(self, keys: Sequence[str]) -> Generator[None, None, None]:
        """Do what `remove` does, in steps."""
        checked = yield from check_keys(keys)
        yield from self._edit.remove_checked(checked)


class ListEditor(Editor[ListEdit]):
    """A list inside a transaction. An index may count from the end (-1 is the last element)."""

    _kind = ListEdit.kind

    def _begin(self) -> ListEdit:
        merged = self._merged
        return ListEdit(merged if isinstance(merged, MergedList) else None, self._desk.ids)

    @property
    def value(self) -> list[object]:
        """Its elements in order."""
        pending = self._pending
        return read_value((self._view() or []) if pending is None else pending.elements)  # type: ignore[return-value]

    def insert(self, index: int, *elements: object) -> None:
        """Insert elements before the one at `index`."""
        in_one_go(self.insert_steps(index, elements))

    def insert_steps(self, index: int | None, elements: Sequence[object]) -> Generator[None, None, None]:
        """Do, in steps, what `insert` does, or (without an index) `append`."""
        yield from self._edit.insert_steps(index, elements)

    def append(self, *elements: object) -> None:
        """Insert elements at the end."""
        in_one_go(self.insert_steps(None, elements))

    def replace(self, index: int, element: object) -> None:
        """Write another value into the element at `index`."""
        self._edit.replace(index, element)

    def delete(self, index: int, count: int = 1) -> None:
        """Delete `count` elements from `index` on."""
        self._edit.delete(index, count)

    def move(self, index: int, to: int) -> None:
        """Move the element at `index` so that it stands at `to` afterwards."""
        self._edit.move(index, to)


class TextEditor(Editor[TextEdit]):
    """A text inside a transaction. Positions count characters (code points)."""

    _kind = TextEdit.kind

    def _begin(self) -> TextEdit:
        return _begin_text(self._desk, self._place, self._merged)

    @property
    def value(self) -> str:
        """The text. What is there as plain text counts."""
        pending = self._pending
        if pending is not None:
            return pending.document.content
        return self._view() or _plain_text(self._desk, self._place)

    def __str__(self) -> str:
        return self.value

    def __len__(self) -> int:
        return len(self.value)

    def insert(self, at: int, text: str) -> None:
        """Insert `text` before the character at `at`."""
        self.apply([(at, 0, text)])

    def delete(self, at: int, count: int = 1) -> None:
        """Delete `count` characters from `at` on."""
        self.apply([(at, count, "")])

    def replace(self, at: int, count: int, text: str) -> None:
        """Put `text` in the place of `count` characters from `at` on."""
        self.apply([(at, count, text)])

    def apply(self, edits: Iterable[tuple[int, int, str]], *, utf16: bool = False) -> None:
        """Make edits (position, characters to delete, text to insert), each after the one before; all or none."""
        wanted = checked_edits(edits)
        if wanted:
            document = self._edit.document
            document.edit(edits_from_utf16(document, wanted) if utf16 else wanted)


def _plain_text(desk: Desk, place: Place) -> str:
    """Return the plain text in a place, as the transaction leaves it."""
    put, builder = _pending_put(desk, place), desk.builder
    if builder.overrules(place):
        value: object = put.properties.get(place.name) if put is not None else None
    else:
        cell = desk.state.cell_at(place.id, place.ends)
        value = cell.properties.get(place.name) if cell is not None else None
    return value if isinstance(value, str) else ""


def _pending_put(desk: Desk, place: Place) -> PutVertex | PutEdge | None:
    return desk.builder.pending_vertex(place.id) if place.ends is None else desk.builder.pending_edge(place.id)


def _begin_text(desk: Desk, place: Place, merged: Merged | None, content: str | None = None) -> TextEdit:
    """Begin what a transaction says about a text. content: what takes the place of plain text that is there."""
    put = _pending_put(desk, place)
    if isinstance(merged, MergedText):
        document = merged.document.copy()
    else:
        document = Document(WIRE)
        cell = None if desk.builder.overrules(place) else desk.state.cell_at(place.id, place.ends)
        barrier = owner_of(cell, place.name) if cell is not None else None
        base = base_of(barrier, place.name) if barrier is not None else None
        if base is not None:
            Inbox(document).take(base)
    plain = _plain_text(desk, place) if put is not None and place.name in put.properties else ""
    edit = TextEdit(document, session_of(desk.ids.take(1)))
    start = plain if content is None else content
    if start or (content is not None and len(document)):
        edit.document.edit([(0, 0 if content is None else len(document), start)])
    if put is not None and place.name in put.properties:
        put.properties[place.name] = ""  # the text begins with it; what was there before goes all the same
    return edit


def split(properties: object, ids: ElementIds) -> Generator[None, None, tuple[dict[str, object], dict[str, Checked]]]:
    """Return, in steps, the plain and the (checked) mergeable ones of the properties that somebody puts."""
    if not isinstance(properties, Mapping):
        return {}, {}
    mergeable = {name: value for name, value in properties.items() if isinstance(value, Mergeable)}
    checked: dict[str, Checked] = {}
    size = 0
    for name, value in mergeable.items():
        size += _size(value)
        if size > PART:
            size = _size(value)
            yield
        check_name("A property name", name)
        checked[name] = value, (yield from _check(value, ids))
    return {name: value for name, value in properties.items() if name not in mergeable}, checked


def _size(value: Mergeable) -> int:
    """Return how many values somebody puts."""
    if isinstance(value, Map):
        return 1 + len(value.entries)
    return 1 if isinstance(value, (Counter, Text)) else 1 + len(value.elements)


def _check(value: Mergeable, ids: ElementIds) -> Generator[None, None, Properties]:
    """Raise InvalidValue if somebody puts what can't be. Return the entries of a map, checked."""
    if isinstance(value, Counter):
        check_amount(value.amount)
    elif isinstance(value, Set):
        yield from check_elements(value.elements)
    elif isinstance(value, Map):
        return (yield from check_entries(value.entries))
    elif isinstance(value, Text):
        if not isinstance(check_value("A text", value.content), str):
            raise InvalidValue(f"A text begins with text, not {value.content!r:.100}.")
    else:
        yield from ListEdit(None, ids).insert_steps(0, value.elements)
    return {}


def merge_in(desk: Desk, entity: Place, mergeable: Mapping[str, Checked]) -> Generator[None, None, None]:
    """Merge, in steps, what somebody put as properties into the values that are there. entity: any place in it."""
    size = 0
    for name, (value, entries) in mergeable.items():
        size += _size(value)
        if size > PART:
            size = _size(value)
            yield
        place = entity._replace(name=name)
        if isinstance(value, Counter):
            CounterEditor(desk, place).add(value.amount)
        elif isinstance(value, Set):
            yield from SetEditor(desk, place).add_steps(value.elements)
        elif isinstance(value, Map):
            MapEditor(desk, place).put_checked(entries)
        elif isinstance(value, Text):
            begin_text(desk, place, value.content)
        else:
            yield from ListEditor(desk, place).insert_steps(None, value.elements)


def begin_text(desk: Desk, place: Place, content: str) -> None:
    """Write a text where none is yet. What is plain there, by this transaction or before, gives way to it."""
    builder, kind = desk.builder, TextEdit.kind
    if builder.pending_edit(place, kind) is None and desk.merged(place, kind) is None:
        builder.edit(place, kind, lambda: _begin_text(desk, place, None, content))
