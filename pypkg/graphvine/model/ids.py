"""Identifiers and their text forms.

* **vertex id, edge id**: text, 1 to 512 bytes of UTF-8, any characters (NUL and emoji too).
* **author**: 32-byte Ed25519 public key. Text form: 52 lower-case base32 characters.
* **peer id**: 32-byte Ed25519 public key of one tab or process, same text form. Not the author: two tabs of one
  person are two peers.
* **writer**: 8 random bytes that name one sequence of transactions of one author (one per tab slot and device).
* **space id**: 32 bytes. A public space is named by its text: ``SHA-256("graphvine/public-space/1\\0" + name)``.
* **transaction id**: SHA-256 of its signed header.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import NewType

from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_ID_BYTES, MAX_NAME_BYTES

Author = NewType("Author", bytes)
PeerId = NewType("PeerId", bytes)
Writer = NewType("Writer", bytes)
SpaceId = NewType("SpaceId", bytes)

KEY_BYTES = 32
WRITER_BYTES = 8


def check_text(what: str, text: object, limit_bytes: int) -> str:
    """Return `text` if it is 1 to `limit_bytes` bytes of valid UTF-8, or raise InvalidValue."""
    if type(text) is str and 0 < len(text) <= limit_bytes and text.isascii():
        return text  # what nearly all are
    if not isinstance(text, str):
        raise InvalidValue(f"{what} must be text, not {type(text).__name__}.")
    if not text:
        raise InvalidValue(f"{what} is empty. Give it at least one character.")
    if text.isascii():
        size = len(text)
    else:
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{what} holds half of a surrogate pair at position {error.start}.") from None
    if size > limit_bytes:
        raise TooLarge(what, size, limit_bytes)
    return text if type(text) is str else str.__str__(text)  # an enum's text is its value, not its name


def check_id(what: str, text: object) -> str:
    """Return `text` if it can be a vertex or edge id, or raise InvalidValue. `what` names it in the message."""
    if type(text) is str and 0 < len(text) <= MAX_ID_BYTES and text.isascii():
        return text
    return check_text(what, text, MAX_ID_BYTES)


def check_name(what: str, text: object) -> str:
    """Return `text` if it can be a label, type or property name, or raise InvalidValue."""
    if type(text) is str and 0 < len(text) <= MAX_NAME_BYTES and text.isascii():
        return text
    return check_text(what, text, MAX_NAME_BYTES)


def public_space_id(name: str) -> SpaceId:
    """Return the id of the public space called `name`."""
    return SpaceId(hashlib.sha256(b"graphvine/public-space/1\0" + name.encode()).digest())


def default_edge_id(source: str, type_: str, target: str) -> str:
    """Return the id of *the* edge of `type_` from `source` to `target`: 26 base32 characters.

    The same three give the same id everywhere, so linking twice, even offline in two places, makes one edge.
    """
    digest = hashlib.sha256("\0".join(_escape(part) for part in (source, type_, target)).encode()).digest()
    return base64.b32encode(digest[:16]).decode().lower().rstrip("=")


def _escape(part: str) -> str:
    return part.replace("\\", "\\\\").replace("\0", "\\0")


@lru_cache(maxsize=1024)
def format_key(key: bytes) -> str:
    """Return the text form of a 32-byte key: lower-case base32 without padding."""
    return base64.b32encode(key).decode().lower().rstrip("=")
