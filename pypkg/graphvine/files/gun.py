"""The JSON of a GUN graph: ``{soul: {"_": {"#": soul, ">": {key: state}}, key: value | {"#": soul}}}``.

A vertex is a node, its id the soul. A label is a key with a colon in front, ``":Person": true``. One edge of a type is
a link; several are a set, as ``gun.set`` makes it: a node ``<soul>/<type>`` with a link to each (and slashes behind it
where something else has this soul). GUN knows text, numbers, true and false, and null, which means that there is
nothing; so nulls and the properties and ids of edges are left out, and other values become text. Every value has a
state in GUN, the moment of its change: here all have the same early one, so that what a GUN graph knows better wins.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

import msgspec

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.files.plain import plain_properties
from graphvine.files.records import RECORDS_PER_SLICE, Chunks, Source, Warnings, parts, used_up
from graphvine.files.value_json import format_list
from graphvine.files.value_text import format_value
from graphvine.model.ids import default_edge_id

# Largest integer that a JavaScript number holds exactly.
MAX_EXACT = 2**53
STATE = 1
LABEL = ":"
# Ids in one set.
SPREAD_FROM = 4_096

# The members of a node, in parts that are quickly written.
Node = list[dict[str, Any]]
Found = TypeVar("Found")
_encode = msgspec.json.Encoder().encode


def write(source: Source, warnings: Warnings) -> Iterator[bytes]:
    """Yield the graph. An empty chunk is a chance to let others run."""
    chunks = Chunks()
    chunks.add(b"{")
    mark = b"\n"
    souls = _Souls(source)
    for vertex in source.vertices():
        for soul, node in _nodes(source, vertex, souls, warnings):
            if node is None:
                yield b""
                continue
            is_due = chunks.add(mark + _encode(soul) + b':{"_":{"#":' + _encode(soul) + b',">":{')
            is_due |= yield from _members((dict.fromkeys(part, STATE) for part in node), chunks, b"")
            is_due |= chunks.add(b"}}")
            is_due |= yield from _members(_handed_over(node), chunks, b",")
            is_due |= chunks.add(b"}")
            mark = b",\n"
            if is_due:
                yield chunks.take()
    for number, _ in enumerate(source.edges()):  # they are in their vertices; what is left out was counted there
        if number % 10_000 == 9_999:
            yield b""
    chunks.add(b"\n}\n")
    yield chunks.take()


def _handed_over(node: Node) -> Iterator[dict[str, Any]]:
    """Yield the parts of a node, and let go of them on the way: to free a large one at once takes long."""
    node.reverse()
    while node:
        yield node.pop()


def _members(node: Iterable[dict[str, Any]], chunks: Chunks, mark: bytes) -> Generator[bytes, None, bool]:
    """Add the members of an object, with `mark` before the first one. Return whether to take the chunks now."""
    is_due = False
    for part in node:
        is_due = chunks.add(mark + _encode(part)[1:-1])
        mark = b","
        if len(part) == RECORDS_PER_SLICE:
            yield chunks.take()
            is_due = False
    return is_due


def _nodes(source: Source, vertex: VertexCell, souls: _Souls, warnings: Warnings) -> Iterator[tuple[str, Node | None]]:
    """Yield a vertex and the sets of its edges; None where others may have a turn: it may have very many."""
    ends = yield from _paused(vertex.id, source.links(vertex))
    properties = list(plain_properties(vertex, warnings).items())
    node: dict[str, Any] = {LABEL + label: True for label in vertex.labels}
    sets: list[tuple[str, Node]] = []
    for number, (name, value) in enumerate(properties, 1):
        if not number % RECORDS_PER_SLICE:
            yield vertex.id, None
        if value is None:
            warnings.add("properties that hold null: left out")
        elif name == "_" or name.startswith(LABEL):
            warnings.add("properties called _ or with a colon in front: left out")
        else:
            node[name] = _value(value, warnings)
    for type_, noted in ends.items():
        count = sum(map(len, noted))
        targets = yield from _paused(vertex.id, _targets(noted, count, warnings))
        different = sum(map(len, targets))
        if type_ in node or type_ == "_" or type_.startswith(LABEL):
            warnings.add("edges whose type is also a property, is _, or has a colon in front: left out", count)
            continue
        if different < count:
            warnings.add("edges parallel to another one: left out", count - different)
        node[type_], more = yield from _paused(vertex.id, _links(vertex.id, type_, targets, souls))
        sets += more
    yield vertex.id, [dict(part) for part in parts(list(node.items()))]
    while sets:
        yield sets.pop(0)


def _paused(soul: str, steps: Generator[bytes, None, Found]) -> Generator[tuple[str, None], None, Found]:
    """Take steps as parts of the way to a node."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Found = done.value
            return found
        yield soul, None


