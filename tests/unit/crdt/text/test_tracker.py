"""The order of concurrent insertions: FugueMax's, and what that means for people."""

from __future__ import annotations

from itertools import permutations

import pytest

from graphvine.crdt.text.tracker import Tracker

from .fugue import fugue_text
from .sessions import Replica, session


def typed(replica: Replica, pos: int, word: str, *, backwards: bool = False) -> list[bytes]:
    """The updates of typing a word letter by letter."""
    if backwards:
        return [replica.document.insert(pos, letter) for letter in reversed(word)]
    return [replica.document.insert(pos + index, letter) for index, letter in enumerate(word)]


def merged(edits: list[list[bytes]], base: bytes | None) -> set[str]:
    """The texts that result in each order of whole authors."""
    texts = set()
    for order in permutations(edits):
        replica = Replica(b"")
        if base is not None:
            replica.inbox.apply(base)
        for updates in order:
            for update in updates:
                replica.inbox.apply(update)
        texts.add(replica.document.content)
    return texts


@pytest.mark.parametrize("start", ["", "[]"])
@pytest.mark.parametrize("backwards", [(False, False, False), (True, True, True), (True, False, True)])
def test_words_typed_at_once_at_one_place_do_not_interleave(start: str, backwards: tuple[bool, ...]) -> None:
    first = Replica(b"base")
    base = first.document.insert(0, start) if start else None
    words = ["milk", "eggs", "bread"]
    edits = []
    for index, word in enumerate(words):
        replica = Replica(b"agent-%d" % index)
        if base is not None:
            replica.inbox.apply(base)
        edits.append(typed(replica, len(start) // 2, word, backwards=backwards[index]))
    texts = merged(edits, base)
    assert len(texts) == 1
    (text,) = texts
    for word in words:
        assert word in text


def test_backward_paragraphs_stay_whole() -> None:
    """Two people write several lines each, always above what they wrote before (Fugue paper, section 2)."""
    one, two = Replica(b"one"), Replica(b"two")
    base = one.document.insert(0, "Shopping\n")
    two.inbox.apply(base)
    ones = [one.document.insert(9, line) for line in ("cheese\n", "butter\n", "apples\n")]
    twos = [two.document.insert(9, line) for line in ("wine\n", "juice\n", "tea\n")]
    assert merged([ones, twos], base) == {"Shopping\napples\nbutter\ncheese\ntea\njuice\nwine\n"}


def test_an_insertion_goes_before_what_its_author_saw_on_the_right() -> None:
    """FugueMax's case: siblings with different right origins, the one further right comes first."""
    one, two, three = Replica(b"c"), Replica(b"a"), Replica(b"b")
    base = one.document.insert(0, "ad")
    two.inbox.apply(base)
    three.inbox.apply(base)
    x = one.document.insert(1, "x")  # between a and d
    y = two.document.delete(1, 1)
    z = two.document.insert(1, "y")  # after a, with the deleted d on its right
    three.inbox.apply(x)
    w = three.document.insert(1, "w")  # between a and x
    texts = set()
    for order in permutations([[x], [y, z], [x, w]]):
        replica = Replica(b"")
        replica.inbox.apply(base)
        for updates in order:
            for update in updates:
                replica.inbox.apply(update)
        texts.add(replica.document.content)
        assert replica.document.content == fugue_text(replica.document)
    assert len(texts) == 1


@pytest.mark.parametrize("agents", [2, 3, 4])
@pytest.mark.parametrize("steps", [8, 25, 50])
def test_the_order_is_that_of_fugue_max(steps: int, agents: int) -> None:
    for number in range(12):
        document = session(("fugue", steps, agents, number), steps, agents).settle().document
        assert document.content == fugue_text(document)


def test_moving_there_and_back_changes_nothing() -> None:
    for number in range(20):
        document = session(("move", number), 40).settle().document
        graph = document.graph
        tracker = Tracker(graph, document.log, -1, 0)
        for start, end, parents in graph.pieces([(0, graph.size)]):
            tracker.apply(start, end, parents)
        tracker.move(graph.heads)
        visible = tracker.spans.current
        assert visible == tracker.spans.effect == len(document)
        for event in range(0, graph.size, 3):
            tracker.move((event,))
            tracker.move(graph.heads)
            assert tracker.spans.current == visible
        tracker.move(())
        assert tracker.spans.current == 0


def test_what_an_event_deleted_is_known_by_its_number() -> None:
    replica = Replica(b"a")
    replica.document.insert(0, "abcdef")
    replica.document.delete(4, 1)
    replica.document.delete(3, 1)  # backspacing: one run of events
    replica.document.delete(0, 2)
    graph, log = replica.document.graph, replica.document.log
    tracker = Tracker(graph, log, -1, 0)
    tracker.apply(0, graph.size, ())
    assert tracker.deleted_by(6, 7) == [(6, 1, 4, False)]
    assert tracker.deleted_by(7, 10) == [(7, 1, 3, False), (8, 2, 0, True)]
    assert tracker.deleted_by(9, 10) == [(9, 1, 1, True)]
    assert tracker.deleted_by(0, 6) == []
