"""What it accepts every peer accepts, what it refuses changes nothing, twice said is once said."""

from __future__ import annotations

import enum
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import any_name, any_value, picture, transaction

from graphvine.codec.operations import decode_operation
from graphvine.crdt.edits import Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.list import ElementIds, ListEdit
from graphvine.crdt.map import MapEdit
from graphvine.crdt.set import SetEdit
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_LABELS, MAX_OPERATIONS, MAX_PROPERTIES, MAX_VALUE_BYTES
from graphvine.model.operation import OWN_OPERATION_BYTES, SET, DeleteEdge, DeleteVertex, PutEdge, PutVertex
from graphvine.model.temporal import Date
from graphvine.store import builder as builder_module
from graphvine.store.builder import TransactionBuilder

ids = st.sampled_from(["a", "b"])
few_names = st.lists(any_name, max_size=2)
calls = st.one_of(
    st.tuples(
        st.just("put_vertex"), ids, st.dictionaries(any_name, any_value, max_size=3), few_names, few_names, few_names
    ),
    st.tuples(st.just("put_edge"), ids, ids, ids, st.dictionaries(any_name, any_value, max_size=3), few_names),
    st.tuples(st.just("delete_vertex"), ids),
    st.tuples(st.just("delete_edge"), ids),
)


def do(builder: TransactionBuilder, call: tuple) -> None:
    kind, *arguments = call
    if kind == "put_vertex":
        id_, properties, labels, removed, unlabelled = arguments
        builder.put_vertex(id_, properties, labels, removed=removed, unlabelled=unlabelled)
    elif kind == "put_edge":
        id_, source, target, properties, removed = arguments
        with suppress(InvalidValue):
            builder.put_edge(id_, "T", source, target, properties, removed=removed)
    else:
        getattr(builder, kind)(*arguments)


@given(st.lists(calls, max_size=8))
def test_others_accept_what_we_accept(calls):
    builder = TransactionBuilder()
    for call in calls:
        do(builder, call)
    finished = builder.finish()
    assert [decode_operation(leaf) for leaf in finished.leaves] == finished.operations
    assert finished.size >= sum(map(len, finished.leaves))


@given(st.lists(calls, min_size=1, max_size=6))
def test_folding_is_doing_one_after_the_other(calls):
    """One transaction that says it all equals one transaction per call, as far as readers can tell."""
    folded, stepwise = GraphState(), GraphState()
    builder = TransactionBuilder()
    for call in calls:
        do(builder, call)
    if builder.finish().leaves:
        folded.apply(transaction(builder, 1))
    known: dict[str, tuple] = {}
    for time, call in enumerate(calls, start=1):
        step = TransactionBuilder()
        if call[0] == "put_edge" and known.setdefault(call[1], call[2:4]) != call[2:4]:
            continue  # refused above: one id, two edges in one transaction
        if call[0] == "delete_edge":
            known.pop(call[1], None)
        if call[0] == "delete_vertex":
            known = {id_: ends for id_, ends in known.items() if call[1] not in ends}
        do(step, call)
        stepwise.apply(transaction(step, time, sequence=time))
    assert picture(folded) == picture(stepwise)


def test_order_is_deletes_then_vertices_then_edges():
    builder = TransactionBuilder()
    builder.put_edge("e", "T", "a", "b")
    builder.put_vertex("a")
    builder.delete_edge("f")
    builder.delete_vertex("c")
    assert [type(each) for each in builder.operations()] == [DeleteEdge, DeleteVertex, PutVertex, PutEdge]
    assert len(builder) == 4


def test_puts_of_one_vertex_are_one_operation():
    builder = TransactionBuilder()
    builder.put_vertex("v", {"a": 1, "b": 1}, ["A"])
    builder.put_vertex("v", {"b": 2, "c": 3}, ["B"], removed=["a"], unlabelled=["A"])
    builder.put_vertex("v", {"a": 4}, ["A"])
    assert builder.operations() == [PutVertex("v", ["B", "A"], {"b": 2, "c": 3, "a": 4}, [], [])]


