"""STARTS WITH, ENDS WITH, CONTAINS and ``=~``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from graphvine.query.automaton import CHARACTERS, TOKEN, Automaton, Unfit, character_test, flags_of
from graphvine.query.fault import Fault, argument_error, type_error
from graphvine.query.gradual import Work, strained
from graphvine.query.run import CREDIT, Run
from graphvine.query.values import type_name

MAX_PATTERN = 1_000
# Steps of backtracking that `re` may take where an automaton can do it instead, and where none can: some milliseconds.
STEPS_AT_ONCE, MAX_STEPS = 2**19, 2**20
# Ranges that take `re` a few milliseconds each to compile, in a pattern that needs `re` for all of it.
_MAX_WIDE = 2
# What a short text is charged.
_SHORT = 64
# Patterns that are kept.
_MAX_KNOWN = 64
_KNOWN: dict[str, Expression] = {}


def _starts_with(value: Any, part: Any) -> bool | None:
    return value.startswith(part) if type(value) is str and type(part) is str else None


def _ends_with(value: Any, part: Any) -> bool | None:
    return value.endswith(part) if type(value) is str and type(part) is str else None


def _contains(value: Any, part: Any) -> bool | None:
    return part in value if type(value) is str and type(part) is str else None


def matches(value: Any, pattern: Any, run: Run) -> bool | None:
    """Return ``value =~ pattern``. What is too much for one go raises TooLong: `matching` does it with pauses."""
    if type(value) is str and type(pattern) is str:
        expression = _KNOWN.get(pattern)
        if expression is not None and len(value) <= expression.short:
            run.charge(_SHORT)
            return expression.compiled.fullmatch(value) is not None
        if len(value) > CHARACTERS:
            run.charge(2 * CREDIT)
    answer: bool | None = strained(matching(value, pattern, run), run)
    return answer


def matching(value: Any, pattern: Any, run: Run) -> Work:
    """Return ``value =~ pattern``."""
    if value is None or pattern is None:
        return None
    if type(pattern) is not str:
        raise type_error("InvalidArgumentType", f"`=~` needs text behind it, not a {type_name(pattern)}.")
    if type(value) is not str:
        return None
    expression = _KNOWN.get(pattern) or (yield from regular_expression(pattern, run))
    steps = expression.steps(len(value))
    if run.is_due(min(steps, STEPS_AT_ONCE) >> 7):
        yield None
    if steps > STEPS_AT_ONCE:
        automaton = expression.automaton()
        if automaton is not None:
            return (yield from automaton.matching(value, run))
        if steps > MAX_STEPS:
            raise expression.refusal()
    return expression.compiled.fullmatch(value) is not None


class Expression:
    """A regular expression. compiled: for `re`; a rough one, which shall not be asked, where `is_rough`.

    short: characters of a text that `re` is done with at once, whatever they are; -1 when nobody knows.

    Of a text of n characters `re` makes, at worst, 2^options * n^repeats steps, for each of `size` places.
    """

    def __init__(self, pattern: str, compiled: re.Pattern[str], *, is_rough: bool) -> None:
        self.compiled = compiled
        self._pattern = pattern
        self._bounds = _bounds(pattern)
        self._is_rough = is_rough
        self._automaton: Automaton | None = None
        self._is_unfit = False
        self.short = next((length for length in (256, 64, 16) if self.steps(length) >> 7 <= _SHORT), -1)

    def steps(self, length: int) -> int:
        """Return how many steps `re` makes at most, or a number beyond all bounds."""
        if self._bounds is None or self._is_rough:
            return MAX_STEPS + 1
        repeats, options, size = self._bounds
        return (1 << options) * int((length + 1) ** repeats) * (1 + size // 4)

    def automaton(self) -> Automaton | None:
        """Return the automaton that does the same, if there can be one."""
        if self._automaton is None and not self._is_unfit:
            try:
                self._automaton = Automaton(self._pattern)
            except Unfit:
                self._is_unfit = True
        return self._automaton

    def refusal(self) -> Fault:
        """Return the error that says why neither can be asked."""
        what = "repeats a group that varies inside"
        if self._bounds is not None:
            what = "has too many repetitions for a text of this length"
        return argument_error("InvalidArgumentValue", f"This regular expression {what}; it could run for ever.")


def regular_expression(pattern: str, run: Run) -> Work:
    """Return the Expression of a pattern, or raise Fault for one that is wrong."""
    if len(pattern) > MAX_PATTERN:
        raise argument_error("InvalidArgumentValue", f"A regular expression has at most {MAX_PATTERN:,} characters.")
    if run.is_due(2 * CREDIT):
        yield None
    flags, _ = flags_of(pattern)
    wide = list(_wide(pattern, flags))
    try:
        compiled = re.compile(_without(wide, pattern))
        for one in wide:
            character_test(one, flags)
            if run.is_due(2 * CREDIT):
                yield None
        expression = Expression(pattern, compiled, is_rough=bool(wide))
        if wide and expression.automaton() is None:
            if len(wide) > _MAX_WIDE:
                message = f"Next to what this regular expression does, at most {_MAX_WIDE} ranges can go beyond ASCII."
                raise argument_error("InvalidArgumentValue", message)
            expression = Expression(pattern, re.compile(pattern), is_rough=False)
    except (re.error, OverflowError, RecursionError) as error:
        raise argument_error("InvalidArgumentValue", f"Not a regular expression: {error}.") from None
    if len(_KNOWN) >= _MAX_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    _KNOWN[pattern] = expression
    return expression


def _wide(pattern: str, flags: int) -> Iterator[str]:
    """Give the ranges of a pattern that take `re` long to compile, by themselves or because there are so many."""
    ranges = [found.group() for found in TOKEN.finditer(pattern) if found.lastgroup == "range"]
    are_many = flags & re.IGNORECASE and len(ranges) > _MANY
    for text in ranges:
        if are_many or _BEYOND.search(text):
            yield text


_MANY = 30
_BEYOND = re.compile(r"[^\x00-\xff]|\\[xuUN0-7]")


def _without(wide: list[str], pattern: str) -> str:
    """Return a pattern that is as right or wrong as the given one, outside of its wide ranges."""
    known = frozenset(wide)
    return TOKEN.sub(lambda found: "[a]" if found.group() in known else found.group(), pattern) if wide else pattern


# What stands in front of a character matters little here: escapes and classes are one, a repetition ends with its `?`.
_TOKEN = re.compile(
    r"(?P<again>\\[1-9]|\(\?P=\w+\))|(?P<one>\\.|\[\^?\]?(?:[^\]\\]|\\.)*\])|(?P<open>\((?:\?[a-zA-Z:=!<P>-]*)?)"
    r"|(?P<close>\))|(?P<fixed>\{\d+\})|(?P<repeat>(?:[*+]|\{\d*,\d*\})[?+]?)|(?P<option>\?[?+]?)|(?P<either>\|)",
    re.DOTALL,
)


def _bounds(pattern: str) -> tuple[int, int, int] | None:
    """Return how many repetitions, options and places a pattern has.

    None where a group is repeated that repeats, chooses or has options inside: backtracking takes exponential time.
    """
    counts = dict.fromkeys(("repeat", "option", "either", "again"), 0)
    size, times = 0, [1]
    varies = [False]
    position = 0
    while position < len(pattern):
        found = _TOKEN.match(pattern, position)
        kind = found.lastgroup if found is not None else None
        position = found.end() if found is not None else position + 1
        size += 1
        if found is not None and kind in ("fixed", "repeat"):
            times += map(int, re.findall(r"\{(\d+)", found.group()))
        if kind == "open":
            varies.append(False)
        elif kind == "close" and len(varies) > 1:
            if varies.pop():
                varies[-1] = True
                after = _TOKEN.match(pattern, position)
                if after is not None and after.lastgroup in ("repeat", "fixed"):
                    return None
        elif kind in counts:
            varies[-1] = True
            counts[kind] += 1
    repeats, options = counts["repeat"] + counts["again"], counts["option"] + counts["either"]
    return repeats, options, size * prod(max(1, count) for count in times)


TEXT_TESTS: dict[str, Callable[[Any, Any], bool | None]] = {
    "STARTS WITH": _starts_with,
    "ENDS WITH": _ends_with,
    "CONTAINS": _contains,
}
