"""Which links there are: by name, by remote peer, ready or still on their way."""

from __future__ import annotations

from graphvine.net.link import Link


class LinkTable:
    """A remote peer has at most one ready link, and any number of pending ones (their owner sees to it that few)."""

    def __init__(self) -> None:
        self._by_name: dict[str, Link] = {}
        self._ready: dict[bytes, Link] = {}
        self._pending: dict[bytes, list[Link]] = {}

    @property
    def count(self) -> int:
        """Remote peers with a link, ready or not."""
        return len(self._ready.keys() | self._pending.keys())

    def __contains__(self, link: Link) -> bool:
        return self._by_name.get(link.name) is link

    def links(self) -> list[Link]:
        """Return all, the oldest first."""
        return list(self._by_name.values())

    def named(self, name: str) -> Link | None:
        """Return the link that the transport calls so."""
        return self._by_name.get(name)

    def ready(self, peer: bytes) -> Link | None:
        """Return the link that messages go through."""
        return self._ready.get(peer)

    def pending(self, peer: bytes) -> list[Link]:
        """Return those that are not ready, the oldest first."""
        return list(self._pending.get(peer, ()))

    def of(self, peer: bytes) -> list[Link]:
        """Return every link to a peer, the ready one last."""
        ready = self._ready.get(peer)
        return self.pending(peer) if ready is None else [*self.pending(peer), ready]

    def pending_of_kind(self, peer: bytes, kind: str) -> Link | None:
        """Return the pending link of a kind of transport."""
        return next((link for link in self._pending.get(peer, ()) if link.kind == kind), None)

    def session(self, peer: bytes, session: int) -> Link | None:
        """Return the pending link that this signaling session is about."""
        for link in self._pending.get(peer, ()):
            if link.negotiation is not None and link.negotiation.session == session:
                return link
        return None

    def pending_count(self, *, is_initiator: bool) -> int:
        """Return how many links are on their way that we (or others) have begun."""
        return sum(link.is_initiator is is_initiator for links in self._pending.values() for link in links)

    def next_due(self) -> float:
        """Return when the first link wants to be woken; inf for never."""
        return min([link.due for link in self._by_name.values()], default=float("inf"))

    def add(self, link: Link) -> None:
        """Take in a new, pending link."""
        self._by_name[link.name] = link
        self._pending.setdefault(link.peer, []).append(link)

    def promote(self, link: Link) -> None:
        """A pending link is the ready one now. The one before must have been removed."""
        self._remove_pending(link)
        self._ready[link.peer] = link

    def remove(self, link: Link) -> bool:
        """Forget a link; tell whether it was the ready one."""
        del self._by_name[link.name]
        if self._ready.get(link.peer) is link:
            del self._ready[link.peer]
            return True
        self._remove_pending(link)
        return False

    def _remove_pending(self, link: Link) -> None:
        pending = self._pending[link.peer]
        pending.remove(link)
        if not pending:
            del self._pending[link.peer]
