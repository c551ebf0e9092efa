"""A set: whether an element is in it is a register, and the newest word on it wins.

Elements are named by their canonical bytes, so 1 and 1.0 are two elements. A removed element keeps the operation that
removed it, until the whole set is reset: its register must go on overruling older additions.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Iterator, Mapping
from itertools import chain

from graphvine.codec.bodies import check_element, element_key, encode_set, read_set
from graphvine.crdt.cells import Leaf
from graphvine.crdt.chores import emptied
from graphvine.crdt.chunks import chunks
from graphvine.crdt.merged import Merged
from graphvine.crdt.ordered import Ordered
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.operation import SET
from graphvine.model.steps import in_one_go, parts
from graphvine.model.values import SCALAR_RANKS, Scalar


def _order(element: Scalar, key: bytes) -> tuple[int, Scalar, bytes]:
    """Sort as Cypher's ORDER BY does."""
    return SCALAR_RANKS[type(element)], element, key


class MergedSet(Merged):
    """The elements that are in, in order."""

    __slots__ = ("_elements", "_orders")

    def __init__(self) -> None:
        super().__init__()
        self._elements: Ordered[Scalar] = Ordered()
        self._orders: dict[bytes, tuple[int, Scalar, bytes]] = {}

    def apply(self, body: bytes, leaf: Leaf) -> None:
        """Add and remove elements. What one body both adds and removes is added."""
        added, removed = read_set(body)
        for key, element in added.items():
            if self.win(key, leaf) and key not in self._orders:
                self._orders[key] = order = _order(element, key)
                self._elements.put(order, element)
        for key in removed:
            if self.win(key, leaf):
                self._take_out(key)

    def _take_out(self, key: bytes) -> None:
        order = self._orders.pop(key, None)
        if order is not None:
            self._elements.remove(order)

    def dropped(self, gone: dict[Hashable, Leaf]) -> None:
        """Take out elements whose additions are overruled."""
        for key in gone:
            self._take_out(key)  # type: ignore[arg-type]

    def let_go(self) -> Iterator[int]:
        """Forget the elements."""
        return chain(self._elements.let_go(), emptied(self._orders))

    def view(self) -> list[Scalar]:
        """Return the elements in order."""
        return self._elements.items(MAX_SHOWN_ENTRIES)

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, element: Scalar) -> bool:
        return element_key(element) in self._orders


def check_elements(elements: Iterable[object]) -> Generator[None, None, dict[bytes, Scalar]]:
    """Return, in steps, what somebody adds to or removes from a set, by what names it; or raise InvalidValue."""
    found: dict[bytes, Scalar] = {}
    for part in parts(elements):
        if found:
            yield
        checked = [check_element("A set", element) for element in part]
        found.update((element_key(element), element) for element in checked)
    return found


class SetEdit:
    """Adds to and removes from a set; the last word on an element counts."""

    kind = SET

    def __init__(self) -> None:
        self.words: dict[bytes, tuple[Scalar, bool]] = {}

    def add(self, elements: Iterable[object]) -> None:
        """Add elements."""
        in_one_go(self.say(in_one_go(check_elements(elements)), is_in=True))

    def discard(self, elements: Iterable[object]) -> None:
        """Remove elements; those that are not in stay out."""
        in_one_go(self.say(in_one_go(check_elements(elements)), is_in=False))

    def say(self, elements: Mapping[bytes, Scalar], *, is_in: bool) -> Generator[None, None, None]:
        """Say, in steps, that what `check_elements` returned is in, or is not."""
        for place, part in enumerate(parts(elements.items())):
            if place:
                yield
            self.words.update((key, (element, is_in)) for key, element in part)

    def bodies(self) -> Iterable[bytes]:
        """Return the bodies; one that only says that the set is there, when nothing was said."""
        if len(self.words) == 1:
            ((element, is_in),) = self.words.values()
            return [encode_set([element], []) if is_in else encode_set([], [element])]
        if not self.words:
            return [encode_set([], [])]
        return (
            encode_set(
                [element for element, is_in in group if is_in], [element for element, is_in in group if not is_in]
            )
            for group in chunks((word, len(key)) for key, word in self.words.items())
        )
