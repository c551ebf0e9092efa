"""What one transaction of ours will say about one mergeable value, before it is said.

Edits fold: adding 1 and then 2 to a counter is one operation. A plain write of the property in the same transaction,
after them, takes them back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from graphvine.model.operation import Merge, MergeVertex


class Ends(NamedTuple):
    """What an edge is, besides its id."""

    type: str
    source: str
    target: str


class Place(NamedTuple):
    """Where a mergeable value is: a property of a vertex, or (with `ends`) of an edge."""

    id: str
    name: str
    ends: Ends | None = None


def place_of(operation: Merge) -> Place:
    """Return the place that a merge operation is about."""
    if isinstance(operation, MergeVertex):
        return Place(operation.id, operation.name)
    return Place(operation.id, operation.name, Ends(operation.type, operation.source, operation.target))


class Edit(Protocol):
    """The edits of one transaction to one value. kind: of `model.operation`."""

    kind: int

    def bodies(self) -> Iterable[bytes]:
        """Return the bodies of the merge operations to write, each within `limits.MAX_MERGE_BYTES`.

        Large edits make them one by one, as they are asked for.
        """
