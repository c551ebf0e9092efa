"""What `Graph.status` shows: plain values that print well."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """One remote peer. kind: ``webrtc`` or ``tab``. state: ``opening``, ``securing`` or ``ready``.

    rtt_ms: round trip, None until measured. since_s: seconds in this state. sync: ``connecting``, ``sending``,
    ``receiving`` or ``converged``.
    """

    peer: str
    author: str
    kind: str
    state: str
    rtt_ms: float | None
    since_s: float
    sync: str


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """The relay. state: ``none``, ``connecting``, ``joined``, ``draining`` or ``disconnected``. detail: why."""

    url: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """The disk. state: ``ok``, ``full`` or ``failing``.

    unsaved: transactions not on disk yet. damaged: records skipped. bytes: what this space takes.
    """

    state: str
    error: str
    unsaved: int
    damaged: int
    bytes: int
    usage_bytes: int | None
    quota_bytes: int | None
    is_persistent: bool


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The graph as a whole. state: ``alone``, ``syncing`` or ``converged`` with every ready peer.

    waiting: transactions on their way in. held: those whose stamp lies in the future.
    """

    state: str
    transactions: int
    vertices: int
    edges: int
    waiting: int
    held: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a graph is doing, right now. author, peer: text forms of keys.

    refused: peers (text forms of keys) that could not prove who they are, and what was wrong: usually somebody between
    us, such as a relay that swaps keys. Nothing was sent to them.
    """

    space: str
    author: str
    peer: str
    peers: list[PeerStatus] = field(default_factory=list)
    relay: RelayStatus = RelayStatus("", "none", "")
    storage: StorageStatus = StorageStatus("ok", "", 0, 0, 0, None, None, False)
    sync: SyncStatus = SyncStatus("alone", 0, 0, 0, 0, 0)
    refused: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return a few lines for people."""
        ready = [peer for peer in self.peers if peer.state == "ready"]
        lines = [
            f"space    {self.space}: {self.sync.vertices:,} vertices, {self.sync.edges:,} edges",
            f"peers    {len(ready)} connected, {self.sync.state}",
            f"relay    {self.relay.state}" + (f" ({self.relay.url})" if self.relay.url else ""),
            f"storage  {self.storage.state}" + (f": {self.storage.error}" if self.storage.error else ""),
        ]
        lines += [f"  {peer.peer[:8]}  {peer.kind}  {_milliseconds(peer.rtt_ms)}  {peer.sync}" for peer in ready]
        lines += [
            f"refused  {peer[:8]} could not prove who it is ({reason}): somebody may be in between, such as a bad relay"
            for peer, reason in self.refused.items()
        ]
        return "\n".join(lines)


def _milliseconds(value: float | None) -> str:
    return "? ms" if value is None else f"{value:.1f} ms"
