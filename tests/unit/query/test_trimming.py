"""Trimming long texts of many characters does not hang."""

from __future__ import annotations

import pytest

from graphvine.query.fault import Fault
from graphvine.query.functions.catalog import FUNCTIONS
from graphvine.query.functions.texts import MAX_TRIMMED


@pytest.mark.parametrize("name", ["btrim", "ltrim", "rtrim"])
def test_characters_count_once_and_are_not_too_many(name: str) -> None:
    trim = FUNCTIONS[name].call
    many = "".join(map(chr, range(200, 200 + MAX_TRIMMED)))
    assert trim("ab" * 2**19, "c" * 2**19 + "ab") == ""
    assert trim(many + "x" + many, many * 1_000).strip(many) == "x"
    with pytest.raises(Fault, match="at most 64 different characters"):
        trim("a", many + "a")
