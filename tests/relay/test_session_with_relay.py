"""Both halves together: the peer's relay session, driven over real sockets, against the real relay."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.relay.relay_client import ROOM, serve

from graphvine.effects import Sign
from graphvine.net import relay_session as rs
from graphvine_relay.config import Config
from graphvine_relay.limits import Limits

pytestmark = pytest.mark.native


class Peer:
    """The smallest driver: performs effects, and collects what goes upward."""

    def __init__(self, *urls: str) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.id = self.key.public_key().public_bytes_raw()
        self.session = rs.RelaySession(urls, ROOM, self.id, random.Random(1))
        self.upward: asyncio.Queue[rs.RelayEffect] = asyncio.Queue()
        self._sockets: dict[int, aiohttp.ClientWebSocketResponse] = {}
        self._outgoing: asyncio.Queue[list[rs.RelayEffect]] = asyncio.Queue()

    @staticmethod
    def now() -> float:
        return asyncio.get_running_loop().time()

    async def run(self) -> None:
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake())
            self.do(self.session.start(now=self.now()))
            while True:
                for effect in await self._outgoing.get():
                    await self._perform(effect, http, tasks)

    def do(self, effects: list[rs.RelayEffect]) -> None:
        self._outgoing.put_nowait(effects)

    async def until(self, wanted: rs.RelayEffect | type) -> rs.RelayEffect:
        while True:
            effect = await self.upward.get()
            if effect == wanted or (isinstance(wanted, type) and isinstance(effect, wanted)):
                return effect

    async def until_joined(self) -> rs.RelayState:
        while True:
            state = await self.until(rs.RelayState)
            if isinstance(state, rs.RelayState) and state.state == "joined":
                return state

    async def _perform(self, effect: rs.RelayEffect, http: aiohttp.ClientSession, tasks: asyncio.TaskGroup) -> None:
        match effect:
            case rs.OpenSocket(number, url):
                tasks.create_task(self._read(number, url, http))
            case rs.SendText(number, text):
                await self._sockets[number].send_str(text)
            case rs.CloseSocket(number):
                if number in self._sockets:
                    await self._sockets.pop(number).close()
            case Sign(token, message):
                self.do(self.session.completed(token, self.key.sign(message), now=self.now()))
            case _:
                self.upward.put_nowait(effect)

    async def _read(self, number: int, url: str, http: aiohttp.ClientSession) -> None:
        try:
            async with http.ws_connect(url) as socket:
                self._sockets[number] = socket
                self.do(self.session.opened(number, now=self.now()))
                async for frame in socket:
                    self.do(self.session.receive(number, frame.data, now=self.now()))
                reason = str(socket.close_code)
        except aiohttp.ClientError as error:
            reason = str(error)
        self.do(self.session.closed(number, reason, now=self.now()))

    async def _wake(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            if (self.session.next_wakeup() or float("inf")) <= self.now():
                self.do(self.session.wake(now=self.now()))


def play(scenario: object) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await scenario  # type: ignore[misc]

    asyncio.run(bounded())


def test_two_sessions_meet_signal_and_survive_the_end_of_their_relay() -> None:
    async def scenario() -> None:
        drains = Config(limits=Limits(drain_s=0.1))
        async with serve(drains) as first, serve(Config()) as second:
            urls = [served.url.replace("http:", "ws:") for served in (first, second)]
            alice, bob = Peer(*urls), Peer(*urls)
            running = [asyncio.create_task(peer.run()) for peer in (alice, bob)]
            assert (await alice.until_joined()).url == urls[0]
            await alice.until(rs.PeerSeen(bob.id))
            await bob.until(rs.PeerSeen(alice.id))
            data = bytes(range(256)) * 40
            alice.do(alice.session.signal(bob.id, data, now=alice.now()))
            assert await bob.until(rs.SignalReceived) == rs.SignalReceived(alice.id, data)
            stranger = bytes(32)
            alice.do(alice.session.signal(stranger, b"x", now=alice.now()))
            await alice.until(rs.SignalFailed(stranger, "offline"))
            first.relay.drain()
            assert (await alice.until_joined()).url == urls[1]
            await alice.until(rs.PeerSeen(bob.id))
            bob.do(bob.session.stop(now=bob.now()))
            await alice.until(rs.PeerGone(bob.id))
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    play(scenario())


def test_a_burst_of_signals_is_paced_and_none_is_refused() -> None:
    async def scenario() -> None:
        async with serve(Config()) as served:
            url = served.url.replace("http:", "ws:")
            alice, bob = Peer(url), Peer(url)
            running = [asyncio.create_task(peer.run()) for peer in (alice, bob)]
            await alice.until(rs.PeerSeen(bob.id))
            for number in range(80):
                alice.do(alice.session.signal(bob.id, bytes([number]), now=alice.now()))
            received = [await bob.until(rs.SignalReceived) for _ in range(80)]
            assert received == [rs.SignalReceived(alice.id, bytes([number])) for number in range(80)]
            assert served.relay.rooms.counters.rate_limited == 0
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    play(scenario())
