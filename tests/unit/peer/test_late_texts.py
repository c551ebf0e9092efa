"""A large text with a liar in it: how often strangers can make us build it anew, and what readers see meanwhile."""

from __future__ import annotations

from tests.strategies import NOW, copy
from tests.unit.crdt.test_merged_text import replica_of
from tests.unit.crdt.text_world import THIRD, Typist, World, shown, text_of

from graphvine.codec.text_runs import encode_text_run
from graphvine.crdt.merged_text import LARGE_BYTES, SLICE_BYTES
from graphvine.peer.inbox import SETTLE_S, Inbox, Settled
from graphvine.store.replica import Replica

OLD = 200


def troubled_world():
    """Return a world in which a stranger's operations are the oldest, then comes a large text, and then a lie."""
    world = World(5)
    ada, eve = world.people[0], Typist(world, THIRD)
    for n in range(OLD):
        eve.say([encode_text_run(n, b"", 0, [((), [(0, 0, "e")])])])
    old = list(world.sent)
    for n in range(24):
        ada.type([(0, 0, f"{n:04}" * 500)])
        ada.send()
    large = world.sent[OLD:]
    assert text_of(ada.replica).weight > 2 * LARGE_BYTES
    ada.say([encode_text_run(ada.local.session, ada.local.agent, 1, [(None, [(1, 0, "XY")])])])
    return world, [*large, world.sent[-1]], old


class Clerk:
    """An inbox with a clock; counts the documents it built."""

    def __init__(self) -> None:
        self.replica = Replica(b"s" * 32)
        self.inbox = Inbox(self.replica)
        self.inbox.is_watched = True
        self.now = 0.0
        self.documents = []
        self.settled = []

    def take(self, transactions):
        for made in transactions:
            self.inbox.submit(copy(made), None, is_durable=True)
            self.turn()

    def turn(self):
        while self.inbox.has_work:
            self.settled += [each for each in self.inbox.work(NOW + 10) if isinstance(each, Settled)]
        document = text_of(self.replica).document
        if not self.documents or document is not self.documents[-1]:
            self.documents.append(document)
        self.now += 0.01
        wakes_at = self.inbox.next_wakeup()
        if wakes_at is not None and wakes_at <= self.now:
            self.inbox.wake(now=self.now)

    def rest(self):
        while (wakes_at := self.inbox.next_wakeup()) is not None or self.inbox.has_work:
            self.now = max(self.now, wakes_at or 0.0)
            self.turn()


def test_old_stamps_cannot_make_us_build_a_large_text_again_and_again():
    world, large, old = troubled_world()
    clerk = Clerk()
    clerk.take(large)
    clerk.rest()
    merged = text_of(clerk.replica)
    assert merged.is_troubled
    before, began, builds = shown(clerk.replica), clerk.now, len(clerk.documents)
    clerk.take(old)
    allowed = 2 + (clerk.now - began) / (SETTLE_S * merged.weight)
    assert 2 <= len(clerk.documents) - builds + 1 <= allowed < OLD / 10
    clerk.rest()
    assert shown(clerk.replica) == shown(replica_of(world.sent)) != before
    assert clerk.replica.digest() == replica_of(world.sent).digest()
    last = clerk.settled[-1]
    assert [(change.cell.id, change.key) for change in last.changes] == [("note", "body")]
    assert clerk.inbox.next_wakeup() is None


def test_until_then_readers_see_what_was_there_and_a_build_is_many_steps():
    world, large, old = troubled_world()
    replica = replica_of(large)
    before, document = shown(replica), text_of(replica).document
    for _ in replica.steps(copy(old[0]), None, NOW + 10):
        pass
    merged = text_of(replica)
    assert merged.is_late
    assert shown(replica) == merged.view() == before
    assert merged.document is document
    steps = 0
    for _ in replica.state.settle():
        steps += 1
        assert shown(replica) in (before, before + "e", "e" + before)
    assert steps > merged.weight / (SLICE_BYTES + 2_100)
    assert not merged.is_late
    assert len(shown(replica)) == len(before) + 1
    assert shown(replica) == shown(replica_of([*large, old[0]]))


def test_what_is_deleted_while_it_is_late_is_not_shown_again():
    from graphvine.store.builder import TransactionBuilder

    world, large, old = troubled_world()
    replica = replica_of(large)
    for _ in replica.steps(copy(old[0]), None, NOW + 10):
        pass
    builder = TransactionBuilder()
    builder.delete_vertex("note")
    world.people[1].write(builder)
    for _ in replica.steps(copy(world.sent[-1]), None, NOW + 10):
        pass
    assert replica.state.late_bytes == 1
    for _ in replica.state.settle():
        pass
    assert shown(replica) is None
    assert replica.state.late_bytes == 0
