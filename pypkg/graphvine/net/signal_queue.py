"""Signals on their way to the relay: paced to what it accepts, and each one's fate told. Pure and bounded."""

from __future__ import annotations

from collections import deque

from ..model.allowance import Allowance
from . import signaling

# Signals that wait for their turn, and that wait for the relay's answer. 24 dials with 10 candidates each fit.
MAX_QUEUED = 256
MAX_UNANSWERED = 512
# A little below what the relay takes, because pings count there too and clocks differ.
_PER_S = signaling.SIGNALS_PER_S * 0.9
_BURST = signaling.SIGNALS_BURST - 10.0


class SignalQueue:
    """First in, first out. Frames leave by `take`; answers come back by number."""

    def __init__(self) -> None:
        self._queued: deque[tuple[bytes, str, str]] = deque()
        self._unanswered: dict[int, bytes] = {}
        self._bucket = Allowance(_PER_S, _BURST, now=0.0)
        self._number = 0

    def restart(self, *, now: float) -> None:
        """A new connection has a new, full bucket at the relay."""
        self._bucket = Allowance(_PER_S, _BURST, now=now)

    def put(self, peer: bytes, blob: str) -> bool:
        """Queue a blob (base64url) for a 32-byte key, or say False: too many wait."""
        to = signaling.peer_id(peer)
        if len(self._queued) >= MAX_QUEUED:
            return False
        self._queued.append((peer, to, blob))
        return True

    def take(self, *, now: float) -> tuple[list[str], list[bytes]]:
        """Return the frames that may be sent now, and peers whose signals were never answered and are given up."""
        frames: list[str] = []
        lost: list[bytes] = []
        while self._queued and self._bucket.take(now=now):
            peer, to, blob = self._queued.popleft()
            self._number = (self._number + 1) % 2**32
            if len(self._unanswered) >= MAX_UNANSWERED:
                lost.append(self._unanswered.pop(next(iter(self._unanswered))))
            self._unanswered[self._number] = peer
            frames.append(signaling.encode(signaling.Signal(to=to, blob=blob, n=self._number)))
        return frames, lost

    def answered(self, number: int) -> bytes | None:
        """Return the peer of a signal that the relay took or refused; None if there is no such signal."""
        return self._unanswered.pop(number, None)

    def clear(self) -> list[bytes]:
        """Give up everything, and return whose signals were given up, each peer once."""
        peers = dict.fromkeys([*self._unanswered.values(), *(peer for peer, _, _ in self._queued)])
        self._unanswered.clear()
        self._queued.clear()
        return list(peers)

    def next_wakeup(self, *, now: float) -> float | None:
        """Return when `take` has something again."""
        return self._bucket.ready_at(now=now) if self._queued else None
