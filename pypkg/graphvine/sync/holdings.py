"""What anti-entropy needs from the replica of a space. `store.replica.Replica` is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from graphvine.model.transaction import WriterKey


class Holdings(Protocol):
    """The set of live transactions of one space, as seen by `sync`."""

    def vector(self) -> dict[WriterKey, int]:
        """Return up to which sequence everything of each writer is known (held, or overruled)."""

    def beyond(self, vector: dict[WriterKey, int]) -> Iterator[bytes]:
        """Yield encoded live transactions that `vector` lacks, those of one writer in order of sequence.

        The iterator outlives changes of the replica: what is applied meanwhile may be seen or not.
        """

    def digest(self) -> int:
        """Return the 256-bit sum over live operations."""

    def writer_digests(self) -> dict[WriterKey, int]:
        """Return the sum over the live operations of each writer that has any."""

    def range_digest(self, key: WriterKey, low: int, high: int) -> int:
        """Return the sum over the live operations of a writer's sequences from `low` to `high`, both included."""

    def range_digests(
        self, key: WriterKey, low: int, high: int, *, singles: int, parts: int
    ) -> Iterable[tuple[int, int, int]]:
        """Cut a range of one writer into (low, high, sum), in order.

        Each live sequence by itself (of a forked one: the sum over all its transactions) when they are at most
        `singles`, else about `parts` that fill the range.
        """

    def encoded(self, key: WriterKey, sequence: int) -> list[bytes]:
        """Return the live transactions of one sequence: none, one, or the forks."""

    def cover(self, key: WriterKey, sequence: int) -> None:
        """Take a remote peer's word that everything up to `sequence` was sent or is overruled.

        Goes no further than the largest sequence that we have seen signed by this writer: a lie may hide transactions
        from our vector, which digests find out, but it can't invent writers that then spread from peer to peer.
        """
