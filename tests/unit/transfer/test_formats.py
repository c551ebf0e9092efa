"""The law of every format: what was written is read back, as far as the format can carry it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from tests.unit.transfer.kit import alone, carried, exported, graphs, picture, there_and_back

from graphvine.files.value_json import format_list
from graphvine.files.value_text import format_value
from graphvine.limits import MAX_VALUE_BYTES
from graphvine.model.temporal import Date, DateTime

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


@FEW
@given(graphs())
def test_json_ld_carries_everything(graph):
    seen, exported, imported, _ = there_and_back(graph, "jsonld")
    assert seen == carried(graph, dict)
    assert exported.warnings == imported.warnings == {}


def without_nulls(held: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if value is not None}


@FEW
@given(graphs())
def test_graphml_carries_all_but_nulls(graph):
    seen, exported, imported, _ = there_and_back(graph, "graphml")
    assert seen == carried(graph, without_nulls)
    assert set(exported.warnings) <= {"properties that hold null: left out"}
    assert imported.warnings == {}


CSV_MAY_SAY = {
    "properties that hold null: left out",
    "texts that a spreadsheet would run as formulas: written as they are",
}


@FEW
@given(graphs())
def test_csv_carries_all_but_nulls(graph):
    seen, exported, imported, _ = there_and_back(graph, "csv")
    assert seen == carried(graph, without_nulls)
    assert set(exported.warnings) <= CSV_MAY_SAY
    assert imported.warnings == {}


def in_gun(held: dict[str, Any]) -> dict[str, Any]:
    return {
        name: gun_value(value)
        for name, value in held.items()
        if value is not None and name != "_" and not name.startswith(":")
    }


def gun_value(value: Any) -> Any:
    if isinstance(value, (bool, int, float, str)):
        return value
    return format_list(value) if isinstance(value, list) else format_value(value)


@FEW
@given(graphs())
def test_gun_carries_one_plain_edge_of_a_type_to_each_vertex(graph):
    vertices, edges = graph
    kept = {
        (source, type_, target): None
        for _, type_, source, target, _ in edges
        if type_ != "_" and not type_.startswith(":") and type_ not in in_gun(vertices[source][1])
    }
    seen, _, imported, _ = there_and_back(graph, "gun")
    assert seen == carried((vertices, [(None, type_, source, target, {}) for source, type_, target in kept]), in_gun)
    assert imported.warnings == {}


@pytest.mark.parametrize("targets", [["a"], ["a", "b"]])
@pytest.mark.parametrize("source", ["wiki/page", "//", "a"])
@pytest.mark.parametrize("type_", ["a", " a", "to/the", "/"])
def test_slashes_in_names_are_no_sets_of_gun(source, type_, targets):
    vertices = {id_: ([], {}) for id_ in {source, "a", "b"}}
    graph = vertices, [(None, type_, source, target, {}) for target in targets]
    seen, _, _, _ = there_and_back(graph, "gun")
    assert seen == carried(graph, dict)


@pytest.mark.parametrize("format", ["cypher", "jsonld", "gun", "graphml", "csv"])
def test_a_vertex_with_more_properties_than_one_operation_has_comes_back(format):
    held = {f"p{number}": number for number in range(2_500)}

    async def trip(street):
        first, second = await street.profile("a").open(), await street.profile("b").open()
        for start in range(0, len(held), 1_000):
            await first.put("wide", dict(list(held.items())[start : start + 1_000]), labels=["L"])
        imported = await second.import_from(await exported(first, format), format)
        assert imported.transactions == 3
        assert picture(second) == picture(first)
        await first.close()
        await second.close()

    alone(trip)


@pytest.mark.parametrize("wide_id", ["wiki/page", "wiki/page/"])
@pytest.mark.parametrize("targets", [["a", "b"], ["a", "wiki/page"], ["wiki/page"], ["wiki/page/"]])
def test_a_vertex_called_like_a_set_of_gun_is_not_mixed_up_with_it(targets, wide_id):
    ids = dict.fromkeys(["wiki", wide_id, "wiki/page", "a", "b", *targets])
    vertices = {id_: (["L"] if id_ == wide_id else [], {"name": id_}) for id_ in ids}
    edges = [(None, "page", "wiki", target, {}) for target in targets]
    more = [(None, "c", "a", "b", {}), (None, "c", "a", "wiki", {})]
    seen, _, imported, _ = there_and_back((vertices, edges + more), "gun")
    assert seen == carried((vertices, edges + more), dict)
    assert imported.warnings == {}


def test_two_sets_of_gun_with_one_name_are_two():
    vertices = {id_: ([], {}) for id_ in ("a", "a/b", "x", "y", "z")}
    edges = [(None, type_, source, target, {}) for source, type_ in (("a", "b/c"), ("a/b", "c")) for target in "xyz"]
    seen, _, _, _ = there_and_back((vertices, edges), "gun")
    assert seen == carried((vertices, edges), dict)


@pytest.mark.parametrize("format", ["cypher", "jsonld", "graphml", "csv"])
def test_an_edge_with_more_properties_than_one_operation_has_comes_back(format):
    held = {f"p{number}": number for number in range(2_500)}

    async def trip(street):
        first, second = await street.profile("a").open(), await street.profile("b").open()
        await first.put("v")
        for start in range(0, len(held), 1_000):
            await first.link("v", "T", "v", dict(list(held.items())[start : start + 1_000]), edge="e")
        imported = await second.import_from(await exported(first, format), format)
        assert imported.transactions >= 3
        assert picture(second) == picture(first)
        await first.close()
        await second.close()

    alone(trip)


def test_bytes_as_large_as_a_value_may_be_come_back_from_gun():
    data = bytes(range(256)) * (MAX_VALUE_BYTES // 256)
    words = ["\u0001" * 64] * 60_000
    vertices = {"v": ([], {"data": data, "list": words, "text": "A" * MAX_VALUE_BYTES})}
    seen, _, imported, _ = there_and_back((vertices, []), "gun")
    assert seen == carried((vertices, []), dict)
    assert imported.warnings == {"texts longer than any value, in Base64 or JSON: taken as bytes or lists": 2}


def test_gun_carries_what_gun_knows():
    vertices = {
        "alice": (["Person"], {"name": "Ünï", "n": 3, "half": 0.5, "yes": True, "none": None, "list": [1, "a"]}),
        "bob": ([], {}),
        "carol/x": (["A", "B"], {"born": Date(0)}),
    }
    edges = [
        (None, "KNOWS", "alice", "bob", {}),
        (None, "KNOWS", "alice", "carol/x", {"since": 1}),
        ("own", "LIKES", "bob", "bob", {}),
        (None, "name", "alice", "bob", {}),
    ]
    seen, exported, imported, _ = there_and_back((vertices, edges), "gun")
    assert seen == carried(
        (
            {
                "alice": (["Person"], {"name": "Ünï", "n": 3, "half": 0.5, "yes": True, "list": '[1,"a"]'}),
                "bob": ([], {}),
                "carol/x": (["A", "B"], {"born": "1970-01-01"}),
            },
            [(None, type_, source, target, {}) for _, type_, source, target, _ in edges[:3]],
        ),
        dict,
    )
    assert exported.warnings == {
        "properties that hold null: left out": 1,
        "lists: written as JSON text": 1,
        "properties of edges: left out": 1,
        "edges whose type is also a property, is _, or has a colon in front: left out": 1,
        "ids of edges: left out": 1,
        "bytes, dates and times: written as text": 1,
    }
    assert imported.warnings == {}
