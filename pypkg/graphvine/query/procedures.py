"""Procedures that CALL may use: their signatures, and the ones built in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from graphvine.query.kinds import Kind


class Procedure(NamedTuple):
    """A procedure.

    inputs, outputs: (name, type) pairs. name: as it is written, where that is not its key.
    run: called with the graph (`state` or the draft over it) and the arguments; gives rows in the order of `outputs`.
    """

    inputs: Sequence[tuple[str, Kind]]
    outputs: Sequence[tuple[str, Kind]]
    run: Callable[[Any, Sequence[Any]], Iterable[Sequence[Any]]]
    name: str = ""


_TEXT = Kind("String")


def _labels(graph: Any, _arguments: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return [(label,) for label in sorted(graph.by_label) if graph.by_label[label]]


def _edge_types(graph: Any, _arguments: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return [(type_,) for type_ in sorted(graph.by_type) if graph.by_type[type_]]


def _property_keys(graph: Any, _arguments: Sequence[Any]) -> Iterable[Sequence[Any]]:
    names: dict[str, None] = {}
    for cells in (graph.vertices.values(), graph.edges.values()):
        for cell in cells:
            names.update(dict.fromkeys(cell.properties))
    return [(name,) for name in sorted(names)]


def _counts(graph: Any, _arguments: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return [(len(graph.vertices), len(graph.edges))]


BUILT_IN: dict[str, Procedure] = {
    "db.labels": Procedure((), (("label", _TEXT),), _labels),
    "db.relationshiptypes": Procedure((), (("relationshipType", _TEXT),), _edge_types, "db.relationshipTypes"),
    "db.propertykeys": Procedure((), (("propertyKey", _TEXT),), _property_keys, "db.propertyKeys"),
    "db.counts": Procedure((), (("vertices", Kind("Integer")), ("edges", Kind("Integer"))), _counts),
}
