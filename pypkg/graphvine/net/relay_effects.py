"""What a `RelaySession` asks for and tells: frozen values, like every effect."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..effects import Sign
from . import signaling

State = Literal["disconnected", "connecting", "challenged", "joined", "draining"]


class OpenSocket(msgspec.Struct, frozen=True, gc=False):
    """Open a WebSocket, then call `opened` or `closed` with this number, which is never used again."""

    socket: int
    url: str


class SendText(msgspec.Struct, frozen=True, gc=False):
    """Send one text frame."""

    socket: int
    text: str


class CloseSocket(msgspec.Struct, frozen=True, gc=False):
    """Close and forget a socket. Later events of it are ignored."""

    socket: int


class RelayState(msgspec.Struct, frozen=True, gc=False):
    """Upward: where we stand with the relay at `url`. detail: why, for people; empty where there is no reason.

    Anything but joined and draining voids every `PeerSeen`: we no longer know who is in the room.
    """

    state: State
    url: str
    detail: str = ""


class PeerSeen(msgspec.Struct, frozen=True, gc=False):
    """Upward: the relay says that this peer (32-byte key) is in the room, and can be signaled."""

    peer: bytes


class PeerGone(msgspec.Struct, frozen=True, gc=False):
    """Upward: the relay says that this peer has left. Open links to it are not affected."""

    peer: bytes


class SignalReceived(msgspec.Struct, frozen=True, gc=False):
    """Upward: a sealed signal. The relay vouches for `sender`, nobody else does yet."""

    sender: bytes
    data: bytes


class SignalFailed(msgspec.Struct, frozen=True, gc=False):
    """Upward: a signal to `peer` did not get there.

    code: ``offline``, ``rate``, ``big``, ``denied`` from the relay; ``away`` when there is no relay; ``busy`` when too
    many signals wait; ``lost`` when the relay never answered.
    """

    peer: bytes
    code: str


class IceOffered(msgspec.Struct, frozen=True, gc=False):
    """Upward: STUN and TURN servers for links that are opened from now on."""

    servers: tuple[signaling.IceServer, ...]


RelayEffect = (
    OpenSocket
    | SendText
    | CloseSocket
    | Sign
    | RelayState
    | PeerSeen
    | PeerGone
    | SignalReceived
    | SignalFailed
    | IceOffered
)
