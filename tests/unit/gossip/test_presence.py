"""Who is seen by whom, for how long, and what liars and floods get for their trouble."""

from __future__ import annotations

import msgspec
import pytest

from graphvine.crypto.certificate import Certificate, certificate_message
from graphvine.effects import Penalise, PresenceChanged, SendMessage, Sign, Verify
from graphvine.errors import InvalidValue, MalformedMessage
from graphvine.gossip import params
from graphvine.gossip.presence import PRESENCE_PROTOCOL, Presence, TooMuchPresence
from graphvine.gossip.presence_messages import CONTEXT, Fact, decode, encode, encode_fact
from graphvine.testing.simulated_crypto import SimulatedCrypto

SPACE = b"space".ljust(32, b".")
EPOCH = 1_700_000_000_000
YEAR_MS = 365 * 24 * 3_600_000


class Tab:
    """A presence machine with its keys; answers its own effects at once. sent: (peer, data)."""

    def __init__(self, name, crypto, skew_ms=0):
        self.crypto = crypto
        self.key, self.author = crypto.key(f"peer/{name}"), crypto.key(f"author/{name}")
        self.id = self.key.public
        expires = EPOCH + YEAR_MS
        signature = crypto.sign_now(self.author, certificate_message(self.id, expires))
        self.certificate = Certificate(expires, signature)
        self.machine = Presence(SPACE, self.id, self.author.public, self.certificate)
        self.machine.set_clock(0.0, EPOCH + skew_ms)
        self.sent, self.penalties, self.changes, self.verified = [], [], 0, 0

    def do(self, effects, now):
        for effect in effects:
            match effect:
                case Sign(token, message, False):
                    self.do(self.machine.completed(token, self.crypto.sign_now(self.key, message), now=now), now)
                case Verify(token, key, signature, message):
                    self.verified += 1
                    good = self.crypto.verify_now(key, signature, message)
                    self.do(self.machine.completed(token, good, now=now), now)
                case SendMessage(peer, protocol, data, 0):
                    assert protocol == PRESENCE_PROTOCOL
                    self.sent.append((peer, data))
                case Penalise():
                    self.penalties.append(effect)
                case PresenceChanged():
                    self.changes += 1
                case _:
                    raise AssertionError(effect)

    def ready(self, other, now=0.0):
        self.do(self.machine.peer_ready(other.id, now=now), now)

    def show(self, values, now):
        self.do(self.machine.set(values, now=now), now)

    def take(self, sender, data, now):
        self.do(self.machine.receive(sender.id, data, now=now), now)

    def wake(self, now):
        self.do(self.machine.wake(now=now), now)

    def fact(self, time_ms=EPOCH, signer=None, space=SPACE, **changes):
        """A message of this tab's, or one that claims to be."""
        expires, signature = self.certificate
        fact = Fact(self.id, time_ms, self.author.public, expires, signature, b"", {"name": "x"})
        data = encode_fact(msgspec.structs.replace(fact, **changes))
        return encode(data, self.crypto.sign_now((signer or self).key, CONTEXT + space + data))

    def sees(self):
        return {peer: person.values for peer, person in self.machine.others.items()}


def tabs(*names):
    crypto = SimulatedCrypto(1)
    return [Tab(name, crypto) for name in names]


def deliver(people, now):
    """Carry messages until nobody says anything. Returns how many there were."""
    by_id = {tab.id: tab for tab in people}
    count = 0
    while any(tab.sent for tab in people):
        for tab in people:
            sent, tab.sent = tab.sent, []
            for peer, data in sent:
                count += 1
                by_id[peer].take(tab, data, now)
    return count


def line(*names):
    """Tabs of which only neighbours have links."""
    people = tabs(*names)
    for left, right in zip(people, people[1:], strict=False):
        left.ready(right)
        right.ready(left)
    return people


def test_peers_of_peers_see_each_other():
    people = ada, bob, cleo, dan = line("ada", "bob", "cleo", "dan")
    ada.show({"name": "Ada"}, 0.0)
    assert deliver(people, 0.0) == 3
    for tab in (bob, cleo, dan):
        assert tab.sees() == {ada.id: {"name": "Ada"}}
        assert tab.machine.others[ada.id].author == ada.author.public
    assert ada.sees() == {}


def test_nobody_passes_on_what_everybody_was_told():
    people = tabs(*map(str, range(6)))
    for tab in people:
        for other in people:
            if other is not tab:
                tab.ready(other)
    people[0].show({"name": "Ada"}, 0.0)
    assert deliver(people, 0.0) == 5


def test_newcomers_are_told():
    people = ada, bob, cleo = tabs("ada", "bob", "cleo")
    ada.ready(bob), bob.ready(ada)
    ada.show({"name": "Ada"}, 0.0)
    bob.show({"name": "Bob"}, 0.0)
    deliver(people, 0.0)
    bob.ready(cleo, 5.0), cleo.ready(bob, 5.0)
    deliver(people, 5.0)
    assert cleo.sees() == {ada.id: {"name": "Ada"}, bob.id: {"name": "Bob"}}


