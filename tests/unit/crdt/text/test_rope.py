from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphvine.crdt.text.params import CHUNK
from graphvine.crdt.text.rope import Rope

steps = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1), st.integers(1, 3 * CHUNK), st.sampled_from("abc😀")), max_size=30
)


@given(steps, st.integers(0, 3 * CHUNK))
def test_a_rope_does_what_a_string_does(steps: list[tuple[bool, float, int, str]], size: int) -> None:
    text = "x" * size
    rope = Rope(text)
    for is_deletion, place, count, letter in steps:
        pos = int(place * len(text))
        if is_deletion:
            count = min(count, len(text) - pos)
            if count:
                rope.delete(pos, count)
            text = text[:pos] + text[pos + count :]
        else:
            rope.insert(pos, letter * count)
            text = text[:pos] + letter * count + text[pos:]
        assert rope.size == len(text)
        assert rope.slice(pos // 2, pos) == text[pos // 2 : pos]
    assert rope.content() == text
    assert "".join(rope.pieces()) == text


def test_pieces_stay_small() -> None:
    rope = Rope("")
    for index in range(20):
        rope.insert(index, "y" * CHUNK)
    rope.insert(7, "z" * 10 * CHUNK)
    assert max(map(len, rope.pieces())) <= 2 * CHUNK


def test_a_rope_of_elements() -> None:
    rope: Rope[tuple[object, ...]] = Rope((1, 2, 3))
    rope.insert(1, ("x",) * (3 * CHUNK))
    rope.delete(1, 3 * CHUNK - 1)
    assert rope.content() == (1, "x", 2, 3)
    assert rope.slice(3, 2) == ()


def test_the_last_pieces_deleted() -> None:
    rope = Rope("a" * CHUNK + "b" * CHUNK + "c" * CHUNK)
    rope.delete(2 * CHUNK, CHUNK)
    rope.delete(CHUNK, CHUNK)
    rope.insert(CHUNK, "end")
    assert rope.content() == "a" * CHUNK + "end"


def test_everything_deleted_and_typed_again() -> None:
    rope = Rope("a" * 5 * CHUNK)
    rope.delete(0, 5 * CHUNK)
    assert rope.content() == ""
    rope.insert(0, "again")
    assert rope.content() == "again"
