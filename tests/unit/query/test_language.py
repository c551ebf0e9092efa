"""The language as data agrees with the engine that runs it."""

from __future__ import annotations

from graphvine.query import language
from graphvine.query.functions.catalog import AGGREGATES, FUNCTIONS
from graphvine.query.procedures import BUILT_IN


def test_every_function_is_described_once_under_a_name_that_the_engine_knows():
    described = [each for each in language.functions() if each.kind != "form"]
    assert sorted(each.name.lower() for each in described) == sorted({**FUNCTIONS, **AGGREGATES})
    assert sorted(each.name.lower() for each in language.procedures()) == sorted(BUILT_IN)


def test_signatures_show_what_is_needed_and_what_may_be_left_out():
    by_name = {each.name: each.signature for each in language.functions()}
    assert by_name["substring"] == "(String, Integer[, Integer]) → String"
    assert by_name["date"] == "([Any]) → Date"
    assert by_name["coalesce"] == "(Any, …) → Any"
    assert by_name["elementId"] == "(Node | Relationship) → String"
    assert by_name["pi"] == "() → Float"


def test_every_spelling_with_capitals_is_in_use():
    names = {each.name for each in language.functions() + language.procedures()}
    assert set(language._SPELLED.values()) <= names
