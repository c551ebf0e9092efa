"""Concurrent writes of one property: the newest wins, and the others can still be read.

A write carries `after`: the time of what it replaced, as its writer saw it. The largest `after` among all writes of a
register is its *floor*: whoever wrote that had seen everything up to there. A write that is no winner and newer than
the floor is a *loser*: nobody who wrote since has seen it. Losers are kept in slots by their writer, the newest in
each, so that no register keeps more than `MAX_LOSERS` of them.

Winner, floor and slots are each a maximum over the set of writes (newer than the last delete), so what is kept is a
function of the set: in whatever order writes come, and however often. The write that holds the floor is kept as well,
though it may be no loser. `after` counts for no more than the write's own time, and for nothing where a delete is
newer.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from graphvine.limits import MAX_LOSERS

if TYPE_CHECKING:
    from graphvine.crdt.cells import Leaf


class Rivals(NamedTuple):
    """Writes of one register that are kept beside its owner, oldest first. floor: a hybrid time."""

    kept: tuple[Leaf, ...]
    floor: int

    def losers(self) -> list[Leaf]:
        """Return the writes that nobody has seen who wrote since."""
        return [leaf for leaf in self.kept if time_of(leaf) > self.floor]


class Verdict(NamedTuple):
    """Who owns a register, and who is kept beside it."""

    owner: Leaf
    rivals: Rivals


def time_of(leaf: Leaf) -> int:
    """Return the hybrid time of an operation."""
    return leaf.entry.order[0]


def age(leaf: Leaf) -> tuple[object, ...]:
    """Sort operations from the oldest to the newest."""
    return (*leaf.entry.order, leaf.index)


def judge(writes: Iterable[Leaf], deleted: int) -> Verdict:
    """Decide among the writes of one register. deleted: the time of the last delete, which all are newer than; or 0."""
    ordered = sorted(dict.fromkeys(writes), key=age)
    owner = ordered[-1]
    sighted = max(ordered, key=lambda leaf: (_reach(leaf), age(leaf)))
    floor = max(_reach(sighted), deleted)
    slots = {_slot(leaf): leaf for leaf in ordered[:-1] if time_of(leaf) > floor}
    kept = dict.fromkeys(slots.values())
    if _reach(sighted) > deleted and sighted is not owner:
        kept[sighted] = None
    return Verdict(owner, Rivals(tuple(sorted(kept, key=age)), floor))


def _reach(leaf: Leaf) -> int:
    return min(leaf.after, time_of(leaf))


def _slot(leaf: Leaf) -> int:
    _, author, writer, *_ = leaf.entry.order
    return sha256(author + writer).digest()[0] % MAX_LOSERS
