"""Why a property is what it is: which operations compete for it, and the rule that decided.

>>> print(await graph.why("alice", "age"))                                             # doctest: +SKIP
alice.age is 31
  wins    31 by qd5xk3vu… at 2026-03-01 10:00:05.120 UTC
  loses   30 by m2kaw7rz… at 2026-03-01 10:00:04.900 UTC
  because its stamp is newer
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nlargest

from graphvine.codec.operations import decode_own_operation
from graphvine.crdt.cells import Cell, Leaf, owner_of
from graphvine.crdt.exact import CONTAINERS, SLICE, as_mergeable, copy_steps
from graphvine.crdt.graph import GraphState
from graphvine.crdt.kinds import describe
from graphvine.crdt.merged import MergedProperty
from graphvine.crdt.rivals import age, time_of
from graphvine.errors import InvalidValue
from graphvine.model.ids import check_id, check_name, format_key
from graphvine.model.operation import KIND_NAMES, DeleteEdge, DeleteVertex, MergeEdge, MergeVertex
from graphvine.model.stamp import MAX_COUNTER, time_wall_ms
from graphvine.model.steps import in_one_go, parts
from graphvine.peer.driver import Driver
from graphvine.peer.tasks import read
from graphvine.vertex import SCALARS, read_value

# Operations of one mergeable value that `why` lists; the newest.
MAX_CONTRIBUTIONS = 100
# Bytes of operations that are read in one step: a few milliseconds in a tab. An operation costs as much as so many.
STEP_BYTES = 16_384
LEAST_BYTES = 256
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Write:
    """One operation about a property.

    does: ``put``, ``remove``, ``merge`` or ``delete`` (of the vertex or edge). value: what it puts or merges (into a
    text: in words), or None.
    author: text form of the key that signed. writer: hex form of the writer (one tab of the author). time, counter: its
    stamp; the counter orders stamps within one millisecond. sequence: of its transaction, among the writer's.
    """

    does: str
    value: object
    author: str
    writer: str
    time: datetime
    counter: int
    sequence: int

    def __str__(self) -> str:
        value = read_value(self.value)
        merged = value if isinstance(value, str) else f"merge of {value}"  # a text says it in words
        what = {"put": repr(value), "merge": merged}.get(self.does, self.does)
        return f"{what} by {self.author[:8]}… at {self.time:%Y-%m-%d %H:%M:%S}.{self.time.microsecond // 1000:03d} UTC"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a property has its value. Prints well.

    kind: ``plain``, ``nothing`` (the property is not there), or the kind of a mergeable value (``Counter`` ...).
    winner: the operation that decided; of a mergeable value the newest; None when nobody is known to have written.
    losers: concurrent writes that nobody has seen who wrote since, newest first.
    overruling: what hides everything older and is known: the delete of the vertex or edge; for a mergeable value, the
    plain write before it.
    contributions: what a mergeable value is made of, newest first, at most `MAX_CONTRIBUTIONS`.
    rule: what decided, in words.
    """

    id: str
    property: str
    value: object
    kind: str
    winner: Write | None
    losers: tuple[Write, ...]
    overruling: tuple[Write, ...]
    contributions: tuple[Write, ...]
    rule: str

    def __str__(self) -> str:
        place = f"{self.id}.{self.property}"
        first = f"{place} is not there" if self.kind == "nothing" else f"{place} is {read_value(self.value)!r}"
        if self.kind not in ("plain", "nothing"):
            first += f", a {self.kind}"
        lines = [first]
        if self.winner is not None and not self.contributions:
            lines.append(f"  wins    {self.winner}")
        lines += [f"  counts  {write}" for write in self.contributions]
        lines += [f"  loses   {write}" for write in self.losers]
        lines += [f"  hides what is older: {write}" for write in self.overruling]
        return "\n".join([*lines, f"  because {self.rule}"])


