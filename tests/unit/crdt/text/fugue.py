"""FugueMax as its paper defines it: a tree of single elements, kept for good. Slow, and nothing else.

Source: Weidner and Kleppmann, "The Art of the Fugue: Minimizing Interleaving in Collaborative Text Editing" (2023),
algorithm 1 and section 4 (FugueMax: right siblings in the reverse order of their right origins).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cmp_to_key

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.sequence import INSERT


@dataclass(eq=False)
class Node:
    """One element. right_origin: what was right of it when it was inserted (None: the end)."""

    name: tuple[bytes, int]
    event: int
    letter: str
    right_origin: Node | None = None
    left: list[Node] = field(default_factory=list)
    right: list[Node] = field(default_factory=list)
    deleted_by: set[int] = field(default_factory=set)


def fugue_text(document: Document[str]) -> str:
    """Return the text that FugueMax makes of a document's history."""
    graph, log = document.graph, document.log
    root = Node((b"", -1), -1, "")
    for start, end, parents in graph.pieces([(0, graph.size)] if graph.size else []):
        for event in range(start, end):
            version = parents if event == start else (event - 1,)
            seen = {number for first, last in graph.ancestors(version) for number in range(first, last)}
            _, kind, pos, _, letter = log.ops(event, event + 1)[0]
            known = [node for node in _walk(root) if node is root or node.event in seen]
            visible = [node for node in known if node is not root and not node.deleted_by & seen]
            if kind != INSERT:
                visible[pos].deleted_by.add(event)
                continue
            agent, seq = graph.name_of(event)
            node = Node((graph.names[agent], seq), event, letter)
            left = visible[pos - 1] if pos else root
            place = known.index(left) + 1
            right = known[place] if place < len(known) else None
            node.right_origin = right
            if any(child.event in seen for child in left.right):
                assert right is not None
                right.left.append(node)
                right.left.sort(key=lambda child: child.name)
            else:
                left.right.append(node)
                order = {id(other): place for place, other in enumerate(_walk(root))}
                left.right.sort(key=cmp_to_key(lambda a, b, order=order: _compare(a, b, order)))
    return "".join(node.letter for node in _walk(root) if not node.deleted_by)


def _compare(a: Node, b: Node, order: dict[int, int]) -> int:
    """Order of right siblings: the right origin further right comes first, then the name."""
    end = len(order)
    at_a = order[id(a.right_origin)] if a.right_origin else end
    at_b = order[id(b.right_origin)] if b.right_origin else end
    return at_b - at_a or (-1 if a.name < b.name else 1)


def _walk(root: Node) -> list[Node]:
    """All nodes in document order, the root first."""
    result: list[Node] = []
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        if is_ready:
            result.append(node)
            continue
        stack += [(child, False) for child in reversed(node.right)]
        stack.append((node, True))
        stack += [(child, False) for child in reversed(node.left)]
    return result
