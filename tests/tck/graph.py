"""A graph for one scenario: the real state, changed only by real transactions, and the procedures it registers."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import time
from typing import Any

from graphvine.codec.operations import encode_operation
from graphvine.crdt.graph import GraphState
from graphvine.model.transaction import Header, VerifiedTransaction
from graphvine.platform.native.zones import NativeZones
from graphvine.query import kinds
from graphvine.query.engine import Engine
from graphvine.query.kinds import Kind, list_of
from graphvine.query.procedures import Procedure
from graphvine.query.results import Result
from graphvine.query.run import Outside
from graphvine.store.builder import TransactionBuilder
from tests.tck.expected import matches, parse_value

KINDS = [kind for kind in vars(kinds).values() if isinstance(kind, Kind)]


class ScenarioGraph:
    """Queries go in as text; their changes are applied as transactions."""

    def __init__(self) -> None:
        self.state = GraphState()
        self.procedures: dict[str, Procedure] = {}
        self._sequence = itertools.count(1)
        self._ids = itertools.count(1)
        dice = random.Random(7)
        self.outside = Outside(
            now_ms=lambda: int(time.time() * 1000),
            clock=time.perf_counter,
            random=dice,
            new_id=lambda: f"{next(self._ids):020}",
            zones=NativeZones(),
        )

    def run(self, text: str, parameters: dict[str, Any]) -> Result:
        engine = Engine(self.state, self.outside, procedures=self.procedures)
        builder = TransactionBuilder()
        result = engine.run(text, parameters, builder=builder)
        if len(builder):
            self.apply(builder)
        return result

    def apply(self, builder: TransactionBuilder) -> None:
        sequence = next(self._sequence)
        operations = builder.operations()
        leaves = [encode_operation(operation) for operation in operations]
        header = Header(1, b"a" * 32, b"w" * 8, sequence, sequence - 1, sequence << 16, len(leaves), b"\0" * 32)
        id_ = hashlib.sha256(str(sequence).encode()).digest()
        self.state.apply(VerifiedTransaction(header, b"", b"", leaves, [], None, id_), operations)

    def counts(self) -> dict[str, set[Any]]:
        """What the side effects of the TCK count, as sets."""
        state = self.state
        properties = set()
        for kind, cells in (("v", state.vertices), ("e", state.edges)):
            for cell in cells.values():
                properties |= {(kind, cell.id, name, repr(value)) for name, value in cell.properties.items()}
        return {
            "nodes": set(state.vertices),
            "relationships": set(state.edges),
            "properties": properties,
            "labels": {label for label, members in state.by_label.items() if members},
        }

    def register(self, signature: str, table: list[list[str]]) -> None:
        """Register a mock procedure: a table of inputs and the outputs they give."""
        found = re.fullmatch(r"([\w.]+)\((.*?)\)\s*::\s*\((.*?)\)\s*:?", signature)
        if found is None:
            raise ValueError(f"no signature: {signature}")
        inputs, outputs = _fields(found.group(2)), _fields(found.group(3))
        rows = [[parse_value(cell) for cell in row] for row in table[1:]]

        def run(_graph: Any, arguments: Any) -> list[list[Any]]:
            wanted = list(arguments)
            return [
                row[len(inputs) :]
                for row in rows
                if all(_same(cell, value) for cell, value in zip(row, wanted, strict=False))
            ]

        self.procedures[found.group(1)] = Procedure(inputs, outputs, run)


def _same(cell: Any, value: Any) -> bool:
    if isinstance(value, (int, float)) and isinstance(cell, (int, float)):
        return bool(cell == value)
    return matches(cell, value)


def _fields(text: str) -> list[tuple[str, Kind]]:
    fields = []
    for part in text.split(","):
        if part.strip():
            name, _, kind = part.partition("::")
            fields.append((name.strip(), _kind(kind)))
    return fields


def _kind(text: str) -> Kind:
    """Read ``INTEGER?`` or ``LIST? OF STRING?``."""
    name, _, element = text.strip().partition(" OF ")
    known = {kind.name.upper(): kind for kind in KINDS}
    kind = known[name.strip().rstrip("?").replace(" ", "").upper()]
    return list_of(_kind(element)) if element else kind
