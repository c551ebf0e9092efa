"""What large values take long for, in parts: each gives None at every chance to pause, and returns the result.

The result is always that of the function of the same name that does it in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from heapq import merge
from itertools import islice
from typing import Any

from graphvine.limits import MAX_VALUE_BYTES
from graphvine.query.arithmetic import MAX_LIST, add, check_text
from graphvine.query.containers import bounded, has_container
from graphvine.query.fault import limit_error, type_error
from graphvine.query.functions.texts import join, text
from graphvine.query.run import Run
from graphvine.query.sigmas import with_sigmas
from graphvine.query.values import MAX_NESTING, compare, equals, group_key, sort_key, type_name

# Work that ends with a value.
Work = Generator[None, None, Any]

# Elements of a list that are copied in one go, characters of a text, and values that are sorted or compared.
CHUNK, CHARACTERS, FEW = 16_384, 131_072, 64
# What copying a chunk, and comparing a few values, are charged.
_COPYING, _COMPARING = 3_072, 256
_CONTAINERS = frozenset((list, dict))
# Elements of a list whose hash is kept, and characters of a text that are counted one by one.
_LARGE = 1_024


def strained(work: Work, run: Run) -> Any:
    """Do work in one go inside an expression, which may not go on behind the end of the slice (see `Run.strain`)."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value
        run.strain()


def all_equal(left: Any, right: Any, run: Run) -> Work:
    """Return ``left = right``."""
    kind = type(left)
    if kind is not type(right) or kind not in _CONTAINERS:
        return equals(left, right)
    if kind is dict and left.keys() != right.keys() or len(left) != len(right):
        return False
    pairs = zip(left, right, strict=True) if kind is list else ((value, right[key]) for key, value in left.items())
    answer: bool | None = True
    for number, (one, other) in enumerate(pairs):
        if not number % FEW and run.is_due(_COMPARING):
            yield None
        if type(one) is str and len(one) > _LARGE and run.is_due(len(one) >> 6):
            yield None
        same = (yield from all_equal(one, other, run)) if type(one) in _CONTAINERS else equals(one, other)
        if same is False:
            return False
        if same is None:
            answer = None
    return answer


def order(left: Any, right: Any, run: Run) -> Work:
    """Return what `compare` does."""
    if type(left) is not list or type(right) is not list:
        return compare(left, right)
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        if not number % FEW and run.is_due(_COMPARING):
            yield None
        if type(one) is str and len(one) > _LARGE and run.is_due(len(one) >> 6):
            yield None
        found = (yield from order(one, other, run)) if type(one) is list else compare(one, other)
        if found != 0:
            return found
    return (len(left) > len(right)) - (len(left) < len(right))


def is_in(value: Any, items: Any, run: Run) -> Work:
    """Return ``value IN items``."""
    if items is None:
        return None
    if type(items) is not list:
        raise type_error("InvalidArgumentType", f"IN needs a list behind it, not a {type_name(items)}.")
    is_plain = type(value) not in _CONTAINERS
    answer: bool | None = False
    for number, item in enumerate(items):
        if not number % FEW and run.is_due(_COMPARING):
            yield None
        if type(item) is str and len(item) > _LARGE and run.is_due(len(item) >> 6):
            yield None
        same = equals(value, item) if is_plain else (yield from all_equal(value, item, run))
        if same:
            return True
        if same is None:
            answer = None
    return answer


def copied(values: Any, run: Run) -> Work:
    """Return a list of what a list, a range or another iterable gives."""
    made: list[Any] = []
    source = iter(values)
    while chunk := list(islice(source, CHUNK)):
        made += chunk
        if run.is_due(_COPYING):
            yield None
    return made


def part_of(values: list[Any], first: int, last: int, run: Run, step: int = 1) -> Work:
    """Return ``values[first:last:step]`` of a list."""
    places = range(*slice(first, last, step).indices(len(values)))
    made: list[Any] = []
    for at in range(0, len(places), CHUNK):
        chunk = places[at : at + CHUNK]
        stop = chunk.stop if chunk.stop >= 0 else None
        made += values[chunk.start : stop : step]
        if run.is_due(_COPYING):
            yield None
    return made


