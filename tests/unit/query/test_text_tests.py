from __future__ import annotations

import re
import time
from typing import Any

import pytest
from tests.unit.query.social import outside

from graphvine.model.steps import in_one_go
from graphvine.query.fault import Fault
from graphvine.query.gradual import Work
from graphvine.query.run import Limits, Run, TooLong
from graphvine.query.text_tests import matches, matching

HAS_THREAD_TIME = hasattr(time, "thread_time")  # WebAssembly does not tell it
CLOCK = getattr(time, "thread_time", time.perf_counter)


def short(value: object) -> str:
    return str(value)[:30]


def new_run(slice_s: float = 3600.0) -> Run:
    run = Run(None, {}, outside(clock=CLOCK), Limits(slice_s=slice_s, total_s=3600), {})
    run.start()
    return run


def is_match(value: object, pattern: object) -> Any:
    return in_one_go(matching(value, pattern, new_run()))


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
        ("abab", r"(ab)\1", True),
        ("ab", "(?=a).*", True),
        ("приветМир", "(?i)[а-яё]+", True),
        ("приветMir", "[а-яё]+", False),
    ],
)
def test_regular_expressions(value: object, pattern: object, expected: bool | None) -> None:
    assert matches(value, pattern, new_run()) is expected
    assert is_match(value, pattern) is expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("a" * 5_000, "(a+)+b", False),
        ("a" * 5_000 + "b", "(a+)+b", True),
        ("a" * 5_000, "(a*)*b", False),
        ("a" * 5_000, "(a|a)*b", False),
        ("ab" * 2_500, "(?:a|b|ab)+", True),
        ("a" * 5_000, "((a+)b?)+", True),
        ("a" * 5_000, "(a{1,9}){1,9}b", False),
        ("a" * 5_000, ".*.*.*.*x", False),
        ("a" * 40, "a?" * 30 + "a" * 30, True),
        ("a" * 100_000, ".*.*b", False),
        ("a" * 100, "a*" * 6 + "b", False),
        ("ab" * 50_000, ".*" + "ab" * 200 + "x", False),
        ("a" * 100_000, "(?:(?:a{20}){20}){2}.*b", False),
        ("a\n" * 5_000, "(?m)(?:^a$\\s*)+", True),
        ("a b " * 5_000, r"(?:\ba\b \bb\b ?)*", True),
        ("K" + "a" * 5_000, r"(?i)\u212a(a|a)*", True),
    ],
    ids=short,
)
def test_what_would_take_for_ever_by_trying_has_an_answer(value: str, pattern: str, expected: bool) -> None:
    assert is_match(value, pattern) is expected


def longest_step_s(work: Work, run: Run) -> tuple[float, int]:
    longest, pauses, before = 0.0, 0, time.thread_time()
    while True:
        try:
            next(work)
        except StopIteration:
            return max(longest, time.thread_time() - before), pauses
        longest, pauses = max(longest, time.thread_time() - before), pauses + 1
        run.resume()
        before = time.thread_time()


@pytest.mark.skipif(not HAS_THREAD_TIME, reason="there is no clock of a thread")
@pytest.mark.parametrize(
    ("value", "pattern", "pauses"),
    [
        ("ab" * 1_000_000, ".*.*.*x", 20),
        ("a" * 100_000, "(?:a{1,40}){1,40}b", 3),
        ("aaa", "(?i)" + "".join(f"[\\u0100-\\u{number:04x}]" for number in range(0xFF00, 0xFF3C)), 50),
        ("aaa", "(?i)" + "[a-z]" * 190, 1),
    ],
    ids=short,
)
def test_long_texts_and_patterns_pause(value: str, pattern: str, pauses: int) -> None:
    run = new_run(slice_s=0.0)
    longest, count = longest_step_s(matching(value, pattern, run), run)
    assert count >= pauses
    assert longest < 0.2


def test_a_long_text_is_left_to_the_form_that_pauses() -> None:
    with pytest.raises(TooLong):
        matches("a" * 100_000, ".*.*b", new_run())
    with pytest.raises(TooLong):
        matches("a" * 5_000, "(a+)+b", new_run(slice_s=-1.0))


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("a" * 5_000, r"(?=(a*))\1(a*)b"),
        ("a" * 40, r"(a|b)(a+)+\1c"),
        ("a" * 5_000, r"(a*)\1b"),
        ("a" * 5_000, r"(?P<n>a*)(?P=n)b"),
        ("a" * 2_000, r"(?:(?<=a)){9999}.*b"),
    ],
    ids=short,
)
def test_what_no_automaton_can_follow_is_refused_for_long_texts(value: str, pattern: str) -> None:
    with pytest.raises(Fault, match="for ever"):
        is_match(value, pattern)


def test_ranges_beyond_ascii_in_what_no_automaton_can_follow_are_few() -> None:
    assert is_match("ж", "(?=[а-яё])[а-яё]") is True
    with pytest.raises(Fault, match="ranges"):
        is_match("ж", "(?=[а-яё])" + "[а-яё]" * 9)


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "a" * 2000, "(?P<", "\\", "[я-а]", "[я]["], ids=short)
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(Fault):
        is_match("a", pattern)


def test_many_patterns_cost_little_memory_and_are_compiled_anew() -> None:
    for number in range(300):
        assert is_match("a" * number, f"a{{{number}}}") is True
    assert is_match("", "a{0}") is True


def test_what_re_may_do_in_one_go_ends_soon() -> None:
    start = time.process_time()
    for value, pattern in (("a" * 720, ".*.*b"), ("a" * 80, "a*a*a*b"), ("a" * 500, r"(?=.*b).*\w")):
        assert is_match(value, pattern) is False
        assert re.fullmatch(pattern, value) is None
    assert time.process_time() - start < 2
