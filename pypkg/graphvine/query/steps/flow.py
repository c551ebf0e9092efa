"""Steps that filter, compute, sort, cut and combine rows."""

from __future__ import annotations

from heapq import merge
from typing import Any

from graphvine.query.bind_projections import check_count
from graphvine.query.compile_access import bounded, has_container
from graphvine.query.compile_expressions import Evaluate
from graphvine.query.fault import type_error
from graphvine.query.steps.step import Rows, Step, drained, has_writes, paced
from graphvine.query.values import Row, group_key, sort_key, type_name

# Rows sorted in one go; larger results are sorted in runs, with a chance to pause in between, and merged.
SORT_RUN = 4_000


class Filter(Step):
    """Keeps the rows for which a condition is true (not null)."""

    name = "Filter"

    def __init__(self, child: Step, test: Evaluate, at: int, **about: Any) -> None:
        super().__init__((child,), **about)
        self.test = test
        self.at = at

    def open(self, row: Row) -> Rows:
        """Give the rows that pass."""
        test = self.test
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            answer = test(outer)
            if answer is True:
                yield outer
            elif answer is not False and answer is not None:
                message = f"WHERE needs a truth value, but this is a {type_name(answer)}."
                raise type_error("InvalidArgumentType", message, self.at)


class Project(Step):
    """Computes columns."""

    name = "Project"

    def __init__(self, child: Step, columns: list[tuple[int, Evaluate]], **about: Any) -> None:
        super().__init__((child,), **about)
        self.columns = columns

    def open(self, row: Row) -> Rows:
        """Give each row with its columns."""
        columns = self.columns
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            inner = outer[:]
            for slot, evaluate in columns:
                inner[slot] = evaluate(outer)
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
        seen: set[Any] = set()
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            key = tuple([group_key(outer[slot]) for slot in slots])
            if key not in seen:
                seen.add(key)
                run.hold_row(len(slots))
                yield outer


# The keys of a row, and the row.
_Entry = tuple[list[Any], Row]


class Sort(Step):
    """Sorts rows; with `keep`, only as many of the first as that gives. Equal rows stay in order."""

    name = "Sort"

    def __init__(self, child: Step, keys: list[tuple[Evaluate, bool]], keep: Evaluate | None, **about: Any) -> None:
        super().__init__((child,), **about)
        self.keys = keys
        self.keep = keep
        if keep is not None:
            self.name = "Top"

    def open(self, row: Row) -> Rows:
        """Give the sorted rows."""
        run = row[0]
        most = None if self.keep is None else self.keep(row)
        if most is not None and most > SORT_RUN:
            most = None  # too many to sort in one go again and again; LIMIT cuts them
        finished: list[list[_Entry]] = []
        current: list[_Entry] = []
        room = SORT_RUN if most is None else 2 * most + 1_000
        first, is_descending = self.keys[0]
        worst: Any = None
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            key = sort_key(first(outer))
            if worst is not None and (key < worst if is_descending else key > worst):
                continue
            run.hold_row(len(outer) + 20)
            current.append(([key, *[sort_key(evaluate(outer)) for evaluate, _ in self.keys[1:]]], outer))
            if len(current) < room:
                continue
            self._sort(current)
            if most is None:
                finished.append(current)
                current = []
            else:
                run.hold(-sum(232 + 8 * len(lost) for _, lost in current[most:]))
                del current[most:]
                worst = current[-1][0][0] if current else None
            if run.tick():
                yield None
        self._sort(current)
        finished.append(current)
        yield from self._merged(finished, run)

    def _sort(self, entries: list[_Entry]) -> None:
        # From the last key to the first: each sort keeps the order that the later keys made.
        for position, (_, is_descending) in reversed(list(enumerate(self.keys))):
            entries.sort(key=lambda entry, position=position: entry[0][position], reverse=is_descending)  # type: ignore[misc]

    def _merged(self, runs: list[list[_Entry]], run: Any) -> Rows:
        if len(runs) == 1:
            yield from paced((outer for _, outer in runs[0]), run)
        else:
            yield from paced((outer for _, outer in merge(*runs, key=self._key)), run)

    def _key(self, entry: _Entry) -> list[Any]:
        return [
            Reversed(key) if is_descending else key for key, (_, is_descending) in zip(entry[0], self.keys, strict=True)
        ]


class Reversed:
    """Sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: Reversed) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and bool(self.key == other.key)

    __hash__ = None  # type: ignore[assignment]


def count_of(evaluate: Evaluate, at: int) -> Evaluate:
    """Return the closure of SKIP or LIMIT, which checks what it gets."""
    return lambda row: check_count(evaluate(row), at, "runtime")


class Skip(Step):
    """Leaves out the first rows."""

    name = "Skip"

    def __init__(self, child: Step, count: Evaluate, **about: Any) -> None:
        super().__init__((child,), **about)
        self.count = count

    def open(self, row: Row) -> Rows:
        """Give the rows behind the first."""
        left = self.count(row)
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

    def __init__(self, child: Step, count: Evaluate, **about: Any) -> None:
        super().__init__((child,), **about)
        self.count = count
        self.must_start = has_writes(child)

    def open(self, row: Row) -> Rows:
        """Give the first rows."""
        left = self.count(row)
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

    def __init__(self, child: Step, items: Evaluate, slot: int, **about: Any) -> None:
        super().__init__((child,), **about)
        self.items = items
        self.slot = slot

    def open(self, row: Row) -> Rows:
        """Give the elements."""
        run, slot, turns = row[0], self.slot, 0
        for outer in self.child.open(row):
            if outer is None:
                yield None
                continue
            items = self.items(outer)
            if type(items) is not list:
                items = () if items is None else (items,)
            for item in items:
                turns += 1
                if not turns & 31 and run.tick():
                    yield None
                inner = outer[:]
                inner[slot] = item
                yield inner


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

    def __init__(self, child: Step, inner: Step, kind: str, slot: int, read: Evaluate | None, **about: Any) -> None:
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
                    values.append(read(inner))
                    row[0].hold(16)
                if is_exists:
                    break
            found = outer[:]
            found[self.slot] = count > 0 if is_exists else count if read is None else self._list(values)
            yield found

    def _list(self, values: list[Any]) -> list[Any]:
        if has_container(values):
            bounded(values)
        return values


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


class CallProcedure(Step):
    """Gives the rows of a procedure."""

    name = "ProcedureCall"

    def __init__(
        self, child: Step, procedure: Any, arguments: list[Evaluate], columns: list[tuple[int, int]], **about: Any
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
            values = [argument(outer) for argument in self.arguments]
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
