"""Our side of the connection to a relay: joins a room, stays in it, comes back to it. A pure machine.

The session needs a relay only to meet peers; it says so (`RelayState`) and keeps trying for ever when there is none.
The relays of `urls` are tried in order, so that peers with the same list meet at the same relay; a session that
had to take a later one goes back to the first after a while, or two halves of a space would never meet again.

A relay is a stranger. What it can do is keep peers apart; it can't make us grow (peers, queues and its frames are
bounded), sign anything but a join, loop without back-off, or say who a peer is: the handshake decides that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .. import limits
from ..effects import Sign
from ..errors import InvalidValue, MalformedMessage, TooLarge
from ..model.allowance import Allowance
from ..ports import Rng
from . import signaling
from .relay_effects import (
    CloseSocket,
    IceOffered,
    OpenSocket,
    PeerGone,
    PeerSeen,
    RelayEffect,
    RelayState,
    SendText,
    SignalFailed,
    SignalReceived,
    State,
)
from .signal_queue import SignalQueue

# Seconds for the socket to open and the relay to say its challenge; then again until we have joined.
ANSWER_TIMEOUT_S = 10.0
# Wait before the first retry, doubled after each round through all relays up to the cap; half of it is dice.
RETRY_S = 1.0
MAX_RETRY_S = 30.0
# Wait between two relays of one round.
NEXT_RELAY_S = 0.2
# A connection that held so long was good: the back-off starts afresh after it.
STABLE_S = 30.0
# Silence after which we ping, and silence after the ping that means the relay is gone.
PING_AFTER_S = 25.0
PONG_TIMEOUT_S = 10.0
# The same when the network may have changed under an open socket: a relay that answers does so in a moment.
HURRIED_PONG_S = 4.0
# An attempt that is younger than this goes on when the network is said to be back.
FRESH_S = 2.0
# After so long at a relay that isn't the first of the list, try the first again.
GO_HOME_S = 300.0
# Soonest renewal of ICE credentials, whatever short life the relay gives them.
MIN_RENEW_S = 30.0
# Frames that we read from a relay: a second, and at once. A room of 1,000 that joins at once stays below.
FRAMES_PER_S = 200.0
FRAMES_BURST = 2_000.0


class RelaySession:
    """One peer in one room, at one relay at a time.

    urls: ws:// or wss:// addresses, the preferred one first. room: opaque id (`signaling.RoomId`). public_key: the
    32-byte key that `Sign` signs with. capability: token for relays that want one. Raises InvalidValue.
    """

    def __init__(
        self, urls: Sequence[str], room: str, public_key: bytes, rng: Rng, *, capability: str | None = None
    ) -> None:
        for url in urls:
            if not re.match(r"wss?://[!-~]+\Z", url):
                raise InvalidValue(f"{url!r} is no relay address; it looks like ws://127.0.0.1:8765/ or wss://...")
        if not urls:
            raise InvalidValue("A relay session needs at least one relay address.")
        signaling.check_join(room, capability)
        self.state: State = "disconnected"
        self._urls = tuple(urls)
        self._room = room
        self._peer_id = signaling.peer_id(public_key)
        self._rng = rng
        self._capability = capability
        self._url_index = 0
        self._failures = 0
        self._socket = 0
        self._token = 0
        self._known: dict[str, None] = {}
        self._queue = SignalQueue()
        self._frames = Allowance(FRAMES_PER_S, FRAMES_BURST, now=0.0)
        self._is_started = False
        self._is_pinged = False
        self._now = self._joined_at = self._heard_at = 0.0
        # Deadline of the state: retry, timeout of an answer, end of a drain; None in "joined" at the first relay.
        self._deadline: float | None = None
        self._renew_at: float | None = None

    # -- local verbs --------------------------------------------------------------------------------------------------

    def start(self, *, now: float) -> list[RelayEffect]:
        """Begin; from now on the session is in the room whenever it can be."""
        self._now = now
        if self._is_started:
            return []
        self._is_started = True
        return self._connect(now)

    def stop(self, *, now: float) -> list[RelayEffect]:
        """Leave the relay and don't come back (until `start`)."""
        self._now = now
        if not self._is_started:
            return []
        self._is_started = False
        effects = self._leave("stopped")
        self._deadline = None
        return effects

    def hurry(self, *, now: float) -> list[RelayEffect]:
        """The network may be back: don't wait for anything. Where we are joined, the relay must soon give an answer."""
        self._now = now
        if not self._is_started:
            return []
        if self.is_joined:
            if self._is_pinged:
                return []
            self._is_pinged = True
            self._heard_at = now + HURRIED_PONG_S - PONG_TIMEOUT_S - PING_AFTER_S
            return [self._say(signaling.Ping())]
        begun_at = (self._deadline or now) - ANSWER_TIMEOUT_S
        if self.state != "disconnected" and now - begun_at < FRESH_S:
            return []
        effects = self._leave("the network is back")
        self._failures = self._url_index = 0
        return effects + self._connect(now)

    def signal(self, peer: bytes, data: bytes, *, now: float) -> list[RelayEffect]:
        """Send sealed bytes (1..`signaling.MAX_SIGNAL_BYTES`) to a peer in the room."""
        self._now = now
        if not self.is_joined:
            return [SignalFailed(peer, "away")]
        try:
            blob = signaling.encode_blob(data)
        except TooLarge:
            return [SignalFailed(peer, "big")]
        if not self._queue.put(peer, blob):
            return [SignalFailed(peer, "busy")]
        return self._flush(now)

    @property
    def is_joined(self) -> bool:
        """Whether signals can be sent."""
        return self.state in ("joined", "draining")

    # -- what happens to the socket -----------------------------------------------------------------------------------

    def opened(self, socket: int, *, now: float) -> list[RelayEffect]:
        """A socket opened. The relay speaks first."""
        self._now = now
        if socket == self._socket and self.state == "connecting":
            self._deadline = now + ANSWER_TIMEOUT_S
        return []

    def closed(self, socket: int, reason: str, *, now: float) -> list[RelayEffect]:
        """A socket closed or never opened. reason: for people."""
        self._now = now
        if socket != self._socket or self.state == "disconnected":
            return []
        effects = self._retry(reason[:200] or "closed", now)
        return [effect for effect in effects if not isinstance(effect, CloseSocket)]

    def receive(self, sender: int, data: str, *, now: float) -> list[RelayEffect]:
        """A text frame came in on socket `sender`."""
        self._now = now
        if sender != self._socket or self.state == "disconnected":
            return []
        if not self._frames.take(now=now):
            return self._retry("the relay sends too much", now)
        try:
            message = signaling.decode_from_relay(data)
        except MalformedMessage as error:
            return self._retry(str(error)[:200], now)
        self._heard_at, self._is_pinged = now, False
        if self.is_joined:
            return self._while_joined(message, now)
        return self._while_joining(message, now)

    def completed(self, token: int, result: bytes | None, *, now: float) -> list[RelayEffect]:
        """Answer to `Sign`: 64 bytes, or None if it failed."""
        self._now = now
        if token != self._token or self.state != "challenged":
            return []
        if result is None:
            return self._retry("could not sign", now)
        self._token += 1
        self._deadline = now + ANSWER_TIMEOUT_S
        signature = signaling.encode_base64url(result)
        return [
            self._say(signaling.Join(signaling.VERSION, self._room, self._peer_id, signature, cap=self._capability))
        ]

    def wake(self, *, now: float) -> list[RelayEffect]:
        """Deadlines passed."""
        self._now = now
        if self._deadline is not None and now >= self._deadline:
            return self._deadline_passed(now)
        if not self.is_joined:
            return []
        effects: list[RelayEffect] = []
        if now >= self._silence_ends():
            if self._is_pinged:
                return self._retry("the relay is silent", now)
            self._is_pinged = True
            effects.append(self._say(signaling.Ping()))
        if self._renew_at is not None and now >= self._renew_at:
            self._renew_at = now + MIN_RENEW_S
            effects.append(self._say(signaling.Who()))
        return effects + self._flush(now)

    def next_wakeup(self) -> float | None:
        """Return when to call `wake`."""
        times = [self._deadline]
        if self.is_joined:
            times += [self._silence_ends(), self._renew_at, self._queue.next_wakeup(now=self._now)]
        return min((time for time in times if time is not None), default=None)

    # -- joining ------------------------------------------------------------------------------------------------------

    def _connect(self, now: float) -> list[RelayEffect]:
        self._socket += 1
        self._deadline = now + ANSWER_TIMEOUT_S
        self._frames = Allowance(FRAMES_PER_S, FRAMES_BURST, now=now)
        return [self._enter("connecting"), OpenSocket(self._socket, self._urls[self._url_index])]

    def _while_joining(self, message: signaling.FromRelay, now: float) -> list[RelayEffect]:
        match message:
            case signaling.Challenge() if self.state == "connecting":
                self._token += 1
                self._deadline = now + ANSWER_TIMEOUT_S
                return [
                    self._enter("challenged"),
                    Sign(self._token, signaling.join_message(message.nonce, self._room)),
                ]
            case signaling.Joined() if self.state == "challenged":
                self._joined_at = now
                is_home = self._url_index == 0
                self._deadline = None if is_home else now + GO_HOME_S * (0.5 + self._rng.random())
                self._queue.restart(now=now)
                return [self._enter("joined"), *self._learn(message, now)]
            case signaling.Refused():
                return self._retry(f"the relay refused us: {message.code}", now)
            case _:
                return self._retry("the relay spoke out of turn", now)

    def _deadline_passed(self, now: float) -> list[RelayEffect]:
        match self.state:
            case "disconnected":
                return self._connect(now)
            case "joined":  # at a later relay of the list
                effects = self._leave("going back to the preferred relay")
                self._url_index = 0
                return effects + self._connect(now)
            case "draining":
                return self._retry("the relay is stopping", now)
            case _:
                return self._retry("no answer", now)

    # -- in the room --------------------------------------------------------------------------------------------------

    def _while_joined(self, message: signaling.FromRelay, now: float) -> list[RelayEffect]:
        match message:
            case signaling.Forwarded():
                return self._signal_received(message)
            case signaling.Presence(op="join", id=peer):
                return self._seen(peer)
            case signaling.Presence(op="leave", id=peer):
                return self._gone(peer)
            case signaling.Ack():
                self._queue.answered(message.n)
                return []
            case signaling.Refused():
                return self._refused(message)
            case signaling.Joined():
                return self._learn(message, now)
            case signaling.Drain():
                self._deadline = now + message.after
                return [self._enter("draining")] if self.state == "joined" else []
            case signaling.Pong():
                return []
            case _:
                return self._retry("the relay spoke out of turn", now)

    def _learn(self, joined: signaling.Joined, now: float) -> list[RelayEffect]:
        self._renew_at = now + max(MIN_RENEW_S, joined.ttl / 2) if joined.ttl else None
        effects: list[RelayEffect] = [IceOffered(joined.ice)]
        for peer in joined.peers:
            effects += self._seen(peer)
        return effects

    def _seen(self, peer: str) -> list[RelayEffect]:
        if peer in self._known or peer == self._peer_id or len(self._known) >= limits.MAX_KNOWN_PEERS:
            return []
        self._known[peer] = None
        return [PeerSeen(signaling.public_key(peer))]

    def _gone(self, peer: str) -> list[RelayEffect]:
        if peer not in self._known:
            return []
        del self._known[peer]
        return [PeerGone(signaling.public_key(peer))]

    def _signal_received(self, message: signaling.Forwarded) -> list[RelayEffect]:
        if message.sender == self._peer_id:
            return []
        try:
            data = signaling.decode_base64url(message.blob)
        except MalformedMessage:
            return []  # the fault of the sender, not of the relay, which does not look into it
        return [SignalReceived(signaling.public_key(message.sender), data)]

    def _refused(self, message: signaling.Refused) -> list[RelayEffect]:
        peer = None if message.n is None else self._queue.answered(message.n)
        return [] if peer is None else [SignalFailed(peer, message.code)]

    def _flush(self, now: float) -> list[RelayEffect]:
        frames, lost = self._queue.take(now=now)
        effects: list[RelayEffect] = [SendText(self._socket, frame) for frame in frames]
        return effects + [SignalFailed(peer, "lost") for peer in lost]

    def _silence_ends(self) -> float:
        return self._heard_at + PING_AFTER_S + (PONG_TIMEOUT_S if self._is_pinged else 0.0)

    # -- leaving ------------------------------------------------------------------------------------------------------

    def _retry(self, reason: str, now: float) -> list[RelayEffect]:
        """Leave this relay, and set the time for the next attempt."""
        was_good = self.is_joined and now - self._joined_at >= STABLE_S
        is_drained = self.state == "draining"
        effects = self._leave(reason)
        if was_good:
            self._failures = 0
            self._url_index = (self._url_index + 1) % len(self._urls) if is_drained else 0
        else:
            self._failures += 1
            self._url_index = (self._url_index + 1) % len(self._urls)
        self._deadline = now + self._delay()
        return effects

    def _delay(self) -> float:
        rounds, position = divmod(self._failures, len(self._urls))
        delay = NEXT_RELAY_S if position else min(MAX_RETRY_S, RETRY_S * 2 ** min(rounds, 10))
        return delay * (0.5 + self._rng.random() / 2)

    def _leave(self, reason: str) -> list[RelayEffect]:
        """Give up the socket and everything that hung on it."""
        effects: list[RelayEffect] = []
        if self.state != "disconnected":
            effects = [CloseSocket(self._socket), self._enter("disconnected", reason)]
        self._token += 1
        self._known.clear()
        self._renew_at = None
        return effects + [SignalFailed(peer, "away") for peer in self._queue.clear()]

    def _enter(self, state: State, detail: str = "") -> RelayState:
        self.state = state
        return RelayState(state, self._urls[self._url_index], detail)

    def _say(self, message: signaling.FromPeer) -> SendText:
        return SendText(self._socket, signaling.encode(message))
