"""However events arrive and however they are merged, the document is the same."""

from __future__ import annotations

import random

import pytest

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.merge import check_op, replay
from graphvine.crdt.text.params import IDLE_EVENTS
from graphvine.crdt.text.sequence import BACKSPACE, DELETE, INSERT
from graphvine.crdt.text.update import TEXT
from graphvine.errors import MalformedMessage

from .sessions import Session, session


@pytest.mark.parametrize("agents", [2, 3, 5])
@pytest.mark.parametrize("kind", ["text", "wide text", "list"])
def test_every_order_converges(agents: int, kind: str, seed: int) -> None:
    for number in range(5):
        played = session((kind, agents, seed, number), 50, agents, lists=kind == "list", wide=kind == "wide text")
        document = played.settle().document
        for _ in range(3):
            assert played.newcomer().document.content == document.content


@pytest.mark.parametrize("agents", [2, 4])
def test_merging_step_by_step_equals_merging_from_scratch(agents: int, seed: int) -> None:
    """After every single step, with the merge state kept alive, and with it dropped at each critical version or not."""
    for number in range(4):
        dice = random.Random(f"scratch {agents} {seed} {number}")

        def check(replica: object) -> None:
            document = replica.document  # type: ignore[attr-defined]
            for clearing in (True, False):
                assert replay(document.graph, document.log, clearing=clearing).content() == document.content

        Session(dice, agents).run(50, after_each=check)


def test_long_forks_merge(seed: int) -> None:
    """Two agents go apart for hundreds of edits, a third merges now and then."""
    dice = random.Random(f"forks {seed}")
    played = Session(dice, 3)
    one, two, three = played.replicas
    played.edit(one)
    for replica in (two, three):
        played.receive(replica, one)
    for _ in range(3):
        for _ in range(150):
            played.edit(one)
            played.edit(two)
        for other in (one, two):
            new = sorted(other.known - three.known)
            played.deliver(three, new)
        played.edit(three)
        played.deliver(one, sorted(three.known - one.known))
    document = played.settle().document
    assert played.newcomer().document.content == document.content
    for clearing in (True, False):
        assert replay(document.graph, document.log, clearing=clearing).content() == document.content


def pair() -> tuple[Document[str], Inbox[str], Document[str], Inbox[str]]:
    one, two = Document(TEXT, b"one"), Document(TEXT, b"two")
    return one, Inbox(one), two, Inbox(two)


def test_no_merge_state_while_people_take_turns() -> None:
    one, to_one, two, to_two = pair()
    for index in range(20):
        to_two.apply(one.insert(0, f"{index} "))
        to_one.apply(two.insert(len(two), f" {index}"))
        assert not one.merger.is_tracking
        assert not two.merger.is_tracking
    assert one.content == two.content


def test_merge_state_stays_while_people_type_at_once_and_goes_afterwards() -> None:
    one, to_one, two, to_two = pair()
    to_two.apply(one.insert(0, "start "))
    for index in range(10):
        a, b = one.insert(len(one), f"a{index}"), two.insert(0, f"b{index}")
        to_one.apply(b)
        to_two.apply(a)
        assert one.merger.is_tracking
    assert one.content == two.content
    for _ in range(3):  # one person typing alone for long
        to_two.apply(one.insert(0, "x" * (IDLE_EVENTS // 2)))
    assert not two.merger.is_tracking
    a, b = one.insert(3, "again"), two.insert(3, "and again")
    to_one.apply(b)
    to_two.apply(a)
    assert one.content == two.content


def test_a_sleeping_tracker_catches_up_or_is_replaced() -> None:
    one, to_one, two, to_two = pair()
    to_two.apply(one.insert(0, "start"))
    for pause in (3, 100, 20, 70):
        a, b = one.insert(2, "left"), two.insert(3, "right")
        to_one.apply(b)
        to_two.apply(a)
        for _ in range(pause):
            to_two.apply(one.insert(1, "."))
        assert one.content == two.content


@pytest.mark.parametrize(
    ("kind", "pos", "count", "size", "after"),
    [(INSERT, 3, 2, 3, 5), (DELETE, 1, 2, 3, 1), (BACKSPACE, 2, 3, 3, 0), (BACKSPACE, 0, 1, 1, 0)],
)
def test_positions_inside_are_taken(kind: int, pos: int, count: int, size: int, after: int) -> None:
    assert check_op(kind, pos, count, size) == after


@pytest.mark.parametrize(
    ("kind", "pos", "count", "size"),
    [(INSERT, 4, 1, 3), (DELETE, 2, 2, 3), (DELETE, 0, 1, 0), (BACKSPACE, 3, 1, 3), (BACKSPACE, 1, 3, 3)],
)
def test_positions_outside_are_refused(kind: int, pos: int, count: int, size: int) -> None:
    with pytest.raises(MalformedMessage):
        check_op(kind, pos, count, size)
