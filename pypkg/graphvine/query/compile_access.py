"""Closures that read properties, elements and slices, and that build lists and maps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphvine.model.temporal import TEMPORAL_TYPES
from graphvine.query.arithmetic import MAX_LIST
from graphvine.query.compile_expressions import COMPILERS, CONTAINERS, Compiler, Evaluate
from graphvine.query.containers import bounded, has_container
from graphvine.query.fault import Fault, type_error
from graphvine.query.functions.entities import entity_map
from graphvine.query.run import CREDIT
from graphvine.query.temporal_fields import temporal_field
from graphvine.query.tree import Element, Expr, ListOf, MapOf, MapProjection, PropertyOf, Slice, Variable
from graphvine.query.values import Row, is_edge, is_vertex, type_name

# The reserved property that names a vertex: reads as its id, and gives it in CREATE and MERGE.
ID_PROPERTY = "_id"


def property_of(base: Any, name: str) -> Any:
    """Return ``base.name`` of any value that has properties."""
    if base is None:
        return None
    if type(base) is dict:
        return base.get(name)
    if type(base) in TEMPORAL_TYPES:
        return temporal_field(base, name)
    if is_vertex(base) or is_edge(base):
        return base.id if name == ID_PROPERTY else base.properties.get(name)
    raise type_error("PropertyAccessByNonMap", f"A {type_name(base)} has no property `{name}`.")


def _property(expr: PropertyOf, compiler: Compiler) -> Evaluate:
    name, at = expr.name, expr.at
    if isinstance(expr.base, Variable) and name != ID_PROPERTY:
        return property_reader(expr.base.slot, name, at)
    base = compiler.compile(expr.base)

    def read(row: Row) -> Any:
        try:
            return property_of(base(row), name)
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return read


def property_reader(slot: int, name: str, at: int) -> Evaluate:
    """Return the closure of the most common expression: a property of a variable."""

    def read(row: Row) -> Any:
        base = row[slot]
        try:
            return base.properties.get(name)
        except AttributeError:
            pass
        except Fault as fault:
            fault.at = at
            raise
        try:
            return property_of(base, name)
        except Fault as fault:
            fault.at = at
            raise

    return read


def element_of(base: Any, index: Any) -> Any:
    """Return ``base[index]``."""
    if base is None or index is None:
        return None
    if type(base) is list:
        if type(index) is not int:
            raise type_error(
                "InvalidArgumentType", f"An element of a list is found by an Integer, not a {type_name(index)}."
            )
        return base[index] if -len(base) <= index < len(base) else None
    if type(base) is dict or is_vertex(base) or is_edge(base):
        if type(index) is not str:
            raise type_error("MapElementAccessByNonString", f"A map is asked by text, not by a {type_name(index)}.")
        return property_of(base, index)
    raise type_error("InvalidArgumentType", f"A {type_name(base)} has no elements.")


def _element(expr: Element, compiler: Compiler) -> Evaluate:
    base, index, at = compiler.compile(expr.base), compiler.compile(expr.index), expr.at

    def read(row: Row) -> Any:
        try:
            return element_of(base(row), index(row))
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return read


def _slice(expr: Slice, compiler: Compiler) -> Evaluate:
    base = compiler.compile(expr.base)
    low = compiler.compile(expr.low) if expr.low is not None else lambda row: 0
    high = compiler.compile(expr.high) if expr.high is not None else lambda row: MAX_LIST
    at = expr.at

    def read(row: Row) -> Any:
        whole, first, last = base(row), low(row), high(row)
        if whole is None or first is None or last is None:
            return None
        if type(whole) is not list or type(first) is not int or type(last) is not int:
            raise type_error("InvalidArgumentType", "A slice is taken from a list, with integers.", at)
        row[0].charge(64 + (len(range(*slice(first, last).indices(len(whole)))) >> 2))
        return whole[first:last]

    return read


def charge_nesting(values: Iterable[Any], row: Row) -> None:
    """Count what looking into the lists and maps among some values costs; deeper ones may be of any size."""
    total = 0
    for value in values:
        if type(value) in CONTAINERS:
            total += 64 + len(value)
            if total > CREDIT or has_container(value if type(value) is list else value.values()):
                total = 2 * CREDIT
                break
    row[0].charge(total)


def _list(expr: ListOf, compiler: Compiler) -> Evaluate:
    items = compiler.compile_all(expr.items)

    def build(row: Row) -> Any:
        values = [item(row) for item in items]
        if has_container(values):
            charge_nesting(values, row)
            return bounded(values)
        return values

    return build


def _map(expr: MapOf, compiler: Compiler) -> Evaluate:
    entries = [(name, compiler.compile(value)) for name, value in expr.entries]

    def build(row: Row) -> Any:
        built = {name: value(row) for name, value in entries}
        if has_container(built.values()):
            charge_nesting(built.values(), row)
            return bounded(built)
        return built

    return build


def _map_projection(expr: MapProjection, compiler: Compiler) -> Evaluate:
    base, at = compiler.compile(expr.base), expr.at
    entries: list[tuple[str, Any]] = [
        (name, compiler.compile(value) if isinstance(value, Expr) else value) for name, value in expr.entries
    ]

    def build(row: Row) -> Any:
        whole = base(row)
        if whole is None:
            return None
        built: dict[str, Any] = {}
        for name, value in entries:
            if name == "*" and value == "":
                built |= entity_map(whole)
            elif name == "." and isinstance(value, str):
                built[value] = property_of(whole, value)
            else:
                built[name] = value(row)
        if has_container(built.values()):
            charge_nesting(built.values(), row)
            return bounded(built)
        return built

    def call(row: Row) -> Any:
        try:
            return build(row)
        except Fault as fault:
            if fault.at < 0:
                fault.at = at
            raise

    return call


COMPILERS |= {
    PropertyOf: _property,
    Element: _element,
    Slice: _slice,
    ListOf: _list,
    MapOf: _map,
    MapProjection: _map_projection,
}
