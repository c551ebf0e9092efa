"""The way in, one step at a time: order, refusals, what is held, what is dropped, what an attacker can do."""

from __future__ import annotations

import pytest
from tests.strategies import NOW, SPACE

from graphvine.codec.operations import encode_operation
from graphvine.crypto.signed import make_draft
from graphvine.effects import Verify
from graphvine.errors import BadSignature, MalformedMessage, ProtocolViolation, StampTooFar
from graphvine.limits import MAX_DRIFT_MS, MAX_HOLD_MS
from graphvine.model.stamp import make_time
from graphvine.model.transaction import SignedTransaction, VerifiedTransaction, WriterKey
from graphvine.peer import inbox as inbox_module
from graphvine.peer.inbox import VERIFYING, Applied, Delivered, Inbox, Outcome, Refused, Touched
from graphvine.store import replica as replica_module
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica, encode
from graphvine.testing.simulated_crypto import SimulatedCrypto

CRYPTO = SimulatedCrypto(3)
ALICE = CRYPTO.key("alice")
WRITER = WriterKey(ALICE.public, b"w" * 8)
BOB, CAROL = b"bob" * 10 + b"..", b"carol" * 6 + b".."


def signed(sequence: int, time_ms: int = NOW, id_: str = "v", properties: dict | None = None) -> VerifiedTransaction:
    builder = TransactionBuilder()
    builder.put_vertex(id_, properties if properties is not None else {"n": sequence})
    operations, leaves = builder.finish()[:2]
    for place, operation in enumerate(operations):
        operation.after = make_time(time_ms) - 1  # whoever wrote it had seen all that was older
        leaves[place] = encode_operation(operation)
    draft = make_draft(SPACE, WRITER, sequence, sequence - 1, make_time(time_ms), leaves)
    return draft.signed(CRYPTO.sign_now(ALICE, draft.message))


def forged(transaction: VerifiedTransaction) -> bytes:
    signed = SignedTransaction(transaction.header_bytes, b"F" * 64, transaction.leaves, [])
    from graphvine.codec.transactions import encode_transaction

    return encode_transaction(signed)


class Desk:
    """An inbox, its replica, and a Crypto that answers when told to."""

    def __init__(self) -> None:
        self.replica = Replica(SPACE)
        self.inbox = Inbox(self.replica)
        self.pending: list[Verify] = []
        self.outcomes: list[Outcome] = []
        self.now_ms = NOW

    def work(self) -> list[Outcome]:
        """Do all there is to do without an answer of the crypto; return what came of it."""
        first = len(self.outcomes)
        while self.inbox.has_work:
            for outcome in self.inbox.work(self.now_ms):
                (self.pending if isinstance(outcome, Verify) else self.outcomes).append(outcome)
        return self.outcomes[first:]

    def answer(self, verify: Verify) -> None:
        is_good = CRYPTO.verify_now(verify.public_key, verify.signature, verify.message)
        assert self.inbox.completed(verify.token, is_good, now=0.0) == []

    def settle(self) -> list[Outcome]:
        first = len(self.outcomes)
        self.work()
        while self.pending:
            self.answer(self.pending.pop(0))
            self.work()
        return self.outcomes[first:]

    def deliver(self, *transactions: bytes, sender: bytes = BOB, token: int = 1, is_durable: bool = False) -> None:
        self.inbox.deliver(sender, transactions, is_durable=is_durable, token=token)


def test_a_remote_transaction_is_checked_applied_and_acknowledged():
    desk = Desk()
    transaction = signed(1)
    desk.deliver(encode(transaction))
    applied, delivered = desk.settle()
    assert isinstance(applied, Applied)
    assert (applied.transaction.id, applied.encoded, applied.sender) == (transaction.id, encode(transaction), BOB)
    assert (applied.is_news, applied.must_store, applied.is_held) == (True, True, False)
    assert delivered == Delivered(BOB, 1, is_complete=True, fresh=1)
    assert desk.replica.state.vertices["v"].properties == {"n": 1}
    assert desk.inbox._waiting_bytes == {}


