"""Who gets what, who does not, and what floods cost those who make them."""

from __future__ import annotations

import pytest

from graphvine.effects import Deliver, Lagging, SendMessage
from graphvine.errors import MalformedMessage
from graphvine.gossip import params
from graphvine.gossip.flood import GOSSIP_PROTOCOL, Flood, Repetition, TooMuchGossip
from graphvine.gossip.messages import Publish, decode, encode

BOB, CAROL, DAVE = b"B" * 32, b"C" * 32, b"D" * 32


def make(*peers: bytes) -> Flood:
    flood = Flood()
    for peer in peers or (BOB, CAROL, DAVE):
        assert flood.peer_ready(peer, now=0.0) == []
    return flood


def gossip(flood, transactions):
    for transaction in transactions:
        flood.receive(BOB, encode(Publish(transaction)), now=0.0)


def receivers(effects):
    assert all(isinstance(effect, SendMessage) and effect.protocol == GOSSIP_PROTOCOL for effect in effects)
    return [effect.peer for effect in effects]


def test_what_we_publish_goes_to_everybody_at_once_on_the_control_channel():
    effects = make().publish(b"t", now=0.0)
    assert receivers(effects) == [BOB, CAROL, DAVE]
    assert {effect.channel for effect in effects} == {0}
    assert decode(effects[0].data).transaction == b"t"


def test_large_ones_go_on_the_bulk_channel():
    effects = make().publish(bytes(params.CONTROL_BYTES), now=0.0)
    assert {effect.channel for effect in effects} == {1}


def test_what_comes_is_delivered_and_passed_on_only_when_accepted():
    flood = make()
    assert flood.receive(BOB, encode(Publish(b"t")), now=0.0) == [Deliver(BOB, [b"t"])]
    assert receivers(flood.accepted(b"t", sender=BOB, now=0.0)) == [CAROL, DAVE]


def test_nothing_goes_back_to_those_who_sent_it():
    flood = make()
    flood.receive(BOB, encode(Publish(b"t")), now=0.0)
    assert flood.receive(CAROL, encode(Publish(b"t")), now=0.0) == []
    assert receivers(flood.accepted(b"t", sender=BOB, now=0.0)) == [DAVE]


def test_nothing_is_passed_on_twice():
    flood = make()
    flood.receive(BOB, encode(Publish(b"t")), now=0.0)
    flood.accepted(b"t", sender=BOB, now=0.0)
    assert flood.accepted(b"t", sender=BOB, now=0.0) == []
    assert flood.publish(b"t", now=0.0) == []


def test_what_anti_entropy_brought_is_not_gossiped():
    flood = make()
    assert flood.accepted(b"t", sender=BOB, now=0.0) == []
    flood.receive(CAROL, encode(Publish(b"u")), now=0.0)
    assert flood.accepted(b"u", sender=BOB, now=0.0) == []


def test_our_own_coming_back_is_not_delivered():
    flood = make()
    flood.publish(b"t", now=0.0)
    assert flood.receive(BOB, encode(Publish(b"t")), now=0.0) == []


def test_a_peer_that_was_lost_or_never_ready_is_left_alone():
    flood = make()
    flood.peer_lost(CAROL)
    flood.peer_lost(CAROL)
    assert receivers(flood.publish(b"t", now=0.0)) == [BOB, DAVE]
    assert flood.receive(CAROL, encode(Publish(b"u")), now=0.0) == []


def test_a_second_ready_changes_nothing():
    flood = make(BOB)
    flood.publish(bytes(100), now=0.0)
    flood.peer_ready(BOB, now=0.0)
    assert receivers(flood.publish(b"t", now=0.0)) == [BOB]


def test_repeating_oneself_is_a_violation():
    flood = make()
    flood.receive(BOB, encode(Publish(b"t")), now=0.0)
    with pytest.raises(Repetition):
        flood.receive(BOB, encode(Publish(b"t")), now=0.0)


def test_rubbish_is_a_violation():
    with pytest.raises(MalformedMessage):
        make().receive(BOB, b"rubbish", now=0.0)


def test_more_than_anybody_could_verify_is_a_violation():
    flood = make()
    with pytest.raises(TooMuchGossip):
        gossip(flood, (b"%d" % n for n in range(100_000)))


def test_large_messages_use_up_the_same_allowance():
    flood = make()
    with pytest.raises(TooMuchGossip):
        gossip(flood, (b"%d" % n + bytes(900_000) for n in range(64)))


def test_what_an_honest_peer_sends_is_never_too_much_even_when_it_was_stuck():
    """Everything that the sender's own bound lets through in 20 s arrives at once."""
    sender, receiver = make(BOB), make(CAROL)
    held = []
    for n in range(40_000):
        held += sender.publish(b"%d" % n, now=n * 0.0005)
    for effect in held:
        if isinstance(effect, SendMessage):
            receiver.receive(CAROL, effect.data, now=20.0)
    assert sum(isinstance(effect, SendMessage) for effect in held) > 20_000


def test_a_peer_that_takes_less_than_we_write_is_skipped_and_said_to_lag():
    flood = make(BOB, CAROL)
    effects = []
    for n in range(100):
        effects += flood.publish(b"%d" % n + bytes(100_000), now=0.0)
    sent = sum(len(effect.data) for effect in effects if isinstance(effect, SendMessage) and effect.peer == BOB)
    assert params.SEND_BURST_BYTES <= sent + 100 * params.OVERHEAD_BYTES
    assert sent <= params.SEND_BURST_BYTES + 101_000
    assert effects[-1] == Lagging(CAROL)
    later = flood.publish(b"later", now=10.0)
    assert receivers(later) == [BOB, CAROL]


def test_what_is_too_large_for_gossip_is_left_to_anti_entropy():
    assert make(BOB).publish(bytes(params.MAX_GOSSIP_BYTES + 1), now=0.0) == [Lagging(BOB)]
    assert receivers(make(BOB).publish(bytes(params.MAX_GOSSIP_BYTES), now=0.0)) == [BOB]


def test_memory_is_bounded_by_count():
    """An attacker invents messages; and it may not live longer than a moment by that."""
    flood = make()
    for n in range(params.MAX_SEEN + 500):
        flood.receive((BOB, CAROL, DAVE)[n % 3], encode(Publish(b"%d" % n)), now=0.0)
    assert len(flood._seen) <= params.MAX_SEEN


def test_memory_is_bounded_by_time():
    flood = make()
    assert flood.next_wakeup() is None
    flood.publish(b"t", now=0.0)
    flood.publish(b"u", now=1.0)
    assert flood.next_wakeup() == params.SEEN_S
    assert flood.wake(now=params.SEEN_S) == []
    assert flood.next_wakeup() == params.SEEN_S + 1.0
    flood.wake(now=params.SEEN_S + 1.0)
    assert flood.next_wakeup() is None


def test_penalties_grow_with_the_offence():
    assert 0 < Repetition.penalty < TooMuchGossip.penalty
