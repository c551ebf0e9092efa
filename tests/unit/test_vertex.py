"""Plain values that readers get."""

from __future__ import annotations

import pytest

from graphvine.model.temporal import MAX_DAY, Date
from graphvine.vertex import Edge, Vertex, read_properties


@pytest.mark.parametrize(
    "thing", [Vertex("v", properties={"x": 1, "n": None}), Edge("e", "T", "a", "b", {"x": 1, "n": None})]
)
def test_properties_are_read_like_a_dict_s(thing):
    assert thing["x"] == 1
    assert thing["n"] is None
    assert ("x" in thing, "n" in thing, "y" in thing) == (True, True, False)
    assert (thing.get("x"), thing.get("y"), thing.get("y", 5)) == (1, None, 5)
    with pytest.raises(KeyError):
        thing["y"]
    with pytest.raises(AttributeError):
        thing.id = "other"


def test_a_vertex_iterates_over_names():
    assert list(Vertex("v", properties={"x": 1, "y": 2})) == ["x", "y"]


def test_reading_shares_nothing_mutable():
    stored = {"list": [1], "day": Date(0), "far": Date(MAX_DAY), "days": [Date(0)]}
    read = read_properties(stored)
    read["list"].append(2)
    assert stored["list"] == [1]
    assert read["day"].isoformat() == read["days"][0].isoformat() == "1970-01-01"
    assert read["far"] == Date(MAX_DAY)
