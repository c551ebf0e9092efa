"""Names and where their values lie in a row.

A row is a list. Slot 0 holds the `Run`; every variable of a query, hidden ones included, has its own slot, given once:
nothing that a slot holds is ever replaced for a row that is still in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from graphvine.query.fault import syntax
from graphvine.query.kinds import Kind
from graphvine.query.procedures import Procedure
from graphvine.query.tree import Call, CountStar

# Slots of one row: variables of a query, hidden ones included.
MAX_SLOTS = 20_000


class Symbol(NamedTuple):
    """A variable in scope."""

    slot: int
    kind: Kind


Scope = dict[str, Symbol]
Aggregate = Call | CountStar


class Signature(Protocol):
    """What the binder asks a function."""

    @property
    def least(self) -> int:
        """Arguments at least."""

    @property
    def most(self) -> int:
        """Arguments at most."""

    @property
    def accepts(self) -> tuple[frozenset[str] | None, ...]:
        """Names of the types that each argument may have; None for any."""

    @property
    def returns(self) -> Kind:
        """Type of the result."""


@dataclass(slots=True)
class Frame:
    """What one whole query shares while it is bound.

    width: slots given so far. parameters: names used, with the place of the first use. writes: it changes the graph.
    """

    functions: Mapping[str, Signature]
    aggregates: Mapping[str, Signature]
    procedures: Mapping[str, Procedure]
    width: int = 1
    parameters: dict[str, int] = field(default_factory=dict)
    writes: bool = False

    def slot(self) -> int:
        """Return a new slot."""
        self.width += 1
        if self.width > MAX_SLOTS:
            raise syntax("UnexpectedSyntax", f"A query has at most {MAX_SLOTS:,} variables. Use parameters.")
        return self.width - 1


@dataclass(slots=True)
class Env:
    """Where an expression stands.

    aggregates: collects those found, or None where none may be. allows_patterns: a pattern may stand for a condition.
    inside_aggregate: the expression is an argument of one.
    """

    frame: Frame
    scope: Scope
    aggregates: list[Aggregate] | None = None
    allows_patterns: bool = False
    inside_aggregate: bool = False

    def inner(self, names: Scope | None = None, *, allows_patterns: bool | None = None) -> Env:
        """Return the place of an inner expression: more names, and no aggregates."""
        scope = self.scope | names if names else self.scope
        allows = self.allows_patterns if allows_patterns is None else allows_patterns
        return Env(self.frame, scope, None, allows, self.inside_aggregate)
