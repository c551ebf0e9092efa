"""Operations that are overruled are hidden; one transaction seen twice may show more at the second sight."""

from __future__ import annotations

from collections.abc import Iterator

from graphvine.crdt.cells import Entry
from graphvine.crypto.hidden import HiddenTree
from graphvine.crypto.merkle import leaf_hash
from graphvine.model.transaction import TREE_FANOUT, Hidden, VerifiedTransaction


def hide_overruled(entry: Entry) -> Iterator[int]:
    """Replace the bytes of overruled operations by hashes, one by one; yield how many bytes. Their places stay."""
    transaction = entry.transaction
    leaves, hidden = transaction.leaves, transaction.hidden
    if transaction.positions is None:
        transaction.positions = list(range(transaction.header.count))
    if not isinstance(hidden, HiddenTree):
        hidden = transaction.hidden = HiddenTree(transaction.header.count, hidden)
    overruled, entry.overruled = entry.overruled, []
    for place in overruled:
        leaf = leaves[place]
        if leaf:
            hidden.hide(transaction.positions[place], leaf_hash(leaf))
            leaves[place] = b""
            entry.shown -= 1
        yield len(leaf)


def fresh_operations(entry: Entry, seen: VerifiedTransaction) -> dict[int, bytes]:
    """Return the operations, by index, that `seen` shows and `entry` has never seen.

    What we saw and know to be overruled is not fresh.
    """
    ours = entry.transaction
    if ours.positions is None:
        return {}
    known = set(ours.positions)
    return {index: leaf for index, leaf in _shown(seen) if index not in known}


def reveal(entry: Entry, seen: VerifiedTransaction) -> list[int]:
    """Add the fresh operations of `seen` to `entry`. Return their places, to be applied."""
    ours = entry.transaction
    fresh = fresh_operations(entry, seen)
    first = len(ours.leaves)
    hidden = _still_hidden(ours, seen, fresh)
    ours.positions = [*(ours.positions or ()), *fresh]
    ours.leaves = [*ours.leaves, *fresh.values()]
    ours.hidden = HiddenTree(ours.header.count, hidden)
    return list(range(first, len(ours.leaves)))


def _shown(seen: VerifiedTransaction) -> list[tuple[int, bytes]]:
    positions = seen.positions if seen.positions is not None else range(seen.header.count)
    return [(index, leaf) for index, leaf in zip(positions, seen.leaves, strict=True) if leaf]


def _still_hidden(ours: VerifiedTransaction, seen: VerifiedTransaction, fresh: dict[int, bytes]) -> list[Hidden]:
    """Break up each of our hidden subtrees that holds a fresh operation into what `seen` knows of it."""
    kept: list[Hidden] = []
    for node in ours.hidden:
        start, end = _span(node)
        if not any(start <= index < end for index in fresh):
            kept.append(node)
            continue
        parts = [part for part in seen.hidden if start <= _span(part)[0] and _span(part)[1] <= end]
        parts += [
            Hidden(0, index, leaf_hash(leaf))
            for index, leaf in _shown(seen)
            if start <= index < end and index not in fresh
        ]
        kept += sorted(parts, key=lambda part: _span(part)[0])
    return kept


def _span(node: Hidden) -> tuple[int, int]:
    size = TREE_FANOUT**node.level
    return node.index * size, (node.index + 1) * size
