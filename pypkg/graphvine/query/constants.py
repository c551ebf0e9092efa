"""Data in a query text: long lists of literals become one token each, before anything looks at their elements.

A list of 50,000 numbers pasted behind UNWIND or IN is data, not language. To parse, bind and compile each element costs
some microseconds and can't pause. Here brackets are closed one after the other, in steps, and what holds nothing but
literals, lists and maps of them, and dates written out becomes the value that it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from graphvine.limits import MAX_INTEGER
from graphvine.query.fault import Fault
from graphvine.query.kinds import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DURATION,
    LOCAL_DATE_TIME,
    LOCAL_TIME,
    MAP,
    NULL,
    TIME,
    Kind,
    join,
    kind_of,
    list_of,
)
from graphvine.query.temporal_text import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_local_date_time,
    parse_local_time,
    parse_time,
)
from graphvine.query.tokens import DATA, FLOAT, INTEGER, NAME, PAUSE, QUOTED, STRING, SYMBOL, Token
from graphvine.query.zones import NoZones

# Tokens of a text from which on it is worth looking for data, and levels of lists and maps that are data.
FROM_TOKENS = 1_000
MAX_DEPTH = 16

_WORDS: dict[str, tuple[Any, Kind]] = {"TRUE": (True, BOOLEAN), "FALSE": (False, BOOLEAN), "NULL": (None, NULL)}
_ZONED = re.compile(r".*(?:Z|[+-]\d\d(?::?\d\d)?)", re.DOTALL)
_TEMPORAL: dict[str, tuple[Callable[[str], object], Kind]] = {
    "date": (parse_date, DATE),
    "localtime": (parse_local_time, LOCAL_TIME),
    "time": (lambda text: parse_time(text, 0), TIME),
    "localdatetime": (parse_local_date_time, LOCAL_DATE_TIME),
    "datetime": (lambda text: parse_date_time(text, NoZones(), "Z"), DATE_TIME),
    "duration": (parse_duration, DURATION),
}
# What comes next inside a bracket: a value, what follows a value, a key, the colon behind it; or it is no data.
_VALUE, _BEHIND, _KEY, _COLON, _NOTHING = range(5)


class Data(NamedTuple):
    """The value of a token of kind DATA. kind: its type."""

    value: Any
    kind: Kind


class _Bracket:
    """An open bracket: what it holds so far, while that is data. start: its place among the tokens."""

    __slots__ = ("count", "is_list", "is_negative", "key", "kind", "next", "start", "value")

    def __init__(self, text: str, start: int) -> None:
        self.start = start
        self.is_list = text == "["
        self.value: Any = [] if self.is_list else {}
        self.kind = NULL
        self.key = ""
        self.count = 0
        self.is_negative = False
        self.next = _VALUE if self.is_list else _KEY
        if text == "(":
            self.next = _NOTHING

    def add(self, value: Any, kind: Kind) -> None:
        if self.is_list:
            self.value.append(value)
            if kind is not self.kind:
                self.kind = join(self.kind, kind)
        else:
            self.value[self.key] = value
        self.count += 1
        self.next = _BEHIND

    def data(self) -> Data | None:
        """Return what it holds when it is closed here, None where that is no data."""
        if self.next != _BEHIND and (self.count or self.next not in (_VALUE, _KEY)) or self.is_negative:
            return None
        if not self.is_list:
            return Data(self.value, MAP)
        return Data(self.value, list_of(self.kind if self.count else ANY))


class _Folder:
    """Takes the tokens of a text one by one. tokens: what is left of them."""

    def __init__(self, given: list[Token]) -> None:
        self.tokens: list[Token] = []
        self._given = given
        self._open: list[_Bracket] = []

    def fold(self) -> Generator[None, None, list[Token]]:
        given, kept, open_ = self._given, self.tokens, self._open
        position, pause_at = 0, PAUSE
        while position < len(given):
            token = given[position]
            position += 1
            kept.append(token)
            if token.kind == SYMBOL and token.text in _OPENING:
                open_.append(_Bracket(token.text, len(kept) - 1))
            elif token.kind == SYMBOL and token.text in _CLOSING:
                if open_:
                    yield from self._close(open_.pop(), token)
            elif open_ and open_[-1].next != _NOTHING:
                taken = self._take(open_[-1], token, position)
                kept += given[position : position + taken]
                position += taken
            if position >= pause_at:
                given[pause_at - PAUSE : pause_at] = [token] * PAUSE  # what is not kept is freed little by little
                pause_at += PAUSE
                yield
        return kept

    def _close(self, bracket: _Bracket, token: Token) -> Generator[None, None, None]:
        outer = self._open[-1] if self._open else None
        data = bracket.data() if token.text == _PARTNERS[self.tokens[bracket.start].text] else None
        is_inside = outer is not None and outer.next == _VALUE and not outer.is_negative
        if data is None or len(self._open) > MAX_DEPTH:
            if outer is not None:
                outer.next = _NOTHING
            return
        if outer is not None:
            if is_inside:
                outer.add(*data)
            else:
                outer.next = _NOTHING
        # One element in brackets may be an index, and a map that is in nothing the properties of a pattern.
        if is_inside or bracket.is_list and bracket.count > 1:
            start = self.tokens[bracket.start].start
            while len(self.tokens) > bracket.start + PAUSE:
                del self.tokens[-PAUSE:]
                yield
            del self.tokens[bracket.start :]
            self.tokens.append(Token(DATA, "", "", data, start, token.end))

    def _take(self, bracket: _Bracket, token: Token, position: int) -> int:
        """Take a token inside a bracket; return how many of those behind it belong to it."""
        expected, kind = bracket.next, token.kind
        bracket.next = _NOTHING
        if expected == _VALUE:
            return self._value(bracket, token, position)
        if expected == _KEY and kind in (NAME, QUOTED) and token.value not in bracket.value:
            bracket.key = str(token.value)
            bracket.next = _COLON
        elif kind == SYMBOL and token.text == ":" and expected == _COLON:
            bracket.next = _VALUE
        elif kind == SYMBOL and token.text == "," and expected == _BEHIND:
            bracket.next = _VALUE if bracket.is_list else _KEY
        return 0

    def _value(self, bracket: _Bracket, token: Token, position: int) -> int:
        kind, value = token.kind, token.value
        if kind == INTEGER or kind == FLOAT:
            number: Any = -value if bracket.is_negative else value  # type: ignore[operator]
            bracket.is_negative = False
            if kind == FLOAT or number <= MAX_INTEGER:
                bracket.add(number, kind_of(number))
        elif bracket.is_negative:
            pass
        elif kind == STRING:
            bracket.add(value, kind_of(value))
        elif kind == SYMBOL and token.text == "-":
            bracket.is_negative = True
            bracket.next = _VALUE
        elif kind == NAME and token.word in _WORDS:
            bracket.add(*_WORDS[token.word])
        elif kind == NAME and token.text.lower() in _TEMPORAL:
            return self._temporal(bracket, token, position)
        return 0

    def _temporal(self, bracket: _Bracket, token: Token, position: int) -> int:
        """Take ``date('2020-01-01')`` and the like, where the text alone says what it means."""
        written = self._given[position : position + 3]
        if len(written) < 3 or written[0].text != "(" or written[1].kind != STRING or written[2].text != ")":
            return 0
        name, text = token.text.lower(), str(written[1].value)
        if name in ("time", "datetime") and not _ZONED.fullmatch(text):
            return 0
        parse, kind = _TEMPORAL[name]
        try:
            bracket.add(parse(text), kind)
        except Fault:
            return 0
        return 3


_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_PARTNERS = {"(": ")", "[": "]", "{": "}"}


def folding(tokens: list[Token]) -> Generator[None, None, list[Token]]:
    """Return, in steps, the tokens with data as one token each. Takes `tokens` apart."""
    return (yield from _Folder(tokens).fold()) if len(tokens) > FROM_TOKENS else tokens