def test_many_changes_make_few_messages_and_the_last_one_counts():
    people = ada, bob = line("ada", "bob")
    for n in range(50):
        ada.show({"at": n}, n / 1000)
    assert len(ada.sent) == 1
    ada.wake(ada.machine.next_wakeup())
    assert len(ada.sent) == 2
    deliver(people, 0.2)
    assert bob.sees() == {ada.id: {"at": 49}}


def test_who_falls_silent_is_gone_and_who_says_it_again_is_not():
    people = ada, bob = line("ada", "bob")
    ada.show({"name": "Ada"}, 0.0)
    deliver(people, 0.0)
    now = 0.0
    while now < 100:
        now = ada.machine.next_wakeup()
        ada.wake(now)
        bob.wake(now)
        deliver(people, now)
        assert bob.sees()
    assert bob.changes == 1  # saying the same again changes nothing
    bob.wake(bob.machine.next_wakeup())
    assert bob.sees() == {}
    assert bob.changes == 2
    assert bob.machine.next_wakeup() is None


def test_who_leaves_is_gone_everywhere_at_once():
    people = ada, bob, cleo = line("ada", "bob", "cleo")
    ada.show({"name": "Ada"}, 0.0)
    deliver(people, 0.0)
    ada.show(None, 0.01)
    deliver(people, 0.01)
    assert bob.sees() == cleo.sees() == {}
    assert ada.machine.next_wakeup() is None


def test_a_lost_neighbour_is_gone_and_may_come_back_through_others():
    people = ada, bob = line("ada", "bob")
    ada.show({"name": "Ada"}, 0.0)
    deliver(people, 0.0)
    bob.do(bob.machine.peer_lost(ada.id), 1.0)
    assert bob.sees() == {}
    (cleo,) = [Tab("cleo", ada.crypto)]
    bob.ready(cleo, 1.0)
    bob.take(cleo, ada.fact(EPOCH + 1_000), 1.0)
    assert ada.id in bob.sees()


def test_a_signature_of_somebody_else_costs_its_sender_and_is_not_believed():
    ada, bob, eve = tabs("ada", "bob", "eve")
    bob.ready(eve)
    bob.take(eve, ada.fact(signer=eve), 0.0)
    assert bob.sees() == {}
    assert [(each.peer, each.points) for each in bob.penalties] == [(eve.id, 100.0)]
    assert bob.sent == []


def test_nobody_can_claim_another_author():
    ada, bob, eve = tabs("ada", "bob", "eve")
    bob.ready(eve)
    bob.take(eve, eve.fact(author=ada.author.public), 0.0)
    bob.take(eve, eve.fact(author=ada.author.public, certificate=ada.certificate.signature), 0.0)
    assert bob.sees() == {}
    assert len(bob.penalties) == 2
    # Not even after it was believed with its own.
    bob.take(eve, eve.fact(), 0.0)
    bob.take(eve, eve.fact(EPOCH + 1, author=ada.author.public), 0.0)
    assert bob.machine.others[eve.id].author == eve.author.public


def test_what_is_said_in_another_space_is_not_believed():
    ada, bob = line("ada", "bob")
    bob.take(ada, ada.fact(space=b"other".ljust(32, b".")), 0.0)
    assert bob.sees() == {}


def test_recordings_are_worth_nothing():
    people = ada, bob, eve = tabs("ada", "bob", "eve")
    bob.ready(ada), bob.ready(eve), ada.ready(bob)
    ada.show({"name": "Ada"}, 0.0)
    ((_, first),) = ada.sent
    deliver(people, 0.0)
    ada.show({"name": "Ada L."}, 1.0)
    deliver(people, 1.0)
    bob.take(eve, first, 1.1)
    assert bob.sees()[ada.id] == {"name": "Ada L."}
    ada.show(None, 2.0)
    ((_, goodbye),) = ada.sent
    deliver(people, 2.0)
    for recorded in (first, goodbye):
        bob.take(eve, recorded, 3.0)  # ada does not come back to life
    assert bob.sees() == {}
    later = params.PRESENCE_WINDOW_MS / 1000 + 60
    bob.take(eve, first, later)
    assert bob.sees() == {}
    assert bob.penalties == []  # being late is no crime


def test_a_fact_far_from_our_clock_is_not_news():
    ada, bob = line("ada", "bob")
    for time_ms in (EPOCH - params.PRESENCE_WINDOW_MS - 1, EPOCH + params.PRESENCE_WINDOW_MS + 1, 0):
        bob.take(ada, ada.fact(time_ms), 0.0)
    assert bob.sees() == {}
    assert bob.verified == 0
    bob.take(ada, ada.fact(EPOCH - params.PRESENCE_WINDOW_MS + 1_000), 0.0)
    assert ada.id in bob.sees()


