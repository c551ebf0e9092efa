"""Bodies of merge operations: bytes of one closed type for each kind of mergeable value.

::

    counter = total: int (64 bits)                               what this writer has added altogether
    set     = [[added: scalar ...], [removed: scalar ...]]
    map     = [{key: value ...}, [removed key ...]]
    list    = [[[id, position: bin, [scalar ...]] ...],          runs: elements id, id + 1 ... from a position on
               [[id, scalar] ...],                               replaced
               [[id, position: bin] ...],                        moved
               [id ...]]                                         deleted
    text    = see `codec.text_runs`

Scalars and values are those of properties (`codec.wire_values`). `check_body` looks at a stranger's body before
anything is applied; what passes is read again, unchecked, where it is merged. Most bodies are short and hold nothing
but plain values: msgspec checks those nearly alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from graphvine.codec.text_runs import decode_text_run
from graphvine.codec.wire_values import PLAIN, from_wire, to_wire
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import (
    MAX_ELEMENT_BYTES,
    MAX_ENTRY_BYTES,
    MAX_INTEGER,
    MAX_MERGE_BYTES,
    MAX_MERGE_ENTRIES,
    MAX_NAME_BYTES,
    MAX_POSITION_BYTES,
    MIN_INTEGER,
)
from graphvine.model.ids import check_name
from graphvine.model.operation import COUNTER, LIST, MAP, SET, TEXT, Plain, PlainScalar
from graphvine.model.positions import LEVEL_BYTES, has_room, is_position
from graphvine.model.values import Properties, Scalar, Value, check_value

if TYPE_CHECKING:
    from graphvine.model.values import Value as _Held
else:
    _Flat = None | bool | int | float | str | msgspec.msgpack.Ext
    _Held = _Flat | list[_Flat]

_encoder = msgspec.msgpack.Encoder()

# A body this short holds no key, element or value that is too long, and not too many of them.
_TAME_BYTES = min(MAX_NAME_BYTES, MAX_MERGE_ENTRIES)
# Text of this many characters is within every limit, whatever its UTF-8 size.
_SHORT = MAX_NAME_BYTES // 4


def is_simple(value: object) -> bool:
    """Tell quickly whether a value may stand anywhere; if not, it must be looked at."""
    kind = type(value)
    if kind is int:
        return MIN_INTEGER <= value <= MAX_INTEGER  # type: ignore[operator]
    if kind is str:
        return len(value) <= _SHORT and value.isascii()  # type: ignore[arg-type, attr-defined]
    return kind is bool or value is None


def are_simple(values: Collection[object]) -> bool:
    """Tell, at the speed of C, whether all values may stand anywhere; if not, each must be looked at."""
    kinds = set(map(type, values))
    if not _SIMPLE.issuperset(kinds):
        return False
    for kind in kinds & {int, float, str, bytes}:
        some: Any = values if len(kinds) == 1 else [each for each in values if type(each) is kind]
        if kind is int and not (min(some) >= MIN_INTEGER and max(some) <= MAX_INTEGER):
            return False
        if kind is float and not all(map(isfinite, some)):
            return False
        if kind is str and not are_short(some):
            return False
        if kind is bytes and max(map(len, some)) > _SHORT:
            return False
    return True


def are_short(texts: Collection[str]) -> bool:
    """Tell, at the speed of C, whether all texts are within every limit."""
    if max(map(len, texts), default=0) > _SHORT:
        return False
    try:
        "".join(texts).encode()  # half of a surrogate pair has no bytes
    except UnicodeEncodeError:
        return False
    return True


_SIMPLE: frozenset[Any] = frozenset({int, float, str, bytes, bool, type(None)})


def check_element(where: str, element: object) -> Scalar:
    """Return what may be in a set, or in a list: any value but a list. Raises InvalidValue."""
    if is_simple(element):
        return element  # type: ignore[return-value]
    checked = check_value(where, element)
    if isinstance(checked, list):
        raise InvalidValue(f"{where} holds a list. Its elements are single values: null, true/false, numbers, text ...")
    return checked


def pack(value: Value) -> bytes:
    """Return the canonical bytes of a checked value: equal for values that are the same and of one type."""
    return _encoder.encode(value if type(value) in PLAIN else to_wire(value))


def check_count(entries: int) -> None:
    """Raise InvalidValue when one body says too much."""
    if entries > MAX_MERGE_ENTRIES:
        raise InvalidValue(f"{entries:,} entries in one merge")


# -- counter ----------------------------------------------------------------------------------------------------------

_counter_decoder = msgspec.msgpack.Decoder(Annotated[int, msgspec.Meta(ge=MIN_INTEGER, le=MAX_INTEGER)])


def encode_counter(total: int) -> bytes:
    """Return the body that sets a writer's total."""
    return _encoder.encode(total)


