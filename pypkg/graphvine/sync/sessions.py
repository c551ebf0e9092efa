"""All sessions of one space: made and dropped with the remote peers, and taking turns in pulling."""

from __future__ import annotations

from itertools import count

from graphvine.effects import Effect
from graphvine.ports import Rng
from graphvine.sync import params
from graphvine.sync.holdings import Holdings
from graphvine.sync.session import SyncSession, SyncStatus


class Sessions:
    """Anti-entropy of one space with every ready remote peer. Times are monotonic seconds.

    One session pulls at a time, in order of request; one that takes longer than `TURN_S` no longer keeps the next
    one waiting.
    """

    def __init__(self, holdings: Holdings, rng: Rng) -> None:
        self._holdings = holdings
        self._rng = rng
        self._tokens = count()
        self._session_by_peer: dict[bytes, SyncSession] = {}
        # Who waits for a turn, in order.
        self._queue: dict[bytes, None] = {}
        self._puller: bytes | None = None
        self._turn_ends = 0.0

    def peer_ready(self, peer: bytes, *, now: float) -> list[Effect]:
        """Begin with a remote peer (again, if it was lost and is back)."""
        self.peer_lost(peer)
        session = SyncSession(peer, self._holdings, self._rng, now=now, tokens=self._tokens)
        self._session_by_peer[peer] = session
        return session.start(now=now) + self._take_turns(now)

    def peer_lost(self, peer: bytes) -> None:
        """Forget a remote peer. Its deliveries under way may still be answered, without effect."""
        self._session_by_peer.pop(peer, None)
        self._queue.pop(peer, None)
        if self._puller == peer:
            self._puller = None
            self._turn_ends = 0.0

    def receive(self, sender: bytes, data: bytes, *, now: float) -> list[Effect]:
        """Take a message of the sync protocol. Raises RemoteError."""
        session = self._session_by_peer.get(sender)
        if session is None:
            return []
        try:
            effects = session.receive(data, now=now)
        finally:
            self._note(sender, session)
        return effects + self._take_turns(now)

    def applied(self, sender: bytes, token: int, *, is_complete: bool, fresh: int, now: float) -> list[Effect]:
        """Answer to `Deliver(sender, ..., token=token)`: see `SyncSession.applied`."""
        session = self._session_by_peer.get(sender)
        if session is None:
            return []
        effects = session.applied(token, is_complete=is_complete, fresh=fresh, now=now)
        self._note(sender, session)
        if fresh:
            for peer, other in self._session_by_peer.items():
                if peer != sender:
                    other.nudge(at=now + params.NEWS_S)
        return effects + self._take_turns(now)

    def drained(self, peer: bytes, *, now: float) -> list[Effect]:
        """The send queue towards a peer has room again."""
        session = self._session_by_peer.get(peer)
        return session.drained(now=now) if session else []

    def nudge(self, peer: bytes, *, now: float) -> None:
        """Gossip skipped this peer: compare soon."""
        session = self._session_by_peer.get(peer)
        if session:
            session.nudge(at=now + params.NUDGE_S)

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`."""
        times = [time for session in self._session_by_peer.values() if (time := session.next_wakeup()) is not None]
        if self._queue:
            times.append(self._turn_ends)
        return min(times, default=None)

    def wake(self, *, now: float) -> list[Effect]:
        """Deadlines may have passed."""
        effects: list[Effect] = []
        for peer, session in self._session_by_peer.items():
            time = session.next_wakeup()
            if time is not None and time <= now:
                effects += session.wake(now=now)
                self._note(peer, session)
        return effects + self._take_turns(now)

    def status(self) -> dict[bytes, SyncStatus]:
        """Return the state of each session, by peer id."""
        return {peer: session.status() for peer, session in self._session_by_peer.items()}

    def _note(self, peer: bytes, session: SyncSession) -> None:
        if session.wants_pull:
            self._queue[peer] = None
        else:
            self._queue.pop(peer, None)

    def _take_turns(self, now: float) -> list[Effect]:
        puller = self._session_by_peer.get(self._puller) if self._puller is not None else None
        if not self._queue or (puller is not None and puller.is_pulling and now < self._turn_ends):
            return []
        peer = next(iter(self._queue))
        del self._queue[peer]
        self._puller, self._turn_ends = peer, now + params.TURN_S
        return self._session_by_peer[peer].begin_pull(now=now)
