"""Who has the space open right now: names, colours, cursors. Shown to others at once, and never stored.

>>> graph.presence.set({"name": "Ada", "color": "#1b7a48"})          # doctest: +SKIP
>>> graph.presence.others
[Person(peer='…', author='…', values={'name': 'Grace'})]
>>> async for people in graph.presence.changes(): ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from graphvine.gossip.presence_messages import PresenceValue
from graphvine.model.ids import format_key
from graphvine.peer.driver import Driver


class Person(NamedTuple):
    """Somebody else who is here. peer: their tab's id. author: their key. values: what that tab says of itself."""

    peer: str
    author: str
    values: dict[str, PresenceValue]


class WhoIsHere:
    """`graph.presence`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._waiting: dict[asyncio.Event, None] = {}
        self._is_closed = False
        driver.presence_listeners.append(self._changed)

    @property
    def mine(self) -> dict[str, PresenceValue] | None:
        """What we show of ourselves; None while nobody sees us."""
        mine = self._driver.peer.presence.mine
        return None if mine is None else dict(mine)

    @property
    def others(self) -> list[Person]:
        """Everybody else, in the order of their ids."""
        others = sorted(self._driver.peer.presence.others.items())
        return [Person(format_key(peer), format_key(person.author), dict(person.values)) for peer, person in others]

    def set(self, values: Mapping[str, PresenceValue]) -> None:
        """Show these values (null, bool, numbers, text; together at most 1 KiB), and no longer what was before.

        They reach everybody who is here, also through others. Many calls in a row cost little: the last one counts.
        """
        self._driver.show(dict(values))

    def update(self, values: Mapping[str, PresenceValue]) -> None:
        """Show these values besides what was before; those of None go."""
        together = {**(self.mine or {}), **values}
        self._driver.show({name: value for name, value in together.items() if value is not None})

    def leave(self) -> None:
        """Be seen by nobody any more."""
        self._driver.show(None)

    async def changes(self) -> AsyncIterator[list[Person]]:
        """Iterate over `others`: now, and whenever something is different."""
        event = asyncio.Event()
        self._waiting[event] = None
        try:
            while not self._is_closed:
                event.clear()
                yield self.others
                await event.wait()
        finally:
            del self._waiting[event]

    def close(self) -> None:
        """End the iterations."""
        self._is_closed = True
        self._changed()

    def _changed(self) -> None:
        for event in self._waiting:
            event.set()
