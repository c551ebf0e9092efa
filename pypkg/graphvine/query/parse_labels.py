"""Label expressions: ``:A:B``, ``:A|B``, ``:A&!B``, ``:(A|B)&!C``, ``:%``, as conditions about one vertex or edge.

A condition about labels is made of `HasLabels`, `Logic` and NOT, so that nothing behind the parser has to know of it.
"""

from __future__ import annotations

from graphvine.query.cursor import MAX_EXPRESSION_HEIGHT, Cursor
from graphvine.query.fault import syntax
from graphvine.query.tree import Call, Compare, Expr, HasLabels, Literal, Logic, Unary

LABEL, TYPE = "a label", "a relationship type"


def starts_labels(cursor: Cursor) -> bool:
    """Tell whether ``:`` or ``IS`` comes next in a vertex or an edge."""
    return cursor.is_symbol(":") or cursor.is_word("IS")


def labels(cursor: Cursor, operand: Expr, what: str = LABEL, *, is_open: bool = False) -> Expr:
    """Read ``:`` (or ``IS``) and a label expression about `operand`. is_open: the word was read already."""
    at = cursor.token.start
    if not is_open and not cursor.take("IS"):
        cursor.expect(":")
    return _Reader(cursor, operand, what, at).alternatives(0)


def plain(test: Expr) -> tuple[list[str], list[Expr]]:
    """Return the labels that `test` asks for in any case, and the conditions that are left."""
    parts = test.operands if isinstance(test, Logic) and test.operator == "AND" else [test]
    wanted: list[str] = []
    rest: list[Expr] = []
    for part in parts:
        if isinstance(part, HasLabels):
            wanted += part.labels
        else:
            rest.append(part)
    return wanted, rest


def one_of(test: Expr) -> list[str] | None:
    """Return the labels of which `test` asks for any one, or None where it asks for something else."""
    parts = test.operands if isinstance(test, Logic) and test.operator == "OR" else [test]
    found = [part.labels[0] for part in parts if isinstance(part, HasLabels) and len(part.labels) == 1]
    return found if len(found) == len(parts) else None


class _Reader:
    def __init__(self, cursor: Cursor, operand: Expr, what: str, at: int) -> None:
        self.cursor = cursor
        self.operand = operand
        self.what = what
        self.at = at

    def alternatives(self, depth: int) -> Expr:
        """Read ``A|B|C``; a further colon, as in ``A|:B``, is the older way to write it."""
        cursor = self.cursor
        parts = [self._together(depth)]
        while (depth or not cursor.bar_ends) and cursor.take("|"):
            cursor.take(":")
            parts.append(self._together(depth))
        return parts[0] if len(parts) == 1 else Logic("OR", parts, at=self.at)

    def _together(self, depth: int) -> Expr:
        """Read ``A&B`` or ``A:B``."""
        parts = [self._one(depth)]
        while self.cursor.take("&") or self.cursor.take(":"):
            parts.append(self._one(depth))
        wanted, rest = plain(parts[0] if len(parts) == 1 else Logic("AND", parts))
        first = [HasLabels(self.operand, wanted, at=self.at)] if wanted else []
        parts = [*first, *rest]
        return parts[0] if len(parts) == 1 else Logic("AND", parts, at=self.at)

    def _one(self, depth: int) -> Expr:
        cursor = self.cursor
        if depth > MAX_EXPRESSION_HEIGHT // 2:
            raise syntax("UnexpectedSyntax", "This label expression is nested too deep.", cursor.token.start)
        if cursor.take("!"):
            return Unary("NOT", self._one(depth + 1), at=self.at)
        if cursor.take("("):
            inner = self.alternatives(depth + 1)
            cursor.expect(")")
            return inner
        if cursor.take("%"):
            return self._any()
        return HasLabels(self.operand, [cursor.name(self.what)], at=self.at)

    def _any(self) -> Expr:
        """Return the condition of ``%``: at least one label. Every edge has a type."""
        if self.what == TYPE:
            return Literal(True, at=self.at)
        size = Call("size", [Call("labels", [self.operand], at=self.at)], at=self.at)
        return Compare(size, [(">", Literal(0, at=self.at))], at=self.at)