class GraphReasons:
    """What a graph can say about how its properties came to be."""

    _state: GraphState
    _driver: Driver

    async def _readable(self) -> None:
        raise NotImplementedError

    async def why(
        self, vertex: str | None = None, property: str = "", *, edge: str | None = None, exact: bool = False
    ) -> Why:
        """Explain why a property is what it is. Name a vertex and a property, or a property and ``edge=ID``.

        exact: values as `put` takes them back.
        """
        id_, name = _check(vertex, property, edge)
        await self._readable()
        return await read(self._driver, explain_steps(self._state, id_, name, is_edge=edge is not None, exact=exact))

    async def losers(
        self, vertex: str | None = None, property: str = "", *, edge: str | None = None, exact: bool = False
    ) -> list[Write]:
        """Return the concurrent writes that lost a property, newest first: who wrote since has not seen them.

        A write that has seen them (any later one of yours) ends them. At most 64 are kept.
        """
        id_, name = _check(vertex, property, edge)
        await self._readable()
        cell = _cell(self._state, id_, is_edge=edge is not None)
        return [] if cell is None else await read(self._driver, _writes(_losing(cell, name), name, exact))


def _check(vertex: str | None, name: str, edge: str | None) -> tuple[str, str]:
    check_name("A property name", name)
    if vertex is not None and edge is None:
        return check_id("A vertex id", vertex), name
    if edge is not None and vertex is None:
        return check_id("An edge id", edge), name
    raise InvalidValue("Name either a vertex, or an edge as edge=ID.")


def _cell(state: GraphState, id_: str, *, is_edge: bool) -> Cell | None:
    return state.edges.get(id_) if is_edge else state.cell_at(id_)


def explain(state: GraphState, id_: str, name: str, *, is_edge: bool, exact: bool = False) -> Why:
    """Say who decided a property, and by which rule."""
    return in_one_go(explain_steps(state, id_, name, is_edge=is_edge, exact=exact))


def explain_steps(
    state: GraphState, id_: str, name: str, *, is_edge: bool, exact: bool = False
) -> Generator[None, None, Why]:
    """Do what `explain` does, in steps. Nothing may be applied meanwhile."""
    cell = _cell(state, id_, is_edge=is_edge)
    if cell is None:
        return Why(id_, name, None, "nothing", None, (), (), (), "nobody is known to have written it")
    shared = cell.merged.get(name) if cell.merged is not None else None
    if shared is not None:
        return (yield from _explain_merged(cell, name, shared, exact))
    owner, losers = owner_of(cell, name), tuple((yield from _writes(_losing(cell, name), name, exact)))
    deleted = (_write(cell.tombstone, name, exact),) if cell.tombstone is not None else ()
    if owner is None:
        rule = "it was deleted, and nothing newer wrote this" if deleted else "nobody is known to have written it"
        return Why(id_, name, None, "nothing", deleted[0] if deleted else None, losers, (), (), rule)
    kind = "plain" if name in cell.properties else "nothing"
    value = read_value(cell.properties.get(name), exact=exact)
    return Why(id_, name, value, kind, _write(owner, name, exact), losers, deleted, (), _rule_of(cell, name, owner))


def _explain_merged(cell: Cell, name: str, shared: MergedProperty, exact: bool) -> Generator[None, None, Why]:
    kind, merged = shared.seen()
    newest = merged.newest
    assert newest is not None, "a value that readers see has a newest operation"
    made_of = yield from _newest([*merged.owners.values(), newest])
    barrier = owner_of(cell, name)
    overruling = tuple(_write(leaf, name, exact) for leaf in (barrier, cell.tombstone) if leaf is not None)
    rule = f"what was merged is newer than the {overruling[0].does} before it" if overruling else "all of it counts"
    if len(shared.kinds) > 1:
        rule = f"of the kinds in this property the {KIND_NAMES[kind]} was written last"
    view = yield from _value_steps(merged.view(), exact)
    losers = yield from _writes(_losing(cell, name), name, exact)
    contributions = yield from _writes(made_of, name, exact)
    return Why(
        cell.id,
        name,
        as_mergeable(kind, view) if exact else view,
        KIND_NAMES[kind],
        _write(newest, name, exact),
        tuple(losers),
        overruling,
        tuple(contributions),
        rule,
    )


