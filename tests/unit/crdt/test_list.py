"""Lists: what one writer sees is what a Python list does; what two do at once neither doubles nor mixes."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import WRITERS, RawEdit, copy, transaction

from graphvine.codec.bodies import ListBody, Moved, Replaced, Run, decode_list, encode_list
from graphvine.crdt import edits as edits_module
from graphvine.crdt import list as list_module
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.list import ElementIds, ListEdit, MergedList
from graphvine.crdt.merged import value_of
from graphvine.errors import InvalidValue, TooLarge
from graphvine.model import positions
from graphvine.model import steps as steps_module
from graphvine.model.operation import LIST
from graphvine.model.transaction import VerifiedTransaction
from graphvine.store.builder import TransactionBuilder

PLACE = Place("v", "l")


def merged(state: GraphState) -> MergedList | None:
    value = value_of(state.cell_at("v"), "l", LIST)
    assert value is None or isinstance(value, MergedList)
    return value


class Writer:
    """Somebody with a copy of the graph, who edits its list."""

    def __init__(self, number: int = 0) -> None:
        self.state = GraphState()
        self.ids = ElementIds(bytes([number + 1]) * 4)
        self.time = 0
        self._key = WRITERS[number]

    def edit(self, *verbs: tuple) -> VerifiedTransaction:
        builder = TransactionBuilder()
        edit = builder.edit(PLACE, LIST, lambda: ListEdit(merged(self.state), self.ids))
        for verb, *arguments in verbs:
            getattr(edit, verb)(*arguments)
        self.time += 1
        made = transaction(builder, self.time, sequence=self.time, writer=self._key)
        self.hear(made)
        return made

    def hear(self, *made: VerifiedTransaction) -> None:
        for each in made:
            self.state.apply(copy(each))
            self.time = max(self.time, each.header.time)

    @property
    def value(self) -> list:
        return self.state.vertices["v"].properties["l"]


def everywhere(*made: VerifiedTransaction) -> list:
    """The list that these make, which must be one and the same in every order."""
    seen = []
    for order in permutations(made):
        writer = Writer()
        writer.hear(*order)
        seen.append(writer.value)
    assert all(value == seen[0] for value in seen)
    return seen[0]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99), st.integers(0, 99)), max_size=4), max_size=8),
    st.sampled_from([1, 2, 2_000]),
)
def test_one_writer_has_a_python_list(batches: list, part: int):
    """However little is put off, and the verbs behind it with it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (steps_module, edits_module, list_module):
            patch.setattr(module, "PART", part)
        edit_like_a_python_list(batches)


def edit_like_a_python_list(batches: list) -> None:
    writer, model, fresh = Writer(), [], iter(range(1_000))
    for batch in batches:
        verbs: list[tuple] = [("insert", 0, [])]  # says at least that the list is there
        for kind, one, other in batch:
            if kind == 0 or not model:
                place, new = one % (len(model) + 1), [next(fresh) for _ in range(1 + other % 3)]
                verbs.append(("insert", place, new))
                model[place:place] = new
            elif kind == 1:
                model[one % len(model)] = new = next(fresh)
                verbs.append(("replace", one % len(model), new))
            elif kind == 2:
                place = one % len(model)
                count = 1 + other % (len(model) - place)
                verbs.append(("delete", place, count))
                del model[place : place + count]
            else:
                place, to = one % len(model), other % len(model)
                verbs.append(("move", place, to))
                model.insert(to, model.pop(place))
        writer.edit(*verbs)
        assert writer.value == model


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_two_writers_end_with_one_list_that_has_each_element_once(seed: int):
    dice, made = random.Random(seed), []
    anna, bob = Writer(0), Writer(1)
    shared = anna.edit(("insert", 0, list(range(5))))
    bob.hear(shared)
    made.append(shared)
    for number in range(6):
        who = dice.choice([anna, bob])
        length = len(who.value)
        verb = dice.choice(["insert", "move", "delete", "replace"]) if length else "insert"
        if verb == "insert":
            made.append(who.edit(("insert", dice.randint(0, length), [f"{id(who)}-{number}-{n}" for n in range(2)])))
        elif verb == "move":
            made.append(who.edit(("move", dice.randrange(length), dice.randrange(length))))
        elif verb == "delete":
            made.append(who.edit(("delete", dice.randrange(length))))
        else:
            made.append(who.edit(("replace", dice.randrange(length), f"r{number}")))
    orders = [made, made[::-1], dice.sample(made, len(made))]
    values = []
    for order in orders:
        reader = Writer()
        reader.hear(*order)
        values.append(reader.value)
        keys = merged(reader.state).order.keys()  # type: ignore[union-attr]
        assert keys == sorted(keys)
        ids = [id_ for _, id_ in keys]
        assert len(ids) == len(set(ids))
    assert values[0] == values[1] == values[2]


