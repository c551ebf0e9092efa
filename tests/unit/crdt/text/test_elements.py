from __future__ import annotations

import pytest

from graphvine.crdt.text.elements import Elements

from .sessions import Replica, Session, session


def test_elements_are_followed_as_if_built_anew(seed: int) -> None:
    def check(replica: Replica) -> None:
        document = replica.document
        fresh = Elements.of(document.graph, document.log)
        assert document.elements.runs() == fresh.runs()
        assert document.elements.events(0, len(document)) == fresh.events(0, len(document))

    for number in range(4):
        played = session(("elements", seed, number), 1)
        Session(played.dice, 3).run(40, after_each=check)


def test_finding_elements() -> None:
    replica = Replica(b"a")
    replica.document.insert(0, "abc" * 50)
    replica.document.delete(3, 3)
    elements = replica.document.elements
    assert elements.find(0) == 0
    assert elements.find(4) is None
    assert elements.find(6) == 3
    assert elements.positions([0, 4, 6]) == {0: 0, 6: 3}
    assert elements.positions(list(range(150))) == {
        event: event - 3 * (event > 3) for event in (*range(3), *range(6, 150))
    }
    replica.document.delete(0, 2)
    assert [list(map(ord, numbers)) for numbers in elements.removed] == [[0, 1]]


def test_tuples_take_over_where_code_points_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphvine.crdt.text.placeholders._CODE_POINTS", 30)
    replica = Replica(b"a")
    replica.document.insert(0, "abc")
    assert replica.document.elements.runs() == [(0, 3)]
    replica.document.insert(1, "x" * 40)
    replica.document.delete(2, 1)
    assert replica.document.elements.runs() == [(0, 1), (3, 1), (5, 38), (1, 2)]
    assert replica.document.elements.find(1) == 40
