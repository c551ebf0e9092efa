"""Answers in parts: bounded, and what a page puts together is what `encode` would have sent in one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from graphvine.platform.browser import parcels
from graphvine.platform.browser.parcels import PART, converted, converted_rows, parts, room_left
from graphvine.platform.browser.rpc import encode
from graphvine.vertex import Edge, Vertex


def sent(message: dict[str, Any]) -> Any:
    data = msgspec.msgpack.decode(encode(message))
    return msgspec.msgpack.decode(data["maps"]) if "maps" in data else data


def assembled(cut: Iterable[list[list[Any]]]) -> Any:
    """What assembly.js does."""
    box: dict[Any, Any] = {}
    for part in cut:
        for path, piece in sent({"part": part})["part"]:
            target: Any = box
            for step in ["all", *path][:-1]:
                target = target[step]
            key = ["all", *path][-1]
            if isinstance(target, list) and key == len(target):
                target.append(piece)
            elif not isinstance(target, list) and key not in target:
                target[key] = piece
            elif isinstance(piece, list):
                target[key].extend(piece)
            else:
                target[key].update(piece)
    return box["all"]


def vertex(number: int, edges: int = 0) -> Vertex:
    spokes = tuple(Edge(f"e{n}", "T", "a", "b", {}) for n in range(edges))
    return Vertex(f"v{number}", frozenset({"B", "A"}), {"name": "x" * 20, "n": number, "__proto__": 1}, spokes)


values = st.recursive(
    st.none() | st.integers(-5, 5) | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text("ab_", max_size=3), inner, max_size=6),
    max_leaves=40,
)


@given(values, st.integers(1, 12))
def test_parts_put_together_are_the_answer(value: Any, size: int) -> None:
    before, parcels.PART = parcels.PART, size
    try:
        assert assembled(parts(value)) == sent({"value": value})["value"]
    finally:
        parcels.PART = before


def test_no_part_of_a_large_answer_is_heavy() -> None:
    answers: list[Any] = [
        [{"n": vertex(n)} for n in range(5_000)],
        [{"all": [vertex(n) for n in range(5_000)], "b": 1}],
        {"vertices": [vertex(n) for n in range(3_000)], "edges": []},
        vertex(1, edges=10_000),
        {f"k{n}": n for n in range(20_000)},
        ["x" * 1_000] * 5_000,
        {"set": frozenset(range(10_000))},
    ]
    for answer in answers:
        cut = list(parts(answer))
        assert len(cut) > 1
        for part in cut:
            assert sum(PART - room_left(piece, PART) for _, piece in part) <= 2 * PART
        assert assembled(cut) == sent({"value": answer})["value"]


def test_what_is_small_fits_and_what_is_large_is_not_walked_to_its_end() -> None:
    looked: list[int] = []

    class Told(dict[str, Any]):
        def values(self) -> Any:
            looked.append(1)
            return super().values()

    assert room_left([vertex(1)], PART) > 0
    assert room_left([Told(a=list(range(1_000))) for _ in range(500)], PART) < 0
    assert len(looked) < 10


def test_a_heavy_list_is_converted_in_steps() -> None:
    convert: Callable[[Any], Any] = str
    steps = converted([[n, n] for n in range(20_000)], convert)
    pauses, done = 0, None
    while done is None:
        try:
            next(steps)
            pauses += 1
        except StopIteration as stop:
            done = stop.value
    assert done == [str([n, n]) for n in range(20_000)]
    assert pauses >= 10


def test_rows_are_converted_in_steps_however_their_values_lie() -> None:
    """Many light rows, one row of many values that are not heavy by themselves, one heavy value."""
    width = 1_000
    wide = {f"c{n}": list(range(width)) for n in range(40)}
    for rows in ([{"a": [n, n]} for n in range(20_000)], [wide], [{"a": [[n] for n in range(20_000)], "b": 1}], []):
        looked: list[int] = []

        def convert(value: Any, looked: list[int] = looked) -> Any:
            looked.append(PART - room_left(value, PART))
            return [value]

        steps, most = converted_rows(rows, convert), 0
        while True:
            looked.clear()
            try:
                next(steps)
            except StopIteration as stop:
                made = stop.value
                break
            finally:
                most = max(most, sum(looked))
        assert most <= 2 * PART
        assert [list(row) for row in made] == [list(row) for row in rows]
        light = [row for row in made if "b" not in row]
        assert light == [{name: [value] for name, value in row.items()} for row in rows if "b" not in row]
