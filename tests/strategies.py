"""What property tests draw from: tiny domains, so that collisions are common; and what they compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from graphvine.codec.bodies import (
    ListBody,
    Moved,
    Replaced,
    Run,
    encode_counter,
    encode_list,
    encode_map,
    encode_set,
)
from graphvine.codec.operations import encode_operation
from graphvine.codec.text_runs import encode_text_run
from graphvine.codec.transactions import decode_transaction
from graphvine.crdt.cells import Cell
from graphvine.crdt.edits import Ends, Place
from graphvine.crdt.graph import GraphState
from graphvine.crypto.hidden import HiddenTree
from graphvine.crypto.merkle import leaf_hash
from graphvine.crypto.signed import check_shape, make_draft
from graphvine.errors import InvalidValue
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model import temporal
from graphvine.model.mergeable import Counter, List, Map, Set, Text
from graphvine.model.operation import COUNTER, LIST, MAP, SET, TEXT, Operation, PutEdge, PutVertex
from graphvine.model.transaction import Hidden, VerifiedTransaction, WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica, encode

SPACE = b"s" * 32
NOW = 1_000_000
WRITERS = [WriterKey(bytes([author]) * 32, bytes([author]) * 8) for author in (1, 2)]

# -- values ------------------------------------------------------------------------------------------------------------

nanos_of_day = st.integers(0, temporal.MAX_NANOS_OF_DAY - 1)
days = st.integers(temporal.MIN_DAY, temporal.MAX_DAY)
offsets = st.integers(-temporal.MAX_OFFSET_S, temporal.MAX_OFFSET_S)
int64 = st.integers(MIN_INTEGER, MAX_INTEGER)
temporals = st.one_of(
    st.builds(temporal.Date, days),
    st.builds(temporal.LocalTime, nanos_of_day),
    st.builds(temporal.Time, nanos_of_day, offsets),
    st.builds(temporal.LocalDateTime, days, nanos_of_day),
    st.builds(temporal.DateTime, days, nanos_of_day, offsets, st.sampled_from(["", "Europe/Vienna", "UTC"])),
    st.builds(temporal.Duration, int64, int64, int64, st.integers(0, temporal.NANOS_PER_SECOND - 1)),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    int64,
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.binary(max_size=20),
    temporals,
)
any_value = st.one_of(scalars, st.lists(scalars, max_size=4))
any_name = st.text(min_size=1, max_size=8)
mergeable = st.one_of(
    st.builds(Counter, int64),
    st.builds(Set, st.lists(scalars, max_size=3)),
    st.builds(Map, st.dictionaries(st.sampled_from(["k", "$date", "$map"]), any_value, max_size=2)),
    st.builds(List, st.lists(scalars, max_size=3)),
    st.builds(Text, st.text(max_size=10)),
)

# -- histories ---------------------------------------------------------------------------------------------------------

vertex_ids = st.sampled_from(["a", "b", "c"])
edge_ids = st.sampled_from(["e", "f"])
names = st.sampled_from(["x", "y"])
values = st.one_of(st.integers(0, 2), st.sampled_from(["p", "q"]), st.none())
labels = st.lists(st.sampled_from(["L", "M"]), max_size=2)
properties = st.dictionaries(names, values, max_size=2)
removals = st.lists(names, max_size=1)
few = st.lists(st.sampled_from([1, 1.0, "p", None]), max_size=2)
keys = st.lists(st.sampled_from(["k", "l"]), max_size=2)
element_ids = st.integers(0, 3)
positions = st.builds(lambda ordinal, tag: bytes([ordinal]) * 4 + bytes([tag]) * 4 + bytes(4), *[st.integers(1, 2)] * 2)
list_bodies = st.builds(
    ListBody,
    st.lists(st.builds(Run, element_ids, positions, few), max_size=2),
    st.lists(st.builds(Replaced, element_ids, st.integers(0, 2)), max_size=1),
    st.lists(st.builds(Moved, element_ids, positions), max_size=1),
    st.lists(element_ids, max_size=1),
)
bodies = st.one_of(
    st.tuples(st.just(COUNTER), st.builds(encode_counter, st.integers(-2, 2))),
    st.tuples(st.just(SET), st.builds(encode_set, few, few)),
    st.tuples(st.just(MAP), st.builds(encode_map, st.dictionaries(st.sampled_from(["k", "l"]), values), keys)),
    st.tuples(st.just(LIST), st.builds(encode_list, list_bodies)),
)
places = st.one_of(
    st.tuples(vertex_ids, names),
    st.tuples(edge_ids, names, st.builds(Ends, st.sampled_from(["T", "U"]), vertex_ids, vertex_ids)),
)
steps = st.one_of(
    st.tuples(st.just("merge"), places, bodies),
    st.tuples(st.just("put"), vertex_ids, properties, labels, removals, labels),
    st.tuples(st.just("link"), edge_ids, st.sampled_from(["T", "U"]), vertex_ids, vertex_ids, properties, removals),
    st.tuples(st.just("delete"), vertex_ids),
    st.tuples(st.just("unlink"), edge_ids),
)
History = list[tuple[int, int, list[tuple[Any, ...]]]]
histories = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.lists(steps, min_size=1, max_size=4)), max_size=7
)


# What a stranger may sign: longer, with texts whose numbers and parents contradict each other.
text_edits = st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from(["a", "bc"]))
text_bodies = st.builds(
    lambda session, seq, parents, edits: encode_text_run(session, b"", seq, [(parents, edits)]),
    st.integers(0, 1),
    st.integers(0, 3),
    st.sampled_from([(), None]),
    st.lists(text_edits, min_size=1, max_size=2),
)
texts = st.tuples(st.just("merge"), places, st.tuples(st.just(TEXT), text_bodies))
hostile_histories = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.lists(st.one_of(steps, texts), min_size=1, max_size=6)),
    max_size=12,
)


def fill(builder: TransactionBuilder, parts: list[tuple[Any, ...]]) -> None:
    """Do the steps of one transaction. One id for two edges in it is refused, which is fine."""
    for kind, *arguments in parts:
        if kind == "put":
            id_, put, added, removed, gone = arguments
            builder.put_vertex(id_, put, added, removed=removed, unlabelled=gone)
        elif kind == "link":
            id_, type_, source, target, put, removed = arguments
            with suppress(InvalidValue):
                builder.put_edge(id_, type_, source, target, put, removed=removed)
        elif kind == "merge":
            place, (merged_kind, body) = arguments
            builder.edit(Place(*place), merged_kind, lambda kind=merged_kind: RawEdit(kind)).add(body)
        elif kind == "delete":
            builder.delete_vertex(*arguments)
        else:
            builder.delete_edge(*arguments)


class RawEdit:
    """Bodies as they are."""

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self._bodies: list[bytes] = []

    def add(self, body: bytes) -> None:
        self._bodies.append(body)

    def bodies(self) -> list[bytes]:
        return self._bodies


def look_around(operation: Operation, time: int, choice: int) -> Operation:
    """Let a write have seen nothing, something, all, or (a liar) more than there can be."""
    if isinstance(operation, (PutVertex, PutEdge)):
        operation.after = (0, time - 1, time - 3, time, time + 2)[choice % 5]
    return operation


def build(history: History) -> list[VerifiedTransaction]:
    """Sign a history (author, clock step, steps) without keys; stamps of the two authors collide often."""
    made: list[VerifiedTransaction] = []
    sequences, times = [0, 0], [NOW << 16, NOW << 16]
    for author, step, parts in history:
        builder = TransactionBuilder()
        fill(builder, parts)
        operations = builder.finish().operations
        if not operations:
            continue
        times[author] += 1 + step
        leaves = [encode_operation(look_around(each, times[author], step + at)) for at, each in enumerate(operations)]
        sequences[author] += 1
        sequence = sequences[author]
        draft = make_draft(SPACE, WRITERS[author], sequence, sequence - 1, times[author], leaves)
        made.append(draft.signed(b"S" * 64))
    return made


def transaction(
    builder: TransactionBuilder,
    time: int,
    *,
    sequence: int = 1,
    previous: int | None = None,
    writer: WriterKey = WRITERS[0],
    after: int | None = None,
) -> VerifiedTransaction:
    """One transaction, signed without a key. time: a whole hybrid time; small numbers are fine.

    after: what its author had seen of others, up to which time; None: all that is older.
    """
    before = sequence - 1 if previous is None else previous
    operations = builder.finish().operations
    for operation in operations:
        if isinstance(operation, (PutVertex, PutEdge)):
            operation.after = max(0, time - 1) if after is None else after
    leaves = list(map(encode_operation, operations))
    return make_draft(SPACE, writer, sequence, before, time, leaves).signed(b"S" * 64)


def copy(transaction: VerifiedTransaction) -> VerifiedTransaction:
    """The same transaction as another replica would get it from the wire."""
    return check_shape(decode_transaction(encode(transaction)), SPACE).transaction


def hide(
    leaves: Sequence[bytes], hidden: Iterable[Hidden], positions: Sequence[int], overruled: Sequence[int], count: int
) -> list[Hidden]:
    """The hidden subtrees after hiding the leaves at places `overruled` too. positions: the index of each leaf."""
    tree = HiddenTree(count, hidden)
    for place in overruled:
        tree.hide(positions[place], leaf_hash(leaves[place]))
    return list(tree)


def replay(transactions: list[VerifiedTransaction]) -> Replica:
    """A replica that has seen these transactions, in this order."""
    replica = Replica(SPACE)
    for each in transactions:
        replica.add(copy(each), None, NOW + 10)
    return replica


def losers(cell: Cell) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Who else wrote each property, and nobody has seen it."""
    rivals = sorted((cell.rivals or {}).items())
    return [(name, [(*leaf.entry.order, leaf.index) for leaf in each.losers()]) for name, each in rivals]


