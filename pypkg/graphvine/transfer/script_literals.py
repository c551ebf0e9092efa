"""Literals of a statement as parameters: statements that differ only in their data then have one text, and one plan.

A script has thousands of statements like ``CREATE (:Person {name: 'Ann'})``, or few with a list of hundreds of maps
behind ``UNWIND``. To read such a literal here costs a small part of what parsing and compiling it would cost. What is
not plainly a literal stays in the text, and the query engine reads it.
"""

from __future__ import annotations

import re
from typing import Any

from graphvine.files.value_text import parse_value
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.query.fault import Fault
from graphvine.query.tokens import read_string

# Levels of lists and maps in a literal, and digits of an integer in it; one with more is left to the engine.
MAX_DEPTH = 16
_MAX_DIGITS = 19

_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
# Texts anywhere; numbers only as the value of a property; lists of UNWIND. Comments and quoted names are passed over.
_FOUND = re.compile(
    rf"""//[^\n]*|/\*.*?\*/|`[^`]*`
      |(?P<string>{_STRING})
      |(?P<number>(?<=[:=][ ])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=\s*(?:[,}}]|\Z)))
      |(?P<list>\bUNWIND\s+(?=\[))
      |(?P<parameter>\$)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_VALUE = re.compile(
    rf"""\s*(?:(?P<string>{_STRING})
      |(?P<float>-?(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)(?![\w.]))
      |(?P<integer>-?\d+(?![\w.]))
      |(?P<open>[\[{{])
      |(?P<word>true|false|null)\b
      |(?P<kind>date|localtime|time|localdatetime|datetime|duration)\(\s*(?P<written>'[^'\\]*')\s*\)
    )\s*""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_KEY = re.compile(r"\s*(?:([A-Za-z_]\w*)|`([^`]+)`)\s*:", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None}


class _NoLiteral(Exception):
    """Something that has to be computed, or that the engine explains better."""


def lift(text: str) -> tuple[str, dict[str, Any]]:
    """Return the statement with parameters in the place of literals, and their values. Lines stay lines.

    A statement that has parameters itself stays as it is.
    """
    values: dict[str, Any] = {}
    parts: list[str] = []
    copied = position = 0
    while (found := _FOUND.search(text, position)) is not None:
        position = found.end()
        kind = found.lastgroup
        if kind is None:
            continue
        if kind == "parameter":  # of the script's own: ours could get in its way
            return text, {}
        start = position if kind == "list" else found.start()
        try:
            value, end = _value(text, start, MAX_DEPTH)
        except (_NoLiteral, ValueError, Fault):
            continue
        name = f"_{len(values)}"
        values[name] = value
        lines = "\n" * text.count("\n", start, end)
        parts += (text[copied:start], "$", name, lines or " ")
        copied = position = end
    return "".join(parts) + text[copied:], values


def _value(text: str, position: int, depth: int) -> tuple[Any, int]:
    """Return the value that begins here, and where it ends (with the blanks behind it)."""
    found = _VALUE.match(text, position)
    if found is None or not depth:
        raise _NoLiteral
    kind, end = found.lastgroup, found.end()
    if kind == "string":
        return read_string(found["string"], position), end
    if kind == "integer":
        return _integer(found["integer"]), end
    if kind == "open":
        return (_list if found["open"] == "[" else _map)(text, end, depth - 1)
    if kind == "word":
        return _WORDS[found["word"].lower()], end
    if kind == "written":
        return parse_value(found["kind"].lower(), found["written"][1:-1]), end
    return _float(found["float"]), end


def _integer(written: str) -> int:
    if len(written.lstrip("-")) > _MAX_DIGITS or not MIN_INTEGER <= (value := int(written)) <= MAX_INTEGER:
        raise _NoLiteral
    return value


def _float(written: str) -> float:
    value = float(written)
    if value in (float("inf"), float("-inf")):
        raise _NoLiteral
    return value


def _list(text: str, position: int, depth: int) -> tuple[list[Any], int]:
    if (end := _passed(text, position, "]")) >= 0:
        return [], end
    values = []
    while True:
        value, position = _value(text, position, depth)
        values.append(value)
        if text.startswith("]", position):
            return values, _after(text, position)
        position = _comma(text, position)


def _map(text: str, position: int, depth: int) -> tuple[dict[str, Any], int]:
    if (end := _passed(text, position, "}")) >= 0:
        return {}, end
    values: dict[str, Any] = {}
    while True:
        key = _KEY.match(text, position)
        if key is None or (name := key[1] or key[2]) in values:
            raise _NoLiteral
        values[name], position = _value(text, key.end(), depth)
        if text.startswith("}", position):
            return values, _after(text, position)
        position = _comma(text, position)


def _passed(text: str, position: int, mark: str) -> int:
    """Return where we are behind a closing mark, or -1 when another thing comes first. Blanks are passed already."""
    return _after(text, position) if text.startswith(mark, position) else -1


_BLANKS = re.compile(r"\s*")


def _after(text: str, position: int) -> int:
    found = _BLANKS.match(text, position + 1)
    return found.end() if found is not None else position + 1


def _comma(text: str, position: int) -> int:
    if not text.startswith(",", position):
        raise _NoLiteral
    return position + 1
