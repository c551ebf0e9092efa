"""What the engine asks of property indexes, and what it says about declaring them. The store keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class IndexInfo(NamedTuple):
    """A declared index: one property of the vertices with one label."""

    name: str
    label: str
    property: str


class PropertyIndexes(Protocol):
    """Look-ups by property. Vertices come from the committed state; more than asked for may come, never less."""

    def declared(self) -> Sequence[IndexInfo]:
        """Return the indexes that can be used now."""

    def equal(self, label: str, property_: str, value: Any) -> Iterable[Any]:
        """Return the vertices whose property equals `value` (which is not null)."""

    def between(self, label: str, property_: str, low: Any, high: Any) -> Iterable[Any]:
        """Return the vertices from `low` to `high`, both included; None where there is no bound."""

    def prefix(self, label: str, property_: str, prefix: str) -> Iterable[Any]:
        """Return the vertices whose property is text that starts with `prefix`."""

    def selectivity(self, label: str, property_: str) -> float:
        """Return how many vertices one value has on average."""


class NoIndexes:
    """No index is declared."""

    def declared(self) -> Sequence[IndexInfo]:
        """Return nothing."""
        return ()

    def equal(self, label: str, property_: str, value: Any) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def between(self, label: str, property_: str, low: Any, high: Any) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def prefix(self, label: str, property_: str, prefix: str) -> Iterable[Any]:
        """Return nothing."""
        return ()

    def selectivity(self, label: str, property_: str) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True, slots=True)
class IndexCommand:
    """An effect: the caller declares or drops an index. kind: CREATE or DROP. is_lenient: IF (NOT) EXISTS was said."""

    kind: str
    index: IndexInfo
    is_lenient: bool
