"""Regular expressions as automata: time that grows with the text and no faster, and a chance to pause at any place.

Python's `re` tries one way after the other, which can take for ever. An automaton is in all the places of the pattern
that the text so far may lead to. Which places follow a set of places and a character is worked out when it is first
needed and kept in the `State` of the set, so that most characters cost one look into a dict.

What a single character matches is asked of `re`, so that classes, case and flags mean what they mean there. Patterns
that an automaton can't follow (groups that are referred to, what looks ahead or behind) get none.

Source: K. Thompson, "Regular Expression Search Algorithm" (1968); R. Cox, "Regular Expression Matching Can Be Simple
And Fast" (2007).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import Any, NamedTuple

from graphvine.query.run import Run

# Places of an automaton, groups inside each other, and how much of what was worked out is kept.
MAX_PLACES, MAX_DEPTH, MAX_KEPT = 4_000, 50, 20_000
# Characters that are read between two looks at the credit.
CHARACTERS, _READING = 8_192, 1_024

TOKEN = re.compile(
    r"(?P<assertion>\^|\$|\\[AZbB])|(?P<range>\[\^?\]?(?:[^\]\\]|\\.)*\])"
    r"|(?P<one>\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[^0-9xuUN]|[^\\()|?*+{\[])"
    r"|(?P<open>\((?:\?:|\?P<\w+>)?(?!\?))|(?P<close>\))|(?P<either>\|)"
    r"|(?P<repeat>(?:[*+?]|\{\d*,\d*\}|\{\d+\})\??)|(?P<brace>\{)",
    re.DOTALL,
)
"""What a pattern is made of. range: a class in brackets; one: anything else that stands for one character."""
_GLOBAL_FLAGS = re.compile(r"\(\?([aimsu]+)\)")
_IS_EMPTY_INSIDE = re.fullmatch(r"\B", "") is not None  # Python changed its mind about this in 3.14

Test = Callable[[str], Any]


class Unfit(Exception):
    """No automaton can, or shall, follow this pattern."""


class _Tree(NamedTuple):
    """A part of a pattern. kind: one, assertion, all, either, repeat. test: of one character."""

    kind: str
    parts: tuple[_Tree, ...] = ()
    test: Test | None = None
    sign: str = ""
    least: int = 0
    most: int | None = None


class _Place(NamedTuple):
    """test: what a character must meet to lead on; None: nothing is read here. sign: what has to be true here."""

    test: Test | None
    sign: str
    followers: list[int]


class State(dict[str, Any]):
    """The State that follows, by character, as far as anybody has asked. before: what was read last, if it matters."""

    __slots__ = ("before", "places")

    def __init__(self, places: tuple[int, ...], before: str) -> None:
        super().__init__()
        self.places = places
        self.before = before


class Automaton:
    """Tells whether a whole text matches. Raises Unfit when it is made of a pattern that it can't follow.

    pattern: one that `re` has accepted. kept: how much it remembers, at most about MAX_KEPT.
    """

    def __init__(self, pattern: str) -> None:
        flags, body = flags_of(pattern)
        self._is_multiline = bool(flags & re.MULTILINE)
        self._is_word = character_test(r"\w", flags)
        self._places: list[_Place] = []
        last = self._place(None, "", [])
        first = self._build(_parsed(body, flags), last)
        self._last = last
        self._has_assertions = any(place.sign for place in self._places)
        self._states: dict[tuple[tuple[int, ...], str], State] = {}
        self.kept = 0
        self._first = first

    def matching(self, text: str, run: Run) -> Generator[None, None, bool]:
        """Tell whether the whole text matches; gives None at each chance to pause."""
        state = self._state((self._first,), "")
        for at in range(0, len(text) - 1, CHARACTERS):
            chars = iter(text[at : min(at + CHARACTERS, len(text) - 1)])
            char = ""
            while True:
                try:
                    for char in chars:
                        state = state[char]
                    break
                except KeyError:
                    state, work = self._step(state, char)
                    if run.is_due(work):
                        yield None
            if not state.places:
                return False
            if run.is_due(_READING):
                yield None
        places, before = state.places, state.before
        if text:  # `$` may stand before a last line feed
            reached = self._reached(places, before, text[-1], is_last=True)
            places, before = self._read(reached, text[-1]), text[-1]
            if run.is_due(len(reached)):
                yield None
        return self._last in self._reached(places, before, "", is_last=True)

    # -- working out what follows --------------------------------------------------------------------------------------

    def _step(self, state: State, char: str) -> tuple[State, int]:
        reached = self._reached(state.places, state.before, char, is_last=False)
        following = self._read(reached, char)
        if self.kept > MAX_KEPT:
            for known in self._states.values():
                known.clear()
            self._states.clear()
            self.kept = 0
        found = self._state(following, self._context(char))
        state[char] = found
        self.kept += 1
        return found, len(reached) + 8

    def _state(self, places: tuple[int, ...], before: str) -> State:
        found = self._states.get((places, before))
        if found is None:
            found = self._states[places, before] = State(places, before)
            self.kept += len(places) + 8
        return found

    def _context(self, char: str) -> str:
        """Return a character that assertions can't tell from `char`."""
        if not self._has_assertions or char == "\n":
            return char if self._has_assertions else ""
        return "a" if self._is_word(char) else " "

    def _read(self, reached: list[int], char: str) -> tuple[int, ...]:
        places = self._places
        following = {places[at].followers[0] for at in reached if (test := places[at].test) is not None and test(char)}
        return tuple(sorted(following))

    def _reached(self, places: tuple[int, ...], before: str, after: str, *, is_last: bool) -> list[int]:
        """Return all places that can be reached without reading. before, after: the characters around, or ""."""
        seen, waiting = set(places), list(places)
        for at in waiting:
            place = self._places[at]
            if place.test is None and (not place.sign or self._holds(place.sign, before, after, is_last=is_last)):
                for follower in place.followers:
                    if follower not in seen:
                        seen.add(follower)
                        waiting.append(follower)
        return waiting

    def _holds(self, sign: str, before: str, after: str, *, is_last: bool) -> bool:
        if sign == "^":
            return not before or self._is_multiline and before == "\n"
        if sign == "$":
            return not after or after == "\n" and (is_last or self._is_multiline)
        if sign == "\\A":
            return not before
        if sign == "\\Z":
            return not after
        if not before and not after:
            return sign == "\\B" and _IS_EMPTY_INSIDE
        is_edge = bool(before and self._is_word(before)) != bool(after and self._is_word(after))
        return is_edge == (sign == "\\b")

    # -- building ------------------------------------------------------------------------------------------------------

    def _place(self, test: Test | None, sign: str, followers: list[int]) -> int:
        if len(self._places) >= MAX_PLACES:
            raise Unfit
        self._places.append(_Place(test, sign, followers))
        return len(self._places) - 1

    def _build(self, tree: _Tree, then: int) -> int:
        """Add the places of a part that goes on at `then`; return the one that it begins with."""
        if tree.kind == "all":
            for part in reversed(tree.parts):
                then = self._build(part, then)
            return then
        if tree.kind == "either":
            return self._place(None, "", [self._build(part, then) for part in tree.parts])
        if tree.kind == "repeat":
            return self._repeated(tree, then)
        return self._place(tree.test, tree.sign, [then])

    def _repeated(self, tree: _Tree, then: int) -> int:
        (part,) = tree.parts
        if tree.most is None:
            begin = self._place(None, "", [then])
            self._places[begin].followers.append(self._build(part, begin))
        else:
            begin = then
            for _ in range(tree.most - tree.least):
                begin = self._place(None, "", [then, self._build(part, begin)])
        for _ in range(tree.least):
            begin = self._build(part, begin)
        return begin


