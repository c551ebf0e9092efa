"""A set: whether an element is in it is a register, and the newest word on it wins.

Elements are named by their canonical bytes, so 1 and 1.0 are two elements. A removed element keeps the operation that
removed it, until the whole set is reset: its register must go on overruling older additions.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from graphvine.codec.bodies import are_simple, check_element, element_key, encode_set, pack, read_set
from graphvine.crdt.cells import Leaf
from graphvine.crdt.chores import emptied
from graphvine.crdt.chunks import chunks
from graphvine.crdt.edits import PutOff
from graphvine.crdt.merged import Merged
from graphvine.crdt.ordered import Ordered
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.operation import SET
from graphvine.model.steps import PART, in_one_go, parts
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


# What somebody says about: elements by what names them, or many simple ones, whose names are found out later.
Checked = Mapping[bytes, Scalar] | Sequence[Scalar]


def check_elements(elements: Collection[object]) -> Generator[None, None, Checked]:
    """Return, in steps, what somebody adds to or removes from a set, or raise InvalidValue."""
    if len(elements) > PART and are_simple(elements):
        return list(elements)  # type: ignore[arg-type]
    return (yield from name_elements(elements))


def name_elements(elements: Iterable[object]) -> Generator[None, None, dict[bytes, Scalar]]:
    """Return, in steps, elements by what names them, or raise InvalidValue."""
    found: dict[bytes, Scalar] = {}
    for part in parts(elements):
        if found:
            yield
        checked = [check_element("A set", element) for element in part]
        found.update((element_key(element), element) for element in checked)
    return found


class SetEdit(PutOff):
    """Adds to and removes from a set; the last word on an element counts."""

    kind = SET

    def __init__(self) -> None:
        super().__init__()
        self._words: dict[bytes, tuple[Scalar, bool]] = {}

    @property
    def words(self) -> dict[bytes, tuple[Scalar, bool]]:
        """The last word on each element: itself, and whether it is in."""
        in_one_go(self.settle())
        return self._words

    def add(self, elements: Collection[object]) -> None:
        """Add elements."""
        self.say(in_one_go(check_elements(elements)), is_in=True)

    def discard(self, elements: Collection[object]) -> None:
        """Remove elements; those that are not in stay out."""
        self.say(in_one_go(check_elements(elements)), is_in=False)

    def say(self, elements: Checked, *, is_in: bool) -> None:
        """Say that what `check_elements` returned is in, or is not."""
        self.do_or_put_off(self._say(elements, is_in), len(elements))

    def _say(self, elements: Checked, is_in: bool) -> Generator[None, None, None]:
        named = elements.items() if isinstance(elements, Mapping) else ((pack(each), each) for each in elements)
        for place, part in enumerate(parts(named)):
            if place:
                yield
            self._words.update((key, (element, is_in)) for key, element in part)

    def bodies(self) -> Iterable[bytes]:
        """Return the bodies; one that only says that the set is there, when nothing was said."""
        words = self.words
        if len(words) == 1:
            ((element, is_in),) = words.values()
            return [encode_set([element], []) if is_in else encode_set([], [element])]
        if not words:
            return [encode_set([], [])]
        return (
            encode_set(
                [element for element, is_in in group if is_in], [element for element, is_in in group if not is_in]
            )
            for group in chunks((word, len(key)) for key, word in words.items())
        )
