"""A list: each element has three registers, its value, its position, and whether it is gone.

Moving an element writes its position, so two who move one element at once don't double it: the newer move counts.
Deleting wins over replacing and moving. Positions are dense keys (`model.positions`); equal ones, which only writers
that break the rules make, are ordered by the elements' ids.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Hashable, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter

from graphvine.codec.bodies import ListBody, Moved, Replaced, Run, are_simple, check_item, encode_list, pack, read_list
from graphvine.crdt.cells import Leaf
from graphvine.crdt.chores import emptied
from graphvine.crdt.chunks import chunks
from graphvine.crdt.edits import PutOff
from graphvine.crdt.merged import Merged
from graphvine.crdt.ordered import Ordered
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.operation import LIST
from graphvine.model.positions import between, run, shifted, spread
from graphvine.model.steps import PART, in_one_go, parts
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
        said = read_list(body)
        for first, position, elements in said.runs:
            if len(elements) == 1:
                self._insert(first, position, elements[0], leaf)
            else:
                for id_, (at, element) in enumerate(zip(run(position, len(elements)), elements, strict=True), first):
                    self._insert(id_, at, element, leaf)
        for id_, element in said.replaced:
            if self.win(_PARTS * id_ + _VALUE, leaf):
                self._values[id_] = element
                self._show(id_)
        for id_, position in said.moved:
            if self.win(_PARTS * id_ + _POSITION, leaf):
                self._positions[id_] = position
                self._show(id_)
        for id_ in said.deleted:
            if self.win(_PARTS * id_ + _GONE, leaf):
                self._gone[id_] = None
                self._show(id_)

    def _insert(self, id_: int, position: bytes, element: Scalar, leaf: Leaf) -> None:
        owners, key = self.owners, _PARTS * id_
        if key in owners or key + _POSITION in owners or key + _GONE in owners:
            if self.win(key + _VALUE, leaf):
                self._values[id_] = element
            if self.win(key + _POSITION, leaf):
                self._positions[id_] = position
            self._show(id_)
            return
        owners[key] = owners[key + _POSITION] = leaf  # nobody said anything about it before
        leaf.holds += 2
        self._values[id_] = element
        self._positions[id_] = position
        self._places[id_] = place = (position, id_)
        self.order.put(place, element)

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

    def place_of(self, id_: int) -> Place | None:
        """Return where an element stands, if readers see it."""
        return self._places.get(id_)

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

    def let_go(self) -> Iterator[int]:
        """Forget the elements."""
        tables = (self._places, self._positions, self._values, self._gone)
        return chain(self.order.let_go(), emptied(*tables))

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


class ListEdit(PutOff):
    """Edits of a list. base: the list as it is, or None.

    The first edit, which mostly is the only one, looks up its few places in the list itself; what needs more is made
    on a copy. What is about very many elements is put off, and so are the verbs behind it: see `PutOff`.
    """

    kind = LIST

    def __init__(self, base: MergedList | None, ids: ElementIds) -> None:
        super().__init__()
        self._ids = ids
        self._base = base
        self._length = 0  # of the list as it will be; while something waits
        self._copied: tuple[list[Place], list[Scalar]] | None = ([], []) if base is None else None
        self._new: dict[int, tuple[bytes, Scalar]] = {}
        self._replaced: dict[int, Scalar] = {}
        self._moved: dict[int, bytes] = {}
        self._deleted: dict[int, None] = {}
        self._is_begun = False

    def insert(self, index: int, elements: Iterable[object]) -> None:
        """Insert elements before the one at `index`; at the end when it is the length."""
        in_one_go(self.insert_steps(index, list(elements)))

    def append(self, elements: Iterable[object]) -> None:
        """Insert elements at the end."""
        in_one_go(self.insert_steps(None, list(elements)))

    def insert_steps(self, at: int | None, elements: Sequence[object]) -> Generator[None, None, None]:
        """Insert elements in steps: before the one that is at index `at` now; at the end when it is None."""
        count = len(elements)
        if count == 1:  # what people type
            elements = [check_item("A list", elements[0])]
        size = self._begin()
        index = size if at is None else self._index(at, size + 1)
        if size + count > MAX_SHOWN_ENTRIES:
            raise TooLarge("A list", size + count, MAX_SHOWN_ENTRIES, "elements")
        if not elements:
            self._is_begun = True
            return
        # Others may change the list during the steps.
        position = None if self.waits else self._room(index, count)
        checked = yield from _checked(elements)
        self._is_begun = True
        work = self._insert_later(index, checked) if position is None else self._insert(position, checked)
        self._do(work, count, size + count)

    def _insert_later(self, index: int, checked: Sequence[Scalar]) -> Generator[None, None, None]:
        yield from self._insert(self._room(index, len(checked)), checked)

    def _insert(self, position: bytes, checked: Sequence[Scalar]) -> Generator[None, None, None]:
        first = self._ids.take(len(checked))
        found = zip(run(position, len(checked)), checked, strict=True)
        places: list[Place] = []
        for new in parts(zip(range(first, first + len(checked)), found, strict=True)):
            if places:
                yield
            self._new.update(new)
            places += [(position, id_) for id_, (position, _) in new]
        if self._copied is not None:
            index = bisect_left(self._copied[0], places[0])
            self._copied[0][index:index] = places
            self._copied[1][index:index] = checked

    def _do(self, work: Generator[None, None, None], count: int, length: int) -> None:
        """Do what a verb says about `count` elements, or put it off. length: of the list afterwards."""
        self._is_begun = True
        self._length = length
        self.do_or_put_off(work, count)

    def replace(self, index: int, element: object) -> None:
        """Write another value into an element."""
        checked = check_item("A list", element)
        size = self._begin()
        self._do(self._replace(self._index(index, size), checked), 1, size)

    def _replace(self, index: int, checked: Scalar) -> Generator[None, None, None]:
        position, id_ = self._place(index)
        if self._copied is not None:
            self._copied[1][index] = checked
        if id_ in self._new:
            self._new[id_] = position, checked
        else:
            self._replaced[id_] = checked
        yield from ()

    def delete(self, index: int, count: int = 1) -> None:
        """Delete elements from `index` on."""
        if count < 1:
            raise InvalidValue(f"How many elements to delete must be 1 or more, not {count!r}.")
        size = self._begin()
        index = self._index(index, size)
        self._index(index + count - 1, size)
        if count > 1:
            self._lists()  # what is deleted is what is there now
        self._do(self._delete(index, count), count, size - count)

    def _delete(self, index: int, count: int) -> Generator[None, None, None]:
        gone = [self._place(index)] if count == 1 else self._lists()[0][index : index + count]
        if self._copied is not None:
            del self._copied[0][index : index + count], self._copied[1][index : index + count]
        for place, part in enumerate(parts(gone)):
            if place:
                yield
            for _, id_ in part:
                self._replaced.pop(id_, None)
                self._moved.pop(id_, None)
                if id_ in self._new:
                    del self._new[id_]
                else:
                    self._deleted[id_] = None

    def move(self, index: int, to: int) -> None:
        """Move an element so that it stands at index `to` afterwards."""
        size = self._begin()
        index, to = self._index(index, size), self._index(to, size)
        self._do(self._move(index, to), 1, size)

    def _move(self, index: int, to: int) -> Generator[None, None, None]:
        if index != to:
            # Where it goes, while it still stands where it is.
            gap = to if to < index else to + 1
            position, (_, id_) = self._room(gap, 1), self._place(index)
            if self._copied is not None:
                places, elements = self._copied
                element, _ = elements.pop(index), places.pop(index)
                places.insert(to, (position, id_))
                elements.insert(to, element)
            self._say_position(id_, position)
        yield from ()

    def _begin(self) -> int:
        """Return the length of the list, for one more edit. All but the first need a copy."""
        if self._is_begun:
            self._lists()
        return self._length if self.waits else self._size()

    def _size(self) -> int:
        if self._base is not None and self._copied is None:
            return len(self._base.order)
        return len(self._lists()[0])

    def _place(self, index: int) -> Place:
        if self._base is not None and self._copied is None:
            place: Place = self._base.order.key_at(index)
            return place
        return self._lists()[0][index]

    @property
    def places(self) -> list[Place]:
        """Where the elements stand, in order, as the edits leave them."""
        in_one_go(self.settle())
        return self._lists()[0]

    @property
    def elements(self) -> list[Scalar]:
        """The elements in order, as the edits leave them."""
        in_one_go(self.settle())
        return self._lists()[1]

    def _lists(self) -> tuple[list[Place], list[Scalar]]:
        """Return places and elements without what waits."""
        if self._copied is None:
            self._copied = self._copy()
        return self._copied

    def _copy(self) -> tuple[list[Place], list[Scalar]]:
        """Return the list with what was said so far. It may have changed since: what is gone stays gone."""
        base = self._base
        assert base is not None
        places, elements = base.order.keys(), base.order.items()
        for id_ in {**self._replaced, **self._moved, **self._deleted}:
            place = base.place_of(id_)
            if place is None:
                continue
            at = bisect_left(places, place)
            element = self._replaced.get(id_, elements[at])
            del places[at], elements[at]
            if id_ not in self._deleted:
                _put_in(places, elements, (self._moved.get(id_, place[0]), id_), element)
        if len(self._new) > 1:
            new = [((position, id_), element) for id_, (position, element) in self._new.items()]
            both = sorted([*zip(places, elements, strict=True), *new], key=itemgetter(0))
            return [place for place, _ in both], [element for _, element in both]
        for id_, (position, element) in self._new.items():
            _put_in(places, elements, (position, id_), element)
        return places, elements

    def _say_position(self, id_: int, position: bytes) -> None:
        if id_ in self._new:
            self._new[id_] = position, self._new[id_][1]
        else:
            self._moved[id_] = position

    def _room(self, index: int, count: int) -> bytes:
        """Return a position for `count` elements before the one at `index`. Spreads the list when there is none."""
        for _ in range(2):
            left = self._place(index - 1)[0] if index else None
            right = self._place(index)[0] if index < self._size() else None
            position = between(left, right, self._ids.tag, count)
            if position is not None:
                return position
            self._spread()
        raise AssertionError("a list that is spread out has room everywhere")

    def _spread(self) -> None:
        places = self._lists()[0]
        positions = spread(len(places), self._ids.tag)
        places[:] = [(position, id_) for position, (_, id_) in zip(positions, places, strict=True)]
        for position, id_ in places:
            self._say_position(id_, position)

    def _index(self, index: int, length: int) -> int:
        if type(index) is not int:
            raise InvalidValue(f"An index of a list must be an integer, not {index!r}.")
        if not -length <= index < length:
            raise InvalidValue(f"There is no index {index} in this list: it has {self._begin()} elements.")
        return index % length

    def bodies(self) -> Iterable[bytes]:
        """Return the bodies; one that only says that the list is there, when nothing else was said."""
        if not self._is_begun:
            return []  # every verb failed
        in_one_go(self.settle())
        said = len(self._new) + len(self._replaced) + len(self._moved) + len(self._deleted)
        if said == 1:
            return [self._only_body()]
        if not said:
            return [encode_list(_body([]))]
        return (encode_list(_body(group)) for group in chunks(self._words()))

    def _only_body(self) -> bytes:
        for id_, (position, element) in self._new.items():
            return encode_list(ListBody([Run(id_, position, [element])], [], [], []))
        replaced, moved = list(map(Replaced, self._replaced, self._replaced.values())), list(self._moved.items())
        return encode_list(ListBody([], replaced, moved, list(self._deleted)))  # type: ignore[arg-type]

    def _words(self) -> Iterator[tuple[Word, int]]:
        for id_, (position, element) in self._new.items():  # in the order of ids, so runs stay together
            yield Run(id_, position, [element]), len(pack(element)) + 12
        for id_, element in self._replaced.items():
            yield Replaced(id_, element), len(pack(element)) + 9
        for id_, position in self._moved.items():
            yield Moved(id_, position), len(position) + 9
        for id_ in self._deleted:
            yield id_, 9


def _checked(elements: Sequence[object]) -> Generator[None, None, Sequence[Scalar]]:
    """Return elements as a list holds them, in steps, or raise InvalidValue."""
    if len(elements) > PART and are_simple(elements):
        return list(elements)  # type: ignore[arg-type]
    checked: list[Scalar] = []
    for part in parts(elements):
        checked += [check_item("A list", element) for element in part]
        if len(checked) < len(elements):
            yield
    return checked


def _put_in(places: list[Place], elements: list[Scalar], place: Place, element: Scalar) -> None:
    at = bisect_left(places, place)
    places.insert(at, place)
    elements.insert(at, element)


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
