"""How the query engine says that something is wrong, before the place in the text is known to the reader.

Inside the engine every refusal is a `Fault`: it carries an offset into the query text. `Engine` turns it into the
public `QueryError`, whose message shows the line with a caret under the place.
"""

from __future__ import annotations

import re

from graphvine.errors import InvalidValue, QueryError, TooLarge

COMPILE = "compile time"
RUNTIME = "runtime"
# Type names are put into messages behind "a".
_ARTICLE = re.compile(r"\b([Aa]) (Integer|Any)\b")


class Fault(Exception):
    """A refusal with the openCypher type and detail.

    at: offset into the query text, -1 when no place is known yet.
    """

    def __init__(self, kind: str, detail: str, message: str, at: int = -1, phase: str = COMPILE) -> None:
        super().__init__(message)
        self.kind = kind
        self.detail = detail
        self.message = _ARTICLE.sub(r"\1n \2", message)
        self.at = at
        self.phase = phase

    def placed(self, at: int) -> Fault:
        """Return this fault, at a place if it had none."""
        if self.at < 0:
            self.at = at
        return self


def syntax(detail: str, message: str, at: int = -1) -> Fault:
    """Return a SyntaxError found while compiling."""
    return Fault("SyntaxError", detail, message, at)


def type_error(detail: str, message: str, at: int = -1) -> Fault:
    """Return a TypeError found while running."""
    return Fault("TypeError", detail, message, at, RUNTIME)


def argument_error(detail: str, message: str, at: int = -1) -> Fault:
    """Return an ArgumentError found while running."""
    return Fault("ArgumentError", detail, message, at, RUNTIME)


def arithmetic_error(detail: str, message: str, at: int = -1) -> Fault:
    """Return an ArithmeticError found while running."""
    return Fault("ArithmeticError", detail, message, at, RUNTIME)


def limit_error(detail: str, message: str, at: int = -1) -> Fault:
    """Return the error of a query that went over one of its limits."""
    return Fault("ResourceError", detail, message, at, RUNTIME)


def refusal_of(error: InvalidValue) -> QueryError:
    """Return the public error for what a transaction or an index refuses as a whole, so that no place is to blame."""
    kind, detail = ("ResourceError", "TooLarge") if isinstance(error, TooLarge) else ("ArgumentError", "InvalidValue")
    return QueryError(kind, detail, str(error), phase=RUNTIME)


def to_query_error(fault: Fault, text: str) -> QueryError:
    """Return the public error for `fault`, with the line of `text` and a caret under the place."""
    if fault.at < 0:
        return QueryError(fault.kind, fault.detail, fault.message, phase=fault.phase)
    at = min(fault.at, len(text))
    line = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    shown, caret = _window(text[start : end if end >= 0 else len(text)], at - start)
    message = f"{fault.message} (line {line}, column {at - start + 1})\n  {shown}\n  {' ' * caret}^"
    return QueryError(fault.kind, fault.detail, message, phase=fault.phase, line=line, column=at - start + 1)


def _window(line: str, column: int) -> tuple[str, int]:
    """Return at most 100 characters of `line` around `column`, tabs as spaces, and the column in them."""
    line = line.replace("\t", " ").rstrip("\r")
    start = max(0, column - 70)
    shown = line[start : start + 100]
    if start:
        shown = "..." + shown[3:]
    return shown, column - start
