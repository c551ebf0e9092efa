"""A counter: every writer's running total is a register, and the counter is their sum.

A writer that counts a thousand clicks keeps one live operation, the last. The register belongs to the writer that
signed the transaction, so nobody can write another's total.
"""

from __future__ import annotations

from collections.abc import Hashable

from graphvine.codec.bodies import decode_counter, encode_counter
from graphvine.crdt.cells import Leaf
from graphvine.crdt.merged import Merged
from graphvine.errors import InvalidValue
from graphvine.limits import MAX_INTEGER, MIN_INTEGER
from graphvine.model.operation import COUNTER
from graphvine.model.transaction import WriterKey


class MergedCounter(Merged):
    """The sum of what every writer has added."""

    __slots__ = ("_sum", "_totals")

    def __init__(self) -> None:
        super().__init__()
        self._totals: dict[Hashable, int] = {}
        self._sum = 0

    def apply(self, body: bytes, leaf: Leaf) -> None:
        """Set the total of the writer who signed."""
        writer = leaf.entry.order[1:3]  # equals the transaction's key
        if self.win(writer, leaf):
            total = decode_counter(body)
            self._sum += total - self._totals.get(writer, 0)
            self._totals[writer] = total

    def dropped(self, gone: dict[Hashable, Leaf]) -> None:
        """Forget the totals of some writers."""
        for key in gone:
            self._sum -= self._totals.pop(key)

    def view(self) -> int:
        """Return the sum, kept within 64 bits."""
        return max(MIN_INTEGER, min(MAX_INTEGER, self._sum))

    def total_of(self, writer: WriterKey) -> int:
        """Return what one writer has added altogether."""
        return self._totals.get(writer, 0)


def check_amount(amount: object) -> int:
    """Return what somebody adds to a counter, or raise InvalidValue."""
    if type(amount) is not int:
        raise InvalidValue(f"A counter counts in whole numbers, not by {amount!r}.")
    if MIN_INTEGER <= amount <= MAX_INTEGER:
        return amount
    raise InvalidValue("A counter counts within 64 bits.")


class CounterEdit:
    """Adds to a counter. The body holds the sum of it; `store.last_words` makes it the writer's running total."""

    kind = COUNTER

    def __init__(self) -> None:
        self.amount = 0

    def add(self, amount: int) -> None:
        """Add a number, which may be negative."""
        self.amount = check_amount(self.amount + check_amount(amount))

    def bodies(self) -> list[bytes]:
        """Return one body."""
        return [encode_counter(self.amount)]