def test_what_is_put_and_removed_at_once_stays():
    builder = TransactionBuilder()
    builder.put_vertex("v", {"a": 1}, removed=["a", "b"])
    assert builder.operations() == [PutVertex("v", [], {"a": 1}, ["b"], [])]
    builder.put_vertex("v", {"b": 1}, removed=["b"])
    assert builder.operations() == [PutVertex("v", [], {"a": 1, "b": 1}, [], [])]


def test_a_delete_forgets_what_was_put_before_and_edges_with_it():
    builder = TransactionBuilder()
    builder.put_vertex("a", {"x": 1})
    builder.put_edge("e", "T", "a", "b")
    builder.put_edge("f", "T", "b", "a")
    builder.put_edge("g", "T", "b", "b")
    builder.delete_vertex("a")
    assert builder.operations() == [DeleteVertex("a"), PutEdge("g", "T", "b", "b")]
    assert builder.pending_vertex("a") is None
    assert builder.pending_edge("g") is not None
    assert builder.deletes_vertex("a")
    assert not builder.deletes_vertex("b")
    builder.delete_edge("g")
    assert builder.deletes_edge("g")
    assert builder.pending_edge("g") is None


def test_one_id_is_one_edge():
    builder = TransactionBuilder()
    builder.put_edge("e", "T", "a", "b")
    for other in (("U", "a", "b"), ("T", "b", "b"), ("T", "a", "a")):
        with pytest.raises(InvalidValue, match="Edge 'e' is already another edge in this transaction"):
            builder.put_edge("e", *other)
    builder.delete_edge("e")
    builder.put_edge("e", "U", "b", "a")


@pytest.mark.parametrize("size", [OWN_OPERATION_BYTES, OWN_OPERATION_BYTES + 1])
def test_large_values_travel_alone(size):
    large = "x" * size
    builder = TransactionBuilder()
    builder.put_vertex("v", {"a": 1, "big": large, "raw": large.encode()}, ["L"], removed=["r"], unlabelled=["U"])
    builder.put_edge("e", "T", "a", "b", {"a": 1, "big": [0] * size}, removed=["r"])
    if size == OWN_OPERATION_BYTES:
        assert len(builder.operations()) == 2
        return
    assert builder.operations() == [
        PutVertex("v", ["L"], {"a": 1}, ["r"], ["U"]),
        PutVertex("v", [], {"big": large}),
        PutVertex("v", [], {"raw": large.encode()}),
        PutEdge("e", "T", "a", "b", {"a": 1}, ["r"]),
        PutEdge("e", "T", "a", "b", {"big": [0] * size}),
    ]


def test_a_single_large_value_needs_no_split():
    builder = TransactionBuilder()
    builder.put_vertex("v", {"big": "x" * 5000}, ["L"])
    assert len(builder.operations()) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda b: b.put_vertex(""), "A vertex id is empty"),
        (lambda b: b.put_vertex("v", [1]), "Properties of v must be a dict"),
        (lambda b: b.put_vertex("v", {"x": {}}), "v.x is a dict"),
        (lambda b: b.put_vertex("v", {}, "Person"), "Labels of v must be a list of text"),
        (lambda b: b.put_vertex("v", unlabelled=[5]), "A label of v must be text"),
        (lambda b: b.put_vertex("v", removed="name"), "Names to remove from v must be a list of text"),
        (lambda b: b.put_vertex("v", removed=5), "Names to remove from v must be a list of text"),
        (lambda b: b.put_vertex("v", removed=[5]), "A property name of v must be text"),
        (lambda b: b.put_vertex("v", removed=[f"p{n}" for n in range(MAX_PROPERTIES + 1)]), "properties to remove"),
        (lambda b: b.put_edge("", "T", "a", "b"), "An edge id is empty"),
        (lambda b: b.put_edge("e", "", "a", "b"), "An edge type is empty"),
        (lambda b: b.put_edge("e", "T", "", "b"), "A source id is empty"),
        (lambda b: b.put_edge("e", "T", "a", None), "A target id must be text"),
        (lambda b: b.put_edge("e", "T", "a", "b", {"x": float("nan")}), "e.x is nan"),
        (lambda b: b.delete_vertex(b"v"), "A vertex id must be text"),
        (lambda b: b.delete_edge(None), "An edge id must be text"),
    ],
)
def test_a_mistake_names_its_place_and_changes_nothing(call, message):
    builder = TransactionBuilder()
    builder.put_vertex("v", {"kept": 1}, ["L"])
    before = builder.finish().leaves
    with pytest.raises(InvalidValue, match=message):
        call(builder)
    assert builder.finish().leaves == before


