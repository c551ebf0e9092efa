"""Lists of many elements are written little by little, and as short ones are."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from graphvine.files.csv_write import LIST_MARK, _cell
from graphvine.files.cypher_script import MAX_LITERAL, _short_literal, literal
from graphvine.files.records import Warnings
from graphvine.files.value_json import format_list, formatting_list, parse_list
from graphvine.files.value_text import format_value
from graphvine.model.temporal import Date

MANY = 20_000
LISTS = {
    "numbers": list(range(MANY)),
    "texts": [f'it\'s "{number}"; ,\n' for number in range(MANY)],
    "dates": [Date(number) for number in range(MANY)],
    "mixed": [None, True, 1.5, "", Date(1)] * (MANY // 5),
    "nothing but nulls": [None] * MANY,
}


def steps(work: Generator[bytes, None, str | None]) -> tuple[str | None, int]:
    count = 0
    while True:
        try:
            assert next(work) == b""
            count += 1
        except StopIteration as done:
            return done.value, count


@pytest.mark.parametrize("name", LISTS)
def test_json_of_a_long_list_comes_in_steps(name: str) -> None:
    text, count = steps(formatting_list(LISTS[name]))
    assert text == format_list(LISTS[name])
    assert parse_list(text) == LISTS[name]
    assert count >= 10


@pytest.mark.parametrize("name", ["numbers", "dates"])
def test_cells_of_a_long_list_come_in_steps(name: str) -> None:
    text, count = steps(_cell("long[]", LISTS[name]))
    assert text == LIST_MARK.join(map(format_value, LISTS[name]))
    assert count >= 10


@pytest.mark.parametrize("name", LISTS)
def test_the_literal_of_a_long_list_comes_in_steps(name: str) -> None:
    warnings, same = Warnings(), Warnings()
    written = literal(LISTS[name], same)
    text, count = steps(_short_literal(LISTS[name], warnings))
    if len(written) > MAX_LITERAL:
        assert text is None
    else:
        assert text == written
        assert warnings.count_by_reason == same.count_by_reason
    assert count >= 10


def test_a_list_that_is_too_long_for_a_query_is_given_up_early() -> None:
    text, count = steps(_short_literal(["x" * 1_000] * MANY, Warnings()))
    assert text is None
    assert count < 10
