"""The property indexes of one replica: declared, filled in slices, and kept exact by the changes of the state.

They depend on the state alone: each change only says which vertex or edge to look at again, so neither the order of
changes nor how often one is reported matters. With no index declared nobody collects changes for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from graphvine.crdt.cells import Cell, EdgeCell
from graphvine.crdt.graph import Change, GraphState
from graphvine.errors import InvalidValue
from graphvine.limits import MAX_INDEXES
from graphvine.model.ids import check_name
from graphvine.model.index import IndexInfo, IndexState
from graphvine.store.property_index import PropertyIndex, place_of

# Vertices filed between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 500

_Place = tuple[str, str, str]


class Indexes:
    """All property indexes over one state. Implements `query.indexes.PropertyIndexes`.

    is_active: there are some, so `update` must hear of every change.
    """

    def __init__(self, state: GraphState) -> None:
        self.is_active = False
        self._state = state
        self._by_place: dict[_Place, PropertyIndex] = {}
        self._by_property: dict[tuple[str, bool], list[PropertyIndex]] = {}
        self._by_label: dict[str, list[PropertyIndex]] = {}
        self._of_vertices: list[PropertyIndex] = []
        self._of_edges: list[PropertyIndex] = []
        self._declared: tuple[IndexInfo, ...] = ()

    # -- declaring ----------------------------------------------------------------------------------------------------

    def declare(self, info: IndexInfo) -> Iterator[None]:
        """Add an index; running the result to its end files what is there, in slices. Then it is used.

        Raises InvalidValue when there are too many, TooLarge for a name that no property can have. What is declared
        already is left as it is.
        """
        for what, name in zip(("An index name", "A label", "A property name"), info, strict=False):
            check_name(what, name)
        place = _place(info)
        if place in self._by_place:
            return iter(())
        if len(self._by_place) >= MAX_INDEXES:
            raise InvalidValue(f"There are {MAX_INDEXES} indexes already. Drop one first.")
        index = self._by_place[place] = PropertyIndex(info)
        self._arrange()
        return self._fill(index)

    def _fill(self, index: PropertyIndex) -> Iterator[None]:
        members = self._members(index.info)
        for start in range(0, len(members), SLICE):
            self._look_at(index, members[start : start + SLICE])
            yield
        index.is_ready = True
        self._arrange()

    def drop(self, info: IndexInfo) -> None:
        """Remove an index. Plans that still use it get all vertices with the label instead."""
        if self._by_place.pop(_place(info), None) is not None:
            self._arrange()

    def _arrange(self) -> None:
        indexes = list(self._by_place.values())
        self.is_active = bool(indexes)
        self._by_property, self._by_label = {}, {}
        for index in indexes:
            self._by_property.setdefault((index.info.property, index.info.entity == "edge"), []).append(index)
            if index.info.entity == "vertex":
                self._by_label.setdefault(index.info.label, []).append(index)
        self._of_vertices = [index for index in indexes if index.info.entity == "vertex"]
        self._of_edges = [index for index in indexes if index.info.entity == "edge"]
        self._declared = tuple(index.info for index in indexes if index.is_ready)

    def states(self) -> list[IndexState]:
        """Return every index and how it is doing."""
        return [
            IndexState(index.info, "ready" if index.is_ready else "building", index.entries, index.distinct)
            for index in self._by_place.values()
        ]

    # -- keeping them exact -------------------------------------------------------------------------------------------

    def update(self, changes: Iterable[Change]) -> None:
        """Take in what has just happened to the state."""
        touched: dict[PropertyIndex, dict[Cell, None]] = {}
        by_property, by_label = self._by_property, self._by_label
        for cell, key, _ in changes:
            is_edge = type(cell) is EdgeCell
            if type(key) is str:
                concerned: Sequence[PropertyIndex] = by_property.get((key, is_edge), ())
            elif key is not None:
                concerned = by_label.get(key[0], ())
            else:
                concerned = self._of_edges if is_edge else self._of_vertices
            for index in concerned:
                if index in touched:
                    touched[index][cell] = None
                else:
                    touched[index] = {cell: None}
        for index, cells in touched.items():
            self._look_at(index, cells)

    def _look_at(self, index: PropertyIndex, cells: Iterable[Cell]) -> None:
        """File vertices or edges as they are now, or forget them."""
        label = index.info.label
        if index.info.entity == "edge":
            edges = self._state.edges
            for edge in cells:
                belongs = edges.get(edge.id) is edge and edge.type == label
                (index.put if belongs else index.remove)(edge)
            return
        vertices = self._state.vertices
        for cell in cells:
            belongs = label in cell.labels and vertices.get(cell.id) is cell  # type: ignore[union-attr]
            (index.put if belongs else index.remove)(cell)

    # -- look-ups (see `query.indexes.PropertyIndexes`) ---------------------------------------------------------------

    def declared(self) -> Sequence[IndexInfo]:
        """Return the indexes that can be used now."""
        return self._declared

    def equal(self, index: IndexInfo, value: Any) -> Iterable[Any]:
        """Return the vertices or edges whose property equals `value` (which is not null)."""
        found = self._by_place.get(_place(index))
        return self._members(index) if found is None else found.equal(value)

    def between(self, index: IndexInfo, low: Any, high: Any) -> Iterable[Any]:
        """Return the vertices or edges from `low` to `high`, both included; None where there is no bound."""
        found = self._by_place.get(_place(index))
        return self._members(index) if found is None else found.between(low, high)

    def prefix(self, index: IndexInfo, prefix: str) -> Iterable[Any]:
        """Return the vertices or edges whose property is text that starts with `prefix`."""
        found = self._by_place.get(_place(index))
        return self._members(index) if found is None else found.prefix(prefix)

    def ordered(
        self,
        index: IndexInfo,
        sort_key: Callable[[Any], tuple[Any, ...]],
        *,
        is_descending: bool,
        low: Any = None,
        high: Any = None,
    ) -> Iterable[Any]:
        """Return what `between` does, in the order of ORDER BY; without a bound also those without the property."""
        found = self._by_place.get(_place(index))
        if found is not None and low is None and high is None:
            return found.ordered(sort_key, is_descending=is_descending)
        if found is not None and all(bound is None or place_of(bound) is not None for bound in (low, high)):
            return found.between(low, high, is_descending=is_descending)
        members, name = self.between(index, low, high), index.property
        return sorted(members, key=lambda cell: sort_key(cell.properties.get(name)), reverse=is_descending)

    def counts(self, index: IndexInfo) -> tuple[int, int]:
        """Return how many vertices or edges have the property, and how many different values there are."""
        found = self._by_place.get(_place(index))
        return (0, 0) if found is None else (found.entries, found.distinct)

    def _members(self, info: IndexInfo) -> list[Cell]:
        if info.entity == "edge":
            return list(self._state.by_type.get(info.label, ()))
        return list(self._state.by_label.get(info.label, {}).values())


def _place(info: IndexInfo) -> _Place:
    return info.entity, info.label, info.property
