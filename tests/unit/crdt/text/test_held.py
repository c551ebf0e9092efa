from __future__ import annotations

from graphvine.crdt.text.held import Held, Waiting
from graphvine.crdt.text.params import MAX_HELD, MAX_HELD_BYTES


def update(agent: bytes, seq: int, text: str = "x", *, size: int = 10) -> Waiting:
    return Waiting((agent, seq), len(text), bytes(size), b"")


def test_an_update_waits_until_what_it_needs_is_known() -> None:
    held = Held()
    held.hold(update(b"a", 5), (b"a", 4))
    held.hold(update(b"b", 0), (b"a", 2))
    assert held.missing() == [(b"a", 2), (b"a", 4)]
    assert held.take(b"c", 9) == []
    assert held.take(b"a", 2) == []
    assert held.take(b"a", 3) == [update(b"b", 0)]
    assert held.take(b"a", 9) == [update(b"a", 5)]
    assert len(held) == 0
    assert held.missing() == []


def test_the_longer_of_two_with_one_name_stays() -> None:
    held = Held()
    held.hold(update(b"a", 5, "long"), (b"a", 4))
    held.hold(update(b"a", 5, "lo"), (b"a", 4))
    assert held.take(b"a", 5) == [update(b"a", 5, "long")]
    held.hold(update(b"a", 5, "lo"), (b"a", 4))
    held.hold(update(b"a", 5, "long"), (b"a", 4))
    assert held.take(b"a", 5) == [update(b"a", 5, "long")]


def test_the_oldest_goes_when_there_are_too_many() -> None:
    held = Held()
    for seq in range(MAX_HELD + 10):
        held.hold(update(b"flood", seq + 2, size=1), (b"flood", 1))
    assert len(held) == MAX_HELD
    assert held.dropped == 10
    assert held.take(b"flood", 2)[0].name == (b"flood", 12)


def test_the_oldest_goes_when_they_are_too_large() -> None:
    held = Held()
    for seq in range(10):
        held.hold(update(b"flood", seq + 2, size=MAX_HELD_BYTES // 4), (b"flood", seq + 1))
    assert len(held) == 4
    assert held.missing() == [(b"flood", seq) for seq in range(7, 11)]
    held.take(b"flood", 99)
    held.hold(update(b"flood", 50, size=MAX_HELD_BYTES), (b"flood", 49))
    assert len(held) == 1
