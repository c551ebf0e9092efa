"""Status prints as a few lines for people."""

from __future__ import annotations

from graphvine.status import PeerStatus, RelayStatus, Status, StorageStatus, SyncStatus


def test_every_line():
    peers = [
        PeerStatus("a" * 52, "b" * 52, "webrtc", "ready", 1.234, 5.0, "converged"),
        PeerStatus("c" * 52, "", "tab", "ready", None, 0.1, "receiving"),
        PeerStatus("d" * 52, "", "webrtc", "opening", None, 0.1, "connecting"),
    ]
    status = Status(
        "wiki",
        "author",
        "peer",
        peers,
        RelayStatus("wss://relay.example/", "joined", ""),
        StorageStatus("full", "The device has no room.", 1, 0, 10, None, None, False),
        SyncStatus("syncing", 5, 1234, 56, 0, 0),
    )
    assert str(status).splitlines() == [
        "space    wiki: 1,234 vertices, 56 edges",
        "peers    2 connected, syncing",
        "relay    joined (wss://relay.example/)",
        "storage  full: The device has no room.",
        "  aaaaaaaa  webrtc  1.2 ms  converged",
        "  cccccccc  tab  ? ms  receiving",
    ]


def test_defaults_are_those_of_a_peer_alone():
    assert str(Status("s", "a", "p")).splitlines()[1:] == [
        "peers    0 connected, alone",
        "relay    none",
        "storage  ok",
    ]
