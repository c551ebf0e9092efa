"""Signaling between two peers, before they have a link: offer, answer, candidates, bye; and who gives way.

These messages travel sealed through the relay, which does not see them. They are MessagePack arrays, tag first::

    ["o", session, sdp]              offer: open a link with me
    ["a", session, sdp]              answer to the offer of that session
    ["c", session, candidate, mid]   one ICE candidate line of the sender; "" says that there are no more
    ["b", session, reason]           the session is over, or was refused

**session** is a random number that the offering side chose. What belongs to no session of now is ignored: it is late.
Candidates may overtake the description they belong to; a bounded number waits for it.

**Glare**: when both sides offer at once, the offer of the lower peer id wins. The lower side ignores the other's offer
(and repeats its own, in case that was lost); the higher side drops its own and answers. Both decide alike.

Nothing here proves anything: `handshake` does, once the link is open. So a signal never touches a link that is ready.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from graphvine.effects import AddCandidate, DescribeLink, Effect, SendSignal
from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_CANDIDATE_BYTES, MAX_SDP_BYTES
from graphvine.net.params import MAX_CANDIDATES, MAX_EARLY_SESSIONS, MAX_SIGNAL_BYTES

MAX_SESSION = 2**53 - 1

Session = Annotated[int, msgspec.Meta(ge=0, le=MAX_SESSION)]
Sdp = Annotated[str, msgspec.Meta(max_length=MAX_SDP_BYTES, min_length=1, pattern=r"^[ -~\r\n]+\Z")]
CandidateLine = Annotated[str, msgspec.Meta(max_length=MAX_CANDIDATE_BYTES, pattern=r"^[ -~]*\Z")]
MediaId = Annotated[str, msgspec.Meta(max_length=32, pattern=r"^[!-~]*\Z")]
Reason = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[ -~]*\Z")]


class Offer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="o"):
    """Open a link with me."""

    session: Session
    sdp: Sdp


class Answer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="a"):
    """Here is my side of it."""

    session: Session
    sdp: Sdp


class Candidate(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="c"):
    """I may be reachable here. mid: media id of the description that the line belongs to."""

    session: Session
    candidate: CandidateLine
    mid: MediaId


class Bye(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="b"):
    """The session is over, or was refused. reason: for people."""

    session: Session
    reason: Reason


Signal = Offer | Answer | Candidate | Bye

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Signal] = msgspec.msgpack.Decoder(Signal)


def encode(message: Signal) -> bytes:
    """Return the bytes to seal and send. Checked on decoding only."""
    return _encoder.encode(message)


def decode(data: bytes) -> Signal:
    """Return what a remote peer said, or raise MalformedMessage. Works on any bytes."""
    if len(data) > MAX_SIGNAL_BYTES:
        raise MalformedMessage(f"a signal of {len(data):,} bytes")
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedMessage(f"not a signal: {error}") from None


def own_offer_wins(own: bytes, remote: bytes) -> bool:
    """Tell whether our offer stands when both sides offer at once."""
    return own < remote


class Negotiation:
    """One session: our side of getting one link open through signaling.

    link: its name at the transport. peer: the remote peer. is_initiator: whether the offer is ours.
    """

    def __init__(self, session: int, link: str, peer: bytes, *, is_initiator: bool) -> None:
        self.session = session
        self.is_initiator = is_initiator
        self.link = link
        self._peer = peer
        self._description: bytes | None = None
        self._own_early: list[bytes] = []
        self._is_described = False
        self._early: list[Candidate] = []
        self._candidates = 0

    def described(self, kind: str, sdp: str) -> list[Effect] | None:
        """Our own description is ready. None: it is too large for a relay, give up."""
        message = Offer(self.session, sdp) if kind == "offer" else Answer(self.session, sdp)
        data = encode(message)
        if len(sdp) > MAX_SDP_BYTES or len(data) > MAX_SIGNAL_BYTES:
            return None
        self._description = data
        early, self._own_early = self._own_early, []
        return [SendSignal(self._peer, each) for each in (data, *early)]

    def candidate(self, candidate: str, mid: str) -> list[Effect]:
        """One of our own candidates was found."""
        data = encode(Candidate(self.session, candidate, mid))
        if self._description is None:
            self._own_early.append(data)
            return []
        return [SendSignal(self._peer, data)]

    def repeat(self) -> list[Effect]:
        """Send our description again, if there is one."""
        return [] if self._description is None else [SendSignal(self._peer, self._description)]

    def remote_described(self, kind: str, sdp: str) -> list[Effect]:
        """The other side's description came in. A second one is ignored, and so is one of the wrong kind."""
        if self._is_described or (kind == "answer") is not self.is_initiator:
            return []
        self._is_described = True
        early, self._early = self._early, []
        candidates = [AddCandidate(self.link, each.candidate, each.mid) for each in early]
        return [DescribeLink(self.link, kind, sdp), *candidates]

    def remote_candidate(self, message: Candidate) -> list[Effect]:
        """A candidate of the other side came in; beyond a bound it is ignored."""
        if self._candidates >= MAX_CANDIDATES:
            return []
        self._candidates += 1
        if not self._is_described:
            self._early.append(message)
            return []
        return [AddCandidate(self.link, message.candidate, message.mid)]

    def bye(self, reason: str) -> Effect:
        """Return the signal that ends this session."""
        return SendSignal(self._peer, encode(Bye(self.session, reason)))


class EarlyCandidates:
    """Candidates that came before the offer of their session. Bounded: the oldest session gives way."""

    def __init__(self) -> None:
        self._by_session: dict[tuple[bytes, int], list[Candidate]] = {}

    def keep(self, sender: bytes, message: Candidate) -> None:
        """Keep one until `take`."""
        waiting = self._by_session.setdefault((sender, message.session), [])
        if len(waiting) < MAX_CANDIDATES:
            waiting.append(message)
        if len(self._by_session) > MAX_EARLY_SESSIONS:
            del self._by_session[next(iter(self._by_session))]

    def take(self, sender: bytes, session: int) -> list[Candidate]:
        """Return those of a session, in order, and forget them."""
        return self._by_session.pop((sender, session), [])