def form(value: Any) -> str:
    """Everything about a value, types and the sign of zero included; only the order of keys is left out."""
    if isinstance(value, (Counter, Set, Map, List, Text)):
        return f"{type(value).__name__} {form(vars(value))}"
    if isinstance(value, dict):
        return f"{sorted((key, form(each)) for key, each in value.items())}"
    return f"{[form(each) for each in value]}" if type(value) is list else repr(value)


def picture(state: GraphState) -> object:
    """Everything that a reader can see, in a canonical order."""
    vertices = {
        id_: (cell.labels, sorted(cell.properties.items(), key=repr), losers(cell))
        for id_, cell in sorted(state.vertices.items())
    }
    edges = {
        id_: (edge.type, edge.source.id, edge.target.id, sorted(edge.properties.items(), key=repr), losers(edge))
        for id_, edge in sorted(state.edges.items())
    }
    adjacency = sorted(
        (cell.id, type_, edge.id, other.id)
        for cell in state.vertices.values()
        for type_, members in cell.out.items()
        for edge, other in members.items()
    )
    backward = sorted(
        (other.id, type_, edge.id, cell.id)
        for cell in state.vertices.values()
        for type_, members in cell.into.items()
        for edge, other in members.items()
    )
    assert adjacency == backward
    by_label = {label: sorted(members) for label, members in sorted(state.by_label.items())}
    by_type = {type_: sorted(edge.id for edge in members) for type_, members in sorted(state.by_type.items())}
    return vertices, edges, adjacency, by_label, by_type


def live_bytes(replica: Replica) -> list[bytes]:
    """Every live transaction, encoded, in a canonical order."""
    return sorted(replica.everything())
