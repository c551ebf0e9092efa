"""Random edits of mergeable values, as people make them through transactions: for stories that a `World` tells."""

from __future__ import annotations

from collections.abc import Callable

from graphvine.crdt.edits import Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.list import ElementIds
from graphvine.editors import CounterEditor, Desk, ListEditor, MapEditor, SetEditor, TextEditor
from graphvine.ports import Rng
from graphvine.store.builder import TransactionBuilder

WORDS = ("a", "bc", "déf", "😀")
# A property for each kind, and one that everybody takes for something else.
NAMES = ("count", "members", "table", "order", "body", "mixed")


def element_ids(rng: Rng) -> ElementIds:
    """Return ids for the list elements and text sessions of one start of a peer."""
    return ElementIds(rng.randrange(2**32).to_bytes(4, "big"))


def edit_shared(rng: Rng, state: GraphState, builder: TransactionBuilder, ids: ElementIds, vertex: str) -> None:
    """Change one mergeable value of a vertex, or of an edge that begins there."""
    desk = Desk(state, builder, ids, lambda: None)
    kind = rng.randrange(5)
    name = NAMES[kind] if rng.random() < 0.8 else NAMES[5]
    _EDITS[kind](rng, desk, _place(rng, state, builder, vertex, name))


def _place(rng: Rng, state: GraphState, builder: TransactionBuilder, vertex: str, name: str) -> Place:
    cell = state.vertices.get(vertex)
    out = {} if cell is None else cell.out
    edges = sorted((edge for members in out.values() for edge in members), key=lambda edge: edge.id)
    if not edges or rng.random() < 0.7:
        return Place(vertex, name)
    edge = edges[rng.randrange(len(edges))]
    if builder.pending_edge(edge.id) is not None or builder.deletes_edge(edge.id):
        return Place(vertex, name)  # it may have other ends by the end of this transaction
    return Place(edge.id, name, Ends(edge.type, edge.source.id, edge.target.id))


def _count(rng: Rng, desk: Desk, place: Place) -> None:
    CounterEditor(desk, place).add(rng.randrange(9) - 4)


def _set(rng: Rng, desk: Desk, place: Place) -> None:
    editor = SetEditor(desk, place)
    (editor.add if rng.random() < 0.6 else editor.discard)(rng.randrange(6))


def _map(rng: Rng, desk: Desk, place: Place) -> None:
    editor, key = MapEditor(desk, place), WORDS[rng.randrange(len(WORDS))]
    if rng.random() < 0.7:
        editor.put({key: rng.randrange(1_000)})
    else:
        editor.remove(key)


def _list(rng: Rng, desk: Desk, place: Place) -> None:
    editor = ListEditor(desk, place)
    length, dice = len(editor.value), rng.randrange(8)
    if dice < 4 or not length:
        editor.insert(rng.randrange(length + 1), *(rng.randrange(100) for _ in range(1 + rng.randrange(3))))
    elif dice < 5:
        editor.replace(rng.randrange(length), rng.randrange(100))
    elif dice < 7:
        editor.move(rng.randrange(length), rng.randrange(length))
    else:
        editor.delete(rng.randrange(length))


def _text(rng: Rng, desk: Desk, place: Place) -> None:
    editor = TextEditor(desk, place)
    length = len(editor)
    at = rng.randrange(length + 1)
    gone = min(rng.randrange(4), length - at) if rng.random() < 0.3 else 0
    editor.replace(at, gone, WORDS[rng.randrange(len(WORDS))])


_EDITS: tuple[Callable[[Rng, Desk, Place], None], ...] = (_count, _set, _map, _list, _text)
