"""Runs inside the attacker's tab: an honest handshake, and then everything that a tab must survive. See test_hostile_peer."""

import asyncio
import contextlib
import random

import msgspec

import graphvine
from graphvine.codec.operations import encode_operation
from graphvine.codec.transactions import encode_header, encode_transaction, signed_bytes
from graphvine.crypto.merkle import root_of
from graphvine.gossip.messages import Publish
from graphvine.gossip.messages import encode as encode_gossip
from graphvine.model.ids import public_space_id
from graphvine.model.operation import PutVertex
from graphvine.model.stamp import MAX_TIME
from graphvine.model.transaction import HEADER_VERSION, Header, SignedTransaction
from graphvine.sync.messages import AskRanges, Batch, Check, Have, Range, Want
from graphvine.sync.messages import encode as encode_sync

DEPTH = 100_000
NESTS = (
    b"\x91" * DEPTH + b"\xc0",
    b"\x81\xa1a" * DEPTH + b"\xc0",
    b"\xdc\x00\x01" * DEPTH,
    b"\xdd\x00\x00\x00\x01" * DEPTH,
)


class Attacker:
    """One identity with one proven link. stays: it says nothing that ends the link at once, whatever the victim forgives."""

    def __init__(self, graph, victim, rng, stays):
        self.stays = stays
        self.graph = graph
        self.driver = graph._driver
        self.driver.peer.links.penalise = lambda *_, **__: []  # what the victim answers is no offence to us
        self.victim = victim
        self.rng = rng
        self.link = None
        self.space = public_space_id(graph.space)
        self.heard = []

    @property
    def is_connected(self):
        """Whether the victim still talks with us."""
        return self.driver.peer.links._table.ready(self.victim) is not None

    async def connect(self):
        """Wait for the link; keep the frames of its handshake."""
        transport = self.driver._transports["webrtc"]
        send = transport.send

        def record(link, channel, data):
            self.heard.append(bytes(data))
            return send(link, channel, data)

        transport.send = record
        async with asyncio.timeout(90):
            while not (self.is_connected and self.driver.peer.sync_status().get(self.victim) == "converged"):  # noqa: ASYNC110 no event tells of both
                await asyncio.sleep(0.02)
        self.link = self.driver.peer.links._table.ready(self.victim).name
        transport.send = send

    async def wait_for_the_end(self, patience_s=5):
        """Give the victim some time to hang up on us."""
        changed = asyncio.Event()
        self.driver.status_listeners.append(changed.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self.is_connected:
                    changed.clear()
                    await changed.wait()

    def frame(self, data, channel=0):
        """Send raw bytes as one frame."""
        self.driver._transports["webrtc"].send(self.link, channel, data)

    def say(self, protocol, data, channel=0):
        """Send a message, whatever it is."""
        now = self.driver._clock.now()
        effects = self.driver.peer.links.send(self.victim, protocol, data, channel, now=now)
        self.driver._perform(self.driver.peer.on_links(effects, now=now))

    async def transaction(self, leaves, *, time=None, is_honest=True):
        """A transaction of ours over any leaves, signed as it should be, or not."""
        author = self.driver._keys.author
        time = time or (self.driver._clock.wall_ms() << 16)
        header = Header(HEADER_VERSION, author.public, self.rng.randbytes(8), 1, 0, time, len(leaves), root_of(leaves))
        data = encode_header(header)
        signature = await self.driver._platform.crypto.sign(author, signed_bytes(self.space, data))
        if not is_honest:
            signature = signature[:10] + bytes([signature[10] ^ 1]) + signature[11:]
        return encode_transaction(SignedTransaction(data, signature, leaves, []))

    def known(self):
        """Some transaction that the victim has."""
        return self.rng.choice(list(self.driver.peer.replica.beyond({})))


def well_formed(attacker):
    """Some message that makes sense, for others to spoil."""
    rng, key = attacker.rng, (attacker.rng.randbytes(32), attacker.rng.randbytes(8))
    return rng.choice(
        [
            (2, encode_gossip(Publish(attacker.known()))),
            (1, encode_sync(Have(rng.randrange(2**50), [(*key, 1 + rng.randrange(9))]))),
            (1, encode_sync(Batch(rng.randrange(5), 0, [attacker.known()], []))),
            (1, encode_sync(AskRanges(rng.randrange(5), *key, [Range(1, 2**50)]))),
            (1, encode_sync(Want(rng.randrange(5), *key, [1, 2, 3]))),
        ]
    )


async def random_frames(attacker):
    """No frame at all."""
    attacker.frame(attacker.rng.randbytes(attacker.rng.randrange(1, 600)), attacker.rng.randrange(2))


async def random_messages(attacker):
    """Noise in good frames, of protocols that exist and that don't."""
    data = attacker.rng.randbytes(attacker.rng.randrange(300))
    protocol = attacker.rng.choice((1, 1, 2, 2, 3, 77, 255) + (0,) * (not attacker.stays))
    attacker.say(protocol, (b"\x01" + data) if attacker.rng.random() < 0.7 else data)


async def truncated(attacker):
    """Beginnings of good messages, and good ones with a byte changed."""
    protocol, data = well_formed(attacker)
    at = attacker.rng.randrange(len(data))
    spoiled = data[:at] + bytes([data[at] ^ (1 << attacker.rng.randrange(8))]) + data[at + 1 :]
    attacker.say(protocol, attacker.rng.choice((data[:at], spoiled)))


async def nested(attacker):
    """Arrays and maps a hundred thousand deep: bare, inside a message, inside a transaction that is signed."""
    rng, nest = attacker.rng, attacker.rng.choice(NESTS)
    kind = rng.randrange(6)
    if kind == 0:
        attacker.say(rng.randrange(attacker.stays, 3), nest, rng.randrange(2))
    elif kind == 1:
        attacker.say(rng.choice((1, 2)), b"\x01" + nest)
    elif kind == 2:
        attacker.say(rng.choice((1, 2)), b"\x01\x94" + bytes([rng.randrange(10)]) + nest)
    elif kind == 3:
        attacker.say(2, b"\x01\x92\x00" + msgspec.msgpack.encode(nest))
    elif kind == 4:
        encoded = msgspec.msgpack.encode([nest, bytes(64), [nest], []])
        attacker.say(2, encode_gossip(Publish(encoded)))
    else:
        good = encode_operation(PutVertex("nest", [], {"a": 1}, [], []))
        leaf = good.replace(b"\xa1a\x01", b"\xa1a" + nest)
        attacker.say(2, encode_gossip(Publish(await attacker.transaction([rng.choice((leaf, nest))]))))


async def wrongly_signed(attacker):
    """Sound in everything but the signature."""
    leaf = encode_operation(PutVertex("forged", [], {"n": attacker.rng.randrange(99)}, [], []))
    encoded = await attacker.transaction([leaf], is_honest=False)
    if attacker.rng.random() < 0.5:
        attacker.say(2, encode_gossip(Publish(encoded)))
    else:
        attacker.say(1, encode_sync(Batch(0, 0, [encoded], [])), 1)


async def replayed(attacker):
    """What was said before: transactions that everybody has, and the frames of our own handshake."""
    if attacker.stays or attacker.rng.random() < 0.8:
        attacker.say(2, encode_gossip(Publish(attacker.known())))
        attacker.say(1, encode_sync(Check(attacker.rng.randbytes(32), False)))
    else:
        attacker.frame(attacker.rng.choice(attacker.heard[:3]))


async def future_stamped(attacker):
    """Signed by us, from an hour or from years ahead."""
    hour = 3_600_000 << 16
    now = attacker.driver._clock.wall_ms() << 16
    time = attacker.rng.choice((now + hour, now + 25 * hour, now + 9_000 * hour, MAX_TIME))
    leaf = encode_operation(PutVertex("future", [], {"n": attacker.rng.randrange(99)}, [], []))
    attacker.say(2, encode_gossip(Publish(await attacker.transaction([leaf], time=time))))


KINDS = {
    verb.__name__: verb
    for verb in (random_frames, random_messages, truncated, nested, wrongly_signed, replayed, future_stamped)
}


async def attack(space, relay, victim, kind, seed, count, *, stays=False):
    """Attack as a new identity, in bursts of four. Return how many times we struck, and whether the victim has hung up."""
    async with graphvine.open(space, relay=relay, storage=":memory:") as graph:
        attacker = Attacker(graph, bytes.fromhex(victim), random.Random(f"{kind} {seed}"), stays)
        await attacker.connect()
        struck = 0
        while struck < count and attacker.is_connected:
            await KINDS[kind](attacker)
            struck += 1
            if struck % 4 == 0:
                await asyncio.sleep(0)
        await attacker.wait_for_the_end(2 if stays else 10)
        return [struck, not attacker.is_connected]