def test_the_order_is_the_sender_s_whatever_the_crypto_s():
    desk = Desk()
    desk.deliver(*(encode(signed(n)) for n in (1, 2, 3)))
    desk.work()
    for verify in desk.pending[::-1]:
        desk.answer(verify)
        outcomes = desk.work()
    assert [each.transaction.header.sequence for each in outcomes if isinstance(each, Applied)] == [1, 2, 3]
    assert len(desk.outcomes) == 4


def test_ours_go_first():
    desk = Desk()
    desk.deliver(encode(signed(1)))
    desk.work()
    desk.answer(desk.pending.pop())
    ticket = desk.inbox.submit(signed(2), None)
    first, *_ = desk.work()
    assert isinstance(first, Applied)
    assert (first.ticket, first.sender, first.must_store) == (ticket, None, True)


def test_what_is_known_is_acknowledged_without_a_signature_check():
    desk = Desk()
    desk.deliver(encode(signed(1)))
    desk.settle()
    desk.deliver(encode(signed(1)), token=2)
    applied, delivered = desk.work()
    assert desk.pending == []
    assert (applied.is_news, applied.must_store) == (False, False)
    assert delivered == Delivered(BOB, 2, is_complete=True, fresh=0)


@pytest.mark.parametrize(
    ("encoded", "error"),
    [(b"", MalformedMessage), (b"\x91" * 100_000, MalformedMessage), (forged(signed(1)), BadSignature)],
)
def test_what_is_wrong_is_refused_and_the_rest_goes_on(encoded, error):
    desk = Desk()
    desk.deliver(encoded, encode(signed(2)))
    refused, applied, delivered = desk.settle()
    assert isinstance(refused, Refused)
    assert (refused.sender, refused.encoded, type(refused.error)) == (BOB, encoded, error)
    assert applied.is_news
    assert delivered == Delivered(BOB, 1, is_complete=False, fresh=1)


def test_a_forged_copy_of_what_is_overruled_meanwhile_is_never_passed_on():
    """Known when it is checked, so its signature is not; gone when its turn comes: then it must not count as news."""
    desk = Desk()
    desk.deliver(encode(signed(1)))
    desk.settle()
    desk.deliver(encode(signed(2, NOW + 1)), forged(signed(1)), token=2)
    outcomes = desk.settle()
    assert not desk.replica.has(signed(1).id)
    assert [each.is_news for each in outcomes if isinstance(each, Applied)] == [True, False]


def test_what_newer_ones_overrule_as_a_whole_is_neither_stored_nor_passed_on():
    desk = Desk()
    desk.deliver(encode(signed(2, NOW + 1)))
    desk.settle()
    for token in (2, 3):  # anybody may send it again and again
        desk.deliver(encode(signed(1)), token=token)
        applied, delivered = desk.settle()
        assert (applied.is_news, applied.must_store) == (False, False)
        assert delivered == Delivered(BOB, token, is_complete=True, fresh=0)


def test_the_future_is_held_stored_and_not_complete():
    desk = Desk()
    transaction = signed(1, NOW + MAX_DRIFT_MS + 1)
    desk.deliver(encode(transaction))
    applied, delivered = desk.settle()
    assert (applied.is_held, applied.is_news, applied.must_store) == (True, True, True)
    assert delivered == Delivered(BOB, 1, is_complete=False, fresh=1)
    assert desk.replica.state.vertices == {}
    desk.deliver(encode(transaction), token=2)
    again, _ = desk.settle()
    assert (again.is_news, again.must_store) == (False, False)


def test_what_there_is_no_room_to_hold_is_not_stored(monkeypatch):
    monkeypatch.setattr(replica_module, "MAX_HELD", 1)
    desk = Desk()
    desk.deliver(encode(signed(1, NOW + 60_000)))
    desk.settle()
    for token in range(2, 5):
        desk.deliver(encode(signed(2, NOW + 70_000)), token=token)
        applied, delivered = desk.settle()
        assert (applied.is_held, applied.is_news, applied.must_store) == (True, False, False)
        assert not delivered.is_complete


