"""One operation that means much work is done in slices, and ends as if it had been done at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import NOW, WRITERS, RawEdit, build, copy, histories, live_bytes, picture, replay, transaction

from graphvine.codec.bodies import encode_map, encode_set
from graphvine.crdt import adjacency as adjacency_module
from graphvine.crdt import cells as cells_module
from graphvine.crdt import chores as chores_module
from graphvine.crdt import graph as graph_module
from graphvine.crdt import growth as growth_module
from graphvine.crdt.cells import PART
from graphvine.crdt.chores import Chores
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import FEW
from graphvine.crdt.list import ElementIds, ListEdit
from graphvine.crdt.map import MapEdit
from graphvine.crdt.merged import DROP
from graphvine.crdt.ordered import BLOCK
from graphvine.crdt.set import SetEdit
from graphvine.errors import InvalidValue
from graphvine.model.operation import LIST, MAP, SET
from graphvine.model.steps import PART as PART_OF_VALUES
from graphvine.model.transaction import WriterKey
from graphvine.store import replica as replica_module
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

EDGES = 1_200
PROPERTIES = 1_000
UNITS = 50


@pytest.fixture
def small_slices(monkeypatch):
    monkeypatch.setattr(chores_module, "UNITS", UNITS)
    monkeypatch.setattr(replica_module, "SETTLED", UNITS)


class Writer:
    """Writes one transaction after the other; `at` writes one of another moment."""

    def __init__(self) -> None:
        self.time = NOW << 16
        self.sequence = 0

    def make(self, fill, person=None):
        """person: by whom, of some who have not seen what others write."""
        builder = TransactionBuilder()
        fill(builder)
        self.time += 2
        self.sequence += 1
        writer = WRITERS[0] if person is None else WriterKey(bytes([person]) * 32, b"writer..")
        after = None if person is None else 0
        return copy(transaction(builder, self.time, sequence=self.sequence, writer=writer, after=after))


def hub(builder):
    builder.put_vertex("hub", {"name": "hub"})
    for number in range(EDGES):
        builder.put_vertex(f"v{number}")
        builder.put_edge(f"e{number}", "T", *(("hub", f"v{number}") if number % 2 else (f"v{number}", "hub")), {"n": 1})
    builder.put_edge("loop", "T", "hub", "hub")


def registers(replica, kind):
    cell = replica.state.find("v")
    return len(cell.merged["p"].kinds[kind].owners) if cell is not None and cell.merged else 0


def longest(steps, measure):
    """The largest change of a number within one step."""
    most, before = 0, measure()
    for _ in steps:
        now = measure()
        most, before = max(most, abs(now - before)), now
    return max(most, abs(measure() - before))


def test_the_edges_of_a_hub_go_and_come_back_in_slices(small_slices):
    writer, replica = Writer(), Replica(b"s" * 32)
    state = replica.state
    replica.add(writer.make(hub), None, NOW)
    assert len(state.edges) == EDGES + 1
    shown = lambda: len(state.edges)  # noqa: E731
    assert longest(replica.steps(writer.make(lambda builder: builder.delete_vertex("hub")), None, NOW), shown) <= UNITS
    assert shown() == 0
    # Edges that wait for an end which comes last.
    replica = Replica(b"s" * 32)
    state = replica.state
    for put in (
        lambda builder, n: builder.put_vertex(f"w{n}"),
        lambda builder, n: builder.put_edge(f"f{n}", "T", f"w{n}", "late"),
    ):
        replica.add(writer.make(lambda builder, put=put: [put(builder, n) for n in range(EDGES)]), None, NOW)
    assert shown() == 0
    assert longest(replica.steps(writer.make(lambda builder: builder.put_vertex("late")), None, NOW), shown) <= UNITS
    assert shown() == EDGES


def test_what_a_delete_overrules_is_hidden_in_slices(small_slices):
    writer, replica = Writer(), Replica(b"s" * 32)
    replica.add(writer.make(hub), None, NOW)
    (entry,) = replica._entries.values()
    steps = replica.steps(writer.make(lambda builder: builder.delete_vertex("hub")), None, NOW)
    assert longest(steps, lambda: entry.shown) <= UNITS
    assert entry.shown == EDGES
    assert entry.size == sum(map(len, entry.transaction.leaves)) + 300
    assert replica.live_bytes == sum(each.size for each in replica._entries.values())


@pytest.mark.parametrize("kind", [SET, MAP])
@pytest.mark.parametrize("is_contested", [False, True])
def test_a_plain_write_over_a_large_value_lets_go_in_slices(small_slices, kind, is_contested):
    def merge(first, last):
        def fill(builder):
            edit = builder.edit(Place("v", "p"), kind, lambda: RawEdit(kind))
            for start in range(first, last, 250):
                keys = range(start, start + 250)
                is_set = kind == SET
                edit.add(encode_set(list(keys), []) if is_set else encode_map({f"k{key}": key for key in keys}, []))

        return fill

    writer = Writer()
    large, plain = writer.make(merge(0, 5_000)), writer.make(lambda builder: builder.put_vertex("v", {"p": "plain"}))
    newer = writer.make(merge(10_000, 10_250))
    replica = Replica(b"s" * 32)
    assert longest(replica.steps(large, None, NOW), lambda: registers(replica, kind)) <= 500  # two operations
    if is_contested:
        replica.add(newer, None, NOW)
    value = replica.state.vertices["v"].merged["p"].kinds[kind]
    assert longest(replica.steps(plain, None, NOW), lambda: len(value.owners)) <= max(UNITS, DROP)
    shown = replica.state.vertices["v"].properties["p"]
    assert len(shown) == 250 if is_contested else shown == "plain"
    assert picture(replica.state) == picture(replay([large, plain, *[newer] * is_contested]).state)


def put_many(start, value=1):
    """Write many properties of one vertex."""
    return lambda builder: builder.put_vertex("v", {f"p{n}": value for n in range(start, start + PROPERTIES)})


def test_the_properties_of_a_vertex_or_an_edge_go_in_slices(small_slices):
    writer, replica = Writer(), Replica(b"s" * 32)
    for start in range(0, 3 * PROPERTIES, PROPERTIES):
        replica.add(writer.make(put_many(start)), None, NOW)

    def ends(builder):
        builder.put_vertex("w")
        builder.put_edge("e", "T", "v", "w", {f"q{n}": n for n in range(PROPERTIES)})

    replica.add(writer.make(ends), None, NOW)
    replica.add(writer.make(lambda builder: builder.put_edge("e", "T", "v", "w", {"q0": 1})), None, NOW)
    vertex, edge = replica.state.vertices["v"], replica.state.edges["e"]
    assert (len(vertex.properties), len(edge.properties)) == (3 * PROPERTIES, PROPERTIES)
    left = lambda: len(vertex.properties) + len(edge.properties)  # noqa: E731
    steps = replica.steps(writer.make(lambda builder: builder.delete_vertex("v")), None, NOW)
    assert longest(steps, left) <= UNITS + PART
    assert left() == 0
    assert replica.transaction_count == 2  # of the edge's other end, and the delete


def test_an_operation_with_many_properties_changes_them_in_slices(small_slices):
    writer, replica = Writer(), Replica(b"s" * 32)
    replica.add(writer.make(put_many(0, "plain")), None, NOW)
    vertex = replica.state.vertices["v"]
    changed = lambda: list(vertex.properties.values()).count("new")  # noqa: E731
    assert longest(replica.steps(writer.make(put_many(0, "new")), None, NOW), changed) <= UNITS + FEW
    # What several people write at the same time takes longer to decide.
    for person in range(3, 9):
        changed = lambda person=person: list(vertex.properties.values()).count(person)  # noqa: E731
        most = longest(replica.steps(writer.make(put_many(0, person), person), None, NOW), changed)
    assert len(vertex.rivals) == PROPERTIES
    assert changed() == PROPERTIES
    assert most == FEW
    left = lambda: len(vertex.properties) + len(vertex.rivals or ())  # noqa: E731
    steps = replica.steps(writer.make(lambda builder: builder.delete_vertex("v")), None, NOW)
    assert longest(steps, left) <= UNITS + PART
    assert left() == 0


def test_a_contested_property_counts_for_the_writes_that_are_kept_of_it(small_slices):
    """Many operations of few properties each, that dozens of people write at the same time: few of them in a slice."""
    writer, replica = Writer(), Replica(b"s" * 32)
    vertices = replica.state.vertices
    for person in range(3, 12):

        def crowd(builder, person=person):
            for vertex in range(40):
                builder.put_vertex(f"v{vertex}", {"p": person})

        steps = replica.steps(writer.make(crowd, person), None, NOW)
        most = longest(steps, lambda person=person: sum(v.properties["p"] == person for v in vertices.values()))
    assert len(vertices["v0"].rivals["p"].kept) == 8
    assert most <= UNITS // 10


def test_chores_end_before_others_begin():
    chores, done = Chores(), []

    def work(name, count):
        for number in range(count):
            done.append((name, number))
            yield 100

    chores.add(work("a", 12))
    chores.add(work("b", 3))
    assert chores.is_due
    assert len(list(chores.do())) == 15 * 100 // chores_module.UNITS
    assert done == [("a", number) for number in range(12)] + [("b", number) for number in range(3)]
    assert not chores.is_due


@given(histories, st.randoms(use_true_random=False), st.integers(1, 3))
def test_however_small_the_slices_the_end_is_the_same(history, dice, units):
    transactions = build(history)
    dice.shuffle(transactions)
    whole = replay(transactions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chores_module, "UNITS", units)
        patch.setattr(replica_module, "SETTLED", units)
        patch.setattr(cells_module, "PART", units)
        patch.setattr(graph_module, "FEW", units)
        patch.setattr(graph_module, "SLICE", units)
        patch.setattr(adjacency_module, "PART", units)
        patch.setattr(growth_module, "LARGE", 0)
        dice.shuffle(transactions)
        sliced = replay(transactions)
    assert picture(sliced.state) == picture(whole.state)
    assert sliced.digest() == whole.digest()
    assert live_bytes(sliced) == live_bytes(whole)


def full(kind, count):
    """A replica with a value of `count` entries, and who wrote it."""
    writer, replica = Writer(), Replica(b"s" * 32)

    def fill(builder):
        if kind == LIST:
            builder.edit(Place("v", "p"), LIST, lambda: ListEdit(None, ElementIds(b"tagg"))).append(range(count))
        elif kind == MAP:
            builder.edit(Place("v", "p"), MAP, MapEdit).put({f"k{key}": key for key in range(count)})
        else:
            builder.edit(Place("v", "p"), SET, SetEdit).add(range(count))

    replica.add(writer.make(fill), None, NOW)
    return writer, replica


@pytest.mark.parametrize("kind", [SET, MAP, LIST])
def test_what_a_value_holds_is_let_go_of_in_parts(monkeypatch, kind):
    """Freed at once, the tables of a large value take as long as all that was done in slices."""
    monkeypatch.setattr(chores_module, "FREED", 100)
    monkeypatch.setattr(chores_module, "UNITS", 1)
    writer, replica = full(kind, 8_000)
    merged = replica.state.vertices["v"].merged["p"].kinds[kind]
    ordered = {SET: "_elements", MAP: "_entries", LIST: "order"}[kind]
    tables = {SET: ["_orders"], MAP: [], LIST: ["_places", "_positions", "_values"]}[kind]
    held = lambda: len(getattr(merged, ordered)) + sum(len(getattr(merged, name)) for name in tables)  # noqa: E731
    assert held() == 8_000 * (1 + len(tables))
    steps = replica.steps(writer.make(lambda builder: builder.put_vertex("v", {"p": 1})), None, NOW)
    assert longest(steps, held) <= BLOCK
    assert held() == 0
    assert replica.state.vertices["v"].properties == {"p": 1}


def test_a_large_map_is_shown_in_parts():
    _, replica = full(MAP, 10_000)
    merged = replica.state.vertices["v"].merged["p"].kinds[MAP]
    assert len(list(merged.prepare())) == 0, "what was shown is still true"
    merged._shown = None
    steps = merged.prepare()
    made = 0
    for _ in steps:
        shown = steps.gi_frame.f_locals["shown"]
        assert len(shown) - made <= BLOCK
        made = len(shown)
    assert made == 10_000
    assert merged.view() == replica.state.vertices["v"].properties["p"]


def test_what_many_transactions_lose_is_hidden_in_slices(small_slices):
    """A delete overrules an operation of each: they are dealt with one after the other, and each is told of once."""
    writer, replica = Writer(), Replica(b"s" * 32)
    for number in range(300):
        put = {"n": number, "m": number}
        replica.add(writer.make(lambda builder, put=put: builder.put_edge("e", "T", "a", "b", put)), None, NOW)
        replica.add(writer.make(lambda builder, n=number: builder.put_vertex("v", {f"p{n}": n})), None, NOW)
    steps = replica.steps(writer.make(lambda builder: builder.delete_vertex("v")), None, NOW)
    assert longest(steps, lambda: replica.transaction_count) <= UNITS
    assert not replica.state.dirty
    assert replica.transaction_count == 2


def test_a_transaction_puts_off_what_is_about_many_values():
    """The verb checks and returns; names, ids and positions are made in steps when the transaction is finished."""
    many = 20_000
    builder = TransactionBuilder()
    edits = {
        SET: builder.edit(Place("v", "s"), SET, SetEdit),
        LIST: builder.edit(Place("v", "l"), LIST, lambda: ListEdit(None, ElementIds(b"tagg"))),
    }
    edits[SET].add([f"é{n}" for n in range(many)])
    edits[LIST].append(range(many))
    edits[LIST].replace(-1, "last")
    edits[LIST].delete(0, 5_000)
    edits[LIST].insert(1, ["new"])
    done = lambda: len(edits[SET]._words) + len(edits[LIST]._new) + len(edits[LIST]._deleted)  # noqa: E731
    assert done() == 0
    with pytest.raises(InvalidValue, match="no index 15001"):
        edits[LIST].replace(15_001, 1)
    steps = builder.finish_steps()
    assert longest(steps, done) <= PART_OF_VALUES
    assert done() == many + many - 5_000 + 1
    assert edits[LIST].elements[:3] == [5_000, "new", 5_001]
    assert edits[LIST].elements[-1] == "last"
    assert len(edits[SET].words) == many


def test_who_looks_at_a_value_in_a_transaction_sees_what_was_put_off():
    edit, values = ListEdit(None, ElementIds(b"tagg")), list(range(5_000))
    edit.append(values)
    edit.move(0, 4_999)
    assert edit.waits
    assert edit.elements == values[1:] + [0]
    assert not edit.waits
    settling, words = SetEdit(), [f"w{n}" for n in range(5_000)]
    settling.add(words)
    settling.discard(["w0"])
    steps = settling.settle()
    next(steps)
    assert len(settling.words) == 5_000, "whoever looks meanwhile does the rest"
    assert list(steps) == []
    assert settling.words[b"\xa2w0"] == ("w0", False)
