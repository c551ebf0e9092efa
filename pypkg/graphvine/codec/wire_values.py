"""Property values to what MessagePack can carry, and back.

Bytes and temporal values are MessagePack extensions: code 0 is bytes, 1..6 are `model.temporal`.
"""

from __future__ import annotations

from msgspec.msgpack import Ext

from graphvine.model import temporal
from graphvine.model.values import Value

BYTES_CODE = 0
PLAIN = frozenset({str, int, float, bool, type(None)})
# What a value may look like before it is checked: what msgspec can tell apart in one union.
WireScalar = None | bool | int | float | str | Ext
WireValue = WireScalar | list[WireScalar]


def to_wire(value: Value) -> object:
    """Return a checked value with bytes and temporal values as extensions."""
    if type(value) in PLAIN:
        return value
    if type(value) is list:
        return [to_wire(element) for element in value]
    if isinstance(value, bytes):
        return Ext(BYTES_CODE, value)
    return Ext(*temporal.pack(value))  # type: ignore[arg-type]


def from_wire(value: object) -> Value:
    """Return the value, flat as it is, that was encoded. Raises InvalidValue for an unknown extension."""
    if type(value) is Ext:
        return _from_extension(value)
    if type(value) is list and Ext in map(type, value):
        return [_from_extension(item) if type(item) is Ext else item for item in value]
    return value  # type: ignore[return-value]


def _from_extension(extension: Ext) -> bytes | temporal.Temporal:
    if extension.code == BYTES_CODE:
        return bytes(extension.data)
    return temporal.unpack(extension.code, bytes(extension.data))
