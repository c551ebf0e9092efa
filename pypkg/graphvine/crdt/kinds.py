"""The kinds of mergeable values: which class merges each, and what a body says in words."""

from __future__ import annotations

from graphvine.codec.bodies import decode_counter, decode_list, decode_map, decode_set
from graphvine.codec.text_runs import decode_text_run
from graphvine.crdt.counter import MergedCounter
from graphvine.crdt.list import MergedList
from graphvine.crdt.map import MergedMap
from graphvine.crdt.merged import Merged
from graphvine.crdt.merged_text import MergedText
from graphvine.crdt.set import MergedSet
from graphvine.model.operation import COUNTER, LIST, MAP, SET, TEXT

KINDS: dict[int, type[Merged]] = {
    COUNTER: MergedCounter,
    SET: MergedSet,
    MAP: MergedMap,
    LIST: MergedList,
    TEXT: MergedText,
}


def describe(kind: int, body: bytes) -> object:
    """Return what a checked body says, as plain values for people to read."""
    if kind == COUNTER:
        return {"total": decode_counter(body)}
    if kind == SET:
        added, removed = decode_set(body)
        words: dict[str, object] = {"added": list(added.values()), "removed": list(removed.values())}
    elif kind == MAP:
        said = decode_map(body)
        words = {"put": said.put, "removed": said.removed}
    elif kind == LIST:
        runs, replaced, moved, deleted = decode_list(body)
        inserted = [element for run in runs for element in run.elements]
        words = {"inserted": inserted, "replaced": [each.element for each in replaced]}
        words |= {"moved": len(moved), "deleted": len(deleted)}
    else:
        return _describe_text(body)
    return {word: what for word, what in words.items() if what}


def _describe_text(body: bytes) -> str:
    edits = [edit for segment in decode_text_run(body).segments for edit in segment.edits]
    counts = {
        "inserted": sum(len(text) for _, _, text in edits),
        "deleted": sum(abs(count) for _, count, _ in edits),
    }
    return ", ".join(
        f"{count:,} {'character' if count == 1 else 'characters'} {word}" for word, count in counts.items() if count
    )
