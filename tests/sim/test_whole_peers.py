"""Real peers over real links: handshakes, frames, liveness, anti-entropy and gossip together."""

from __future__ import annotations

from graphvine.store.builder import TransactionBuilder
from graphvine.testing.whole_peer import WholePeer, are_converged, network_of
from graphvine.testing.world import World
from tests.sim.stories import write_whole


def village(seed, count):
    world = World(seed)
    network = network_of(world)
    peers = [WholePeer(f"peer-{n}", world, network, skew_ms=world.rng.randrange(4_000) - 2_000) for n in range(count)]
    for place, left in enumerate(peers):
        for right in peers[place + 1 :]:
            left.dial(right)
    return world, network, peers


def test_they_meet_write_and_converge(seed):
    world, _, peers = village(seed, 4)
    for n in range(60):
        world.at(n * 0.1, lambda n=n: write_whole(world, peers[n % 4]))
    world.run(until=6.0)
    assert world.run_until(lambda: are_converged(peers), limit_s=30.0), f"seed {seed}"
    assert peers[0].replica.transaction_count > 0


def test_a_cut_that_nobody_is_told_of_heals(seed):
    world, network, peers = village(seed, 3)
    for n in range(80):
        world.at(2.0 + n * 0.2, lambda n=n: write_whole(world, peers[n % 3]))
    world.at(5.0, lambda: network.cut(peers[0].id, peers[1].id))
    world.at(5.0, lambda: network.cut(peers[0].id, peers[2].id))
    world.run(until=15.0)
    assert not are_converged(peers)
    network.heal()
    world.run(until=18.0)
    assert world.run_until(lambda: are_converged(peers), limit_s=120.0), f"seed {seed}"


def test_who_hears_that_the_network_is_back_waits_no_longer(seed):
    world, network, (left, right) = village(seed, 2)
    world.run(until=5.0)
    network.cut(left.id, right.id)
    write_whole(world, left)
    world.run(until=100.0)
    assert world.run_until(lambda: left.peer.links.count == 0, limit_s=30.0), "a wait of several seconds has begun"
    network.heal()
    world.run(until=world.now + 2.0)
    assert not are_converged([left, right])
    left.network_is_back()
    world.run(until=world.now + 2.0)
    assert are_converged([left, right]), f"seed {seed}"


def test_megabytes_cross_with_back_pressure(seed):
    world, _, (left, right) = village(seed, 2)
    for n in range(40):
        builder = TransactionBuilder()
        builder.put_vertex(f"v{n}", {"text": "x" * 250_000})
        left.write(builder)
    assert world.run_until(lambda: are_converged([left, right]), limit_s=60.0), f"seed {seed}"


def test_one_seed_one_trace():
    def story():
        world, _, peers = village(7, 3)
        for n in range(20):
            world.at(n * 0.1, lambda n=n: write_whole(world, peers[n % 3]))
        world.run(until=20.0)
        return world.trace

    assert story() == story()
