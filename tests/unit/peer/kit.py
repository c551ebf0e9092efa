"""A machine in memory: a loop whose time jumps, locks, disk, identities and a network; enough to run real peers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tests.strategies import picture

from graphvine.api import Graph
from graphvine.peer.compose import Opened, open_peer
from graphvine.ports import Platform
from graphvine.query.zones import NoZones
from graphvine.testing.memory_storage import MemoryDisk
from graphvine.testing.memory_transport import MemoryNetwork, MemoryTransport
from graphvine.testing.simulated_clock import EPOCH_MS
from graphvine.testing.simulated_crypto import SimulatedCrypto, SimulatedKey

T = TypeVar("T")


# Seconds of simulated time after which a test is taken for one that waits for ever: peers look at the clock each hour.
FOREVER_S = 366 * 86_400


class _Jumps:
    """In place of a selector: instead of waiting, time jumps."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None or self.now > FOREVER_S:
            raise RuntimeError("Everybody waits for somebody else: nothing will ever happen again.")
        self.now += max(0.0, timeout)
        return []


class JumpingLoop(asyncio.BaseEventLoop):
    """An event loop without sockets and threads, in which nothing takes time. Runs wherever Python does."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Jumps()

    def time(self) -> float:
        return self._selector.now

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`. A deadlock is an error, and so is a task that failed behind everybody's back."""
    failures: list[dict[str, Any]] = []
    outer = asyncio._get_running_loop()  # a tab has one at all times
    asyncio._set_running_loop(None)
    loop = JumpingLoop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    try:
        result = loop.run_until_complete(work)
    finally:
        loop.run_until_complete(_end_all())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio._set_running_loop(outer)
    assert not failures, failures
    return result


async def _end_all() -> None:
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


class LoopClock:
    """Both clocks on the loop's time. skew_ms: how far the wall clock is ahead; tests set it."""

    def __init__(self) -> None:
        self.skew_ms = 0

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall_ms(self) -> int:
        return EPOCH_MS + int(self.now() * 1000) + self.skew_ms


class MemoryLease:
    def __init__(self, free: Callable[[], None]) -> None:
        self._free = free

    def release(self) -> None:
        self._free()
        self._free = lambda: None


class MemoryLocks:
    """Locks of one profile, shared by its tabs."""

    def __init__(self) -> None:
        self.held: dict[str, None] = {}

    async def acquire(self, name: str, *, wait: bool) -> MemoryLease | None:
        while name in self.held:
            if not wait:
                return None
            await asyncio.sleep(0.01)
        self.held[name] = None
        return MemoryLease(lambda: self.held.pop(name, None))


class SeededEntropy:
    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def random_bytes(self, count: int) -> bytes:
        return self._dice.randbytes(count)


class Socket:
    def send(self, text: str) -> None:
        raise AssertionError("a socket that never opened")

    def close(self) -> None:
        pass


class NoSockets:
    """The relay is absent: every connection fails after a second."""

    def __init__(self) -> None:
        self.attempts = 0

    def connect(self, url: str, on_open: Any, on_text: Any, on_close: Callable[[str], None]) -> Socket:
        self.attempts += 1
        asyncio.get_running_loop().call_later(1.0, on_close, "connection refused")
        return Socket()


class Wires:
    """The network: tests say when it is back."""

    def __init__(self) -> None:
        self.watchers: list[Callable[[], None]] = []

    def watch(self, on_back: Callable[[], None]) -> Callable[[], None]:
        self.watchers.append(on_back)
        return lambda: self.watchers.remove(on_back) if on_back in self.watchers else None

    def come_back(self) -> None:
        for on_back in list(self.watchers):
            on_back()


