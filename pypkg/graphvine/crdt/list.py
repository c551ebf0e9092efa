"""A list: each element has three registers, its value, its position, and whether it is gone.

Moving an element writes its position, so two who move one element at once don't double it: the newer move counts.
Deleting wins over replacing and moving. Positions are dense keys (`model.positions`); equal ones, which only writers
that break the rules make, are ordered by the elements' ids.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from operator import itemgetter

from graphvine.codec.bodies import ListBody, Moved, Replaced, Run, check_item, decode_list, encode_list, pack
from graphvine.crdt.cells import Leaf
from graphvine.crdt.chunks import chunks
from graphvine.crdt.merged import Merged
from graphvine.crdt.ordered import Ordered
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.operation import LIST
from graphvine.model.positions import between, run, shifted, spread
from graphvine.model.values import Scalar

# A register is ``4 * id + part``.
_VALUE, _POSITION, _GONE = 0, 1, 2
_PARTS = 4

Place = tuple[bytes, int]  # position, id
Word = Run | Replaced | Moved | int  # an int is the id of a deleted element


class MergedList(Merged):
    """The elements in their order.

    order: what readers see, by (position, id).
    """

    __slots__ = ("_gone", "_places", "_positions", "_values", "order")

    def __init__(self) -> None:
        super().__init__()
        self.order: Ordered[Scalar] = Ordered()
        self._values: dict[int, Scalar] = {}
        self._positions: dict[int, bytes] = {}
        self._gone: dict[int, None] = {}
        self._places: dict[int, Place] = {}  # of the elements in `order`

    def apply(self, body: bytes, leaf: Leaf) -> None:
        """Insert, replace, move and delete elements."""
        runs, replaced, moved, deleted = decode_list(body)
        for inserted in runs:
            positions = run(inserted.position, len(inserted.elements))
            for id_, (position, element) in enumerate(zip(positions, inserted.elements, strict=True), inserted.id):
                self._write_value(id_, element, leaf)
                self._write_position(id_, position, leaf)
                self._show(id_)
        for id_, element in replaced:
            self._write_value(id_, element, leaf)
            self._show(id_)
        for id_, position in moved:
            self._write_position(id_, position, leaf)
            self._show(id_)
        for id_ in deleted:
            if self.win(_PARTS * id_ + _GONE, leaf):
                self._gone[id_] = None
                self._show(id_)

    def _write_value(self, id_: int, element: Scalar, leaf: Leaf) -> None:
        if self.win(_PARTS * id_ + _VALUE, leaf):
            self._values[id_] = element

    def _write_position(self, id_: int, position: bytes, leaf: Leaf) -> None:
        if self.win(_PARTS * id_ + _POSITION, leaf):
            self._positions[id_] = position

    def _show(self, id_: int) -> None:
        """Let `order` have the element where its registers say."""
        place: Place | None = None
        if id_ in self._values and id_ in self._positions and id_ not in self._gone:
            place = self._positions[id_], id_
        before = self._places.get(id_)
        if before is not None and before != place:
            self.order.remove(before)
            del self._places[id_]
        if place is not None:
            self._places[id_] = place
            self.order.put(place, self._values[id_])

    def dropped(self, gone: dict[Hashable, Leaf]) -> None:
        """Forget registers of elements; what has no value or no position any more is not seen."""
        parts: dict[int, dict[int, object]] = {_VALUE: self._values, _POSITION: self._positions, _GONE: self._gone}  # type: ignore[dict-item]
        touched: dict[int, None] = {}
        for key in gone:
            id_, part = divmod(key, _PARTS)  # type: ignore[operator]
            parts[part].pop(id_, None)
            touched[id_] = None
        for id_ in touched:
            self._show(id_)

    def view(self) -> list[Scalar]:
        """Return the elements in order."""
        return self.order.items(MAX_SHOWN_ENTRIES)


class ElementIds:
    """Mints ids of elements: random in their upper half (once for each open graph), counted in their lower half.

    So ids never meet, and of two elements at one place of one writer the one made first stands first. tag: the upper
    half, which positions carry too.
    """

    def __init__(self, tag: bytes) -> None:
        self.tag = tag
        self._next = 0

    def take(self, count: int) -> int:
        """Return the first of `count` new ids."""
        first = int.from_bytes(self.tag, "big") << 32 | self._next & 0xFFFF_FFFF
        self._next += count
        return first


class ListEdit:
    """Edits of a list, made on a copy of its order. base: the list as it is, or None."""

    kind = LIST

    def __init__(self, base: MergedList | None, ids: ElementIds) -> None:
        self._ids = ids
        self.places: list[Place] = [] if base is None else base.order.keys()
        self.elements: list[Scalar] = [] if base is None else base.order.items()
        self._new: dict[int, tuple[bytes, Scalar]] = {}
        self._replaced: dict[int, Scalar] = {}
        self._moved: dict[int, bytes] = {}
        self._deleted: dict[int, None] = {}
        self._is_begun = False

    def insert(self, index: int, elements: Iterable[object]) -> None:
        """Insert elements before the one at `index`; at the end when it is the length."""
        checked = [check_item("A list", element) for element in elements]
        index = self._index(index, len(self.elements) + 1)
        if len(self.elements) + len(checked) > MAX_SHOWN_ENTRIES:
            raise TooLarge("A list", len(self.elements) + len(checked), MAX_SHOWN_ENTRIES, "elements")
        self._is_begun = True
        if not checked:
            return
        positions = list(run(self._room(index, len(checked)), len(checked)))
        first = self._ids.take(len(checked))
        ids = range(first, first + len(checked))
        self.places[index:index] = zip(positions, ids, strict=True)
        self.elements[index:index] = checked
        self._new.update(zip(ids, zip(positions, checked, strict=True), strict=True))

    def replace(self, index: int, element: object) -> None:
        """Write another value into an element."""
        checked = check_item("A list", element)
        index = self._index(index, len(self.elements))
        self._is_begun = True
        self.elements[index] = checked
        position, id_ = self.places[index]
        if id_ in self._new:
            self._new[id_] = position, checked
        else:
            self._replaced[id_] = checked

    def delete(self, index: int, count: int = 1) -> None:
        """Delete elements from `index` on."""
        if count < 1:
            raise InvalidValue(f"How many elements to delete must be 1 or more, not {count!r}.")
        index = self._index(index, len(self.elements))
        self._index(index + count - 1, len(self.elements))
        self._is_begun = True
        for _, id_ in self.places[index : index + count]:
            self._replaced.pop(id_, None)
            self._moved.pop(id_, None)
            if id_ in self._new:
                del self._new[id_]
            else:
                self._deleted[id_] = None
        del self.places[index : index + count], self.elements[index : index + count]

    def move(self, index: int, to: int) -> None:
        """Move an element so that it stands at index `to` afterwards."""
        index = self._index(index, len(self.elements))
        to = self._index(to, len(self.elements))
        self._is_begun = True
        if index == to:
            return
        element, (_, id_) = self.elements.pop(index), self.places.pop(index)
        position = self._room(to, 1)
        self.places.insert(to, (position, id_))
        self.elements.insert(to, element)
        self._say_position(id_, position)

    def _say_position(self, id_: int, position: bytes) -> None:
        if id_ in self._new:
            self._new[id_] = position, self._new[id_][1]
        else:
            self._moved[id_] = position

    def _room(self, index: int, count: int) -> bytes:
        """Return a position for `count` elements before the one at `index`. Spreads the list when there is none."""
        for _ in range(2):
            left = self.places[index - 1][0] if index else None
            right = self.places[index][0] if index < len(self.places) else None
            position = between(left, right, self._ids.tag, count)
            if position is not None:
                return position
            self._spread()
        raise AssertionError("a list that is spread out has room everywhere")

    def _spread(self) -> None:
        positions = spread(len(self.places), self._ids.tag)
        self.places = [(position, id_) for position, (_, id_) in zip(positions, self.places, strict=True)]
        for position, id_ in self.places:
            self._say_position(id_, position)

    def _index(self, index: int, length: int) -> int:
        if type(index) is not int:
            raise InvalidValue(f"An index of a list must be an integer, not {index!r}.")
        if not -length <= index < length:
            raise InvalidValue(f"There is no index {index} in this list: it has {len(self.elements)} elements.")
        return index % length

    def bodies(self) -> list[bytes]:
        """Return the bodies; one that only says that the list is there, when nothing else was said."""
        if not self._is_begun:
            return []  # every verb failed
        groups = list(chunks(self._words())) or [[]]
        return [encode_list(_body(group)) for group in groups]

    def _words(self) -> Iterator[tuple[Word, int]]:
        for id_, (position, element) in sorted(self._new.items(), key=itemgetter(1, 0)):
            yield Run(id_, position, [element]), len(pack(element)) + 12
        for id_, element in self._replaced.items():
            yield Replaced(id_, element), len(pack(element)) + 9
        for id_, position in self._moved.items():
            yield Moved(id_, position), len(position) + 9
        for id_ in self._deleted:
            yield id_, 9


def _body(words: list[Word]) -> ListBody:
    runs: list[Run] = []
    for word in words:
        if isinstance(word, Run):
            if runs and _continues(runs[-1], word):
                runs[-1].elements.extend(word.elements)
            else:
                runs.append(word)
    return ListBody(
        runs,
        [word for word in words if isinstance(word, Replaced)],
        [word for word in words if isinstance(word, Moved)],
        [word for word in words if isinstance(word, int)],
    )


def _continues(before: Run, word: Run) -> bool:
    count = len(before.elements)
    return word.id == before.id + count and word.position == shifted(before.position, count)
