"""What a machine may ask for. Effects are plain data; only the driver performs them.

An effect with a `token` is answered by ``completed(token, result)``, in any order. Tokens are unique per machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Verify(msgspec.Struct, frozen=True, gc=False):
    """Check an Ed25519 signature. Answered by a bool."""

    token: int
    public_key: bytes
    signature: bytes
    message: bytes


class Sign(msgspec.Struct, frozen=True, gc=False):
    """Sign with the peer's own key (`as_author`: with the author's key). Answered by 64 bytes."""

    token: int
    message: bytes
    as_author: bool = False


class OpenLink(msgspec.Struct, frozen=True, gc=False):
    """Open a transport link to `peer`. The transport answers with link events that carry `link`.

    link: a name unique on our side; it begins with the transport's kind and a colon. initiator: True when the offer is
    ours.
    """

    link: str
    peer: bytes
    initiator: bool


class DescribeLink(msgspec.Struct, frozen=True, gc=False):
    """Give the transport the remote description. kind: ``offer`` (it then makes an answer) or ``answer``."""

    link: str
    kind: str
    sdp: str


class AddCandidate(msgspec.Struct, frozen=True, gc=False):
    """Give the transport one remote ICE candidate line ('' ends the list). mid: its media id."""

    link: str
    candidate: str
    mid: str


class SendFrame(msgspec.Struct, frozen=True, gc=False):
    """Put one frame (at most 16 KiB) on channel 0 (control) or 1 (bulk) of a link.

    Answered by ``link_sent(link, channel, size, buffered)``, with what `Transport.send` returned: back-pressure needs
    it.
    """

    link: str
    channel: int
    data: bytes


class CloseLink(msgspec.Struct, frozen=True, gc=False):
    """Close a link and free everything it owns. No event follows."""

    link: str
    reason: str


class SendSignal(msgspec.Struct, frozen=True, gc=False):
    """Carry a signaling message to a peer that we may have no link with (through the relay, sealed)."""

    peer: bytes
    data: bytes


class SendMessage(msgspec.Struct, frozen=True, gc=False):
    """Send a whole message of a protocol to a ready peer. channel 0: small and urgent; 1: bulk."""

    peer: bytes
    protocol: int
    data: bytes
    channel: int = 0


class Received(msgspec.Struct, frozen=True, gc=False):
    """Upward: a whole message of a protocol from a ready peer."""

    peer: bytes
    protocol: int
    data: bytes


class PeerReady(msgspec.Struct, frozen=True, gc=False):
    """Upward: a link is open and both sides have proven who they are.

    author: 32-byte key of the person behind the remote peer. kind: ``webrtc``, ``tab`` or ``memory``.
    protocols: what it speaks. tags: opaque; what it says it has.
    """

    peer: bytes
    author: bytes
    kind: str
    protocols: tuple[int, ...] = (1, 2)
    tags: tuple[bytes, ...] = ()


class PeerLost(msgspec.Struct, frozen=True, gc=False):
    """Upward: no ready link to the peer is left."""

    peer: bytes
    reason: str


class DialFailed(msgspec.Struct, frozen=True, gc=False):
    """Upward: an attempt to reach a peer came to nothing. will_retry: whether another one will follow by itself."""

    peer: bytes
    reason: str
    will_retry: bool


class Drained(msgspec.Struct, frozen=True, gc=False):
    """Upward: the send queue towards a ready peer is below the soft limit: the next bulk message may come.

    One follows each message on channel 1, at once where there is room; several messages may share one.
    """

    peer: bytes


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """Upward: a remote transaction (encoded, unchecked) to verify, apply, store and pass on.

    sender: the peer that gave it to us. is_durable: the sender shares our disk and has stored it already.
    token: of anti-entropy, which wants to be told by ``applied(sender, token, ...)``; -1 for gossip.
    """

    sender: bytes
    transactions: Sequence[bytes]
    is_durable: bool = False
    token: int = -1


class Lagging(msgspec.Struct, frozen=True, gc=False):
    """Upward: gossip skipped this peer, which is behind; anti-entropy should look soon."""

    peer: bytes


class PresenceChanged(msgspec.Struct, frozen=True, gc=False):
    """Upward: who is here, or what they say of themselves, is different now."""


class Penalise(msgspec.Struct, frozen=True, gc=False):
    """A remote peer did wrong. points: added to its penalty; at 100 it is hung up on.

    Whoever composes the machines hands it to `Links.penalise`.
    """

    peer: bytes
    points: float
    reason: str


LinkEffect = OpenLink | DescribeLink | AddCandidate | SendFrame | CloseLink | SendSignal | Sign | Verify
Upward = Received | PeerReady | PeerLost | DialFailed | Drained | Penalise | Deliver | Lagging | PresenceChanged
Effect = LinkEffect | SendMessage | Upward
