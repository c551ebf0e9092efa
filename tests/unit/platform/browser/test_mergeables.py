"""What a page puts to begin a mergeable value, and the texts of its transactions: closed, checked, all or nothing."""

from __future__ import annotations

import pytest
from tests.unit.peer.kit import Neighbourhood, run

from graphvine.errors import InvalidValue
from graphvine.model.temporal import Date
from graphvine.platform.browser.mergeables import merge
from graphvine.platform.browser.rpc import _VERBS
from graphvine.platform.browser.tags import values_from_page


def test_put_link_and_transactions_take_tagged_objects():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        values = {"n": {"$counter": 2}, "s": {"$set": ["b"]}, "m": {"$map": {"k": 1}}, "l": {"$list": [1]}}
        await _VERBS["put"](graph, "v", values | {"t": {"$text": "hi"}, "plain": 1}, {"labels": ["L"]})
        await _VERBS["link"](graph, "v", "T", "w", values, {"edge": "e"})
        steps = [["put", "v", values, None], ["merge", "text", "v", "t", "insert", [2, "!"]]]
        await _VERBS["transaction"](graph, steps)
        vertex = await graph.get("v")
        assert vertex.properties == {"n": 4, "s": ["b"], "m": {"k": 1}, "l": [1, 1], "t": "hi!", "plain": 1}
        assert (await graph.get_edge("e")).properties == {"n": 2, "s": ["b"], "m": {"k": 1}, "l": [1]}
        assert (await graph.why("v", "t")).kind == "Text"
        await graph.close()

    run(main())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"$counter": "2"}, "takes a whole number"),
        ({"$counter": True}, "takes a whole number"),
        ({"$set": "ab"}, "takes an array"),
        ({"$map": [1]}, "takes an object"),
        ({"$list": {}}, "takes an array"),
        ({"$text": None}, "takes a text"),
        ({"$tree": []}, "There is no value '\\$tree'"),
        ({"$counter": 1, "$set": []}, "n"),
        ({"x": 1}, "n"),
        ({}, "n"),
        ({"$map": {"k": {"deep": 1}}}, "is a dict"),
        ({"$map": {"k": {"$counter": 1}}}, "mergeable value"),
        ({"$set": [["nested"]]}, "single|list"),
    ],
)
def test_any_other_object_is_a_mistake_that_changes_nothing(value, message):
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        for verb, arguments in (("put", ("v",)), ("link", ("v", "T", "w"))):
            with pytest.raises(InvalidValue, match=message):
                await _VERBS[verb](graph, *arguments, {"n": value}, None)
        assert await graph.vertices() == []
        await graph.close()

    run(main())


@pytest.mark.parametrize("verb", ["apply", "undo", "_begin", "value"])
def test_a_text_in_a_transaction_has_three_verbs(verb):
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        with pytest.raises(InvalidValue, match="insert, delete, replace"):
            await _VERBS["transaction"](graph, [["merge", "text", "v", "t", verb, []]])
        for args in ([], [1], [0, 1, 2], ["0", "x"], [0, 7]):
            with pytest.raises(InvalidValue):
                await _VERBS["transaction"](graph, [["put", "v"], ["merge", "text", "v", "t", "insert", args]])
        with pytest.raises(InvalidValue, match="graph.text"):
            merge(graph, "text", "v", "t", "insert", [0, "x"])
        assert await graph.vertices() == []
        await graph.close()

    run(main())


def test_many_plain_arguments_are_taken_as_they_are_and_tags_among_them_are_read():
    plain = [1, 2.5, "x", None, True, b"y"]
    assert values_from_page(plain) is plain
    assert values_from_page([1, {"$date": "1970-01-02"}]) == [1, Date(1)]
    with pytest.raises(InvalidValue):
        values_from_page([1, {"$counter": 2}])