def test_a_forged_copy_of_what_was_held_is_not_held_in_its_place(monkeypatch):
    """Known while it was held, so its signature is not looked at; pushed out of the held ones before its turn comes."""
    monkeypatch.setattr(replica_module, "MAX_HELD", 1)
    desk = Desk()
    further, nearer = signed(1, NOW + 70_000), signed(2, NOW + 60_000)
    desk.deliver(encode(further))
    desk.settle()
    desk.deliver(encode(nearer), forged(further), token=2)
    desk.inbox.work(NOW)  # looked at, one after the other
    desk.inbox.work(NOW)
    for number in range(1, 9):
        desk.inbox.completed(number, True, now=0.0)
    desk.inbox.work(NOW)  # the nearer one is held, the further one pushed out
    assert not desk.replica.has(further.id)
    assert [each.id for each in desk.replica.due(NOW + 60_000)] == [nearer.id]
    applied, _ = desk.inbox.work(NOW)
    assert (applied.is_news, applied.is_held, applied.must_store) == (False, False, False)
    assert not desk.replica.has(further.id)


def test_the_far_future_is_refused():
    desk = Desk()
    desk.deliver(encode(signed(1, NOW + MAX_HOLD_MS + 1)))
    refused, _ = desk.settle()
    assert isinstance(refused.error, StampTooFar)


def test_a_write_of_this_moment_is_never_held_what_others_say_is_ours_is():
    desk = Desk()
    desk.inbox.submit(signed(1, NOW + 2 * MAX_HOLD_MS), None)
    (applied,) = desk.work()
    assert (applied.is_held, applied.is_news) == (False, True)
    desk.inbox.submit(signed(2, NOW + MAX_DRIFT_MS + 1), None, is_durable=True)
    (applied,) = desk.work()
    assert (applied.is_held, applied.must_store) == (True, False)


def test_a_sender_that_goes_takes_what_nobody_looked_at_along():
    desk = Desk()
    desk.deliver(*(encode(signed(n)) for n in range(1, VERIFYING + 11)))
    desk.deliver(encode(signed(500)), sender=CAROL)
    desk.work()
    assert len(desk.pending) == VERIFYING  # no more at once
    assert desk.inbox.waiting == VERIFYING + 11
    desk.inbox.forget(BOB)
    assert desk.inbox.waiting == VERIFYING + 1
    outcomes = desk.settle()
    assert [each for each in outcomes if isinstance(each, Delivered)] == [
        Delivered(CAROL, 1, is_complete=True, fresh=1)
    ]
    assert sum(isinstance(each, Applied) for each in outcomes) == VERIFYING + 1
    assert desk.inbox._waiting_bytes == {}


def test_a_sender_that_delivers_far_too_much_is_stopped_and_nobody_else(monkeypatch):
    monkeypatch.setattr(inbox_module, "MAX_WAITING_BYTES", 20_000)
    desk = Desk()
    small = encode(signed(1))
    fits = 20_000 // (len(small) + inbox_module.OVERHEAD_BYTES)
    desk.deliver(*[small] * fits)
    with pytest.raises(ProtocolViolation, match="more transactions than we can check"):
        desk.deliver(small, token=2)
    desk.deliver(small, sender=CAROL)
    desk.settle()
    desk.deliver(*[small] * fits, token=3)  # dealt with: there is room again