def _parsed(pattern: str, flags: int) -> _Tree:
    """Return the tree of a pattern; raises Unfit."""
    open_groups: list[list[list[_Tree]]] = [[[]]]
    position = 0
    while position < len(pattern):
        found = TOKEN.match(pattern, position)
        if found is None or len(open_groups) > MAX_DEPTH:
            raise Unfit
        position, token, group = found.end(), found.group(), open_groups[-1]
        match found.lastgroup:
            case "open":
                open_groups.append([[]])
            case "close":
                open_groups.pop()
                open_groups[-1][-1].append(_either(group))
            case "either":
                group.append([])
            case "repeat":
                if pattern.startswith("+", position):  # it gives nothing back
                    raise Unfit
                group[-1].append(_repetition(group[-1].pop(), token))
            case "assertion":
                group[-1].append(_Tree("assertion", sign=token))
            case _:
                group[-1].append(_Tree("one", test=character_test("\\{" if token == "{" else token, flags)))
    return _either(open_groups[0])


def _either(choices: list[list[_Tree]]) -> _Tree:
    trees = tuple(_Tree("all", tuple(parts)) for parts in choices)
    return trees[0] if len(trees) == 1 else _Tree("either", trees)


def _repetition(part: _Tree, token: str) -> _Tree:
    sign = token.rstrip("?") or "?"
    if sign in "*+?":
        return _Tree("repeat", (part,), least=int(sign == "+"), most=1 if sign == "?" else None)
    least, comma, most = sign[1:-1].partition(",")
    if max(int(least or 0), int(most or 0)) > MAX_PLACES:
        raise Unfit
    if not comma:
        return _Tree("repeat", (part,), least=int(least), most=int(least))
    return _Tree("repeat", (part,), least=int(least or 0), most=int(most) if most else None)


@lru_cache(maxsize=1_024)
def character_test(one: str, flags: int) -> Test:
    """Return the test of what stands for one character; raises re.error. A range may take some milliseconds."""
    if len(one) == 1 and one != "." and not flags & re.IGNORECASE:
        return one.__eq__
    return re.compile(one, flags).fullmatch


def flags_of(pattern: str) -> tuple[int, str]:
    """Return the flags that a pattern begins with, and what comes behind them."""
    found = _GLOBAL_FLAGS.match(pattern)
    return (0, pattern) if found is None else (re.compile(found.group()).flags, pattern[found.end() :])
