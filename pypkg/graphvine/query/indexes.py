"""What the engine asks of property indexes, and what it says about declaring them. The store keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphvine.model.index import IndexInfo as IndexInfo
from graphvine.model.index import IndexState

SortKey = Callable[[Any], tuple[Any, ...]]


class PropertyIndexes(Protocol):
    """Look-ups by property. They give vertices or edges of the committed state; more than asked for may come, never
    less. They stay right when the index is dropped meanwhile.
    """

    def declared(self) -> Sequence[IndexInfo]:
        """Return the indexes that can be used now."""

    def states(self) -> Sequence[IndexState]:
        """Return every index, those that are being built too."""

    def equal(self, index: IndexInfo, value: Any) -> Iterable[Any]:
        """Return those whose property equals `value` (which is not null)."""

    def between(self, index: IndexInfo, low: Any, high: Any) -> Iterable[Any]:
        """Return those from `low` to `high`, both included, in order; None where there is no bound."""

    def prefix(self, index: IndexInfo, prefix: str) -> Iterable[Any]:
        """Return those whose property is text that starts with `prefix`."""

    def ordered(
        self, index: IndexInfo, sort_key: SortKey, *, is_descending: bool, low: Any = None, high: Any = None
    ) -> Iterable[Any]:
        """Return what `between` does, in the order of ORDER BY.

        Without any bound that is all with the label, those without the property too.
        """

    def counts(self, index: IndexInfo) -> tuple[int, int]:
        """Return how many have the property, and how many different values there are."""


class NoIndexes:
    """No index is declared."""

    def declared(self) -> Sequence[IndexInfo]:
        """Return nothing."""
        return ()

    def states(self) -> Sequence[IndexState]:
        """Return nothing."""
        return ()

    def equal(self, index: IndexInfo, value: Any) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def between(self, index: IndexInfo, low: Any, high: Any) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def prefix(self, index: IndexInfo, prefix: str) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def ordered(
        self, index: IndexInfo, sort_key: SortKey, *, is_descending: bool, low: Any = None, high: Any = None
    ) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def counts(self, index: IndexInfo) -> tuple[int, int]:
        """Return nothing."""
        return 0, 0


@dataclass(frozen=True, slots=True)
class IndexCommand:
    """An effect: the caller declares or drops an index. kind: CREATE or DROP. is_lenient: IF (NOT) EXISTS was said."""

    kind: str
    index: IndexInfo
    is_lenient: bool
