"""A large text with a liar in it: how often strangers can make us build it anew, and what readers see meanwhile."""

from __future__ import annotations

import random

import pytest
from tests.strategies import NOW, copy
from tests.unit.crdt.test_merged_text import replica_of
from tests.unit.crdt.text_world import THIRD, Typist, World, shown, text_of

from graphvine.codec.text_runs import encode_text_run
from graphvine.crdt import merged_text as merged_text_module
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


def test_who_types_nearly_at_once_with_others_is_shown_soon():
    """After a lie, edits whose stamps are a little older than the newest must not wait for a build of everything."""
    world, large, _ = troubled_world()
    clerk = Clerk()
    world.people[0].say([encode_text_run(77, b"", 0, [((), [(0, 0, "z")])])])
    clerk.take([*large, world.sent[-1]])
    clerk.rest()
    clerk.now += 10.0  # the build of everything has been paid for
    assert text_of(clerk.replica).weight < LARGE_BYTES < text_of(clerk.replica)._weight
    first, second = Typist(world, THIRD), world.people[0]
    made = []
    for n in range(10):
        for who, session, letter in ((first, 100, "a"), (second, 200, "b")):
            who.say([encode_text_run(session + n, b"", 0, [((), [(0, 0, letter)])])])
            made.append(world.sent[-1])
    for left, right in zip(made[::2], made[1::2], strict=True):
        began = clerk.now
        clerk.take([right, left])  # the older one comes last
        clerk.rest()
        assert shown(clerk.replica).count("a") == made.index(left) // 2 + 1
        assert clerk.now - began < 0.5
        assert text_of(clerk.replica).weight < LARGE_BYTES
    assert shown(clerk.replica) == shown(replica_of(world.sent[OLD:]))


@pytest.mark.parametrize("number", range(20))
def test_whatever_is_built_from_a_mark_is_what_is_built_from_nothing(number, monkeypatch):
    monkeypatch.setattr(merged_text_module, "LARGE_BYTES", 0)
    monkeypatch.setattr(merged_text_module, "MARK_BYTES", 40)
    dice = random.Random(number)
    world = World(3)
    for _ in range(30):
        who = dice.choice(world.people)
        session, seq = dice.randint(0, 2), dice.randint(0, 3)
        edits = [(dice.randint(0, 3), 0, dice.choice("abc") * dice.randint(1, 3))]
        parents = dice.choice([(), None])
        who.say([encode_text_run(session, b"", seq, [(parents, edits)])])
    sent = list(world.sent)
    near = sorted(range(len(sent)), key=lambda place: place + dice.randint(0, 6))  # nearly in order
    replica, marks = Replica(b"s" * 32), 0
    for place in near:
        for _ in replica.steps(copy(sent[place]), None, NOW + 10):
            pass
        if dice.random() < 0.6:
            for _ in replica.state.settle():
                pass
            marks += text_of(replica)._mark is not None
    for _ in replica.state.settle():
        pass
    assert marks
    assert shown(replica) == shown(replica_of(sent))
    assert text_of(replica).document.version == text_of(replica_of(sent)).document.version
