"""A place in the tokens of one query, and the small steps that every part of the parser makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from graphvine.query.fault import Fault, syntax
from graphvine.query.hints import hint, instead_of_symbol
from graphvine.query.tokens import END, NAME, QUOTED, SYMBOL, Token
from graphvine.query.tree import Expr, PathPattern, Query

# Levels of brackets, operators and subqueries inside each other. Far below what the interpreter's stack can hold, also
# in Pyodide, where running out of it is fatal.
MAX_EXPRESSION_HEIGHT = 120
MAX_SUBQUERY_DEPTH = 12
# Words and signs of one part of a query: a clause, a pattern of CREATE, an element of SET. A part is read, bound and
# planned without a pause.
MAX_PART_TOKENS = 3_000

# Words that can't be a variable inside an expression: they would hide the end of a clause.
RESERVED = frozenset(
    "AND OR XOR NOT IN IS AS WHERE WITH RETURN MATCH OPTIONAL UNWIND CREATE MERGE DELETE DETACH SET REMOVE ORDER BY "
    "SKIP LIMIT UNION ON DISTINCT STARTS ENDS CONTAINS ASC ASCENDING DESC DESCENDING".split()
)
CASE_WORDS = frozenset(("WHEN", "THEN", "ELSE", "END"))


class Grammar(NamedTuple):
    """The three rules that call each other across files."""

    expression: Callable[[Cursor], Expr]
    path: Callable[[Cursor], PathPattern]
    query: Callable[[Cursor], Query]


class Cursor:
    """Reads tokens from left to right.

    peak: height of the highest expression read since it was last reset. case_depth: CASEs that are open.
    bar_ends: a `|` belongs to the brackets around, not to labels.
    part_ends: where the part that is read ends at the latest.
    """

    def __init__(self, text: str, grammar: Grammar, tokens: list[Token]) -> None:
        self.text = text
        self.grammar = grammar
        self.tokens = tokens
        self.position = 0
        self.peak = 0
        self.depth = 0
        self.subqueries = 0
        self.case_depth = 0
        self.bar_ends = False
        self._partners: dict[int, int] | None = None
        self.part_ends = MAX_PART_TOKENS

    def begin_part(self) -> None:
        """A part of the query begins here: there was a chance to pause. What is inside others is no part itself."""
        if not self.subqueries:
            self.part_ends = self.position + MAX_PART_TOKENS

    def too_long(self) -> Fault:
        """Return the error for a part of the query that goes on beyond `part_ends`."""
        message = (
            f"One clause has at most {MAX_PART_TOKENS:,} words and signs. Give data as a parameter ($name), or as"
            " a list of plain values, or use several clauses."
        )
        return syntax("UnexpectedSyntax", message, self.token.start)

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.position]

    def ahead(self, steps: int) -> Token:
        """Return the token `steps` after the next one; the end token beyond the end."""
        position = self.position + steps
        return self.tokens[position] if position < len(self.tokens) else self.tokens[-1]

    def advance(self) -> Token:
        """Read one token."""
        token = self.tokens[self.position]
        if token.kind != END:
            self.position += 1
        return token

    def is_symbol(self, text: str, steps: int = 0) -> bool:
        """Tell whether the token `steps` ahead is this symbol."""
        token = self.ahead(steps)
        return token.kind == SYMBOL and token.text == text

    def is_word(self, word: str, steps: int = 0) -> bool:
        """Tell whether the token `steps` ahead is this keyword."""
        token = self.ahead(steps)
        return token.kind == NAME and token.word == word

    def take(self, *what: str) -> bool:
        """Read these symbols and keywords if all of them come next."""
        for steps, text in enumerate(what):
            token = self.ahead(steps)
            if (token.word if token.kind == NAME else token.text if token.kind == SYMBOL else None) != text:
                return False
        self.position += len(what)
        return True

    def expect(self, *what: str) -> Token:
        """Read these symbols and keywords, or raise Fault. Return the last one."""
        for text in what:
            if not self.take(text):
                raise self.unexpected(f"{text!r}")
        return self.tokens[self.position - 1]

    def unexpected(self, wanted: str) -> Fault:
        """Return the error for the next token where `wanted` should be."""
        token = self.token
        instead = instead_of_symbol(self.tokens, self.position)
        if instead:
            return syntax("UnexpectedSyntax", instead, token.start)
        found = "the end of the query" if token.kind == END else repr(self.text[token.start : token.end][:40])
        instead = hint(self.tokens, self.position)
        return syntax("UnexpectedSyntax", f"Expected {wanted}, but found {found}.{instead}", token.start)

    def name(self, what: str) -> str:
        """Read any name (keywords included), or raise Fault."""
        token = self.token
        if token.kind not in (NAME, QUOTED):
            raise self.unexpected(what)
        if self.position > self.part_ends:
            raise self.too_long()
        self.position += 1
        return str(token.value)

    def variable(self) -> str:
        """Read the name of a variable, or raise Fault."""
        if not self.is_variable():
            raise self.unexpected("a variable")
        if not self.token.value:
            raise syntax("UnexpectedSyntax", "The name of a variable has at least one character.", self.token.start)
        return self.name("a variable")

    def is_variable(self, steps: int = 0) -> bool:
        """Tell whether the token `steps` ahead can be the name of a variable."""
        token = self.ahead(steps)
        if token.kind != NAME:
            return token.kind == QUOTED
        return token.word not in RESERVED and not (self.case_depth and token.word in CASE_WORDS)

    def partner(self, position: int) -> int:
        """Return the position of the bracket that closes the one at `position`, or the last position."""
        if self._partners is None:
            self._partners = {}
            open_brackets: list[int] = []
            for number, token in enumerate(self.tokens):
                if token.kind != SYMBOL:
                    continue
                if token.text in "([{":
                    open_brackets.append(number)
                elif token.text in ")]}" and open_brackets:
                    self._partners[open_brackets.pop()] = number
        return self._partners.get(position, len(self.tokens) - 1)

    def source(self, first: int) -> str:
        """Return the text from the token at position `first` to the last one read."""
        return self.text[self.tokens[first].start : self.tokens[self.position - 1].end]
