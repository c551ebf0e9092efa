"""A list value as JSON text, for formats that know no lists. What JSON has no type for is ``{"type": …, "value": …}``.

The types are closed and flat, so nothing that a stranger nests is ever decoded.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import msgspec

from graphvine.files.value_text import format_value, kind_of, parse_value
from graphvine.model.steps import PART, parts

_PLAIN = frozenset({str, int, float, bool, type(None)})


class _Typed(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    value: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[None | bool | int | float | str | _Typed]).decode


def format_list(values: Sequence[object]) -> str:
    """Return the JSON text of a list value."""
    return _encode(
        [each if type(each) in _PLAIN else _Typed(kind_of(each), format_value(each)) for each in values]
    ).decode()


def formatting_list(values: list[object]) -> Generator[bytes, None, str]:
    """Do the same in steps, with empty chunks in between."""
    if len(values) <= PART:
        return format_list(values)
    pieces: list[str] = []
    for part in parts(values):
        pieces.append(format_list(part)[1:-1])
        yield b""
    return "[" + ",".join(pieces) + "]"


def parse_list(text: str) -> list[object]:
    """Return the list that a JSON text means. Raises ValueError, whose message says what is wrong."""
    try:
        values = _decode(text)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(f"{text[:60]!r} is no list of plain values: {error}.") from None
    return [parse_value(each.type, each.value) if isinstance(each, _Typed) else each for each in values]


def element_kind(values: Sequence[object]) -> str:
    """Return the one type of all elements: ``string``, ``long``, ``double``, ``boolean``; or '' when they differ."""
    kinds = {type(each) for each in values}
    return kind_of(values[0]) if len(kinds) == 1 and kinds < _PLAIN - {type(None)} else ""
