"""Everything that a graph needs from a browser, for a page's main thread and for a worker alike."""

from __future__ import annotations

from typing import Any

import js

from ...errors import InvalidValue
from ...ports import Platform, StorageBackend, Transport
from ..memory import MemoryStorage
from .clock import BrowserClock, BrowserEntropy, make_rng
from .ffi import global_or_none, member_or_none, to_object
from .identities import BrowserIdentities
from .indexeddb import IndexedDbStorage
from .locks import WebLocks
from .network import BrowserNetwork
from .page_connections import PageConnections
from .port_connections import PORT_NAME, PortConnections
from .tabs import TabsTransport
from .webcrypto import WebCrypto
from .webrtc import WebRtcTransport
from .websocket import BrowserSockets
from .zones import BrowserZones

# Set on the page's (or worker's) global object once we have asked.
_ASKED = "graphvineAskedToPersist"


def browser_platform(space: str, *, connections: Any = None) -> Platform:
    """Return the ports for a graph of `space` in this page or worker.

    connections: in a worker, the MessagePort that `site/connections.js` sent; by default the one that the worker's
    script left in `self.graphvineConnections`. Raises UnsupportedPlatform where the browser lacks cryptography or
    locks; without WebRTC the graph is still shared among the tabs of this browser.
    """
    entropy = BrowserEntropy()
    crypto = WebCrypto()
    locks = WebLocks()
    transports: list[Transport] = []
    if global_or_none("BroadcastChannel") is not None:
        transports.append(TabsTransport(space, entropy, locks))
    if global_or_none("RTCPeerConnection") is not None:
        transports.append(WebRtcTransport(PageConnections()))
    elif global_or_none("document") is None:
        transports.append(WebRtcTransport(PortConnections(connections)))
    return Platform(
        name="browser",
        clock=BrowserClock(),
        rng=make_rng(entropy),
        entropy=entropy,
        crypto=crypto,
        identities=BrowserIdentities(crypto),
        locks=locks,
        sockets=BrowserSockets(),
        network=BrowserNetwork(),
        zones=BrowserZones(),
        transports=transports,
    )


async def open_storage(space_id: str, option: str | None) -> StorageBackend:
    """Return the storage of a space. option: None for IndexedDB, ``:memory:`` for none that lasts.

    Raises InvalidValue for anything else, StorageBlocked, StorageError.
    """
    if option is None:
        storage = await IndexedDbStorage.open(space_id)
        storage.on_keep = ask_to_persist
        return storage
    if option == ":memory:":
        return MemoryStorage()
    raise InvalidValue(f'A tab has no files: storage={option!r} is not possible. Leave it out, or use ":memory:".')


def ask_to_persist() -> None:
    """Ask the browser, once per page, not to evict this site's data. The answer is in `Usage.is_persistent`.

    It is asked after a first write: by then the user knows what for, and browsers look at how a site is used. Only
    pages may ask, so a worker has `site/connections.js` do it. Nobody waits: some browsers ask the user.
    """
    if global_or_none(_ASKED) is not None:
        return
    setattr(js.globalThis, _ASKED, True)
    manager = member_or_none(js.navigator, "storage")
    port = global_or_none(PORT_NAME)
    if manager is not None and member_or_none(manager, "persist") is not None:
        # Settled by functions of JavaScript: a proxy of ours would have to wait for the user's answer.
        manager.persist().then(js.Boolean, js.Boolean)
    elif port is not None:
        port.postMessage(to_object(do="persist"))
