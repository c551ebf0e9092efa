"""Steps of the index commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphvine.query.fault import Fault
from graphvine.query.indexes import IndexCommand, IndexInfo, PropertyIndexes
from graphvine.query.steps.step import Rows, Step
from graphvine.query.values import Row


class IndexStep(Step):
    """Asks for an index to be declared or dropped."""

    name = "Index"

    def __init__(self, child: Step, command: IndexCommand, indexes: PropertyIndexes, at: int) -> None:
        super().__init__((child,), details=f"{command.kind} {command.index.name}")
        self.command = command
        self.indexes = indexes
        self.at = at

    def open(self, row: Row) -> Rows:
        """Give no rows."""
        run: Any = row[0]
        command = self.command
        found = _found(command, self.indexes)
        exists = found is not None
        if command.kind == "CREATE" and not exists:
            run.commands.append(command)
        elif command.kind == "DROP" and found is not None:
            run.commands.append(replace(command, index=found))
        elif not command.is_lenient:
            what = "is declared already" if exists else "does not exist"
            message = f"The index `{command.index.name}` {what}."
            raise Fault("SchemaError", "IndexAlreadyExists" if exists else "IndexNotFound", message, self.at, "runtime")
        return
        yield  # a generator


def _found(command: IndexCommand, indexes: PropertyIndexes) -> IndexInfo | None:
    """Return the index that a command is about: by its name, or by what it is for."""
    wanted = command.index
    for state in indexes.states():
        if state.info.name == wanted.name or state.info[1:] == wanted[1:]:
            return state.info
    return None


class IndexList(Step):
    """SHOW INDEXES."""

    name = "ShowIndexes"

    def __init__(self, child: Step, indexes: PropertyIndexes, slots: list[int]) -> None:
        super().__init__((child,))
        self.indexes = indexes
        self.slots = slots

    def open(self, row: Row) -> Rows:
        """Give the declared indexes."""
        for index in self.indexes.states():
            inner = row[:]
            for slot, value in zip(self.slots, (*index.info, *index[1:]), strict=True):
                inner[slot] = value
            yield inner
