"""The law of every format: what was written is read back, as far as the format can carry it."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import given, settings
from tests.unit.transfer.kit import carried, graphs, there_and_back

from graphvine.model.temporal import DateTime

FEW = settings(max_examples=40, deadline=None)


@FEW
@given(graphs())
def test_the_archive_carries_everything(graph):
    seen, exported, imported, _ = there_and_back(graph, "graphvine")
    assert seen == carried(graph, dict)
    assert exported.warnings == imported.warnings == {}


@FEW
@given(graphs())
def test_the_archive_can_be_taken_over_as_new_writes(graph):
    seen, _, _, _ = there_and_back(graph, "graphvine", as_new=True)
    assert seen == carried(graph, dict)


def in_cypher(held: dict[str, Any]) -> dict[str, Any]:
    return {name: cypher_value(value) for name, value in held.items() if value is not None and name != "_id"}


def cypher_value(value: Any) -> Any:
    if isinstance(value, list):
        return [cypher_value(element) for element in value if element is not None]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value._replace(zone="") if isinstance(value, DateTime) else value


@FEW
@given(graphs())
def test_a_cypher_script_carries_all_but_nulls_bytes_and_zones(graph):
    seen, _, _, _ = there_and_back(graph, "cypher")
    assert seen == carried(graph, in_cypher)