def test_large_transactions_take_several_steps_and_nobody_reads_in_between(monkeypatch):
    from graphvine.crdt import graph

    monkeypatch.setattr(graph, "SLICE", 2)
    desk = Desk()
    desk.inbox.is_watched = True
    builder = TransactionBuilder()
    for number in range(5):
        builder.put_vertex(f"v{number}")
    draft = make_draft(SPACE, WRITER, 1, 0, make_time(NOW), builder.finish().leaves)
    desk.inbox.submit(draft.signed(CRYPTO.sign_now(ALICE, draft.message)), None)
    open_after_each_step = []
    told = []
    while desk.inbox.has_work:
        told += desk.inbox.work(NOW)
        open_after_each_step.append(desk.inbox.is_open)
    assert open_after_each_step == [False, False, True]
    assert [type(each) for each in told] == [Touched, Touched, Applied]
    assert [[change.cell.id for change in each.changes] for each in told] == [["v0", "v1"], ["v2", "v3"], ["v4"]]
    assert [(each.author, each.is_local) for each in told[:2]] == [(ALICE.public, True)] * 2
    assert desk.replica.state.changes is None


def test_what_changed_in_the_middle_is_told_with_the_end(monkeypatch):
    """Whoever waits for the whole hears of it at last, though its last slices change nothing."""
    from graphvine.crdt import graph

    monkeypatch.setattr(graph, "SLICE", 2)
    desk = Desk()
    builder = TransactionBuilder()
    for number in range(6):
        builder.put_vertex(f"v{number}", {"n": 1})
    leaves = builder.finish().leaves
    newer = TransactionBuilder()
    for number in range(2, 6):
        newer.put_vertex(f"v{number}", {"n": 2})
    for time_ms, sequence, parts in ((NOW + 5, 2, newer.finish().leaves), (NOW, 1, leaves)):
        desk.inbox.is_watched = sequence == 1
        draft = make_draft(SPACE, WRITER, sequence, sequence - 1, make_time(time_ms), parts)
        desk.inbox.submit(draft.signed(CRYPTO.sign_now(ALICE, draft.message)), None)
        told = desk.work()
    assert [type(each) for each in told] == [Applied]
    assert [change.cell.id for change in told[0].changes] == ["v0", "v1"]


def test_changes_are_collected_only_for_listeners():
    desk = Desk()
    desk.inbox.submit(signed(1), None)
    (applied,) = desk.work()
    assert applied.changes == []


def test_an_answer_that_nobody_waits_for_is_ignored():
    desk = Desk()
    assert desk.inbox.completed(7, True, now=0.0) == []
    assert desk.inbox.work(NOW) == []


def test_a_large_transaction_is_checked_and_applied_in_slices():
    desk = Desk()
    builder = TransactionBuilder()
    for number in range(2_500):
        builder.put_vertex(f"v{number}", {"n": number})
    draft = make_draft(SPACE, WRITER, 1, 0, make_time(NOW), builder.finish().leaves)
    encoded = encode(draft.signed(CRYPTO.sign_now(ALICE, draft.message)))
    desk.inbox.deliver(BOB, [encoded], is_durable=False, token=0)
    assert [desk.inbox.work(NOW) for _ in range(2)] == [[], []]  # a thousand operations each
    (verify,) = desk.inbox.work(NOW)
    assert not desk.inbox.has_work
    desk.answer(verify)
    assert [desk.inbox.work(NOW) for _ in range(2)] == [[], []]
    assert not desk.inbox.is_open
    applied, delivered = desk.inbox.work(NOW)
    assert (applied.is_news, delivered.fresh, len(desk.replica.state.vertices)) == (True, 1, 2_500)


def test_a_mistake_in_the_last_slice_refuses_the_whole():
    desk = Desk()
    builder = TransactionBuilder()
    for number in range(1_500):
        builder.put_vertex(f"v{number}")
    leaves = [*builder.finish().leaves, b"\x91\x09"]
    draft = make_draft(SPACE, WRITER, 1, 0, make_time(NOW), leaves)
    desk.inbox.deliver(BOB, [encode(draft.signed(b"S" * 64))], is_durable=False, token=0)
    refused, _ = desk.work()
    assert isinstance(refused.error, MalformedMessage)
    assert not desk.replica.state.vertices
