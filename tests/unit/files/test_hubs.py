"""A vertex with very many edges is written in steps: between two chances for others to run, few edges are looked at."""

from __future__ import annotations

import json

import pytest
from tests.strategies import NOW, transaction

from graphvine.files import gun, json_ld
from graphvine.files.records import RECORDS_PER_SLICE, Source, Warnings
from graphvine.model.ids import default_edge_id
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

EDGES = 2_000


@pytest.fixture(scope="module")
def state():
    builder = TransactionBuilder()
    builder.put_vertex("hub", {"name": "hub"})
    for number in range(EDGES):
        builder.put_vertex(f"v{number}")
        id_ = default_edge_id("hub", "T", f"v{number}") if number % 10 else f"e{number}"
        builder.put_edge(id_, "T", "hub", f"v{number}")
    replica = Replica(b"s" * 32)
    replica.add(transaction(builder, NOW << 16), None, NOW)
    return replica.state


@pytest.mark.parametrize("format", [json_ld, gun])
def test_the_edges_of_a_hub_are_written_in_steps(state, format, monkeypatch):
    seen, most, data = [], 0, b""
    real = default_edge_id
    monkeypatch.setattr(format, "default_edge_id", lambda *ends: seen.append(ends) or real(*ends))
    for chunk in format.write(Source(state, "space"), Warnings()):
        most, data = max(most, len(seen)), data + chunk
        seen.clear()
    assert most <= 2 * RECORDS_PER_SLICE
    found = json.loads(data)
    if format is json_ld:
        hub = next(each for each in found["@graph"] if each["@id"].endswith("hub"))
        assert max(len(value) for value in hub.values() if isinstance(value, list)) == EDGES - EDGES // 10
        assert sum(each.get("@type") == "g:Edge" for each in found["@graph"]) == EDGES // 10
    else:
        assert len(found[found["hub"]["T"]["#"]]) == EDGES + 1  # and what GUN keeps about it
