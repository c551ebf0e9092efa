from __future__ import annotations

import random

from graphvine.crdt.text.archive import decode_document, encode_document
from graphvine.crdt.text.cursors import Anchor, Cursors, anchor_at, position_of
from graphvine.crdt.text.update import TEXT

from .sessions import Replica, Session, session


def test_a_cursor_follows_its_element() -> None:
    document = Replica(b"a").document
    document.insert(0, "hello world")
    cursors = Cursors(document)
    left, right = cursors.add(5), cursors.add(5, after=False)
    document.insert(5, ",")
    assert (left.pos, right.pos) == (5, 6)
    document.insert(0, ">> ")
    assert (left.pos, right.pos) == (8, 9)
    document.delete(1, 9)
    assert (left.pos, right.pos) == (1, 1)
    cursors.remove(left)
    document.insert(0, "x")
    assert (left.pos, right.pos) == (1, 2)
    cursors.close()
    document.insert(0, "x")
    assert right.pos == 2


def test_an_anchor_follows_its_element_even_when_it_is_deleted() -> None:
    document = Replica(b"a").document
    document.insert(0, "hello world")
    space, world = anchor_at(document, 6), anchor_at(document, 6, after=False)
    assert (space, world) == (Anchor(b"a", 5, True), Anchor(b"a", 6, False))
    document.insert(6, "big ")
    assert (position_of(document, space), position_of(document, world)) == (6, 10)
    document.delete(2, 10)
    assert document.content == "herld"
    assert (position_of(document, space), position_of(document, world)) == (2, 2)


def test_the_edges() -> None:
    document = Replica(b"a").document
    start, end = anchor_at(document, 0), anchor_at(document, 0, after=False)
    document.insert(0, "abc")
    assert (position_of(document, start), position_of(document, end)) == (0, 3)
    assert anchor_at(document, 99) == Anchor(b"a", 2, True)
    assert anchor_at(document, -5, after=False) == Anchor(b"a", 0, False)


def test_anchors_of_strangers_may_name_anything() -> None:
    document = Replica(b"a").document
    document.insert(0, "abc")
    document.delete(0, 1)
    for agent, seq in ((b"nobody", 0), (b"a", 99), (b"a", -1), (b"a", 3)):
        assert position_of(document, Anchor(agent, seq, True)) is None


def test_anchors_and_cursors_agree_everywhere(seed: int) -> None:
    """An anchor made anywhere means the same gap at every replica, and as in one that was just opened."""
    for number in range(3):
        played = session(("anchors", seed, number), 25, 3)
        dice = random.Random(number)
        anchors = []
        for replica in played.replicas:
            document = replica.document
            anchors += [anchor_at(document, dice.randint(0, len(document)), after=dice.random() < 0.5) for _ in "123"]
        played.run(25)
        document = played.settle().document
        places = [position_of(document, anchor) for anchor in anchors]
        assert None not in places
        opened = decode_document(TEXT, encode_document(document))
        assert [position_of(opened, anchor) for anchor in anchors] == places
        for replica in played.replicas:
            assert [position_of(replica.document, anchor) for anchor in anchors] == places


def test_a_cursor_is_where_its_anchor_is(seed: int) -> None:
    """While its element lives; a cursor forgets it afterwards, an anchor does not."""
    for number in range(5):
        played = session(("cursor", seed, number), 15, 2)
        replica = played.replicas[0]
        cursors = Cursors(replica.document)
        pairs = [
            (cursors.add(place, after=after), anchor_at(replica.document, place, after=after))
            for place in range(len(replica.document) + 1)
            for after in (True, False)
        ]
        Session.run(played, 15)
        for cursor, anchor in pairs:
            agent = replica.document.graph.known_agent(anchor.agent) if anchor.agent else None
            if agent is None:
                continue
            if replica.document.elements.find(replica.document.graph.number(agent, anchor.seq)) is not None:
                assert cursor.pos == position_of(replica.document, anchor)
