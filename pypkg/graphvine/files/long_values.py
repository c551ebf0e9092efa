"""Values that are megabytes of text in a file, to and from that text in steps: bytes as Base64."""

from __future__ import annotations

import base64
from collections.abc import Generator

from graphvine.files.records import SLICE_CHARACTERS
from graphvine.files.value_json import parse_list
from graphvine.files.value_text import format_value, parse_value

# Base64 makes four characters of three bytes.
_STEP_BYTES = 3 * SLICE_CHARACTERS
_STEP_CHARACTERS = 4 * SLICE_CHARACTERS


def format_long(value: object) -> Generator[bytes, None, str]:
    """Return what `format_value` does. Yields empty chunks."""
    if not isinstance(value, bytes) or len(value) <= _STEP_BYTES:
        return format_value(value)
    parts: list[str] = []
    for start in range(0, len(value), _STEP_BYTES):
        parts.append(base64.b64encode(value[start : start + _STEP_BYTES]).decode())
        yield b""
    return "".join(parts)


def parse_long(kind: str, text: str) -> Generator[None, None, object]:
    """Return the value of a text. kind: ``json`` for a list. Raises ValueError, whose message says what is wrong."""
    if len(text) <= _STEP_CHARACTERS:
        return parse_list(text) if kind == "json" else parse_value(kind, text)
    if kind != "bytes":
        return parse_list(text) if kind == "json" else parse_value(kind, text)
    parts: list[bytes] = []
    last = (len(text) - 1) // _STEP_CHARACTERS * _STEP_CHARACTERS
    for start in range(0, len(text), _STEP_CHARACTERS):
        piece = text[start : start + _STEP_CHARACTERS]
        if start < last and "=" in piece:
            raise ValueError(f"{text[:60]!r} is no Base64.")
        parts.append(parse_value("bytes", piece))  # type: ignore[arg-type]
        yield None
    return b"".join(parts)
