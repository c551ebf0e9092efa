from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.params import CHUNK
from graphvine.crdt.text.rope import Rope
from graphvine.crdt.text.sequence import Edit
from graphvine.crdt.text.utf16 import Utf16Offsets, from_utf16, to_utf16, units

from .sessions import Session

texts = st.text(st.sampled_from("aé€😀𝄞"), max_size=50)


@given(texts, st.integers(0, 60))
def test_offsets_both_ways(text: str, pos: int) -> None:
    pos = min(pos, len(text))
    rope = Rope(text)
    offset = len(text[:pos].encode("utf-16-le")) // 2
    assert to_utf16(rope, pos) == offset
    assert from_utf16(rope, offset) == pos


def test_offsets_in_a_long_text() -> None:
    text = ("x" * 700 + "😀") * 20
    rope = Rope(text)
    assert len(rope.pieces()) > 2 > len(Rope("x" * CHUNK).pieces())
    for pos in range(0, len(text), 97):
        offset = len(text[:pos].encode("utf-16-le")) // 2
        assert (to_utf16(rope, pos), from_utf16(rope, offset)) == (offset, pos)
    assert from_utf16(rope, 10**9) == len(text)
    assert to_utf16(rope, 10**9) == len(text) + 20
    for place in (-1, -2, -(10**9)):
        assert to_utf16(rope, place) == from_utf16(rope, place) == 0


def test_the_middle_of_a_pair_is_the_gap_before_it() -> None:
    rope = Rope("a😀b")
    assert [from_utf16(rope, offset) for offset in range(5)] == [0, 1, 1, 2, 3]


def test_units() -> None:
    assert [units(text) for text in ("", "ab", "é", "😀", "a😀")] == [0, 2, 1, 2, 3]


def follow(document: Document[str], listener: Callable[[list[tuple[int, int, str]]], None]) -> Callable[[], None]:
    """Tell a listener of each change; return what stops that."""
    offsets = Utf16Offsets(document.content)

    def tell(edits: list[Edit]) -> None:
        listener(offsets.convert([edit[:3] for edit in edits], lambda: document.content))

    document.watchers.append(tell)
    return lambda: document.watchers.remove(tell)


def test_an_editor_that_counts_in_utf16_stays_equal(seed: int) -> None:
    for wide_from in (0, 10, 99):
        played = Session(random.Random(f"utf16 {seed} {wide_from}"), 2)
        replica = played.replicas[0]
        editor = bytearray()

        def change(changes: list[tuple[int, int, str]], editor: bytearray = editor) -> None:
            for offset, deleted, text in changes:
                editor[2 * offset : 2 * (offset + deleted)] = text.encode("utf-16-le")

        stop = follow(replica.document, change)
        for step in range(40):
            played.letters = "ab😀ü" if step >= wide_from else "abü"
            played.run(1)
            assert editor.decode("utf-16-le") == replica.document.content
        stop()
        replica.document.insert(0, "x")
        assert len(editor) == 2 * units(replica.document.content) - 2


def test_a_text_that_is_wide_already() -> None:
    played = Session(random.Random(3), 1, wide=True).run(10)
    document = played.replicas[0].document
    document.insert(0, "😀😀")
    seen: list[tuple[int, int, str]] = []
    follow(document, seen.extend)
    document.delete(1, 1)
    document.insert(1, "x")
    assert seen == [(2, 2, ""), (2, 0, "x")]
