"""What a `RelaySession` asks for and tells: frozen values, like every effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..effects import Sign
from . import signaling

State = Literal["disconnected", "connecting", "challenged", "joined", "draining"]


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Open a WebSocket, then call `opened` or `closed` with this number, which is never used again."""

    socket: int
    url: str


@dataclass(frozen=True, slots=True)
class SendText:
    """Send one text frame."""

    socket: int
    text: str


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close and forget a socket. Later events of it are ignored."""

    socket: int


@dataclass(frozen=True, slots=True)
class RelayState:
    """Upward: where we stand with the relay at `url`. detail: why, for people; empty where there is no reason.

    Anything but joined and draining voids every `PeerSeen`: we no longer know who is in the room.
    """

    state: State
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PeerSeen:
    """Upward: the relay says that this peer (32-byte key) is in the room, and can be signaled."""

    peer: bytes


@dataclass(frozen=True, slots=True)
class PeerGone:
    """Upward: the relay says that this peer has left. Open links to it are not affected."""

    peer: bytes


@dataclass(frozen=True, slots=True)
class SignalReceived:
    """Upward: a sealed signal. The relay vouches for `sender`, nobody else does yet."""

    sender: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class SignalFailed:
    """Upward: a signal to `peer` did not get there.

    code: ``offline``, ``rate``, ``big``, ``denied`` from the relay; ``away`` when there is no relay; ``busy`` when too
    many signals wait; ``lost`` when the relay never answered.
    """

    peer: bytes
    code: str


@dataclass(frozen=True, slots=True)
class IceOffered:
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
