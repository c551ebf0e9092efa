"""Whatever the network does, all honest peers end up with the same graph."""

from __future__ import annotations

from graphvine.model.operation import COUNTER, LIST, MAP, SET, TEXT
from graphvine.store.builder import TransactionBuilder
from graphvine.testing.shared_edits import edit_shared
from graphvine.testing.world import World
from tests.sim.stories import edit, people, ring, write, write_at_random


def test_gossip_alone_reaches_everybody_within_a_blink(seed):
    world = World(seed, delay_s=(0.001, 0.01))
    peers = people(world, 8)
    world.connect_all()
    world.run(until=1.0)
    write(world, peers[0])
    assert world.run_until(world.is_converged, limit_s=0.05)


def test_loss_and_skewed_clocks(seed):
    world = World(seed, loss=0.2, delay_s=(0.01, 0.2))
    peers = people(world, 6)
    world.connect_all()
    write_at_random(world, peers, count=80, until=20.0)
    world.run(until=20.0)
    assert world.run_until(world.is_converged, limit_s=60.0), f"seed {seed}"


def test_a_ring_where_everything_passes_through_others(seed):
    world = World(seed, loss=0.1, delay_s=(0.01, 0.1))
    peers = people(world, 7)
    ring(world, peers)
    write_at_random(world, peers, count=50, until=10.0)
    world.run(until=10.0)
    assert world.run_until(world.is_converged, limit_s=60.0), f"seed {seed}"


def test_a_partition_heals(seed):
    world = World(seed, loss=0.1)
    peers = people(world, 6)
    world.connect_all()
    write_at_random(world, peers, count=100, until=30.0)
    world.at(5.0, lambda: world.divide(peers[:2], peers[2:]))
    world.at(25.0, world.connect_all)
    world.run(until=24.0)
    assert not world.is_converged()
    world.run(until=30.0)
    assert world.run_until(world.is_converged, limit_s=60.0), f"seed {seed}"


def test_peers_come_and_go_and_restart_from_disk(seed):
    world = World(seed, loss=0.1)
    peers = people(world, 6)
    world.connect_all()
    write_at_random(world, peers, count=100, until=40.0)

    def leave(peer):
        world.divide([peer], [other for other in peers if other is not peer])
        if world.rng.random() < 0.5:
            peer.restart()

    def come_back(peer):
        for other in peers:
            if other is not peer and world.rng.random() < 0.7:
                world.connect(peer, other)

    for _ in range(15):
        peer = peers[world.rng.randrange(len(peers))]
        away = world.rng.random() * 40.0
        world.at(away, lambda peer=peer: leave(peer))
        world.at(away + world.rng.random() * 5.0, lambda peer=peer: come_back(peer))
    world.at(46.0, lambda: ring(world, peers))
    world.run(until=46.0)
    assert world.run_until(world.is_converged, limit_s=90.0), f"seed {seed}"


def test_links_that_break_in_the_middle_of_a_stream_lose_nothing(seed):
    world = World(seed, loss=0.1, delay_s=(0.01, 0.1))
    full, empty = world.add("full"), world.add("empty")
    for n in range(120):
        builder = TransactionBuilder()
        builder.put_vertex(f"v{n}", {"text": "x" * 20_000})
        full.write(builder)
    for _ in range(8):
        world.connect(full, empty)
        world.run(until=world.now + world.rng.random() * 0.8)
        world.cut(full, empty)
    world.connect(full, empty)
    assert world.run_until(world.is_converged, limit_s=60.0), f"seed {seed}"
    # Nearly everything that came before a break counts: covers and vectors grow with each batch.
    assert empty.replica.vector() == full.replica.vector()


def test_a_late_joiner_gets_everything_about_once(seed):
    world = World(seed, delay_s=(0.01, 0.05))
    peers = people(world, 6)
    world.connect_all()
    for n in range(300):
        builder = TransactionBuilder()
        builder.put_vertex(f"v{n}", {"text": "x" * 2_000})
        world.local(peers[n % 6], peers[n % 6].write(builder))
    world.run(until=30.0)
    assert world.is_converged()
    late = world.add("late")
    for peer in peers:
        world.connect(peer, late)
    assert world.run_until(world.is_converged, limit_s=10.0), f"seed {seed}"
    received = sum(status.received for status in late.sessions.status().values())
    assert received < 2 * 300


def test_values_that_merge_are_the_same_everywhere_whoever_edits_them_meanwhile(seed):
    world = World(seed, loss=0.1, delay_s=(0.01, 0.2))
    peers = people(world, 4)
    world.connect_all()
    kinds = set()
    for n in range(240):
        peer = peers[n % 4]

        def edit_one(peer=peer):
            builder = TransactionBuilder()
            edit_shared(world.rng, peer.replica.state, builder, peer.element_ids, f"v{world.rng.randrange(2)}")
            world.local(peer, peer.write(builder))

        world.at(n * 0.1, edit_one)
    world.at(6.0, lambda: world.divide(peers[:2], peers[2:]))
    world.at(8.0, lambda: world.divide(peers[:1], peers[1:]))
    world.at(9.0, peers[0].restart)
    world.at(18.0, world.connect_all)
    world.run(until=24.0)
    assert world.run_until(world.is_converged, limit_s=60.0), f"seed {seed}"
    for state in (peer.replica.state for peer in peers):
        for cell in state.vertices.values():
            kinds |= {shared.seen()[0] for shared in (cell.merged or {}).values()}
    assert kinds == {COUNTER, SET, MAP, LIST, TEXT}
    # And it is what a stranger makes of the same operations, whatever their order.
    late = world.add("late")
    world.connect(late, peers[3])
    assert world.run_until(world.is_converged, limit_s=30.0), f"seed {seed}"


def test_200_writes_each_while_apart(seed):
    world = World(seed)
    left, right = people(world, 2)
    for _ in range(200):
        for peer in (left, right):
            peer.write(edit(world, peer, names=40))
    world.connect(left, right)
    assert world.run_until(world.is_converged, limit_s=5.0), f"seed {seed}"


def test_a_bulk_write_that_gossip_can_not_carry_arrives_soon(seed):
    world = World(seed, delay_s=(0.01, 0.05))
    writer, reader = people(world, 2)
    world.connect(writer, reader)
    world.run(until=5.0)
    for n in range(100):
        builder = TransactionBuilder()
        builder.put_vertex(f"v{n}", {"text": "x" * 200_000})
        world.local(writer, writer.write(builder))
    assert world.run_until(world.is_converged, limit_s=10.0), f"seed {seed}"


def test_a_converged_world_is_quiet(seed):
    world = World(seed)
    peers = people(world, 5)
    world.connect_all()
    write_at_random(world, peers, count=20, until=5.0)
    world.run(until=60.0)
    assert world.is_converged()
    assert {status.state for peer in peers for status in peer.sessions.status().values()} == {"converged"}
    before = world.delivered
    world.run(until=660.0)
    # Ten pairs, a check and its answer each 10 to 20 s at most twice (both sides may begin).
    assert world.delivered - before <= 10 * 600 / 10 * 4


def test_honest_peers_are_never_penalised(seed):
    world = World(seed, loss=0.3, delay_s=(0.01, 0.5))
    peers = people(world, 6)
    world.connect_all()
    write_at_random(world, peers, count=150, until=20.0)
    world.at(8.0, lambda: world.divide(peers[:3], peers[3:]))
    world.at(12.0, world.connect_all)
    world.run(until=200.0)
    assert [peer.penalties for peer in peers] == [{}] * 6, f"seed {seed}"