def test_who_moves_one_element_at_once_moves_it_once():
    anna, bob = Writer(0), Writer(1)
    first = anna.edit(("insert", 0, ["x", "a", "b", "c"]))
    bob.hear(first)
    one, other = anna.edit(("move", 0, 1)), bob.edit(("move", 0, 3))
    assert everywhere(first, one, other) == ["a", "b", "c", "x"]  # same time: the larger author


def test_deleting_wins_over_moving_and_replacing():
    anna, bob = Writer(0), Writer(1)
    first = anna.edit(("insert", 0, ["x", "y"]))
    bob.hear(first)
    gone, moved = anna.edit(("delete", 0)), bob.edit(("move", 0, 1), ("replace", 1, "z"))
    assert everywhere(first, gone, moved) == ["y"]


def test_what_two_type_at_one_place_does_not_mix():
    anna, bob = Writer(0), Writer(1)
    first = anna.edit(("insert", 0, ["<", ">"]))
    bob.hear(first)
    made = [anna.edit(("insert", 1 + at, [f"a{at}"])) for at in range(2)]
    made += [bob.edit(("insert", 1, [f"b{at}"])) for at in range(2)]  # backwards
    assert everywhere(first, *made) in (
        ["<", "a0", "a1", "b1", "b0", ">"],
        ["<", "b1", "b0", "a0", "a1", ">"],
    )


def test_a_run_is_one_entry_and_large_inserts_are_split():
    writer = Writer()
    edit = ListEdit(None, writer.ids)
    edit.insert(0, range(2_500))
    bodies = list(map(decode_list, edit.bodies()))
    assert [len(body.runs) for body in bodies] == [1] * 10
    assert [element for body in bodies for run in body.runs for element in run.elements] == list(range(2_500))
    assert len(next(iter(edit.bodies()))) < 900
    writer.edit(("insert", 0, range(2_500)), ("insert", 2_500, ["end"]))
    assert writer.value == [*range(2_500), "end"]


def test_a_list_without_room_is_spread_out(monkeypatch):
    monkeypatch.setattr(positions, "MAX_POSITION_BYTES", 2 * positions.LEVEL_BYTES)
    anna, bob = Writer(0), Writer(1)
    model: list = []
    for number in range(150):
        who, other = (anna, bob) if number % 2 else (bob, anna)
        place = len(model) // 2
        other.hear(who.edit(("insert", place, [number])))
        model.insert(place, number)
        assert who.value == other.value == model
    assert max(len(position) for position, _ in merged(anna.state).order.keys()) <= 24  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("verb", "message"),
    [
        (("insert", 3, ["x"]), "no index 3 in this list: it has 2 elements"),
        (("insert", 0, [[1]]), "holds a list"),
        (("insert", 0, [{}]), "is a dict"),
        (("insert", "0", [1]), "must be an integer, not '0'"),
        (("replace", 2, "x"), "no index 2"),
        (("replace", 0, [1]), "holds a list"),
        (("delete", 1, 2), "no index 2"),
        (("delete", 0, 0), "must be 1 or more"),
        (("move", 0, 2), "no index 2"),
        (("move", True, 0), "must be an integer"),
        (("replace", 0, "x" * 70_000), "limit"),
    ],
)
def test_mistakes_are_named_and_change_nothing(verb: tuple, message: str):
    edit = ListEdit(None, ElementIds(b"tag!"))
    edit.insert(0, ["a", "b"])
    before = (list(edit.elements), list(edit.places), list(edit.bodies()))
    with pytest.raises(InvalidValue, match=message):
        getattr(edit, verb[0])(*verb[1:])
    assert (edit.elements, edit.places, list(edit.bodies())) == before
    empty = ListEdit(None, ElementIds(b"tag!"))
    with pytest.raises(InvalidValue):
        empty.delete(0)
    assert empty.bodies() == []


def test_an_index_may_count_from_the_end():
    edit = ListEdit(None, ElementIds(b"tag!"))
    edit.insert(0, ["a", "b", "c"])
    edit.replace(-1, "C")
    edit.move(-1, 0)
    edit.delete(-1)
    assert edit.elements == ["C", "a"]


def test_our_own_writers_stop_where_readers_stop_seeing(monkeypatch):
    monkeypatch.setattr(list_module, "MAX_SHOWN_ENTRIES", 3)
    edit = ListEdit(None, ElementIds(b"tag!"))
    edit.insert(0, [1, 2, 3])
    with pytest.raises(TooLarge, match="A list"):
        edit.insert(0, [4])
    assert edit.elements == [1, 2, 3]


