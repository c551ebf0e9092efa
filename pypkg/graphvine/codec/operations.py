"""Operations to bytes and back: MessagePack arrays, ``[kind, id, ...]``.

Bytes and temporal values are MessagePack extensions: code 0 is bytes, 1..6 are `model.temporal`.
"""

from __future__ import annotations

import msgspec
from msgspec.msgpack import Ext

from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.limits import MAX_PROPERTIES, MAX_VALUE_BYTES
from graphvine.model import temporal
from graphvine.model.ids import check_id, check_name
from graphvine.model.operation import DeleteEdge, DeleteVertex, Operation, PutEdge, PutVertex
from graphvine.model.values import Properties, Value, are_plain, check_labels, check_properties

BYTES_CODE = 0
# One encoded operation: a value of the largest size, and what goes with it.
MAX_OPERATION_BYTES = MAX_VALUE_BYTES + 64 * 1024

_PLAIN = frozenset({str, int, float, bool, type(None)})
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Operation] = msgspec.msgpack.Decoder(Operation)


def encode_operation(operation: Operation) -> bytes:
    """Return the bytes of a checked operation: one leaf of the Merkle tree."""
    if isinstance(operation, (PutVertex, PutEdge)):
        for value in operation.properties.values():
            if type(value) not in _PLAIN:
                properties = {name: _to_wire(value) for name, value in operation.properties.items()}
                operation = msgspec.structs.replace(operation, properties=properties)
                break
    return _encoder.encode(operation)


def _to_wire(value: Value) -> object:
    if type(value) in _PLAIN:
        return value
    if type(value) is list:
        return [_to_wire(element) for element in value]
    if isinstance(value, bytes):
        return Ext(BYTES_CODE, value)
    return Ext(*temporal.pack(value))  # type: ignore[arg-type]


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
    if isinstance(operation, PutEdge):
        check_name("A type", operation.type)
        check_id("A source id", operation.source)
        check_id("A target id", operation.target)
    else:
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
        if type(value) is Ext:
            properties[name] = _from_extension(value)
        elif type(value) is list:
            properties[name] = [_from_extension(item) if type(item) is Ext else item for item in value]


def _from_extension(extension: Ext) -> bytes | temporal.Temporal:
    if extension.code == BYTES_CODE:
        return bytes(extension.data)
    return temporal.unpack(extension.code, bytes(extension.data))