def joined(left: Any, right: Any, run: Run) -> Work:
    """Return ``left + right`` where one is a list."""
    if left is None or right is None or type(left) is not list and type(right) is not list:
        return add(left, right)
    sides = [side if type(side) is list else [side] for side in (left, right)]
    if sum(map(len, sides)) > MAX_LIST:
        raise limit_error("ListTooLong", f"A list has at most {MAX_LIST:,} elements.")
    made: list[Any] = []
    for side in sides:
        for at in range(0, len(side), CHUNK):
            made += side[at : at + CHUNK]
            if run.is_due(_COPYING):
                yield None
    return made


def each(convert: Callable[[Any], Any], values: list[Any], run: Run) -> Work:
    """Return what a function makes of each element of a list; small parts of the list are given to it."""
    made: list[Any] = []
    for some in _handfuls(values):
        made += convert(some)
        if run.is_due(4_096):
            yield None
    return made


def _handfuls(values: list[Any]) -> Iterator[list[Any]]:
    """Give a list in parts: of many small values, or of few long texts."""
    begin = length = 0
    for end, value in enumerate(values, start=1):
        length += len(value) + 64 if type(value) is str else 64
        if length >= CHARACTERS // 2:
            yield values[begin:end]
            begin, length = end, 0
    if begin < len(values):
        yield values[begin:]


def all_joined(values: Any, mark: Any, run: Run) -> Work:
    """Return ``join(values, mark)``."""
    if type(values) is not list or type(mark) is not str:
        return join(values, mark)
    made, length = [], 0
    for some in _handfuls(values):
        made.append(join(some, mark))
        length += len(made[-1])
        if length > MAX_VALUE_BYTES:
            raise limit_error("TextTooLong", "The text that `join` makes is too long.")
        if run.is_due(4_096):
            yield None
    return check_text(mark.join(made))


def cased(change: Callable[[Any], Any], value: str, run: Run) -> Work:
    """Return a text in other letters."""
    if "Σ" in value:
        return (yield from with_sigmas(change, value, run))
    made = []
    for at in range(0, len(value), CHARACTERS):
        made.append(change(value[at : at + CHARACTERS]))
        if run.is_due(_COPYING):
            yield None
    return "".join(made)


def split(value: Any, delimiter: Any, run: Run) -> Work:
    """Return the pieces of a text between the delimiters."""
    pieces = [text("split", value)]
    for mark in delimiter if type(delimiter) is list else [delimiter]:
        inner: list[str] = []
        text("split", mark)
        for number, piece in enumerate(pieces):
            if not number % FEW and run.is_due(_COMPARING):
                yield None
            if len(piece) > CHARACTERS:
                yield from _split(piece, mark, inner, MAX_LIST, run)
            else:
                inner += piece.split(mark) if mark else piece
            if len(inner) > MAX_LIST:
                raise limit_error("ListTooLong", f"A list has at most {MAX_LIST:,} elements.")
        pieces = inner
        if not mark:
            break
    return pieces


def _split(value: str, mark: str, pieces: list[str], most: int, run: Run) -> Iterator[None]:
    """Add the pieces of one long text. A mark may stand across the end of a part: the part's end is looked at again."""
    size = max(CHARACTERS, 2 * len(mark))
    begun: list[str] = []
    at = 0
    while at < len(value):
        part = value[at : at + size]
        is_last = at + size >= len(value)
        found = part.split(mark) if mark else list(part)
        if not mark:
            pieces += found
            at += size
        elif is_last:
            pieces += ("".join((*begun, found[0])), *found[1:])
            return
        elif len(found) == 1:
            keep = len(part) - len(mark) + 1
            begun.append(part[:keep])
            at += keep
        else:
            pieces += ("".join((*begun, found[0])), *found[1:-1])
            begun = []
            at += len(part) - len(found[-1])
        if len(pieces) > most:
            raise limit_error("ListTooLong", f"A list has at most {most:,} elements.")
        if run.is_due(2_048):
            yield None


