"""What each WITH and RETURN after the first makes of a row."""

from __future__ import annotations

from typing import Any

from graphvine.query.compile_expressions import Compiler
from graphvine.query.fault import type_error
from graphvine.query.gradual import Work
from graphvine.query.parts import Part
from graphvine.query.tree import Projection, Variable
from graphvine.query.values import Row, type_name


class _Stage:
    """The columns of one projection, and its WHERE. is_test: the columns are there already."""

    def __init__(self, projection: Projection, compiler: Compiler, *, is_test: bool) -> None:
        fresh = [] if is_test else [item for item in projection.items if not _is_in_place(item.expression, item.slot)]
        self.columns = [(item.slot, Part(item.expression, compiler)) for item in fresh]
        self.test = None if projection.test is None else Part(projection.test, compiler)
        self.at = -1 if projection.test is None else projection.test.at

    def passes(self, answer: Any) -> bool:
        """Tell whether a row stays, or raise Fault."""
        if answer is True:
            return True
        if answer is False or answer is None:
            return False
        message = f"WHERE needs a truth value, but this is a {type_name(answer)}."
        raise type_error("InvalidArgumentType", message, self.at)


def _is_in_place(expr: object, slot: int) -> bool:
    return isinstance(expr, Variable) and expr.slot == slot


class Stages:
    """Projections one after another. tested: one whose columns are there, and whose WHERE comes first."""

    def __init__(self, projections: list[Projection], compiler: Compiler, tested: Projection | None = None) -> None:
        first = [] if tested is None or tested.test is None else [_Stage(tested, compiler, is_test=True)]
        self._stages = first + [_Stage(each, compiler, is_test=False) for each in projections]

    def apply(self, row: Row) -> Row | None:
        """Return the row at the end, None where a WHERE does not take it. Raises TooLong."""
        for stage in self._stages:
            inner = row[:]
            for slot, part in stage.columns:
                inner[slot] = part.now(row)
            row = inner
            if stage.test is not None and not stage.passes(stage.test.now(row)):
                return None
        return row

    def applying(self, row: Row) -> Work:
        """Return the same, with pauses."""
        for stage in self._stages:
            inner = row[:]
            for slot, part in stage.columns:
                inner[slot] = yield from part.value(row)
            row = inner
            if stage.test is not None and not stage.passes((yield from stage.test.value(row))):
                return None
        return row
