"""A text made of operations: any order, liars included, gives one document and one set of live operations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import NOW, copy, live_bytes, picture
from tests.unit.crdt.text_world import PLACE, THIRD, Typist, World, shown, text_of

from graphvine.codec.text_runs import agent_of, encode_text_run
from graphvine.crdt.edits import Ends, Place
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

EDGE = Place("e", "body", Ends("T", "a", "b"))


def replica_of(transactions):
    replica = Replica(b"s" * 32)
    for made in transactions:
        replica.add(copy(made), None, NOW + 10)
    return replica


def agree(world, orders=5):
    """Every order gives one state. Returns what readers see."""
    seen = []
    for n in range(orders):
        order = list(world.sent)
        if n:
            world.dice.shuffle(order)
        replica = replica_of(order)
        seen.append((repr(picture(replica.state)), live_bytes(replica), replica.digest()))
    for person in world.people:
        for made in world.sent:
            person.hear(made)
        seen.append((repr(picture(person.replica.state)), live_bytes(person.replica), person.replica.digest()))
    assert all(each == seen[0] for each in seen)
    return shown(replica, world.place)


@settings(max_examples=120)
@given(st.integers(0, 10**9), st.sampled_from([PLACE, EDGE]))
def test_every_order_gives_one_text_and_everybody_sees_what_they_typed(seed, place):
    world = World(seed, place).run(40)
    text = agree(world)
    for person in world.people:
        local = person.open()
        assert local.document.content == (text or "")
        merged = text_of(person.replica, place)
        assert merged is None or not merged.is_troubled


@settings(max_examples=120)
@given(st.integers(0, 10**9), st.sampled_from([PLACE, EDGE]))
def test_every_order_gives_one_text_when_it_is_replaced_and_deleted(seed, place):
    world = World(seed, place).run(40, barriers=True)
    text = agree(world)
    for person in world.people:
        if text_of(person.replica, place):
            assert person.open().document.content == text


@settings(max_examples=200)
@given(st.integers(0, 10**9), st.booleans())
def test_liars_cannot_make_replicas_differ(seed, barriers):
    agree(World(seed).run(40, barriers=barriers, liars=True), orders=7)


def typed(count=200):
    """One person types a text, a transaction for each letter."""
    world = World(1)
    ada = world.people[0]
    for n in range(count):
        ada.type([(n, 0, "abcdefghij"[n % 10])])
        ada.send()
    return world, ada


def test_a_typed_text_becomes_one_operation():
    world, ada = typed()
    assert ada.replica.transaction_count == 200
    before = ada.replica.live_bytes
    ada.join()
    assert ada.replica.transaction_count == 1
    assert ada.replica.live_bytes < before / 80
    assert shown(ada.replica) == "abcdefghij" * 20
    assert agree(world) == "abcdefghij" * 20
    fresh = replica_of([world.sent[-1]])
    assert shown(fresh) == "abcdefghij" * 20
    late = replica_of([world.sent[-1], world.sent[3]])
    assert late.digest() == fresh.digest()


def test_what_others_built_on_joined_operations_stays():
    world = World(2)
    ada, bob, _ = world.people
    for n in range(10):
        ada.type([(n, 0, "x")])
        ada.send()
        bob.hear(world.sent[-1])
        bob.type([(0, 0, "y")])
        bob.send()
        if n % 2:
            ada.hear(world.sent[-1])
    ada.join()
    bob.join()
    text = agree(world)
    assert sorted(text) == sorted("x" * 10 + "y" * 10)
    assert ada.replica.transaction_count == 2


def test_nobody_edits_in_anothers_name():
    world, ada = typed(5)
    eve = Typist(world, THIRD)
    agent = ada.local.agent
    for claim in (agent, agent_of(eve.writer, ada.local.session)):
        # The body has no place for a name: whoever signs is who edited.
        eve.say([encode_text_run(ada.local.session, claim, 0, [((), [(0, 0, "evil")])])])
    replica = replica_of(world.sent)
    assert "abcde" in shown(replica)
    assert set(text_of(replica).writers.values()) == {ada.writer, eve.writer}
    assert text_of(replica).known_of(agent) == 5


def test_a_writer_cannot_take_back_what_somebody_else_typed():
    world, ada = typed(5)
    eve = Typist(world, THIRD)
    for made in world.sent:
        eve.hear(made)
    eve.say([encode_text_run(9, b"", 0, [(((ada.local.agent, 4),), [(0, 0, "e" * 10)])])])
    assert text_of(eve.replica).runs_of(ada.local.agent) == [(n, n + 1) for n in range(5)]


def test_who_uses_numbers_twice_is_sorted_out_by_stamps():
    world = World(1)
    ada = world.people[0]
    ada.type([(0, 0, "ab")])
    ada.send()
    ada.say([encode_text_run(ada.local.session, ada.local.agent, 1, [(None, [(1, 0, "XY")])])])
    merged = text_of(ada.replica)
    assert shown(ada.replica) == "ab"
    assert merged.is_troubled
    bob = world.people[1]
    for made in reversed(world.sent):
        bob.hear(made)
    bob.type([(2, 0, "!")])
    bob.send()
    assert agree(world) == "ab!"
    assert merged.is_troubled
    # The liar's next operation holds all that was twofold; nothing contradicts it any more.
    ada.say([encode_text_run(ada.local.session, ada.local.agent, 0, [((), [(0, 0, "abc")])])])
    assert agree(world) in ("abc!", "ab!c")
    assert not merged.is_troubled


def test_a_large_operation_may_rewrite_its_own_past_and_nobody_disagrees():
    world, ada = typed(4)
    ada.say([encode_text_run(ada.local.session, ada.local.agent, 0, [(None, [(0, 0, "WXYZ")])])])
    assert agree(world) == "WXYZ"


def test_plain_text_is_where_a_text_starts():
    world = World(3)
    ada, bob, _ = world.people
    builder = TransactionBuilder()
    builder.put_vertex("note", {"body": "hello"})
    ada.write(builder)
    bob.hear(world.sent[0])
    # Two people begin at once, and nothing is there twice.
    bob.say([encode_text_run(1, b"", 0, [((), [(0, 0, "<")])])])
    assert shown(bob.replica) in ("<hello", "hello<")
    ada.say([encode_text_run(2, b"", 0, [((), [(0, 0, ">")])])])
    assert sorted(agree(world)) == sorted("<>hello")


@pytest.mark.parametrize("value", [7, "", None, ["a"], True])
def test_other_plain_values_are_replaced_by_a_text(value):
    world = World(4)
    ada = world.people[0]
    builder = TransactionBuilder()
    builder.put_vertex("note", {"body": value})
    ada.write(builder)
    ada.type([(0, 0, "new")])
    ada.send()
    assert agree(world) == "new"


def test_old_operations_without_their_past_are_never_shown():
    world, ada = typed(5)
    builder = TransactionBuilder()
    builder.put_vertex("note", removed=["body"])
    ada.write(builder)
    ada.say([encode_text_run(ada.local.session, ada.local.agent, 5, [(None, [(5, 0, "late")])])])
    assert agree(world) == ""
    ada.local = None
    ada.type([(0, 0, "fresh")])
    ada.send()
    assert agree(world) == "fresh"
