"""Puts one peer together: keys, storage, replica, links, relay, driver."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Coroutine
from hashlib import sha256
from typing import Any, NamedTuple

from graphvine.crypto.certificate import Certificate, certificate_message
from graphvine.model.ids import public_space_id
from graphvine.net.handshake import LocalPeer
from graphvine.net.links import Links
from graphvine.net.relay_session import RelaySession
from graphvine.peer.disk import Disk
from graphvine.peer.driver import Driver, Keys
from graphvine.peer.index_keeper import IndexKeeper
from graphvine.peer.peer import Peer
from graphvine.peer.renewal import CERTIFICATE_MS
from graphvine.ports import Platform, PrivateKey, StorageBackend, Usage
from graphvine.store.replica import Replica


class Opened(NamedTuple):
    """An open peer. space: its name. author, peer: 32-byte keys."""

    space: str
    author: bytes
    peer: bytes
    driver: Driver
    platform: Platform
    usage: Usage


def room_of(space: str) -> str:
    """Return the opaque id under which a relay knows a space; it does not tell the name."""
    return urlsafe_b64encode(sha256(b"graphvine/room/1\0" + space.encode()).digest()[:24]).decode()


def signal_key(space: str) -> bytes:
    """Return the 32-byte key that seals signaling among those who know the space's name."""
    return sha256(b"graphvine/signals/1\0" + space.encode()).digest()


async def open_peer(
    platform: Platform, storage: Coroutine[Any, Any, StorageBackend], space: str, identity: str, relays: list[str]
) -> Opened:
    """Load a space from its storage and start its peer. Closes the storage when that fails."""
    finding = asyncio.ensure_future(_find_keys(platform, identity))  # while the storage opens
    try:
        backend = await storage
    except BaseException:
        await _abandon(finding)
        raise
    asking = asyncio.ensure_future(backend.usage())
    try:
        opened = await _open_peer(platform, backend, space, *await finding, relays)
        return opened._replace(usage=await asking)
    except BaseException:
        await _abandon(asking, finding)
        await backend.close()
        raise


async def _abandon(*tasks: asyncio.Future[Any]) -> None:
    """Wait for the end of what nobody needs any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _find_keys(platform: Platform, identity: str) -> tuple[PrivateKey, PrivateKey]:
    """Return the key of the person, and a fresh one of this peer."""
    author = await platform.identities.load_or_create(identity)
    return author, await platform.crypto.generate_key()


async def _open_peer(
    platform: Platform, backend: StorageBackend, space: str, author: PrivateKey, key: PrivateKey, relays: list[str]
) -> Opened:
    crypto, clock = platform.crypto, platform.clock
    space_id = public_space_id(space)
    expires = clock.wall_ms() + CERTIFICATE_MS
    certificate = Certificate(expires, await crypto.sign(author, certificate_message(key.public, expires)))
    kinds = {transport.kind: transport.needs_signaling for transport in platform.transports}
    links = Links(LocalPeer(key.public, author.public, certificate), kinds, rng=platform.rng, entropy=platform.entropy)
    relay = RelaySession(relays, room_of(space), key.public, platform.rng) if relays else None
    replica = Replica(space_id)
    disk = Disk(backend, replica, platform.locks, f"graphvine/{space_id.hex()}", platform.entropy, clock)
    indexes = IndexKeeper(replica.indexes, backend, clock)
    keys = Keys(author, key, signal_key(space))
    driver = Driver(platform, Peer(links, relay, replica, platform.rng), disk, keys, indexes)
    await driver.start()
    return Opened(space, author.public, key.public, driver, platform, Usage(None, None, False))
