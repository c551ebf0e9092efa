"""What a document is made of: text, or a tuple of elements (for lists). Both slice, add and join alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

Content = TypeVar("Content", str, tuple[object, ...])

INSERT = 0
DELETE = 1
BACKSPACE = 2


class Edit(NamedTuple):
    """What one step did to the visible document: delete `deleted` elements at `pos`, then insert `content` there.

    event: local number of its first event, so that whoever follows along can name the elements.
    """

    pos: int
    deleted: int
    content: str | tuple[object, ...]
    event: int


def join(empty: Content, parts: Iterable[Content]) -> Content:
    """Return the parts as one sequence of the kind of `empty`."""
    if isinstance(empty, str):
        return empty.join(parts)
    joined: list[object] = []
    for part in parts:
        joined.extend(part)
    return tuple(joined)
