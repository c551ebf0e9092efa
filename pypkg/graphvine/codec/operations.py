"""Operations to bytes and back: MessagePack arrays, ``[kind, id, ...]``.

Property values are in `codec.wire_values`, bodies of mergeable values in `codec.bodies`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from msgspec.msgpack import Ext

from graphvine.codec.bodies import check_body
from graphvine.codec.wire_values import PLAIN, WireValue, from_wire, to_wire
from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import MAX_ID_BYTES, MAX_LABELS, MAX_LIST_ELEMENTS, MAX_PROPERTIES, MAX_VALUE_BYTES
from graphvine.model.ids import check_id, check_name
from graphvine.model.operation import (
    DeleteEdge,
    DeleteVertex,
    MergeEdge,
    MergeVertex,
    Operation,
    PutEdge,
    PutVertex,
)
from graphvine.model.values import Properties, Value, are_known_names, are_plain, check_labels, check_properties, weigh

# One encoded operation: a value of the largest size, and what goes with it.
MAX_OPERATION_BYTES = MAX_VALUE_BYTES + 64 * 1024

# The bytes of an operation this short hold no id, text or list that is too long, whatever is in them.
_TAME_BYTES = MAX_ID_BYTES


class _RichVertex(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=0, gc=False):
    """A `PutVertex` with values of any kind."""

    id: str
    labels: list[str] = []
    properties: dict[str, WireValue] = {}
    removed: list[str] = []
    unlabelled: list[str] = []
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class _RichEdge(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=1, gc=False):
    """A `PutEdge` with values of any kind."""

    id: str
    type: str
    source: str
    target: str
    properties: dict[str, WireValue] = {}
    removed: list[str] = []
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


# Bytes of a put for which slices count one more operation: a property is some ten of them.
_UNIT_BYTES = 128

# The second byte of an encoded operation that merges. An entry of a merge takes a byte or more.
_MERGE_TAGS = (b"\4", b"\5")

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Operation] = msgspec.msgpack.Decoder(Operation)
_rich_decoder: msgspec.msgpack.Decoder[_RichVertex | _RichEdge] = msgspec.msgpack.Decoder(_RichVertex | _RichEdge)


def encode_operation(operation: Operation) -> bytes:
    """Return the bytes of a checked operation: one leaf of the Merkle tree."""
    if isinstance(operation, (PutVertex, PutEdge)):
        for value in operation.properties.values():
            if type(value) not in PLAIN:
                properties = {name: to_wire(value) for name, value in operation.properties.items()}
                operation = msgspec.structs.replace(operation, properties=properties)
                break
    return _encoder.encode(operation)


def with_after(leaf: bytes, after: int) -> bytes:
    """Return the bytes of a put that was encoded with an `after` of 0, the last part and one byte, with another."""
    return leaf[:-1] + _encoder.encode(after)


def make_tame(id_: str, labels: list[str], properties: dict[str, Value]) -> tuple[PutVertex, bytes] | None:
    """Return an operation and its bytes, if one look at what nobody has checked yet tells that it is good.

    The hot path of bulk writes; None means only that the thorough checks must look. labels: checked.
    """
    if not PLAIN.issuperset(map(type, properties.values())):
        return None
    try:
        data = _encoder.encode(PutVertex(id_, labels, properties))
        operation = _decoder.decode(data)  # a copy, that nobody else holds; msgspec checks each number
    except (msgspec.MsgspecError, UnicodeEncodeError, OverflowError, TypeError):
        return None
    if len(data) > _TAME_BYTES or not isinstance(operation, PutVertex) or operation.properties != properties:
        return None  # a name that is no text equals none
    return (operation, data) if id_ and are_known_names(operation.properties) else None


def decode_operation(data: bytes) -> Operation:
    """Return the checked operation, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_OPERATION_BYTES:
        raise MalformedMessage(f"an operation of {len(data):,} bytes")
    try:
        try:
            operation = _decoder.decode(data)
            if len(data) <= _TAME_BYTES:
                if type(operation) is MergeVertex and operation.id and are_known_names((operation.name,)):
                    check_body(operation.kind, operation.body)
                    return operation
                if _is_plain_put(operation):
                    return operation
        except msgspec.ValidationError:
            operation = _decode_rich(data)
        _check(operation)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, InvalidValue) as error:
        raise MalformedMessage(f"not an operation: {error}") from None
    return operation


