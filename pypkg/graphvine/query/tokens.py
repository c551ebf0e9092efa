"""Cypher text to tokens.

One regular expression finds all tokens; it never looks back over what it has passed, so the time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from math import isinf
from typing import NamedTuple

from graphvine.limits import MAX_INTEGER
from graphvine.model.steps import in_one_go
from graphvine.query.fault import syntax

# Characters of one query text. A longer one is data pasted into a query: use parameters.
MAX_QUERY_CHARACTERS = 1_000_000
MAX_TOKENS = 100_000
# Tokens that are found in one step, and escapes of a text: a few milliseconds in a tab.
PAUSE = 1_000

# DATA: a list or a map of literals, read as one (`query.constants`).
NAME, QUOTED, INTEGER, FLOAT, STRING, PARAMETER, SYMBOL, END, NO_NUMBER, DATA = range(10)


class Token(NamedTuple):
    """One token.

    text: as written, for symbols and names. word: upper case, for names (keywords are names).
    value: of a literal or parameter; the unquoted name of a quoted one.
    """

    kind: int
    text: str
    word: str
    value: object
    start: int
    end: int


_PATTERN = re.compile(
    r"""(?P<skip>(?:\s+|//[^\n]*|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/)+)
      |(?P<symbol><=|>=|<>|=~|\+=|\.\.|!=|\|\|)
      |(?P<float>(?:\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+))
      |(?P<integer>0[xX][0-9a-fA-F]+|0[oO][0-7]+|\d+)
      |(?P<name>[^\W\d]\w*)
      |(?P<quoted>`(?:[^`]++|``)*+`)
      |(?P<string>'[^'\\]*+(?:(?:\\.)++[^'\\]*+)*+'|"[^"\\]*+(?:(?:\\.)++[^"\\]*+)*+")
      |(?P<parameter>\$(?:`(?:[^`]++|``)++`|\w+))
      |(?P<single>[-+*%^=<>(){}\[\],;:.|&!?]|/(?!\*))
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"', "`": "`"}
# What holds at most some escapes, each whole; a wrong one is found where they are read.
_PIECE = re.compile(rf"(?:[^\\]++|\\(?:u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|.)){{1,{PAUSE}}}+", re.DOTALL)
_NUMBER_TAIL = re.compile(r"\w+")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text`, the last of kind END, or raise Fault."""
    return in_one_go(tokenizing(text))


def tokenizing(text: str) -> Generator[None, None, list[Token]]:
    """Do the same in steps."""
    if len(text) > MAX_QUERY_CHARACTERS:
        raise syntax("UnexpectedSyntax", f"A query has at most {MAX_QUERY_CHARACTERS:,} characters. Use parameters.")
    tokens: list[Token] = []
    position, size, match, pause_at = 0, len(text), _PATTERN.match, PAUSE
    while position < size:
        found = match(text, position)
        if found is None:
            raise _unknown(text, position)
        group = found.lastgroup
        end = found.end()
        if group != "skip":
            tail = _NUMBER_TAIL.match(text, end) if group in ("integer", "float") else None
            if tail is not None:
                end = tail.end()
                tokens.append(Token(NO_NUMBER, text[position:end], "", None, position, end))
            elif group == "string" and end - position > PAUSE:
                value = yield from reading_string(found.group(), position)
                tokens.append(Token(STRING, found.group(), "", value, position, end))
            else:
                tokens.append(_MAKERS[str(group)](found.group(), position, end))
        position = end
        if len(tokens) < pause_at:
            continue
        pause_at += PAUSE
        yield
        if len(tokens) > MAX_TOKENS:
            raise syntax("UnexpectedSyntax", f"A query has at most {MAX_TOKENS:,} words. Use parameters.", position)
    tokens.append(Token(END, "", "", None, size, size))
    return tokens


def _unknown(text: str, position: int) -> Exception:
    character = text[position]
    if character in "'\"`":
        return syntax("UnexpectedSyntax", f"The {character} that opens here is never closed.", position)
    if text.startswith("/*", position):
        return syntax("UnexpectedSyntax", "The comment that opens here is never closed.", position)
    if text.startswith("$(", position):
        message = "Labels and types are written out here; `$(...)` can't compute one."
        return syntax("UnexpectedSyntax", message, position)
    detail = "UnexpectedSyntax" if character.isascii() else "InvalidUnicodeCharacter"
    return syntax(detail, f"The character {character!r} means nothing in Cypher.", position)


def _symbol(text: str, start: int, end: int) -> Token:
    return Token(SYMBOL, text, "", None, start, end)


def _name(text: str, start: int, end: int) -> Token:
    return Token(NAME, text, text.upper(), text, start, end)


def _quoted(text: str, start: int, end: int) -> Token:
    name = text[1:-1].replace("``", "`")
    return Token(QUOTED, name, "", name, start, end)


def _integer(text: str, start: int, end: int) -> Token:
    if len(text) > 70:
        raise syntax("IntegerOverflow", f"The integer {text[:20]}... does not fit into 64 bits.", start)
    base = {"x": 16, "o": 8}.get(text[1:2].lower(), 10)
    value = int(text[2:], base) if base != 10 else int(text)
    # 2**63 is kept here: it may stand behind a minus. The parser refuses it elsewhere.
    if value > MAX_INTEGER + 1:
        raise syntax("IntegerOverflow", f"The integer {text} does not fit into 64 bits.", start)
    return Token(INTEGER, text, "", value, start, end)


def _float(text: str, start: int, end: int) -> Token:
    value = float(text)
    if isinf(value):
        raise syntax("FloatingPointOverflow", f"The number {text[:40]} is too large for a float.", start)
    return Token(FLOAT, text, "", value, start, end)


def _string(text: str, start: int, end: int) -> Token:
    return Token(STRING, text, "", read_string(text, start), start, end)


def read_string(text: str, start: int) -> str:
    """Return what a text in quotes means, or raise Fault. start: where it stands."""
    body = text[1:-1]
    return _ESCAPE.sub(lambda found: _unescape(found, start), body) if "\\" in body else body


def reading_string(text: str, start: int) -> Generator[None, None, str]:
    """Do the same in steps: for long texts."""
    if "\\" not in text:
        return text[1:-1]
    pieces: list[str] = []
    at, end = 1, len(text) - 1
    while at < end:
        piece = _PIECE.match(text, at, end)
        until = end if piece is None else piece.end()
        # With a mark before and behind it, as `read_string` takes it.
        pieces.append(read_string(text[at - 1 : until + 1], start + at - 1))
        at = until
        yield
    return "".join(pieces)


def _unescape(found: re.Match[str], start: int) -> str:
    code = found.group(1) or found.group(2)
    at = start + 1 + found.start()
    if code:
        number = int(code, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise syntax("InvalidUnicodeLiteral", f"{found.group()} is no Unicode character.", at)
        return chr(number)
    letter: str = found.group(3)
    if letter in "uU":
        raise syntax("InvalidUnicodeLiteral", f"\\{letter} needs {4 if letter == 'u' else 8} hex digits.", at)
    if letter not in _ESCAPES:
        raise syntax("UnexpectedSyntax", f"\\{letter} is no escape. Write \\\\ for a backslash.", at)
    return _ESCAPES[letter]


def _parameter(text: str, start: int, end: int) -> Token:
    name = text[1:]
    if name[0] == "`":
        name = name[1:-1].replace("``", "`")
    return Token(PARAMETER, text, "", name, start, end)


_MAKERS = {
    "symbol": _symbol,
    "single": _symbol,
    "name": _name,
    "quoted": _quoted,
    "integer": _integer,
    "float": _float,
    "string": _string,
    "parameter": _parameter,
}
