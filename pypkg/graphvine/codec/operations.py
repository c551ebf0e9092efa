"""Operations to bytes and back: MessagePack arrays, ``[kind, id, ...]``.

Property values are in `codec.wire_values`, bodies of mergeable values in `codec.bodies`.
"""

from __future__ import annotations

import msgspec
from msgspec.msgpack import Ext

from graphvine.codec.bodies import check_body
from graphvine.codec.wire_values import PLAIN, from_wire, to_wire
from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import MAX_PROPERTIES, MAX_VALUE_BYTES
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
from graphvine.model.values import Properties, are_plain, check_labels, check_properties

# One encoded operation: a value of the largest size, and what goes with it.
MAX_OPERATION_BYTES = MAX_VALUE_BYTES + 64 * 1024

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


def decode_operation(data: bytes) -> Operation:
    """Return the checked operation, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_OPERATION_BYTES:
        raise MalformedMessage(f"an operation of {len(data):,} bytes")
    try:
        operation = _decoder.decode(data)
        _check(operation)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, InvalidValue) as error:
        raise MalformedMessage(f"not an operation: {error}") from None
    return operation


def decode_own_operation(data: bytes) -> Operation:
    """Return an operation that was checked before it was stored. Raises like `decode_operation` on damage."""
    try:
        operation = _decoder.decode(data)
        if isinstance(operation, (PutVertex, PutEdge)) and operation.properties:
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
