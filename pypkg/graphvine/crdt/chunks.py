"""Splits what one transaction says about a value into bodies of a bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from graphvine.limits import MAX_MERGE_BYTES, MAX_MERGE_ENTRIES
from graphvine.model.operation import OWN_OPERATION_BYTES

Entry = TypeVar("Entry")
_GROUP_BYTES = MAX_MERGE_BYTES // 4  # leaves room for framing


def chunks(entries: Iterable[tuple[Entry, int]]) -> Iterator[list[Entry]]:
    """Yield (entry, bytes) pairs in groups; a large entry on its own, so that it can be dropped on its own."""
    group: list[Entry] = []
    total = 0
    for entry, size in entries:
        if size > OWN_OPERATION_BYTES:
            yield [entry]
            continue
        if len(group) == MAX_MERGE_ENTRIES or total + size > _GROUP_BYTES:
            yield group
            group, total = [], 0
        group.append(entry)
        total += size
    if group:
        yield group
