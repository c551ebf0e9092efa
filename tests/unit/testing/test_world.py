"""The world keeps its promises: time, order, loss, cuts, and one trace for one seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphvine.effects import SendMessage
from graphvine.store.builder import TransactionBuilder
from graphvine.testing.world import World, trace_of

ROOT = Path(__file__).resolve().parents[3]


class Recorder:
    """Talks no protocol; writes down what happens to it."""

    def __init__(self, world, name, wakeups=()):
        self.name = name
        self.id = world.crypto.key(name).public
        self.clock = world.clock()
        self.world = world
        self.log = []
        self.wakeups = list(wakeups)
        self.banned = []
        world.enter(self, self.clock)

    def peer_ready(self, peer):
        self.log.append(("ready", peer))
        return []

    def peer_lost(self, peer):
        self.log.append(("lost", peer))
        return []

    def receive(self, sender, protocol, data):
        self.log.append((self.world.now, data))
        return []

    def drained(self, peer):
        self.log.append(("drained", peer))
        return []

    def next_wakeup(self):
        return self.clock.start + self.wakeups[0] if self.wakeups else None

    def wake(self):
        self.log.append(("woken", round(self.clock.now() - self.clock.start, 6)))
        self.wakeups.pop(0)
        return []

    def is_banned(self, peer):
        return peer in self.banned

    def send(self, other, *data, channel=0):
        self.world.local(self, [SendMessage(other.id, 9, item, channel) for item in data])


def pair(seed=1, **options):
    world = World(seed, **options)
    left, right = Recorder(world, "left"), Recorder(world, "right")
    world.connect(left, right)
    assert left.log == [("ready", right.id)]
    left.log.clear()
    right.log.clear()
    return world, left, right


def test_messages_take_their_time_and_keep_their_order():
    world, left, right = pair(delay_s=(0.01, 0.5))
    left.send(right, *[b"%d" % n for n in range(50)])
    world.run(until=2.0)
    assert [data for _, data in right.log] == [b"%d" % n for n in range(50)]
    times = [time for time, _ in right.log]
    assert times == sorted(times)
    assert 0.01 <= times[0]
    assert times[-1] <= 0.5


def test_a_lost_packet_is_late_and_holds_up_its_own_channel_only():
    world, left, right = pair(loss=0.5, delay_s=(0.01, 0.01))
    left.send(right, *[b"a%d" % n for n in range(20)])
    left.send(right, *[b"b%d" % n for n in range(20)], channel=1)
    world.run(until=60.0)
    got = [data for _, data in right.log]
    assert sorted(got) == sorted([b"a%d" % n for n in range(20)] + [b"b%d" % n for n in range(20)])
    assert [data for data in got if data[:1] == b"a"] == [b"a%d" % n for n in range(20)]
    assert got[:20] != [b"a%d" % n for n in range(20)]
    assert max(time for time, _ in right.log) > 0.2


def test_a_bulk_message_that_arrived_drains_the_sender():
    world, left, right = pair()
    left.send(right, b"bulk", channel=1)
    left.send(right, b"small")
    world.run(until=1.0)
    assert left.log == [("drained", right.id)]


def test_a_cut_link_loses_what_is_under_way_and_a_new_one_does_not_find_it():
    world, left, right = pair(delay_s=(0.5, 0.5))
    left.send(right, b"lost")
    world.run(until=0.1)
    world.cut(left, right)
    assert not world.is_connected(left, right)
    world.cut(left, right)
    world.connect(right, left)
    left.send(right, b"kept")
    world.run(until=5.0)
    assert [entry[-1] for entry in right.log] == [left.id, left.id, b"kept"]
    assert [entry[0] for entry in left.log] == ["lost", "ready"]


def test_a_peer_that_bans_another_hangs_up_and_is_not_connected_again():
    world, left, right = pair()
    left.banned.append(right.id)
    left.send(right, b"bye")
    assert not world.is_connected(left, right)
    world.connect(left, right)
    world.connect(right, left)
    assert not world.is_connected(left, right)


def test_wakeups_come_when_they_are_due_on_the_peers_own_clock():
    world = World(3)
    peer = Recorder(world, "peer", wakeups=(0.25, 1.5, 1.5))
    assert peer.clock.start > 0
    world.local(peer, [])
    world.run(until=1.0)
    assert peer.log == [("woken", 0.25)]
    world.run(until=2.0)
    assert peer.log == [("woken", 0.25), ("woken", 1.5), ("woken", 1.5)]


def test_an_earlier_wakeup_replaces_a_later_one():
    world = World(3)
    peer = Recorder(world, "peer", wakeups=(5.0,))
    world.local(peer, [])
    peer.wakeups.insert(0, 1.0)
    world.local(peer, [])
    world.run(until=6.0)
    assert peer.log == [("woken", 1.0), ("woken", 5.0)]


def test_actions_run_at_their_time():
    world, seen = World(1), []
    world.at(2.0, lambda: seen.append(world.now))
    world.at(1.0, lambda: seen.append(world.now))
    world.run(until=1.5)
    assert (seen, world.now) == ([1.0], 1.5)
    assert world.run_until(lambda: len(seen) == 2, limit_s=5.0)
    assert seen == [1.0, 2.0]
    assert not world.run_until(lambda: False, limit_s=5.0)


def test_wall_clocks_are_skewed_and_monotonic_ones_begin_anywhere():
    world = World(1)
    exact, ahead = world.clock(), world.clock(skew_ms=5_000)
    assert ahead.wall_ms() - exact.wall_ms() == 5_000
    assert exact.now() != ahead.now()


def test_a_restarted_peer_keeps_what_was_on_disk_and_goes_on_writing():
    world = World(1)
    peer = world.add("peer")
    for n in range(3):
        builder = TransactionBuilder()
        builder.put_vertex("v", {"n": n})
        builder.put_vertex(f"v{n}", {"n": n})
        peer.write(builder)
    digest = peer.replica.digest()
    peer.restart()
    assert peer.replica.digest() == digest
    builder = TransactionBuilder()
    builder.put_vertex("v", {"n": 9})
    peer.write(builder)
    assert peer.replica.state.vertices["v"].properties == {"n": 9}


def test_seeds_differ():
    assert trace_of(1) != trace_of(2)


@pytest.mark.skipif(sys.platform == "emscripten", reason="no processes in a tab")
@pytest.mark.parametrize("seed_number", [1, 2])
def test_one_seed_gives_one_trace_whatever_the_hash_seed(seed_number):
    traces = {trace_of(seed_number)}
    for hash_seed in ("1", "77"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "pypkg"), "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-m", "graphvine.testing.world", str(seed_number)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        traces.add(done.stdout.strip())
    assert len(traces) == 1
    assert "converged" in traces.pop()
