"""Exact vertices and edges for pages: the same in steps as at once, and no step makes more than a part."""

from __future__ import annotations

from typing import Any

import pytest

from graphvine.model.mergeable import Counter, List, Map, Set, Text
from graphvine.model.steps import in_one_go
from graphvine.platform.browser import records as records_module
from graphvine.platform.browser.records import edge_record, record_steps, records, vertex_record
from graphvine.vertex import Edge, Vertex

MIXED: dict[str, Any] = {
    "list": [1, 2.0, "x"] * 20,
    "set": Set(range(50)),
    "queue": List([2.0] * 30),
    "map": Map({f"$k{n}": 2.0 for n in range(40)}),
    "small": Map({"$date": 1}),
    "counter": Counter(3),
    "text": Text("hello"),
    **{f"p{n}": 1.0 for n in range(35)},
}
EDGES = tuple(Edge(f"e{n}", "T", "v", f"w{n}", {"n": 1.0}) for n in range(50))
VERTEX = Vertex("v", frozenset("BA"), MIXED, (*EDGES, Edge("wide", "T", "v", "x", MIXED)))


@pytest.mark.parametrize("slice_", [1, 7, 10_000])
def test_steps_make_what_is_made_at_once(monkeypatch: pytest.MonkeyPatch, slice_: int) -> None:
    monkeypatch.setattr(records_module, "SLICE", slice_)
    assert in_one_go(record_steps(VERTEX)) == vertex_record(VERTEX)
    wide = VERTEX.edges[-1]
    assert in_one_go(record_steps(wide)) == edge_record(wide)
    assert in_one_go(records([VERTEX, None, wide])) == [vertex_record(VERTEX), None, edge_record(wide)]


def test_no_step_makes_more_than_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "SLICE", 20)
    made: list[Any] = []
    inner = records_module.to_page

    def counted(value: Any) -> Any:
        made.append(value)
        return inner(value)

    monkeypatch.setattr(records_module, "to_page", counted)
    most = before = 0
    for _ in record_steps(Vertex("v", frozenset(), {**MIXED, "long": [1.5] * 500})):
        most, before = max(most, len(made) - before), len(made)
    assert most <= 21
    assert len(made) > 600
