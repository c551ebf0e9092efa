"""The exact form of values: everything a property holds comes back as it went, and whatever else comes is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.strategies import any_value, build, form, histories, mergeable, replay
from tests.unit.peer.kit import Neighbourhood, run

from graphvine.crdt.exact import exact_properties
from graphvine.errors import InvalidValue
from graphvine.model.mergeable import Counter, List, Map, Set, Text
from graphvine.platform.browser.rpc import _VERBS, encode
from graphvine.platform.browser.tags import (
    MAX_SAFE_INTEGER,
    TAGS,
    parameters_from_page,
    properties_from_page,
    properties_to_page,
    to_page,
    value_from_page,
)

names = st.one_of(st.sampled_from(["$date", "$map", "$counter", "$x", "kind"]), st.text(max_size=5))
nested = st.recursive(any_value, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2))


def through_javascript(value: Any) -> Any:
    """What JavaScript does on the way: one type for numbers, and a whole one is an integer when it comes back."""
    if type(value) is float and value.is_integer() and abs(value) <= MAX_SAFE_INTEGER:
        return int(value)
    if type(value) is int:
        return int(float(value))
    if isinstance(value, list):
        return [through_javascript(each) for each in value]
    return {key: through_javascript(each) for key, each in value.items()} if isinstance(value, dict) else value


def sent(value: Any) -> Any:
    """To a page and back, over the real bytes."""
    message = msgspec.msgpack.decode(encode({"value": value}))
    return through_javascript((msgspec.msgpack.decode(message["maps"]) if "maps" in message else message)["value"])


@given(st.dictionaries(names, any_value | mergeable, max_size=3))
@example({"__proto__": 1})
@example({"a": Map({"__proto__": "x"})})
def test_every_value_comes_back_exactly(properties):
    assert form(properties_from_page(sent(properties_to_page(properties)))) == form(properties)


@given(nested)
def test_values_of_queries_come_back_exactly_however_their_maps_are_keyed(value):
    assert form(parameters_from_page({"p": sent(to_page(value))})) == form({"p": value})


@given(histories)
def test_what_a_history_leaves_comes_back_exactly(history):
    state = replay(build(history)).state
    for cell in (*state.vertices.values(), *state.edges.values()):
        exact = exact_properties(cell)
        assert exact.keys() == cell.properties.keys()
        assert form(properties_from_page(sent(properties_to_page(exact)))) == form(exact)


def test_the_form_is_what_the_docs_say():
    assert to_page([2**53 - 1, 2**53, 2.0, -0.0, 2.5, 1e300]) == [
        2**53 - 1,
        {"$int": "9007199254740992"},
        {"$float": "2.0"},
        {"$float": "-0.0"},
        2.5,
        1e300,
    ]
    assert to_page({"$date": 1}) == {"$map": {"$date": 1}}
    assert to_page({"$map": {"a": 1}}) == {"$map": {"$map": {"a": 1}}}
    assert to_page({"$a": 1, "$b": 2}) == {"$a": 1, "$b": 2}


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(
    "content", [None, True, [], {}, [[]], {"$int": "x"}, {"$date": "2024-01-01"}, b"x", "", "9" * 10_000]
)
def test_no_content_of_any_tag_is_more_than_a_value_or_a_clear_refusal(tag, content):
    for take in (properties_from_page, parameters_from_page):
        assert isinstance(outcome(take, {"p": {tag: content}}), (Counter, Set, Map, List, Text, dict, str))


def outcome(take: Callable[[Any], Any], given: Any) -> Any:
    """The value, or what the refusal says: something short that names a tag."""
    try:
        return take(given)["p"]
    except InvalidValue as error:
        said = str(error)
    return said if len(said) < 500 and "$" in said else error_is_no_good


error_is_no_good = object()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"$date": "yesterday"}, "'yesterday' is no date"),
        ({"$date": 19_000}, "takes a text, not 19000"),
        ({"$date": "2024-13-01"}, "no date"),
        ({"$int": "9223372036854775808"}, "64 bits"),
        ({"$int": 2**5000}, "takes a text, not a int"),
        ({"$int": 2.5}, "no integer"),
        ({"$float": "nan"}, "nan"),
        ({"$float": "1e999"}, "too large"),
        ({"$dateTime": "2024-01-01T10:00Z[" + "x" * 65 + "]"}, "64"),
        ({"$duration": "P"}, "no duration"),
        ({"$nothing": 1}, "no value '\\$nothing'.*\\$map"),
        ({"$" * 5000: 1}, "there are"),
        ([{"$counter": 1}], "mergeable"),
        ([object()], "object"),
    ],
)
def test_a_wrong_tag_is_refused_in_words(value, words):
    with pytest.raises(InvalidValue, match=words) as caught:
        properties_from_page({"p": value})
    assert len(str(caught.value)) < 500


def test_depth_is_bounded():
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]
    for take in (
        value_from_page,
        lambda value: parameters_from_page({"p": value}),
        lambda value: properties_from_page({"p": value}),
    ):
        with pytest.raises(InvalidValue, match="deeper than 16"):
            take(deep)
        with pytest.raises(InvalidValue, match="deeper than 16"):
            take([{"$map": {"x": deep}}])


def test_verbs_of_mergeable_values_take_tags_and_keys_that_look_like_them():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        day, big = {"$date": "2024-05-01"}, {"$int": str(2**60)}
        await _VERBS["merge"](graph, "set", "v", "s", "add", [day, big])
        await _VERBS["merge"](graph, "map", "v", "m", "put", [{"$date": day, "k": [big]}])
        await _VERBS["merge"](graph, "map", "v", "one", "put", [{"$date": 1}])
        await _VERBS["merge"](graph, "list", "v", "l", "insert", [0, day])
        await _VERBS["merge"](graph, "counter", "v", "n", "add", [big])
        found = (await _VERBS["get"](graph, "v", True))["properties"]
        assert found == {
            "s": {"$set": [day, big]},
            "m": {"$map": {"$date": day, "k": [big]}},
            "one": {"$map": {"$date": 1}},
            "l": {"$list": [day]},
            "n": {"$counter": big},
        }
        await graph.close()

    run(main())


class Big(int):
    """What Pyodide makes of a BigInt."""


def test_a_bigint_is_a_whole_number_wherever_it_stands():
    big = Big(2**60)
    given = {"a": big, "b": [big], "c": {"$int": big}, "d": {"$counter": big}, "e": {"$float": Big(2)}}
    taken = properties_from_page(given)
    assert form(taken) == form({"a": 2**60, "b": [2**60], "c": 2**60, "d": Counter(2**60), "e": 2.0})
    assert type(taken["a"]) is type(taken["b"][0]) is type(taken["d"].amount) is int
    with pytest.raises(InvalidValue, match="64 bits|takes a text"):
        properties_from_page({"x": {"$int": Big(2**90)}})
