"""Steps of the index commands."""

from __future__ import annotations

from typing import Any

from graphvine.query.fault import Fault
from graphvine.query.indexes import IndexCommand, PropertyIndexes
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
        exists = any(
            index.name == command.index.name or index[1:] == command.index[1:] for index in self.indexes.declared()
        )
        if exists == (command.kind == "DROP"):
            run.commands.append(command)
        elif not command.is_lenient:
            what = "is declared already" if exists else "does not exist"
            message = f"The index `{command.index.name}` {what}."
            raise Fault("SchemaError", "IndexAlreadyExists" if exists else "IndexNotFound", message, self.at, "runtime")
        return
        yield  # a generator


class IndexList(Step):
    """SHOW INDEXES."""

    name = "ShowIndexes"

    def __init__(self, child: Step, indexes: PropertyIndexes, slots: list[int]) -> None:
        super().__init__((child,))
        self.indexes = indexes
        self.slots = slots

    def open(self, row: Row) -> Rows:
        """Give the declared indexes."""
        for index in self.indexes.declared():
            inner = row[:]
            for slot, value in zip(self.slots, index, strict=True):
                inner[slot] = value
            yield inner
