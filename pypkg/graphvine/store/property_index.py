"""One property index: which vertices (or edges) have which value, by equality and in order.

Values that Cypher compares with each other share a *shelf*: numbers, text, booleans, bytes, and each temporal type
that has an order. What has none (lists, durations, NaN) is *odd*: kept together, and all of it is a candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Any

from graphvine.crdt.cells import Cell
from graphvine.model.index import IndexInfo
from graphvine.model.temporal import MAX_OFFSET_S, Date, DateTime, LocalDateTime, LocalTime, Time, instant
from graphvine.model.values import Value
from graphvine.store.sorted_keys import SortedKeys

# A kind of values with a common order, and the value's place in it.
Place = tuple[type, Any]
_AS_THEY_ARE = {kind: kind for kind in (str, bool, bytes, Date, LocalTime, LocalDateTime)}


def place_of(value: object) -> Place | None:
    """Return where a value stands among those that it compares with, or None when it has no such order."""
    kind = type(value)
    if kind is int:
        return int, value
    if kind is float:
        return (int, value) if value == value else None
    if kind in _AS_THEY_ARE:
        return kind, value
    if isinstance(value, (DateTime, Time)):
        return kind, (instant(value), value.offset_s)
    return None


class _Shelf:
    """Cells by key, and the keys in order. Most keys belong to one cell, which then stands there by itself."""

    def __init__(self) -> None:
        self.cells: dict[Any, Cell | dict[Cell, None]] = {}
        self.order = SortedKeys()

    def add(self, key: Any, cell: Cell) -> None:
        found = self.cells.get(key)
        if found is None:
            self.cells[key] = cell
            self.order.add(key)
        elif type(found) is dict:
            found[cell] = None
        else:
            self.cells[key] = {found: None, cell: None}  # type: ignore[dict-item]

    def remove(self, key: Any, cell: Cell) -> None:
        found = self.cells[key]
        if type(found) is dict:
            del found[cell]
            if len(found) > 1:
                return
            (self.cells[key],) = found
            return
        del self.cells[key]
        self.order.remove(key)

    def at(self, key: Any) -> Iterable[Cell]:
        found = self.cells.get(key)
        if found is None:
            return ()
        return list(found) if type(found) is dict else (found,)  # type: ignore[return-value]


class PropertyIndex:
    """The vertices with one label (edges of one type) by one property. See the module.

    is_ready: every vertex is filed, so that look-ups may be trusted.
    """

    def __init__(self, info: IndexInfo) -> None:
        self.info = info
        self.is_ready = False
        self._values: dict[Cell, Value] = {}
        self._shelves: dict[type, _Shelf] = {}
        self._odd: dict[Cell, None] = {}
        self._missing: dict[Cell, None] = {}

    # -- keeping it ---------------------------------------------------------------------------------------------------

    def put(self, cell: Cell) -> None:
        """File a cell that belongs here under the value it has now, whatever it was filed under before."""
        value = cell.properties.get(self.info.property)
        if cell in self._values:
            known = self._values[cell]
            if known is value:
                return
            self._take_out(cell, known)
        self._values[cell] = value
        place = place_of(value)
        if place is not None:
            kind, key = place
            if kind not in self._shelves:
                self._shelves[kind] = _Shelf()
            self._shelves[kind].add(key, cell)
        elif value is None:
            self._missing[cell] = None
        else:
            self._odd[cell] = None

    def remove(self, cell: Cell) -> None:
        """Forget a cell that does not belong here any more, if it is here."""
        if cell in self._values:
            self._take_out(cell, self._values.pop(cell))

    def _take_out(self, cell: Cell, value: Value) -> None:
        place = None if value is None else place_of(value)
        if place is not None:
            self._shelves[place[0]].remove(place[1], cell)
        elif value is None:
            del self._missing[cell]
        else:
            del self._odd[cell]

    # -- look-ups: more than asked for may come, never less -----------------------------------------------------------

    def equal(self, value: object) -> Iterable[Cell]:
        """Return the cells whose property equals `value`, which is not null."""
        place = place_of(value)
        if place is None:
            return list(self._odd)
        kind, key = place
        shelf = self._shelves.get(kind)
        if shelf is None:
            return ()
        if kind is DateTime or kind is Time:  # the same moment with another offset is equal, too
            return self.between(value, value)
        return shelf.at(key)

    def between(self, low: object, high: object, *, is_descending: bool = False) -> Iterable[Cell]:
        """Return the cells from `low` to `high`, both included, in order; None where there is no bound."""
        bounds = [bound for bound in (low, high) if bound is not None]
        places = [place_of(bound) for bound in bounds]
        if None in places:
            return list(self._odd)
        kinds = {place[0] for place in places if place is not None}
        if len(kinds) != 1:
            return ()
        (kind,) = kinds
        shelf = self._shelves.get(kind)
        if shelf is None:
            return ()
        first = None if low is None else _edge(low, -MAX_OFFSET_S)
        last = None if high is None else _edge(high, MAX_OFFSET_S)
        return self._walk(shelf, _span(shelf, first, last, is_descending=is_descending))

    def prefix(self, prefix: str) -> Iterable[Cell]:
        """Return the cells whose property is text that starts with `prefix`, in order."""
        shelf = self._shelves.get(str)
        if shelf is None:
            return ()
        return self._walk(shelf, takewhile(lambda key: key.startswith(prefix), shelf.order.upward(prefix)))

    @staticmethod
    def _walk(shelf: _Shelf, keys: Iterable[Any]) -> Iterator[Cell]:
        """Give the cells of some keys. One that moves meanwhile comes once."""
        seen: dict[Cell, None] = {}
        for key in keys:
            for cell in shelf.at(key):
                if cell not in seen:
                    seen[cell] = None
                    yield cell

    def ordered(self, sort_key: Callable[[Any], tuple[Any, ...]], *, is_descending: bool) -> Iterator[Cell]:
        """Yield every cell in the order of ORDER BY. sort_key: of a value; begins with the rank of its type."""
        runs: list[tuple[Any, Callable[[], Iterable[Cell]]]] = []
        for shelf in self._shelves.values():
            sample = next((cell for key in shelf.order.upward() for cell in shelf.at(key)), None)
            if sample is not None:
                runs.append((sort_key(self._values[sample])[:1], self._whole(shelf, is_descending=is_descending)))
        runs += [(sort_key(self._values[cell]), (cell,).__iter__) for cell in self._odd]
        if self._missing:
            runs.append((sort_key(None)[:1], list(self._missing).__iter__))
        runs.sort(key=lambda run: run[0], reverse=is_descending)
        seen: dict[Cell, None] = {}
        for _, run in runs:
            for cell in run():
                if cell not in seen:
                    seen[cell] = None
                    yield cell

    def _whole(self, shelf: _Shelf, *, is_descending: bool) -> Callable[[], Iterable[Cell]]:
        def run() -> Iterator[Cell]:
            for key in shelf.order.downward() if is_descending else shelf.order.upward():
                yield from shelf.at(key)

        return run

    # -- counts -------------------------------------------------------------------------------------------------------

    @property
    def entries(self) -> int:
        """Cells that have a value."""
        return len(self._values) - len(self._missing)

    @property
    def distinct(self) -> int:
        """Different values, each odd one counted."""
        return sum(len(shelf.cells) for shelf in self._shelves.values()) + len(self._odd)

    def picture(self) -> object:
        """Everything that is kept, in a canonical form: equal for equal graphs, whatever came first."""
        shelves = {
            kind.__name__: [(key, sorted(cell.id for cell in shelf.at(key))) for key in shelf.order.upward()]
            for kind, shelf in self._shelves.items()
            if shelf.cells
        }
        return shelves, sorted(cell.id for cell in self._odd), sorted(cell.id for cell in self._missing)


def _edge(bound: object, offset_s: int) -> Any:
    """Return the key of a bound. Moments compare without their offset, so the outermost one counts."""
    kind, key = place_of(bound) or (None, None)
    return (key[0], offset_s) if key is not None and (kind is DateTime or kind is Time) else key


def _span(shelf: _Shelf, first: Any, last: Any, *, is_descending: bool) -> Iterator[Any]:
    if is_descending:
        return takewhile(lambda key: first is None or not key < first, shelf.order.downward(last))
    return takewhile(lambda key: last is None or not last < key, shelf.order.upward(first))
