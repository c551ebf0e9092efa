"""Updates that came before something they build on. Bounded: the oldest goes first.

They wait as the bytes that came: decoded, small edits would take thirty times the room. Whoever keeps the updates
anyway, and must not lose one of two that claim the same numbers, asks for all to be kept.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from graphvine.crdt.text.params import MAX_HELD, MAX_HELD_BYTES

Name = tuple[bytes, int]
# What an update waits under: its name, and its bytes where several of one name are kept.
Key = tuple[Name, bytes]


class Waiting(NamedTuple):
    """An encoded update whose first event is `name`, and the agent that its envelope named."""

    name: Name
    events: int
    data: bytes
    envelope: bytes


class Held:
    """Waiting updates by what they wait for.

    keep_all: never drop one, neither for want of room nor because another one has its name.
    dropped: how many had to go for want of room. They must be asked for again.
    """

    def __init__(self, *, keep_all: bool = False) -> None:
        self._held: OrderedDict[Key, tuple[Waiting, Name]] = OrderedDict()
        self._missing_by_agent: dict[bytes, dict[Key, int]] = {}
        self._bytes = 0
        self._keeps_all = keep_all
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._held)

    def copy(self) -> Held:
        """Return what waits here, to go on on its own."""
        twin = Held(keep_all=self._keeps_all)
        twin._held = self._held.copy()
        twin._missing_by_agent = {agent: dict(waiting) for agent, waiting in self._missing_by_agent.items()}
        twin._bytes, twin.dropped = self._bytes, self.dropped
        return twin

    def hold(self, update: Waiting, missing: Name) -> None:
        """Keep an update until the event called `missing` is known. The longer of two with one name stays."""
        key = update.name, update.data if self._keeps_all else b""
        known = self._held.get(key)
        if known is not None:
            if known[0].events >= update.events:
                return
            self._remove(key)
        self._held[key] = (update, missing)
        self._missing_by_agent.setdefault(missing[0], {})[key] = missing[1]
        self._bytes += len(update.data)
        while not self._keeps_all and (len(self._held) > MAX_HELD or self._bytes > MAX_HELD_BYTES):
            self._remove(next(iter(self._held)))
            self.dropped += 1

    def take(self, agent: bytes, next_seq: int) -> list[Waiting]:
        """Remove and return the updates that waited for an event of `agent` that is now known."""
        waiting = self._missing_by_agent.get(agent)
        if not waiting:
            return []
        ready = sorted(key for key, seq in waiting.items() if seq < next_seq)
        return [self._remove(key) for key in ready]

    def missing(self) -> list[Name]:
        """Return the events that are waited for, sorted."""
        return sorted({missing for _, missing in self._held.values()})

    def _remove(self, key: Key) -> Waiting:
        update, missing = self._held.pop(key)
        waiting = self._missing_by_agent[missing[0]]
        del waiting[key]
        if not waiting:
            del self._missing_by_agent[missing[0]]
        self._bytes -= len(update.data)
        return update
