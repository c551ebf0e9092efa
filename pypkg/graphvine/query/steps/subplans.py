"""Steps that run an inner plan for each outer row, or several plans one after the other."""

from __future__ import annotations

from typing import Any

from graphvine.query.containers import has_container
from graphvine.query.gradual import bounded_list
from graphvine.query.parts import Part
from graphvine.query.steps.block import PLACE, Block
from graphvine.query.steps.expands import Expand
from graphvine.query.steps.flow import Filter
from graphvine.query.steps.step import Argument, Blocks, Rows, Step, drained, has_writes, paced
from graphvine.query.values import Row


class Optional(Step):
    """Gives the rows of an inner plan for each outer row, or one row with nulls where it gives none."""

    name = "Optional"

    def __init__(self, child: Step, inner: Step, slots: list[int], **about: Any) -> None:
        super().__init__((child, inner), **about)
        self.slots = slots

    def open(self, row: Row) -> Rows:
        """Give at least one row for each outer one."""
        inner_step, slots = self.children[1], self.slots
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            is_found = False
            for inner in inner_step.open(outer):
                is_found = is_found or inner is not None
                yield inner
            if not is_found:
                empty = outer[:]
                for slot in slots:
                    empty[slot] = None
                yield empty

    def blocks(self, row: Row) -> Blocks:
        """Give at least one row for each outer one: the inner plan runs for many of them at once, if it can."""
        argument = _argument_of(self.children[1])
        if argument is None:
            yield from super().blocks(row)
            return
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            for part in block.parts(_OUTER):
                seed = part.derived(part.size, None)
                seed.columns[PLACE] = list(range(part.size))
                row[0].seeds[argument] = seed
                yield from self._outer(part, self.children[1].blocks(row))

    def _outer(self, outer: Block, found: Blocks) -> Blocks:
        """Join outer rows with what the inner plan gives for them, in their order."""
        done = 0
        for inner in found:
            if inner is None:
                yield None
                continue
            places = inner.column(PLACE)
            have = set(places)
            missing = [place for place in range(done, places[-1]) if place not in have]
            done = places[-1] + 1
            yield self._with_nulls(outer, inner, places, missing)
        if done < outer.size:
            rest = outer.part(done, outer.size)
            rest = rest.derived(rest.size, None)
            rest.columns = {slot: [None] * rest.size for slot in self.slots}
            yield rest

    def _with_nulls(self, outer: Block, inner: Block, places: list[int], missing: list[int]) -> Block:
        lost = set(missing)
        merged = sorted(places + missing)
        made = outer.at(merged)
        for slot in self.slots:
            column = inner.column(slot)
            if lost:
                values = iter(column)
                column = [None if place in lost else next(values) for place in merged]
            made.columns[slot] = column
        return made


# Outer rows for which an inner plan runs at once.
_OUTER = 256


def _argument_of(step: Step) -> Argument | None:
    """Return the step that an inner plan begins with, if all those above it keep blocks as blocks."""
    while isinstance(step, (Expand, Filter)):
        step = step.child
    return step if isinstance(step, Argument) else None


class Apply(Step):
    """Gives the rows of an inner plan for each outer row (CALL { })."""

    name = "Apply"

    def __init__(self, child: Step, inner: Step, *, gives_rows: bool, **about: Any) -> None:
        super().__init__((child, inner), **about)
        self.gives_rows = gives_rows
        self.is_eager = has_writes(inner)

    def open(self, row: Row) -> Rows:
        """Give the joined rows."""
        if not self.is_eager:
            yield from self._joined(self.child.open(row))
            return
        kept: list[Row] = []
        yield from drained(self.child, row, kept)
        done: list[Row] = []
        for inner in self._joined(iter(kept)):
            if inner is None:
                yield None
            else:
                row[0].hold_row(len(inner))
                done.append(inner)
        yield from paced(done, row[0])

    def _joined(self, outers: Rows) -> Rows:
        for outer in outers:
            if outer is None:
                yield None
                continue
            for inner in self.children[1].open(outer):
                if inner is None or self.gives_rows:
                    yield inner
            if not self.gives_rows:
                yield outer


class SemiApply(Step):
    """Keeps the rows for which an inner plan gives a row (or none, when negated)."""

    name = "SemiApply"

    def __init__(self, child: Step, inner: Step, *, is_negated: bool, **about: Any) -> None:
        super().__init__((child, inner), **about)
        self.is_negated = is_negated
        if is_negated:
            self.name = "AntiSemiApply"

    def open(self, row: Row) -> Rows:
        """Give the rows that pass."""
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            is_found = False
            for inner in self.children[1].open(outer):
                if inner is not None:
                    is_found = True
                    break
                yield None
            if is_found is not self.is_negated:
                yield outer


class Gather(Step):
    """Computes a subquery for each row into a slot. kind: EXISTS, COUNT, or COLLECT of what `read` gives."""

    name = "Gather"

    def __init__(self, child: Step, inner: Step, kind: str, slot: int, read: Part | None, **about: Any) -> None:
        super().__init__((child, inner), details=kind, **about)
        self.kind = kind
        self.slot = slot
        self.read = read

    def open(self, row: Row) -> Rows:
        """Give each row with the value."""
        read, is_exists = self.read, self.kind == "EXISTS"
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            count, values = 0, []
            for inner in self.children[1].open(outer):
                if inner is None:
                    yield None
                    continue
                count += 1
                if read is not None:
                    values.append((yield from read.value(inner)))
                    row[0].hold(16)
                if is_exists:
                    break
            found = outer[:]
            if read is None:
                found[self.slot] = count > 0 if is_exists else count
            else:
                found[self.slot] = (yield from bounded_list(values, row[0])) if has_container(values) else values
            yield found


class Union(Step):
    """Gives the rows of several branches, with their columns in the same slots."""

    name = "Union"

    def __init__(self, branches: list[Step], slots: list[list[int]], target: list[int], **about: Any) -> None:
        super().__init__(branches, **about)
        self.slots = slots
        self.target = target

    def open(self, row: Row) -> Rows:
        """Give the rows of one branch after the other."""
        for branch, slots in zip(self.children, self.slots, strict=False):
            for outer in branch.open(row):
                if outer is None:
                    yield None
                    continue
                inner = outer[:]
                for source, target in zip(slots, self.target, strict=True):
                    inner[target] = outer[source]
                yield inner
