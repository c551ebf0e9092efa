"""Is the other side still there? A killed peer leaves its channel "open" for good, so we have to ask.

Anything received is a sign of life. After `PING_AFTER_S` of silence we send one ping (the channel is reliable, so one
is enough); `DEAD_AFTER_S` after the last sign of life the link is dead. It never dies without a ping that had its time
to be answered: whoever closes the lid of a laptop and opens it again first asks, then judges.

On the wire (messages of protocol 0, see `handshake`): ``4, number (8 bytes)`` asks, ``5, the same number`` answers.
"""

from __future__ import annotations

from typing import Final

from graphvine.net.params import DEAD_AFTER_S, MAX_CHANCES, MEASURE_EVERY_S, PING_AFTER_S, SLEPT_S

PING: Final = 4
PONG: Final = 5
# Kind and number.
PING_BYTES: Final = 9


class Liveness:
    """Watches one ready link.

    due: when to call `wake`. is_dead: whether to give it up. rtt_s: smoothed round-trip time, None until measured.
    """

    __slots__ = ("_asked_at", "_chances", "_heard_at", "_number", "_pinged_at", "due", "is_dead", "rtt_s")

    def __init__(self, *, now: float) -> None:
        self._heard_at = now
        self._asked_at: float | None = None
        self._chances = 0
        self._number = 0
        self._pinged_at = now
        self.due = now
        self.is_dead = False
        self.rtt_s: float | None = None

    def heard(self, *, now: float) -> None:
        """Something came in."""
        self._heard_at = now
        self._asked_at = None
        self._chances = 0
        due = now + PING_AFTER_S
        measure = self._pinged_at + MEASURE_EVERY_S
        self.due = due if due < measure else max(now, measure)

    def answered(self, number: int, *, now: float) -> None:
        """A pong came in; only the latest ping counts, and only once."""
        if number == self._number and self._number:
            sample = now - self._pinged_at
            self.rtt_s = sample if self.rtt_s is None else 0.75 * self.rtt_s + 0.25 * sample
            self._number = -number

    def wake(self, *, now: float) -> bytes | None:
        """Return a ping to send, or None; look at `is_dead` afterwards."""
        if now < self.due:
            return None
        if self._asked_at is None:
            return self._ping(now)
        if now > self.due + SLEPT_S and self._chances < MAX_CHANCES:
            self._chances += 1
            return self._ping(now)
        self.is_dead = True
        return None

    def _ping(self, now: float) -> bytes:
        self._asked_at = now
        self._pinged_at = now
        self._number = abs(self._number) + 1
        self.due = max(self._heard_at + DEAD_AFTER_S, now + DEAD_AFTER_S - PING_AFTER_S)
        return bytes((PING,)) + self._number.to_bytes(8, "big")
