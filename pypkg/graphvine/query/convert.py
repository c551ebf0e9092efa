"""Values at the border of the engine: parameters in, results out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model.temporal import TEMPORAL_TYPES, from_python
from graphvine.query.containers import has_container
from graphvine.query.fault import Fault
from graphvine.query.gradual import Work
from graphvine.query.results import Edge, Path, Vertex
from graphvine.query.run import Run, TooLong
from graphvine.query.values import MAX_NESTING, Trail, is_edge, is_vertex

# Rows with vertices, lists and the like that are converted in one go.
_TURN = 64
_CONTAINERS = frozenset((list, dict))
_SCALARS = frozenset((str, int, float, bool, bytes, type(None)))


# Elements of a list or map that are taken over in one go.
_FEW = 64


def wanted_of(parameters: Mapping[str, Any], wanted: Mapping[str, int]) -> dict[str, Any]:
    """Return the parameters that a query uses, or raise Fault when one is missing."""
    for name, at in wanted.items():
        if name not in parameters:
            raise Fault("ParameterMissing", "MissingParameter", f"The parameter ${name} was not given.", at)
    return {name: parameters[name] for name in wanted}


class _Given(NamedTuple):
    """A parameter. at: where the query text names it first."""

    name: str
    at: int


def imported_at_once(parameters: Mapping[str, Any], wanted: Mapping[str, int], run: Run) -> dict[str, Any] | None:
    """Return parameters as engine values where all are small, or raise Fault. wanted: where the text names each."""
    if all(type(value) in _SCALARS for value in parameters.values()):
        return {name: _import(_Given(name, wanted[name]), value, run.graph, 0) for name, value in parameters.items()}
    return None


def importing(parameters: Mapping[str, Any], wanted: Mapping[str, int], run: Run) -> Work:
    """Return parameters as engine values, with pauses, or raise Fault."""
    imported = {}
    for name, value in parameters.items():
        imported[name] = yield from _importing(_Given(name, wanted[name]), value, run, 0)
    return imported


def _importing(given: _Given, value: Any, run: Run, depth: int) -> Work:
    is_list = isinstance(value, (list, tuple)) and type(value) not in TEMPORAL_TYPES
    if depth >= MAX_NESTING or not is_list and not isinstance(value, Mapping):
        return _import(given, value, run.graph, depth)
    parts = value if is_list else value.values()
    if len(value) <= _FEW and all(type(part) in _SCALARS for part in parts):
        if run.is_due(len(value) + 4):
            yield None
        return _import(given, value, run.graph, depth)
    made: list[Any] = []
    for number, part in enumerate(list(parts)):
        if not number % _FEW and run.is_due(4 * _FEW):
            yield None
        if type(part) in _SCALARS:
            made.append(_import(given, part, run.graph, depth + 1))
        else:
            held = yield from _importing(given, part, run, depth + 1)
            made.append(held)
    if is_list:
        return made
    if not all(isinstance(key, str) for key in value):
        raise _refused(given, "a map with keys that are no text")
    return dict(zip(map(str, value), made, strict=True))


def _import(given: _Given, value: Any, graph: Any, depth: int) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        if kind is int and not MIN_INTEGER <= value <= MAX_INTEGER:
            raise _refused(given, "an integer outside 64 bits")
        return value
    if depth >= MAX_NESTING:
        raise _refused(given, f"nested more than {MAX_NESTING} levels deep")
    if kind in TEMPORAL_TYPES:
        return value
    if isinstance(value, (list, tuple)):
        return [_import(given, element, graph, depth + 1) for element in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise _refused(given, "a map with keys that are no text")
        return {str(key): _import(given, held, graph, depth + 1) for key, held in value.items()}
    return _import_other(given, value, graph)


def _import_other(given: _Given, value: Any, graph: Any) -> Any:
    if isinstance(value, (date, time, timedelta)):
        return from_python(value)
    if isinstance(value, Vertex):
        return graph.vertices.get(value.id)
    if isinstance(value, Edge):
        return graph.edges.get(value.id)
    for base in (int, float, str):
        if isinstance(value, base):
            return _import(given, base(value), graph, 0)
    raise _refused(given, f"of the type {type(value).__name__}")


def _refused(given: _Given, what: str) -> Fault:
    message = f"The parameter ${given.name} is {what}, which Cypher can't hold."
    return Fault("TypeError", "InvalidArgumentType", message, given.at)


class Exporter:
    """Makes results of engine values. The same vertex or edge becomes the same object."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._made: dict[Any, Vertex | Edge] = {}

    def row(self, values: list[Any]) -> tuple[Any, ...]:
        """Return the columns of a row as they leave the engine, and count their memory.

        Raises TooLong where `exporting` has to do it.
        """
        size = 0
        for value in values:
            kind = type(value)
            if kind is str:
                size += 50 + len(value)
            elif kind in _SCALARS:
                size += 16
            elif any(_is_large(each) for each in values):
                raise TooLong
            else:
                return tuple([self.value(value) for value in values])
        self._run.hold(size)
        return tuple(values)

    def rows(self, columns: list[list[Any]]) -> Iterator[list[tuple[Any, ...]] | None]:
        """Give the rows of columns as they leave the engine, some at a time, and count their memory; or None."""
        sizes = [_plain_size(column) for column in columns]
        if None not in sizes:
            self._run.hold(sum(sizes))  # type: ignore[arg-type]
            yield list(zip(*columns, strict=True))
            return
        for start in range(0, len(columns[0]), _TURN):
            made: list[tuple[Any, ...]] = []
            for row in zip(*[each[start : start + _TURN] for each in columns], strict=True):
                try:
                    made.append(self.row(list(row)))
                except TooLong:
                    exported = yield from self.exporting(list(row))
                    made.append(tuple(exported))
            yield made

    def exporting(self, value: Any) -> Work:
        """Return `value` as it leaves the engine, with pauses, and count its memory."""
        kind = type(value)
        if kind is not list and kind is not dict:
            return self.value(value)
        self._run.hold(56 if kind is list else 200)
        made: list[Any] = []
        for number, part in enumerate(value if kind is list else value.values()):
            if not number % _FEW and self._run.is_due(4 * _FEW):
                yield None
            if type(part) in _CONTAINERS:
                held = yield from self.exporting(part)
                made.append(held)
            else:
                made.append(self.value(part))
        return made if kind is list else dict(zip(value, made, strict=True))

    def value(self, value: Any) -> Any:
        """Return `value` as it leaves the engine, and count its memory."""
        kind = type(value)
        if kind in _SCALARS:
            self._run.hold(16 if kind is not str else 50 + len(value))
            return value
        if kind is list:
            self._run.hold(56)
            return [self.value(element) for element in value]
        if kind is dict:
            self._run.hold(200)
            return {key: self.value(held) for key, held in value.items()}
        if kind is Trail:
            return Path(
                tuple([self._vertex(vertex) for vertex in value.vertices]),
                tuple([self._edge(edge) for edge in value.edges]),
            )
        if is_vertex(value):
            return self._vertex(value)
        return self._edge(value) if is_edge(value) else value

    def _vertex(self, vertex: Any) -> Vertex:
        made = self._made.get(vertex)
        if made is None:
            self._run.hold(200 + 60 * len(_held(vertex)))
            labels = () if getattr(vertex, "is_deleted", False) else vertex.labels
            made = self._made[vertex] = Vertex(vertex.id, labels, _held(vertex))
        return made  # type: ignore[return-value]

    def _edge(self, edge: Any) -> Edge:
        made = self._made.get(edge)
        if made is None:
            self._run.hold(200 + 60 * len(_held(edge)))
            made = self._made[edge] = Edge(edge.id, edge.type, edge.source.id, edge.target.id, _held(edge))
        return made  # type: ignore[return-value]


def _plain_size(column: list[Any]) -> int | None:
    """Return the size of values that leave the engine as they are; None where any does not."""
    kinds = {*map(type, column)}
    if kinds == {str}:
        return 50 * len(column) + sum([len(value) for value in column])
    if not kinds <= _SCALARS:
        return None
    return sum([50 + len(value) if type(value) is str else 16 for value in column])


def _is_large(value: Any) -> bool:
    if type(value) not in _CONTAINERS:
        return False
    return len(value) > _FEW or has_container(value if type(value) is list else value.values())


def _held(cell: Any) -> dict[str, Any]:
    if getattr(cell, "is_deleted", False):
        return {}
    return {
        name: list(value) if type(value) is list else value
        for name, value in cell.properties.items()
        if value is not None
    }
