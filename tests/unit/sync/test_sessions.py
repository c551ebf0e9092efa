"""All sessions of a space: who pulls when, and who is told of what came."""

from __future__ import annotations

from tests.unit.sync.kit import Writer, add, replica_of

from graphvine.effects import Deliver, SendMessage
from graphvine.sync import params
from graphvine.sync.messages import Batch, Check, Done, Have, decode, encode, to_digest
from graphvine.sync.sessions import Sessions
from graphvine.testing.simulated_clock import SimulatedRng

ANNA = Writer("anna")
BOB, CAROL, DAVE = b"B" * 32, b"C" * 32, b"D" * 32
OTHER = encode(Check(to_digest(1), is_reply=True))


def make(*transactions: bytes) -> Sessions:
    sessions = Sessions(replica_of(*transactions), SimulatedRng(1))
    for peer in (BOB, CAROL, DAVE):
        sessions.peer_ready(peer, now=0.0)
    return sessions


def kinds(effects):
    return [(effect.peer, type(decode(effect.data))) for effect in effects if isinstance(effect, SendMessage)]


def number_of(effects):
    return next(decode(effect.data).number for effect in effects if isinstance(effect, SendMessage))


def test_a_ready_peer_is_told_our_digest():
    sessions = Sessions(replica_of(), SimulatedRng(1))
    assert kinds(sessions.peer_ready(BOB, now=0.0)) == [(BOB, Check)]
    assert sessions.status()[BOB].state == "connecting"


def test_one_pulls_at_a_time_in_order_of_request():
    sessions = make()
    first = sessions.receive(BOB, OTHER, now=0.0)
    assert kinds(first) == [(BOB, Have)]
    assert kinds(sessions.receive(DAVE, OTHER, now=0.0)) == []
    assert kinds(sessions.receive(CAROL, OTHER, now=0.0)) == []
    done = encode(Done(number_of(first), 0, [], to_digest(1)))
    assert kinds(sessions.receive(BOB, done, now=0.0)) == [(BOB, Check), (DAVE, Have)]


def test_who_got_equal_meanwhile_does_not_pull():
    sessions = make(*ANNA.many(2))
    first = sessions.receive(BOB, OTHER, now=0.0)
    sessions.receive(CAROL, OTHER, now=0.0)
    sessions.receive(CAROL, encode(Check(to_digest(sessions._holdings.digest()), is_reply=True)), now=0.0)
    done = encode(Done(number_of(first), 0, [], to_digest(1)))
    assert kinds(sessions.receive(BOB, done, now=0.0)) == [(BOB, Check)]


def test_a_slow_one_does_not_keep_others_waiting_for_ever():
    """An attacker takes the turn and says nothing more."""
    sessions = make()
    sessions.receive(BOB, OTHER, now=0.0)
    sessions.receive(CAROL, OTHER, now=1.0)
    due = sessions.next_wakeup()
    assert due == params.TURN_S
    assert kinds(sessions.wake(now=due - 0.01)) == []
    assert kinds(sessions.wake(now=due)) == [(CAROL, Have)]


def test_a_lost_peer_gives_its_turn_back():
    sessions = make()
    sessions.receive(BOB, OTHER, now=0.0)
    sessions.receive(CAROL, OTHER, now=0.0)
    sessions.peer_lost(BOB)
    assert sessions.next_wakeup() <= 0.0
    assert kinds(sessions.wake(now=0.0)) == [(CAROL, Have)]
    assert BOB not in sessions.status()


def test_a_lost_peer_loses_its_place_in_the_queue():
    sessions = make()
    sessions.receive(BOB, OTHER, now=0.0)
    sessions.receive(CAROL, OTHER, now=0.0)
    sessions.peer_lost(CAROL)
    sessions.peer_lost(BOB)
    assert kinds(sessions.wake(now=0.0)) == []


def test_messages_answers_and_drains_of_unknown_peers_are_ignored():
    sessions = Sessions(replica_of(), SimulatedRng(1))
    assert sessions.receive(BOB, b"rubbish", now=0.0) == []
    assert sessions.applied(BOB, 0, is_complete=True, fresh=1, now=0.0) == []
    assert sessions.drained(BOB, now=0.0) == []
    sessions.nudge(BOB, now=0.0)
    assert sessions.next_wakeup() is None


def test_answers_to_deliveries_of_an_earlier_session_are_ignored():
    sessions = make()
    number = number_of(sessions.receive(BOB, OTHER, now=0.0))
    batch = encode(Batch(number, 0, ANNA.many(1), []))
    (old,) = [e for e in sessions.receive(BOB, batch, now=0.0) if isinstance(e, Deliver)]
    sessions.peer_ready(BOB, now=1.0)
    number = number_of(sessions.receive(BOB, OTHER, now=1.0))
    batch = encode(Batch(number, 0, ANNA.many(1), []))
    (new,) = [e for e in sessions.receive(BOB, batch, now=1.0) if isinstance(e, Deliver)]
    assert new.token != old.token
    assert kinds(sessions.applied(BOB, old.token, is_complete=True, fresh=1, now=1.0)) == []
    assert kinds(sessions.applied(BOB, new.token, is_complete=True, fresh=1, now=1.0)) != []


def test_what_anti_entropy_brings_makes_others_look_soon():
    sessions = make()
    first = sessions.receive(BOB, OTHER, now=0.0)
    batch = encode(Batch(number_of(first), 0, ANNA.many(1), []))
    (delivery,) = [e for e in sessions.receive(BOB, batch, now=0.0) if isinstance(e, Deliver)]
    add(sessions._holdings, *delivery.transactions)
    sessions.applied(BOB, delivery.token, is_complete=True, fresh=1, now=0.0)
    assert kinds(sessions.wake(now=params.NEWS_S)) == [(CAROL, Check), (DAVE, Check)]


def test_old_news_makes_nobody_look():
    sessions = make(*ANNA.many(1))
    first = sessions.receive(BOB, OTHER, now=0.0)
    batch = encode(Batch(number_of(first), 0, ANNA.many(1), []))
    (delivery,) = [e for e in sessions.receive(BOB, batch, now=0.0) if isinstance(e, Deliver)]
    sessions.applied(BOB, delivery.token, is_complete=True, fresh=0, now=0.0)
    assert kinds(sessions.wake(now=params.NEWS_S)) == []


def test_a_nudge_makes_one_look_soon():
    sessions = make()
    sessions.nudge(CAROL, now=0.0)
    assert sessions.next_wakeup() == params.NUDGE_S
    assert kinds(sessions.wake(now=params.NUDGE_S)) == [(CAROL, Check)]


def test_a_question_is_answered_whoever_has_the_turn():
    sessions = make(*ANNA.many(3))
    sessions.receive(BOB, OTHER, now=0.0)
    assert kinds(sessions.receive(CAROL, encode(Have(1, [])), now=0.0)) == [(CAROL, Batch), (CAROL, Done)]
    assert kinds(sessions.drained(CAROL, now=0.0)) == []
