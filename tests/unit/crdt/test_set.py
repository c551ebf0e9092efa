"""Sets and maps: the newest word on each element or key; in order; what a barrier takes, it takes."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import WRITERS, copy, transaction

from graphvine.codec.bodies import decode_map, decode_set
from graphvine.crdt import map as map_module
from graphvine.crdt import set as set_module
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.map import MapEdit
from graphvine.crdt.set import SetEdit
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_ELEMENT_BYTES, MAX_ENTRY_BYTES, MAX_MERGE_ENTRIES
from graphvine.model.operation import MAP, SET
from graphvine.model.temporal import Date
from graphvine.store.builder import TransactionBuilder


def seen(kind: int, *words: tuple[int, int, str, object]) -> object:
    """The value after (time, author, verb, argument)s, which must be the same in every order."""
    made = []
    for time, author, verb, argument in words:
        builder = TransactionBuilder()
        if verb == "reset":
            builder.put_vertex("v", removed=["x"])
        else:
            edit = builder.edit(Place("v", "x"), kind, SetEdit if kind == SET else MapEdit)
            getattr(edit, verb)(argument)
        made.append(transaction(builder, time, sequence=time, writer=WRITERS[author]))
    values = []
    for order in permutations(made):
        state = GraphState()
        for each in order:
            state.apply(copy(each))
        values.append(state.vertices["v"].properties.get("x"))
    assert all(repr(value) == repr(values[0]) for value in values)
    return values[0]


def test_a_set_has_the_newest_word_on_each_element():
    assert seen(SET, (1, 0, "add", ["a", "b"]), (2, 1, "discard", ["a"]), (3, 0, "add", ["c"])) == ["b", "c"]
    assert seen(SET, (1, 0, "add", ["a"]), (2, 1, "discard", ["a"]), (3, 0, "add", ["a"])) == ["a"]
    assert seen(SET, (2, 0, "discard", ["a"]), (1, 1, "add", ["a"])) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-2, 5)), max_size=30),
    st.booleans(),
    st.sampled_from([0, 2, 4_096]),
)
def test_a_map_is_shown_anew_and_what_was_shown_stays(words: list[tuple[str, int]], is_listening: bool, many: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_module, "MANY", many)
        show_anew(words, is_listening)


def show_anew(words: list[tuple[str, int]], is_listening: bool) -> None:
    """Negative numbers remove the key. Whoever holds an earlier view sees no change of it."""
    state, expected = GraphState(), {}
    given_away: list[tuple[object, str]] = []
    for time, (key, number) in enumerate(words, start=1):
        builder = TransactionBuilder()
        edit = builder.edit(Place("v", "x"), MAP, MapEdit)
        if number < 0:
            edit.remove([key])
            expected.pop(key, None)
        else:
            edit.put({key: number})
            expected[key] = number
        state.changes = [] if is_listening else None
        before = state.vertices["v"].properties["x"] if time > 1 else None
        state.apply(transaction(builder, time, sequence=time))
        view = state.vertices["v"].properties["x"]
        assert list(view.items()) == sorted(expected.items())
        told = [change for change in state.changes or () if change.key == "x"]
        assert bool(told) == (is_listening and before != view)
        given_away.append((view, repr(view)))
    assert all(repr(view) == was for view, was in given_away)


def test_a_set_is_in_order_and_tells_types_apart():
    mixed = ["b", 2, None, "a", 1.5, True, b"x", Date(1), 1]
    assert repr(seen(SET, (1, 0, "add", mixed), (2, 0, "add", [1.0]))) == repr(
        [Date(1), b"x", "a", "b", True, 1, 1.0, 1.5, 2, None]
    )


def test_a_reset_set_begins_again():
    assert seen(SET, (1, 0, "add", ["a"]), (2, 1, "reset", None), (3, 0, "add", ["b"])) == ["b"]
    assert seen(SET, (1, 0, "add", ["a"]), (2, 1, "reset", None)) is None


def test_a_map_has_the_newest_value_of_each_key():
    assert seen(MAP, (1, 0, "put", {"b": 1, "a": 1}), (2, 1, "put", {"b": [2]}), (3, 0, "remove", ["a"])) == {"b": [2]}
    assert list(seen(MAP, (1, 0, "put", {"b": 1}), (2, 1, "put", {"a": 2}))) == ["a", "b"]  # type: ignore[call-overload]
    assert seen(MAP, (2, 0, "remove", ["a"]), (1, 1, "put", {"a": 1})) == {}


def test_a_reset_map_begins_again():
    assert seen(MAP, (1, 0, "put", {"a": 1, "b": 1}), (2, 1, "reset", None), (3, 0, "put", {"b": 2})) == {"b": 2}


def test_edits_fold_and_are_split():
    edit = SetEdit()
    edit.add(range(3_000))
    edit.discard([1])
    edit.add([1])
    edit.discard([2])
    bodies = list(map(decode_set, edit.bodies()))
    assert [len(body.added) + len(body.removed) for body in bodies] == [MAX_MERGE_ENTRIES] * 11 + [184]
    assert [list(body.removed.values()) for body in bodies] == [[2], *[[]] * 11]
    edit = MapEdit()
    edit.put({f"k{n:04}": n for n in range(1_500)})
    edit.put({"large": "x" * 2_000})
    edit.remove(["k0001", "gone"])
    bodies = list(map(decode_map, edit.bodies()))
    assert [len(body.put) + len(body.removed) for body in bodies] == [*[MAX_MERGE_ENTRIES] * 5, 1, 221]
    assert len(list(SetEdit().bodies())) == len(list(MapEdit().bodies())) == 1


@pytest.mark.parametrize(
    ("kind", "verb", "argument", "message"),
    [
        (SetEdit, "add", [[1]], "holds a list"),
        (SetEdit, "add", [{}], "is a dict"),
        (SetEdit, "add", ["x" * MAX_ELEMENT_BYTES], "An element of a set"),
        (SetEdit, "add", [2**63], "64 bits"),
        (SetEdit, "discard", [float("nan")], "finite"),
        (MapEdit, "put", [1], "must be a dict"),
        (MapEdit, "put", {"": 1}, "empty"),
        (MapEdit, "put", {1: 1}, "must be text"),
        (MapEdit, "put", {"k": {}}, "is a dict"),
        (MapEdit, "put", {"k": "x" * MAX_ENTRY_BYTES}, "k"),
        (MapEdit, "put", {"k" * 257: 1}, "A key of a map"),
        (MapEdit, "remove", [5], "must be text"),
    ],
)
def test_mistakes_are_named_and_change_nothing(kind, verb, argument, message):
    edit = kind()
    before = list(edit.bodies())
    with pytest.raises(InvalidValue, match=message):
        getattr(edit, verb)(argument)
    assert list(edit.bodies()) == before


@pytest.mark.parametrize(("kind", "module"), [(SET, set_module), (MAP, map_module)])
def test_of_a_crowd_readers_see_the_first_and_the_rest_when_there_is_room(monkeypatch, kind, module):
    monkeypatch.setattr(module, "MAX_SHOWN_ENTRIES", 3)
    verb, out = ("add", "discard") if kind == SET else ("put", "remove")

    def argument(names: str) -> object:
        return list(names) if kind == SET else dict.fromkeys(names, 1)

    words = [(1, 0, verb, argument("bd")), (2, 1, verb, argument("ace"))]
    assert list(seen(kind, *words)) == ["a", "b", "c"]  # type: ignore[call-overload]
    assert list(seen(kind, *words, (3, 0, out, ["a", "b"]))) == ["c", "d", "e"]  # type: ignore[call-overload]


def test_too_large_is_an_invalid_value():
    assert issubclass(TooLarge, InvalidValue)
