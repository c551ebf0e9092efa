"""What a document is made of: text, or a tuple of elements (for lists). Both slice, add and join alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

Content = TypeVar("Content", str, tuple[object, ...])

INSERT = 0
DELETE = 1
BACKSPACE = 2


# What one step did to the visible document, as (pos, deleted, content, event): delete `deleted` elements at `pos`, or
# (if `deleted` is 0) insert `content` there. `event` is the local number of its first event, so that whoever follows
# along can name the elements. A plain tuple, because there is one for every keystroke of everybody.
Edit = tuple[int, int, Any, int]

# A run of events, or a part of one, as (event, kind, pos, length, content): the kinds are those of `oplog`, `content`
# is empty for deletions.
Op = tuple[int, int, int, int, Any]


def join(empty: Content, parts: Iterable[Content]) -> Content:
    """Return the parts as one sequence of the kind of `empty`."""
    if isinstance(empty, str):
        return empty.join(parts)
    joined: list[object] = []
    for part in parts:
        joined.extend(part)
    return tuple(joined)
