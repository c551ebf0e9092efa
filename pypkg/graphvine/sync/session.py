"""Anti-entropy with one remote peer about one space, until nothing is missing on either side; and again, later.

Both sides begin with `Check` (their digest). Where digests differ each side *pulls* what it lacks (`sync.pulling`) and
answers the other's questions (`sync.serving`), both at once. After a round it checks again; where digests still differ,
the next round goes deeper; where rounds bring nothing, they become rare. Equal digests are checked again every 10 to
20 s, which costs two small messages.

The owner of sessions decides who pulls next (`wants_pull`, `begin_pull`), so that one newcomer does not get
everything from each of its neighbours: `sync.sessions` does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from graphvine.effects import Effect, SendMessage
from graphvine.ports import Rng
from graphvine.sync import params
from graphvine.sync.holdings import Holdings
from graphvine.sync.messages import (
    Ack,
    AskRanges,
    AskWriters,
    Check,
    Have,
    Want,
    decode,
    encode,
    from_digest,
    to_digest,
)
from graphvine.sync.pulling import Pull
from graphvine.sync.serving import SYNC_PROTOCOL, Serving

_QUESTIONS = (Have, AskWriters, AskRanges, Want)


class SyncStatus(NamedTuple):
    """How far anti-entropy with one remote peer is.

    state: ``connecting`` (nothing heard yet), ``receiving``, ``sending``, ``waiting`` (they differ, and the next
    look is due later) or ``converged``. sent, received: transactions, since the session began.
    """

    state: str
    sent: int
    received: int


class SyncSession:
    """One per ready remote peer and space. Times are monotonic seconds.

    remote: peer id. rng: for jitter. tokens: of deliveries; shared by all sessions of a peer, so none is used twice.
    """

    def __init__(
        self, remote: bytes, holdings: Holdings, rng: Rng, *, now: float, tokens: Iterator[int] | None = None
    ) -> None:
        self.wants_pull = False
        self._remote = remote
        self._holdings = holdings
        self._rng = rng
        self._pull = Pull(remote, holdings, rng, tokens or count(), now=now)
        self._serving = Serving(remote, holdings, now=now)
        self._is_heard = False
        self._is_converged = False
        # Rounds in a row that brought nothing although digests differ.
        self._fruitless = 0
        self._is_deep = False
        self._check_at = now
        self._shallow_at = now
        self._deep_at = now

    @property
    def is_pulling(self) -> bool:
        """Whether a round of ours is under way."""
        return self._pull.is_busy

    def status(self) -> SyncStatus:
        """Return what to tell a user."""
        if not self._is_heard:
            state = "connecting"
        elif self._pull.is_busy:
            state = "receiving"
        elif self._serving.is_busy:
            state = "sending"
        else:
            state = "converged" if self._is_converged else "waiting"
        return SyncStatus(state, self._serving.sent, self._pull.received)

    def start(self, *, now: float) -> list[Effect]:
        """Say what we have. Call once, when the remote peer is ready."""
        self._plan_check(now)
        return [self._check(is_reply=True)]

    def begin_pull(self, *, now: float) -> list[Effect]:
        """Start the round that `wants_pull` asked for."""
        self.wants_pull = False
        return self._pull.begin(is_deep=self._is_deep, now=now)

    def receive(self, data: bytes, *, now: float) -> list[Effect]:
        """Take one message of the remote peer. Raises RemoteError."""
        message = decode(data)
        if isinstance(message, Check):
            return self._compare(message, now)
        if isinstance(message, Ack):
            return self._serving.ack(message, now=now)
        if isinstance(message, _QUESTIONS):
            return self._serving.ask(message, now=now)
        return self._pulling(self._pull.receive(message, now=now), now)

    def applied(self, token: int, *, is_complete: bool, fresh: int, now: float) -> list[Effect]:
        """A delivery was dealt with: every transaction of it is applied, held, known, or refused.

        is_complete: none was refused, and each is either in the replica or overruled. Only then do we believe what the
        stream says about sequences that it skipped. fresh: how many of them changed the replica.
        Tokens of an earlier session, or of an abandoned stream, are ignored. Deliveries may be answered in any order.
        """
        return self._pulling(self._pull.applied(token, is_complete=is_complete, fresh=fresh, now=now), now)

    def drained(self, *, now: float) -> list[Effect]:
        """The send queue towards the remote peer has room again."""
        return self._serving.pump(now=now)

    def nudge(self, *, at: float) -> None:
        """Something suggests that the two differ: compare not later than `at`."""
        self._check_at = min(self._check_at, at)

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`; None while only the other side, or `applied`, can bring us on."""
        times = [self._serving.next_wakeup(), self._pull.next_wakeup()]
        if not (self._pull.is_busy or self.wants_pull):
            times.append(self._check_at)
        return min((time for time in times if time is not None), default=None)

    def wake(self, *, now: float) -> list[Effect]:
        """A deadline may have passed."""
        effects = self._pulling(self._pull.wake(now=now), now)
        effects += self._serving.pump(now=now)
        if now >= self._check_at and not (self._pull.is_busy or self.wants_pull):
            self._plan_check(now)
            effects.append(self._check(is_reply=False))
        return effects

    # -- comparing ----------------------------------------------------------------------------------------------------

    def _check(self, *, is_reply: bool) -> SendMessage:
        message = Check(to_digest(self._holdings.digest()), is_reply)
        return SendMessage(self._remote, SYNC_PROTOCOL, encode(message))

    def _plan_check(self, now: float) -> None:
        self._check_at = now + params.CHECK_S + self._rng.random() * params.CHECK_JITTER_S

    def _compare(self, message: Check, now: float) -> list[Effect]:
        self._serving.charge(now=now)
        self._is_heard = True
        if from_digest(message.digest) == self._holdings.digest():
            self._agree(now)
        else:
            self._disagree(now)
        return [] if message.is_reply else [self._check(is_reply=True)]

    def _agree(self, now: float) -> None:
        self._is_converged = True
        self.wants_pull = False
        self._fruitless = 0
        self._shallow_at = self._deep_at = now
        self._plan_check(now)

    def _disagree(self, now: float) -> None:
        self._is_converged = False
        if self._pull.is_busy or self.wants_pull or self._serving.is_busy:
            return  # A check follows when that is over.
        if self._fruitless and now >= self._deep_at:
            self.wants_pull = self._is_deep = True
        elif now >= self._shallow_at:
            self.wants_pull, self._is_deep = True, False
        else:
            self._check_at = min(self._check_at, self._shallow_at)

    def _plan_rounds(self, now: float) -> None:
        """After a round that did not make us equal: when may the next ones be?"""
        if self._pull.has_progressed():
            self._fruitless = 0
        elif self._is_deep or not self._fruitless:
            self._fruitless += 1
            self._deep_at = now + _backoff(self._fruitless)
        self._shallow_at = now + min(params.CHECK_S, _backoff(self._fruitless))

    def _pulling(self, effects: list[Effect], now: float) -> list[Effect]:
        """Notice the end of a round, which is the time to compare again."""
        if not self._pull.is_round_over():
            return effects
        if self._pull.is_equal:
            self._agree(now)
        else:
            self._plan_rounds(now)
        if self._pull.is_failed:
            self._check_at = self._shallow_at
            return effects
        return [*effects, self._check(is_reply=False)]


def _backoff(fruitless: int) -> float:
    return min(params.MAX_BACKOFF_S, params.BACKOFF_S * 2.0 ** min(max(0, fruitless - 1), 20))
