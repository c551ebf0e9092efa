"""Values as the TCK writes them: parsed, and compared with what a query returned."""

from __future__ import annotations

from math import isnan
from typing import Any, NamedTuple

from graphvine.model.temporal import TEMPORAL_TYPES
from graphvine.query.results import Edge, Path, Vertex
from graphvine.query.temporal_text import format_temporal


class VertexShape(NamedTuple):
    labels: tuple[str, ...]
    properties: dict[str, Any]


class EdgeShape(NamedTuple):
    type: str
    properties: dict[str, Any]


class PathShape(NamedTuple):
    vertices: list[VertexShape]
    edges: list[tuple[EdgeShape, bool]]


class Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def parse(self) -> Any:
        value = self.value()
        self.spaces()
        if self.at != len(self.text):
            raise ValueError(f"cannot read {self.text!r} from {self.at}")
        return value

    def spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, mark: str) -> bool:
        self.spaces()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise ValueError(f"expected {mark!r} in {self.text!r} at {self.at}")

    def value(self) -> Any:
        self.spaces()
        character = self.text[self.at]
        if character == "'":
            return self.string()
        if character == "[":
            return self.edge() if self.text[self.at + 1 : self.at + 2] == ":" else self.list()
        if character == "{":
            return self.map()
        if character == "(":
            return self.vertex()
        if character == "<":
            return self.path()
        return self.word()

    def string(self) -> str:
        self.expect("'")
        out = []
        while self.text[self.at] != "'":
            if self.text[self.at] == "\\":
                self.at += 1
                out.append({"n": "\n", "t": "\t", "r": "\r"}.get(self.text[self.at], self.text[self.at]))
            else:
                out.append(self.text[self.at])
            self.at += 1
        self.at += 1
        return "".join(out)

    def list(self) -> list[Any]:
        self.expect("[")
        items: list[Any] = []
        while not self.take("]"):
            if items:
                self.expect(",")
            items.append(self.value())
        return items

    def map(self) -> dict[str, Any]:
        self.expect("{")
        entries: dict[str, Any] = {}
        while not self.take("}"):
            if entries:
                self.expect(",")
            name = self.name()
            self.expect(":")
            entries[name] = self.value()
        return entries

    def name(self) -> str:
        self.spaces()
        if self.take("`"):
            end = self.text.index("`", self.at)
            name, self.at = self.text[self.at : end], end + 1
            return name
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] == "_"):
            self.at += 1
        return self.text[start : self.at]

    def vertex(self) -> VertexShape:
        self.expect("(")
        labels = []
        while self.take(":"):
            labels.append(self.name())
        self.spaces()
        properties = self.map() if self.text[self.at] == "{" else {}
        self.expect(")")
        return VertexShape(tuple(sorted(labels)), properties)

    def edge(self) -> EdgeShape:
        self.expect("[")
        self.expect(":")
        name = self.name()
        self.spaces()
        properties = self.map() if self.text[self.at] == "{" else {}
        self.expect("]")
        return EdgeShape(name, properties)

    def path(self) -> PathShape:
        self.expect("<")
        vertices, edges = [self.vertex()], []
        while not self.take(">"):
            is_left = self.take("<")
            self.expect("-")
            edge = self.edge()
            self.expect("-")
            if not is_left:
                self.expect(">")
            edges.append((edge, not is_left))
            vertices.append(self.vertex())
        return PathShape(vertices, edges)

    def word(self) -> Any:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",]})>: \t":
            self.at += 1
        word = self.text[start : self.at]
        constants = {
            "null": None, "true": True, "false": False, "NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf"),
        }  # fmt: skip
        if word in constants:
            return constants[word]
        try:
            return int(word)
        except ValueError:
            return float(word)


def parse_value(text: str) -> Any:
    return Parser(text).parse()


def matches(expected: Any, actual: Any, *, any_order: bool = False) -> bool:
    if type(actual) in TEMPORAL_TYPES:
        return bool(expected == format_temporal(actual))
    if isinstance(expected, VertexShape):
        return (
            isinstance(actual, Vertex)
            and expected.labels == tuple(actual.labels)
            and matches(expected.properties, dict(actual.properties), any_order=any_order)
        )
    if isinstance(expected, EdgeShape):
        return (
            isinstance(actual, Edge)
            and expected.type == actual.type
            and matches(expected.properties, dict(actual.properties), any_order=any_order)
        )
    if isinstance(expected, PathShape):
        return isinstance(actual, Path) and _path_matches(expected, actual)
    if isinstance(expected, list):
        return _lists_match(expected, actual, any_order)
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(matches(value, actual[name], any_order=any_order) for name, value in expected.items())
        )
    return _scalars_match(expected, actual)


def _scalars_match(expected: Any, actual: Any) -> bool:
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, float):
        return (isnan(expected) and isnan(actual)) or expected == actual
    return bool(expected == actual)


def _lists_match(expected: list[Any], actual: Any, any_order: bool) -> bool:
    if not isinstance(actual, list) or len(expected) != len(actual):
        return False
    if not any_order:
        return all(matches(one, other) for one, other in zip(expected, actual, strict=True))
    left = list(actual)
    for one in expected:
        found = next((number for number, other in enumerate(left) if matches(one, other, any_order=True)), None)
        if found is None:
            return False
        del left[found]
    return True


def _path_matches(expected: PathShape, actual: Path) -> bool:
    if len(expected.edges) != len(actual.edges):
        return False
    if not all(matches(one, other) for one, other in zip(expected.vertices, actual.vertices, strict=True)):
        return False
    for number, (shape, is_forward) in enumerate(expected.edges):
        edge, before = actual.edges[number], actual.vertices[number]
        if not matches(shape, edge) or (edge.source if is_forward else edge.target) != before.id:
            return False
    return True
