"""The overruled operations of one transaction: hashes of the fewest, largest subtrees that hold nothing else.

Hiding one more costs a few hashes, however many are hidden: a large import that is overwritten row by row must not
pay for its size at each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from graphvine.crypto.merkle import node_hash
from graphvine.model.transaction import TREE_FANOUT, Hidden

_MASK = (1 << 256) - 1
# A subtree's key is its index in the upper bits and its level in the lower ones; 16^7 operations are enough.
_LEVEL_BITS = 3
_LEVEL = (1 << _LEVEL_BITS) - 1


class HiddenTree:
    """Hidden subtrees of a transaction of `count` operations. Iterating gives them in order, as the wire has them."""

    __slots__ = ("_changed", "_count", "_nodes", "_sum")

    def __init__(self, count: int, hidden: Iterable[Hidden] = ()) -> None:
        self._count = count
        self._nodes: dict[int, bytes] = {}
        self._sum = 0
        # Subtrees that came (True) and went since `term` was last asked.
        self._changed: dict[int, bool] | None = None
        for node in hidden:
            self._add(node.level, node.index, node.hash)

    def hide(self, index: int, hash_: bytes) -> None:
        """Hide an operation that is not hidden yet. hash_: of its leaf."""
        self._add(0, index, hash_)

    def _add(self, level: int, index: int, hash_: bytes) -> None:
        nodes = self._nodes
        changed = self._changed = {} if self._changed is None else self._changed
        width = -(-self._count // TREE_FANOUT**level)
        while True:
            key = index << _LEVEL_BITS | level
            nodes[key] = hash_
            first = index - index % TREE_FANOUT
            end = min(first + TREE_FANOUT, width)
            family = range(first << _LEVEL_BITS | level, end << _LEVEL_BITS, 1 << _LEVEL_BITS)
            if width == 1 or not all(map(nodes.__contains__, family)):
                changed[key] = True
                return
            for each in family:
                if each != key and not changed.pop(each, False):
                    changed[each] = False
            hash_ = node_hash(map(nodes.pop, family))
            level, index, width = level + 1, index // TREE_FANOUT, -(-width // TREE_FANOUT)

    def term(self) -> int:
        """Return a number that stands for what is hidden: equal sets of operations, equal numbers."""
        for key, is_here in (self._changed or {}).items():
            name = b"%d/%d" % (key & _LEVEL, key >> _LEVEL_BITS)
            weight = int.from_bytes(sha256(name).digest(), "big")
            self._sum += weight if is_here else -weight
        self._changed = None
        self._sum &= _MASK
        return self._sum

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Hidden) and self._nodes.get(node.index << _LEVEL_BITS | node.level) == node.hash

    def __iter__(self) -> Iterator[Hidden]:
        found = [(key >> _LEVEL_BITS, key & _LEVEL, hash_) for key, hash_ in self._nodes.items()]
        for index, level, hash_ in sorted(found, key=lambda node: node[0] * TREE_FANOUT ** node[1]):
            yield Hidden(level, index, hash_)
