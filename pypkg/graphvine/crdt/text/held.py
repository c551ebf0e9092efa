"""Updates that came before something they build on. Bounded: the oldest goes first."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic

from graphvine.crdt.text.params import MAX_HELD, MAX_HELD_BYTES
from graphvine.crdt.text.sequence import Content
from graphvine.crdt.text.update import Update

Name = tuple[bytes, int]


class Held(Generic[Content]):
    """Waiting updates by what they wait for.

    dropped: how many had to go for want of room. They must be asked for again.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[Name, tuple[Update[Content], int, Name]] = OrderedDict()
        self._waiting: dict[bytes, dict[Name, int]] = {}
        self._bytes = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, update: Update[Content], size_bytes: int, missing: Name) -> None:
        """Keep an update until the event called `missing` is known. The first of two with one name stays."""
        name = (update.agent, update.seq)
        known = self._held.get(name)
        if known is not None:
            if known[0].events() >= update.events():
                return
            self._remove(name)
        self._held[name] = (update, size_bytes, missing)
        self._waiting.setdefault(missing[0], {})[name] = missing[1]
        self._bytes += size_bytes
        while len(self._held) > MAX_HELD or self._bytes > MAX_HELD_BYTES:
            self._remove(next(iter(self._held)))
            self.dropped += 1

    def take(self, agent: bytes, next_seq: int) -> list[tuple[Update[Content], int]]:
        """Remove and return the updates that waited for an event of `agent` that is now known, with their sizes."""
        waiting = self._waiting.get(agent)
        if not waiting:
            return []
        ready = sorted(name for name, seq in waiting.items() if seq < next_seq)
        return [self._remove(name) for name in ready]

    def missing(self) -> list[Name]:
        """Return the events that are waited for and not themselves held, sorted."""
        wanted = {missing for _, _, missing in self._held.values()}
        return sorted(wanted)

    def _remove(self, name: Name) -> tuple[Update[Content], int]:
        update, size_bytes, missing = self._held.pop(name)
        waiting = self._waiting[missing[0]]
        del waiting[name]
        if not waiting:
            del self._waiting[missing[0]]
        self._bytes -= size_bytes
        return update, size_bytes