def raw(time: int, *bodies: ListBody, author: int = 0) -> VerifiedTransaction:
    builder = TransactionBuilder()
    edit = builder.edit(PLACE, LIST, lambda: RawEdit(LIST))
    for body in bodies:
        edit.add(encode_list(body))
    return transaction(builder, time, sequence=time, writer=WRITERS[author])


AT = bytes(4) + b"tag!" + bytes(4)


def test_elements_that_were_never_inserted_are_not_seen_until_they_are():
    moved = raw(2, ListBody([], [Replaced(7, "new")], [Moved(7, AT)], []))
    assert everywhere(moved) == ["new"]  # a value and a position are all an element is
    only = raw(2, ListBody([], [], [Moved(8, AT)], []))
    assert everywhere(only) == []
    assert everywhere(only, raw(1, ListBody([Run(8, AT, ["late"])], [], [], []))) == ["late"]


def test_a_stranger_can_claim_an_id_but_double_nothing():
    first = raw(1, ListBody([Run(1, AT, ["mine"])], [], [], []))
    again = raw(2, ListBody([Run(1, AT, ["theirs"]), Run(1, AT, ["ignored"])], [], [], []), author=1)
    assert everywhere(first, again) == ["theirs"]


def test_equal_positions_are_ordered_by_id():
    one = raw(1, ListBody([Run(2, AT, ["two"])], [], [], []))
    other = raw(2, ListBody([Run(1, AT, ["one"])], [], [], []), author=1)
    assert everywhere(one, other) == ["one", "two"]
    writer = Writer()
    writer.hear(one, other)
    writer.edit(("insert", 1, ["between"]))
    assert sorted(writer.value) == ["between", "one", "two"]


def test_a_barrier_drops_what_it_must_and_keeps_moves_of_nothing_unseen():
    writer = Writer()
    first = writer.edit(("insert", 0, ["a", "b"]))
    barrier = TransactionBuilder()
    barrier.put_vertex("v", removed=["l"])
    moved = raw(9, ListBody([], [], [Moved(merged(writer.state).order.keys()[0][1], AT)], []))  # type: ignore[union-attr]
    assert everywhere(first, transaction(barrier, 5, sequence=5), moved) == []


VERBS = st.lists(
    st.tuples(st.sampled_from(["append", "insert", "replace", "delete", "move"]), st.integers(0, 9), st.integers(0, 9)),
    max_size=8,
)


def do(target: ListEdit | list, verb: str, at: int, to: int, size: int, element: object) -> None:
    """One verb, with indexes that are there; on an edit or on a plain list."""
    is_edit = isinstance(target, ListEdit)
    if verb == "append" or not size:
        target.append([element]) if is_edit else target.append(element)
    elif verb == "insert":
        target.insert(at % (size + 1), [element] if is_edit else element)
    elif verb == "replace":
        target.replace(at % size, element) if is_edit else target.__setitem__(at % size, element)
    elif verb == "delete":
        target.delete(at % size) if is_edit else target.pop(at % size)
    elif is_edit:
        target.move(at % size, to % size)
    else:
        target.insert(to % size, target.pop(at % size))


@given(VERBS, VERBS, st.integers(1, 4))
def test_one_edit_and_several_at_once_do_what_they_do_to_a_plain_list(first, second, group):
    """The first verb of a transaction looks up its places in the list itself, the others work on a copy."""
    writer, expected, number = Writer(), [], 0
    for verbs in (first, second):
        for start in range(0, len(verbs), group):
            builder = TransactionBuilder()
            edit = builder.edit(PLACE, LIST, lambda: ListEdit(merged(writer.state), writer.ids))
            for verb, at, to in verbs[start : start + group]:
                number += 1
                do(edit, verb, at, to, len(expected), number)
                do(expected, verb, at, to, len(expected), number)
            if number % 2:
                assert edit.elements == expected
            writer.time += 1
            writer.hear(transaction(builder, writer.time, sequence=writer.time))
            assert writer.value == expected


def test_a_transaction_that_goes_on_after_others_wrote_keeps_its_own_edits():
    """What others deleted meanwhile stays deleted, what they moved stays where they moved it."""
    writer, other = Writer(0), Writer(1)
    other.hear(writer.edit(("insert", 0, ["a", "b", "c", "d"])))
    edit = ListEdit(merged(writer.state), writer.ids)
    edit.move(0, 3)
    writer.hear(other.edit(("delete", 1)), other.edit(("append", ["e"])))
    assert edit.elements == ["c", "d", "a", "e"]
    edit.delete(0)
    assert edit.elements == ["d", "a", "e"]
    gone = ListEdit(merged(writer.state), writer.ids)
    gone.replace(0, "A")
    writer.hear(other.edit(("delete", 0)))
    assert "A" not in gone.elements