def _targets(
    noted: list[list[EdgeCell]], count: int, warnings: Warnings
) -> Generator[bytes, None, list[dict[str, None]]]:
    """Return the ids of the vertices that edges lead to, each once. Yields empty chunks.

    What is known already is spread over many sets: a large one would be copied now and then, which takes long.
    """
    known: list[set[str]] = [set() for _ in range(1 + count // SPREAD_FROM)]
    targets: list[dict[str, None]] = []
    for edges in used_up(noted):
        _count_losses(edges, warnings)
        fresh = dict.fromkeys(edge.target.id for edge in edges)
        for id_ in list(fresh):
            there = known[hash(id_) % len(known)]
            if id_ in there:
                del fresh[id_]
            else:
                there.add(id_)
        targets.append(fresh)
        if len(edges) == RECORDS_PER_SLICE:
            yield b""
    while len(known) > 1:
        known.pop()
        yield b""
    return targets


class _Souls:
    """Finds souls for sets that are nobody else's."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken: set[str] = set()

    def of_set(self, owner: str, type_: str) -> str:
        """Return ``<owner>/<type>``, with slashes behind it where a vertex or another set is called so."""
        soul = f"{owner}/{type_}"
        while soul in self._taken or self._source.has_vertex(soul):
            soul += "/"
        self._taken.add(soul)
        return soul


def is_soul_of_set(soul: str, owner: str, type_: str) -> bool:
    """Tell whether a link from `owner` to `soul` leads to what may be a set."""
    plain = f"{owner}/{type_}"
    return soul.startswith(plain) and not soul[len(plain) :].strip("/")


def _links(
    owner: str, type_: str, targets: list[dict[str, None]], souls: _Souls
) -> Generator[bytes, None, tuple[Any, list[tuple[str, Node]]]]:
    """Return the value of the key, and the set that it leads to, if there are several. Yields empty chunks.

    A link whose key is the soul that it leads to would look like the member of a set, so it is one.
    """
    if sum(map(len, targets)) == 1:
        (target,) = chain.from_iterable(targets)
        if target != "_" and not is_soul_of_set(target, owner, type_) and target.strip() != type_.strip():
            return {"#": target}, []
    members: Node = []
    has_mark, has_spaced = (any(id_ in part for part in targets) for id_ in ("_", " _"))
    if has_mark and not has_spaced:
        members.append({" _": {"#": "_"}})
    targets.reverse()
    while targets:
        part = targets.pop()
        part.pop("_", None)
        if part:
            members.append({target: {"#": target} for target in part})
        if len(part) == RECORDS_PER_SLICE:
            yield b""
    soul = souls.of_set(owner, type_)
    return {"#": soul}, [(soul, members)]


def _count_losses(edges: list[EdgeCell], warnings: Warnings) -> None:
    for edge in edges:
        if edge.properties:
            warnings.add("properties of edges: left out", len(edge.properties))
        if edge.id != default_edge_id(edge.source.id, edge.type, edge.target.id):
            warnings.add("ids of edges: left out")


def _value(value: object, warnings: Warnings) -> Any:
    if isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_EXACT:
            warnings.add("integers beyond 2^53, which JavaScript rounds: written in full")
        return value
    if isinstance(value, list):
        warnings.add("lists: written as JSON text")
        return format_list(value)
    warnings.add("bytes, dates and times: written as text")
    return format_value(value)
