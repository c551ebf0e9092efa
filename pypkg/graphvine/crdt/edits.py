"""What one transaction of ours will say about one mergeable value, before it is said.

Edits fold: adding 1 and then 2 to a counter is one operation. A plain write of the property in the same transaction,
after them, takes them back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import NamedTuple, Protocol

from graphvine.model.operation import Merge, MergeVertex
from graphvine.model.steps import PART, in_one_go


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


class PutOff:
    """Edits that put off what takes long: it was checked when the verb was called, and is done in steps at the end.

    Whoever looks earlier does it at once. waits: there is something; verbs that come now queue up behind it.
    """

    def __init__(self) -> None:
        self._put_off: list[Generator[None, None, None]] = []

    @property
    def waits(self) -> bool:
        """Whether something was put off."""
        return bool(self._put_off)

    def do_or_put_off(self, work: Generator[None, None, None], size: int) -> None:
        """Do work at once, unless it is large or something waits. size: how many values it is about."""
        if size > PART or self._put_off:
            self._put_off.append(work)
        else:
            in_one_go(work)

    def settle(self) -> Generator[None, None, None]:
        """Do, in steps, what was put off."""
        while self._put_off:
            work = self._put_off[0]
            yield from work  # who looks meanwhile does the rest of it
            if self._put_off and self._put_off[0] is work:
                del self._put_off[0]
            if self._put_off:
                yield
