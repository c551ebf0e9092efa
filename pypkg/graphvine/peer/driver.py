"""The one event loop: performs the effects of a `Peer`, feeds it what happens, and owns every task.

Signing, disk and sockets are asynchronous; the machines are not. Each answer comes back through `completed`. Work on
transactions is done in slices, so that input, timers and other tabs get their turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, Protocol

from graphvine.crdt.graph import Change
from graphvine.crdt.list import ElementIds
from graphvine.effects import AddCandidate, CloseLink, DescribeLink, OpenLink, PresenceChanged, SendFrame, Sign, Verify
from graphvine.errors import GraphClosed, MalformedMessage, StorageError
from graphvine.gossip.presence_messages import Values
from graphvine.model.operation import Operation
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.net.relay_effects import CloseSocket, IceOffered, OpenSocket, SendText
from graphvine.peer.commits import Commits
from graphvine.peer.disk import Disk
from graphvine.peer.inbox import Applied, Settled, Touched
from graphvine.peer.index_keeper import IndexKeeper
from graphvine.peer.peer import Peer, Seal, StatusChanged, Unseal
from graphvine.peer.relay_sockets import RelaySockets
from graphvine.peer.tasks import start_now
from graphvine.peer.upkeep import Upkeep
from graphvine.ports import Platform, PrivateKey, Transport
from graphvine.store.builder import Finished

# Seconds of work on transactions before others get a turn.
SLICE_S = 0.02
# Seconds by which a deadline may be met late: how often we look for the next one.
REARM_S = 0.01
# A browser's timers take 31 bits of milliseconds; a later deadline is looked at again after this many seconds.
MAX_TIMER_S = 3600.0
# Seconds before a new writer id is asked for again, when the disk refused it.
RENEW_AGAIN_S = 5.0


class Listener(Protocol):
    """Hears of every applied transaction."""

    def __call__(self, changes: list[Change], author: bytes, *, is_local: bool) -> None:
        """changes: in order. author: 32-byte key. is_local: written in this tab.

        A large transaction is told in parts. The state may only be read once it is `readable`.
        """


class Keys:
    """The keys that a peer uses. author: of the person. peer: of this tab. signals: 32 bytes, seals signaling."""

    def __init__(self, author: PrivateKey, peer: PrivateKey, signals: bytes) -> None:
        self.author = author
        self.peer = peer
        self.signals = signals


class Driver:
    """Runs one peer until `close`. See the module."""

    def __init__(self, platform: Platform, peer: Peer, disk: Disk, keys: Keys, indexes: IndexKeeper) -> None:
        self.peer, self.inbox = peer, peer.inbox
        self.disk = disk
        self.indexes = indexes
        self._listeners: list[Listener] = []
        self.status_listeners: list[Callable[[], None]] = []
        self.presence_listeners: list[Callable[[], None]] = []
        self._platform = platform
        self._keys = keys
        self._clock = platform.clock
        self._transports: dict[str, Transport] = {transport.kind: transport for transport in platform.transports}
        self._transport_by_link: dict[str, Transport] = {}
        self._sockets = RelaySockets(platform.sockets, peer, platform.clock, self._perform)
        self._stop_watching: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._is_working = False
        self._is_performing = False
        self._rearming: asyncio.TimerHandle | None = None
        self._effects: deque[Any] = deque()
        self._closed = False
        self._upkeep = Upkeep(disk, self.spawn)
        self._commits = Commits(self, platform.crypto, keys.author, self._clock)
        self._tickets: dict[int, asyncio.Future[Applied]] = {}
        self._readable: list[asyncio.Future[None]] = []
        self.failure: BaseException | None = None
        self.element_ids = ElementIds(platform.entropy.random_bytes(4))

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load the graph from disk, take a writer slot, and begin to look for others."""
        self._commits.use(*await self.disk.open(self._keys.author.public, self._clock.wall_ms()))
        self.disk.ingest = self._ingest
        self.disk.on_change = lambda: self._status_changed(StatusChanged())
        self.indexes.spawn = self.spawn
        try:
            await self.indexes.restore()
        except BaseException:
            self.disk.give_back_slot()
            raise
        self.spawn(self.disk.run())
        self.spawn(self.disk.reserve_ahead())
        for transport in self._transports.values():
            transport.start(self)
            if hasattr(transport, "announce"):
                transport.announce(self._keys.peer.public, partial(self._found, transport.kind))
        self.peer.presence.set_clock(self._clock.now(), self._clock.wall_ms())
        self._perform(self.peer.start(now=self._clock.now()))
        self._stop_watching = self._platform.network.watch(self._network_is_back)
        self._upkeep.pack_soon()

    async def close(self) -> None:
        """Finish what was begun, say goodbye, write everything and free everything. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._stop_watching()
        await self._commits.finish()
        self._perform(self.peer.stop(now=self._clock.now()))
        for timer in (self._timer, self._rearming):
            if timer is not None:
                timer.cancel()
        self._upkeep.close()
        for transport in self._transports.values():
            await transport.stop()
        self._sockets.stop()
        try:
            await self.disk.close()
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error, task)

    def _failed(self, error: BaseException, task: asyncio.Task[None] | None) -> None:
        self.failure = error
        context = {"message": "A task of the peer failed", "exception": error, **({"task": task} if task else {})}
        asyncio.get_running_loop().call_exception_handler(context)

    # -- writing ------------------------------------------------------------------------------------------------------

    async def commit(self, finished: Finished) -> None:
        """Sign, apply, store and announce a transaction of ours. Durable when it returns."""
        if self._closed:
            raise GraphClosed()
        await self._commits.commit(finished)

    @property
    def writer(self) -> WriterKey:
        """Who signs our transactions now."""
        return self._commits.writer

    async def put_in(
        self,
        transaction: VerifiedTransaction,
        operations: list[Operation] | None,
        encoded: bytes = b"",
        *,
        is_durable: bool,
    ) -> Applied:
        """Apply a transaction that is known to be good, in its turn. encoded: its bytes, if the caller has them."""
        ticket = self.peer.submit(transaction, operations, encoded, is_durable=is_durable)
        applied: asyncio.Future[Applied] = asyncio.get_running_loop().create_future()
        self._tickets[ticket] = applied
        self._work()
        return applied.result() if applied.done() else await applied

    def publish(self, encoded: bytes) -> None:
        """Tell everybody of a transaction of ours."""
        self._perform(self.peer.publish(encoded, now=self._clock.now()))

    def show(self, values: Values | None) -> None:
        """Let everybody who is here see these values, or (None) leave. Raises InvalidValue."""
        if self._closed:
            raise GraphClosed()
        self._perform(self.peer.show(values, now=self._clock.now()))

    async def leave(self) -> None:
        """Say that we are not here any more, and wait until that is on its way."""
        if self.peer.presence.mine is not None and not self._closed:
            before = set(self._tasks)
            self.show(None)
            if signing := self._tasks - before:
                await asyncio.wait(signing, timeout=1.0)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task that ends with the driver."""
        task = start_now(work)
        if not task.done():
            self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _ingest(self, transaction: VerifiedTransaction) -> None:
        await self.put_in(transaction, None, is_durable=True)

    # -- working on transactions --------------------------------------------------------------------------------------

    async def readable(self) -> None:
        """Wait until nobody is in the middle of an apply."""
        while not self.peer.inbox.is_open:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._readable.append(waiter)
            await waiter

    def _work(self) -> None:
        """Do a slice of work now, and come back for the rest."""
        if self._is_working:
            return
        self._is_working = True
        ends = self._clock.now() + SLICE_S
        try:
            while self.peer.has_work:
                self._perform(self.peer.work(now=self._clock.now(), now_ms=self._clock.wall_ms()))
                if self._clock.now() > ends:
                    asyncio.get_running_loop().call_soon(self._work)
                    break
        finally:
            self._is_working = False
        if self._readable and self.peer.inbox.is_open:
            waiters, self._readable = self._readable, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        self._rearm_soon()

    def go_on(self) -> None:
        """Apply what waited for a reader."""
        self._perform(())

    def _on_applied(self, applied: Applied) -> None:
        if applied.changes:
            self._tell(applied.changes, applied.transaction.header.author, is_local=applied.sender is None)
        if applied.must_store and applied.sender is not None:
            self.disk.append(applied.encoded, is_awaited=False)
        elif applied.is_news and applied.sender is not None:
            self.disk.trust(applied.transaction.id)
        if applied.is_news:
            self._upkeep.pack_soon()
        if applied.sender is not None and applied.is_news and self._commits.is_usurped(applied.transaction):
            self.spawn(self._renew_writer())
        ticket = self._tickets.pop(applied.ticket, None)
        if ticket is not None and not ticket.done():
            ticket.set_result(applied)

    def _tell(self, changes: list[Change], author: bytes, *, is_local: bool) -> None:
        for listener in list(self._listeners):
            listener(changes, author, is_local=is_local)

    async def _renew_writer(self) -> None:
        """Somebody else uses our writer id (a copied profile, a restored backup): take a new one."""
        while not self._closed:
            try:
                self._commits.use(await self.disk.renew_writer(self._keys.author.public), 0)
                return
            except StorageError:  # `disk.state` tells of it; until then the sequence goes on above what we saw
                await asyncio.sleep(RENEW_AGAIN_S)

    def listen(self, listener: Listener) -> None:
        """Call `listener(changes, author, is_local)` after every applied transaction."""
        self._listeners.append(listener)
        self.peer.inbox.is_watched = True

    def stop_listening(self, listener: Listener) -> None:
        """Undo `listen`."""
        self._listeners.remove(listener)
        self.peer.inbox.is_watched = bool(self._listeners)

    # -- performing effects -------------------------------------------------------------------------------------------

    def _perform(self, effects: Iterable[Any]) -> None:
        """Perform effects in order. What a performed effect brings about comes right after it; what happens
        elsewhere meanwhile (an answer that was there at once) comes last.
        """
        self._effects.extend(effects)
        if self._is_performing:
            return
        self._is_performing = True
        try:
            while self._effects:
                effect = self._effects.popleft()
                more = _PERFORM[type(effect)](self, effect)
                if more:
                    self._effects.extendleft(reversed(more))
        finally:
            self._is_performing = False
        if self.peer.has_work and not self._is_working:
            self._work()
        else:
            self._rearm_soon()

    def _rearm_soon(self) -> None:
        """Look for the next deadline in a moment: looking costs as much as a frame, and deadlines are far apart."""
        if self._rearming is None and not self._closed:
            self._rearming = asyncio.get_running_loop().call_later(REARM_S, self._rearm)

    def _rearm(self) -> None:
        self._rearming = None
        now = self._clock.now()
        at = self.peer.next_wakeup(now=now, now_ms=self._clock.wall_ms())
        # Deadlines mostly move away with each frame; a timer that comes too early does no harm, and making one costs.
        if self._closed or (self._timer_at is not None and self._timer_at <= at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = min(at, now + MAX_TIMER_S)
        delay_s = max(0.0, self._timer_at - now)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer, self._timer_at = None, None
        self.peer.presence.set_clock(self._clock.now(), self._clock.wall_ms())
        self._perform(self.peer.wake(now=self._clock.now(), now_ms=self._clock.wall_ms()))

    def _answer_later(self, token: int, answer: Coroutine[Any, Any, object]) -> None:
        async def run() -> None:
            try:
                result = await answer
            except MalformedMessage:
                result = None
            if not self._closed:
                self._perform(self.peer.completed(token, result, now=self._clock.now()))

        self.spawn(run())

    def _verify(self, effect: Verify) -> None:
        answer = partial(self._verified, effect.token)
        self._platform.crypto.check(effect.public_key, effect.signature, effect.message, answer)

    def _verified(self, token: int, is_good: bool) -> None:
        """Go on with what waited for a signature. Whoever calls this is a stranger: nothing may fall through to it."""
        if self._closed:
            return
        try:
            self._perform(self.peer.completed(token, is_good, now=self._clock.now()))
        except Exception as error:
            self._failed(error, None)

    def _sign(self, effect: Sign) -> None:
        key = self._keys.author if effect.as_author else self._keys.peer
        self._answer_later(effect.token, self._platform.crypto.sign(key, effect.message))

    def _seal(self, effect: Seal) -> None:
        associated = _signal_context(self._keys.peer.public, effect.recipient)
        self._answer_later(effect.token, self._platform.crypto.seal(self._keys.signals, effect.plain, associated))

    def _unseal(self, effect: Unseal) -> None:
        associated = _signal_context(effect.sender, self._keys.peer.public)
        self._answer_later(effect.token, self._platform.crypto.open(self._keys.signals, effect.sealed, associated))

    def _touched(self, effect: Touched) -> None:
        self._tell(effect.changes, effect.author, is_local=effect.is_local)

    def _settled(self, effect: Settled) -> None:
        self._tell(effect.changes, effect.author, is_local=False)

    def _status_changed(self, effect: StatusChanged) -> None:
        for listener in list(self.status_listeners):
            listener()

    def _presence_changed(self, effect: PresenceChanged) -> None:
        for listener in list(self.presence_listeners):
            listener()

    def _open_link(self, effect: OpenLink) -> None:
        kind = effect.link.partition(":")[0]
        transport = self._transports[kind]
        self._transport_by_link[effect.link] = transport
        transport.open(effect.link, effect.peer, initiator=effect.initiator)

    def _describe_link(self, effect: DescribeLink) -> None:
        self._transport_by_link[effect.link].describe(effect.link, effect.kind, effect.sdp)

    def _add_candidate(self, effect: AddCandidate) -> None:
        self._transport_by_link[effect.link].add_candidate(effect.link, effect.candidate, effect.mid)

    def _send_frame(self, effect: SendFrame) -> list[Any]:
        transport = self._transport_by_link.get(effect.link)
        buffered = -1 if transport is None else transport.send(effect.link, effect.channel, effect.data)
        now = self._clock.now()
        sent = self.peer.links.link_sent(effect.link, effect.channel, len(effect.data), buffered, now=now)
        return self.peer.on_links(sent, now=now) if sent else []

    def _close_link(self, effect: CloseLink) -> None:
        transport = self._transport_by_link.pop(effect.link, None)
        if transport is not None:
            transport.close(effect.link)
        self._upkeep.link_ended(effect.link)

    def _ice_offered(self, effect: IceOffered) -> None:
        for transport in self._transports.values():
            if hasattr(transport, "ice_servers"):
                transport.ice_servers = effect.servers

    # -- what the platform notices ------------------------------------------------------------------------------------

    def _open_socket(self, effect: OpenSocket) -> None:
        self._sockets.open(effect)

    def _send_text(self, effect: SendText) -> None:
        self._sockets.send(effect)

    def _close_socket(self, effect: CloseSocket) -> None:
        self._sockets.close(effect)

    def _network_is_back(self) -> None:
        """See `ports.Network`."""
        self._perform(self.peer.hurry(now=self._clock.now()))

    def _found(self, kind: str, peer: bytes) -> None:
        """A transport that looks around by itself has found somebody."""
        self._perform(self.peer.found(peer, kind, now=self._clock.now()))

    # -- events of transports (ports.LinkEvents) ----------------------------------------------------------------------

    def link_offered(self, link: str, peer: bytes) -> None:
        """See `ports.LinkEvents`."""
        self._transport_by_link[link] = self._transports[link.partition(":")[0]]
        now = self._clock.now()
        self._perform(self.peer.on_links(self.peer.links.link_offered(link, peer, now=now), now=now))

    def link_described(self, link: str, kind: str, sdp: str) -> None:
        """See `ports.LinkEvents`."""
        now = self._clock.now()
        self._perform(self.peer.on_links(self.peer.links.link_described(link, kind, sdp, now=now), now=now))

    def link_candidate(self, link: str, candidate: str, mid: str) -> None:
        """See `ports.LinkEvents`."""
        effects = self.peer.links.link_candidate(link, candidate, mid)
        self._perform(self.peer.on_links(effects, now=self._clock.now()))

    def link_opened(self, link: str, binding: bytes) -> None:
        """See `ports.LinkEvents`."""
        now, wall_ms = self._clock.now(), self._clock.wall_ms()
        self._perform(self.peer.on_links(self.peer.links.link_opened(link, binding, now=now, wall_ms=wall_ms), now=now))

    def link_frame(self, link: str, channel: int, data: bytes) -> None:
        """See `ports.LinkEvents`."""
        now = self._clock.now()
        self._perform(self.peer.on_links(self.peer.links.link_frame(link, channel, data, now=now), now=now))

    def link_drained(self, link: str, channel: int) -> None:
        """See `ports.LinkEvents`."""
        now = self._clock.now()
        self._perform(self.peer.on_links(self.peer.links.link_drained(link, channel, now=now), now=now))

    def link_closed(self, link: str, reason: str) -> None:
        """See `ports.LinkEvents`."""
        self._transport_by_link.pop(link, None)
        self._upkeep.link_ended(link)
        now = self._clock.now()
        self._perform(self.peer.on_links(self.peer.links.link_closed(link, reason, now=now), now=now))


def _signal_context(sender: bytes, recipient: bytes) -> bytes:
    return b"graphvine/signal/1\0" + sender + recipient


_PERFORM: dict[type, Callable[[Driver, Any], list[Any] | None]] = {
    Verify: Driver._verify,
    Sign: Driver._sign,
    Seal: Driver._seal,
    Unseal: Driver._unseal,
    Applied: Driver._on_applied,
    Touched: Driver._touched,
    Settled: Driver._settled,
    StatusChanged: Driver._status_changed,
    PresenceChanged: Driver._presence_changed,
    OpenLink: Driver._open_link,
    DescribeLink: Driver._describe_link,
    AddCandidate: Driver._add_candidate,
    SendFrame: Driver._send_frame,
    CloseLink: Driver._close_link,
    IceOffered: Driver._ice_offered,
    OpenSocket: Driver._open_socket,
    SendText: Driver._send_text,
    CloseSocket: Driver._close_socket,
}
