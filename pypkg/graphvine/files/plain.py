"""What formats of others see of a vertex or an edge: plain values. The archive carries how they merge."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.files.records import Warnings
from graphvine.files.value_json import format_list
from graphvine.files.value_text import format_value, is_plain

_encode = msgspec.json.Encoder().encode


def plain_properties(cell: VertexCell | EdgeCell, warnings: Warnings | None = None) -> Mapping[str, object]:
    """Return the properties; counters, sets, lists and texts as what they are now, maps as JSON text."""
    if cell.merged is None:
        return cell.properties
    if warnings is not None:
        warnings.add("mergeable values: written as what they are now, maps as JSON text", len(cell.merged))
    properties: Mapping[str, object] = cell.properties
    return {name: format_map(value) if isinstance(value, dict) else value for name, value in properties.items()}


def format_map(values: Mapping[str, object]) -> str:
    """Return the JSON text of a map: dates and bytes as text, lists as lists."""
    return _encode({key: _value(value) for key, value in values.items()}).decode()


def _value(value: object) -> object:
    if isinstance(value, list):
        return msgspec.Raw(format_list(value).encode())
    return value if is_plain(value) else format_value(value)
