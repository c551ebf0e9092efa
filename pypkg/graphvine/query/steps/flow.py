"""Steps that filter, compute and cut rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphvine.query.bind_projections import check_count
from graphvine.query.compile_expressions import CONTAINERS, Compiler
from graphvine.query.containers import has_container
from graphvine.query.fault import Fault, type_error
from graphvine.query.gradual import Work, key_of
from graphvine.query.parts import Part, values_of
from graphvine.query.readers import Reader
from graphvine.query.run import TooLong
from graphvine.query.steps.block import Block
from graphvine.query.steps.keys import first_places, keys_of
from graphvine.query.steps.seen import Seen
from graphvine.query.steps.step import Blocks, Rows, Step, has_writes
from graphvine.query.tree import Expr
from graphvine.query.values import Row, group_key, type_name


class Filter(Step):
    """Keeps the rows for which a condition is true (not null)."""

    name = "Filter"

    def __init__(self, child: Step, test: Reader, at: int, **about: Any) -> None:
        super().__init__((child,), **about)
        self.test = test
        self.at = at

    def open(self, row: Row) -> Rows:
        """Give the rows that pass."""
        test = self.test.evaluate
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            try:
                answer = test(outer)
            except TooLong:
                answer = yield from self.test.later(outer)
            if answer is True:
                yield outer
            elif answer is not False and answer is not None:
                raise self._no_truth(answer)

    def blocks(self, row: Row) -> Blocks:
        """Give the rows that pass."""
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            answers = yield from self.test.values(block)
            if not _TRUTHS.issuperset(map(type, answers)):
                raise self._no_truth(next(answer for answer in answers if type(answer) not in _TRUTHS))
            kept = block.where(answers)
            if kept.size:
                yield kept

    def _no_truth(self, answer: Any) -> Fault:
        message = f"WHERE needs a truth value, but this is a {type_name(answer)}."
        return type_error("InvalidArgumentType", message, self.at)


_TRUTHS = frozenset((bool, type(None)))


class Project(Step):
    """Computes columns."""

    name = "Project"

    def __init__(self, child: Step, columns: list[tuple[int, Reader]], **about: Any) -> None:
        super().__init__((child,), **about)
        self.columns = columns

    def blocks(self, row: Row) -> Blocks:
        """Give the rows with their columns. Those that can't fail are read when somebody asks for them."""
        run = row[0]
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            made = block.derived(block.size, None)
            made.late = block.late.copy()
            for slot, column in self.columns:
                late = column.late(block)
                if late is not None:
                    made.late[slot] = late
                else:
                    made.columns[slot] = yield from column.values(block)
            yield made
            if run.tick():
                yield None

    def open(self, row: Row) -> Rows:
        """Give each row with its columns."""
        columns = self.columns
        if len(columns) != 1:
            yield from self._several(row)
            return
        ((slot, column),) = columns
        evaluate = column.evaluate
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            inner = outer[:]
            try:
                inner[slot] = evaluate(outer)
            except TooLong:
                inner[slot] = yield from column.later(outer)
            yield inner

    def _several(self, row: Row) -> Rows:
        columns = [(slot, column.evaluate) for slot, column in self.columns]
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            inner = outer[:]
            try:
                for slot, evaluate in columns:
                    inner[slot] = evaluate(outer)
            except TooLong:
                for slot, column in self.columns:
                    inner[slot] = yield from column.value(outer)
            yield inner


