"""Remote peers that we know of: what they did, and when to try them again. Bounded; no clock.

Full means that the peer not heard of for longest is forgotten, unless it has links or we want to reach it.
"""

from __future__ import annotations

from collections import deque
from math import inf

from graphvine.limits import MAX_KNOWN_PEERS, MAX_PENALTY, PENALTY_HALF_LIFE_S
from graphvine.net.params import MAX_FAILURES, MAX_FINISHED, MAX_RETRY_S, PREFERRED, RETRY_S, SPREAD_S
from graphvine.ports import Rng


class PeerRecord:
    """What we remember of one remote peer.

    via: kinds of transport by which we want to reach it; empty: we don't. retry_at: when to dial, inf for not now.
    failures: dials in a row that came to nothing. links: how many it has. quiet_until: until when we refuse its offers.
    finished: sessions that are over.
    """

    __slots__ = (
        "_penalty",
        "_penalty_at",
        "failures",
        "finished",
        "links",
        "peer",
        "quiet_until",
        "retry_at",
        "via",
    )

    def __init__(self, peer: bytes, *, now: float) -> None:
        self.peer = peer
        self.via: list[str] = []
        self.retry_at = inf
        self.failures = 0
        self.links = 0
        self.quiet_until = -inf
        self.finished: deque[int] = deque(maxlen=MAX_FINISHED)
        self._penalty = 0.0
        self._penalty_at = now

    def penalty(self, *, now: float) -> float:
        """Return the points of now; they halve every `PENALTY_HALF_LIFE_S`."""
        age = max(0.0, now - self._penalty_at)
        return float(self._penalty * 0.5 ** (age / PENALTY_HALF_LIFE_S))

    def penalise(self, points: float, *, now: float) -> bool:
        """Add points; tell whether the peer is to be hung up on. It stays refused until half of them are gone."""
        self._penalty = self.penalty(now=now) + max(0.0, points)
        self._penalty_at = now
        return self._penalty >= MAX_PENALTY

    def is_refused(self, *, now: float) -> bool:
        """Tell whether we want no link with it now."""
        return now < self.quiet_until or self.penalty(now=now) > MAX_PENALTY / 2

    def want(self, kind: str) -> None:
        """Want to reach it by this kind, too; the preferred kind is tried first."""
        if kind not in self.via:
            self.via.append(kind)
            self.via.sort(key=rank)

    def next_kind(self) -> str:
        """Return the kind to try next: each in turn."""
        return self.via[self.failures % len(self.via)]


class PeerBook:
    """All records, and the dials that are to come."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._records: dict[bytes, PeerRecord] = {}
        # Those with a finite retry_at. Ordered by insertion, which is the order of events.
        self._waiting: dict[bytes, PeerRecord] = {}

    def __len__(self) -> int:
        return len(self._records)

    def find(self, peer: bytes) -> PeerRecord | None:
        """Return the record of a peer that we know."""
        return self._records.get(peer)

    def note(self, peer: bytes, *, now: float) -> PeerRecord:
        """Return the record of a peer that was just heard of, or that we are about to need."""
        record = self._records.pop(peer, None)
        if record is None:
            self._make_room()
            record = PeerRecord(peer, now=now)
        self._records[peer] = record
        return record

    def forget_wish(self, record: PeerRecord) -> None:
        """We no longer want to reach this peer."""
        record.via.clear()
        self.dial_at(record, inf)

    def dial_at(self, record: PeerRecord, at: float) -> None:
        """Set the time of the next dial; inf for none."""
        record.retry_at = at
        if at == inf:
            self._waiting.pop(record.peer, None)
        else:
            self._waiting[record.peer] = record

    def failed(self, record: PeerRecord, *, now: float, at_least_s: float = 0.0) -> None:
        """A dial came to nothing: wait longer each time; give up after `MAX_FAILURES`."""
        record.failures += 1
        if not record.via:
            return
        if record.failures >= MAX_FAILURES:
            record.failures = 0
            self.forget_wish(record)
            return
        wait_s = min(MAX_RETRY_S, RETRY_S * 2.0 ** (record.failures - 1))
        wait_s *= 0.5 + 0.5 * self._rng.random()
        self.dial_at(record, now + max(wait_s, at_least_s))

    def soon(self, record: PeerRecord, *, now: float) -> None:
        """Dial nearly at once: spread a little, because many may do the same."""
        if record.via:
            self.dial_at(record, now + SPREAD_S * self._rng.random())

    def waiting(self) -> list[PeerRecord]:
        """Return who waits for a dial, whenever that is."""
        return list(self._waiting.values())

    def due(self, *, now: float) -> list[PeerRecord]:
        """Return who is to be dialled now, the longest overdue first."""
        ready = [record for record in self._waiting.values() if record.retry_at <= now]
        ready.sort(key=lambda record: record.retry_at)
        return ready

    def next_dial(self) -> float:
        """Return when `due` has somebody; inf for never."""
        return min([record.retry_at for record in self._waiting.values()]) if self._waiting else inf

    def _make_room(self) -> None:
        if len(self._records) < MAX_KNOWN_PEERS:
            return
        spare = [record for record in self._records.values() if not record.links]
        victim = next((record for record in spare if not record.via), spare[0] if spare else None)
        if victim is not None:
            self.dial_at(victim, inf)
            del self._records[victim.peer]


def rank(kind: str) -> int:
    """Return how good a kind of transport is; lower is better."""
    return PREFERRED.index(kind) if kind in PREFERRED else len(PREFERRED)
