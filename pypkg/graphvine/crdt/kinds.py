"""The kinds of mergeable values: which class merges each."""

from __future__ import annotations

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