def replaced(value: Any, search: Any, replacement: Any, run: Run) -> Work:
    """Return a text with something else in place of each occurrence of a text."""
    whole, old, new = text("replace", value), text("replace", search), text("replace", replacement)
    if not old:
        return whole
    if len(whole) + whole.count(old) * (len(new) - len(old)) > 2**22:
        raise limit_error("TextTooLong", "The text that `replace` makes is too long.")
    pieces: list[str] = []
    yield from _split(whole, old, pieces, 2**23, run)
    made = []
    for at in range(0, len(pieces), CHUNK):
        made.append(new.join(pieces[at : at + CHUNK]))
        if run.is_due(_COPYING):
            yield None
    return check_text(new.join(made))


def bounded_list(values: Any, run: Run) -> Work:
    """Return a list or map, if what is in it is neither too deep nor too large."""
    elements = values.values() if type(values) is dict else values
    if len(values) <= FEW and not any(type(part) in _CONTAINERS and len(part) > FEW for part in elements):
        return bounded(values) if has_container(elements) else values
    left = MAX_LIST
    level: dict[int, tuple[Any, int]] = {id(values): (values, 1)}
    for _ in range(MAX_NESTING):
        inner: dict[int, tuple[Any, int]] = {}
        for container, ways in level.values():
            left -= len(container) * ways
            if left < 0:
                raise limit_error("ListTooLong", f"A value holds at most {MAX_LIST:,} others.")
            for number, element in enumerate(container.values() if type(container) is dict else container):
                if not number % FEW and run.is_due(_COMPARING):
                    yield None
                if type(element) in _CONTAINERS:
                    inner[id(element)] = (element, ways + inner.get(id(element), (None, 0))[1])
        if not inner:
            return values
        level = inner
    raise limit_error("ValueTooDeep", f"A value is nested more than {MAX_NESTING} levels deep.")


class Large:
    """The key of a large list or map: equal to the key itself, but its hash is worked out once."""

    __slots__ = ("_hash", "key")

    def __init__(self, key: tuple[Any, ...]) -> None:
        self.key = key
        self._hash = hash(key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self.key == (other.key if isinstance(other, Large) else other)


def key_of(value: Any, run: Run, depth: int = 0) -> Work:
    """Return the `group_key` of a value, or what equals it."""
    kind = type(value)
    if kind not in _CONTAINERS or depth >= MAX_NESTING:
        return group_key(value, depth)
    made: list[Any] = [kind]
    for number, part in enumerate(sorted(value) if kind is dict else value):
        if not number % FEW and run.is_due(_COMPARING):
            yield None
        held = value[part] if kind is dict else part
        key = (yield from key_of(held, run, depth + 1)) if type(held) in _CONTAINERS else group_key(held)
        made.append((part, key) if kind is dict else key)
    return tuple(made) if len(made) < _LARGE else Large(tuple(made))


def sorting_key_of(value: Any, run: Run, depth: int = 0) -> Work:
    """Return the `sort_key` of a value."""
    if type(value) is not list or depth >= MAX_NESTING:
        return sort_key(value, depth)
    made = []
    for number, part in enumerate(value):
        if not number % FEW and run.is_due(_COMPARING):
            yield None
        made.append((yield from sorting_key_of(part, run, depth + 1)) if type(part) is list else sort_key(part))
    return (sort_key([])[0], made)


def in_order(values: list[Any], run: Run) -> Work:
    """Return ``sorted(values)``."""
    parts = []
    for at in range(0, len(values), CHUNK):
        parts.append(sorted(values[at : at + CHUNK]))
        if run.is_due(8 * CHUNK):
            yield None
    if len(parts) <= 1:
        return parts[0] if parts else []
    source = merge(*parts)
    made: list[Any] = []
    while chunk := list(islice(source, 1_024)):
        made += chunk
        if run.is_due(4_096):
            yield None
    return made
