"""Expressions over whole blocks: what is common as comprehensions, anything else row by row with the closure."""

from __future__ import annotations

from collections.abc import Callable, Generator
from itertools import compress
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.query.compile_access import ID_PROPERTY
from graphvine.query.compile_expressions import Compiler, Evaluate
from graphvine.query.gradual import Work
from graphvine.query.parts import Part
from graphvine.query.run import TooLong
from graphvine.query.steps.block import Block, RowBlock, Values
from graphvine.query.tree import (
    Call,
    Compare,
    Comprehension,
    Constant,
    CountStar,
    Expr,
    HasLabels,
    Literal,
    Parameter,
    PatternComprehension,
    PatternTest,
    PropertyOf,
    Quantifier,
    Reduce,
    ShortestPath,
    Subquery,
    Variable,
)
from graphvine.query.values import Row
from graphvine.query.walk import descend

# Reads a column, or returns None where the values are not of the common kind.
Read = Callable[[Block], Values | None]
# What a variable of a pattern holds, also of an optional one.
_CELLS = frozenset((VertexCell, EdgeCell, type(None)))
# Rows between two looks at the clock.
_TURN = 32


class Reader:
    """An expression, for rows and for blocks.

    evaluate: its closure. part: both its forms; None where it never takes long. needs: the slots it looks at; None when
    only a whole row will do. cell: the slot of the vertex or edge of which it reads one property, or the id: such a
    column can be read late, as it can't fail.
    """

    __slots__ = ("_read", "cell", "evaluate", "needs", "part")

    def __init__(
        self,
        evaluate: Evaluate,
        needs: list[int] | None = None,
        read: Read | None = None,
        cell: int = -1,
        part: Part | None = None,
    ) -> None:
        self.evaluate = evaluate
        self.part = part
        self.needs = needs
        self._read = read
        self.cell = cell

    def later(self, row: Row) -> Work:
        """Return the work that computes it for a row, where its closure raised TooLong."""
        assert self.part is not None, "without it never too long"
        return self.part.later(row)

    def value(self, row: Row) -> Work:
        """Compute it for a row, with pauses where it needs them."""
        try:
            return self.evaluate(row)
        except TooLong:
            pass
        return (yield from self.later(row))

    def values(self, block: Block) -> Generator[None, None, Values]:
        """Return the value for each row; gives None at each chance to pause."""
        if self._read is not None:
            found = self._read(block)
            if found is not None:
                return found
        return (yield from self._one_by_one(block))

    def late(self, block: Block) -> Callable[[Block], Values] | None:
        """Return how to read the column later, also of what is left of the block, where that is safe."""
        if self.cell >= 0 and self.cell in block.kinds:
            return self._read  # type: ignore[return-value]  # not None: the kinds are known
        return None

    def _one_by_one(self, block: Block) -> Generator[None, None, Values]:
        evaluate, values, needs = self.evaluate, [], self.needs
        if needs is None or isinstance(block, RowBlock):
            rows, run = block.rows(), block.base[0]
            for start in range(0, len(rows), _TURN):
                some = rows[start : start + _TURN]
                try:
                    values += [evaluate(row) for row in some]
                except TooLong:
                    yield from self._paused(some, values)
                if run.tick():
                    yield None
            return values
        yield from self._in_one_row(block, needs, values)
        return values

    def _paused(self, rows: list[Row], values: Values) -> Generator[None, None, None]:
        for row in rows:
            value = yield from self.value(row)
            values.append(value)

    def _in_one_row(self, block: Block, needs: list[int], values: Values) -> Generator[None, None, None]:
        """Put what the closure looks at into one row, again and again."""
        evaluate, row = self.evaluate, block.base[:]
        run = row[0]
        wanted = [slot for slot in needs if block.varies(slot)]
        columns = [block.column(slot) for slot in wanted]
        for place in range(block.size):
            for slot, column in zip(wanted, columns, strict=True):
                row[slot] = column[place]
            try:
                values.append(evaluate(row))
            except TooLong:
                values.append((yield from self.later(row)))
            if not place % _TURN and run.tick():
                yield None


def reader(expr: Expr, compiler: Compiler) -> Reader:
    """Return the reader of a bound expression."""
    part = Part(expr, compiler)
    make = _READS.get(type(expr))
    read = make(expr) if make is not None else None
    return Reader(part.now, _needs(expr), read, _cell(expr) if read is not None else -1, part)


_WHOLE = (Comprehension, PatternComprehension, PatternTest, Quantifier, Reduce, ShortestPath, Subquery)


def _needs(expr: Expr) -> list[int] | None:
    found: set[int] = set()
    for part in descend(expr):
        if isinstance(part, _WHOLE):
            return None
        slot = getattr(part, "slot", -1)
        if slot >= 0:
            found.add(slot)
    return sorted(found)


def _cell(expr: Expr) -> int:
    """Return the slot of the entity that the expression reads one value of, or -1."""
    if isinstance(expr, PropertyOf) and isinstance(expr.base, Variable):
        return expr.base.slot
    if isinstance(expr, Call) and isinstance(expr.arguments[0], Variable):
        return expr.arguments[0].slot
    return -1


def _variable(expr: Variable) -> Read:
    slot = expr.slot
    return lambda block: block.column(slot)


