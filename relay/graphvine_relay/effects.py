"""What the rooms machine asks its shell to do. A connection is a number that the shell never reuses."""

from __future__ import annotations

from dataclasses import dataclass

from graphvine.net import signaling


@dataclass(frozen=True)
class Send:
    """Send a message, after everything sent before."""

    connection: int
    message: signaling.FromRelay


@dataclass(frozen=True)
class Greet:
    """Send `Joined` with these peers, and with the ICE servers that the shell has for `peer`."""

    connection: int
    peer: str
    peers: tuple[str, ...]


@dataclass(frozen=True)
class Close:
    """Close the socket after what was sent before. The machine has forgotten the connection already."""

    connection: int
    code: int
    reason: str


@dataclass(frozen=True)
class Verify:
    """Check signature (of `message`) and capability of a join; answer by `Rooms.completed(token, is_admitted)`."""

    token: int
    join: signaling.Join
    message: bytes


Effect = Send | Greet | Close | Verify