def _value_steps(value: object, exact: bool) -> Generator[None, None, object]:
    """Return, in steps, a copy of what readers see of a mergeable value."""
    if type(value) not in CONTAINERS:
        return read_value(value, exact=exact)
    return (yield from copy_steps(value, lambda each: read_value(each, exact=exact), SCALARS, SLICE))


def _newest(leaves: list[Leaf]) -> Generator[None, None, list[Leaf]]:
    """Return, in steps, the newest `MAX_CONTRIBUTIONS` of operations, each once, newest first."""
    newest: list[Leaf] = []
    for number, part in enumerate(parts(dict.fromkeys(leaves))):
        if number:
            yield
        newest = nlargest(MAX_CONTRIBUTIONS, newest + part, key=age)
    return newest


def _losing(cell: Cell, name: str) -> list[Leaf]:
    """Return the concurrent writes that lost a property, newest first."""
    rivals = cell.rivals.get(name) if cell.rivals is not None else None
    return [] if rivals is None else rivals.losers()[::-1]


def _writes(leaves: Iterable[Leaf], name: str, exact: bool) -> Generator[None, None, list[Write]]:
    """Read operations in steps: each may be large."""
    found: list[Write] = []
    size = 0
    for leaf in leaves:
        size += LEAST_BYTES + len(leaf.entry.transaction.leaves[leaf.place])
        if size > STEP_BYTES and found:
            size = 0
            yield
        found.append(_write(leaf, name, exact))
    return found


def _rule_of(cell: Cell, name: str, owner: Leaf) -> str:
    rivals = cell.rivals.get(name) if cell.rivals is not None else None
    losers = rivals.losers() if rivals is not None else []
    if losers:
        return why_newer(owner, losers[-1])
    if cell.tombstone is not None:
        return "it was written after the delete"
    return "nothing else that is known competes: whoever wrote it had seen what was there before"


def why_newer(winner: Leaf, loser: Leaf) -> str:
    """Say by which part of their stamps one operation is newer than another."""
    if winner.entry is loser.entry:
        return "it stands later in the same transaction"
    ahead = time_wall_ms(time_of(winner)) - time_wall_ms(time_of(loser))
    if ahead:
        return f"its stamp is newer, by {ahead:,} ms"
    rules = (
        "same millisecond: its counter is higher",
        "same stamp: the bytes of its author's key are larger",
        "same stamp and author: the bytes of its writer are larger",
        "same stamp and writer: its sequence is higher",
    )
    pairs: Iterable[tuple[object, object]] = zip(winner.entry.order, loser.entry.order, strict=True)
    return next(
        (rule for rule, (one, other) in zip(rules, pairs, strict=False) if one != other),
        "one sequence was signed twice: the bytes of its hash are larger",
    )


def _write(leaf: Leaf, name: str, exact: bool) -> Write:
    """Read an operation from the bytes that its transaction still has."""
    transaction = leaf.entry.transaction
    header = transaction.header
    operation = decode_own_operation(transaction.leaves[leaf.place])
    value: object = None
    if isinstance(operation, (DeleteVertex, DeleteEdge)):
        does = "delete"
    elif isinstance(operation, (MergeVertex, MergeEdge)):
        does, value = "merge", read_value(describe(operation.kind, operation.body), exact=exact)
    else:
        does = "put" if name in operation.properties else "remove"
        value = read_value(operation.properties.get(name), exact=exact)
    time = _EPOCH + timedelta(milliseconds=time_wall_ms(header.time))
    author, writer = format_key(header.author), header.writer.hex()
    return Write(does, value, author, writer, time, header.time & MAX_COUNTER, header.sequence)
