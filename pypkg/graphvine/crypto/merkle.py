"""The Merkle tree of a transaction: 16 children a node, SHA-256, leaves and inner nodes kept apart by a first byte.

A node at level k covers 16^k operations; the last node of a level may cover fewer. The root of `count` operations is
the single node of the lowest level that has one. Any subtree may be given by its hash alone (`Hidden`).

Source: the second-preimage rules of RFC 6962, section 2.1, with a wider tree.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from hashlib import sha256

from graphvine.errors import MalformedMessage
from graphvine.model.steps import in_one_go
from graphvine.model.transaction import TREE_FANOUT, Hidden

_LEAF = b"\0"
_NODE = b"\1"
# Inner nodes that are hashed between two chances for the caller to let others run: a few milliseconds in a tab.
SLICE = 1_000


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one encoded operation."""
    return sha256(_LEAF + leaf).digest()


def node_hash(children: Iterable[bytes]) -> bytes:
    """Return the hash of an inner node."""
    return sha256(_NODE + b"".join(children)).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over encoded operations (at least one)."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    return root_over([sha256(_LEAF + leaf).digest() for leaf in leaves])


def root_over(hashes: list[bytes]) -> bytes:
    """Return the root over the hashes of operations (at least one)."""
    return in_one_go(root_steps(hashes))


def root_steps(hashes: list[bytes]) -> Generator[None, None, bytes]:
    """Do what `root_over` does, in slices of at most `SLICE` nodes."""
    work = 0
    while len(hashes) > 1:
        above: list[bytes] = []
        for start in range(0, len(hashes), TREE_FANOUT):
            above.append(node_hash(hashes[start : start + TREE_FANOUT]))
            work += 1
            if work == SLICE:
                work = 0
                yield
        hashes = above
    return hashes[0]


def root_with_hidden(hashes: Sequence[bytes], hidden: Sequence[Hidden], count: int) -> tuple[bytes, list[int]]:
    """Return the root, and the index among all `count` operations of each that is there. hashes: of those.

    Raises MalformedMessage unless leaves and hidden subtrees together are exactly one tree of `count` operations.
    """
    positions = visible_positions(hidden, count)
    if len(positions) != len(hashes):
        raise MalformedMessage(f"{len(hashes)} operations where {len(positions)} belong")
    known: dict[int, dict[int, bytes]] = {0: dict(zip(positions, hashes, strict=True))}
    for node in hidden:
        known.setdefault(node.level, {})[node.index] = node.hash
    level, width = 0, count
    while width > 1:
        below = known.get(level, {})
        above = known.setdefault(level + 1, {})
        for parent in sorted({index // TREE_FANOUT for index in below}):
            start = parent * TREE_FANOUT
            children = [below.get(index) for index in range(start, min(start + TREE_FANOUT, width))]
            above[parent] = node_hash(child or b"" for child in children)
        level, width = level + 1, -(-width // TREE_FANOUT)
    return known[level][0], positions


def visible_positions(hidden: Sequence[Hidden], count: int) -> list[int]:
    """Return the operations that no hidden subtree covers; MalformedMessage if these overlap or are mixed up."""
    positions: list[int] = []
    reached = 0
    top = _height(count)
    for node in hidden:
        size = TREE_FANOUT**node.level if 0 <= node.level <= top else 0
        start = node.index * size
        if not size or start < reached or start >= count:
            raise MalformedMessage("hidden operations that overlap, go backwards or lie outside the transaction")
        positions += range(reached, start)
        reached = min(start + size, count)
    positions += range(reached, count)
    return positions


def _height(count: int) -> int:
    """Return the level of the root."""
    level = 0
    while count > 1:
        level, count = level + 1, -(-count // TREE_FANOUT)
    return level