class DiscoveringTransport(MemoryTransport):
    """Finds everybody on its network, as tabs of one browser do."""

    room: dict[bytes, Callable[[bytes], None]]

    def announce(self, peer: bytes, on_peer: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        for other, found in list(self.room.items()):
            loop.call_soon(found, peer)
            loop.call_soon(on_peer, other)
        self.room[peer] = on_peer


class Neighbourhood:
    """Several profiles on one network. Use inside `run`."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.crypto = SimulatedCrypto(7)
        self.network = MemoryNetwork(
            lambda delay, action: loop.call_later(delay, action), loop.time, random.Random(7), delay_s=(0.001, 0.005)
        )
        self._room: dict[bytes, Callable[[bytes], None]] = {}
        self._seed = 0

    def profile(self, name: str) -> Profile:
        return Profile(self, name)

    def transport(self, kind: str) -> DiscoveringTransport:
        self._seed += 1
        transport = DiscoveringTransport(self.network, b"", kind, needs_signaling=False)
        transport.room = self._room
        return transport

    def seed(self) -> int:
        self._seed += 1
        return self._seed


class Profile:
    """One user's browser: a disk, locks, a clock and a key, shared by its tabs."""

    def __init__(self, neighbourhood: Neighbourhood, name: str) -> None:
        self.name = name
        self.disk = MemoryDisk()
        self.locks = MemoryLocks()
        self.clock = LoopClock()
        self.sockets = NoSockets()
        self.wires = Wires()
        self.crypto: Any = neighbourhood.crypto
        self._neighbourhood = neighbourhood

    async def load_or_create(self, name: str) -> SimulatedKey:
        return self._neighbourhood.crypto.key(f"{self.name}/{name}")

    def platform(self, *, kind: str | None = None) -> Platform:
        entropy = SeededEntropy(self._neighbourhood.seed())
        transports = [] if kind is None else [self._neighbourhood.transport(kind)]
        return Platform(
            "test",
            self.clock,
            random.Random(1),
            entropy,
            self.crypto,
            self,
            self.locks,
            self.sockets,
            self.wires,
            NoZones(),
            transports,
        )

    async def open(self, *, kind: str | None = None, relays: list[str] | None = None, space: str = "space") -> Graph:
        """Open a tab. kind: of its links; ``tab`` between tabs of one profile; None: no network."""
        platform = self.platform(kind=kind)
        opened: Opened = await open_peer(platform, self.disk.open(), space, "default", relays or [])
        if platform.transports:
            transport = platform.transports[0]
            transport.peer = opened.peer
            self._neighbourhood.network._transports[opened.peer] = transport
        for _ in range(20):  # sequences are reserved in the background: a test's first failure of the disk is its own
            await asyncio.sleep(0)
        return Graph(opened)


def with_graph(test: Callable[[Graph], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run an async test on an open graph, and close that whatever comes."""

    def wrapper() -> None:
        async def main() -> None:
            graph = await Neighbourhood().profile("alice").open()
            try:
                await test(graph)
            finally:
                await graph.close()

        run(main())

    wrapper.__name__ = test.__name__
    return wrapper


async def crash(graph: Graph) -> None:
    """Kill a tab: no goodbye, nothing more is written, its locks are free."""
    driver = graph._driver
    driver._closed = graph._closed = True
    for handle in (driver._timer, driver._upkeep._pack_timer):
        if handle is not None:
            handle.cancel()
    for transport in driver._transports.values():
        transport.vanish()
    driver.disk._closed = True
    await driver.disk._backend.close()
    if driver.disk._slot is not None:
        driver.disk._slot.release()
    for task in list(driver._tasks):
        task.cancel()
    await asyncio.gather(*driver._tasks, return_exceptions=True)


async def until(condition: Callable[[], bool], *, limit_s: float = 120.0, step_s: float = 0.02) -> None:
    """Let time pass until something is so."""
    ends = asyncio.get_running_loop().time() + limit_s
    while not condition():
        assert asyncio.get_running_loop().time() < ends, "it never came to that"
        await asyncio.sleep(step_s)


def alone(test):
    """Run an async test with one profile."""

    def wrapper():
        async def main():
            await test(Neighbourhood().profile("alice"))

        run(main())

    wrapper.__name__ = test.__name__
    return wrapper


def keys(profile: Profile, prefix: bytes) -> list[bytes]:
    return sorted(key for key in profile.disk.values if key.startswith(prefix))


def facts(graph) -> tuple:
    replica = graph._driver.peer.replica
    return picture(replica.state), replica.digest(), replica.vector()
