"""Positions: always one between two, short for what people do, and runs that stay together."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from graphvine.limits import MAX_POSITION_BYTES
from graphvine.model import positions
from graphvine.model.positions import LEVEL_BYTES, between, has_room, is_position, run, shifted, spread

TAGS = [bytes([each]) * 4 for each in (1, 2, 3)]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1_000), st.integers(1, 3)), max_size=40))
def test_what_is_inserted_stands_where_it_was_inserted(steps):
    """Every writer sees the others' elements at once here, so positions must be in strict order."""
    standing: list[bytes] = []
    for who, where, count in steps:
        place = where % (len(standing) + 1)
        left = standing[place - 1] if place else None
        right = standing[place] if place < len(standing) else None
        first = between(left, right, TAGS[who], count)
        assert first is not None
        new = list(run(first, count))
        assert all(map(is_position, new))
        standing[place:place] = new
        assert all(one < other for one, other in pairwise(standing))


def test_appending_and_prepending_stay_short():
    for forwards in (True, False):
        last = None
        for number in range(5_000):
            tag = TAGS[number % 2]
            last = between(last, None, tag) if forwards else between(None, last, tag)
            assert last is not None
            assert len(last) == LEVEL_BYTES


def test_always_between_the_last_two_grows_by_a_level_in_31():
    left, right = between(None, None, TAGS[0]), None
    for number in range(31 * 10):
        new = between(left, right, TAGS[1 + number % 2])
        assert new is not None
        left, right = (new, right) if number % 2 else (left, new)
    assert len(new) <= 12 * LEVEL_BYTES


def test_where_no_room_is_left_it_says_so(monkeypatch):
    monkeypatch.setattr(positions, "MAX_POSITION_BYTES", LEVEL_BYTES)
    one = between(None, None, TAGS[0])
    assert one is not None
    assert between(one, shifted(one, 1), TAGS[1]) is None
    assert between(one, one, TAGS[1]) is None


def test_runs_of_two_writers_do_not_mix():
    """Each types three elements, one by one, without seeing the other: forwards and backwards."""
    for forwards in (True, False):
        typed: list[tuple[bytes, str]] = []
        for tag, name in ((TAGS[0], "a"), (TAGS[1], "b")):
            last = None
            for _ in range(3):
                last = between(last, None, tag) if forwards else between(None, last, tag)
                assert last is not None
                typed.append((last, name))
        assert "".join(name for _, name in sorted(typed)) == "aaabbb"


def test_a_run_ends_before_its_steps_do():
    last_step = TAGS[0] + TAGS[0] + b"\xff\xff\xff\xff"
    assert has_room(last_step, 1)
    assert not has_room(last_step, 2)
    after = between(last_step, None, TAGS[0], 5)
    assert after is not None
    assert after > last_step
    assert has_room(after, 5)
    first_step = TAGS[0] + TAGS[0] + bytes(4)
    before = between(None, first_step, TAGS[0], 5)
    assert before is not None
    assert list(run(before, 5))[-1] < first_step


def test_strangers_positions_do_no_harm():
    """Any bytes of the right length: what comes out stands between them, or there is no room."""
    odd = [
        bytes(12),
        b"\xff" * 12,
        bytes(12) + b"\xff" * 12,
        bytes(24),
        b"\xff" * MAX_POSITION_BYTES,
        bytes(11) + b"\1",
    ]
    for left in [None, *odd]:
        for right in [None, *odd]:
            if left is not None and right is not None and left >= right:
                continue
            new = between(left, right, TAGS[0], 3)
            if new is not None:
                assert is_position(new)
                assert left is None or left < new
                assert right is None or list(run(new, 3))[-1] < right
    assert not is_position(b"")
    assert not is_position(bytes(13))
    assert not is_position(bytes(MAX_POSITION_BYTES + LEVEL_BYTES))


def test_spread_out_they_are_short_and_apart():
    keys = list(spread(65_536, TAGS[0]))
    assert all(len(key) == LEVEL_BYTES for key in keys)
    assert all(one < other for one, other in pairwise(keys))
    between_two = between(keys[5], keys[6], TAGS[1])
    assert between_two is not None
    assert len(between_two) == LEVEL_BYTES