def _is_plain_put(operation: Operation) -> bool:
    """Tell quickly whether a tame operation is what most are: plain values under names that were seen before."""
    if isinstance(operation, PutVertex):
        labels = operation.labels
        is_good = not labels or (are_known_names(labels) and len(labels) <= MAX_LABELS)
        is_good = is_good and not operation.unlabelled
    elif isinstance(operation, PutEdge):
        is_good = bool(operation.source and operation.target) and are_known_names((operation.type,))
    else:
        return False
    return bool(is_good and operation.id and not operation.removed and are_known_names(operation.properties))


def decode_own_operation(data: bytes) -> Operation:
    """Return an operation that was checked before it was stored. Raises like `decode_operation` on damage."""
    try:
        try:
            return _decoder.decode(data)
        except msgspec.ValidationError:
            operation = _decode_rich(data)
            _from_wire(operation.properties)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise MalformedMessage(f"not an operation: {error}") from None
    return operation


def slices(leaves: Sequence[bytes], size: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of parts of at most `size` operations, fewer where each writes many registers or is large."""
    for first in range(0, len(leaves), size):
        start, end = first, min(first + size, len(leaves))
        part = leaves[start:end]
        if sum(map(len, part)) > size * _UNIT_BYTES or any(leaf[1:2] in _MERGE_TAGS for leaf in part):
            weight = 0
            for at in range(start, end):
                leaf = leaves[at]
                heavy = 1 + len(leaf) // (2 if leaf[1:2] in _MERGE_TAGS else _UNIT_BYTES)
                if weight and weight + heavy > size:
                    yield start, at
                    start, weight = at, 0
                weight += heavy
        yield start, end


def decode_own_operations(leaves: Sequence[bytes]) -> list[Operation]:
    """Return what `decode_own_operation` returns for each, sooner."""
    try:
        return list(map(_decoder.decode, leaves))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return list(map(decode_own_operation, leaves))


def _decode_rich(data: bytes) -> PutVertex | PutEdge:
    """Return a put whose values msgspec can't check; they are as they came."""
    rich = _rich_decoder.decode(data)
    kind = PutVertex if isinstance(rich, _RichVertex) else PutEdge
    return kind(*msgspec.structs.astuple(rich))


def _check(operation: Operation) -> None:
    check_id("An id", operation.id)
    if isinstance(operation, (DeleteVertex, DeleteEdge)):
        return
    if isinstance(operation, (PutEdge, MergeEdge)):
        check_name("A type", operation.type)
        check_id("A source id", operation.source)
        check_id("A target id", operation.target)
    if isinstance(operation, (MergeVertex, MergeEdge)):
        check_name("A property name", operation.name)
        check_body(operation.kind, operation.body)
    else:
        _check_put(operation)


def _check_put(operation: PutVertex | PutEdge) -> None:
    if isinstance(operation, PutVertex):
        if operation.labels:
            check_labels(operation.id, operation.labels)
        if operation.unlabelled:
            check_labels(operation.id, operation.unlabelled)
    if operation.properties and not are_plain(operation.properties):
        _from_wire(operation.properties)
        check_properties(operation.id, operation.properties)
    elif len(operation.properties) > MAX_PROPERTIES:
        raise InvalidValue(f"{len(operation.properties)} properties in one operation")
    if operation.removed:
        check_properties(operation.id, dict.fromkeys(operation.removed))


def _from_wire(properties: Properties) -> None:
    """Replace extensions by the values they stand for, in place."""
    raw: dict[str, object] = properties  # type: ignore[assignment]
    lists = [value for value in raw.values() if type(value) is list]
    elements = sum(map(len, lists))
    if elements <= MAX_LIST_ELEMENTS:
        elements = sum(map(weigh, lists))
    if elements > MAX_LIST_ELEMENTS:
        raise InvalidValue(f"lists of {elements:,} elements in one operation (bytes, dates and times count for 32)")
    for name, value in raw.items():
        if type(value) is Ext or type(value) is list:
            properties[name] = from_wire(value)
