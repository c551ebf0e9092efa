"""Long texts with sigmas in small letters: as Python makes them, wherever the parts end."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.query import sigmas


class _Run:
    """Counts chances to pause, and takes them all."""

    def __init__(self) -> None:
        self.chances = 0

    def is_due(self, _work: int) -> bool:
        self.chances += 1
        return True


def small(value: str) -> tuple[str, int]:
    work, pauses = sigmas.with_sigmas(str.lower, value, cast(Any, _Run())), 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value, pauses
        pauses += 1


# Letters, one with a small form of two characters, and what a sigma overlooks: marks, an apostrophe, a soft hyphen.
LETTERS = st.text("ΣΣaAİ '.\u0345\u02b0\u00ad1é", max_size=20)


@given(LETTERS, st.integers(1, 7))
def test_parts_are_cut_where_no_sigma_notices(value: str, part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sigmas, "PART", part)
        assert small(value)[0] == value.lower()


@pytest.mark.parametrize("unit", ["aΣ", "Σ", "Σ'", "'", "A" + "'" * 99_999 + "Σ"])
def test_a_megabyte_pauses_often(unit: str) -> None:
    value = unit * (2**20 // len(unit)) + "ΣA"
    found, pauses = small(value)
    assert found == value.lower()
    assert pauses >= 2**20 // sigmas.PART
