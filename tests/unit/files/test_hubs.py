"""A vertex with very many edges or properties, or with a very long text, is written in steps: between two chances for
others to run, little of it is looked at.
"""

from __future__ import annotations

import json

import pytest
from tests.strategies import NOW, transaction

from graphvine.files import csv_write, cypher_script, graphml, gun, json_ld, records
from graphvine.files.records import RECORDS_PER_SLICE, SLICE_CHARACTERS, Source, Warnings
from graphvine.model.ids import default_edge_id
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

EDGES = 2_000


def gathered(state):
    source = Source(state, "space")
    for _ in source.gather():
        pass
    return source


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
    for chunk in format.write(gathered(state), Warnings()):
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


def test_a_set_of_very_many_links_is_let_go_of_as_it_is_written(state, monkeypatch):
    """To free it all at once takes long."""
    nodes, most, before = [], 0, 0
    real = gun._links

    def links(*about):
        link, sets = yield from real(*about)
        nodes.extend(node for _, node in sets)
        return link, sets

    monkeypatch.setattr(gun, "_links", links)
    for _ in gun.write(gathered(state), Warnings()):
        held = sum(len(part) for node in nodes for part in node)
        most, before = max(most, before - held), held
    assert before == 0
    assert 0 < most <= 2 * RECORDS_PER_SLICE


PROPERTIES = 5_000


def replica_with(values):
    """A vertex with many properties, written by transactions that each may have some."""
    replica = Replica(b"s" * 32)
    items = list(values.items())
    for number, start in enumerate(range(0, len(items), 1_000), 1):
        builder = TransactionBuilder()
        builder.put_vertex("wide", dict(items[start : start + 1_000]), ["L"])
        replica.add(transaction(builder, (NOW + number) << 16, sequence=number), None, NOW + 100)
    return replica


@pytest.mark.parametrize(
    ("format", "looks_at"),
    [(csv_write, "column_kind"), (cypher_script, "literal"), (graphml, "_kind"), (gun, "_value"), (json_ld, "_value")],
)
def test_the_properties_of_a_wide_vertex_are_written_in_steps(format, looks_at, monkeypatch):
    state = replica_with({f"p{number}": number for number in range(PROPERTIES)}).state
    assert len(state.vertices["wide"].properties) == PROPERTIES
    seen, most, data = [], 0, b""
    real = getattr(format, looks_at)
    monkeypatch.setattr(format, looks_at, lambda *what: seen.append(what) or real(*what))
    write = format.write_vertices if format is csv_write else format.write
    for chunk in write(gathered(state), Warnings()):
        most, data = max(most, len(seen)), data + chunk
        seen.clear()
    assert RECORDS_PER_SLICE <= most <= 2 * RECORDS_PER_SLICE
    assert all(f"p{number}".encode() in data for number in range(PROPERTIES))


@pytest.mark.parametrize(("format", "pattern"), [(cypher_script, "_ODD"), (graphml, "_MARKUP")])
def test_a_long_text_is_escaped_in_steps(format, pattern, monkeypatch):
    state = replica_with({"text": "a'<\n" * 50_000}).state
    longest: list[int] = []
    real = getattr(format, pattern)

    class Watched:
        def sub(self, how, text):
            longest.append(len(text))
            return real.sub(how, text)

    monkeypatch.setattr(format, pattern, Watched())
    data = b"".join(format.write(gathered(state), Warnings()))
    assert max(longest) <= SLICE_CHARACTERS
    escaped = {cypher_script: b"a\\'<\\n", graphml: b"a'&lt;&#10;"}[format]
    assert data.count(escaped) == 50_000


@pytest.mark.parametrize("format", [json_ld, gun])
def test_what_a_hub_leads_to_is_noted_in_steps_of_one_moment(state, format, monkeypatch):
    monkeypatch.setattr(records, "NOTED_PER_SLICE", 100)
    source, still = gathered(state), 0
    for chunk in format.write(source, Warnings()):
        still += source.is_still
        assert not (source.is_still and chunk)
    assert still == EDGES // 100
    assert not source.is_still


def test_a_graph_is_noted_and_let_go_of_in_steps(state):
    source = Source(state, "space")
    steps = len(list(source.gather()))
    assert steps == 0
    assert (source.vertex_count, source.edge_count) == (EDGES + 1, EDGES)
    assert len(list(source.edges())) == EDGES
    list(source.let_go())
    assert not list(source.edges())


def test_many_parts_are_noted(state, monkeypatch):
    monkeypatch.setattr(records, "NOTED_PER_SLICE", 100)
    source = Source(state, "space")
    assert len(list(source.gather())) == 2 * EDGES // 100
    assert len(list(source.vertices())) == EDGES + 1
    assert len(list(source.let_go())) == 2 * EDGES // 100 + 1


@pytest.mark.parametrize("with_property", [True, False])
def test_many_edges_and_a_property_of_one_name_stand_in_one_list(with_property):
    builder = TransactionBuilder()
    builder.put_vertex("hub", {"T": 7} if with_property else {})
    for number in range(RECORDS_PER_SLICE):
        builder.put_vertex(f"v{number}")
        builder.put_edge(default_edge_id("hub", "T", f"v{number}"), "T", "hub", f"v{number}")
        builder.put_edge(f"e{number}", "U", "hub", f"v{number}")
    replica = Replica(b"s" * 32)
    replica.add(transaction(builder, NOW << 16), None, NOW)
    data = json.loads(b"".join(json_ld.write(gathered(replica.state), Warnings())))
    hub = next(each for each in data["@graph"] if each["@id"].endswith("hub"))
    assert "U" not in hub  # each of these has an id of its own, and an object
    assert len(hub["T"]) == RECORDS_PER_SLICE + with_property
    assert (hub["T"][0] == 7) == with_property


@pytest.mark.parametrize("also", [[], [" _"]])
def test_a_set_of_gun_has_each_target_once(also):
    """Also where it is called as what GUN keeps about the set."""
    names = [f"v{number}" for number in range(RECORDS_PER_SLICE)] + ["_", *also]
    builder = TransactionBuilder()
    builder.put_vertex("hub")
    for name in names:
        builder.put_vertex(name)
        builder.put_edge(default_edge_id("hub", "T", name), "T", "hub", name)
        builder.put_edge(f"e {name}", "T", "hub", name)
    replica, warnings = Replica(b"s" * 32), Warnings()
    replica.add(transaction(builder, NOW << 16), None, NOW)
    pairs: list[list[str]] = []
    json.loads(
        b"".join(gun.write(gathered(replica.state), warnings)),
        object_pairs_hook=lambda found: pairs.append([name for name, _ in found]) or dict(found),
    )
    (members,) = [each for each in pairs if "v0" in each and "_" in each and "hub" not in each]
    assert sorted(members) == sorted([*names[:RECORDS_PER_SLICE], "_", " _"])
    assert warnings.count_by_reason["edges parallel to another one: left out"] == len(names)
