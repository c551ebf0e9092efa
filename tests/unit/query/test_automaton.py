from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.query.test_text_tests import new_run

from graphvine.model.steps import in_one_go
from graphvine.query.automaton import MAX_KEPT, Automaton, Unfit

SINGLES = [
    "a", "b", "\n", ".", "[ab]", "[^a]", r"\w", r"\d", r"\s", r"\S", r"\b", r"\B", "^", "$", r"\A", r"\Z", "é", "1",
    " ", r"\.", "[]a]", "{", "a{,2}", r"\x61", "K", "ſ", "İ", r"\u00e9", r"[\w.]",
]  # fmt: skip
FLAGS = ["", "(?i)", "(?m)", "(?s)", "(?a)", "(?im)"]


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = ["*", "+", "?", "{2}", "{1,2}", "{,1}", "{2,}", "*?", "+?", "??", "{0}"]
    return st.one_of(
        st.builds(lambda one, two: one + two, inner, inner),
        st.builds(lambda one, two: f"(?:{one}|{two})", inner, inner),
        st.builds(lambda one: f"({one})", inner),
        st.builds(lambda one, how: f"(?:{one}){how}", inner, st.sampled_from(repeated)),
    )


patterns = st.builds(
    lambda flags, body: flags + body,
    st.sampled_from(FLAGS),
    st.recursive(st.sampled_from(SINGLES), larger, max_leaves=5),
)
texts = st.text(alphabet="ab\n1 éKkſsiİ.{", max_size=6)


@given(patterns, st.lists(texts, min_size=1, max_size=6))
def test_an_automaton_says_what_re_says(pattern: str, some: list[str]) -> None:
    """One automaton for all texts: what it remembers of one must not mislead it about the next."""
    automaton, expected = Automaton(pattern), re.compile(pattern)
    for text in some:
        found = in_one_go(automaton.matching(text, new_run()))
        assert found is (expected.fullmatch(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    "pattern",
    ["(a)\\1", "(?=a)a", "(?!b)a", "(?<=a)b", "a*+", "a{2}+", "(?>a)", "(?i:a)", "(?P<n>a)(?P=n)", "(?x) a",
     "(a)?(?(1)b|c)", "a{5000}", "(a{100}){100}", "(?#c)a", r"\N{DIGIT ONE}", "(" * 60 + "a" + ")" * 60],
)  # fmt: skip
def test_what_it_can_not_follow_is_unfit(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error:  # some are newer than the oldest Python
        return
    with pytest.raises(Unfit):
        Automaton(pattern)


def test_what_is_remembered_is_bounded() -> None:
    automaton = Automaton(".*a" + "." * 14)  # 2^15 different sets of places
    text = "".join("ab"[number * number % 7 % 2] if number % 11 else "ba" for number in range(30_000))
    assert in_one_go(automaton.matching(text, new_run())) is (re.fullmatch(".*a" + "." * 14, text) is not None)
    assert automaton.kept <= MAX_KEPT + 100
    letters = "".join(map(chr, range(0x3400, 0x3400 + 50_000)))
    assert in_one_go(Automaton(".*.*b").matching(letters, new_run())) is False
