"""Large answers, cut into parts that a page puts together: neither side has to take them in one go (decision 51).

A part is a list of pieces, each `[path, piece]`. The first piece for a path stands there; later ones make it longer: a
list by elements, an object by entries. The path is empty for the answer itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

PART = 4_000
"""Weight of a part: about as many plain values, which are a few milliseconds of work in a tab."""
# Characters and bytes that weigh as much as a plain value: they are copied, not walked over.
CHARS = 64

Piece = tuple[int, tuple[Any, ...], Any]

_LIGHT = frozenset({int, float, bool, type(None)})


def room_left(value: Any, room: int) -> int:
    """Return what is left of `room` once `value` is in it; less than 0 when it does not fit."""
    kind = type(value)
    if kind in _LIGHT:
        return room - 1
    if kind is str or kind is bytes:
        return room - 1 - len(value) // CHARS
    members = members_of(value)
    if members is None:
        return room - 1
    room -= 1
    items = members.values() if isinstance(members, dict) else members
    if len(items) > room:
        return -1
    for item in items:
        room = room - 1 if type(item) in _LIGHT else room_left(item, room)
        if room < 0:
            return -1
    return room


def members_of(value: Any) -> Any:
    """Return what a value consists of, as a dict or as something with a length; None when it is one thing."""
    if isinstance(value, (dict, list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        return value
    names = getattr(value, "__dataclass_fields__", None) or getattr(value, "__struct_fields__", None)
    if names is not None:
        return {name: getattr(value, name) for name in names}
    if hasattr(value, "_asdict"):
        return value._asdict()
    return dict(value) if isinstance(value, Mapping) else None


def parts(value: Any) -> Iterator[list[list[Any]]]:
    """Cut a value into parts of a bounded weight; only a single text or block of bytes can be heavier."""
    part: list[list[Any]] = []
    weight = 0
    for cost, path, piece in _pieces((), value):
        if part and weight + cost > PART:
            yield part
            part, weight = [], 0
        part.append([list(path), piece])
        weight += cost
    yield part


def _pieces(path: tuple[Any, ...], value: Any) -> Iterator[Piece]:
    """Yield weight, path and piece of each, in the order in which they are put together."""
    members = members_of(value)
    if members is None:
        yield PART, path, value
        return
    is_map = isinstance(members, dict)
    group: Any = {} if is_map else []
    room, is_begun = PART, False
    for key, item in _entries(members):
        left = room_left(item, room)
        if left < 0 and group:
            yield PART - room + 1, path, group
            group, room, is_begun = ({} if is_map else []), PART, True
            left = room_left(item, room)
        if left < 0:  # too heavy for a piece
            if not is_begun:
                yield 1, path, group
                group, is_begun = ({} if is_map else []), True
            yield from _pieces((*path, key), item)
            continue
        room = left
        if is_map:
            group[key] = item
        else:
            group.append(item)
    if group or not is_begun:
        yield PART - room + 1, path, group


def _entries(members: Any) -> Iterator[tuple[Any, Any]]:
    """Yield keys and members in the order of `rpc.encode`: maps and sets sorted."""
    if isinstance(members, dict):
        yield from sorted(((str(key), item) for key, item in members.items()), key=lambda entry: entry[0])
    elif isinstance(members, (set, frozenset)):
        yield from enumerate(sorted(members, key=lambda item: (type(item).__name__, item)))
    else:
        yield from enumerate(members)


def converted(value: Any, convert: Callable[[Any], Any]) -> Generator[None, None, Any]:
    """Return `convert(value)`, in steps where it is a heavy list; convert: takes a list element by element."""
    if type(value) is not list or room_left(value, PART) >= 0:
        return convert(value)
    made: list[Any] = []
    room = PART
    for item in value:
        left = room_left(item, room)
        if left < 0:
            yield
            room = PART
            made.append((yield from converted(item, convert)))
        else:
            room = left
            made.append(convert(item))
    return made


def converted_rows(
    rows: Iterable[Mapping[str, Any]], convert: Callable[[Any], Any]
) -> Generator[None, None, list[dict[str, Any]]]:
    """Return rows with `convert` of each value, in steps where they are heavy."""
    made: list[dict[str, Any]] = []
    room = PART
    for row in rows:
        values: dict[str, Any] = {}
        for name, value in row.items():
            left = room_left(value, room)
            if left < 0:
                yield
                room = PART
                values[name] = yield from converted(value, convert)
            else:
                room = left
                values[name] = convert(value)
        made.append(values)
    return made
