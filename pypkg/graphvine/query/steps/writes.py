"""Steps that change the draft. Each takes all its rows first: what it reads can't depend on what it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from graphvine.errors import InvalidValue
from graphvine.model.values import check_value
from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.fault import Fault, argument_error, type_error
from graphvine.query.functions.entities import entity_map
from graphvine.query.gradual import Work
from graphvine.query.parts import Part, values_of
from graphvine.query.run import TooLong
from graphvine.query.steps.known import trail_of
from graphvine.query.steps.step import Rows, Step, drained, paced
from graphvine.query.storable import storable_id, storable_property
from graphvine.query.values import Row, Trail, is_edge, is_vertex, type_name


class WriteStep(Step):
    """A step that does something for each row, once all rows are there."""

    is_write = True

    def open(self, row: Row) -> Rows:
        """Do it for all rows, then give them."""
        run = row[0]
        kept: list[Row] = []
        yield from drained(self.child, row, kept)
        done: list[Row] = []
        for number, outer in enumerate(kept, start=1):
            for inner in self.act(outer):
                if inner is None:
                    yield None
                else:
                    done.append(inner)
            if not number & 31 and run.tick():
                yield None
        yield from paced(done, run)

    def act(self, row: Row) -> Iterable[Row | None]:
        """Do it for one row, and give the rows that come of it; None is a chance to pause."""
        raise NotImplementedError(type(self).__name__)


def checked_property(name: str, value: Any, at: int = -1) -> Any:
    """Return `value` if a property can hold it, or raise Fault."""
    if type(value) is dict or is_vertex(value) or is_edge(value) or type(value) is Trail:
        raise type_error("InvalidPropertyType", f"A property can't hold a {type_name(value)}.", at)
    if type(value) is list and None in value:
        raise type_error("InvalidPropertyType", "A list that is stored can't hold null.", at)
    storable_property(name, at)
    try:
        return check_value(f"`{name}`", value)
    except InvalidValue as error:
        raise type_error("InvalidPropertyType", str(error), at) from None


def properties_of(value: Any, at: int) -> dict[str, Any]:
    """Return checked properties of a map (nulls left out), or raise Fault."""
    if value is None:
        return {}
    if type(value) is not dict:
        raise type_error("InvalidArgumentType", f"Properties come as a map, not as a {type_name(value)}.", at)
    return {name: checked_property(name, held, at) for name, held in value.items() if held is not None}


class NewVertex(NamedTuple):
    """How CREATE makes a vertex, or takes one that is bound."""

    slot: int
    is_bound: bool
    labels: tuple[str, ...]
    properties: Part | None
    at: int

    def make(self, row: Row, given: Any) -> None:
        """Put the vertex into the row. given: its properties."""
        if self.is_bound:
            if row[self.slot] is None:
                message = "An edge can't be made from or to null: the vertex was not found."
                raise type_error("InvalidArgumentValue", message, self.at)
            if not is_vertex(row[self.slot]):
                raise type_error("InvalidArgumentType", f"Not a vertex, but a {type_name(row[self.slot])}.", self.at)
            return
        run = row[0]
        properties = properties_of(given, self.at)
        id_ = _given_id(properties, "vertex", self.at)
        row[self.slot] = run.graph.create_vertex(id_ or run.outside.new_id(), self.labels, properties, self.at)


class NewEdge(NamedTuple):
    """How CREATE makes an edge."""

    slot: int
    source: int
    target: int
    type: str
    properties: Part | None
    at: int

    def make(self, row: Row, given: Any, id_: str | None = None) -> None:
        """Put the edge into the row. given: its properties."""
        run = row[0]
        properties = properties_of(given, self.at)
        graph, source, target = run.graph, row[self.source], row[self.target]
        own = _given_id(properties, "edge", self.at)
        id_ = own or id_ or run.outside.new_id()
        row[self.slot] = graph.create_edge(id_, self.type, source, target, properties, self.at)


def _given_id(properties: dict[str, Any], kind: str, at: int) -> str | None:
    """Take the id that a pattern gives out of its properties."""
    id_ = properties.pop(ID_PROPERTY, None)
    if id_ is None:
        return None
    if type(id_) is str and id_:
        return storable_id(f"{_A[kind].capitalize()} id", id_, at)
    raise type_error("InvalidArgumentType", f"`{ID_PROPERTY}` is the id of {_A[kind]}: text.", at)


_A = {"vertex": "a vertex", "edge": "an edge"}


class NewTrail(NamedTuple):
    """The path of a created pattern."""

    slot: int
    parts: list[int]
    properties: Part | None = None

    def make(self, row: Row, _given: Any = None) -> None:
        """Put the path into the row."""
        row[self.slot] = trail_of(row, self.parts)


class Create(WriteStep):
    """CREATE: makes the parts in order."""

    name = "Create"

    def __init__(self, child: Step, parts: list[NewVertex | NewEdge | NewTrail], **about: Any) -> None:
        super().__init__((child,), **about)
        self.parts = parts

    def act(self, row: Row) -> Iterable[Row | None]:
        """Make everything for one row."""
        inner = row[:]
        run = row[0]
        for number, part in enumerate(self.parts, start=1):
            if not number & 63 and run.tick():
                yield None
            given = None
            if part.properties is not None:
                try:
                    given = part.properties.now(inner)
                except TooLong:
                    given = yield from part.properties.later(inner)
            part.make(inner, given)
        yield inner


class Change(NamedTuple):
    """One change of SET or REMOVE. parts: what it needs. make: given the row and the values of the parts, does it."""

    parts: list[Part]
    make: Callable[..., None]


def changed(changes: list[Change], row: Row) -> Iterator[None]:
    """Make changes to what a row holds, in order."""
    run = row[0]
    for number, (parts, make) in enumerate(changes, start=1):
        if not number & 63 and run.tick():
            yield None
        try:
            values = [part.now(row) for part in parts]
        except TooLong:
            values = yield from values_of(parts, row)
        make(row, *values)


def set_property(target: Part, name: str, value: Part | None, at: int) -> Change:
    """``SET target.name = value``, or REMOVE without a value."""

    def make(row: Row, entity: Any, fresh: Any = None) -> None:
        _set_property(row, entity, name, fresh, at)

    return Change([target] if value is None else [target, value], make)


def set_named(target: Part, name: Part, value: Part | None, at: int) -> Change:
    """``SET target[name] = value``, or REMOVE without a value."""

    def make(row: Row, entity: Any, key: Any, fresh: Any = None) -> None:
        if type(key) is not str:
            raise type_error("InvalidArgumentType", f"The name of a property is text, not a {type_name(key)}.", at)
        _set_property(row, entity, key, fresh, at)

    return Change([target, name] if value is None else [target, name, value], make)


def _set_property(row: Row, entity: Any, name: str, fresh: Any, at: int) -> None:
    if entity is None:
        return
    _check_entity(entity, at)
    if name == ID_PROPERTY:
        raise argument_error("InvalidArgumentValue", f"`{ID_PROPERTY}` is the id; it never changes.", at)
    properties = row[0].graph.own_properties(entity, at)
    if fresh is None:
        properties.pop(name, None)
    else:
        properties[name] = checked_property(name, fresh, at)


def _check_entity(entity: Any, at: int) -> None:
    if not is_vertex(entity) and not is_edge(entity):
        raise type_error("InvalidArgumentType", f"Only vertices and edges change, not a {type_name(entity)}.", at)


def set_properties(target: Part, value: Part, at: int, *, is_added: bool) -> Change:
    """``SET target = map`` or ``SET target += map``."""

    def make(row: Row, entity: Any, source: Any) -> None:
        if entity is None:
            return
        _check_entity(entity, at)
        if source is None:
            fresh: dict[str, Any] = {}
        elif type(source) is dict or is_vertex(source) or is_edge(source):
            fresh = dict(entity_map(source))
        else:
            raise type_error("InvalidArgumentType", f"Properties come as a map, not as a {type_name(source)}.", at)
        checked = {name: held if held is None else checked_property(name, held, at) for name, held in fresh.items()}
        properties = row[0].graph.own_properties(entity, at)
        if not is_added:
            properties.clear()
        for name, held in checked.items():
            if held is None:
                properties.pop(name, None)
            elif name != ID_PROPERTY:
                properties[name] = held

    return Change([target, value], make)


def set_labels(target: Part, labels: tuple[str, ...], at: int, *, is_added: bool) -> Change:
    """``SET target:Label`` or ``REMOVE target:Label``."""

    def make(row: Row, vertex: Any) -> None:
        if vertex is None:
            return
        if not is_vertex(vertex):
            raise type_error("InvalidArgumentType", f"Only vertices have labels, not a {type_name(vertex)}.", at)
        graph = row[0].graph
        try:
            (graph.add_labels if is_added else graph.remove_labels)(vertex, labels)
        except Fault as fault:
            raise fault.placed(at) from None

    return Change([target], make)


class Update(WriteStep):
    """SET and REMOVE."""

    name = "Update"

    def __init__(self, child: Step, changes: list[Change], **about: Any) -> None:
        super().__init__((child,), **about)
        self.changes = changes

    def act(self, row: Row) -> Iterable[Row | None]:
        """Make the changes in order."""
        yield from changed(self.changes, row)
        yield row


class Delete(WriteStep):
    """DELETE and DETACH DELETE."""

    name = "Delete"

    def __init__(self, child: Step, targets: list[tuple[Part, int]], *, is_detach: bool, **about: Any) -> None:
        super().__init__((child,), **about)
        self.targets = targets
        self.is_detach = is_detach

    def act(self, row: Row) -> Iterable[Row | None]:
        """Delete the targets of one row."""
        for target, at in self.targets:
            value = yield from target.value(row)
            yield from self._delete(value, row[0], at)
        yield row

    def _delete(self, value: Any, run: Any, at: int) -> Iterator[None]:
        graph = run.graph
        if value is None:
            return
        if is_edge(value):
            graph.delete_edge(value)
        elif is_vertex(value):
            yield from self._delete_vertex(value, run, at)
        elif type(value) is Trail:
            for edge in value.edges:
                graph.delete_edge(edge)
            for vertex in value.vertices:
                yield from self._delete_vertex(vertex, run, at)
        else:
            raise type_error(
                "InvalidArgumentType", f"DELETE takes a vertex, an edge or a path, not a {type_name(value)}.", at
            )

    def _delete_vertex(self, vertex: Any, run: Any, at: int) -> Iterator[None]:
        if self.is_detach:
            for number, edge in enumerate(run.graph.edges_of(vertex), start=1):
                if not number & 31 and run.tick():
                    yield None
                run.graph.delete_edge(edge)
            vertex.detached()
        run.graph.delete_vertex(vertex, is_detach=False, at=at)


class Foreach(WriteStep):
    """FOREACH: runs an inner plan for each element of a list, and gives the rows unchanged."""

    name = "Foreach"

    def __init__(self, child: Step, inner: Step, items: Part, slot: int, **about: Any) -> None:
        super().__init__((child, inner), **about)
        self.items = items
        self.slot = slot

    def act(self, row: Row) -> Iterable[Row | None]:
        """Run the inner plan for one row."""
        items = yield from self.items.value(row)
        if items is not None and type(items) is not list:
            raise type_error("InvalidArgumentType", f"FOREACH goes over a list, not a {type_name(items)}.", self.at)
        for number, item in enumerate(items or (), start=1):
            inner = row[:]
            inner[self.slot] = item
            for found in self.children[1].open(inner):
                if found is None:
                    yield None
            if not number & 31 and row[0].tick():
                yield None
        yield row


class Merge(WriteStep):
    """MERGE: what a pattern finds, or else creates.

    match: inner plan that finds it. vertices, edges: how to create it. known: properties that may not be null.
    """

    name = "Merge"

    def __init__(
        self,
        child: Step,
        match: Step,
        vertices: list[NewVertex],
        edges: list[NewEdge],
        after: tuple[list[Change], list[Change], NewTrail],
        **about: Any,
    ) -> None:
        self.edge_id: Callable[[str, str, str], str] = about.pop("edge_id")
        super().__init__((child, match), **about)
        self.vertices = vertices
        self.edges = edges
        self.on_create, self.on_match, self.trail = after

    def act(self, row: Row) -> Iterable[Row | None]:
        """Find or create for one row."""
        given = yield from self._given(row)
        found: list[Row] = []
        yield from drained(self.children[1], row, found)
        for number, inner in enumerate(found, start=1):
            yield from changed(self.on_match, inner)
            if not number & 31 and row[0].tick():
                yield None
        yield from found
        if not found:
            inner = self._created(row, given)
            yield from changed(self.on_create, inner)
            yield inner

    def _created(self, row: Row, given: list[Any]) -> Row:
        inner = row[:]
        for vertex, properties in zip(self.vertices, given, strict=False):
            vertex.make(inner, properties)
        for edge, properties in zip(self.edges, given[len(self.vertices) :], strict=True):
            edge.make(inner, properties, self._edge_id(inner, edge))
        self.trail.make(inner)
        return inner

    def _edge_id(self, row: Row, edge: NewEdge) -> str | None:
        """Give the edge the id that everybody's MERGE of it gives, so that merging apart makes one edge."""
        id_ = self.edge_id(row[edge.source].id, edge.type, row[edge.target].id)
        return id_ if row[0].graph.find_edge(id_) is None else None

    def _given(self, row: Row) -> Work:
        """Return the properties of each part, checked: none may be null."""
        parts: list[NewVertex | NewEdge] = [*self.vertices, *self.edges]
        given = []
        for part in parts:
            if isinstance(part, NewVertex) and part.is_bound and row[part.slot] is None:
                message = "MERGE can't start from null: the vertex was not found."
                raise type_error("InvalidArgumentValue", message, part.at)
            properties = None if part.properties is None else (yield from part.properties.value(row))
            given.append(properties)
            for name, value in (properties or {}).items():
                if value is None:
                    message = f"MERGE can't look for `{name}` = null: nothing equals null."
                    raise Fault("SemanticError", "MergeReadOwnWrites", message, part.at, "runtime")
        return given
