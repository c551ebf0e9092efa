"""The kinds of mergeable values: which class merges each."""

from __future__ import annotations

from graphvine.crdt.counter import MergedCounter
from graphvine.crdt.merged import Merged
from graphvine.model.operation import COUNTER

KINDS: dict[int, type[Merged]] = {COUNTER: MergedCounter}
