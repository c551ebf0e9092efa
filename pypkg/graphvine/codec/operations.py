"""Operations to bytes and back: MessagePack arrays, ``[kind, id, ...]``.

Property values are in `codec.wire_values`, bodies of mergeable values in `codec.bodies`.
"""

from __future__ import annotations

import msgspec
from msgspec.msgpack import Ext

from graphvine.codec.bodies import check_body
from graphvine.codec.wire_values import PLAIN, from_wire, to_wire
from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import MAX_ID_BYTES, MAX_LABELS, MAX_PROPERTIES, MAX_VALUE_BYTES
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
from graphvine.model.values import Properties, are_known_names, are_plain, check_labels, check_properties

# One encoded operation: a value of the largest size, and what goes with it.
MAX_OPERATION_BYTES = MAX_VALUE_BYTES + 64 * 1024

# The bytes of an operation this short hold no id, text or list that is too long, whatever is in them. Of numbers only
# some MessagePack forms can be out of range: 64 bits without a sign, and floats that are infinite or no number.
_TAME_BYTES = MAX_ID_BYTES
_WILD_INTEGER, _SHORT_FLOAT, _WILD_FLOAT, _WILD_NEGATIVE = b"\xcf", b"\xca", b"\xcb\x7f", b"\xcb\xff"
_TEXT = frozenset({str})

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Operation] = msgspec.msgpack.Decoder(Operation)


def encode_operation(operation: Operation) -> bytes:
    """Return the bytes of a checked operation: one leaf of the Merkle tree."""
    if isinstance(operation, (PutVertex, PutEdge)):
        for value in operation.properties.values():
            if type(value) not in PLAIN:
                properties = {name: to_wire(value) for name, value in operation.properties.items()}
                operation = msgspec.structs.replace(operation, properties=properties)
                break
    return _encoder.encode(operation)


def encode_tame(operation: PutVertex) -> bytes | None:
    """Return the bytes of an operation that nobody has checked yet, if a look at them tells that it is good.

    The hot path of bulk writes; None means only that the thorough checks must look. Labels and names to take away are
    checked already.
    """
    properties = operation.properties
    if not (_TEXT.issuperset(map(type, properties)) and PLAIN.issuperset(map(type, properties.values()))):
        return None
    try:
        data = _encoder.encode(operation)
    except (UnicodeEncodeError, OverflowError):
        return None
    return data if _is_tame(data) and operation.id and are_known_names(properties) else None


def _is_tame(data: bytes) -> bool:
    return (
        len(data) <= _TAME_BYTES
        and _WILD_INTEGER not in data
        and _WILD_FLOAT not in data
        and _WILD_NEGATIVE not in data
        and _SHORT_FLOAT not in data
    )


def decode_operation(data: bytes) -> Operation:
    """Return the checked operation, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_OPERATION_BYTES:
        raise MalformedMessage(f"an operation of {len(data):,} bytes")
    try:
        operation = _decoder.decode(data)
        if not (_is_tame(data) and _is_plain_put(operation)):
            _check(operation)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, InvalidValue) as error:
        raise MalformedMessage(f"not an operation: {error}") from None
    return operation


def _is_plain_put(operation: Operation) -> bool:
    """Tell quickly whether a tame operation is what most are: plain values under names that were seen before."""
    if isinstance(operation, PutVertex):
        is_good = are_known_names(operation.labels) and len(operation.labels) <= MAX_LABELS and not operation.unlabelled
    elif isinstance(operation, PutEdge):
        is_good = bool(operation.source and operation.target) and are_known_names((operation.type,))
    else:
        return False
    values = operation.properties.values()
    return bool(
        is_good
        and operation.id
        and PLAIN.issuperset(map(type, values))
        and are_known_names(operation.properties)
        and not operation.removed
    )


def decode_own_operation(data: bytes) -> Operation:
    """Return an operation that was checked before it was stored. Raises like `decode_operation` on damage."""
    try:
        operation = _decoder.decode(data)
        if isinstance(operation, (PutVertex, PutEdge)) and not PLAIN.issuperset(
            map(type, operation.properties.values())
        ):
            _from_wire(operation.properties)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise MalformedMessage(f"not an operation: {error}") from None
    return operation


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
    for name, value in raw.items():
        if type(value) is Ext or type(value) is list:
            properties[name] = from_wire(value)