def test_an_expired_certificate_vouches_for_nobody():
    ada, bob = line("ada", "bob")
    old = EPOCH - 3_600_000
    signature = ada.crypto.sign_now(ada.author, certificate_message(ada.id, old))
    bob.take(ada, ada.fact(expires_ms=old, certificate=signature), 0.0)
    assert bob.sees() == {}


def test_our_own_words_coming_back_are_nothing():
    ada, bob = line("ada", "bob")
    ada.take(bob, ada.fact(), 0.0)
    assert ada.sees() == {}
    assert ada.verified == 0


def feed(tab, sender, facts):
    for data in facts:
        tab.machine.receive(sender.id, data, now=0.0)


def test_a_flood_ends_in_a_penalty_and_before_that_in_silence():
    _, bob, eve = tabs("ada", "bob", "eve")
    bob.ready(eve)
    facts = [eve.fact(EPOCH + n) for n in range(3_000)]
    with pytest.raises(TooMuchPresence):
        feed(bob, eve, facts)
    assert bob.machine._neighbours[eve.id].checking == params.PRESENCE_CHECKING


def test_one_neighbour_invents_only_so_many_people():
    people = [bob, eve, *crowd] = tabs("bob", "eve", *map(str, range(params.PRESENCE_INTRODUCED + 10)))
    del people
    bob.ready(eve)
    for n, tab in enumerate(crowd):
        bob.take(eve, tab.fact(EPOCH + n), n * 0.1)
    assert len(bob.sees()) == params.PRESENCE_INTRODUCED
    bob.take(eve, eve.fact(), 100.0)  # itself it may always show
    assert eve.id in bob.sees()


def test_what_is_remembered_of_the_gone_is_bounded(monkeypatch):
    monkeypatch.setattr(params, "PRESENCE_REMEMBERED", 10)
    bob, eve, *crowd = tabs("bob", "eve", *map(str, range(30)))
    bob.ready(eve)
    for n, tab in enumerate(crowd):
        bob.take(eve, tab.fact(EPOCH + 2 * n), n * 0.1)
        bob.take(eve, tab.fact(EPOCH + 2 * n + 1, values=None), n * 0.1)
    assert len(bob.machine._heard) == 10
    assert bob.sees() == {}
    assert bob.machine._vouched == {}


def test_who_changes_too_often_is_not_passed_on():
    people = ada, bob, cleo = line("ada", "bob", "cleo")
    for n in range(200):
        bob.take(ada, ada.fact(EPOCH + n), 0.0)
    assert len(bob.sent) < 60
    del people, cleo


def test_a_slow_neighbour_is_skipped_until_it_has_taken_what_was_sent():
    _, bob, cleo = line("ada", "bob", "cleo")
    bob.machine._neighbours[cleo.id].send.spend(params.PRESENCE_SEND_BURST + 1_000, now=0.0)
    bob.show({"at": 1}, 0.0)
    assert cleo.id not in [peer for peer, _ in bob.sent]
    bob.show({"at": 2}, 1.0)
    assert cleo.id in [peer for peer, _ in bob.sent]


def test_strangers_are_not_heard_and_a_forgotten_check_does_nothing():
    ada, bob = tabs("ada", "bob")
    assert bob.machine.receive(ada.id, ada.fact(), now=0.0) == []
    bob.ready(ada)
    checks = bob.machine.receive(ada.id, ada.fact(), now=0.0)
    bob.machine.peer_lost(ada.id)
    for check in checks:
        assert bob.machine.completed(check.token, True, now=0.0) == []
    assert bob.machine.completed(999, True, now=0.0) == []


def test_two_wrong_signatures_are_one_penalty():
    ada, bob, eve = tabs("ada", "bob", "eve")
    bob.ready(eve)
    bob.take(eve, ada.fact(signer=eve, certificate=b"c" * 64), 0.0)
    assert len(bob.penalties) == 1
    assert bob.machine._neighbours[eve.id].checking == 0


def test_a_signature_that_never_came_is_tried_again():
    ada, bob = line("ada", "bob")
    (sign,) = ada.machine.set({"name": "Ada"}, now=0.0)
    assert ada.machine.next_wakeup() is None
    assert ada.machine.completed(sign.token, None, now=0.0) == []
    ada.wake(ada.machine.next_wakeup())
    deliver([ada, bob], 12.0)
    assert ada.id in bob.sees()


def test_damage_and_bad_values_are_errors():
    ada, bob = line("ada", "bob")
    with pytest.raises(MalformedMessage):
        bob.machine.receive(ada.id, b"\1no", now=0.0)
    with pytest.raises(InvalidValue):
        ada.machine.set({"name": ["Ada"]}, now=0.0)
    assert ada.machine.mine is None
    assert decode(ada.fact())[0].peer == ada.id