def _aggregate(expr: CountStar) -> Read:
    slot = expr.slot
    return lambda block: block.column(slot)


def _literal(expr: Literal) -> Read:
    value = expr.value
    return lambda block: [value] * block.size


def _constant(expr: Constant) -> Read:
    value = expr.data.value  # type: ignore[attr-defined]
    return lambda block: [value] * block.size


def _parameter(expr: Parameter) -> Read:
    name = expr.name
    return lambda block: [block.base[0].parameters[name]] * block.size


def _property(expr: PropertyOf) -> Read | None:
    if not isinstance(expr.base, Variable):
        return None
    slot, name = expr.base.slot, expr.name
    if name == ID_PROPERTY:
        return _ids(slot)

    def read(block: Block) -> Values | None:
        if slot in block.kinds:
            return block.through(slot, lambda cells: [cell.properties.get(name) for cell in cells])
        column = block.column(slot)
        if _CELLS.issuperset(map(type, column)):
            return [None if cell is None else cell.properties.get(name) for cell in column]
        return None

    return read


def _ids(slot: int) -> Read:
    def read(block: Block) -> Values | None:
        if slot in block.kinds:
            return block.through(slot, lambda cells: [cell.id for cell in cells])
        column = block.column(slot)
        if _CELLS.issuperset(map(type, column)):
            return [None if cell is None else cell.id for cell in column]
        return None

    return read


def _call(expr: Call) -> Read | None:
    if expr.slot >= 0:
        slot = expr.slot
        return lambda block: block.column(slot)
    is_id = expr.name.lower() in ("id", "elementid") and isinstance(expr.arguments[0], Variable)
    return _ids(expr.arguments[0].slot) if is_id else None  # type: ignore[attr-defined]


def _has_labels(expr: HasLabels) -> Read | None:
    if not isinstance(expr.operand, Variable) or len(expr.labels) != 1:
        return None
    slot, (label,) = expr.operand.slot, expr.labels

    def read(block: Block) -> Values | None:
        if block.kinds.get(slot) is VertexCell:
            return [label in cell.labels for cell in block.column(slot)]
        return None

    return read


def _compare(expr: Compare) -> Read | None:
    if len(expr.rest) != 1:
        return None
    operator, other = expr.rest[0]
    left, right = (_READS[type(side)](side) if type(side) in _READS else None for side in (expr.first, other))
    if left is None or right is None:
        return None
    variables = [side.slot for side in (expr.first, other) if isinstance(side, Variable)]

    def read(block: Block) -> Values | None:
        one, two = left(block), right(block)
        if one is None or two is None:
            return None
        if len(variables) == 2 and all(slot in block.kinds for slot in variables):
            return _SAME[operator](one, two) if operator in _SAME else None
        return _compared(operator, one, two)

    return read


def _compared(operator: str, one: Values, two: Values) -> Values | None:
    """Compare what Python compares as Cypher does; None when there is anything else."""
    kinds = {*map(type, one), *map(type, two)}
    if type(None) in kinds:
        kinds.discard(type(None))
        return _COMPARE_WITH_NULLS[operator](one, two) if _are_alike(kinds) else None
    return _COMPARE[operator](one, two) if _are_alike(kinds) else None


def _are_alike(kinds: set[type]) -> bool:
    return len(kinds) < 2 and kinds <= _ALIKE or kinds == _NUMBERS


_NUMBERS = {int, float}
_ALIKE = {str, int, float, bool}
# Vertices and edges of the state are equal when they are the same.
_SAME: dict[str, Callable[[Values, Values], Values]] = {
    "=": lambda one, two: [left is right for left, right in zip(one, two, strict=True)],
    "<>": lambda one, two: [left is not right for left, right in zip(one, two, strict=True)],
}
_COMPARE: dict[str, Callable[[Values, Values], Values]] = {
    "=": lambda one, two: [left == right for left, right in zip(one, two, strict=True)],
    "<>": lambda one, two: [left != right for left, right in zip(one, two, strict=True)],
    "<": lambda one, two: [left < right for left, right in zip(one, two, strict=True)],
    "<=": lambda one, two: [left <= right for left, right in zip(one, two, strict=True)],
    ">": lambda one, two: [left > right for left, right in zip(one, two, strict=True)],
    ">=": lambda one, two: [left >= right for left, right in zip(one, two, strict=True)],
}


def _or_null(compare: Callable[[Values, Values], Values]) -> Callable[[Values, Values], Values]:
    """Return a comparison that is null where one side is."""

    def read(one: Values, two: Values) -> Values:
        known = [left is not None and right is not None for left, right in zip(one, two, strict=True)]
        found = iter(compare(list(compress(one, known)), list(compress(two, known))))
        return [next(found) if is_known else None for is_known in known]

    return read


_COMPARE_WITH_NULLS = {operator: _or_null(compare) for operator, compare in _COMPARE.items()}

_READS: dict[type[Expr], Callable[[Any], Read | None]] = {
    Variable: _variable,
    CountStar: _aggregate,
    Literal: _literal,
    Constant: _constant,
    Parameter: _parameter,
    PropertyOf: _property,
    Call: _call,
    HasLabels: _has_labels,
    Compare: _compare,
}
