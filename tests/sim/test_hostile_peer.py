"""Attackers among honest peers: they are hung up on, or cost little, and the others converge all the same."""

from __future__ import annotations

from msgspec.structs import replace

from graphvine.codec.transactions import decode_header, decode_transaction, encode_header, encode_transaction
from graphvine.effects import SendMessage
from graphvine.gossip.flood import GOSSIP_PROTOCOL
from graphvine.gossip.messages import Publish
from graphvine.gossip.messages import encode as encode_gossip
from graphvine.store.replica import Replica
from graphvine.sync.messages import Check, Have, encode, to_digest
from graphvine.sync.serving import SYNC_PROTOCOL
from graphvine.sync.sessions import Sessions
from graphvine.testing.simulated_peer import SimulatedPeer
from graphvine.testing.world import World
from tests.sim.stories import edit, people, write, write_at_random


class Attacker:
    """Says something every 50 ms to everybody, and answers everything with something."""

    def __init__(self, world, say):
        self.name = "mallory"
        self.id = world.crypto.key("peer/mallory").public
        self.world = world
        self.clock = world.clock()
        self.say = say
        self.victims = {}
        self.hung_up = 0
        self.due = self.clock.now()
        world.enter(self, self.clock)

    def peer_ready(self, peer):
        self.victims[peer] = None
        return self.wake()

    def peer_lost(self, peer):
        del self.victims[peer]
        self.hung_up += 1
        return []

    def receive(self, sender, protocol, data):
        return self.say(self, sender)

    def drained(self, peer):
        return []

    def next_wakeup(self):
        return self.due if self.victims else None

    def wake(self):
        self.due = self.clock.now() + 0.05
        return [effect for peer in self.victims for effect in self.say(self, peer)]

    def is_banned(self, peer):
        return False


def rubbish(attacker, peer):
    rng = attacker.world.rng
    data = bytes(rng.randrange(256) for _ in range(rng.randrange(60)))
    return [SendMessage(peer, 1 + rng.randrange(2), b"\x01" + data)]


def forged(attacker, peer):
    """A transaction of somebody else, with one number changed."""
    honest = next(other for other in attacker.world.peers.values() if isinstance(other, SimulatedPeer))
    encoded = next(iter(honest.replica.everything()), None)
    if encoded is None:
        return []
    signed = decode_transaction(encoded)
    header = decode_header(signed.header)
    signed.header = encode_header(replace(header, sequence=header.sequence + 1_000))
    return [SendMessage(peer, GOSSIP_PROTOCOL, encode_gossip(Publish(encode_transaction(signed))))]


def differing(attacker, peer):
    """Another digest each time, and never anything to give."""
    digest = to_digest(attacker.world.rng.randrange(2**60))
    return [SendMessage(peer, SYNC_PROTOCOL, encode(Check(digest, is_reply=False)))]


def greedy(attacker, peer):
    """Everything from the start, again and again, without acknowledging."""
    attacker.number = getattr(attacker, "number", 0) + 1
    return [SendMessage(peer, SYNC_PROTOCOL, encode(Have(attacker.number, [])))] * 5


def attack(seed, say, *, until=40.0):
    world = World(seed, delay_s=(0.01, 0.05))
    peers = people(world, 4)
    attacker = Attacker(world, say)
    world.connect_all()
    write_at_random(world, peers, count=40, until=10.0)
    world.run(until=until)
    assert world.run_until(world.is_converged, limit_s=60.0), f"seed {seed}"
    for peer in peers:
        assert list(peer.penalties) in ([], [attacker.id]), "honest peers are not blamed"
    return world, peers, attacker


def test_rubbish_is_hung_up_on(seed):
    world, _, attacker = attack(seed, rubbish)
    assert attacker.victims == {}
    assert attacker.hung_up == 4


def test_forged_signatures_are_hung_up_on_and_spread_to_nobody(seed):
    world, peers, attacker = attack(seed, forged)
    assert attacker.victims == {}
    assert all(peer.penalties[attacker.id] >= 100 for peer in peers)


def test_digests_that_never_match_end_in_silence_or_little_traffic(seed):
    world, _, attacker = attack(seed, differing)
    before = world.delivered
    world.run(until=world.now + 100.0)
    if attacker.victims:
        # What the attacker sends, and its answers; what we ask on top is a question now and then.
        assert world.delivered - before < 100 / 0.05 * 4 * 2.5


def test_endless_demands_are_hung_up_on(seed):
    world, _, attacker = attack(seed, greedy)
    assert attacker.victims == {}


class Hider:
    """A replica seen through a liar: every second transaction is not there, and covers say that all is."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def __getattr__(self, name):
        return getattr(self._replica, name)

    def beyond(self, vector):
        for encoded in self._replica.beyond(vector):
            if decode_header(decode_transaction(encoded).header).sequence % 2:
                yield encoded

    def vector(self):
        return dict.fromkeys(self._replica.vector(), 2**50)

    def encoded(self, key, sequence):
        return []


def test_a_liar_between_two_honest_peers_hides_nothing_for_long(seed):
    world = World(seed, delay_s=(0.01, 0.05))
    full, liar, empty = people(world, 3)
    for _ in range(60):
        full.write(edit(world, full, names=200))
    world.connect(full, liar)
    world.run(until=5.0)
    liar.sessions = Sessions(Hider(liar.replica), liar._rng)
    world.cut(full, liar)
    world.connect(liar, empty)
    world.run(until=10.0)
    assert empty.replica.transaction_count < full.replica.transaction_count
    world.connect(full, empty)
    same = lambda: empty.replica.digest() == full.replica.digest()  # noqa: E731
    assert world.run_until(same, limit_s=30.0), f"seed {seed}"


def test_an_author_who_signs_a_number_twice_does_not_split_the_others(seed):
    """Two tabs of one identity lost their lock: both write sequences 1 to 6."""
    world = World(seed, delay_s=(0.01, 0.05))
    left, right = people(world, 2)
    twin = world.add("twin")
    twin._author, twin._key = left._author, left._key
    for _ in range(6):
        write(world, left)
        write(world, twin)
        write(world, right)
    world.connect_all()
    assert world.run_until(world.is_converged, limit_s=90.0), f"seed {seed}"
