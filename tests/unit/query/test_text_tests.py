from __future__ import annotations

import time

import pytest

from graphvine.query.fault import Fault
from graphvine.query.text_tests import TEXT_TESTS, regular_expression

MATCHES = TEXT_TESTS["=~"]


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("abc", "a.c", True),
        ("abc", "b", False),
        ("abc", ".*b.*", True),
        ("ABC", "(?i)abc", True),
        ("a-1", r"[a-z]-\d+", True),
        ("2020-01-02", r"\d{4}-\d{2}-\d{2}", True),
        ("abab", "(ab)+", True),
        ("cat", "cat|dog", True),
        ("a]b", r"a[]]b", True),
        ("a+b", r"a\+b", True),
        ("colour", "colou?r", True),
        ("x" * 5000, ".*x", True),
        (None, "a", None),
        ("a", None, None),
        (1, "1", None),
        ("aaa", "a{2,3}", True),
        ("(", r"\(", True),
        ("ab", "(?:a)(?P<n>b)", True),
    ],
)
def test_regular_expressions(value: object, pattern: object, expected: bool | None) -> None:
    assert MATCHES(value, pattern) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+b",
        "(a?)*b",
        "((a+)b?)+",
        "(a{1,9}){1,9}b",
        "(?:a+)+b",
        "(a+){30}b",
        "([a-z]+)*b",
    ],
)
def test_exponential_ones_are_refused(pattern: str) -> None:
    with pytest.raises(Fault, match="for ever"):
        regular_expression(pattern)


@pytest.mark.parametrize(
    ("value", "pattern"),
    [("a" * 2000, ".*.*.*x"), ("a" * 40, "a?" * 30 + "a" * 30), ("a" * 100_000, ".*.*b"), ("a" * 100, "a*" * 6 + "b")],
)
def test_slow_ones_are_refused_for_long_texts(value: str, pattern: str) -> None:
    with pytest.raises(Fault, match="for ever"):
        MATCHES(value, pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "a" * 2000, "(?P<", "\\"])
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(Fault):
        regular_expression(pattern)


def test_what_is_let_through_ends_soon() -> None:
    start = time.process_time()
    for value, pattern in (("a" * 4000, ".*.*b"), ("a" * 200, "a*a*a*b"), ("a" * 20, "a?" * 18 + "a" * 20 + "b")):
        assert MATCHES(value, pattern) is False
    assert time.process_time() - start < 10
