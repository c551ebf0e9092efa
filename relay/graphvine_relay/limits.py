"""How much one connection, one address and the whole relay may use. Every field can be set by the operator."""

from __future__ import annotations

from dataclasses import dataclass

from graphvine.net import signaling


@dataclass(frozen=True)
class Limits:
    """Bounds of the rooms machine. Rates are per second; a burst is what may come at once after a pause."""

    # Connections of the whole relay. About 22 KiB each.
    connections: int = 10_000
    # Connections of one address (an IPv4 address or an IPv6 /64): a school behind one NAT still fits.
    connections_per_address: int = 200
    # New connections of one address.
    dials_per_s: float = 10.0
    dials_burst: float = 200.0
    # Peers in one room.
    room_peers: int = 1_000
    # Frames of one connection, and of all connections of one address together.
    frames_per_s: float = signaling.SIGNALS_PER_S
    frames_burst: float = signaling.SIGNALS_BURST
    address_frames_per_s: float = 400.0
    address_frames_burst: float = 4_000.0
    # Frames refused for their rate before the connection is closed.
    refusals: int = 300
    # Cost of `who` in frames: its answer is the largest frame we make.
    who_cost: float = 5.0
    # Addresses remembered (those without a connection only until their buckets are full again).
    addresses: int = 50_000
    # Seconds that a new connection has to join.
    join_timeout_s: float = signaling.JOIN_TIMEOUT_S
    # Seconds from `drain` until connections are closed; each peer is told its own random part of them.
    drain_s: float = 3.0
