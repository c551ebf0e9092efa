"""Plans the clauses that change the graph."""

from __future__ import annotations

from typing import Any

from graphvine.model.ids import default_edge_id
from graphvine.query.compile_expressions import Compiler
from graphvine.query.parts import Part
from graphvine.query.plan_match import Steps, trail_parts
from graphvine.query.steps.step import Argument, Step
from graphvine.query.steps.writes import (
    Change,
    NewEdge,
    NewTrail,
    NewVertex,
    Update,
    set_labels,
    set_named,
    set_properties,
    set_property,
)
from graphvine.query.steps.writes import (
    Create as CreateStep,
)
from graphvine.query.steps.writes import (
    Delete as DeleteStep,
)
from graphvine.query.steps.writes import (
    Foreach as ForeachStep,
)
from graphvine.query.steps.writes import (
    Merge as MergeStep,
)
from graphvine.query.storable import storable_names
from graphvine.query.tree import (
    Create,
    Delete,
    Element,
    Expr,
    Foreach,
    Merge,
    PathPattern,
    PropertyOf,
    Remove,
    SetClause,
    SetItem,
)


def plan_create(planner: Any, clause: Create, step: Step) -> Steps:
    """Return, in steps, the plan of CREATE."""
    parts: list[NewVertex | NewEdge | NewTrail] = []
    for pattern in clause.patterns:
        vertices, edges = _new_parts(pattern, planner.compiler)
        parts += vertices
        parts += edges
        if pattern.variable is not None:
            parts.append(NewTrail(pattern.slot, trail_parts(pattern)))
        yield
    return CreateStep(step, parts, estimate=step.estimate)


def _new_parts(pattern: PathPattern, compiler: Compiler) -> tuple[list[NewVertex], list[NewEdge]]:
    def compiled(expr: Expr | None) -> Any:
        return None if expr is None else Part(expr, compiler)

    vertices = [
        NewVertex(part.slot, part.is_bound, _labels(part.labels, part.at), compiled(part.properties), part.at)
        for part in pattern.vertices
    ]
    edges = []
    for number, edge in enumerate(pattern.edges):
        source, target = pattern.vertices[number].slot, pattern.vertices[number + 1].slot
        if edge.direction < 0:
            source, target = target, source
        (type_,) = storable_names("An edge type", (edge.types[0],), edge.at)
        edges.append(NewEdge(edge.slot, source, target, type_, compiled(edge.properties), edge.at))
    return vertices, edges


def _labels(labels: list[str], at: int) -> tuple[str, ...]:
    return storable_names("A label", tuple(labels), at)


def plan_merge(planner: Any, clause: Merge, step: Step) -> Step:
    """Return the plan of MERGE."""
    pattern = clause.pattern
    match = planner.match([pattern], None, Argument())
    vertices, edges = _new_parts(pattern, planner.compiler)
    on_create = [_change(item, planner.compiler) for item in clause.on_create]
    on_match = [_change(item, planner.compiler) for item in clause.on_match]
    trail = NewTrail(pattern.slot, trail_parts(pattern))
    after = (on_create, on_match, trail)
    return MergeStep(step, match, vertices, edges, after, edge_id=default_edge_id, estimate=step.estimate)


def plan_update(planner: Any, clause: SetClause | Remove, step: Step) -> Steps:
    """Return, in steps, the plan of SET or REMOVE."""
    is_added = isinstance(clause, SetClause)
    changes = []
    for item in clause.items:
        changes.append(_change(item, planner.compiler, is_added=is_added))
        yield
    return Update(step, changes, estimate=step.estimate)


def _change(item: SetItem, compiler: Compiler, *, is_added: bool = True) -> Change:
    if item.kind == "LABELS":
        labels = _labels(item.labels, item.at) if is_added else tuple(item.labels)
        return set_labels(Part(item.target, compiler), labels, item.at, is_added=is_added)
    value = None if item.value is None else Part(item.value, compiler)
    if isinstance(item.target, PropertyOf):
        if value is not None:
            storable_names("A property name", (item.target.name,), item.at)
        return set_property(Part(item.target.base, compiler), item.target.name, value, item.at)
    if isinstance(item.target, Element):
        return set_named(Part(item.target.base, compiler), Part(item.target.index, compiler), value, item.at)
    assert value is not None, "only a property is removed without"
    return set_properties(Part(item.target, compiler), value, item.at, is_added=item.kind == "+=")


def plan_delete(planner: Any, clause: Delete, step: Step) -> Step:
    """Return the plan of DELETE."""
    targets = [(Part(target, planner.compiler), target.at) for target in clause.targets]
    return DeleteStep(step, targets, is_detach=clause.is_detach, estimate=step.estimate)


def plan_foreach(planner: Any, clause: Foreach, step: Step) -> Step:
    """Return the plan of FOREACH."""
    inner = planner.clauses(clause.clauses, Argument())
    items = Part(clause.items, planner.compiler)
    about = {"details": clause.variable, "estimate": step.estimate, "at": clause.items.at}
    return ForeachStep(step, inner, items, clause.slot, **about)