def decode_counter(body: bytes) -> int:
    """Return a writer's total. Raises an error of msgspec."""
    total: int = _counter_decoder.decode(body)
    return total


# -- set --------------------------------------------------------------------------------------------------------------


class _SetBody(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    added: list[_Held]
    removed: list[_Held]


class _PlainSet(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    added: list[PlainScalar]
    removed: list[PlainScalar]


_set_decoder = msgspec.msgpack.Decoder(_SetBody)
_plain_set_decoder = msgspec.msgpack.Decoder(_PlainSet)


class SetBody(NamedTuple):
    """What one operation says about a set: elements by their canonical bytes."""

    added: dict[bytes, Scalar]
    removed: dict[bytes, Scalar]


def element_key(element: Scalar) -> bytes:
    """Return the bytes that name an element of a set, or raise TooLarge."""
    key = pack(element)
    if len(key) > MAX_ELEMENT_BYTES:
        raise TooLarge("An element of a set", len(key), MAX_ELEMENT_BYTES)
    return key


def encode_set(added: list[Scalar], removed: list[Scalar]) -> bytes:
    """Return the body that adds and removes checked elements."""
    return _encoder.encode(_SetBody(list(map(to_wire, added)), list(map(to_wire, removed))))  # type: ignore[arg-type]


def decode_set(body: bytes) -> SetBody:
    """Return what a set gains and loses. Raises InvalidValue."""
    raw = _set_decoder.decode(body)
    check_count(len(raw.added) + len(raw.removed))
    return SetBody(_elements(raw.added), _elements(raw.removed))


def check_set(body: bytes) -> None:
    """Raise InvalidValue, or an error of msgspec, unless this is a body of a set."""
    try:
        plain = _plain_set_decoder.decode(body)
    except msgspec.ValidationError:
        plain = None
    if plain is None or len(body) > _TAME_BYTES:
        decode_set(body)


def read_set(body: bytes) -> SetBody:
    """Return what a checked body says."""
    try:
        plain = _plain_set_decoder.decode(body)
    except msgspec.ValidationError:
        return decode_set(body)
    pack_plain = _encoder.encode
    return SetBody({pack_plain(each): each for each in plain.added}, {pack_plain(each): each for each in plain.removed})


def _elements(raw: list[_Held]) -> dict[bytes, Scalar]:
    elements = (check_element("A set", from_wire(each)) for each in raw)
    return {element_key(element): element for element in elements}


# -- map --------------------------------------------------------------------------------------------------------------


class _MapBody(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    put: dict[str, _Held]
    removed: list[str]


class MapBody(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """What one operation says about a map; decoded, plain values only."""

    put: dict[str, Plain]
    removed: list[str]


_map_decoder = msgspec.msgpack.Decoder(_MapBody)
_plain_map_decoder = msgspec.msgpack.Decoder(MapBody)


def check_entry(where: str, value: object) -> Value:
    """Return a value that may stand in a map, or raise InvalidValue."""
    if is_simple(value):
        return value  # type: ignore[return-value]
    checked = check_value(where, value)
    if type(checked) not in (int, float, bool, type(None)):
        size = len(pack(checked))
        if size > MAX_ENTRY_BYTES:
            raise TooLarge(where, size, MAX_ENTRY_BYTES)
    return checked


def encode_map(put: Properties, removed: list[str]) -> bytes:
    """Return the body that puts and removes checked entries."""
    if PLAIN.issuperset(map(type, put.values())):
        return _encoder.encode(MapBody(put, removed))
    return _encoder.encode(_MapBody({key: to_wire(value) for key, value in put.items()}, removed))  # type: ignore[misc]


def decode_map(body: bytes) -> MapBody:
    """Return what a map gains and loses. Raises InvalidValue."""
    raw = _map_decoder.decode(body)
    check_count(len(raw.put) + len(raw.removed))
    put = {check_name("A key", key): check_entry("A map", from_wire(value)) for key, value in raw.put.items()}
    return MapBody(put, [check_name("A key", key) for key in raw.removed])


def check_map(body: bytes) -> None:
    """Raise InvalidValue, or an error of msgspec, unless this is a body of a map."""
    try:
        plain = _plain_map_decoder.decode(body)
    except msgspec.ValidationError:
        plain = None
    if plain is None or len(body) > _TAME_BYTES or "" in plain.put or "" in plain.removed:
        decode_map(body)


def read_map(body: bytes) -> MapBody:
    """Return what a checked body says."""
    try:
        return _plain_map_decoder.decode(body)
    except msgspec.ValidationError:
        raw = _map_decoder.decode(body)
        return MapBody({key: from_wire(value) for key, value in raw.put.items()}, raw.removed)


# -- list -------------------------------------------------------------------------------------------------------------


class _ListBody(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    runs: list[tuple[int, bytes, list[_Held]]]
    replaced: list[tuple[int, _Held]]
    moved: list[tuple[int, bytes]]
    deleted: list[int]


_Id = Annotated[int, msgspec.Meta(ge=0)]
_Position = Annotated[bytes, msgspec.Meta(min_length=LEVEL_BYTES, max_length=MAX_POSITION_BYTES)]


class PlainList(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A body of a list as it is on the wire, with plain values only. See `ListBody`."""

    runs: list[tuple[_Id, _Position, list[PlainScalar]]]
    replaced: list[tuple[_Id, PlainScalar]]
    moved: list[tuple[_Id, _Position]]
    deleted: list[_Id]


_list_decoder = msgspec.msgpack.Decoder(_ListBody)
_plain_list_decoder = msgspec.msgpack.Decoder(PlainList)
MAX_ELEMENT_ID = 2**64 - 1


class Run(NamedTuple):
    """Elements inserted together: ids count up from `id`, positions from `position`."""

    id: int
    position: bytes
    elements: list[Scalar]


class Replaced(NamedTuple):
    """Another value for an element."""

    id: int
    element: Scalar


class Moved(NamedTuple):
    """Another position for an element."""

    id: int
    position: bytes


class ListBody(NamedTuple):
    """What one operation says about a list. deleted: ids."""

    runs: list[Run]
    replaced: list[Replaced]
    moved: list[Moved]
    deleted: list[int]


def check_item(where: str, value: object) -> Scalar:
    """Return a value that may stand in a list, or raise InvalidValue."""
    return check_entry(where, check_element(where, value))  # type: ignore[return-value]


def encode_list(body: ListBody) -> bytes:
    """Return the body of checked edits."""
    runs = [(run.id, run.position, list(map(to_wire, run.elements))) for run in body.runs]
    replaced = [(id_, to_wire(element)) for id_, element in body.replaced]
    moved = [tuple(each) for each in body.moved]
    return _encoder.encode(_ListBody(runs, replaced, moved, body.deleted))  # type: ignore[arg-type]


def decode_list(body: bytes) -> ListBody:
    """Return what happens to a list. Raises InvalidValue."""
    raw = _list_decoder.decode(body)
    inserted = sum(len(elements) or 1 for _, _, elements in raw.runs)
    check_count(inserted + len(raw.replaced) + len(raw.moved) + len(raw.deleted))
    runs = [
        Run(id_, at, [check_item("A list", from_wire(each)) for each in elements]) for id_, at, elements in raw.runs
    ]
    replaced = [Replaced(id_, check_item("A list", from_wire(each))) for id_, each in raw.replaced]
    ids = [run.id for run in runs] + [id_ for id_, _ in replaced] + [id_ for id_, _ in raw.moved] + raw.deleted
    ids += [run.id + len(run.elements) for run in runs]
    if ids and not 0 <= min(ids) <= max(ids) <= MAX_ELEMENT_ID:
        raise InvalidValue("an id of a list's element out of range")
    if not all(is_position(at) for _, at in raw.moved):
        raise InvalidValue("an impossible position in a list")
    if not all(is_position(run.position) and has_room(run.position, len(run.elements)) for run in runs):
        raise InvalidValue("an impossible position in a list")
    return ListBody(runs, replaced, [Moved(*each) for each in raw.moved], raw.deleted)


def check_list(body: bytes) -> None:
    """Raise InvalidValue, or an error of msgspec, unless this is a body of a list."""
    try:
        plain = _plain_list_decoder.decode(body)
    except msgspec.ValidationError:
        plain = None
    if plain is None or len(body) > _TAME_BYTES or not _is_plain_list(plain):
        decode_list(body)


def _is_plain_list(plain: PlainList) -> bool:
    for id_, at, elements in plain.runs:
        if len(at) % LEVEL_BYTES or id_ + len(elements) > MAX_ELEMENT_ID or not has_room(at, len(elements)):
            return False
    for _, at in plain.moved:
        if len(at) % LEVEL_BYTES:
            return False
    return True


def read_list(body: bytes) -> PlainList | ListBody:
    """Return what a checked body says."""
    try:
        return _plain_list_decoder.decode(body)
    except msgspec.ValidationError:
        return decode_list(body)


# -- all --------------------------------------------------------------------------------------------------------------

# How a body of each kind is checked: the decoder raises InvalidValue or msgspec's errors.
CHECKS: dict[int, Callable[[bytes], object]] = {
    COUNTER: decode_counter,
    SET: check_set,
    MAP: check_map,
    LIST: check_list,
    TEXT: decode_text_run,
}


def check_body(kind: int, body: bytes) -> None:
    """Raise InvalidValue, ValueError, or an error of msgspec, unless `body` is one of its kind."""
    if len(body) > MAX_MERGE_BYTES:
        raise InvalidValue(f"a merge of {len(body):,} bytes")
    check = CHECKS.get(kind)
    if check is None:
        raise InvalidValue(f"a mergeable value of unknown kind {kind}")
    check(body)
