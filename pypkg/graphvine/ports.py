"""What the outside must supply. Each port has checks in `graphvine.testing` that every implementation passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class Clock(Protocol):
    """Two clocks: never use one for the other."""

    def now(self) -> float:
        """Monotonic seconds. For timers and timeouts only."""

    def wall_ms(self) -> int:
        """Unix epoch milliseconds. For stamps only; it may jump."""


class Rng(Protocol):
    """Seeded dice for sampling and jitter. Never for keys."""

    def random(self) -> float:
        """Return a float in [0, 1)."""

    def randrange(self, stop: int, /) -> int:
        """Return an integer in [0, stop)."""


class Entropy(Protocol):
    """Bytes for keys, nonces and ids."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


class PrivateKey(Protocol):
    """An Ed25519 key that can't be read, only used."""

    @property
    def public(self) -> bytes:
        """32-byte public key."""


class Crypto(Protocol):
    """Signatures and sealing. Asynchronous, because WebCrypto is."""

    async def generate_key(self) -> PrivateKey:
        """Return a fresh Ed25519 key."""

    async def sign(self, key: PrivateKey, message: bytes) -> bytes:
        """Return the 64-byte signature."""

    async def verify(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature holds. False, never an error, for keys and signatures that are no such thing."""

    def check(self, public_key: bytes, signature: bytes, message: bytes, answer: Callable[[bool], object], /) -> None:
        """Call `answer` with what `verify` returns: at once, or later from a callback of the platform's."""

    async def seal(self, key: bytes, plain: bytes, associated: bytes) -> bytes:
        """Return nonce (12 bytes, random) + AES-256-GCM of `plain`. key: 32 bytes."""

    async def open(self, key: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Return the plain bytes, or raise MalformedMessage when they were not sealed with this key and data."""


class Zones(Protocol):
    """Knows the world's time zones."""

    def offset_s(self, name: str, epoch_s: int) -> int | None:
        """Return seconds east of UTC of a zone at a moment of the years 0 to 9999; None for an unknown name."""


class Usage(NamedTuple):
    """What the storage holds and may hold, in bytes (None: unknown), and whether the browser may evict it."""

    usage_bytes: int | None
    quota_bytes: int | None
    is_persistent: bool


class StorageBackend(Protocol):
    """An ordered map from byte keys to byte values, with atomic durable batches."""

    async def write(self, batch: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Apply all or nothing, durably before it returns. None deletes. Raises StorageFull, StorageError."""

    async def read(self, key: bytes) -> bytes | None:
        """Return the value, or None."""

    async def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """Return every pair whose key starts with `prefix`, in key order, from one snapshot."""

    def keep(self) -> None:
        """Ask the platform not to clear what is stored here. Called once something worth keeping is. Never waits."""

    async def usage(self) -> Usage:
        """Return an estimate of the space used and left."""

    async def close(self) -> None:
        """Free everything. Safe to call twice; a call after it raises StorageError."""


class IdentityStore(Protocol):
    """Keeps the author's key of this browser profile or user, outside of any space."""

    async def load_or_create(self, name: str) -> PrivateKey:
        """Return the key called `name`, made at the first call; the same one for every tab and process."""


class Lease(Protocol):
    """A lock that we hold."""

    def release(self) -> None:
        """Let it go. Safe to call twice."""


class Locks(Protocol):
    """Named locks among the tabs of one profile, or the processes of one user. Freed when the holder dies."""

    async def acquire(self, name: str, *, wait: bool) -> Lease | None:
        """Return the lease; None when it is taken and `wait` is False."""


class LinkEvents(Protocol):
    """Where a transport reports. Calls never nest: each returns before the next is made."""

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        """Our own description is ready. kind: ``offer`` or ``answer``."""

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        """One of our ICE candidates was found ('' ends the list)."""

    def link_opened(self, link: str, binding: bytes) -> None:
        """Both channels are open. Reported before any frame of the link.

        binding: at least 16 bytes that both ends see alike and a man in the middle can't (sorted DTLS fingerprints).
        """

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        """A frame came in."""

    def link_drained(self, link: str, channel: int) -> None:
        """The channel can take more: its buffer fell below the low-water mark."""

    def link_closed(self, link: str, reason: str) -> None:
        """The link is gone; the transport has freed it. Not called after `close`."""

    def link_offered(self, link: str, peer: bytes) -> None:
        """A link without signaling (a tab, a simulated peer) was opened by the other side; `link_opened` follows.

        link: named by the transport: its kind, ``:in:``, and what makes it unique.
        """


class Transport(Protocol):
    """Opens links and moves frames. Effects of `net.links` map to these calls one to one; none of them blocks."""

    kind: str
    needs_signaling: bool

    def start(self, events: LinkEvents) -> None:
        """Begin to report to `events`."""

    def open(self, link: str, peer: bytes, *, initiator: bool) -> None:
        """Make a link object; as initiator, produce an offer (or simply connect, where no signaling is needed)."""

    def describe(self, link: str, kind: str, sdp: str) -> None:
        """Apply the remote description."""

    def add_candidate(self, link: str, candidate: str, mid: str) -> None:
        """Apply a remote candidate."""

    def send(self, link: str, channel: int, data: bytes) -> int:
        """Send one frame. Return the bytes now buffered on that channel, -1 when the link is gone."""

    def close(self, link: str) -> None:
        """Close and free the link."""

    async def stop(self) -> None:
        """Close every link and free everything."""


class DiscoveringTransport(Transport, Protocol):
    """A transport that finds remote peers by itself (tabs of one browser)."""

    def announce(self, peer: bytes, on_peer: Callable[[bytes], None]) -> None:
        """Say that we are `peer`; call `on_peer(id)` for each remote peer found, now or later. Comes after `start`."""


class Socket(Protocol):
    """One text WebSocket, for the relay."""

    def send(self, text: str) -> None:
        """Queue a text frame."""

    def close(self) -> None:
        """Close it; `on_close` still comes once."""


class SocketFactory(Protocol):
    """Makes WebSockets. Callbacks are never called from inside `connect`."""

    def connect(
        self, url: str, on_open: Callable[[], None], on_text: Callable[[str], None], on_close: Callable[[str], None]
    ) -> Socket:
        """Start to connect. Exactly one `on_close(reason)` ends it, also when it never opened."""


class Network(Protocol):
    """Knows when the network may be back: the machine came online, or was asleep."""

    def watch(self, on_back: Callable[[], None]) -> Callable[[], None]:
        """Call `on_back()` whenever that is so, never from inside; return what ends it (safe to call twice)."""


class Platform(NamedTuple):
    """Everything that `graphvine.open` needs from where it runs."""

    name: str
    clock: Clock
    rng: Rng
    entropy: Entropy
    crypto: Crypto
    identities: IdentityStore
    locks: Locks
    sockets: SocketFactory
    network: Network
    zones: Zones
    transports: Sequence[Transport]