class Distinct(Step):
    """Keeps the first of rows that are the same in some slots."""

    name = "Distinct"

    def __init__(self, child: Step, slots: list[int], **about: Any) -> None:
        super().__init__((child,), **about)
        self.slots = slots

    def open(self, row: Row) -> Rows:
        """Give each different row once."""
        run, slots = row[0], self.slots
        seen = Seen()
        only = slots[0] if len(slots) == 1 else -1
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            if only >= 0:
                key = outer[only]
                if type(key) is not str:
                    key = (yield from key_of(key, run)) if type(key) in CONTAINERS else group_key(key)
            else:
                values = [outer[slot] for slot in slots]
                if has_container(values):
                    key = yield from key_of(values, run)
                else:
                    key = tuple([group_key(value) for value in values])
            if seen.add(key):
                run.hold_row(len(slots))
                yield outer
        yield from _sliced(seen.emptied(), run)

    def blocks(self, row: Row) -> Blocks:
        """Give each different row once."""
        run, slots = row[0], self.slots
        seen = Seen()
        for block in self.child.blocks(row):
            if block is None:
                yield None
                continue
            keys, is_plain = yield from keys_of([block.column(slot) for slot in slots], run)
            fresh = seen.fresh(keys)
            if not fresh:
                continue
            run.hold_rows(len(fresh), len(slots))
            yield self._first(block, keys, fresh, is_plain=is_plain)
            if run.tick():
                yield None
        yield from _sliced(seen.emptied(), run)

    def _first(self, block: Block, keys: list[Any], fresh: list[Any], *, is_plain: bool) -> Block:
        """Return the first row of each fresh key."""
        if len(fresh) == len(keys):
            return block
        made = block.derived(len(fresh), lambda column: [column[place] for place in first_places(keys, fresh)])
        if is_plain and len(self.slots) == 1:
            made.columns[self.slots[0]] = fresh
        return made


def _sliced(work: Iterator[None], run: Any) -> Iterator[None]:
    for _ in work:
        if run.tick():
            yield None


class Count:
    """A number of rows: what SKIP or LIMIT says."""

    def __init__(self, expr: Expr, compiler: Compiler) -> None:
        self._part = Part(expr, compiler)
        self._at = expr.at

    def value(self, row: Row) -> Work:
        """Compute it, and check that it can be a number of rows."""
        return check_count((yield from self._part.value(row)), self._at, "runtime")


class Skip(Step):
    """Leaves out the first rows."""

    name = "Skip"

    def __init__(self, child: Step, count: Count, **about: Any) -> None:
        super().__init__((child,), **about)
        self.count = count

    def open(self, row: Row) -> Rows:
        """Give the rows behind the first."""
        left = yield from self.count.value(row)
        for outer in self.child.open(row):
            if outer is None:
                yield None
            elif left > 0:
                left -= 1
            else:
                yield outer


class Limit(Step):
    """Ends after some rows. Whatever writes below it is still done: its first row comes after all writing."""

    name = "Limit"

    def __init__(self, child: Step, count: Count, **about: Any) -> None:
        super().__init__((child,), **about)
        self.count = count
        self.must_start = has_writes(child)

    def open(self, row: Row) -> Rows:
        """Give the first rows."""
        left = yield from self.count.value(row)
        if left == 0 and not self.must_start:
            return
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            if left <= 0:
                return
            left -= 1
            yield outer
            if left == 0:
                return


class Unwind(Step):
    """Gives a row for each element of a list; null is an empty list, and any other value a list of itself."""

    name = "Unwind"

    def __init__(self, child: Step, items: Part, slot: int, **about: Any) -> None:
        super().__init__((child,), **about)
        self.items = items
        self.slot = slot

    def open(self, row: Row) -> Rows:
        """Give the elements."""
        run, slot, read, turns = row[0], self.slot, self.items.now, 0
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            try:
                items = read(outer)
            except TooLong:
                items = yield from self.items.later(outer)
            if type(items) is not list:
                items = () if items is None else (items,)
            for item in items:
                turns += 1
                if not turns & 31 and run.tick():
                    yield None
                inner = outer[:]
                inner[slot] = item
                yield inner


class CallProcedure(Step):
    """Gives the rows of a procedure."""

    name = "ProcedureCall"

    def __init__(
        self, child: Step, procedure: Any, arguments: list[Part], columns: list[tuple[int, int]], **about: Any
    ) -> None:
        super().__init__((child,), **about)
        self.procedure = procedure
        self.arguments = arguments
        self.columns = columns

    def open(self, row: Row) -> Rows:
        """Give a row for each row of the procedure; the outer row where it has no output at all."""
        run, turns = row[0], 0
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            values = yield from values_of(self.arguments, outer)
            found = self.procedure.run(run.graph, values)
            if not self.procedure.outputs:
                yield outer
                continue
            for record in found:
                turns += 1
                if not turns & 31 and run.tick():
                    yield None
                inner = outer[:]
                for position, slot in self.columns:
                    inner[slot] = record[position]
                yield inner