def test_folding_over_a_limit_changes_nothing():
    builder = TransactionBuilder()
    builder.put_vertex("v", {f"p{n}": n for n in range(MAX_PROPERTIES)}, [f"L{n}" for n in range(MAX_LABELS)])
    before = builder.finish().leaves
    for call in (
        lambda: builder.put_vertex("v", {"one more": 1}),
        lambda: builder.put_vertex("v", {}, ["one more"]),
        lambda: builder.put_vertex("v", unlabelled=[f"M{n}" for n in range(MAX_LABELS)] + ["N"]),
    ):
        with pytest.raises(TooLarge):
            call()
        assert builder.finish().leaves == before
    builder.put_vertex("v", {"one more": 1}, removed=["p0"])
    assert len(builder.pending_vertex("v").properties) == MAX_PROPERTIES


def test_removals_over_a_limit():
    builder = TransactionBuilder()
    builder.put_vertex("v", removed=[f"p{n}" for n in range(MAX_PROPERTIES)])
    with pytest.raises(TooLarge):
        builder.put_vertex("v", removed=["one more"])


def test_a_list_that_others_would_refuse_is_refused_here():
    builder = TransactionBuilder()
    builder.put_vertex("v", {"parts": ["x" * (MAX_VALUE_BYTES // 2)] * 3})
    with pytest.raises(TooLarge, match="What is written about v at once has 6,"):
        builder.finish()


def test_a_transaction_has_limits(monkeypatch):
    monkeypatch.setattr(builder_module, "MAX_OPERATIONS", 3)
    monkeypatch.setattr(builder_module, "MAX_LEAF_BYTES", 10_000)
    builder = TransactionBuilder()
    builder.put_vertex("a", {"x": "y" * 4000, "z": "y" * 4000})
    builder.put_vertex("b")
    builder.put_vertex("c")
    for call in (builder.put_vertex, builder.delete_vertex, builder.delete_edge):
        with pytest.raises(TooLarge, match="A transaction has 4 operations; the limit is 3"):
            call("d")
    with pytest.raises(TooLarge, match="A transaction has 5 operations"):  # large values count, too
        builder.finish()
    builder = TransactionBuilder()
    builder.put_vertex("a", {"x": "y" * 9_999})
    with pytest.raises(TooLarge, match="A transaction has 10,"):
        builder.finish()
    assert MAX_OPERATIONS == 100_000


def test_ids_and_names_of_a_text_subclass():
    class Id(str, enum.Enum):  # noqa: UP042
        A = "a"

    builder = TransactionBuilder()
    builder.put_vertex(Id.A, {Id.A: Id.A}, [Id.A], removed=[Id.A], unlabelled=[])
    builder.put_edge(Id.A, Id.A, Id.A, Id.A)
    builder.delete_vertex(Id.A)
    builder.delete_edge(Id.A)
    builder.put_vertex(Id.A, {Id.A: Id.A}, [Id.A])
    builder.put_edge(Id.A, Id.A, Id.A, Id.A)
    assert [decode_operation(leaf).id for leaf in builder.finish().leaves] == ["a"] * 4


def test_many_lists_of_one_vertex_are_operations_that_others_take() -> None:
    builder = TransactionBuilder()
    builder.put_vertex("v", {f"l{n}": [n] * 1_000 for n in range(200)})
    operations, leaves = builder.finish()[:2]
    assert [decode_operation(leaf) for leaf in leaves] == operations
    assert len({name for operation in operations for name in operation.properties}) == 200
    with pytest.raises(TooLarge, match="elements"):
        builder.put_vertex("v", {"dates": [Date(1)] * 3_000})


def test_a_large_transaction_is_finished_in_slices() -> None:
    builder = TransactionBuilder()
    for number in range(3 * builder_module.SLICE):
        builder.delete_edge(f"e{number}")
    assert sum(1 for _ in builder.finish_steps()) == 3
    assert [operation.id for operation in builder.finish().operations[:2]] == ["e0", "e1"]


@pytest.mark.parametrize("kind", ["set", "map", "list"])
def test_a_large_edit_is_encoded_in_slices(kind, monkeypatch) -> None:
    monkeypatch.setattr(builder_module, "SLICE", 100)
    builder, numbers = TransactionBuilder(), range(5_000)
    made = {"set": SetEdit, "map": MapEdit, "list": lambda: ListEdit(None, ElementIds(b"tag."))}[kind]()
    edit = builder.edit(Place("v", "p"), made.kind, lambda: made)
    if kind == "set":
        edit.add(numbers)
    elif kind == "map":
        edit.put({f"k{number}": number for number in numbers})
    else:
        edit.append(numbers)
    encoded = []
    monkeypatch.setattr(builder_module, "encode_operation", lambda each: encoded.append(each) or b"leaf")
    most, before = 0, 0
    for _ in builder.finish_steps():
        most, before = max(most, len(encoded) - before), len(encoded)
    assert len(encoded) == -(-5_000 // 256)
    assert most <= 2  # of 256 entries each


def test_a_large_transaction_looks_only_at_what_is_about_the_same_entity(monkeypatch):
    looked_at = []
    inner = TransactionBuilder._take_back

    def take_back(self, where, is_gone):
        inner(self, where, lambda place: bool(looked_at.append(place)) or is_gone(place))

    monkeypatch.setattr(TransactionBuilder, "_take_back", take_back)
    builder, count = TransactionBuilder(), 200
    for number in range(count):
        builder.put_vertex(f"v{number}", {"age": 1})
        builder.put_edge(f"e{number}", "T", f"v{number}", "hub")
        ends = Ends("T", f"v{number}", "hub")
        for place in (Place(f"v{number}", "n"), Place(f"v{number}", "m"), Place(f"e{number}", "n", ends)):
            builder.edit(place, SET, SetEdit).add([number])
    for number in range(count):
        builder.put_vertex(f"v{number}", {"n": 1})
        builder.delete_edge(f"e{number}")
    assert len(looked_at) <= 5 * count
    assert [builder.pending_edit(Place("v1", name), SET) is None for name in "nm"] == [True, False]
    assert builder.pending_edit(Place("e1", "n", Ends("T", "v1", "hub")), SET) is None


def test_a_deleted_vertex_takes_its_edges_along_and_no_others():
    builder = TransactionBuilder()
    builder.put_edge("e", "T", "a", "b")
    builder.delete_edge("e")
    builder.put_edge("e", "T", "c", "d")
    builder.put_edge("f", "T", "a", "c")
    builder.put_edge("loop", "T", "a", "a")
    builder.edit(Place("f", "n", Ends("T", "a", "c")), SET, SetEdit).add([1])
    builder.edit(Place("e", "n", Ends("T", "c", "d")), SET, SetEdit).add([1])
    builder.delete_vertex("a")
    assert [builder.pending_edge(id_) is None for id_ in ("e", "f", "loop")] == [False, True, True]
    assert builder.pending_edit(Place("f", "n", Ends("T", "a", "c")), SET) is None
    assert builder.pending_edit(Place("e", "n", Ends("T", "c", "d")), SET) is not None
    builder.delete_vertex("d")
    assert builder.pending_edge("e") is None
    assert builder.pending_edit(Place("e", "n", Ends("T", "c", "d")), SET) is None
